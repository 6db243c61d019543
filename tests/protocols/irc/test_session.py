from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.logger import capturedLogs

from chatdaemon.protocols.irc import session as session_module
from chatdaemon.protocols.irc.command import COMMANDS, Command, Function, Result, command
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import Join, Part, SetAccount, SetRealname
from chatdaemon.wire.ircmsg import Message
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import make_operator
from tests.world import Client, World

LABELS = "labeled-response batch"
ALICE = ":alice!alice@192.0.2.1"
BYE = "ERROR :Closing Link: 192.0.2.1"


def session_of(client: Client) -> IRCSession:
    assert isinstance(client.connection, IRCSession)
    return client.connection


def with_command(monkeypatch: pytest.MonkeyPatch, function: Function, least: int = 0) -> None:
    """Put a command TEST in the table for one test."""
    monkeypatch.setitem(COMMANDS, "TEST", Command("TEST", function, least, early=False))


# Commands


def test_every_command_is_in_the_table_once() -> None:
    with pytest.raises(ValueError, match="JOIN is in the table already"):
        command("JOIN")(lambda session, message: None)
    assert session_module.COMMANDS is COMMANDS
    assert all(name == each.name == name.upper() for name, each in COMMANDS.items())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_command_leaves_a_traceback_for_odd_parameters(world: World, name: str) -> None:
    odd = [
        "",
        ":",
        "x",
        "* *",
        "#x",
        "#x,#y,",
        ", ,",
        "#x :",
        "x x x x x x",
        "+b :",
        "é é é",
        "0",
        "-1 9999999999",
    ]
    with capturedLogs() as logged:
        for stranger in (True, False):
            for registered in (True, False):
                if registered:
                    client = world.irc(f"n{int(stranger)}", caps=LABELS)
                    client.send("JOIN #x")
                else:
                    client = world.connect_irc()
                client.read()
                for params in odd:
                    client.send(f"{name} {params}", f"@label=l {name} {params}")
                for line in client.read():
                    assert len(line.encode()) <= 4096 + 510
    failures = [event for event in logged if "log_failure" in event]
    assert failures == []


@pytest.mark.parametrize("name", sorted(name for name, each in COMMANDS.items() if not each.early))
def test_a_stranger_may_do_little(world: World, name: str) -> None:
    client = world.connect_irc()
    assert client.ask(f"{name} a b c d") == [":irc.test 451 * :You have not registered"]


def test_few_commands_are_for_strangers() -> None:
    assert {name for name, each in COMMANDS.items() if each.early} >= {"CAP", "NICK", "USER", "AUTHENTICATE"}
    assert len([name for name, each in COMMANDS.items() if each.early]) < 20


def test_several_requests_of_one_command_are_done_in_order_and_before_the_next(world: World) -> None:
    alice = world.irc("alice")
    lines = alice.ask("JOIN #a,#b,bad,#c", "PART #b,#a", "PING end")
    interesting = [
        line for line in lines if " JOIN " in line or " PART " in line or " 403 " in line or "476" in line
    ]
    assert [line.split(" ")[-1] for line in interesting if " 476 " not in line] == [
        "#a",
        "#b",
        "#c",
        "#b",
        "#a",
    ]
    assert " 476 " in interesting[2]
    assert lines[-1] == ":irc.test PONG irc.test :end"


