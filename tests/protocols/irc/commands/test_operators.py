from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import capturedLogs

from chatdaemon.passwords import QueueFull
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.protocols.operators import OperatorAccess
from chatdaemon.realm.modes import Privilege
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

EVERYTHING = tuple(Privilege)
BYE = "ERROR :Closing Link: 192.0.2.1"


def access(
    name: str = "root",
    *,
    password: str | None = "secret",
    fingerprints: tuple[str, ...] = (),
    hosts: tuple[str, ...] = (),
    privileges: tuple[Privilege, ...] = EVERYTHING,
    vhost: str | None = None,
) -> OperatorAccess:
    hashed = None if password is None else f"hash of {password}"
    return OperatorAccess(name, hashed, fingerprints, hosts, privileges, vhost)


def with_operators(make_world: MakeWorld, *operators: OperatorAccess) -> World:
    return make_world(irc=IRCSettings(operators={each.name: each for each in operators}))


def operator(world: World, nick: str = "boss", caps: str = "") -> Client:
    client = world.irc(nick, caps=caps)
    client.send("OPER root secret")
    assert any(" 381 " in line for line in client.read())
    return client


# OPER


def test_an_operator_is_told_and_given_modes(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    alice = world.irc("alice")
    assert alice.ask("OPER root secret") == [
        ":irc.test 381 alice :You are now an IRC operator",
        ":alice MODE alice :+os",
        ":irc.test NOTICE * :*** alice is now operator root",
    ]
    user = world.realm.nicks["alice"]
    assert (user.operator, user.privileges) == ("root", EVERYTHING)


@pytest.mark.parametrize("caps", ["", "chghost"])
def test_an_operators_host_is_seen_by_all(make_world: MakeWorld, caps: str) -> None:
    world = with_operators(make_world, access(vhost="staff.example"))
    alice, bob = world.irc("alice", caps=caps), world.irc("bob", caps="chghost")
    for client in (alice, bob):
        client.send("JOIN #x")
    bob.read()
    answer = alice.ask("OPER root secret")
    assert ":irc.test 396 alice staff.example :is now your visible host" in answer
    change = ":alice!alice@192.0.2.1 CHGHOST alice staff.example"
    assert (change in answer) == (caps == "chghost")
    assert bob.read() == [change]
    alice.send("PRIVMSG #x :hi")
    assert bob.read() == [":alice!alice@staff.example PRIVMSG #x :hi"]


@pytest.mark.parametrize("line", ["OPER root wrong", "OPER nobody secret", "OPER ROOT secret", "OPER root :"])
def test_what_is_wrong_is_not_said_and_only_later(make_world: MakeWorld, line: str) -> None:
    world = with_operators(make_world, access())
    alice = world.irc("alice")
    assert alice.ask(line, "PING x") == []
    world.pass_time(3)
    assert alice.read() == [":irc.test 464 alice :Password incorrect", ":irc.test PONG irc.test :x"]
    assert world.realm.nicks["alice"].operator is None


def test_oper_needs_a_name_and_a_password(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    alice = world.irc("alice")
    assert alice.ask("OPER", "OPER root") == [":irc.test 461 alice OPER :Not enough parameters"] * 2


class Passwords:
    """Remembers what it was asked, and answers with what it was given."""

    def __init__(self, *answers: Deferred[bool]) -> None:
        self.asked: list[tuple[str | None, str]] = []
        self.answers = list(answers)

    def verify(self, encoded: str | None, password: str) -> Deferred[bool]:
        self.asked.append((encoded, password))
        return self.answers.pop(0)


def test_a_password_is_checked_for_a_name_that_is_not_there_too(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    world.irc_server.passwords = passwords = Passwords(succeed(True), succeed(False))
    for number, name in enumerate(("root", "nobody")):
        world.irc(f"user{number}").send(f"OPER {name} secret")
    assert passwords.asked == [("hash of secret", "secret"), (None, "secret")]


@pytest.mark.parametrize(
    ("mask", "fits"),
    [
        ("*@192.0.2.*", True),
        ("alice@192.0.2.1", True),
        ("ALICE@*", True),
        ("bob@*", False),
        ("*@198.51.100.*", False),
    ],
)
def test_an_operator_comes_from_where_the_configuration_says(
    make_world: MakeWorld, mask: str, fits: bool
) -> None:
    world = with_operators(make_world, access(hosts=("*@203.0.113.1", mask)))
    alice = world.irc("alice")
    (first, *_) = alice.ask("OPER root secret")
    assert (first == ":irc.test 381 alice :You are now an IRC operator") == fits
    assert (first == ":irc.test 491 alice :No O-lines for your host") == (not fits)


def test_nobody_may_oper_where_there_is_no_operator(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("OPER root secret") == [":irc.test 491 alice :No O-lines for your host"]


def test_the_name_of_an_operator_from_elsewhere_cannot_be_told(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access(hosts=("*@203.0.113.1",)), access("other"))
    alice = world.irc("alice")
    alice.send("OPER root secret")
    world.pass_time(3)
    assert alice.read() == [":irc.test 464 alice :Password incorrect"]


FINGERPRINT = "ab" * 32


class Certificate:
    def digest(self, name: str) -> bytes:
        assert name == "sha256"
        return b":".join([b"AB"] * 32)


@pytest.mark.parametrize(
    ("given", "shown", "password", "good"),
    [
        ((FINGERPRINT,), True, None, True),
        (("cd" * 32, FINGERPRINT), True, None, True),
        (("cd" * 32,), True, None, False),
        ((FINGERPRINT,), False, None, False),
        ((FINGERPRINT,), True, "other", False),
        ((FINGERPRINT,), True, "secret", True),
        ((FINGERPRINT,), False, "secret", False),
        ((), True, None, False),
    ],
)
def test_all_that_is_given_must_fit(
    make_world: MakeWorld,
    monkeypatch: pytest.MonkeyPatch,
    given: tuple[str, ...],
    shown: bool,
    password: str | None,
    good: bool,
) -> None:
    world = with_operators(make_world, access(password=password, fingerprints=given))
    alice = world.irc("alice", secure=True)
    if shown:
        monkeypatch.setattr(alice.transport, "getPeerCertificate", Certificate)
    alice.send("OPER root secret")
    world.pass_time(3)
    assert (world.realm.nicks["alice"].operator == "root") == good


def test_a_wrong_oper_is_logged_without_what_was_typed(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    alice = world.irc("alice")
    with capturedLogs() as events:
        alice.send("OPER root hunter2")
        world.pass_time(3)
        alice.send("OPER hunter2 root")
        world.pass_time(3)
        alice.send("OPER root secret")
    logged = [event for event in events if event["log_namespace"] == "chatdaemon.operators"]
    assert [event["operator"] for event in logged] == ["root", "(unknown)", "root"]
    assert "hunter2" not in repr(logged)
    assert "secret" not in repr(logged)


def test_one_who_leaves_meanwhile_leaves_nothing_behind(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("OPER root wrong")
    alice.vanish()
    waiting: Deferred[bool] = Deferred()
    world.irc_server.passwords = Passwords(waiting)
    bob.send("OPER root secret")
    bob.vanish()
    waiting.callback(True)
    world.pass_time(3)
    assert not world.realm.users
    assert not world.node.sessions
    assert alice.read() == bob.read() == []


@pytest.mark.parametrize("caps", ["", "standard-replies"])
def test_too_many_passwords_at_once_are_no_fault_of_the_server(make_world: MakeWorld, caps: str) -> None:
    world = with_operators(make_world, access())
    alice = world.irc("alice", caps=caps)
    world.irc_server.passwords = Passwords(fail(QueueFull()))
    text = "Too many passwords are being checked, try again later"
    expected = (
        f":irc.test FAIL OPER TEMPORARILY_UNAVAILABLE :{text}"
        if caps
        else f":irc.test NOTICE alice :OPER: {text}"
    )
    assert alice.ask("OPER root secret") == [expected]


def test_operators_with_the_privilege_are_not_held_up(make_world: MakeWorld) -> None:
    limits = LineLimits(flood_burst=5, flood_rate=1.0)
    world = make_world(irc=IRCSettings(operators={"root": access()}), limits=limits)
    boss = operator(world)
    assert len(boss.ask(*[f"PING {n}" for n in range(50)])) == 50
    boss.send("MODE boss -o")
    boss.read()
    assert len(boss.ask(*[f"PING {n}" for n in range(50)])) < 10


# KILL


def test_a_kill_is_told_to_the_victim_and_seen_as_a_quit(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    boss, victim, witness = operator(world), world.irc("victim"), world.irc("witness")
    for client in (victim, witness):
        client.send("JOIN #x")
        client.read()
    victim.read()
    assert boss.ask("KILL VICTIM :no more of this") == [
        ":irc.test NOTICE * :*** victim was killed by boss: no more of this"
    ]
    reason = "Killed (boss (no more of this))"
    assert victim.read() == [
        ":boss!boss@192.0.2.1 KILL victim :no more of this",
        f"{BYE} ({reason})",
    ]
    assert victim.closed
    assert witness.read() == [f":victim!victim@192.0.2.1 QUIT :{reason}"]
    assert "victim" not in world.realm.nicks
    world.settle()
    assert len(world.node.sessions) == len(world.irc_server.sessions) == 2


def test_one_who_kills_in_a_shared_channel_sees_the_quit(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    boss, victim = operator(world, caps="labeled-response batch"), world.irc("victim")
    for client in (boss, victim):
        client.send("JOIN #x")
        client.read()
    boss.read()
    answer = boss.ask("@label=k KILL victim")
    assert answer[0] == "@label=k :irc.test BATCH +b1 labeled-response"
    assert "@batch=b1 :victim!victim@192.0.2.1 QUIT :Killed (boss (No reason given))" in answer
    assert not boss.closed


def test_an_operator_may_end_its_own_connection(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    boss = operator(world)
    assert boss.ask("KILL boss :enough", "PING x") == [
        ":boss!boss@192.0.2.1 KILL boss :enough",
        f"{BYE} (Killed (boss (enough)))",
    ]
    assert boss.closed
    assert not world.realm.users
    assert not world.node.sessions


def test_a_victim_in_the_middle_of_a_labelled_command_is_gone_all_the_same(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    boss, victim = operator(world), world.irc("victim", caps="labeled-response batch echo-message")
    boss.connection.dataReceived(b"KILL victim :x\r\n")
    victim.connection.dataReceived(b"@label=1 PRIVMSG victim :hi\r\nPRIVMSG boss :never\r\n")
    world.settle()
    lines = victim.read()
    assert lines[-1] == f"{BYE} (Killed (boss (x)))"
    assert ":boss!boss@192.0.2.1 KILL victim :x" in lines
    assert not any("PRIVMSG" in line for line in boss.read())
    assert len(world.node.sessions) == 1


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("KILL", "461 boss KILL :Not enough parameters"),
        ("KILL nobody :x", "401 boss nobody :No such nick/channel"),
    ],
)
def test_kill_needs_somebody_who_is_there(make_world: MakeWorld, line: str, answer: str) -> None:
    world = with_operators(make_world, access())
    assert operator(world).ask(line) == [f":irc.test {answer}"]


@pytest.mark.parametrize("line", ["KILL bob :x", "WALLOPS :x", "REHASH", "DIE"])
def test_operators_commands_need_an_operator_with_the_privilege(make_world: MakeWorld, line: str) -> None:
    world = with_operators(make_world, access(privileges=(Privilege.NO_FLOOD,)))
    alice, bob = world.irc("alice"), world.irc("bob")
    assert alice.ask(line) == [":irc.test 481 alice :Permission denied: you are not an IRC operator"]
    privilege = line.split(" ", maxsplit=1)[0].lower()
    assert operator(world).ask(line) == [f":irc.test 723 boss {privilege} :Insufficient oper privileges."]
    assert world.control.done == []
    assert not bob.closed


# WALLOPS


def test_wallops_reach_those_who_want_them(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    boss, reader, other = operator(world), world.irc("reader"), world.irc("other")
    reader.send("MODE reader +w")
    reader.read()
    assert boss.ask("WALLOPS :attention please") == []
    assert reader.read() == [":boss!boss@192.0.2.1 WALLOPS :attention please"]
    assert other.read() == []
    boss.send("MODE boss +w")
    boss.read()
    assert boss.ask("WALLOPS hey") == reader.read() == [":boss!boss@192.0.2.1 WALLOPS :hey"]
    needs = ":irc.test 461 boss WALLOPS :Not enough parameters"
    assert boss.ask("WALLOPS", "WALLOPS :") == [needs, needs]


# REHASH and DIE


def test_rehash_reads_the_configuration_again(make_world: MakeWorld) -> None:
    world = with_operators(make_world, access())
    assert operator(world).ask("REHASH") == [
        ":irc.test 382 boss chatdaemon.ini :Rehashing",
        ":irc.test NOTICE boss :The configuration has been read again",
    ]
    assert world.control.done == ["rehash"]


@pytest.mark.parametrize("caps", ["", "standard-replies"])
def test_mistakes_in_the_configuration_are_all_said(make_world: MakeWorld, caps: str) -> None:
    world = with_operators(make_world, access())
    boss = operator(world, caps=caps)
    world.control.mistakes = ["line 1: bad", "line 2: worse"]
    said = [
        f":irc.test FAIL REHASH CONFIG_BAD :{mistake}"
        if caps
        else f":irc.test NOTICE boss :REHASH: {mistake}"
        for mistake in world.control.mistakes
    ]
    assert boss.ask("REHASH") == [":irc.test 382 boss chatdaemon.ini :Rehashing", *said]


@pytest.mark.parametrize(
    ("line", "reason"), [("DIE", "Server shut down by boss"), ("DIE :new kernel", "new kernel")]
)
def test_die_stops_the_daemon(make_world: MakeWorld, line: str, reason: str) -> None:
    world = with_operators(make_world, access())
    assert operator(world).ask(line) == []
    assert world.control.done == [f"die {reason}"]
