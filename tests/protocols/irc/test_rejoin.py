"""Somebody has another host: CHGHOST, or leaving and coming back for those who do not understand that."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import SetVirtualHost
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.world import Client, World

HOST = "staff.test"
LEAVES = ":bob!bob@192.0.2.1 QUIT :Changing host"


def changed(bob: Client) -> None:
    """Have bob shown with another host."""
    make_operator(bob, host=HOST)


def join(channels: str, *clients: Client) -> None:
    for client in clients:
        client.send(f"JOIN {channels}")
    for client in clients:
        client.read()


def test_who_does_not_understand_it_sees_somebody_leave_and_come_back(world: World) -> None:
    bob, carol, dave = world.irc("bob"), world.irc("carol"), world.irc("dave", caps="chghost")
    join("#x", bob, carol, dave)
    changed(bob)
    assert carol.read() == [
        LEAVES,
        f":bob!bob@{HOST} JOIN #x",
        ":irc.test MODE #x +o bob",
    ]
    assert dave.read() == [f":bob!bob@192.0.2.1 CHGHOST bob {HOST}"]


def test_without_a_rank_there_is_no_mode(world: World) -> None:
    carol, bob = world.irc("carol"), world.irc("bob")
    join("#x", carol, bob)
    changed(bob)
    assert carol.read() == [LEAVES, f":bob!bob@{HOST} JOIN #x"]


def test_several_ranks_come_back_with_them(world: World) -> None:
    carol, bob = world.irc("carol"), world.irc("bob")
    join("#x", carol, bob)
    carol.send("MODE #x +ohv bob bob bob")
    carol.read()
    changed(bob)
    assert carol.read()[-1] == ":irc.test MODE #x +ohv bob bob bob"


def test_only_the_channels_that_are_shared_are_shown(world: World) -> None:
    carol, dave, bob = world.irc("carol"), world.irc("dave"), world.irc("bob")
    join("#x,#y", carol)
    join("#y", dave)
    join("#x,#y,#z", bob)
    carol.read()
    dave.read()
    erin = world.irc("erin")
    changed(bob)
    assert carol.read() == [LEAVES, f":bob!bob@{HOST} JOIN #x", f":bob!bob@{HOST} JOIN #y"]
    assert dave.read() == [LEAVES, f":bob!bob@{HOST} JOIN #y"]
    assert erin.read() == []


def test_each_sees_it_with_the_capabilities_that_it_has(world: World) -> None:
    carol = world.irc("carol", caps="extended-join away-notify account-tag server-time message-tags")
    bob = world.irc("bob")
    log_in(bob, "bob")
    bob.send("AWAY :lunch")
    join("#x", carol, bob)
    bob.read()
    changed(bob)
    lines = carol.read()
    assert all(line.startswith("@time=2026-01-01T") for line in lines)
    # Nothing has happened that would have an id.
    assert not any("msgid" in line for line in lines)
    assert [line.partition(" ")[2] for line in lines] == [
        LEAVES,
        f":bob!bob@{HOST} JOIN #x bob :Bob Example",
        f":bob!bob@{HOST} AWAY :lunch",
    ]


def test_members_of_an_auditorium_who_do_not_see_somebody_see_nothing_of_it(world: World) -> None:
    carol, bob, dave = world.irc("carol"), world.irc("bob"), world.irc("dave")
    join("#x", carol, bob, dave)
    carol.send("MODE #x +u")
    for client in (carol, dave):
        client.read()
    changed(bob)
    assert carol.read() == [LEAVES, f":bob!bob@{HOST} JOIN #x"]
    assert dave.read() == []


@pytest.mark.parametrize("caps", ["", "chghost"])
def test_who_has_another_host_is_told_so_and_has_not_left(world: World, caps: str) -> None:
    admin, bob = world.irc("admin"), world.irc("bob", caps=caps)
    make_operator(admin, Privilege.VHOSTS)
    log_in(bob, "bob")
    join("#x", admin, bob)
    admin.read()
    session = admin.connection
    assert isinstance(session, IRCSession)
    world.node.submit(session, SetVirtualHost("bob", "bob.vhost.test"))
    world.settle()
    told = [":irc.test 396 bob bob.vhost.test :is now your visible host"]
    if caps:
        told.insert(0, ":bob!bob@192.0.2.1 CHGHOST bob bob.vhost.test")
    assert bob.read() == told
    # Whoever gives it is a witness like any other.
    seen = admin.read()
    assert ":bob!bob@bob.vhost.test JOIN #x" in seen
    assert not any(" 396 " in line for line in seen)


def test_it_can_be_configured_away(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(rejoins=False))
    carol, bob = world.irc("carol"), world.irc("bob")
    join("#x", carol, bob)
    changed(bob)
    assert carol.read() == []


def test_json_clients_are_told_in_their_own_way(world: World) -> None:
    bob, carol = world.irc("bob"), world.json("carol")
    join("#x", bob)
    carol.ok(op="join", channel="#x")
    carol.hear()
    changed(bob)
    assert [each["event"] for each in carol.hear()] == ["host"]


def test_it_is_shown_in_order_with_what_else_happens(world: World) -> None:
    bob, carol = world.irc("bob"), world.irc("carol")
    join("#x", carol, bob)
    bob.send("PRIVMSG #x :before")
    changed(bob)
    bob.send("PRIVMSG #x :behind")
    assert carol.read() == [
        ":bob!bob@192.0.2.1 PRIVMSG #x :before",
        LEAVES,
        f":bob!bob@{HOST} JOIN #x",
        f":bob!bob@{HOST} PRIVMSG #x :behind",
    ]
