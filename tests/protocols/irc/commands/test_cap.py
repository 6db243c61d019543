from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.capabilities import CAPABILITIES, Capability
from chatdaemon.protocols.irc.commands.cap import announce
from chatdaemon.protocols.irc.server import IRCSettings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World


def capabilities(client: Client) -> list[str]:
    (line,) = client.ask("CAP LIST")
    return line.split(" :", 1)[1].split()


@pytest.mark.parametrize(
    "question", ["CAP LS", "CAP LS 302", "CAP LS :302", "cap ls", "CAP LS 999", "CAP LS x"]
)
def test_ls_lists_everything_and_on_one_line_all_that_is_no_draft(world: World, question: str) -> None:
    client = world.connect_irc()
    first, *others = client.ask(question)
    words = [word for line in (first, *others) for word in line.split(" :", 1)[1].split(" ")]
    told = [word.partition("=")[0] for word in words]
    drafts = [name for name in CAPABILITIES if name.startswith("draft/") and name in told]
    ratified = [name for name in CAPABILITIES if not name.startswith("draft/") and name in told]
    assert told == ratified + drafts
    assert {"batch", "message-tags", "sasl", "server-time", "draft/account-registration"} <= set(told)
    assert all(len(line) <= 510 for line in (first, *others))
    assert len(first.split(" :", 1)[1].split(" ")) >= len(ratified)


def test_ls_has_values_for_version_302_only_and_each_reply_follows_its_own_question(world: World) -> None:
    world.irc_server.offered["example.org/x"] = Capability("example.org/x", value="A,B")
    client = world.connect_irc()
    assert "example.org/x=A,B" in client.ask("CAP LS 302")[0].split(" ")
    assert "example.org/x" in client.ask("CAP LS")[0].split(" ")
    # The higher version counts for what the client is told unasked.
    world.irc_server.configure(replace(world.irc_server.settings, withheld_capabilities=frozenset({"batch"})))
    world.settle()
    assert client.read() == [":irc.test CAP * DEL :batch example.org/x"]


def test_an_ls_that_does_not_fit_a_line_says_so_to_those_who_understand(world: World) -> None:
    for number in range(40):
        name = f"example.org/capability-{number}"
        world.irc_server.offered[name] = Capability(name)
    client = world.connect_irc()
    modern = client.ask("CAP LS 302")
    assert len(modern) > 2
    assert all(line.startswith(":irc.test CAP * LS * :") for line in modern[:-1])
    assert modern[-1].startswith(":irc.test CAP * LS :")
    assert all(len(line) <= 510 for line in modern)
    words = [word for line in modern for word in line.split(" :", 1)[1].split(" ")]
    told = [word.partition("=")[0] for word in words]
    assert len(set(told)) == len(told)
    assert {name for name in world.irc_server.offered if name.startswith("example.org/")} <= set(told)
    assert {"batch", "sasl"} <= set(told) <= set(world.irc_server.offered)
    assert all(line.startswith(":irc.test CAP * LS :") for line in client.ask("CAP LS"))


def test_nothing_to_offer_is_an_empty_parameter(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(withheld_capabilities=frozenset(CAPABILITIES)))
    client = world.connect_irc()
    assert client.ask("CAP LS 302", "CAP LIST") == [":irc.test CAP * LS :", ":irc.test CAP * LIST :"]


