"""Messages of several lines (draft/multiline), which clients send in a batch (client-batch)."""

from __future__ import annotations

import re

import pytest

from chatdaemon.protocols.irc.batches import PATIENCE
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.modes import ChannelFlag
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import channel
from tests.world import Client, World

CAPS = "batch draft/multiline message-tags"
MESSAGE_ID = re.compile(r"\b0000010[0-9a-f]{9}\b")


@pytest.fixture
def alice(world: World) -> Client:
    client = world.irc("alice", caps=CAPS)
    client.ask("JOIN #x")
    return client


def anonymous(lines: list[str]) -> list[str]:
    return [MESSAGE_ID.sub("ID", line) for line in lines]


def say(client: Client, *lines: str, target: str = "#x", first: str = "") -> list[str]:
    """Send a batch of these texts, "+" in front of those that go on the one before; what comes of it."""
    texts = [
        f"@batch=1;draft/multiline-concat PRIVMSG {target} :{line[1:]}"
        if line.startswith("+")
        else f"@batch=1 PRIVMSG {target} :{line}"
        for line in lines
    ]
    return anonymous(client.ask(f"{first}BATCH +1 draft/multiline {target}", *texts, "BATCH -1"))


def test_those_who_understand_it_are_sent_a_batch(world: World, alice: Client) -> None:
    bob = world.irc("bob", caps=CAPS)
    bob.ask("JOIN #x")
    assert say(alice, "hello", "", "how is ", "+everyone?", first="@+reply=1;+unknown=2 ") == []
    assert anonymous(bob.read()) == [
        "@msgid=ID;+reply=1 :alice!alice@192.0.2.1 BATCH +ID draft/multiline #x",
        "@batch=ID :alice!alice@192.0.2.1 PRIVMSG #x :hello",
        "@batch=ID :alice!alice@192.0.2.1 PRIVMSG #x :",
        "@batch=ID :alice!alice@192.0.2.1 PRIVMSG #x :how is ",
        "@batch=ID;draft/multiline-concat :alice!alice@192.0.2.1 PRIVMSG #x :everyone?",
        ":alice!alice@192.0.2.1 BATCH -ID",
    ]


@pytest.mark.parametrize("caps", ["message-tags", "batch message-tags", "draft/multiline message-tags"])
def test_others_are_sent_the_lines_and_the_id_once(world: World, alice: Client, caps: str) -> None:
    bob = world.irc("bob", caps=caps)
    carol = world.irc("carol")
    for client in (bob, carol):
        client.ask("JOIN #x")
    bob.read()
    say(alice, "", "hello", "", "how is ", "+everyone?")
    source = ":alice!alice@192.0.2.1"
    assert anonymous(bob.read()) == [
        f"@msgid=ID {source} PRIVMSG #x :hello",
        f"{source} PRIVMSG #x :how is ",
        f"{source} PRIVMSG #x :everyone?",
    ]
    assert carol.read() == [f"{source} PRIVMSG #x :{text}" for text in ("hello", "how is ", "everyone?")]


def test_a_json_client_reads_a_text_with_line_feeds(world: World, alice: Client) -> None:
    dora = world.json("dora")
    dora.ok(op="join", channel="#x")
    dora.hear()
    say(alice, "hello", "", "how is ", "+everyone?")
    (event,) = dora.hear()
    assert event["event"] == "message"
    assert event["text"] == "hello\n\nhow is everyone?"
    assert "lines" not in event


def test_a_line_that_does_not_fit_with_its_sender_is_parted(world: World, alice: Client) -> None:
    bob = world.irc("bob", caps="batch draft/multiline")
    carol = world.irc("carol")
    for client in (bob, carol):
        client.ask("JOIN #x")
    bob.read()
    text = "x" * 490
    say(alice, text, "end")
    assert [line.partition(" ")[0] for line in anonymous(bob.read())[1:-1]] == [
        "@batch=ID",
        "@batch=ID;draft/multiline-concat",
        "@batch=ID",
    ]
    first, second, end = (line.partition(" :")[2] for line in carol.read())
    assert (first + second, end) == (text, "end")


