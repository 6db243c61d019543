from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.command import COMMANDS
from chatdaemon.protocols.irc.commands import server
from chatdaemon.protocols.irc.help import INDEX, TOPICS
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.operators import OperatorAccess
from chatdaemon.realm.modes import Privilege
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access, operator
from tests.world import World

NOT_AN_OPERATOR = ":irc.test 481 alice :Permission denied: you are not an IRC operator"


def test_the_message_of_the_day(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(motd=("Be kind.", "")))
    assert world.irc("alice").ask("MOTD") == [
        ":irc.test 375 alice :- irc.test Message of the day - ",
        ":irc.test 372 alice :- Be kind.",
        ":irc.test 372 alice :- ",
        ":irc.test 376 alice :End of /MOTD command",
    ]


def test_no_message_of_the_day(world: World) -> None:
    assert world.irc("alice").ask("MOTD") == [":irc.test 422 alice :There is no message of the day"]


def test_the_version_and_what_is_supported(world: World) -> None:
    lines = world.irc("alice").ask("VERSION")
    assert lines[0] == ":irc.test 351 alice chatdaemon-test irc.test :A chat server"
    assert lines[1].startswith(":irc.test 005 alice ACCEPT=")
    assert {line.split(" ")[1] for line in lines[1:]} == {"005"}


def test_the_time(world: World) -> None:
    alice = world.irc("alice")
    world.clock.advance(3600 * 24 * 31 + 61)
    (line,) = alice.ask("TIME")
    assert line.startswith(":irc.test 391 alice irc.test :2026-02-01 00:01:0")
    assert line.endswith(" UTC")


def test_what_the_server_is(world: World) -> None:
    assert world.irc("alice").ask("INFO") == [
        ":irc.test 371 alice :irc.test: A chat server",
        ":irc.test 371 alice :It runs chatdaemon-test, a chat server in Python on Twisted,",
        ":irc.test 371 alice :and is part of the network ChatNet.",
        ":irc.test 371 alice :Running since 2026-01-01 00:00:00 UTC",
        ":irc.test 374 alice :End of INFO list",
    ]


def test_who_runs_the_server(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(admin=("Ann", "Berlin", "ann@irc.test")))
    assert world.irc("alice").ask("ADMIN") == [
        ":irc.test 256 alice irc.test :Administrative info",
        ":irc.test 257 alice :Berlin",
        ":irc.test 258 alice :Ann",
        ":irc.test 259 alice :ann@irc.test",
    ]


def test_nobody_says_who_runs_the_server(world: World) -> None:
    assert world.irc("alice").ask("ADMIN") == [
        ":irc.test 423 alice irc.test :No administrative info available"
    ]


def test_the_servers_of_the_network(world: World) -> None:
    assert world.irc("alice").ask("LINKS") == [
        ":irc.test 364 alice * irc.test :0 A chat server",
        ":irc.test 365 alice * :End of /LINKS list",
    ]


@pytest.mark.parametrize("command", ["MOTD", "VERSION", "TIME", "INFO", "ADMIN", "LUSERS *", "STATS u"])
def test_the_server_may_be_named(world: World, command: str) -> None:
    alice = world.irc("alice")
    world.irc("bob")
    plain = alice.ask(command)
    for target in ("irc.test", "IRC.TEST", "*.test", "bob", "ALICE"):
        assert [line[:30] for line in alice.ask(f"{command} {target}")] == [line[:30] for line in plain]
    assert alice.ask(f"{command} other.test") == [":irc.test 402 alice other.test :No such server"]
    assert alice.ask(f"{command} ::a b") == [":irc.test 402 alice a :No such server"]


def test_everybody_may_ask_how_long_the_server_has_been_up(world: World) -> None:
    alice = world.irc("alice")
    world.clock.advance(2 * 86400 + 3 * 3600 + 4 * 60 - world.clock.seconds() + world.irc_server.started_at)
    lines = alice.ask("STATS u")
    assert lines[0].startswith(":irc.test 242 alice :Server Up 2 days 3:04:0")
    assert lines[1] == ":irc.test 219 alice u :End of /STATS report"


@pytest.mark.parametrize("letter", ["m", "o", "l", "k", "U", "z"])
def test_other_reports_are_for_operators(world: World, letter: str) -> None:
    assert world.irc("alice").ask(f"STATS {letter}") == [NOT_AN_OPERATOR]


def test_other_reports_need_the_privilege(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.KILL)))
    assert operator(world, "alice").ask("STATS m") == [
        ":irc.test 723 alice stats :Insufficient oper privileges."
    ]


def test_how_often_commands_were_used(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.STATS)))
    boss = operator(world, "boss")
    before = COMMANDS["TIME"].uses
    boss.send("TIME", "TIME")
    lines = boss.ask("STATS m")
    assert f":irc.test 212 boss TIME {before + 2}" in lines
    assert lines[-1] == ":irc.test 219 boss m :End of /STATS report"
    names = [line.split(" ")[3] for line in lines[:-1]]
    assert names == sorted(names)
    assert all(COMMANDS[name].uses for name in names)


