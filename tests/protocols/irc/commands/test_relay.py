from __future__ import annotations

import pytest

from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.world import Client, World

CAP = "draft/relaymsg"


@pytest.fixture
def people(world: World) -> tuple[Client, Client]:
    """bridge is operator of #x, bob a member with no capabilities."""
    bridge, bob = world.irc("bridge", caps=CAP), world.irc("bob")
    for client in (bridge, bob):
        client.send("JOIN #x")
    for client in (bridge, bob):
        client.read()
    return bridge, bob


def test_it_looks_as_if_somebody_of_another_network_spoke(people: tuple[Client, Client]) -> None:
    bridge, bob = people
    line = ":zoë/discord!bridge@192.0.2.1 PRIVMSG #x :hi there"
    # It comes back to the bridge, which can tell that it is its own.
    assert bridge.ask("RELAYMSG #X zoë/discord :hi there") == [f"@draft/relaymsg=bridge {line}"]
    assert bob.read() == [line]


def test_who_understands_tags_sees_who_relayed_it(world: World, people: tuple[Client, Client]) -> None:
    bridge, _ = people
    tags = world.irc("tags", caps="message-tags")
    timed = world.irc("timed", caps=f"server-time {CAP}")
    for client in (tags, timed):
        client.send("JOIN #x")
        client.read()
    tags.read()
    bridge.send("RELAYMSG #x zoe/d :hi")
    (line,) = tags.read()
    assert line.startswith("@draft/relaymsg=bridge;msgid=")
    (line,) = timed.read()
    assert line.startswith("@draft/relaymsg=bridge;time=2026-01-01T00:00:0")


def test_the_account_of_the_bridge_is_not_that_of_the_one_who_speaks(
    world: World, people: tuple[Client, Client]
) -> None:
    bridge, _ = people
    log_in(bridge, "bridge")
    reader = world.irc("reader", caps="account-tag")
    reader.send("JOIN #x")
    reader.read()
    bridge.send("RELAYMSG #x zoe/d :hi")
    assert reader.read() == [":zoe/d!bridge@192.0.2.1 PRIVMSG #x :hi"]


def test_client_only_tags_are_relayed_behind_the_server_s(world: World) -> None:
    bridge = world.irc("bridge", caps=f"{CAP} message-tags")
    bridge.send("JOIN #x")
    bridge.read()
    (line,) = bridge.ask("@+draft/reply=00ab;+evil=1 RELAYMSG #x zoe/d :hi")
    tags = line[1:].partition(" ")[0].split(";")
    assert [tag.partition("=")[0] for tag in tags] == [CAP, "msgid", "+draft/reply"]


def test_what_is_too_long_for_a_line_comes_in_several(people: tuple[Client, Client]) -> None:
    bridge, bob = people
    text = "é" * 215
    bridge.send(f"RELAYMSG #x {'z' * 48}/discord :{text}")
    lines = bob.read()
    assert len(lines) == 2
    assert all(len(line.encode()) <= 510 for line in lines)
    assert "".join(line.split(" :", 1)[1] for line in lines) == text


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("RELAYMSG #none zoe/d :hi", "403 bridge #none :No such channel"),
        ("RELAYMSG #x zoe/d :", "412 bridge :No text to send"),
        ("RELAYMSG #x zoe/d", "461 bridge RELAYMSG :Not enough parameters"),
        ("RELAYMSG #x zoe :hi", "FAIL RELAYMSG INVALID_NICK :A relayed nickname must have a / within it"),
    ],
)
def test_what_cannot_be_is_said(people: tuple[Client, Client], command: str, said: str) -> None:
    bridge, bob = people
    assert bridge.ask(command) == [f":irc.test {said}"]
    assert bob.read() == []


def test_a_nick_that_would_break_a_line_is_refused(people: tuple[Client, Client]) -> None:
    (line,) = people[0].ask("RELAYMSG #x zoe!/d :hi")
    assert line.startswith(":irc.test FAIL RELAYMSG INVALID_NICK :A relayed nickname cannot have")


def test_who_is_banned_by_the_name_over_there_stays_silent(people: tuple[Client, Client]) -> None:
    bridge, _ = people
    bridge.send("MODE #x +b zoe/*!*@*")
    assert bridge.ask("RELAYMSG #x zoe/d :hi") == [
        ":irc.test FAIL RELAYMSG RELAYED_NICK_MUTED :zoe/d is banned or muted in #x"
    ]


def test_others_do_not_relay(world: World, people: tuple[Client, Client]) -> None:
    guest = world.irc("guest", caps=CAP)
    guest.send("JOIN #x")
    refused = [":irc.test FAIL RELAYMSG PRIVS_NEEDED :You cannot relay messages to #x"]
    assert guest.ask("RELAYMSG #x zoe/d :hi") == refused
    people[0].send("MODE #x +o guest")
    assert len(guest.ask("RELAYMSG #x zoe/d :hi")) == 1


def test_operators_of_the_server_may_where_those_of_channels_may_not(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(operators_relay=False))
    bridge = world.irc("bridge", caps=CAP)
    bridge.send("JOIN #x")
    assert bridge.ask("RELAYMSG #x zoe/d :hi")[0].startswith(":irc.test FAIL RELAYMSG PRIVS_NEEDED ")
    make_operator(bridge, Privilege.RELAY)
    assert bridge.ask("RELAYMSG #x zoe/d :hi")[0].startswith("@draft/relaymsg=bridge :zoe/d!")


def test_without_the_capability_there_is_no_such_command(people: tuple[Client, Client]) -> None:
    assert people[1].ask("RELAYMSG #x zoe/d :hi") == [":irc.test 421 bob RELAYMSG :Unknown command"]


def test_the_answer_has_the_label(world: World) -> None:
    bridge = world.irc("bridge", caps=f"{CAP} batch labeled-response")
    bridge.send("JOIN #x")
    (line,) = bridge.ask("@label=a1 RELAYMSG #x zoe/d :hi")
    assert line == "@label=a1;draft/relaymsg=bridge :zoe/d!bridge@192.0.2.1 PRIVMSG #x :hi"


def test_no_nick_here_is_like_one_that_is_relayed(world: World) -> None:
    assert world.irc("bob").ask("NICK zoe/d")[0].startswith(":irc.test 432 bob zoe/d :")
