"""PERSISTENCE (IRCv3 draft/persistence)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from chatdaemon.realm.requests import Configure
from chatdaemon.realm.settings import Custom, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

CAPABILITY = "draft/persistence"


def logged_in(world: World, name: str, *, caps: str = CAPABILITY) -> tuple[Client, list[str]]:
    """A client of this account, and its welcome."""
    world.account(name)
    client = world.connect_irc()
    payload = b64encode(f"\0{name}\0sesame".encode()).decode()
    client.send(f"CAP REQ :sasl {caps}", f"NICK {name}", f"USER {name} 0 * :{name}", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {payload}", "CAP END")
    return client, client.read()


def status(wanted: str, holds: str) -> str:
    return f":irc.test PERSISTENCE STATUS {wanted} {holds}"


def test_the_status_comes_between_what_is_supported_and_the_message_of_the_day(world: World) -> None:
    _, welcome = logged_in(world, "alice")
    numerics = [line.split(" ")[1] for line in welcome]
    where = welcome.index(status("DEFAULT", "OFF"))
    assert max(i for i, numeric in enumerate(numerics) if numeric == "005") < where < numerics.index("422")


def test_who_has_no_account_is_told_no_status(world: World) -> None:
    guest = world.irc("bob", caps=f"{CAPABILITY} standard-replies")
    for line in ("PERSISTENCE GET", "PERSISTENCE SET ON"):
        assert guest.ask(line) == [
            ":irc.test FAIL PERSISTENCE ACCOUNT_REQUIRED :An account is required",
        ]


def test_it_can_be_set_and_asked_for(world: World) -> None:
    alice, _ = logged_in(world, "alice")
    assert alice.ask("PERSISTENCE GET") == [status("DEFAULT", "OFF")]
    assert alice.ask("PERSISTENCE SET on") == [status("ON", "ON")]
    assert alice.ask("PERSISTENCE GET") == [status("ON", "ON")]
    assert alice.ask("PERSISTENCE SET OFF") == [status("OFF", "OFF")]
    assert alice.ask("PERSISTENCE SET DEFAULT") == [status("DEFAULT", "OFF")]


def test_who_has_set_it_stays_when_the_last_client_leaves(world: World) -> None:
    alice, _ = logged_in(world, "alice")
    alice.send("PERSISTENCE SET ON", "JOIN #x", "QUIT")
    user = world.realm.user("alice")
    assert user is not None
    assert [channel.name for channel in user.channels] == ["#x"]


@pytest.mark.parametrize(
    ("custom", "wish", "holds", "whom"),
    [(Custom.OFF, "ON", "OFF", "nobody"), (Custom.ALWAYS, "OFF", "ON", "everybody")],
)
def test_where_there_is_no_choice_that_is_said_and_is_no_failure(
    make_world: MakeWorld, custom: Custom, wish: str, holds: str, whom: str
) -> None:
    world = make_world(settings=Settings(always_on=custom))
    alice, welcome = logged_in(world, "alice")
    assert status("DEFAULT", holds) in welcome
    note, answer = alice.ask(f"PERSISTENCE SET {wish}")
    assert note.startswith(":irc.test NOTE PERSISTENCE NOT_CHANGED :")
    assert note.endswith(f"does it for {whom}")
    assert answer == status("DEFAULT", holds)


def test_other_clients_of_the_account_are_told_and_those_of_others_are_not(world: World) -> None:
    alice, _ = logged_in(world, "alice")
    other, _ = logged_in(world, "alice")
    plain, _ = logged_in(world, "alice", caps="")
    bob, _ = logged_in(world, "bob")
    assert alice.ask("PERSISTENCE SET ON") == [status("ON", "ON")]
    assert other.read() == [status("ON", "ON")]
    assert plain.read() == []
    assert bob.read() == []


def test_a_new_configuration_is_told(world: World) -> None:
    alice, _ = logged_in(world, "alice")
    world.node.submit(None, Configure(Settings(always_on=Custom.ALWAYS)))
    world.settle()
    assert alice.read() == [status("DEFAULT", "ON")]


@pytest.mark.parametrize(
    "line", ["PERSISTENCE", "PERSISTENCE SET", "PERSISTENCE SET MAYBE", "PERSISTENCE SET ON OFF"]
)
def test_what_makes_no_sense_is_refused(world: World, line: str) -> None:
    alice, _ = logged_in(world, "alice")
    (answer,) = alice.ask(line)
    assert answer.startswith(":irc.test FAIL PERSISTENCE INVALID_PARAMETERS :")


def test_a_subcommand_of_another_day_is_passed_over(world: World) -> None:
    alice, _ = logged_in(world, "alice")
    assert alice.ask("PERSISTENCE EXPLAIN x") == []


def test_without_the_capability_there_is_no_such_command(world: World) -> None:
    alice, _ = logged_in(world, "alice", caps="")
    assert alice.ask("PERSISTENCE GET") == [":irc.test 421 alice PERSISTENCE :Unknown command"]
