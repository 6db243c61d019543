"""The names of large channels, which are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.irc.names import LARGE, NICK_ROOM, Roster
from chatdaemon.protocols.irc.wrap import wrap as lines
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.given import make_operator
from tests.world import Client, World

MakeWorld = Callable[..., World]

NICKS = [f"n{number:03d}" for number in range(LARGE + 10)]


def crowd(world: World) -> list[Client]:
    """A large channel #x. The first of it is its operator."""
    clients = [world.irc(nick) for nick in NICKS]
    for client in clients:
        client.send("JOIN #x")
    return clients


def names(client: Client, channel: str = "#x") -> list[str]:
    """What NAMES answers, which must be lines that fit and an end."""
    answer = client.ask(f"NAMES {channel}")
    assert answer[-1].endswith(f" {channel} :End of /NAMES list")
    assert all(len(line) <= 510 for line in answer)
    return [word for line in answer[:-1] for word in line.partition(" :")[2].split(" ")]


words = st.lists(st.text("abc", min_size=1, max_size=12), max_size=40)


@given(words, words, st.integers(0, 40))
def test_a_roster_holds_every_word_in_order_in_lines_that_fit(
    first: list[str], more: list[str], room: int
) -> None:
    roster = Roster(room)
    roster.add(first)
    before = list(roster.lines)
    roster.add(more)
    assert roster.count == len(first) + len(more)
    assert " ".join(roster.lines).split() == [*first, *more]
    assert all(len(line) <= room or " " not in line for line in roster.lines)
    assert roster.lines == lines([*first, *more], room)
    assert before == lines(first, room)


def test_lines_are_as_full_as_they_can_be() -> None:
    assert lines(["aa", "bb", "cc", "d"], 5) == ["aa bb", "cc d"]
    assert lines([], 5) == []
    assert lines(["longer", "a"], 3) == ["longer", "a"]


def test_everybody_in_a_large_channel_sees_everybody(world: World) -> None:
    clients = crowd(world)
    everybody = ["@n000", *NICKS[1:]]
    for client in (clients[0], clients[-1]):
        assert names(client) == everybody
    # Kept now, and added to.
    late = world.irc("late")
    joined = late.ask("JOIN #x")
    assert [word for line in joined[1:-1] for word in line.partition(" :")[2].split(" ")] == [
        *everybody,
        "late",
    ]
    assert names(clients[1]) == [*everybody, "late"]


@pytest.mark.parametrize(
    ("line", "gone", "come"),
    [
        ("PART #x", ["n005"], []),
        ("QUIT :bye", ["n005"], []),
        ("NICK other", ["n005"], ["other"]),
    ],
)
def test_kept_names_follow_those_who_leave_or_are_renamed(
    world: World, line: str, gone: list[str], come: list[str]
) -> None:
    clients = crowd(world)
    before = names(clients[1])
    clients[5].send(line)
    after = names(clients[1])
    assert sorted(after) == sorted([*(name for name in before if name not in gone), *come])


def test_kept_names_follow_kicks_and_ranks(world: World) -> None:
    clients = crowd(world)
    names(clients[1])
    clients[0].send("KICK #x n005", "MODE #x +v n006")
    after = names(clients[1])
    assert "n005" not in after
    assert "+n006" in after
    clients[0].send("MODE #x +m")
    assert names(clients[1]) == after


def test_kept_names_follow_a_changed_host(world: World) -> None:
    clients = crowd(world)
    alice = world.irc("alice", caps="userhost-in-names")
    alice.send("JOIN #x")
    assert "n005!n005@192.0.2.1" in names(alice)
    clients[5].send("JOIN #elsewhere")
    make_operator(clients[5], host="staff.example.org")
    assert "n005!n005@staff.example.org" in names(alice)


def test_a_channel_that_somebody_was_forced_into_shows_that_member_at_once(world: World) -> None:
    clients = crowd(world)
    names(clients[1])
    bob = world.irc("bob")
    make_operator(clients[2], Privilege.OVERRIDE)
    clients[2].send("SAJOIN bob #x")
    shown = [word for line in bob.read()[1:-1] for word in line.partition(" :")[2].split(" ")]
    assert shown == ["@n000", *NICKS[1:], "bob"]


def test_each_way_to_write_names_is_kept_apart(world: World) -> None:
    clients = crowd(world)
    clients[0].send("MODE #x +v n000")
    full = world.irc("full", caps="multi-prefix userhost-in-names")
    multi = world.irc("multi", caps="multi-prefix")
    for client in (full, multi):
        client.send("JOIN #x")
    for _ in range(2):
        assert names(clients[1])[:2] == ["@n000", "n001"]
        assert names(multi)[:2] == ["@+n000", "n001"]
        assert names(full)[:2] == ["@+n000!n000@192.0.2.1", "n001!n001@192.0.2.1"]


def test_outsiders_and_auditoriums_get_names_of_their_own(world: World) -> None:
    clients = crowd(world)
    names(clients[1])
    outsider = world.irc("outsider")
    clients[7].send("MODE n007 -i")
    assert names(outsider) == ["n007"]
    clients[0].send("MODE #x +u")
    assert names(clients[1]) == ["@n000", "n001"]
    assert len(names(clients[0])) == len(NICKS)


def test_nicks_longer_than_kept_lines_have_room_for_get_lines_that_fit(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_length=200))
    crowd(world)
    nick = "l" * (NICK_ROOM + 100)
    client = world.irc(nick)
    client.send("JOIN #x")
    assert names(client) == ["@n000", *NICKS[1:], nick]


def test_kept_lines_have_room_for_the_nick_of_everybody_who_is_sent_them(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_length=200))
    crowd(world)
    nicks = ["s", "l" * NICK_ROOM]
    short, long = (world.irc(nick, caps="userhost-in-names") for nick in nicks)
    for client in (short, long):
        client.send("JOIN #x")
    for client in (short, long):
        assert [name.partition("!")[0] for name in names(client)] == ["@n000", *NICKS[1:], *nicks]


def test_names_of_a_channel_that_was_left_by_all_are_forgotten(world: World) -> None:
    clients = crowd(world)
    names(clients[0])
    for client in clients[1:]:
        client.send("PART #x")
        clients[0].read()
    names(clients[0])
    clients[0].send("PART #x", "JOIN #x")
    assert names(clients[0]) == ["@n000"]