def test_list_names_what_is_enabled_and_the_nick_once_there_is_one(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("CAP LIST") == [":irc.test CAP * LIST :"]
    client.send("CAP LS 302", "NICK alice", "CAP REQ :server-time batch")
    assert client.ask("CAP LIST")[0].endswith(":irc.test CAP alice LIST :batch cap-notify server-time")


@pytest.mark.parametrize(
    ("request_line", "echoed", "enabled"),
    [
        ("CAP REQ :multi-prefix batch", "multi-prefix batch", {"multi-prefix", "batch"}),
        ("CAP REQ : multi-prefix", "multi-prefix", {"multi-prefix"}),
        ("CAP REQ :multi-prefix   batch  ", "multi-prefix batch", {"multi-prefix", "batch"}),
        ("CAP REQ multi-prefix", "multi-prefix", {"multi-prefix"}),
        ("CAP REQ multi-prefix batch", "multi-prefix batch", {"multi-prefix", "batch"}),
        ("CAP REQ :-batch", "-batch", set()),
        ("CAP REQ :batch -batch", "batch -batch", set()),
        ("CAP REQ :-batch batch batch", "-batch batch batch", {"batch"}),
        ("CAP REQ :", "", set()),
        ("CAP REQ", "", set()),
    ],
)
def test_what_is_known_is_acknowledged_word_for_word(
    world: World, request_line: str, echoed: str, enabled: set[str]
) -> None:
    client = world.connect_irc()
    assert client.ask(request_line) == [f":irc.test CAP * ACK :{echoed}"]
    assert set(capabilities(client)) == enabled


@pytest.mark.parametrize(
    "words", ["batch unknown", "unknown", "-unknown batch", "BATCH", "batch=1", "--batch", "tls", "*"]
)
def test_a_request_with_anything_unknown_is_rejected_whole(world: World, words: str) -> None:
    client = world.connect_irc()
    assert client.ask(f"CAP REQ :{words}") == [f":irc.test CAP * NAK :{words}"]
    assert capabilities(client) == []


def test_version_302_implies_cap_notify_for_good(world: World) -> None:
    client = world.irc("alice", caps="batch")
    assert capabilities(client) == ["batch", "cap-notify"]
    assert client.ask("CAP REQ :-cap-notify") == [":irc.test CAP alice NAK :-cap-notify"]
    assert client.ask("CAP REQ :cap-notify") == [":irc.test CAP alice ACK :cap-notify"]
    assert capabilities(client) == ["batch", "cap-notify"]


def test_without_version_302_cap_notify_is_the_clients_choice(world: World) -> None:
    client = world.connect_irc()
    client.send("CAP LS", "CAP REQ :cap-notify")
    assert capabilities(client) == ["cap-notify"]
    assert client.ask("CAP REQ :-cap-notify") == [":irc.test CAP * ACK :-cap-notify"]
    assert capabilities(client) == []


def test_a_long_acknowledgement_comes_on_several_lines_and_the_request_is_done_once(world: World) -> None:
    client = world.connect_irc()
    client.send("NICK " + "n" * 30)
    words = ["server-time", *["-batch", "batch"] * 40][:-9]
    request_line = "CAP REQ :" + " ".join(words)
    assert len(request_line) <= 510
    lines = client.ask(request_line)
    assert len(lines) > 1
    assert all(line.startswith(f":irc.test CAP {'n' * 30} ACK :") and len(line) <= 510 for line in lines)
    assert [word for line in lines for word in line.split(" :", 1)[1].split()] == words


def test_a_word_longer_than_any_line_is_cut_in_the_rejection(world: World) -> None:
    client = world.connect_irc()
    client.send("NICK " + "n" * 30)
    (line,) = client.ask("CAP REQ :" + "ö" * 250)
    assert line.startswith(f":irc.test CAP {'n' * 30} NAK :öö")
    assert 500 < len(line.encode()) <= 510


@pytest.mark.parametrize("unknown", ["FOO", "ACK", "NAK", "NEW", "DEL", "CLEAR"])
def test_other_subcommands_are_invalid(world: World, unknown: str) -> None:
    client = world.connect_irc()
    assert client.ask(f"CAP {unknown} x") == [f":irc.test 410 * {unknown} :Invalid CAP command"]


def test_a_subcommand_is_needed(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("CAP", "CAP :") == [
        ":irc.test 461 * CAP :Not enough parameters",
        ":irc.test 410 * * :Invalid CAP command",
    ]


@pytest.mark.parametrize("pause", ["CAP LS 302", "CAP LS", "CAP REQ :batch", "CAP REQ :nonsense"])
@pytest.mark.parametrize("end", ["CAP END", "CAP :END", "cap end"])
def test_registration_waits_for_the_end_of_negotiation(world: World, pause: str, end: str) -> None:
    client = world.connect_irc()
    client.send(pause, "NICK alice", "USER alice 0 * :Alice")
    assert not any(" 001 " in line for line in client.read())
    assert client.ask(end)[0].startswith(":irc.test 001 alice :")


def test_list_does_not_pause_registration(world: World) -> None:
    client = world.connect_irc()
    client.send("CAP LIST", "NICK alice", "USER alice 0 * :Alice")
    assert any(" 001 " in line for line in client.read())


def test_nick_and_user_may_come_after_the_end(world: World) -> None:
    client = world.connect_irc()
    assert all(" CAP * LS " in line for line in client.ask("CAP LS 302", "CAP END"))
    assert client.ask("NICK alice", "USER alice 0 * :Alice")[0].startswith(":irc.test 001 alice :")


def test_cap_works_after_registration_and_end_is_ignored(world: World) -> None:
    client = world.irc("alice")
    assert client.ask("CAP END") == []
    assert {line.partition(" :")[0] for line in client.ask("CAP LS")} == {":irc.test CAP alice LS"}
    assert client.ask("CAP REQ :server-time") == [":irc.test CAP alice ACK :server-time"]
    (line,) = client.ask("PING x")
    assert line.startswith("@time=2026-01-01T00:00:0")
    assert line.endswith("Z :irc.test PONG irc.test :x")
    assert client.ask("CAP REQ :-server-time")[0].startswith("@time=")
    assert client.ask("PING x") == [":irc.test PONG irc.test :x"]


def withhold(world: World, *names: str) -> None:
    world.irc_server.configure(replace(world.irc_server.settings, withheld_capabilities=frozenset(names)))
    world.settle()


def test_clients_are_told_what_a_reload_takes_away_and_brings_back(world: World) -> None:
    modern = world.irc("modern", caps="server-time batch")
    asked = world.irc("asked")
    asked.send("CAP REQ :cap-notify batch")
    plain = world.irc("plain")
    plain.send("CAP REQ batch")
    for client in (modern, asked, plain):
        client.read()
    withhold(world, "batch", "setname")
    assert modern.read()[0].endswith(":irc.test CAP modern DEL :batch setname")
    assert asked.read() == [":irc.test CAP asked DEL :batch setname"]
    assert plain.read() == []
    assert capabilities(plain) == []
    assert capabilities(asked) == ["cap-notify"]
    assert asked.ask("CAP REQ :batch") == [":irc.test CAP asked NAK :batch"]
    withhold(world)
    assert modern.read()[0].endswith(":irc.test CAP modern NEW :batch setname")
    assert asked.read() == [":irc.test CAP asked NEW :batch setname"]
    assert plain.read() == []


def test_deliveries_change_with_a_capability_that_is_taken_away(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="server-time")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.send("PRIVMSG #x :one")
    assert bob.read()[-1].startswith("@time=")
    withhold(world, "server-time")
    alice.send("PRIVMSG #x :two")
    assert bob.read()[-1] == ":alice!alice@192.0.2.1 PRIVMSG #x :two"


def test_new_capabilities_come_with_their_values_to_version_302(world: World) -> None:
    modern, asked = world.irc("modern", caps="batch"), world.irc("asked")
    asked.send("CAP REQ :cap-notify")
    withhold(world, *(name for name in CAPABILITIES if name != "cap-notify"))
    for client in (modern, asked):
        client.read()
    withhold(world, *(name for name in CAPABILITIES if name not in ("batch", "cap-notify")))
    assert modern.read() == [":irc.test CAP modern NEW :batch"]
    assert asked.read() == [":irc.test CAP asked NEW :batch"]


def test_a_value_that_has_changed_is_news_to_version_302(world: World) -> None:
    values = {"ours": "1"}
    world.irc_server.offered["ours"] = Capability("ours", value_for=lambda _: values["ours"])
    modern, asked = world.irc("modern", caps="batch"), world.irc("asked", caps="")
    asked.send("CAP REQ :cap-notify ours")
    asked.read()
    values["ours"] = "2"
    announce(world.irc_server)
    world.settle()
    assert modern.read() == [":irc.test CAP modern NEW :ours=2"]
    assert asked.read() == []
    assert "ours" in capabilities(asked)


def test_cap_notify_can_be_withheld_itself(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(withheld_capabilities=frozenset({"cap-notify"})))
    client = world.irc("alice", caps="batch")
    assert capabilities(client) == ["batch"]
    withhold(world)
    assert client.read() == []


def test_one_who_is_leaving_is_told_nothing(world: World) -> None:
    client = world.irc("alice", caps="batch")
    client.transport.reading = False
    client.send("QUIT")
    withhold(world, "batch")
    client.transport.read_on()
    assert not any(" CAP " in line for line in client.read())