def test_an_echo_is_the_batch_with_the_label_on_its_first_line(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} echo-message labeled-response")
    alice.ask("JOIN #x")
    source = ":alice!alice@192.0.2.1"
    echo = [
        f"@label=7;msgid=ID {source} BATCH +ID draft/multiline #x",
        f"@batch=ID {source} PRIVMSG #x :a",
        f"@batch=ID {source} PRIVMSG #x :b",
        f"{source} BATCH -ID",
    ]
    assert say(alice, "a", "b", first="@label=7 ") == echo
    assert say(alice, "a", "b") == [f"@msgid=ID {source} BATCH +ID draft/multiline #x", *echo[1:]]


def test_without_an_echo_the_label_is_acknowledged(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} labeled-response")
    alice.ask("JOIN #x")
    assert say(alice, "a", "b", first="@label=7 ") == ["@label=7 :irc.test ACK"]


def test_who_writes_to_themselves_receives_it_beside_the_echo(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} echo-message labeled-response")
    heard = say(alice, "a", target="alice", first="@label=7 ")
    source = ":alice!alice@192.0.2.1"
    once = [
        f"@msgid=ID {source} BATCH +ID draft/multiline alice",
        f"@batch=ID {source} PRIVMSG alice :a",
        f"{source} BATCH -ID",
    ]
    assert heard == [*once, once[0].replace("@msgid", "@label=7;msgid"), *once[1:]]


def test_somebody_who_is_away_says_so(world: World, alice: Client) -> None:
    world.irc("bob").ask("AWAY :lunch")
    assert say(alice, "a", "b", target="bob") == [":irc.test 301 alice bob :lunch"]


def test_prefixes_address_those_of_a_rank(world: World, alice: Client) -> None:
    bob = world.irc("bob", caps=CAPS)
    carol = world.irc("carol", caps=CAPS)
    for client in (bob, carol):
        client.ask("JOIN #x")
    alice.ask("MODE #x +v bob")
    carol.read()
    bob.read()
    say(alice, "a", "b", target="+#x")
    assert anonymous(bob.read())[:2] == [
        "@msgid=ID :alice!alice@192.0.2.1 BATCH +ID draft/multiline +#x",
        "@batch=ID :alice!alice@192.0.2.1 PRIVMSG +#x :a",
    ]
    assert carol.read() == []


def test_who_is_outside_of_an_open_channel_is_answered(world: World, alice: Client) -> None:
    alice.ask("MODE #x -n")
    bob = world.irc("bob", caps=f"{CAPS} labeled-response echo-message")
    assert say(bob, "a", "b", first="@label=1 ")[0].startswith(
        "@label=1;msgid=ID :bob!bob@192.0.2.1 BATCH +ID"
    )
    assert len(alice.read()) == 4


def test_what_the_realm_refuses_is_said_as_ever(world: World, alice: Client) -> None:
    bob = world.irc("bob", caps=f"{CAPS} labeled-response")
    assert say(bob, "a", "b", first="@label=1 ") == ["@label=1 :irc.test 404 bob #x :Cannot send to channel"]
    assert say(bob, "a", target="nobody") == [":irc.test 401 bob nobody :No such nick/channel"]


def test_formatting_alone_is_no_text_where_it_is_taken_out(world: World, alice: Client) -> None:
    channel(world, "#x").flags[ChannelFlag.NO_FORMATTING] = None
    channel(world, "#x").guarded = True
    assert say(alice, "\x02", "") == [":irc.test FAIL BATCH MULTILINE_INVALID :There is no text to send"]


@pytest.mark.parametrize("lines", [(), ("",), ("", "")])
def test_a_batch_of_nothing_is_refused(alice: Client, lines: tuple[str, ...]) -> None:
    assert say(alice, *lines) == [":irc.test FAIL BATCH MULTILINE_INVALID :There is no text to send"]