def test_who_can_become_operator(make_world: MakeWorld) -> None:
    operators = access(Privilege.STATS)
    operators["far"] = OperatorAccess("far", None, ("ab" * 32,), ("*@192.0.2.*", "*@2001:db8:*"), ())
    world = make_world(irc=IRCSettings(operators=operators))
    assert operator(world, "boss").ask("STATS o") == [
        ":irc.test 243 boss O *@* * boss",
        ":irc.test 243 boss O *@192.0.2.* * far",
        ":irc.test 243 boss O *@2001:db8:* * far",
        ":irc.test 219 boss o :End of /STATS report",
    ]


def test_the_connections_of_users(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.STATS)))
    boss, bob = operator(world, "boss"), world.irc("bob")
    world.connect_irc()
    bob.transport.reading = False
    boss.send("PRIVMSG bob :hi")
    waiting = bob.transport.backlog
    assert waiting > 0
    world.pass_time(10)
    lines = boss.ask("STATS l")
    assert [line.rpartition(" ")[0] for line in lines] == [
        ":irc.test 211 boss boss!boss@192.0.2.1 0 * * * *",
        f":irc.test 211 boss bob!bob@192.0.2.1 {waiting} * * * *",
        ":irc.test 219 boss l :End of /STATS",
    ]
    assert all(10 <= int(line.rpartition(" ")[2]) <= 13 for line in lines[:-1])


def test_the_traffic_of_a_connection_where_it_is_counted(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.STATS)))
    boss = operator(world, "boss")
    monkeypatch.setattr(server, "traffic", lambda transport: (5000, 1023))
    assert boss.ask("STATS l")[0].rpartition(" ")[0] == ":irc.test 211 boss boss!boss@192.0.2.1 0 * 4 * 0"


@pytest.mark.parametrize("letter", ["k", "c", "z", "é"])
def test_a_report_of_what_there_is_not_is_empty(make_world: MakeWorld, letter: str) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.STATS)))
    assert operator(world, "boss").ask(f"STATS {letter}") == [
        f":irc.test 219 boss {letter} :End of /STATS report"
    ]


def test_stats_needs_a_letter(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("STATS") == [":irc.test 461 alice STATS :Not enough parameters"]
    assert alice.ask("STATS :") == [NOT_AN_OPERATOR]


@pytest.mark.parametrize("command", ["HELP", "HELPOP"])
def test_help_on_a_command(world: World, command: str) -> None:
    assert world.irc("alice").ask(f"{command} time") == [
        ":irc.test 704 alice TIME :TIME [<server>]",
        ":irc.test 705 alice TIME :",
        ":irc.test 706 alice TIME :Shows the server's time.",
    ]


@pytest.mark.parametrize("ask", ["HELP", "HELP :", "HELP :  "])
def test_help_without_a_subject_tells_which_there_are(world: World, ask: str) -> None:
    lines = world.irc("alice").ask(ask)
    assert lines[:2] == [":irc.test 704 alice * :Help", ":irc.test 705 alice * :"]
    assert [line.split(" * :")[1] for line in lines[2:]] == list(INDEX[1:])
    assert [line.split(" ")[1] for line in lines[2:]] == ["705"] * (len(INDEX) - 2) + ["706"]


@pytest.mark.parametrize("subject", sorted(TOPICS))
def test_every_subject_begins_goes_on_and_ends(world: World, subject: str) -> None:
    lines = world.irc("alice").ask(f"HELP {subject}")
    assert [line.split(" ")[1] for line in lines] == ["704"] + ["705"] * (len(lines) - 2) + ["706"]


def test_help_on_something_unknown(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("HELP nonsense") == [":irc.test 524 alice nonsense :There is no help on this subject"]
    assert alice.ask("HELP ::two words") == [":irc.test 524 alice * :There is no help on this subject"]


@pytest.mark.parametrize(
    "command", ["MOTD", "LUSERS", "VERSION", "TIME", "INFO", "ADMIN", "LINKS", "STATS u", "HELP"]
)
def test_these_commands_need_registration(world: World, command: str) -> None:
    assert world.connect_irc().ask(command) == [":irc.test 451 * :You have not registered"]


def test_a_labelled_reply_is_a_batch(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    lines = alice.ask("@label=s STATS u")
    assert lines[0] == "@label=s :irc.test BATCH +b1 labeled-response"
    assert lines[1].startswith("@batch=b1 :irc.test 242 alice :Server Up 0 days 0:00:0")
    assert lines[2:] == ["@batch=b1 :irc.test 219 alice u :End of /STATS report", ":irc.test BATCH -b1"]
    assert alice.ask("@label=t ADMIN")[0].startswith("@label=t :irc.test 423 alice ")
