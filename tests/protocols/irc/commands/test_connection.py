from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from chatdaemon.passwords import QueueFull
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.requests import Configure
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

BYE = "ERROR :Closing Link: 192.0.2.1"


def registered(client: Client) -> bool:
    return any(" 001 " in line for line in client.read())


# Registration


@pytest.mark.parametrize(
    "lines",
    [
        ["NICK alice", "USER alice 0 * :Alice"],
        ["USER alice 0 * :Alice", "NICK alice"],
        ["NICK bob", "NICK alice", "USER alice 0 * :Alice"],
        ["PASS whatever", "NICK alice", "USER alice . . :r"],
        ["NICK alice", 'USER alice "x" "x" :r'],
        ["NICK alice", "USER alice 0 * r"],
        ["nick alice", "user alice 0 * :"],
        ["JOIN :", "NICK alice", "PING x", "USER alice 0 * :Alice"],
        ["", "  ", "NICK alice", "", "USER alice 0 * :Alice"],
        ["NICK :alice", "USER alice 0 * :Alice and more", "CAP END"],
        [":ignored NICK alice", ":ignored USER alice 0 * :Alice"],
    ],
)
def test_a_client_registers(world: World, lines: list[str]) -> None:
    client = world.connect_irc()
    client.send(*lines)
    assert registered(client)
    assert world.realm.nicks["alice"].username == "alice"


def test_bare_line_feeds_end_lines_as_well(world: World) -> None:
    client = world.connect_irc()
    client.send_bytes(b"NICK alice\nUSER alice 0 * :Alice\n")
    assert registered(client)


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
def test_lines_may_come_in_any_pieces(world: World, chunk: int) -> None:
    client = world.connect_irc()
    data = "NICK alice\r\nUSER alice 0 * :Älice\r\n".encode()
    for start in range(0, len(data), chunk):
        client.send_bytes(data[start : start + chunk])
    assert registered(client)
    assert world.realm.nicks["alice"].realname == "Älice"


def test_what_user_gives_is_made_fit(world: World) -> None:
    client = world.connect_irc()
    client.send("NICK alice", "USER al!i@ce-much-too-long 0 * :\x02Alice\x01 ")
    user = world.realm.nicks["alice"]
    assert (user.username, user.realname) == ("alice-much-t", "Alice")


def test_a_second_user_is_refused_before_and_after_registration(world: World) -> None:
    client = world.connect_irc()
    again = ":irc.test 462 {} :You may not reregister"
    assert client.ask("USER alice 0 * :Alice", "USER alice 0 * :Alice") == [again.format("*")]
    client.send("NICK alice")
    assert client.ask("USER x 0 * :x", "PASS x") == [again.format("alice")] * 2


