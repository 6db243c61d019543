"""Several clients of one account are one user: what each of them is told."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatdaemon.protocols.irc.modes import PREFIXES
from chatdaemon.protocols.irc.numerics import RPL_NOWAWAY
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.coming import come, here
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import make_operator
from tests.protocols.irc.picture import RANKS, Picture
from tests.protocols.irc.services.said import says
from tests.world import Client, World


@pytest.fixture
def alice(world: World) -> Client:
    """The first client of alice, in a channel with a topic that bob is in as well."""
    alice, bob = here(world), world.irc("bob")
    alice.send("JOIN #tea", "TOPIC #tea :Green or black?")
    bob.send("JOIN #tea")
    alice.read()
    return alice


def after_welcome(client: Client) -> list[str]:
    lines = client.read()
    ends = [number for number, line in enumerate(lines) if " 376 " in line or " 422 " in line]
    return lines[ends[0] + 1 :]


# Coming


def test_who_comes_is_told_of_the_channels_as_if_it_joined_them(world: World, alice: Client) -> None:
    phone = come(world)
    assert after_welcome(phone) == [
        ":alice MODE alice :+i",
        ":alice!alice@192.0.2.9 JOIN #tea",
        ":irc.test 332 alice #tea :Green or black?",
        f":irc.test 333 alice #tea alice!alice@192.0.2.9 {world.realm.channels['#tea'].topic_at // 1000}",
        ":irc.test 353 alice = #tea :@alice bob",
        ":irc.test 366 alice #tea :End of /NAMES list",
    ]
    assert alice.read() == []
    assert len(world.realm.users) == 2


def test_it_is_told_in_the_form_that_it_wants(world: World, alice: Client) -> None:
    phone = come(world, "extended-join server-time message-tags no-implicit-names draft/read-marker")
    assert [line.partition(" ")[2] for line in after_welcome(phone)] == [
        ":alice MODE alice :+i",
        ":alice!alice@192.0.2.9 JOIN #tea alice :Alice Example",
        ":irc.test 332 alice #tea :Green or black?",
        f":irc.test 333 alice #tea alice!alice@192.0.2.9 {world.realm.channels['#tea'].topic_at // 1000}",
        ":irc.test MARKREAD #tea *",
    ]


def test_no_message_id_is_made_up_for_it(world: World, alice: Client) -> None:
    phone = come(world, "message-tags")
    assert not any("msgid=" in line for line in phone.read())


def test_it_is_told_that_its_user_is_away_and_an_operator(world: World, alice: Client) -> None:
    make_operator(alice, Privilege.NO_FLOOD)
    alice.send("AWAY :lunch")
    phone = come(world)
    assert after_welcome(phone)[:3] == [
        ":alice MODE alice :+ios",
        ":irc.test 381 alice :You are now an IRC operator",
        RPL_NOWAWAY.line("irc.test", "alice", ()),
    ]
    assert phone.connection.exempt


def test_others_learn_nothing_of_it(world: World, alice: Client) -> None:
    bob = world.irc("carol", caps="away-notify account-notify extended-join")
    bob.send("JOIN #tea", "MONITOR + alice")
    bob.read()
    phone = come(world)
    phone.send("QUIT")
    assert bob.read() == []


def test_many_large_channels_are_told_of_as_fast_as_they_are_read() -> None:
    world = World()
    alice, crowd = here(world), [world.irc(f"nick{number}") for number in range(60)]
    for number in range(100):
        alice.send(f"JOIN #c{number}")
        for each in crowd:
            each.send(f"JOIN #c{number}")
    phone = world.connect_irc()
    phone.transport.reading = False
    phone.send("PASS alice:sesame", "NICK alice", "USER a 0 * :A", "PING behind")
    phone.transport.read_on()
    lines = phone.read()
    assert sum(" JOIN " in line for line in lines) == 100
    assert sum(" 366 " in line for line in lines) < 50
    world.pass_time(5)
    lines += phone.read()
    assert sum(" 366 " in line for line in lines) == 100
    assert lines[-1] == ":irc.test PONG irc.test :behind"


def test_a_channel_that_is_left_meanwhile_is_not_told_of_any_more() -> None:
    world = World()
    alice, crowd = here(world), [world.irc(f"nick{number}") for number in range(60)]
    for number in range(40):
        alice.send(f"JOIN #c{number}")
        for each in crowd:
            each.send(f"JOIN #c{number}")
    phone = world.connect_irc()
    phone.transport.reading = False
    phone.send("PASS alice:sesame", "NICK alice", "USER a 0 * :A")
    alice.send("PART #c39")
    phone.transport.read_on()
    world.pass_time(5)
    lines = phone.read()
    left = lines.index(":alice!alice@192.0.2.9 PART #c39")
    assert not any("#c39 " in line for line in lines[left + 1 :])
    assert sum(" 366 " in line for line in lines) == 39


def test_who_goes_in_the_middle_of_it_is_told_no_more() -> None:
    world = World()
    alice, crowd = here(world), [world.irc(f"nick{number}") for number in range(60)]
    for number in range(40):
        alice.send(f"JOIN #c{number}")
        for each in crowd:
            each.send(f"JOIN #c{number}")
    boss = world.irc("boss")
    make_operator(boss, Privilege.KILL)
    phone = world.connect_irc()
    phone.transport.reading = False
    phone.send("PASS alice:sesame", "NICK alice", "USER a 0 * :A")
    boss.send("KILL alice :enough")
    world.pass_time(10)
    assert phone.closed
    assert alice.closed
    assert world.realm.user("alice") is None


def test_more_than_so_many_are_too_many(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(sessions_per_user=2))
    here(world), here(world)
    third = come(world)
    assert any("Too many clients use this nickname already" in line for line in third.read())
    assert third.closed


def test_where_there_is_one_client_to_a_user_the_nick_is_taken(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(several_clients=False))
    here(world)
    assert ":irc.test 433 * alice :Nickname is already in use" in come(world).read()


# Acting: the other client is told.


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("PART #tea :bye", [":alice!alice@192.0.2.9 PART #tea :bye"]),
        ("TOPIC #tea :Black", [":alice!alice@192.0.2.9 TOPIC #tea :Black"]),
        ("MODE #tea +v bob", [":alice!alice@192.0.2.9 MODE #tea +v bob"]),
        ("MODE alice +w", [":alice MODE alice :+w"]),
        ("KICK #tea alice :self", [":alice!alice@192.0.2.9 KICK #tea alice :self"]),
        ("PRIVMSG #tea :hi", [":alice!alice@192.0.2.9 PRIVMSG #tea :hi"]),
        ("NOTICE @#tea :hi", [":alice!alice@192.0.2.9 NOTICE @#tea :hi"]),
        ("PRIVMSG alice :milk", [":alice!alice@192.0.2.9 PRIVMSG alice :milk"]),
        ("PRIVMSG bob :psst", []),
        ("AWAY :lunch", []),
        ("SETNAME :Alicia", []),
        ("TAGMSG bob", []),
        ("MARKREAD #tea timestamp=2025-12-31T18:30:00.000Z", []),
        ("QUIT :off", []),
    ],
)
def test_what_one_client_does_a_plain_one_is_told(
    world: World, alice: Client, asked: str, told: list[str]
) -> None:
    phone = here(world)
    alice.send(asked)
    assert phone.read() == told


MANY = (
    "echo-message message-tags batch draft/multiline away-notify setname draft/read-marker extended-monitor"
)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("PRIVMSG bob :psst", ["PRIVMSG bob :psst"]),
        ("@+typing=active TAGMSG bob", ["TAGMSG bob"]),
        ("AWAY :lunch", ["AWAY :lunch"]),
        ("SETNAME :Alicia", ["SETNAME :Alicia"]),
        ("PRIVMSG alice :milk", ["PRIVMSG alice :milk"]),
    ],
)
def test_and_one_with_capabilities_is_told_more(
    world: World, alice: Client, asked: str, told: list[str]
) -> None:
    other, phone = here(world, "message-tags setname"), here(world, MANY)
    other.send(asked)
    found = [line for line in phone.read() if ":alice!alice@192.0.2.9 " in line]
    assert [line.partition(":alice!alice@192.0.2.9 ")[2] for line in found] == told


def test_a_channel_that_one_enters_the_other_is_told_all_of(world: World, alice: Client) -> None:
    phone = here(world, "draft/read-marker")
    alice.send("JOIN #milk")
    assert phone.read() == [
        ":alice!alice@192.0.2.9 JOIN #milk",
        ":irc.test MARKREAD #milk *",
        ":irc.test 353 alice = #milk :@alice",
        ":irc.test 366 alice #milk :End of /NAMES list",
    ]


def test_how_far_one_has_read_the_other_is_told(world: World, alice: Client) -> None:
    phone, plain = here(world, "draft/read-marker"), here(world)
    plain.ask("MARKREAD #tea timestamp=2025-12-31T18:30:00.000Z")
    assert phone.read() == [":irc.test MARKREAD #tea timestamp=2025-12-31T18:30:00.000Z"]
    # One that has once set a marker, and has not asked for the capability, is not told of others'.
    phone.ask("MARKREAD #tea timestamp=2025-12-31T19:30:00.000Z")
    assert plain.read() == []


def test_what_one_writes_to_people_is_shown_to_who_understands_it(world: World, alice: Client) -> None:
    plain, znc = here(world), here(world, "znc.in/self-message")
    alice.send("PRIVMSG bob :psst")
    assert plain.read() == []
    assert znc.read() == [":alice!alice@192.0.2.9 PRIVMSG bob :psst"]


def test_the_same_of_several_lines(world: World, alice: Client) -> None:
    plain, znc = here(world), here(world, "znc.in/self-message")
    writer = here(world, "batch draft/multiline")
    writer.send(
        "BATCH +1 draft/multiline bob",
        "@batch=1 PRIVMSG bob :one",
        "@batch=1 PRIVMSG bob :two",
        "BATCH -1",
    )
    assert plain.read() == []
    assert znc.read() == [f":alice!alice@192.0.2.9 PRIVMSG bob :{text}" for text in ("one", "two")]


def test_what_is_written_to_the_user_reaches_all_of_its_clients_once(world: World, alice: Client) -> None:
    phone, bob = here(world, MANY), world.irc("ben")
    bob.send("PRIVMSG alice :hi")
    assert alice.read() == [":ben!ben@192.0.2.1 PRIVMSG alice :hi"]
    assert [line.partition(" ")[2] for line in phone.read()] == [":ben!ben@192.0.2.1 PRIVMSG alice :hi"]


def test_an_echo_has_its_label_for_who_asked_alone(world: World, alice: Client) -> None:
    caps = "echo-message batch labeled-response"
    one, other = here(world, caps), here(world, caps)
    assert one.ask("@label=7 PRIVMSG #tea :hi") == ["@label=7 :alice!alice@192.0.2.9 PRIVMSG #tea :hi"]
    assert other.read() == [":alice!alice@192.0.2.9 PRIVMSG #tea :hi"]


def test_an_invitation_and_what_the_server_does_to_the_user_reach_all(world: World, alice: Client) -> None:
    phone, bob = here(world), world.irc("ben")
    bob.send("JOIN #milk", "INVITE alice #milk")
    assert alice.read() == phone.read() == [":ben!ben@192.0.2.1 INVITE alice :#milk"]


def test_a_name_that_one_takes_the_other_goes_by(world: World, alice: Client) -> None:
    world.account("alice", nicks=("ali",))
    phone = here(world)
    alice.send("NICK ali")
    assert phone.read() == [":alice!alice@192.0.2.9 NICK :ali"]
    assert phone.ask("MODE ali") == [":irc.test 221 ali +i"]


def test_who_logs_in_with_one_of_the_nicks_comes_to_the_user_as_well(world: World, alice: Client) -> None:
    world.account("alice", nicks=("ali",))
    phone = come(world, nick="ali")
    assert any(" 001 alice " in line for line in phone.read())


def test_metadata_that_one_client_changes_the_other_is_told(world: World) -> None:
    caps = "batch draft/metadata-2"
    one, other = here(world, caps), here(world, caps)
    for each in (one, other):
        each.send("METADATA * SUB url")
        each.read()
    # Also while the other waits for an answer of its own.
    one.connection.dataReceived(b"METADATA * SET url :http://a.example\r\n")
    other.connection.dataReceived(b"METADATA * SET url :http://b.example\r\n")
    world.settle()
    assert any("http://b.example" in line for line in one.read())
    assert any("http://a.example" in line for line in other.read())


# Going


def test_who_quits_leaves_the_others_there(world: World, alice: Client) -> None:
    phone = here(world)
    assert phone.ask("QUIT :off") == ["ERROR :Closing Link: 192.0.2.9 (Quit: off)"]
    assert alice.ask("WHOIS alice")[0].startswith(":irc.test 311 alice alice ")
    alice.send("QUIT :all")
    assert world.realm.user("alice") is None


def test_a_kill_is_of_all(world: World, alice: Client) -> None:
    phone, boss = here(world), world.irc("boss")
    make_operator(boss, Privilege.KILL)
    boss.send("KILL alice :enough")
    for each in (alice, phone):
        assert each.read()[-1].startswith("ERROR :Closing Link: 192.0.2.9 (Killed (boss (enough)))")
        assert each.closed
    assert {user.nick for user in world.realm.sessions.values()} == {"bob", "boss"}


# Who they are


def test_operators_see_where_each_client_is(world: World, alice: Client) -> None:
    client = world.connect_irc(address="198.51.100.7")
    client.send("PASS alice:sesame", "NICK alice", "USER a 0 * :A")
    found = [line for line in alice.ask("WHOIS alice") if " 338 " in line]
    assert [line.split()[5] for line in found] == ["192.0.2.9", "198.51.100.7"]


def test_devices_are_named_where_one_logs_in(world: World) -> None:
    world.account("alice")
    laptop = here(world, device="Laptop")
    phone = world.connect_irc()
    # "\0alice@phone\0sesame" and "alice@tablet\0alice\0sesame"
    for client, response in (
        (phone, "AGFsaWNlQHBob25lAHNlc2FtZQ=="),
        (world.connect_irc(), "YWxpY2VAdGFibGV0AGFsaWNlAHNlc2FtZQ=="),
    ):
        client.send("CAP REQ :sasl", "NICK alice", "USER a 0 * :A", "AUTHENTICATE PLAIN")
        client.send(f"AUTHENTICATE {response}", "CAP END")
        assert any(" 903 " in line for line in client.read())
    sessions = world.realm.nicks["alice"].sessions
    assert [each.device for each in sessions.values()] == ["laptop", "phone", "tablet"]
    says(laptop, "NickServ", "IDENTIFY alice@desk sesame")
    assert [each.device for each in sessions.values()] == ["desk", "phone", "tablet"]


def test_how_far_a_device_has_been_told_is_known_when_it_goes_and_once_in_a_while(world: World) -> None:
    world.account("alice")
    phone = here(world, device="phone")
    (account,) = [each.id for each in world.realm.accounts.values()]
    assert account not in world.realm.devices
    for _ in range(7):
        world.pass_time(60)
        assert phone.ask("PING x") == [":irc.test PONG irc.test :x"]
    seen = world.realm.devices[account]["phone"]
    assert 0 < world.clock.seconds() * 1000 - seen < 3 * 60 * 1000
    world.pass_time(30)
    phone.vanish(ConnectionError("reset"))
    lost = world.realm.devices[account]["phone"]
    assert 25_000 < world.clock.seconds() * 1000 - lost < 35_000
    here(world, device="phone").send("QUIT")
    assert world.clock.seconds() * 1000 - world.realm.devices[account]["phone"] < 2_000


def test_of_guests_nothing_is_kept(world: World) -> None:
    bob = world.irc("bob")
    for _ in range(7):
        world.pass_time(60)
        bob.ask("PING x")
    bob.send("QUIT")
    assert world.realm.devices == {}


# All of it together: whatever is done, each client believes what is so.

ACTIONS = (
    "JOIN #a", "JOIN #b", "PART #a", "PART #b", "TOPIC #a :one", "TOPIC #b :two", "MODE #a +v alice",
    "MODE #a +o bob", "MODE #b +v-v bob bob", "MODE #a -o alice", "KICK #a bob :out", "KICK #b alice :out",
    "NICK ali", "NICK alice", "AWAY :lunch", "AWAY", "RENAME #b #c :other",
    "PRIVMSG #a :hi", "INVITE bob #a", "CYCLE",
)  # fmt: skip
CAPS = (
    "",
    "multi-prefix",
    MANY,
    "multi-prefix draft/channel-rename extended-join userhost-in-names server-time",
)


@pytest.mark.parametrize("late", [0.0, 0.3], ids=["at once", "late"])
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_client_has_the_same_picture_as_the_realm(late: float, data: st.DataObject) -> None:
    world = World(late=late)
    world.account("alice", nicks=("ali",))
    bob = Picture(world.irc("bob", caps=data.draw(st.sampled_from(CAPS[:2]))))
    bob.nick = "bob"
    caps = [data.draw(st.sampled_from(CAPS)) for _ in range(2)]
    pictures = [Picture(come(world, each)).look() for each in caps]
    numbers = count()
    for who, asked in data.draw(
        st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTIONS)), min_size=1, max_size=25)
    ):
        acting = bob if who == 2 else pictures[who]
        if asked != "CYCLE":
            acting.client.send(asked)
        elif who != 2:
            # It goes, and another one comes.
            acting.client.send(f"QUIT :{next(numbers)}")
            nick = pictures[1 - who].look().nick
            pictures[who] = Picture(come(world, caps[who], nick=nick))
    for caps_of, picture in zip((*caps, ""), (*pictures, bob), strict=True):
        picture.look()
        user = world.realm.nicks[picture.nick.lower()]
        assert set(picture.places) == {channel.name for channel in user.channels}
        for channel in user.channels:
            place = picture.places[channel.name]
            assert set(place.members) == {member.nick for member in channel.members}
            assert place.topic == channel.topic
            if "multi-prefix" in caps_of:
                assert place.members == {
                    member.nick: {RANKS[sign] for sign in PREFIXES[membership.ranks]}
                    for member, membership in channel.members.items()
                }
