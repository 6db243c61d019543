from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.history.settings import HistorySettings
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.session import STEPS_A_TURN
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.settings import Cutoff, Settings
from chatdaemon.timestamps import iso
from tests.history.broken import BrokenArchive
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in
from tests.world import Client, World

CAPS = "draft/chathistory batch message-tags"
PLAYBACK = f"{CAPS} draft/event-playback"


def texts(lines: Iterable[str]) -> list[str]:
    """What was said in these lines, beginning with the command."""
    found = [re.match(r"(?:@\S+ )?:\S+ ((?:PRIVMSG|NOTICE|JOIN|PART|QUIT|KICK|MODE|TOPIC|NICK|TAGMSG) .*)", line)
             for line in lines]  # fmt: skip
    return [match[1] for match in found if match]


def said(lines: Iterable[str]) -> list[str]:
    """The texts of the messages in these lines."""
    return [text.partition(" :")[2] for text in texts(lines)]


def msgid(line: str) -> str:
    found = re.search(r"msgid=([^; ]+)", line)
    assert found is not None, line
    return found[1]


def ids(lines: Iterable[str]) -> list[str]:
    return [msgid(line) for line in lines if "msgid=" in line]


def now(world: World) -> str:
    return f"timestamp={iso(int(world.clock.seconds() * 1000))}"


@pytest.fixture
def alice(world: World) -> Client:
    """alice has what it takes; bob has said one, two, three, four and five in #x, a second from each other."""
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    for text in ("one", "two", "three", "four", "five"):
        world.pass_time(1)
        bob.send(f"PRIVMSG #x :{text}")
    return alice


@pytest.fixture
def heard(alice: Client) -> list[str]:
    """The ids of what bob has said."""
    return [msgid(line) for line in alice.read() if "PRIVMSG" in line]


# Subcommands.


def test_the_latest_come_in_the_order_in_which_they_were_said(alice: Client, heard: list[str]) -> None:
    lines = alice.ask("CHATHISTORY LATEST #X * 2")
    assert lines[0] == ":irc.test BATCH +b1 chathistory #x"
    assert lines[1] == f"@batch=b1;msgid={heard[3]} :bob!bob@192.0.2.1 PRIVMSG #x :four"
    assert lines[2] == f"@batch=b1;msgid={heard[4]} :bob!bob@192.0.2.1 PRIVMSG #x :five"
    assert lines[3:] == [":irc.test BATCH -b1"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("LATEST #x msgid={2} 10", "four five"),
        ("LATEST #x msgid={0} 2", "four five"),
        ("LATEST #x msgid={4} 10", ""),
        ("BEFORE #x msgid={2} 10", "one two"),
        ("BEFORE #x msgid={4} 2", "three four"),
        ("BEFORE #x msgid={0} 2", ""),
        ("AFTER #x msgid={2} 10", "four five"),
        ("AFTER #x msgid={0} 2", "two three"),
        ("AROUND #x msgid={2} 3", "two three four"),
        ("AROUND #x msgid={2} 1", "three"),
        ("AROUND #x msgid={0} 4", "one two three four"),
        ("AROUND #x msgid={4} 4", "three four five"),
        ("BETWEEN #x msgid={0} msgid={4} 10", "two three four"),
        ("BETWEEN #x msgid={0} msgid={4} 2", "two three"),
        ("BETWEEN #x msgid={4} msgid={0} 2", "three four"),
        ("BETWEEN #x msgid={4} msgid={0} 10", "two three four"),
        ("BETWEEN #x msgid={2} msgid={2} 10", ""),
        ("latest #x * 1", "five"),
    ],
)
def test_messages_are_found_by_their_ids(alice: Client, heard: list[str], question: str, answer: str) -> None:
    assert said(alice.ask(f"CHATHISTORY {question.format(*heard)}")) == answer.split()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("LATEST #x {1} 10", "three four five"),
        ("BEFORE #x {2} 10", "one two"),
        ("AFTER #x {1} 2", "three four"),
        ("AROUND #x {2} 3", "two three four"),
        ("BETWEEN #x {0} {4} 2", "two three"),
        ("BETWEEN #x {4} {0} 2", "three four"),
        ("BETWEEN #x {4} {4} 2", ""),
    ],
)
def test_messages_are_found_by_their_times(make_world: MakeWorld, question: str, answer: str) -> None:
    world = make_world()
    alice = world.irc("alice", caps=f"{CAPS} server-time")
    bob = world.irc("bob", caps="message-tags server-time echo-message")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    times = []
    for text in ("one", "two", "three", "four", "five"):
        world.pass_time(1)
        (line,) = [line for line in bob.ask(f"PRIVMSG #x :{text}") if "PRIVMSG" in line]
        times.append(line.split(";")[0].replace("@time", "timestamp"))
    assert said(alice.ask(f"CHATHISTORY {question.format(*times)}")) == answer.split()