def test_commands_wait_for_registration(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("PRIVMSG x :y", "NONSENSE", "LIST") == [":irc.test 451 * :You have not registered"] * 3
    assert client.ask("USER alice", "PASS") == [
        ":irc.test 461 * USER :Not enough parameters",
        ":irc.test 461 * PASS :Not enough parameters",
    ]


def test_unknown_commands_are_named(world: World) -> None:
    client = world.irc("alice")
    assert client.ask("nonsense x") == [":irc.test 421 alice NONSENSE :Unknown command"]


def test_one_who_does_not_register_in_time_is_sent_away(world: World) -> None:
    client = world.connect_irc()
    client.send("NICK alice")
    world.pass_time(29)
    assert not client.closed
    world.pass_time(2)
    assert client.closed
    assert client.read() == [f"{BYE} (Registration timed out)"]
    assert not world.node.sessions
    assert not world.irc_server.sessions


def test_limits_that_a_reload_makes_narrower_meanwhile_keep_nobody_out(world: World) -> None:
    client = world.connect_irc()
    client.send("CAP LS", "NICK alice", "USER alice 0 * :Alice Example")
    client.read()
    world.node.submit(None, Configure(Settings(realname_length=5, nick_length=4)))
    assert client.ask("CAP END") == [":irc.test 432 * alice :A nickname can have 4 characters at most"]
    assert client.ask("NICK ali") == [":irc.test 400 ali NICK :A realname can have 5 bytes at most"]
    client.send("USER alice 0 * :Alice Example")
    assert registered(client)
    assert world.realm.nicks["ali"].realname == "Alice"


# NICK


def test_a_nick_in_use_is_refused_and_another_may_be_chosen(world: World) -> None:
    world.irc("alice")
    client = world.connect_irc()
    assert client.ask("USER bob 0 * :Bob", "NICK Alice", "NICK") == [
        ":irc.test 433 * Alice :Nickname is already in use",
        ":irc.test 431 * :No nickname given",
    ]
    client.send("NICK bob")
    assert registered(client)


def test_of_two_who_want_one_nick_the_second_has_to_choose_again(world: World) -> None:
    first, second = world.connect_irc(), world.connect_irc(address="192.0.2.2")
    for client in (first, second):
        client.send("CAP LS 302", "NICK alice", "USER x 0 * :x")
        client.read()
    first.connection.dataReceived(b"CAP END\r\n")
    second.connection.dataReceived(b"CAP END\r\n")
    world.settle()
    assert registered(first)
    assert second.read() == [":irc.test 433 * alice :Nickname is already in use"]
    second.send("NICK bob")
    assert registered(second)
    assert set(world.realm.nicks) == {"alice", "bob"}


@pytest.mark.parametrize("nick", ["1abc", "a\u00a0b", "#x", "a!b", "n" * 31, "älice", "*"])
def test_a_nick_that_may_not_be_is_refused(world: World, nick: str) -> None:
    client = world.connect_irc()
    (line,) = client.ask(f"NICK {nick}")
    assert line.startswith(f":irc.test 432 * {nick} :A nickname ")
    registered_client = world.irc("bob")
    (line,) = registered_client.ask(f"NICK {nick}")
    assert line.startswith(f":irc.test 432 bob {nick} :A nickname ")


def test_a_nick_with_a_space_before_it_does_not_break_the_line(world: World) -> None:
    client = world.connect_irc()
    (line,) = client.ask("NICK : x y")
    assert line.startswith(":irc.test 432 * x :A nickname ")


def test_a_change_of_nick_is_seen_by_all_who_share_a_channel(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    for client in (alice, bob):
        client.send("JOIN #x")
    for client in (alice, bob, carol):
        client.read()
    alice.send("NICK Alicia")
    expected = [":alice!alice@192.0.2.1 NICK :Alicia"]
    assert (alice.read(), bob.read(), carol.read()) == (expected, expected, [])
    assert alice.ask("NICK bob") == [":irc.test 433 Alicia bob :Nickname is already in use"]
    assert alice.ask("NICK") == [":irc.test 431 Alicia :No nickname given"]
    assert alice.ask("NICK Alicia") == []
    assert alice.ask("NICK ALICIA") == [":Alicia!alice@192.0.2.1 NICK :ALICIA"]


# PASS


def guarded(make_world: MakeWorld) -> World:
    return make_world(irc=IRCSettings(password_hash="hash of secret"))


def test_the_last_password_counts(make_world: MakeWorld) -> None:
    client = guarded(make_world).connect_irc()
    client.send("PASS wrong", "PASS secret", "NICK alice", "USER alice 0 * :Alice")
    assert registered(client)


def test_a_password_that_was_right_is_not_asked_for_with_the_next_nick(make_world: MakeWorld) -> None:
    world = guarded(make_world)
    first, second = world.connect_irc(), world.connect_irc()
    for client in (first, second):
        client.send("CAP LS", "PASS secret", "NICK alice", "USER x 0 * :x")
    first.send("CAP END")
    assert any(" 433 " in line for line in second.ask("CAP END"))
    second.send("NICK bob")
    assert registered(second)


@pytest.mark.parametrize("lines", [["PASS wrong"], ["PASS :"], []])
def test_a_wrong_password_ends_the_connection(make_world: MakeWorld, lines: list[str]) -> None:
    world = guarded(make_world)
    client = world.connect_irc()
    client.send(*lines, "NICK alice", "USER alice 0 * :Alice", "PRIVMSG x :y")
    assert client.read() == [":irc.test 464 alice :Password incorrect", f"{BYE} (Bad password)"]
    assert client.closed
    assert not world.realm.users
    assert not world.node.sessions


class SlowPasswords:
    """Answers when told to."""

    def __init__(self) -> None:
        self.asked: list[Deferred[bool]] = []

    def verify(self, encoded: str | None, password: str) -> Deferred[bool]:
        answer: Deferred[bool] = Deferred()
        self.asked.append(answer)
        return answer


@pytest.mark.parametrize("right", [True, False])
def test_one_who_leaves_while_the_password_is_checked_leaves_nothing_behind(
    make_world: MakeWorld, right: bool
) -> None:
    world = guarded(make_world)
    slow = SlowPasswords()
    world.irc_server.passwords = slow
    client = world.connect_irc()
    client.send("PASS secret", "NICK alice", "USER alice 0 * :Alice", "PRIVMSG x :waits")
    assert client.read() == []
    client.vanish()
    slow.asked[0].callback(right)
    world.settle()
    assert client.read() == []
    assert not world.node.sessions
    assert not world.irc_server.sessions
    assert not world.realm.users


def test_when_too_many_passwords_wait_people_are_asked_to_come_back(make_world: MakeWorld) -> None:
    world = guarded(make_world)
    slow = SlowPasswords()
    world.irc_server.passwords = slow
    client = world.connect_irc()
    client.send("PASS secret", "NICK alice", "USER alice 0 * :Alice")
    slow.asked[0].errback(QueueFull())
    world.settle()
    assert client.read() == [f"{BYE} (Too many people are logging in, try again later)"]


# PING, PONG, QUIT, ERROR


def test_ping_is_answered_at_any_time(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("PING :a b") == [":irc.test PONG irc.test :a b"]
    client.send("NICK alice", "USER alice 0 * :Alice")
    assert client.ask("PING token other") == [":irc.test PONG irc.test :token"]
    assert client.ask("PING", "PING :") == [":irc.test 409 alice :No origin specified"] * 2


def test_a_pong_that_would_be_too_long_is_cut_between_characters(world: World) -> None:
    client = world.irc("alice")
    (line,) = client.ask("PING :" + "ö" * 252)
    assert 508 < len(line.encode()) <= 510


def test_pong_and_error_say_nothing(world: World) -> None:
    client = world.irc("alice")
    assert client.ask("PONG", "PONG x", "ERROR :x", "ERROR") == []


@pytest.mark.parametrize(
    ("line", "reason"), [("QUIT", "Quit: "), ("QUIT :gone home", "Quit: gone home"), ("QUIT :", "Quit: ")]
)
def test_quit_is_acknowledged_and_seen_once(world: World, line: str, reason: str) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    for client in (alice, bob):
        client.send("JOIN #x,#y")
        client.read()
    bob.send("JOIN #y")
    bob.read()
    assert alice.ask(line, "PRIVMSG bob :not any more") == [f"{BYE} ({reason})"]
    assert alice.closed
    assert bob.read() == [f":alice!alice@192.0.2.1 QUIT :{reason}"]
    assert "alice" not in world.realm.nicks


def test_quit_works_before_registration(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("QUIT :bye") == [f"{BYE} (Quit: bye)"]
    assert client.closed


def test_a_long_goodbye_fits_its_line(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(quit_length=450))
    alice, bob = world.irc("alice"), world.irc("bob")
    for client in (alice, bob):
        client.send("JOIN #x")
        client.read()
    (line,) = alice.ask("QUIT :" + "ö" * 250)
    assert 505 < len(line.encode()) <= 510
    (seen,) = bob.read()
    assert seen.startswith(":alice!alice@192.0.2.1 QUIT :Quit: ööö")
    assert len(seen.encode()) <= 510


# What cannot be understood


def test_a_line_that_is_too_long_is_not_half_used(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    too_long = ":irc.test 417 alice :Input line was too long"
    assert alice.ask("PRIVMSG bob :" + "x" * 498) == [too_long]
    assert alice.ask("@+typing=" + "x" * 4087 + " PRIVMSG bob :x") == [too_long]
    alice.send_bytes(b"x" * 100_000)
    assert alice.read() == [too_long]
    assert alice.ask(" QUIT") == []
    assert not alice.closed
    assert bob.read() == []
    assert alice.ask("PRIVMSG bob :" + "x" * 497) == []
    assert "".join(line.split(" :", 1)[1] for line in bob.read()) == "x" * 497


def test_tags_just_within_the_limit_are_read(world: World) -> None:
    alice, bob = world.irc("alice", caps="message-tags"), world.irc("bob", caps="message-tags")
    value = "x" * (4094 - len("+typing="))
    assert alice.ask(f"@+typing={value} PRIVMSG bob :x") == []
    (line,) = bob.read()
    assert f"+typing={value} " in line


def test_text_that_is_no_utf8_is_refused_with_the_command(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="standard-replies labeled-response batch")
    text = "Message rejected: this server speaks UTF-8 only"
    alice.send_bytes(b"PRIVMSG bob :\xff\r\n")
    assert alice.read() == [f":irc.test NOTICE alice :PRIVMSG: {text}"]
    bob.send_bytes(b"PRIVMSG alice :\xff\r\n@label=7 PRIVMSG alice :\xff\r\n\xff\xfe\r\n")
    assert bob.read() == [
        f":irc.test FAIL PRIVMSG INVALID_UTF8 :{text}",
        f"@label=7 :irc.test FAIL PRIVMSG INVALID_UTF8 :{text}",
        f":irc.test FAIL * INVALID_UTF8 :{text}",
    ]
    assert alice.read() == []


def test_nul_and_carriage_return_cannot_be_part_of_a_line(world: World) -> None:
    alice = world.irc("alice")
    alice.send_bytes(b"PRIVMSG bob :a\0b\r\nPRIVMSG bob :a\rb\r\n")
    assert alice.read() == [":irc.test 400 alice * :NUL, CR and LF cannot be part of a line"] * 2


@pytest.mark.parametrize("line", [":", ": ", "@a", "@a ", ":x", ":a :b", "@", "   ", ": :"])
def test_a_line_without_a_command_is_passed_over(world: World, line: str) -> None:
    client = world.irc("alice")
    assert client.ask(line, "PING x") == [":irc.test PONG irc.test :x"]