def test_a_command_may_answer_later_and_the_next_line_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Deferred[Result]] = []

    def later(session: IRCSession, message: Message) -> Result:
        answers.append(Deferred())
        return answers[-1]

    with_command(monkeypatch, later)
    alice = world.irc("alice", caps=LABELS)
    assert alice.ask("@label=1 TEST", "PING behind") == []
    answers[0].callback([Join("#x"), Part("#x")])
    world.settle()
    lines = alice.read()
    assert lines[0] == "@label=1 :irc.test BATCH +b1 labeled-response"
    assert lines[1] == f"@batch=b1 {ALICE} JOIN #x"
    assert lines[-3:] == [
        f"@batch=b1 {ALICE} PART #x",
        ":irc.test BATCH -b1",
        ":irc.test PONG irc.test :behind",
    ]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_command_that_fails_later_ends_its_own_connection(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    answers: list[Deferred[Result]] = []

    def later(session: IRCSession, message: Message) -> Result:
        answers.append(Deferred())
        if at_once:
            answers[-1].errback(RuntimeError("a bug"))
        return answers[-1]

    with_command(monkeypatch, later)
    alice, bob = world.irc("alice"), world.irc("bob")
    with capturedLogs() as logged:
        alice.send("TEST secret")
        if not at_once:
            answers[0].errback(RuntimeError("a bug"))
        world.settle()
    assert len([event for event in logged if "log_failure" in event]) == 1
    assert alice.read() == [f"{BYE} (Internal server error)"]
    assert bob.ask("PING x") == [":irc.test PONG irc.test :x"]


def test_a_command_that_fails_ends_its_own_connection_and_is_logged_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(session: IRCSession, message: Message) -> Result:
        raise RuntimeError("a bug")

    with_command(monkeypatch, broken)
    alice, bob = world.irc("alice"), world.irc("bob")
    for client in (alice, bob):
        client.send("JOIN #x")
        client.read()
    alice.read()
    with capturedLogs() as logged:
        alice.send("TEST secret", "PRIVMSG bob :no more")
    assert len(logged) == 1
    assert "secret" not in str({key: value for key, value in logged[0].items() if key != "log_failure"})
    assert alice.read() == [f"{BYE} (Internal server error)"]
    assert bob.read() == [f"{ALICE} QUIT :Internal server error"]


def test_a_bug_in_the_realm_ends_the_connection_that_met_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    apply = world.realm.apply

    def broken(entry: Entry) -> tuple[Event, ...]:
        if isinstance(entry.request, Join):
            raise RuntimeError("a bug")
        return apply(entry)

    monkeypatch.setattr(world.realm, "apply", broken)
    with capturedLogs() as logged:
        alice.send("JOIN #x,#y", "JOIN #z")
    assert len(logged) == 1
    assert alice.read() == [f"{BYE} (Internal server error)"]
    assert "alice" not in world.realm.nicks
    assert bob.ask("PING x") == [":irc.test PONG irc.test :x"]


# Labels


def test_labels_need_batches_as_well(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response")
    assert alice.ask("@label=1 PING x") == [":irc.test PONG irc.test :x"]
    alice.send("CAP REQ :batch")
    alice.read()
    assert alice.ask("@label=1 PING x") == ["@label=1 :irc.test PONG irc.test :x"]
    alice.send("CAP REQ :-labeled-response")
    alice.read()
    assert alice.ask("@label=1 PING x") == [":irc.test PONG irc.test :x"]


@pytest.mark.parametrize("label", ["", "=", "=" + "x" * 65, "=" + "ü" * 33])
def test_an_empty_label_or_one_that_is_too_long_is_none(world: World, label: str) -> None:
    alice = world.irc("alice", caps=LABELS)
    assert alice.ask(f"@label{label} PING x") == [":irc.test PONG irc.test :x"]


@pytest.mark.parametrize(
    "line", ["NONSENSE", "KICK", "PONG", "AWAY :x", "MODE alice +w", "JOIN #x", "MOTD", "NICK"]
)
def test_every_answer_has_its_label_once(world: World, line: str) -> None:
    alice = world.irc("alice", caps=LABELS)
    lines = alice.ask(f"@label=l1 {line}")
    assert [number for number, each in enumerate(lines) if "label=l1" in each] == [0]
    if len(lines) > 1:
        assert lines[0] == "@label=l1 :irc.test BATCH +b1 labeled-response"
        assert all(each.startswith("@batch=b1 ") for each in lines[1:-1])
        assert lines[-1] == ":irc.test BATCH -b1"


def test_labels_before_registration_and_with_registration_itself(world: World) -> None:
    client = world.connect_irc()
    client.send(f"CAP REQ :{LABELS}")
    client.read()
    assert client.ask("@label=1 NICK alice", "@label=2 USER alice 0 * :Alice", "@label=3 LIST") == [
        "@label=1 :irc.test ACK",
        "@label=2 :irc.test ACK",
        "@label=3 :irc.test 451 alice :You have not registered",
    ]
    lines = client.ask("@label=4 CAP END")
    assert lines[0] == "@label=4 :irc.test BATCH +b4 labeled-response"
    assert lines[1].startswith("@batch=b4 :irc.test 001 alice ")
    assert lines[-1] == ":irc.test BATCH -b4"


def test_what_others_do_meanwhile_is_no_part_of_the_answer(make_world: MakeWorld) -> None:
    world = make_world()
    alice, boss = world.irc("alice", caps=LABELS), world.irc("boss")
    make_operator(boss, *Privilege)
    # Both are on their way before either is answered.
    boss.connection.dataReceived(b"SAJOIN alice #x\r\n")
    alice.connection.dataReceived(b"@label=1 AWAY :gone\r\n")
    boss.connection.dataReceived(b"PRIVMSG alice :hello\r\n")
    world.settle()
    lines = alice.read()
    labelled = [line for line in lines if "label=1" in line or "batch=" in line]
    assert labelled == ["@label=1 :irc.test 306 alice :You have been marked as being away"]
    assert f"{ALICE} JOIN #x" in lines
    assert ":irc.test 366 alice #x :End of /NAMES list" in lines


def test_a_labelled_quit_has_its_label(world: World) -> None:
    alice = world.irc("alice", caps=LABELS)
    assert alice.ask("@label=q QUIT :bye") == [f"@label=q {BYE} (Quit: bye)"]


def test_one_who_vanishes_during_a_labelled_command_leaves_nothing_behind(world: World) -> None:
    alice, bob = world.irc("alice", caps=LABELS), world.irc("bob")
    bob.send("JOIN #x")
    bob.read()
    alice.connection.dataReceived(b"@label=1 JOIN #x,#y,#z\r\n")
    alice.vanish()
    assert not any("alice" in nick for nick in world.realm.nicks)
    assert len(world.node.sessions) == len(world.irc_server.sessions) == 1
    seen = [line.split(" ")[1] for line in bob.read()]
    assert seen in (["JOIN", "QUIT"], [])


# What is said of oneself


def become(client: Client, request: SetAccount | SetRealname) -> list[str]:
    session = session_of(client)
    if isinstance(request, SetAccount) and request.account is not None:
        client.world.account(request.account, nicks=(session.nick,))
    session.in_flight = True
    session.command = "SETNAME" if isinstance(request, SetRealname) else "*"
    client.read()
    client.world.node.submit(session, request)
    client.world.settle()
    return client.read()


def test_logging_in_and_out_is_said(world: World) -> None:
    plain, modern = world.irc("plain"), world.irc("modern", caps="account-notify")
    source = "plain!plain@192.0.2.1"
    assert become(plain, SetAccount("ali")) == [
        f":irc.test 900 plain {source} ali :You are now logged in as ali"
    ]
    assert become(plain, SetAccount(None)) == [f":irc.test 901 plain {source} :You are now logged out"]
    source = "modern!modern@192.0.2.1"
    assert become(modern, SetAccount("ali")) == [
        f":{source} ACCOUNT ali",
        f":irc.test 900 modern {source} ali :You are now logged in as ali",
    ]


def test_a_new_realname_is_said_to_everybody_in_its_own_way(world: World) -> None:
    plain, modern = world.irc("plain"), world.irc("modern", caps="setname")
    assert become(plain, SetRealname("Plain P")) == [":irc.test NOTICE plain :Your realname is now Plain P"]
    assert become(modern, SetRealname("Modern M")) == [":modern!modern@192.0.2.1 SETNAME :Modern M"]


def test_a_reason_without_a_numeric_is_a_fail_for_those_who_know_it(world: World) -> None:
    plain, modern = world.irc("plain"), world.irc("modern", caps="standard-replies")
    text = "A realname cannot be empty"
    assert plain.ask("SETNAME :") == [f":irc.test 400 plain SETNAME :{text}"]
    assert modern.ask("SETNAME :") == [f":irc.test FAIL SETNAME INVALID_REALNAME :{text}"]
    assert become(modern, SetRealname("")) == [f":irc.test FAIL SETNAME INVALID_REALNAME :{text}"]


def test_standard_replies_are_notices_for_those_who_do_not_know_them(world: World) -> None:
    plain, modern = world.irc("plain"), world.irc("modern", caps="standard-replies")
    for client in (plain, modern):
        session_of(client).standard_reply("WARN", "X", "CODE", "context", text="careful")
        session_of(client).standard_reply("NOTE", "*", "CODE", text="by the way")
        world.settle()
    assert plain.read() == [":irc.test NOTICE plain :X: careful", ":irc.test NOTICE plain :by the way"]
    assert modern.read() == [":irc.test WARN X CODE context :careful", ":irc.test NOTE * CODE :by the way"]


# Tags on what the server says


def test_server_time_is_on_every_line(world: World) -> None:
    alice = world.irc("alice", caps="server-time labeled-response batch")
    lines = alice.ask("PING x", "NONSENSE", "JOIN #x", "@label=1 JOIN #y", "@label=2 PONG", "MODE alice +w")
    assert len(lines) > 8
    assert all("time=2026-01-01T00:00:0" in line.partition(" ")[0] for line in lines)


def test_a_client_without_capabilities_is_never_sent_a_tag(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(motd=("hello", "there")))
    plain = world.irc("plain")
    modern = world.irc(
        "modern", caps="message-tags server-time account-tag echo-message batch labeled-response"
    )
    world.account("acc", nicks=("other",))
    become(modern, SetAccount("acc"))
    plain.send("JOIN #x")
    modern.send("MODE modern +B", "JOIN #x", "@+typing=active TAGMSG #x", "@+reply=1;label=3 PRIVMSG #x :hi")
    modern.send("PRIVMSG plain :hi", "TOPIC #x :t", "NICK other", "PART #x", "QUIT")
    plain.send("@label=1 PING x", "@+typing=active PRIVMSG plain :me", "MOTD", "WHOIS plain", "LUSERS")
    lines = plain.read()
    assert len(lines) > 20
    assert not any(line.startswith("@") for line in lines)


# Where clients come from


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "0::1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_addresses_are_hosts_that_can_stand_in_a_line(world: World, address: str, host: str) -> None:
    alice = world.irc("alice", address=address)
    assert alice.ask("JOIN #x")[0] == f":alice!alice@{host} JOIN #x"


def test_a_certificate_is_known_by_its_fingerprint(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Certificate:
        def digest(self, name: str) -> bytes:
            return {"sha256": b"AB:CD:EF"}[name]

    client = world.connect_irc(secure=True)
    assert session_of(client).certificate is None
    monkeypatch.setattr(client.transport, "getPeerCertificate", Certificate)
    client.send("NICK alice", "USER alice 0 * :Alice")
    user = world.realm.nicks["alice"]
    assert user.certificate == "abcdef"
    assert ":alice MODE alice :+iZ" in client.read()


# Leaving


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("eof", "Connection closed"),
        ("half close", "Connection closed"),
        ("reset in a line", "Connection reset by peer"),
        ("gone", "Connection lost"),
        ("silence", "Ping timeout: 150 seconds"),
        ("deaf", "Send queue exceeded"),
    ],
)
def test_every_end_is_one_quit_that_others_see_with_its_reason(
    make_world: MakeWorld, how: str, reason: str
) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, send_queue=5000))
    alice, bob = world.irc("alice"), world.irc("bob")
    for client in (alice, bob):
        client.send("JOIN #x,#y")
        client.read()
    bob.read()
    match how:
        case "eof":
            alice.vanish(ConnectionDone())
        case "half close":
            alice.connection.readConnectionLost()
        case "reset in a line":
            alice.send_bytes(b"PRIVMSG #x :half a")
            alice.vanish(ConnectionLost(OSError(104, "Connection reset by peer")))
        case "gone":
            alice.vanish(ConnectionLost())
        case "silence":
            for _ in range(16):
                world.pass_time(10)
                bob.send("PONG")
        case _:
            alice.transport.reading = False
            for _ in range(20):
                bob.send("PRIVMSG #x :" + "x" * 400)
    world.pass_time(30)
    assert [line for line in bob.read() if "PING" not in line] == [f"{ALICE} QUIT :{reason}"]
    assert "alice" not in world.realm.nicks
    assert len(world.node.sessions) == len(world.irc_server.sessions) == 1
    assert alice.transport.gone