@pytest.mark.parametrize(("question", "answer"), [("{early} msgid={2}", "one two"),
                                                  ("msgid={2} {early}", "one two"),
                                                  ("msgid={2} {late}", "four five"),
                                                  ("{late} msgid={2}", "four five")])  # fmt: skip
def test_a_time_and_an_id_can_stand_on_either_side(
    alice: Client, heard: list[str], question: str, answer: str
) -> None:
    late = now(alice.world).replace("2026", "2027")
    early = "timestamp=2020-01-01T00:00:00.000Z"
    asked = question.format(*heard, early=early, late=late)
    assert said(alice.ask(f"CHATHISTORY BETWEEN #x {asked} 10")) == answer.split()


def test_nothing_is_an_empty_batch(world: World) -> None:
    alice = world.irc("alice", caps=CAPS)
    alice.send("JOIN #x")
    assert alice.ask("CHATHISTORY LATEST #x * 10") == [
        "@draft/chathistory-end :irc.test BATCH +b1 chathistory #x",
        ":irc.test BATCH -b1",
    ]


@pytest.mark.parametrize(
    ("question", "end"),
    [
        ("LATEST #x * 5", True),
        ("LATEST #x * 4", False),
        ("BEFORE #x msgid={2} 2", True),
        ("BEFORE #x msgid={2} 1", False),
        ("AFTER #x msgid={2} 2", True),
        ("AFTER #x msgid={2} 1", False),
        ("BETWEEN #x msgid={4} msgid={0} 3", True),
        ("BETWEEN #x msgid={4} msgid={0} 2", False),
        ("AROUND #x msgid={2} 5", False),
    ],
)
def test_the_batch_says_when_there_is_no_more_of_it(
    alice: Client, heard: list[str], question: str, end: bool
) -> None:
    first = alice.ask(f"CHATHISTORY {question.format(*heard)}")[0]
    assert first.startswith("@draft/chathistory-end ") == end


def test_nobody_gets_more_at_once_than_they_may(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(history_limit=3))
    alice = world.irc("alice", caps=CAPS)
    alice.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(6)))
    assert said(alice.ask("CHATHISTORY LATEST #x * 99999999999999999999")) == ["3", "4", "5"]
    assert "CHATHISTORY=3" in " ".join(alice.ask("VERSION"))


# How it is told.


def test_messages_are_told_as_they_were_sent(world: World) -> None:
    caps = f"{CAPS} server-time account-tag echo-message draft/multiline"
    alice = world.irc("alice", caps=caps)
    log_in(alice, "alice")
    alice.send("JOIN #x")
    alice.read()
    world.pass_time(5)
    alice.send("@+draft/reply=a NOTICE #x :hi", "PRIVMSG #x :\x01ACTION waves\x01")
    alice.send("BATCH +r draft/multiline #x", "@batch=r PRIVMSG #x :a", "@batch=r PRIVMSG #x :b", "BATCH -r")
    live = alice.read()
    world.pass_time(5)
    told = alice.ask("CHATHISTORY LATEST #x * 10")[1:-1]
    assert len(live) == 6
    # Those of the batch within keep their own reference; the rest is what was sent, as part of this batch.
    outer = [line.replace("@batch=b1;", "@").replace("@batch=b1 ", "") for line in told]
    assert outer == live
    assert sum("batch=b1" in line for line in told) == 4


def test_a_client_that_knows_no_batches_gets_the_lines_alone(world: World) -> None:
    alice = world.irc("alice", caps="draft/chathistory server-time")
    alice.send("JOIN #x", "PRIVMSG #x :hi")
    alice.read()
    (line,) = alice.ask("CHATHISTORY LATEST #x * 10")
    assert re.fullmatch(r"@time=\S+ :alice!alice@192.0.2.1 PRIVMSG #x :hi", line)