@pytest.mark.parametrize(
    "opening",
    [
        "BATCH +1",
        "BATCH +1 draft/multiline",
        "BATCH +1 draft/multiline #x more",
        "BATCH +1 other #x",
        "BATCH + draft/multiline #x",
        "BATCH +a_b draft/multiline #x",
        "BATCH +é draft/multiline #x",
        "BATCH 1 draft/multiline #x",
        "BATCH :",
    ],
)
def test_only_batches_that_are_known_can_be_opened(alice: Client, opening: str) -> None:
    (line,) = alice.ask(opening)
    assert line == (
        ":irc.test FAIL BATCH MULTILINE_INVALID :BATCH takes +reference, draft/multiline and a target"
    )
    assert len(alice.ask("@batch=1 PRIVMSG #x :a", "BATCH -1")) == 2


def test_it_takes_the_capability(world: World) -> None:
    bob = world.irc("bob", caps="batch standard-replies")
    assert bob.ask("BATCH +1 draft/multiline #x")[0].startswith(":irc.test FAIL BATCH MULTILINE_INVALID :")
    # Its tags mean nothing then.
    bob.ask("JOIN #x")
    assert bob.ask("@batch=1 PRIVMSG bob :a") == [":bob!bob@192.0.2.1 PRIVMSG bob :a"]
    assert (
        world.irc("carol").ask("BATCH +1 draft/multiline #x")[0].startswith(":irc.test NOTICE carol :BATCH: ")
    )


def test_a_line_of_a_batch_that_is_not_open_is_not_a_message(world: World, alice: Client) -> None:
    bob = world.irc("bob")
    fail = ":irc.test FAIL BATCH MULTILINE_INVALID :No such batch is open"
    assert alice.ask("@batch=9 PRIVMSG bob :a", "BATCH -9") == [fail, fail]
    assert bob.read() == []


class TestRefused:
    """A batch that breaks a rule: said once, with its label, and nothing of it is delivered."""

    @pytest.fixture
    def anna(self, world: World, make_world: MakeWorld) -> Client:
        self.world = make_world(irc=IRCSettings(multiline_bytes=10, multiline_lines=3))
        client = self.world.irc("anna", caps=f"{CAPS} labeled-response")
        client.ask("JOIN #x")
        self.bob = self.world.irc("bob")
        self.bob.ask("JOIN #x")
        client.read()
        return client

    @pytest.mark.parametrize(
        ("line", "fail"),
        [
            ("@batch=1 PRIVMSG #y :a", "MULTILINE_INVALID_TARGET #x #y :The target is not the batch's"),
            (
                "@batch=1 NOTICE #x :a",
                "MULTILINE_INVALID :A batch of this type holds PRIVMSG with a text only",
            ),
            ("@batch=1 PRIVMSG #x", "MULTILINE_INVALID :A batch of this type holds PRIVMSG with a text only"),
            (
                "@batch=1 BATCH +2 x y",
                "MULTILINE_INVALID :A batch of this type holds PRIVMSG with a text only",
            ),
            (
                "@batch=1;draft/multiline-concat PRIVMSG #x :",
                "MULTILINE_INVALID :An empty line cannot go on the one before it",
            ),
            ("@batch=1 PRIVMSG #x :0123456789", "MULTILINE_MAX_BYTES 10 :A batch has 10 bytes at most"),
            ("PRIVMSG #x :a", "MULTILINE_INVALID :Only lines of the batch can be sent until it ends"),
            (
                "BATCH +2 draft/multiline #x",
                "MULTILINE_INVALID :Only lines of the batch can be sent until it ends",
            ),
            ("BATCH -2", "MULTILINE_INVALID :Only lines of the batch can be sent until it ends"),
        ],
    )
    def test_it_is_said_why(self, anna: Client, line: str, fail: str) -> None:
        opening = ("@label=7 BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x :a")
        assert anna.ask(*opening, line) == [f"@label=7 :irc.test FAIL BATCH {fail}"]
        assert anna.ask("@batch=1;label=8 PRIVMSG #x :b", "BATCH -1") == []
        assert self.bob.read() == []
        assert anna.ask("PRIVMSG #x :after it") == []
        assert len(self.bob.read()) == 1

    def test_there_are_too_many_lines(self, anna: Client) -> None:
        assert say(anna, "a", "", "b", "c") == [
            ":irc.test FAIL BATCH MULTILINE_MAX_LINES 3 :A batch has 3 lines at most"
        ]
        assert self.bob.read() == []
        assert say(anna, "a", "", "b") == []
        assert len(self.bob.read()) == 2

    def test_line_feeds_count_and_joints_do_not(self, anna: Client) -> None:
        assert say(anna, "01234", "6789") == []
        assert say(anna, "01234", "+56789") == []
        assert len(self.bob.read()) == 4
        assert len(say(anna, "01234", "67890")) == 1
        assert len(say(anna, "01234", "+567890")) == 1

    def test_what_comes_between_is_answered_by_its_own_label(self, anna: Client) -> None:
        text = "MULTILINE_INVALID :Only lines of the batch can be sent until it ends"
        anna.ask("@label=7 BATCH +1 draft/multiline #x")
        assert anna.ask("@label=8 PRIVMSG #x :a") == [
            f"@label=7 :irc.test FAIL BATCH {text}",
            f"@label=8 :irc.test FAIL BATCH {text}",
        ]
        anna.ask("BATCH -1", "BATCH +1 draft/multiline #x")
        assert anna.ask("@label=9 PRIVMSG #x :a") == [f"@label=9 :irc.test FAIL BATCH {text}"]

    def test_another_can_be_opened(self, anna: Client) -> None:
        anna.ask("BATCH +1 draft/multiline #x", "PRIVMSG #x :a")
        anna.ask("BATCH +2 draft/multiline #x", "@batch=2 PRIVMSG #x :b", "BATCH -2")
        assert len(self.bob.read()) == 1


