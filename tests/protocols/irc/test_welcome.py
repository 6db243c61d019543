from __future__ import annotations

import pytest

from chatdaemon.protocols.irc import welcome
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.requests import Configure
from chatdaemon.realm.settings import UNLIMITED, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access, operator
from tests.world import Client, World

MOTD = ("Be kind.", "", "Ünïcödé: " + "é" * 300)


def register(client: Client, nick: str, caps: str = "") -> list[str]:
    """Everything that a client is sent until it is registered, in one turn."""
    before = [f"CAP REQ :{caps}"] if caps else []
    return client.ask(*before, f"NICK {nick}", f"USER {nick} 0 * :x", *(["CAP END"] if caps else []))


def numbers(lines: list[str]) -> list[str]:
    return [line.split(" ")[1] for line in lines]


def test_the_welcome_of_the_first_client_in_full(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(network="TestNet", motd=("Be kind.",)))
    lines = register(world.connect_irc(), "alice")
    assert lines[:4] == [
        ":irc.test 001 alice :Welcome to the TestNet network, alice!alice@192.0.2.1",
        ":irc.test 002 alice :Your host is irc.test, running version chatdaemon-test",
        ":irc.test 003 alice :This server was started 2026-01-01 00:00:00 UTC",
        ":irc.test 004 alice irc.test chatdaemon-test BRTZgiosw CEIMNRTUabcefhiklmnoqstuv Iabefhkloqv",
    ]
    support = [line for line in lines if " 005 " in line]
    assert lines[4 : 4 + len(support)] == support
    assert all(line.endswith(" :are supported by this server") for line in support)
    assert lines[4 + len(support) :] == [
        ":irc.test 251 alice :There are 0 users and 1 invisible on 1 servers",
        ":irc.test 255 alice :I have 1 clients and 0 servers",
        ":irc.test 265 alice 1 1 :Current local users 1, max 1",
        ":irc.test 266 alice 1 1 :Current global users 1, max 1",
        ":irc.test 375 alice :- irc.test Message of the day - ",
        ":irc.test 372 alice :- Be kind.",
        ":irc.test 376 alice :End of /MOTD command",
        ":alice MODE alice :+i",
    ]


def test_without_a_message_of_the_day_that_is_said(world: World) -> None:
    lines = register(world.connect_irc(), "alice")
    assert lines[-2] == ":irc.test 422 alice :There is no message of the day"


@pytest.mark.parametrize("nick", ["a", "alice", "n" * 30])
@pytest.mark.parametrize("caps", ["", "server-time", "server-time message-tags"])
def test_what_is_prepared_is_what_the_commands_say(make_world: MakeWorld, nick: str, caps: str) -> None:
    world = make_world(irc=IRCSettings(motd=MOTD))
    world.irc("other").send("JOIN #x")
    world.connect_irc()
    client = world.connect_irc()
    lines = register(client, nick, caps)
    if caps:
        assert lines.pop(0).endswith(f":irc.test CAP * ACK :{caps}")
        assert all(line.startswith("@time=2026-01-01T00:") for line in lines)
    said = [line.partition("Z ")[2] if caps else line for line in lines]
    asked = [line.partition("Z ")[2] if caps else line for line in client.ask("VERSION", "LUSERS", "MOTD")]
    assert numbers(said)[:4] == ["001", "002", "003", "004"]
    # VERSION begins with 351; the welcome ends with the modes.
    assert said[4:-1] == asked[1:]
    assert all(len(line.encode()) <= 510 for line in said)


def test_the_slow_rendering_is_the_same(world: World) -> None:
    server = world.irc_server
    world.irc("other")
    client = world.connect_irc()
    lines = register(client, "alice")
    replies = (
        welcome.introduction(server) + welcome.support(server) + welcome.counts(server) + welcome.motd(server)
    )
    assert lines[1:-1] == [numeric.line("irc.test", "alice", params) for numeric, params in replies]


@pytest.mark.parametrize("length", [64, 65, 150, 200])
def test_lines_are_cut_for_a_nick_of_any_length(make_world: MakeWorld, length: int) -> None:
    world = make_world(irc=IRCSettings(motd=MOTD), settings=Settings(nick_length=400))
    nick = "n" * length
    client = world.connect_irc()
    lines = register(client, nick)
    assert numbers(lines)[0] == "001"
    assert all(len(line.encode()) <= 510 and f" {nick}" in line for line in lines)
    assert lines[-2].startswith(f":irc.test 376 {nick} :End")
    assert [line for line in lines if " 372 " in line] == [
        line for line in client.ask("MOTD") if " 372 " in line
    ]