def test_the_label_is_on_the_batch_however_long_it_is(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} labeled-response")
    many = STEPS_A_TURN * 2 + 10
    alice.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(many)))
    lines = alice.ask("@label=L CHATHISTORY LATEST #x * 1000")
    assert lines[0] == "@label=L;draft/chathistory-end :irc.test BATCH +b1 chathistory #x"
    assert said(lines) == [str(number) for number in range(many)]
    assert lines[-1] == ":irc.test BATCH -b1"
    assert sum("label=" in line for line in lines) == 1
    assert alice.ask("@label=M CHATHISTORY LATEST #none * 10") == [
        "@label=M :irc.test FAIL CHATHISTORY INVALID_TARGET LATEST #none :Messages could not be retrieved"
    ]


def test_a_long_answer_waits_for_its_reader_while_others_are_served(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    many = STEPS_A_TURN * 3
    alice.send("JOIN #x")
    bob.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(many)))
    alice.read()
    alice.transport.reading = False
    alice.connection.dataReceived(b"CHATHISTORY LATEST #x * 1000\r\n")
    for _ in range(10):
        world.clock.advance(0.5)
    assert len(alice.transport.waiting.split(b"\r\n")) < many
    bob.connection.dataReceived(b"PRIVMSG #x :meanwhile\r\n")
    world.clock.advance(0.5)
    alice.transport.read_on()
    world.pass_time(2)
    lines = alice.read()
    assert said(line for line in lines if "batch=" in line) == [str(number) for number in range(many)]
    assert said(line for line in lines if "batch=" not in line) == ["meanwhile"]


def test_a_client_that_goes_away_meanwhile_leaves_no_trace(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(STEPS_A_TURN * 3)))
    with capturedLogs() as events:
        alice.connection.dataReceived(b"CHATHISTORY LATEST #x * 1000\r\n")
        alice.vanish()
        world.pass_time(2)
    assert [event for event in events if event["log_level"] is LogLevel.critical] == []


def test_much_at_once_counts_as_many_lines(make_world: MakeWorld) -> None:
    limits = LineLimits(flood_burst=20, flood_rate=1.0)
    world = make_world(limits=limits, history=HistorySettings(ring=500))
    alice = world.irc("alice", caps=CAPS)
    alice.send("JOIN #x")
    for number in range(200):
        world.pass_time(1)
        alice.send(f"PRIVMSG #x :{number}")
    world.pass_time(30)
    alice.read()
    # Nine lines are no more than may come at once; what they ask for is.
    alice.connection.dataReceived(b"CHATHISTORY LATEST #x * 1000\r\n" * 8 + b"PING :last\r\n")
    for _ in range(50):
        world.clock.advance(0.1)
    assert "last" not in "".join(alice.read())
    world.pass_time(10)
    assert "last" in "".join(alice.read())


# Events.


def test_only_messages_are_told_to_those_who_want_nothing_else(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps="message-tags")
    alice.send("JOIN #x")
    bob.send(
        "JOIN #x", "@+draft/react=x TAGMSG #x", "PRIVMSG #x :hi", "PRIVMSG #x :\x01VERSION\x01", "PART #x"
    )
    assert texts(alice.ask("CHATHISTORY LATEST #x * 10")) == ["PRIVMSG #x :hi"]


def test_those_who_want_them_are_told_events(world: World) -> None:
    alice, bob = world.irc("alice", caps=PLAYBACK), world.irc("bob", caps="message-tags")
    alice.send("JOIN #x", "TOPIC #x :tea")
    bob.send("AWAY :lunch", "JOIN #x", "@+draft/react=x TAGMSG #x", "@+typing=active TAGMSG #x", "NICK rob")
    alice.send("MODE #x +v rob", "KICK #x rob :out")
    bob.send("JOIN #x", "PART #x :bye", "JOIN #x", "QUIT :home")
    live = [line for line in alice.read() if line.startswith("@msgid=") and "+typing" not in line]
    lines = alice.ask("CHATHISTORY LATEST #x * 100")
    assert [line.replace("batch=b1;", "") for line in lines[1:-1]] == [
        line for line in live if "353" not in line
    ]
    assert [text.split()[0] for text in texts(lines)][-6:] == ["MODE", "KICK", "JOIN", "PART", "JOIN", "QUIT"]