def test_a_slow_reader_is_dropped_while_others_get_everything_in_order(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, send_queue=10_000))
    slow, bob, carol = world.irc("slow"), world.irc("bob"), world.irc("carol")
    for client in (slow, bob, carol):
        client.send("JOIN #x")
    for client in (slow, bob, carol):
        client.read()
    slow.transport.reading = False
    for number in range(300):
        bob.send(f"PRIVMSG #x :{number:04d} {'x' * 100}")
        assert slow.transport.backlog <= 10_000 + 200
    lines = [line for line in carol.read() if " PRIVMSG " in line]
    assert [line.split(" :")[1][:4] for line in lines] == [f"{number:04d}" for number in range(300)]
    assert "slow" not in world.realm.nicks


def test_one_who_leaves_before_the_realm_knew_it_is_never_there(world: World) -> None:
    client = world.connect_irc()
    client.connection.dataReceived(b"NICK alice\r\nUSER alice 0 * :Alice\r\n")
    client.vanish()
    assert not world.realm.users
    assert not world.node.sessions
    assert not world.irc_server.sessions


def test_what_happens_to_one_who_has_said_goodbye_is_not_told(world: World) -> None:
    alice, boss = world.irc("alice"), world.irc("boss")
    for client in (boss, alice):
        client.send("JOIN #x")
        client.read()
    boss.read()
    boss.connection.dataReceived(b"KICK #x alice :out\r\n")
    alice.connection.dataReceived(b"QUIT\r\n")
    world.settle()
    assert alice.read()[-1] == f"{BYE} (Quit: )"
    # Who was put out first is not seen to leave.
    assert boss.read() == [":boss!boss@192.0.2.1 KICK #x alice :out"]
    assert "alice" not in world.realm.nicks


