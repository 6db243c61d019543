"""NAMES and LIST."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatdaemon.protocols.irc.commands.listing import MINUTE, NAMES_A_LINE, parse_condition
from chatdaemon.protocols.irc.session import STEPS_A_TURN
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm import policy
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.state import Channel, User
from tests.protocols.irc.given import channel, make_operator
from tests.world import Client, World

MakeWorld = Callable[..., World]

END = ":irc.test 323 alice :End of /LIST"


def listed(lines: list[str]) -> list[str]:
    """The channels of a LIST reply, which must be whole."""
    assert lines[0].endswith(" Channel :Users  Name")
    assert lines[-1].endswith(" :End of /LIST")
    return [line.split(" ")[3] for line in lines[1:-1]]


# NAMES


def test_names_shows_members_with_their_highest_prefix(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.send("MODE #x +vh bob bob")
    assert bob.ask("NAMES #X") == [
        ":irc.test 353 bob = #x :@alice %bob",
        ":irc.test 366 bob #x :End of /NAMES list",
    ]


def test_names_with_multi_prefix_and_userhost_in_names(world: World) -> None:
    alice = world.irc("alice", caps="multi-prefix userhost-in-names")
    bob = world.irc("bob", caps="multi-prefix")
    alice.send("JOIN #x", "MODE #x +v alice")
    bob.send("JOIN #x")
    assert alice.ask("NAMES #x")[0] == ":irc.test 353 alice = #x :@+alice!alice@192.0.2.1 bob!bob@192.0.2.1"
    assert bob.ask("NAMES #x")[0] == ":irc.test 353 bob = #x :@+alice bob"


def test_names_of_several_channels_each_once(world: World) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #x,#y")
    assert alice.ask("NAMES #x,#none,#y,#X,,") == [
        ":irc.test 353 alice = #x :@alice",
        ":irc.test 366 alice #x :End of /NAMES list",
        ":irc.test 366 alice #none :End of /NAMES list",
        ":irc.test 353 alice = #y :@alice",
        ":irc.test 366 alice #y :End of /NAMES list",
    ]


@pytest.mark.parametrize("line", ["NAMES", "NAMES :", "NAMES ,"])
def test_names_without_a_channel_is_only_an_end(world: World, line: str) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #x")
    assert alice.ask(line) == [":irc.test 366 alice * :End of /NAMES list"]


def test_names_never_repeats_what_would_break_the_line(world: World) -> None:
    assert world.irc("alice").ask("NAMES ::a b,#c") == [
        ":irc.test 366 alice a :End of /NAMES list",
        ":irc.test 366 alice #c :End of /NAMES list",
    ]


def test_outsiders_see_the_names_of_those_who_are_not_invisible(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    for client in (alice, bob):
        client.send("JOIN #x")
    bob.send("MODE bob -i")
    assert carol.ask("NAMES #x") == [
        ":irc.test 353 carol = #x :bob",
        ":irc.test 366 carol #x :End of /NAMES list",
    ]


def test_outsiders_see_no_names_of_a_secret_channel_and_members_see_that_it_is_one(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x", "MODE #x +s", "MODE alice -i")
    assert bob.ask("NAMES #x") == [":irc.test 366 bob #x :End of /NAMES list"]
    assert alice.ask("NAMES #x")[0] == ":irc.test 353 alice @ #x :@alice"
    make_operator(bob, Privilege.SEE_HIDDEN)
    assert bob.ask("NAMES #x")[0] == ":irc.test 353 bob @ #x :@alice"


@pytest.mark.parametrize("line", ["NAMES #x", "LIST"])
def test_listing_needs_registration(world: World, line: str) -> None:
    assert world.connect_irc().ask(line) == [":irc.test 451 * :You have not registered"]


# LIST


def test_list_shows_channels_with_members_and_topic(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x,#y", "TOPIC #x :All about x")
    bob.send("JOIN #x")
    alice.read()
    assert alice.ask("LIST") == [
        ":irc.test 321 alice Channel :Users  Name",
        ":irc.test 322 alice #x 2 :All about x",
        ":irc.test 322 alice #y 1 :",
        END,
    ]
    assert alice.ask("LIST #Y,#none")[1:] == [":irc.test 322 alice #y 1 :", END]


def test_list_hides_secret_channels_from_outsiders(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x,#y", "MODE #x +s")
    assert listed(alice.ask("LIST")) == ["#x", "#y"]
    assert listed(bob.ask("LIST")) == ["#y"]
    assert listed(bob.ask("LIST #x")) == []
    make_operator(bob, Privilege.SEE_HIDDEN)
    assert listed(bob.ask("LIST")) == ["#x", "#y"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("LIST >1", ["#twisted"]),
        ("LIST <2", ["#python", "#perl"]),
        ("LIST >0,<2", ["#python", "#perl"]),
        ("LIST #p*", ["#python", "#perl"]),
        ("LIST *TWIST*", ["#twisted"]),
        ("LIST #p??l,#twisted", ["#twisted", "#perl"]),
        ("LIST !#p*", ["#twisted"]),
        ("LIST #p*,!*thon", ["#perl"]),
        ("LIST #perl,#twisted >1", ["#twisted"]),
        ("LIST #perl,#twisted >1,<9", ["#twisted"]),
        ("LIST >99999999999999999999999", []),
        ("LIST <x", []),
        ("LIST C", []),
        ("LIST #python,#python", ["#python"]),
        ("LIST :", ["#python", "#twisted", "#perl"]),
    ],
)
def test_list_is_narrowed_by_masks_and_numbers_of_members(world: World, asked: str, found: list[str]) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #python,#twisted,#perl")
    bob.send("JOIN #twisted")
    assert listed(alice.ask(asked)) == found


def test_list_is_narrowed_by_when_a_channel_was_made_and_its_topic_set(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, ping_interval=None))
    alice = world.irc("alice")
    alice.send("JOIN #old,#silent", "TOPIC #old :x")
    world.pass_time(600)
    alice.send("JOIN #new,#bare", "TOPIC #new :y")
    assert listed(alice.ask("LIST C<5")) == ["#new", "#bare"]
    assert listed(alice.ask("LIST c>5")) == ["#old", "#silent"]
    assert listed(alice.ask("LIST T<5")) == ["#new"]
    assert listed(alice.ask("LIST T>5")) == ["#old"]


@pytest.mark.parametrize("word", ["<", ">", "<a", "C", "C<", "Cx5", "T", "T>", "X<5", "<-1", "<٣", "#x", "5"])
def test_what_is_no_condition_is_none(word: str) -> None:
    assert parse_condition(word, 0) is None


@pytest.mark.parametrize(
    ("word", "fits"),
    [
        ("C<5", False),
        ("C>5", True),
        ("C<20", True),
        ("T<5", True),
        ("T>5", False),
        ("<1", True),
        (">0", False),
    ],
)
def test_conditions_count_minutes_and_members(word: str, fits: bool) -> None:
    then = Channel("1", "#x", "#x", created_at=0)
    then.topic, then.topic_at = "x", 8 * MINUTE
    condition = parse_condition(word, 10 * MINUTE)
    assert condition is not None
    assert condition(then) is fits


def test_a_channel_without_a_topic_fits_no_condition_on_its_age() -> None:
    bare = Channel("1", "#x", "#x", created_at=0)
    for word in ("T<5", "T>5"):
        condition = parse_condition(word, 10 * MINUTE)
        assert condition is not None
        assert condition(bare) is False


# Long replies


def many_channels(world: World, count: int) -> None:
    """So many channels, each with a topic."""
    for first in range(0, count, 50):
        maker = world.irc(f"maker{first}")
        for number in range(first, first + 50):
            maker.send(f"JOIN #c{number:04d}", f"TOPIC #c{number:04d} :{'x' * 300}")


def stalled(client: Client) -> int:
    """The bytes that wait for a client that does not read."""
    return len(client.transport.waiting)


def test_a_long_list_waits_for_a_client_that_does_not_read(world: World) -> None:
    many_channels(world, 200)
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.transport.reading = False
    alice.connection.dataReceived(b"LIST\r\nPING :after\r\n")
    for _ in range(100):
        world.clock.advance(0.01)
    assert stalled(alice) < (STEPS_A_TURN + 2) * 400
    bob.connection.dataReceived(b"PING :x\r\n")
    world.clock.advance(0)
    assert bob.read() == [":irc.test PONG irc.test :x"]
    for _ in range(20):
        alice.transport.read_on()
        world.clock.advance(0.2)
    lines = alice.read()
    assert lines[-1] == ":irc.test PONG irc.test :after"
    assert listed(lines[:-1]) == [f"#c{number:04d}" for number in range(200)]


def test_the_names_of_many_channels_wait_for_a_client_that_does_not_read(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, ping_interval=None))
    channels = ",".join(f"#c{number}" for number in range(20))
    clients = [world.irc(f"n{number}") for number in range(NAMES_A_LINE * 3)]
    for client in clients:
        client.send(f"JOIN {channels}")
    alice = clients[0]
    alice.read()
    alice.transport.reading = False
    alice.connection.dataReceived(f"NAMES {channels}\r\n".encode())
    for _ in range(100):
        world.clock.advance(0.01)
    assert alice.transport.waiting.count(b" 366 ") == -(-STEPS_A_TURN // 4)
    for _ in range(20):
        alice.transport.read_on()
        world.clock.advance(0.2)
    assert [line.split(" ")[3] for line in alice.read() if " 366 " in line] == channels.split(",")


def test_a_long_list_ends_with_the_connection(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    many_channels(world, 100)
    alice = world.irc("alice")
    alice.transport.reading = False
    alice.connection.dataReceived(b"LIST\r\n")
    world.clock.advance(0.01)
    alice.vanish()
    assert world.realm.user("alice") is None
    written: list[bytes] = []
    monkeypatch.setattr(alice.transport, "write", written.append)
    world.pass_time(2)
    assert written == []


def test_a_fault_in_the_middle_of_a_long_list_ends_that_connection_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_channels(world, 100)
    alice, bob = world.irc("alice"), world.irc("bob")
    sees = policy.sees_channel

    def faulty(channel: Channel, viewer: User) -> bool:
        if channel.name == "#c0080":
            raise RuntimeError("a fault")
        return sees(channel, viewer)

    monkeypatch.setattr(policy, "sees_channel", faulty)
    lines = alice.ask("LIST")
    assert lines[-1] == "ERROR :Closing Link: 192.0.2.1 (Internal server error)"
    assert len(lines) == 1 + 80 + 1
    assert alice.closed
    assert bob.ask("PING :x") == [":irc.test PONG irc.test :x"]


def test_a_long_labelled_list_is_one_batch(world: World) -> None:
    many_channels(world, 150)
    alice = world.irc("alice", caps="labeled-response batch server-time")
    lines = alice.ask("@label=big LIST", "@label=next PING :x")
    first, *middle, last, pong = lines
    assert first.startswith("@label=big;time=")
    assert first.endswith(":irc.test BATCH +b1 labeled-response")
    assert all(line.startswith("@batch=b1;time=") for line in middle)
    assert len(middle) == 152
    assert last.endswith(" :irc.test BATCH -b1")
    assert pong.startswith("@label=next;time=")


def test_a_long_labelled_list_waits_for_its_reader_too(world: World) -> None:
    many_channels(world, 200)
    alice = world.irc("alice", caps="labeled-response batch")
    alice.transport.reading = False
    alice.connection.dataReceived(b"@label=big LIST\r\n")
    for _ in range(100):
        world.clock.advance(0.01)
    assert 0 < stalled(alice) < (STEPS_A_TURN + 2) * 400
    for _ in range(20):
        alice.transport.read_on()
        world.clock.advance(0.2)
    lines = alice.read()
    assert len(lines) == 204
    assert lines[0] == "@label=big :irc.test BATCH +b1 labeled-response"
    assert lines[-1] == ":irc.test BATCH -b1"


def test_channels_that_end_while_a_long_list_is_read_are_left_out(world: World) -> None:
    many_channels(world, 100)
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #last")
    assert channel(world, "#last")
    alice.transport.reading = False
    alice.connection.dataReceived(b"LIST\r\n")
    world.clock.advance(0.01)
    bob.connection.dataReceived(b"PART #last\r\n")
    world.clock.advance(0.4)
    for _ in range(10):
        alice.transport.read_on()
        world.clock.advance(0.2)
    assert "#last" not in listed(alice.read())