def test_who_was_away_when_it_joined_is_not_said_to_be_away_now(world: World) -> None:
    alice, bob = world.irc("alice", caps=f"{PLAYBACK} away-notify"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("AWAY :lunch", "JOIN #x")
    assert any("AWAY" in line for line in alice.read())
    assert not any("AWAY" in line for line in alice.ask("CHATHISTORY LATEST #x * 100"))


def test_a_reaction_is_kept_from_those_who_know_no_tags(world: World) -> None:
    alice = world.irc("alice", caps="draft/chathistory draft/event-playback batch")
    bob = world.irc("bob", caps="message-tags")
    alice.send("JOIN #x")
    bob.send("JOIN #x", "@+draft/react=x TAGMSG #x")
    assert not any("TAGMSG" in line for line in alice.ask("CHATHISTORY LATEST #x * 100"))


# Private conversations.


def test_both_sides_of_a_conversation_are_told_to_both(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
    alice.send("PRIVMSG bob :psst")
    bob.send("PRIVMSG alice :what?")
    assert texts(alice.ask("CHATHISTORY LATEST BOB * 10")) == ["PRIVMSG bob :psst", "PRIVMSG alice :what?"]
    lines = bob.ask("CHATHISTORY LATEST alice * 10")
    assert lines[0].endswith("BATCH +b1 chathistory alice")
    assert texts(lines) == ["PRIVMSG bob :psst", "PRIVMSG alice :what?"]


def test_a_conversation_goes_on_under_other_nicks(make_world: MakeWorld) -> None:
    world = make_world()
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
    alice.send("PRIVMSG bob :psst")
    bob.send("PRIVMSG alice :what?", "NICK rob")
    alice.send("NICK alicia")
    lines = alice.ask("CHATHISTORY LATEST rob * 10")
    assert lines[0].endswith("BATCH +b1 chathistory rob")
    assert texts(lines) == ["PRIVMSG rob :psst", "PRIVMSG alicia :what?"]
    assert "INVALID_TARGET" in raw(alice, "CHATHISTORY LATEST bob * 10")


def raw(client: Client, line: str) -> str:
    return "\n".join(client.ask(line))


def test_talks_of_others_are_nobodys_business(world: World) -> None:
    alice, bob, carol = (world.irc(nick, caps=CAPS) for nick in ("alice", "bob", "carol"))
    alice.send("PRIVMSG bob :secret")
    (line,) = [line for line in bob.read() if "secret" in line]
    for target in ("alice", "bob", "carol"):
        for question in (f"LATEST {target} *", f"AROUND {target} msgid={msgid(line)}"):
            assert said(carol.ask(f"CHATHISTORY {question} 10")) == []
    everything = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"
    assert "TARGETS" not in raw(carol, f"CHATHISTORY TARGETS {everything} 10")


def test_who_takes_a_nick_does_not_get_its_history(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    alice.send("PRIVMSG bob :secret")
    bob.send("QUIT")
    thief = world.irc("bob", caps=CAPS)
    assert said(thief.ask("CHATHISTORY LATEST alice * 10")) == []
    # Nor is alice told that it was with this one that she talked.
    assert said(alice.ask("CHATHISTORY LATEST bob * 10")) == []


def test_an_account_keeps_its_conversations_when_it_is_not_here(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    log_in(alice, "alice")
    log_in(bob, "bob")
    bob.send("PRIVMSG alice :see you", "QUIT")
    lines = alice.ask("CHATHISTORY LATEST bob * 10")
    assert lines[0].endswith("chathistory bob")
    assert texts(lines) == ["PRIVMSG alice :see you"]


def test_what_one_writes_to_oneself_is_told_once(world: World) -> None:
    alice = world.irc("alice", caps=CAPS)
    alice.send("PRIVMSG alice :note")
    assert texts(alice.ask("CHATHISTORY LATEST alice * 10")) == ["PRIVMSG alice :note"]


# Who may read what.


def test_who_is_not_in_a_channel_reads_nothing_of_it(alice: Client, heard: list[str]) -> None:
    world = alice.world
    carol = world.irc("carol", caps=f"{CAPS} standard-replies")
    there = carol.ask(f"CHATHISTORY AROUND #x msgid={heard[0]} 10", "CHATHISTORY LATEST #x * 10")
    nowhere = carol.ask(f"CHATHISTORY AROUND #q msgid={heard[0]} 10", "CHATHISTORY LATEST #q * 10")
    assert there == [line.replace("#q", "#x") for line in nowhere]
    assert there == [
        ":irc.test FAIL CHATHISTORY INVALID_TARGET AROUND #x :Messages could not be retrieved",
        ":irc.test FAIL CHATHISTORY INVALID_TARGET LATEST #x :Messages could not be retrieved",
    ]


def test_an_id_of_another_channel_is_only_a_place_in_time(alice: Client, heard: list[str]) -> None:
    carol = alice.world.irc("carol", caps=CAPS)
    carol.send("JOIN #y", "PRIVMSG #y :mine")
    carol.read()
    assert said(carol.ask(f"CHATHISTORY AROUND #y msgid={heard[2]} 10")) == ["mine"]
    assert said(carol.ask(f"CHATHISTORY BEFORE #y msgid={heard[2]} 10")) == []


def test_who_has_left_reads_no_more_and_who_comes_back_reads_all(alice: Client) -> None:
    alice.send("PART #x")
    assert "INVALID_TARGET" in raw(alice, "CHATHISTORY LATEST #x * 10")
    alice.send("JOIN #x")
    assert len(said(alice.ask("CHATHISTORY LATEST #x * 10"))) == 5


def test_a_channel_that_is_made_again_begins_anew(world: World) -> None:
    alice = world.irc("alice", caps=PLAYBACK)
    alice.send("JOIN #x", "PRIVMSG #x :old", "PART #x", "JOIN #x")
    assert said(alice.ask("CHATHISTORY LATEST #x * 10")) == [""]


def test_a_channel_that_is_renamed_keeps_its_history_under_the_new_name(world: World) -> None:
    alice = world.irc("alice", caps=PLAYBACK)
    alice.send("JOIN #x", "PRIVMSG #x :old", "TOPIC #x :tea", "RENAME #x #y", "PRIVMSG #y :new")
    lines = alice.ask("CHATHISTORY LATEST #y * 10")
    assert lines[0].endswith("chathistory #y")
    assert texts(lines) == ["JOIN #y", "PRIVMSG #y :old", "TOPIC #y :tea", "PRIVMSG #y :new"]
    alice.send("JOIN #x")
    assert said(alice.ask("CHATHISTORY LATEST #x * 10")) == [""]


def test_what_operators_tell_one_another_stays_with_them(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
    alice.send("JOIN #x", "PRIVMSG @#x :ban bob?")
    bob.send("JOIN #x", "PRIVMSG @#x :please do not")
    assert texts(alice.ask("CHATHISTORY LATEST #x * 10")) == [
        "PRIVMSG @#x :ban bob?",
        "PRIVMSG @#x :please do not",
    ]
    # Own words are one's own.
    assert said(bob.ask("CHATHISTORY LATEST #x * 10")) == ["please do not"]
    alice.send("MODE #x +o bob")
    assert len(said(bob.ask("CHATHISTORY LATEST #x * 10"))) == 2


def test_what_was_taken_back_is_gone(alice: Client, heard: list[str]) -> None:
    bob = alice.world.irc("carol", caps=f"{CAPS} draft/message-redaction")
    bob.send("JOIN #x", "PRIVMSG #x :oops")
    (line,) = [line for line in alice.read() if "oops" in line]
    bob.send(f"REDACT #x {msgid(line)}")
    assert said(alice.ask("CHATHISTORY LATEST #x * 2")) == ["four", "five"]
    assert said(alice.ask(f"CHATHISTORY AROUND #x msgid={msgid(line)} 2")) == ["five"]


# Whom one has talked with.


def test_conversations_are_listed_by_their_last_message(world: World) -> None:
    alice, bob, carol = world.irc("alice", caps=CAPS), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x")
    begin = now(world)
    world.pass_time(1)
    bob.send("JOIN #x", "PRIVMSG alice :hi")
    world.pass_time(1)
    bob.send("PRIVMSG #x :hi")
    world.pass_time(1)
    middle = now(world)
    world.pass_time(1)
    alice.send("PRIVMSG carol :hi")
    world.pass_time(1)
    end = now(world)

    def names(question: str) -> list[str]:
        lines = alice.ask(f"CHATHISTORY TARGETS {question}")
        assert re.search(r"BATCH \+\w+ draft/chathistory-targets$", lines[0])
        assert re.fullmatch(r":irc.test BATCH -\w+", lines[-1])
        found = [
            re.fullmatch(r"@batch=\w+ :irc.test CHATHISTORY TARGETS (\S+) (\S+)", line) for line in lines
        ]
        return [match[1] for match in found if match]

    assert names(f"{begin} {end} 10") == ["bob", "#x", "carol"]
    assert names(f"{end} {begin} 10") == ["bob", "#x", "carol"]
    assert names(f"{begin} {end} 2") == ["bob", "#x"]
    assert names(f"{end} {begin} 2") == ["#x", "carol"]
    assert names(f"{middle} {end} 10") == ["carol"]
    assert names(f"{begin} {begin} 10") == []
    bob.send("NICK rob")
    assert names(f"{begin} {end} 10") == ["rob", "#x", "carol"]
    alice.send("PART #x")
    assert names(f"{begin} {end} 10") == ["rob", "carol"]
    # Nobody can be asked for by a name that is gone.
    carol.send("QUIT")
    assert names(f"{begin} {end} 10") == ["rob"]


def test_the_last_list_of_conversations_says_so(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} labeled-response")
    everything = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"
    alice.send("JOIN #x,#y", "PRIVMSG #x :1", "PRIVMSG #y :2")
    first = alice.ask(f"@label=L CHATHISTORY TARGETS {everything} 2")[0]
    assert first == "@label=L;draft/chathistory-end :irc.test BATCH +b1 draft/chathistory-targets"
    first = alice.ask(f"@label=L CHATHISTORY TARGETS {everything} 1")[0]
    assert first == "@label=L :irc.test BATCH +b2 draft/chathistory-targets"


# What goes wrong.


def test_without_the_capability_there_is_no_such_command(world: World) -> None:
    alice = world.irc("alice", caps="batch")
    assert alice.ask("CHATHISTORY LATEST #x * 10") == [":irc.test 421 alice CHATHISTORY :Unknown command"]


def test_a_server_that_withholds_it_does_not_speak_of_it(make_world: MakeWorld) -> None:
    withheld = IRCSettings(withheld_capabilities=frozenset({"draft/chathistory"}))
    tokens = " ".join(make_world(irc=withheld).irc("alice").ask("VERSION"))
    assert "CHATHISTORY" not in tokens
    assert "MSGREFTYPES" not in tokens
    tokens = " ".join(make_world().irc("alice").ask("VERSION"))
    assert " CHATHISTORY=1000 " in tokens
    assert " MSGREFTYPES=msgid,timestamp " in tokens


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "INVALID_PARAMS * :Unknown command"),
        ("FIRST #x * 10", "INVALID_PARAMS FIRST :Unknown command"),
        ("LATEST", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("LATEST #x 10", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("BETWEEN #x * 10", "INVALID_PARAMS BETWEEN :Insufficient parameters"),
        ("LATEST #x * * 10", "INVALID_PARAMS LATEST :Too many parameters"),
        ("TARGETS * 10", "INVALID_PARAMS TARGETS :Insufficient parameters"),
        ("LATEST #x * ten", "INVALID_PARAMS LATEST ten :How many has to be a number above 0"),
        ("LATEST #x * 0", "INVALID_PARAMS LATEST 0 :How many has to be a number above 0"),
        ("LATEST #x * -5", "INVALID_PARAMS LATEST -5 :How many has to be a number above 0"),
        ("LATEST #x * ²", "INVALID_PARAMS LATEST ² :How many has to be a number above 0"),
        ("BEFORE #x * 10", "INVALID_PARAMS BEFORE * :It takes msgid=... or timestamp=..."),
        ("BEFORE #x : 10 5", "INVALID_PARAMS BEFORE :Insufficient parameters"),
        (
            "BEFORE #x timestamp=yesterday 10",
            "INVALID_PARAMS BEFORE timestamp=yesterday :A time has to be YYYY-MM-DDThh:mm:ss.sssZ",
        ),
        (
            "BEFORE #x index=5 10",
            "INVALID_MSGREFTYPE BEFORE #x index=5 :Messages are referred to by msgid= or timestamp=",
        ),
        ("BEFORE #x msgid=nope 10", "MESSAGE_ERROR BEFORE #x msgid=nope :There is no such message"),
        ("BEFORE #x msgid= 10", "MESSAGE_ERROR BEFORE #x msgid= :There is no such message"),
        (
            "TARGETS msgid=1 timestamp=2020-01-01T00:00:00.000Z 10",
            "INVALID_PARAMS TARGETS msgid=1 :It takes timestamp=... twice",
        ),
        (
            "TARGETS timestamp=1 timestamp=2020-01-01T00:00:00.000Z 10",
            "INVALID_PARAMS TARGETS timestamp=1 :A time has to be YYYY-MM-DDThh:mm:ss.sssZ",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_as_the_specification_says(
    world: World, asked: str, said: str
) -> None:
    alice = world.irc("alice", caps=CAPS)
    alice.send("JOIN #x")
    assert alice.ask(f"CHATHISTORY {asked}") == [f":irc.test FAIL CHATHISTORY {said}"]


def test_no_answer_is_longer_than_a_line(world: World) -> None:
    alice = world.irc("alice", caps=CAPS)
    for asked in (
        "{0} #x * 1",
        "LATEST {0} * 1",
        "LATEST #x {0} 1",
        "LATEST #x * {0}",
        "LATEST #x msgid={0} 1",
    ):
        (line,) = alice.ask(f"CHATHISTORY {asked.format('x' * 400)}")
        assert len(line) < 250


def test_history_that_cannot_be_read_is_an_error_and_no_end_of_history(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} labeled-response")
    alice.send("JOIN #x", "PRIVMSG #x :hi")
    world.history.archive = BrokenArchive()
    everything = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"
    with capturedLogs() as events:
        assert alice.ask("@label=L CHATHISTORY LATEST #x * 10") == [
            "@label=L :irc.test FAIL CHATHISTORY MESSAGE_ERROR LATEST #x :Messages could not be retrieved"
        ]
        assert alice.ask(f"CHATHISTORY TARGETS {everything} 10") == [
            ":irc.test FAIL CHATHISTORY MESSAGE_ERROR TARGETS * :Messages could not be retrieved"
        ]
        assert alice.ask("PING x")[0].endswith(":x")
    assert [event for event in events if event["log_level"] is LogLevel.critical] == []


def test_what_is_taken_back_while_it_is_told_is_not_told(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} draft/message-redaction")
    bob = world.irc("bob", caps=f"{CAPS} draft/message-redaction echo-message")
    alice.send("JOIN #x")
    bob.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(STEPS_A_TURN * 2)))
    (line,) = [line for line in bob.read() if line.endswith(f":{STEPS_A_TURN + 10}")]
    alice.read()
    alice.transport.reading = False
    alice.connection.dataReceived(b"CHATHISTORY LATEST #x * 1000\r\n")
    bob.connection.dataReceived(f"REDACT #x {msgid(line)}\r\n".encode())
    for _ in range(4):
        world.clock.advance(0.5)
    alice.transport.read_on()
    world.pass_time(2)
    lines = alice.read()
    assert sum("REDACT" in line for line in lines) == 1
    told = said(line for line in lines if "batch=" in line)
    assert told == [str(number) for number in range(STEPS_A_TURN * 2) if number != STEPS_A_TURN + 10]


@pytest.mark.parametrize(
    ("cutoff", "guest", "member"),
    [
        (Cutoff.NONE, ["early", "middle", "late"], ["early", "middle", "late"]),
        (Cutoff.JOIN, ["late"], ["late"]),
        (Cutoff.REGISTRATION, ["late"], ["middle", "late"]),
    ],
)
def test_no_question_goes_behind_where_one_may_begin_to_read(
    make_world: MakeWorld, cutoff: Cutoff, guest: list[str], member: list[str]
) -> None:
    world = make_world(settings=Settings(cutoff=cutoff))
    alice = world.irc("alice", caps=CAPS)
    alice.send("JOIN #x", "PRIVMSG #x :early")
    begin = msgid(next(line for line in alice.ask("CHATHISTORY LATEST #x * 1") if "early" in line))
    world.pass_time(1)
    bob, carol = (world.irc(nick, caps=f"{CAPS} soju.im/search") for nick in ("bob", "carol"))
    log_in(carol, "carol")
    world.pass_time(1)
    alice.send("PRIVMSG #x :middle")
    world.pass_time(1)
    for client in (bob, carol):
        client.send("JOIN #x")
    world.pass_time(1)
    alice.send("PRIVMSG #x :late")
    for client, seen in ((bob, guest), (carol, member)):
        for question in (
            "LATEST #x *",
            f"AROUND #x msgid={begin}",
            "AFTER #x timestamp=2020-01-01T00:00:00.000Z",
            "BETWEEN #x timestamp=2030-01-01T00:00:00.000Z timestamp=2020-01-01T00:00:00.000Z",
        ):
            assert said(client.ask(f"CHATHISTORY {question} 100")) == seen
        assert said(client.ask("SEARCH in=#x")) == seen