def test_one_who_was_refused_and_leaves_is_forgotten(world: World) -> None:
    world.irc("alice")
    client = world.connect_irc()
    client.send("CAP LS", "NICK alicia", "USER x 0 * :x")
    world.irc("alicia")
    client.send("CAP END")
    client.send("QUIT")
    assert len(world.node.sessions) == len(world.irc_server.sessions) == 2


def test_one_who_is_refused_on_the_way_out_is_forgotten(world: World) -> None:
    client = world.connect_irc()
    client.send("CAP LS", "NICK alice", "USER x 0 * :x")
    world.irc("alice")
    client.connection.dataReceived(b"CAP END\r\n")
    client.vanish()
    assert set(world.realm.nicks) == {"alice"}
    assert len(world.node.sessions) == 1


def test_the_server_asks_for_a_sign_of_life_by_its_name(world: World) -> None:
    alice = world.irc("alice")
    world.pass_time(91)
    assert alice.read() == ["PING :irc.test"]
    alice.send("PONG :irc.test")
    world.pass_time(89)
    assert not alice.closed


def test_a_client_that_pours_in_lines_is_slowed_down_and_others_are_not(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_burst=10, flood_rate=2.0))
    flooder, calm = world.irc("flooder"), world.irc("calm")
    world.pass_time(30)
    flooder.connection.dataReceived(b"".join(b"PING %d\r\n" % number for number in range(50)))
    world.clock.advance(0)
    assert len(flooder.read()) == 10
    assert calm.ask("PING x") == [":irc.test PONG irc.test :x"]
    world.pass_time(25)
    assert len(flooder.read()) == 40