def test_signs_of_life_may_come_between(alice: Client) -> None:
    alice.ask("BATCH +1 draft/multiline alice")
    assert alice.ask("PING x") == [":irc.test PONG irc.test :x"]
    assert alice.ask("PONG x", "@batch=1 PRIVMSG ALICE :a", "BATCH -1")[1].endswith("PRIVMSG alice :a")


def test_the_first_line_goes_on_nothing(world: World, alice: Client) -> None:
    bob = world.irc("bob")
    say(alice, "+a", "+b", target="bob")
    assert [line.partition(" :")[2] for line in bob.read()] == ["a", "b"]


class TestPatience:
    """A batch that is left open."""

    def test_ends_when_nothing_comes(self, world: World) -> None:
        alice = world.irc("alice", caps=f"{CAPS} labeled-response")
        alice.ask("@label=7 BATCH +ref draft/multiline alice", "@batch=ref PRIVMSG alice :a")
        world.pass_time(PATIENCE - 2)
        alice.ask("@batch=ref PRIVMSG alice :b")
        world.pass_time(PATIENCE - 2)
        assert alice.read() == []
        world.pass_time(3)
        text = "TIMEOUT ref :The batch was left open for too long"
        assert alice.read() == [f"@label=7 :irc.test FAIL BATCH {text}"]
        assert alice.ask("@batch=ref PRIVMSG alice :c", "BATCH -ref") == []
        assert len(alice.ask("PRIVMSG alice :d")) == 1

    def test_is_forgotten_with_the_connection(self, world: World, alice: Client) -> None:
        alice.ask("BATCH +1 draft/multiline #x")
        assert alice.ask("QUIT")[-1].startswith("ERROR :")
        world.pass_time(PATIENCE + 5)
        assert alice.read() == []


def test_each_line_counts_for_flood_control(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_burst=10, flood_rate=1.0))
    alice = world.irc("alice", caps=CAPS)
    bob = world.irc("bob")
    world.pass_time(30)
    say(alice, *"abcdefghijkl", target="bob")
    assert bob.read() == []
    world.pass_time(20)
    assert [line.partition(" :")[2] for line in bob.read()] == list("abcdefghijkl")


def test_the_limits_are_in_the_capability(make_world: MakeWorld) -> None:
    def value(world: World) -> str:
        (found,) = re.findall(r"draft/multiline=(\S*)", " ".join(world.connect_irc().ask("CAP LS 302")))
        return str(found)

    assert value(make_world()) == "max-bytes=4096,max-lines=100"
    assert value(make_world(irc=IRCSettings(multiline_lines=None))) == "max-bytes=4096"


def test_without_a_limit_there_may_be_any_number_of_lines(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(multiline_lines=None))
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    say(alice, *["a"] * 150, target="bob")
    assert len(bob.read()) == 150