def test_a_long_line_of_the_message_is_cut_on_a_character(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(motd=MOTD))
    (line,) = [line for line in register(world.connect_irc(), "alice") if "é" in line]
    assert len(line.encode()) in (509, 510)
    assert line.endswith("é")


def test_isupport_fits_the_lines_of_a_server_with_the_longest_names(make_world: MakeWorld) -> None:
    much = 2**31 - 2
    settings = Settings(
        nick_length=64,
        topic_length=much,
        kick_length=much,
        away_length=much,
        key_length=much,
        list_entries=much,
    )
    world = make_world(irc=IRCSettings(network="N" * 32), settings=settings)
    world.irc_server.name = "s" * 63
    lines = [
        numeric.line(world.irc_server.name, "n" * 64, params)
        for numeric, params in welcome.support(world.irc_server)
    ]
    assert all(len(line) <= 510 for line in lines)
    assert all(len(line.split(" ")) <= 3 + 13 + 5 for line in lines)


def test_a_labelled_registration_is_answered_in_a_batch(world: World) -> None:
    client = world.connect_irc()
    client.ask("CAP REQ :labeled-response batch", "NICK alice", "USER alice 0 * :x")
    lines = client.ask("@label=end CAP END")
    assert lines[0] == "@label=end :irc.test BATCH +b1 labeled-response"
    assert lines[-1] == ":irc.test BATCH -b1"
    assert all(line.startswith("@batch=b1 :") for line in lines[1:-1])
    assert "001" in lines[1]
    assert len(lines) == 3 + len(register(world.connect_irc(), "bob")) - 1


def test_the_welcome_is_written_in_one_piece(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.connect_irc()
    client.send("NICK alice")
    written: list[bytes] = []
    monkeypatch.setattr(client.transport, "write", written.append)
    client.send("USER alice 0 * :x")
    assert len(written) == 1


def test_counts_tell_operators_strangers_channels_and_the_most_there_were(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access()))
    boss, bob = operator(world, "boss"), world.irc("bob")
    stranger = world.connect_irc()
    boss.send("JOIN #x,#y")
    bob.send("QUIT")
    assert boss.ask("MODE boss -i", "LUSERS")[1:] == [
        ":irc.test 251 boss :There are 1 users and 0 invisible on 1 servers",
        ":irc.test 252 boss 1 :operator(s) online",
        ":irc.test 253 boss 1 :unknown connection(s)",
        ":irc.test 254 boss 2 :channels formed",
        ":irc.test 255 boss :I have 1 clients and 0 servers",
        ":irc.test 265 boss 1 2 :Current local users 1, max 2",
        ":irc.test 266 boss 1 2 :Current global users 1, max 2",
    ]
    stranger.vanish()
    assert not any(" 253 " in line for line in boss.ask("LUSERS"))


def test_a_reload_changes_what_the_next_client_is_told(world: World) -> None:
    world.irc_server.configure(IRCSettings(network="OtherNet", motd=("New.",)))
    lines = register(world.connect_irc(), "alice")
    assert lines[0] == ":irc.test 001 alice :Welcome to the OtherNet network, alice!alice@192.0.2.1"
    assert any(" NETWORK=OtherNet " in line for line in lines)
    assert ":irc.test 372 alice :- New." in lines


def test_a_reload_tells_those_who_are_there_what_has_changed(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="server-time")
    stranger = world.connect_irc()
    world.irc_server.configure(IRCSettings(network="OtherNet", monitor_entries=None, modes_per_line=4))
    world.settle()
    lines = alice.read()
    assert lines == [":irc.test 005 alice MODES=4 MONITOR NETWORK=OtherNet :are supported by this server"]
    assert bob.read()[0].endswith("Z " + lines[0].replace("alice", "bob"))
    assert stranger.read() == []


def test_a_reload_takes_back_what_is_not_limited_any_more(world: World) -> None:
    alice = world.irc("alice")
    world.node.submit(None, Configure(Settings(topic_length=UNLIMITED, channels_per_user=7)))
    world.settle()
    world.irc_server.configure(world.irc_server.settings)
    world.settle()
    assert alice.read() == [":irc.test 005 alice CHANLIMIT=#:7 -TOPICLEN :are supported by this server"]


def test_a_reload_that_changes_nothing_tells_nothing(world: World) -> None:
    alice = world.irc("alice")
    world.irc_server.configure(IRCSettings(motd=("New.",)))
    world.settle()
    assert alice.read() == []
