"""METADATA (draft/metadata-2; draft/metadata-3 as pull request 613 of the specifications has it)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.metadata import MOST_MEMBERS, MOST_UNASKED
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.world import Client, World

SECOND = "batch draft/metadata-2"
THIRD = "batch draft/metadata-3"


@pytest.fixture(params=[SECOND, THIRD], ids=["metadata-2", "metadata-3"])
def caps(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def set_values(client: Client, *keys: str, target: str = "*") -> None:
    for key in keys:
        (line,) = client.ask(f"METADATA {target} SET {key} :{key} it is")
        assert " 761 " in line


def batched(lines: list[str]) -> tuple[str, list[str]]:
    """What comes behind the reference of a batch, and its lines without their tag and server."""
    first, *inner, last = lines
    reference = first.partition(" BATCH +")[2].partition(" ")[0]
    assert last == f":irc.test BATCH -{reference}"
    head = f"@batch={reference} :irc.test "
    assert all(line.startswith(head) for line in inner)
    return first.partition(f" BATCH +{reference} ")[2], [line.removeprefix(head) for line in inner]


def unbatched(lines: list[str]) -> list[str]:
    """Lines without those that begin and end batches, their tags and the server."""
    plain = [line.partition(":irc.test ")[2] for line in lines if ":irc.test " in line]
    return [line for line in plain if not line.startswith("BATCH ")]


class TestSet:
    """What one sets, and is told of it."""

    @pytest.mark.parametrize("target", ["*", "alice", "ALICE"])
    def test_one_sets_one_s_own(self, world: World, caps: str, target: str) -> None:
        alice = world.irc("alice", caps=caps)
        told = ":irc.test 761 alice alice url * :http://a b"
        assert alice.ask(f"METADATA {target} SET url :http://a b") == [told]
        assert alice.ask(f"metadata {target} set url :http://a b") == [told]
        assert alice.ask(f"METADATA {target} SET url") == [":irc.test 766 alice alice url :Key not set"]
        assert batched(alice.ask("METADATA * LIST")) == ("metadata alice", [])

    def test_an_empty_value_is_none(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        set_values(alice, "url")
        assert alice.ask("METADATA * SET url :") == [":irc.test 766 alice alice url :Key not set"]

    def test_what_is_not_there_is_taken_away(self, world: World) -> None:
        alice, bob = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        fail = ":irc.test FAIL METADATA KEY_NOT_SET alice url :The key is not set"
        assert alice.ask("METADATA * SET url") == [fail]
        assert bob.ask("METADATA * SET url") == [":irc.test 766 bob bob url :Key not set"]

    def test_operators_of_a_channel_set_what_it_has(self, world: World, caps: str) -> None:
        alice, bob = world.irc("alice", caps=caps), world.irc("bob", caps=caps)
        for client in (alice, bob):
            client.ask("JOIN #x")
        assert alice.ask("METADATA #X SET url :http://x") == [":irc.test 761 alice #x url * :http://x"]
        fail = ":irc.test FAIL METADATA KEY_NO_PERMISSION #x url :You cannot change the metadata of #x"
        assert bob.ask("METADATA #x SET url :no") == [fail]
        assert bob.ask("METADATA alice SET url :no") == [fail.replace("#x", "alice")]
        assert bob.ask("METADATA #x CLEAR") == [fail.replace("#x url", "#x *")]

    def test_operators_of_the_server_set_everybody_s(self, world: World, caps: str) -> None:
        alice, bob = world.irc("alice", caps=caps), world.irc("bob", caps=caps)
        make_operator(bob, Privilege.OVERRIDE)
        assert bob.ask("METADATA alice SET url :http://a") == [":irc.test 761 bob alice url * :http://a"]
        assert alice.read() == []

    @pytest.mark.parametrize("subcommand", ["SET url :x", "SET url", "CLEAR", "LIST", "GET url", "SYNC"])
    @pytest.mark.parametrize("target", ["nobody", "#none", "*x"])
    def test_there_has_to_be_somebody(self, world: World, caps: str, target: str, subcommand: str) -> None:
        text = "There is no such user or channel, or not for this"
        assert world.irc("alice", caps=caps).ask(f"METADATA {target} {subcommand}") == [
            f":irc.test FAIL METADATA INVALID_TARGET {target} :{text}"
        ]

    def test_a_secret_channel_is_not_there(self, world: World, caps: str) -> None:
        world.irc("bob").ask("JOIN #x", "MODE #x +s")
        (line,) = world.irc("alice", caps=caps).ask("METADATA #x GET url")
        assert line.startswith(":irc.test FAIL METADATA INVALID_TARGET #x :")

    @pytest.mark.parametrize("value", [" :x", ""])
    def test_keys_and_values_may_not_be_anything(self, world: World, value: str) -> None:
        text = "A key can have small letters, digits and _ . / - only"
        alice, bob = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        assert alice.ask(f"METADATA * SET $A{value}") == [f":irc.test FAIL METADATA KEY_INVALID $A :{text}"]
        assert bob.ask(f"METADATA * SET $A{value}") == [f":irc.test FAIL METADATA INVALID_KEY $A :{text}"]

    def test_values_may_not_be_too_long(self, world: World) -> None:
        alice, bob = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        text = "A value can have 300 bytes at most"
        long = "x" * 301
        assert alice.ask(f"METADATA * SET url :{long}") == [f":irc.test FAIL METADATA VALUE_INVALID :{text}"]
        assert bob.ask(f"METADATA * SET url :{long}") == [
            f":irc.test FAIL METADATA INVALID_VALUE url :{text}"
        ]

    def test_there_are_only_so_many_keys(self, make_world: MakeWorld) -> None:
        world = make_world(settings=Settings(metadata_keys=2))
        text = "{} has as much metadata as it may"
        for nick, caps, words in (("alice", SECOND, "alice"), ("bob", THIRD, "SET bob 2")):
            client = world.irc(nick, caps=caps)
            set_values(client, "a", "b")
            assert client.ask("METADATA * SET c :x") == [
                f":irc.test FAIL METADATA LIMIT_REACHED {words} :{text.format(nick)}"
            ]
            set_values(client, "b")

    def test_clearing_tells_each_key(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        set_values(alice, "a", "b")
        assert batched(alice.ask("METADATA * CLEAR")) == (
            "metadata alice",
            ["766 alice alice a :Key not set", "766 alice alice b :Key not set"],
        )
        assert batched(alice.ask("METADATA alice CLEAR")) == ("metadata alice", [])

    def test_labels_are_on_the_answer(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=f"{caps} labeled-response")
        assert alice.ask("@label=1 METADATA * SET a :x") == ["@label=1 :irc.test 761 alice alice a * :x"]
        first, inner, last = alice.ask("@label=2 METADATA * CLEAR")
        assert first.startswith("@label=2 :irc.test BATCH +b")
        assert first.endswith(" metadata alice")
        assert inner.startswith("@batch=b")
        assert last.startswith(":irc.test BATCH -b")

    def test_without_capabilities_it_is_lines_and_notices(self, world: World) -> None:
        bob = world.irc("bob")
        assert bob.ask("METADATA * SET url :x") == [":irc.test 761 bob bob url * :x"]
        assert bob.ask("METADATA * LIST") == [":irc.test 761 bob bob url * :x"]
        assert bob.ask("METADATA nobody LIST") == [
            ":irc.test NOTICE bob :METADATA: There is no such user or channel, or not for this"
        ]


class TestTooOften:
    """Changes are limited."""

    def test_who_makes_too_many_has_to_wait(self, make_world: MakeWorld) -> None:
        world = make_world(irc=IRCSettings(metadata_burst=2, metadata_interval=60.0))
        second, third = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        for client in (second, third):
            client.ask("JOIN #x")
            set_values(client, "a", "b")
        (line,) = second.ask("METADATA * SET a :x y")
        assert line.startswith(":irc.test FAIL METADATA RATE_LIMITED * a ")
        assert 50 <= int(line.split(" ")[6]) <= 60
        (line,) = second.ask("METADATA #x CLEAR")
        assert line.startswith(":irc.test FAIL METADATA RATE_LIMITED #x * ")
        (line,) = third.ask("METADATA * SET a :x y")
        words = line.split(" ", 4)
        assert words[:3] == [":irc.test", "775", "bob"]
        assert 50 <= int(words[3]) <= 60
        assert words[4] == "* SET a :x y"
        assert third.ask("METADATA #x SET a")[0].endswith(" #x SET a")
        assert third.ask("METADATA * CLEAR")[0].endswith(" * CLEAR")
        world.pass_time(60)
        for client in (second, third):
            set_values(client, "a")
            assert " 761 " not in client.ask("METADATA * SET a :x")[0]

    def test_operators_who_are_not_slowed_down_make_as_many_as_they_like(self, make_world: MakeWorld) -> None:
        alice = make_world(irc=IRCSettings(metadata_burst=1)).irc("alice", caps=THIRD)
        make_operator(alice, Privilege.NO_FLOOD)
        set_values(alice, *"abcdef")

    def test_there_may_be_no_limit(self, make_world: MakeWorld) -> None:
        alice = make_world(irc=IRCSettings(metadata_burst=None)).irc("alice", caps=THIRD)
        set_values(alice, *"abcdefghijklmnopqrstuvwxyz")


class TestGet:
    """Looking up."""

    def test_each_key_is_answered_in_order(self, world: World) -> None:
        bob = world.irc("bob", caps=THIRD)
        set_values(bob, "url")
        text = "A key can have small letters, digits and _ . / - only"
        answer = ["766 {} bob avatar :Key not set", "761 {} bob url * :url it is"]
        second, third = world.irc("alice", caps=SECOND), world.irc("anna", caps=THIRD)
        assert batched(second.ask("METADATA BOB GET avatar url $x")) == (
            "metadata bob",
            [*(line.format("alice") for line in answer), f"FAIL METADATA KEY_INVALID $x :{text}"],
        )
        assert batched(third.ask("METADATA BOB GET avatar url $x")) == (
            "metadata bob",
            [*(line.format("anna") for line in answer), f"WARN METADATA INVALID_KEY $x :{text}"],
        )

    def test_a_list_has_everything(self, world: World, caps: str) -> None:
        bob = world.irc("bob", caps=caps)
        bob.ask("JOIN #x")
        set_values(bob, "a", "b", target="#x")
        assert batched(world.irc("alice", caps=caps).ask("METADATA #x LIST")) == (
            "metadata #x",
            ["761 alice #x a * :a it is", "761 alice #x b * :b it is"],
        )

    def test_batches_have_the_time_of_day(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=f"{caps} server-time")
        set_values(alice, "a")
        first, inner, last = alice.ask("METADATA * LIST")
        assert first.startswith("@time=2026-")
        assert inner.startswith("@batch=b")
        assert ";time=2026-" in inner
        assert last.startswith("@time=2026-")


class TestBadCommands:
    """What is no METADATA command."""

    def test_something_is_missing(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        fail = ":irc.test FAIL METADATA INVALID_PARAMS"
        for line in ("METADATA", "METADATA *"):
            assert alice.ask(line) == [f"{fail} * :It takes a target and a subcommand"]
        for subcommand in ("GET", "SET", "SUB", "UNSUB"):
            assert alice.ask(f"METADATA * {subcommand}") == [f"{fail} {subcommand} :It takes a key"]

    @pytest.mark.parametrize(("word", "said"), [("frob", "frob"), (":: hi!", "hi!")])
    def test_there_is_no_such_subcommand(self, world: World, word: str, said: str) -> None:
        text = f"{said} :There is no such subcommand"
        second, third = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        assert second.ask(f"METADATA * {word}") == [f":irc.test FAIL METADATA SUBCOMMAND_INVALID {text}"]
        assert third.ask(f"METADATA * {word}") == [f":irc.test FAIL METADATA INVALID_PARAMS {text}"]


class TestSubscriptions:
    """Which keys a client follows."""

    def test_they_are_taken_and_given_up(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        first, *batch = alice.ask("METADATA * SUB avatar url avatar")
        assert first == ":irc.test 770 alice avatar url"
        assert unbatched(batch) == []
        assert bool(batch) == (caps == THIRD)
        assert alice.ask("METADATA * SUB url") == [":irc.test 770 alice url"]
        assert batched(alice.ask("METADATA ALICE SUBS")) == ("metadata-subs", ["772 alice avatar url"])
        assert alice.ask("METADATA * UNSUB avatar other") == [":irc.test 771 alice avatar other"]
        assert alice.ask("METADATA * UNSUB url") == [":irc.test 771 alice url"]
        assert batched(alice.ask("METADATA * SUBS")) == ("metadata-subs", [])

    def test_bad_keys_are_passed_over(self, world: World) -> None:
        text = "A key can have small letters, digits and _ . / - only"
        second, third = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        assert second.ask("METADATA * SUB $a url") == [
            f":irc.test FAIL METADATA KEY_INVALID $a :{text}",
            ":irc.test 770 alice url",
        ]
        assert unbatched(third.ask("METADATA * SUB $a url")) == [
            f"WARN METADATA INVALID_KEY $a :{text}",
            "770 bob url",
        ]
        assert third.ask("METADATA * UNSUB $a") == [f":irc.test WARN METADATA INVALID_KEY $a :{text}"]
        assert third.ask("METADATA * SUB $a") == [f":irc.test WARN METADATA INVALID_KEY $a :{text}"]

    def test_there_are_only_so_many(self, make_world: MakeWorld) -> None:
        world = make_world(irc=IRCSettings(metadata_subscriptions=3))
        second, third = world.irc("alice", caps=SECOND), world.irc("bob", caps=THIRD)
        text = "You can follow 3 keys at most"
        for client in (second, third):
            client.ask("METADATA * SUB a b")
        assert second.ask("METADATA * SUB c a d") == [
            ":irc.test 770 alice c",
            f":irc.test FAIL METADATA TOO_MANY_SUBS a :{text}",
        ]
        assert unbatched(third.ask("METADATA * SUB c a d")) == [
            "770 bob c",
            f"FAIL METADATA LIMIT_REACHED SUB a 3 :{text}",
        ]
        assert unbatched(third.ask("METADATA * SUBS")) == ["772 bob a b c"]
        assert third.ask("METADATA * SUB e") == [
            f":irc.test FAIL METADATA LIMIT_REACHED SUB e 3 :{text}",
        ]

    def test_they_are_one_s_own(self, world: World, caps: str) -> None:
        world.irc("bob")
        alice = world.irc("alice", caps=caps)
        for words in ("SUB a", "UNSUB a", "SUBS"):
            assert alice.ask(f"METADATA bob {words}")[0].startswith(
                ":irc.test FAIL METADATA INVALID_TARGET bob"
            )

    def test_they_go_with_the_capability(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        for gone in ("batch", caps.partition(" ")[2]):
            alice.ask("METADATA * SUB a")
            alice.ask(f"CAP REQ :-{gone}", f"CAP REQ :{gone}")
            assert unbatched(alice.ask("METADATA * SUBS")) == []

    def test_they_go_with_the_connection(self, world: World, caps: str) -> None:
        alice, bob = world.irc("alice", caps=caps), world.irc("bob", caps=caps)
        alice.ask("METADATA * SUB url")
        alice.ask("QUIT")
        set_values(bob, "url")
        session = alice.connection
        assert isinstance(session, IRCSession)
        assert world.irc_server.metadata.followed(session) == {}

    def test_a_long_list_takes_several_lines(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        keys = [f"{'x' * 60}{number}" for number in range(12)]
        for number in (0, 6):
            alice.ask(f"METADATA * SUB {' '.join(keys[number : number + 6])}")
        _, lines = batched(alice.ask("METADATA * SUBS"))
        assert len(lines) == 2
        assert " ".join(line.removeprefix("772 alice ") for line in lines).split(" ") == keys


def told(caps: str, nick: str, target: str, key: str, value: str | None) -> str:
    """How a client is told, unasked, what a key is."""
    if caps == SECOND:
        return f":irc.test METADATA {target} {key} *" + ("" if value is None else f" :{value}")
    return (
        f":irc.test 766 {nick} {target} {key} :Key not set"
        if value is None
        else (f":irc.test 761 {nick} {target} {key} * :{value}")
    )


class TestNews:
    """Who is told of a change."""

    @pytest.fixture
    def alice(self, world: World, caps: str) -> Client:
        """Follows `url`, and is in #x with bob, who is an operator there."""
        self.bob = world.irc("bob", caps=THIRD)
        self.bob.ask("JOIN #x")
        alice = world.irc("alice", caps=caps)
        alice.ask("METADATA * SUB url", "JOIN #x")
        alice.read()
        self.bob.read()
        return alice

    def test_those_in_a_channel_hear_of_one_another(self, caps: str, alice: Client) -> None:
        self.bob.ask("METADATA * SET url :http://b", "METADATA * SET other :x", "METADATA * SET url")
        assert alice.read() == [
            told(caps, "alice", "bob", "url", "http://b"),
            told(caps, "alice", "bob", "url", None),
        ]
        assert self.bob.read() == []

    def test_those_in_a_channel_hear_of_it(self, world: World, caps: str, alice: Client) -> None:
        carol = world.irc("carol", caps=caps)
        carol.ask("METADATA * SUB url")
        self.bob.ask("METADATA #x SET url :http://x")
        assert alice.read() == [told(caps, "alice", "#x", "url", "http://x")]
        assert carol.read() == []
        self.bob.ask("METADATA #x CLEAR")
        assert alice.read() == [told(caps, "alice", "#x", "url", None)]

    def test_one_is_answered_for_what_one_does_oneself(self, caps: str, alice: Client) -> None:
        assert alice.ask("METADATA * SET url :x") == [":irc.test 761 alice alice url * :x"]
        assert self.bob.read() == []

    def test_one_is_told_of_what_others_do_to_one(self, caps: str, alice: Client) -> None:
        make_operator(self.bob, Privilege.OVERRIDE)
        self.bob.ask("METADATA alice SET url :x")
        assert alice.read() == [told(caps, "alice", "alice", "url", "x")]

    def test_those_who_watch_somebody_are_told(self, world: World, caps: str) -> None:
        dan, carol = world.irc("dan", caps=THIRD), world.irc("carol", caps=caps)
        carol.ask("METADATA * SUB url")
        dan.ask("METADATA * SET url :1")
        assert carol.read() == []
        carol.ask("MONITOR + dan")
        dan.ask("METADATA * SET url :2")
        assert carol.read() == [told(caps, "carol", "dan", "url", "2")]

    def test_it_is_told_with_its_time_and_never_in_a_labelled_answer(self, world: World, caps: str) -> None:
        bob = world.irc("bob", caps=THIRD)
        carol = world.irc("carol", caps=f"{caps} server-time labeled-response")
        for client in (bob, carol):
            client.ask("JOIN #x")
        carol.ask("METADATA * SUB url")
        bob.ask("METADATA * SET url :1")
        (line,) = carol.read()
        assert line.startswith("@time=2026-")
        assert line.partition(" ")[2] == told(caps, "carol", "bob", "url", "1")

    def test_logging_in_shows_what_the_account_has(self, world: World, caps: str, alice: Client) -> None:
        account = world.account("bob")
        assert account.metadata == {}
        set_values(self.bob, "url")
        alice.read()
        log_in(self.bob, "bob")
        assert told(caps, "alice", "bob", "url", None) in alice.read()
        self.bob.ask("METADATA * SET url :kept")
        assert alice.read() == [told(caps, "alice", "bob", "url", "kept")]
        found = world.realm.account("bob")
        assert found is not None
        assert found.metadata == {"url": "kept"}

    def test_others_who_are_logged_in_alike_have_it_too(self, make_world: MakeWorld, caps: str) -> None:
        world = make_world(settings=replace(Settings(), nick_is_account=False))
        phone, laptop = world.irc("phone", caps=caps), world.irc("laptop", caps=caps)
        for client in (phone, laptop):
            log_in(client, "ann")
            client.ask("METADATA * SUB url", "JOIN #x")
        phone.read()
        assert phone.ask("METADATA * SET url :1") in (
            [":irc.test 761 phone phone url * :1", told(caps, "phone", "laptop", "url", "1")],
            [told(caps, "phone", "laptop", "url", "1"), ":irc.test 761 phone phone url * :1"],
        )
        assert laptop.read() == [
            told(caps, "laptop", "phone", "url", "1"),
            told(caps, "laptop", "laptop", "url", "1"),
        ]

    def test_a_json_client_is_told_of_those_around(self, world: World, alice: Client) -> None:
        dora = world.json("dora")
        dora.ok(op="join", channel="#x")
        dora.hear()
        self.bob.ask("METADATA * SET url :http://b", "METADATA #x SET url :http://x")
        user, channel = dora.hear()
        assert (user["event"], user["user"]["nick"], user["key"], user["value"]) == (
            "user_metadata_changed",
            "bob",
            "url",
            "http://b",
        )
        assert (channel["event"], channel["channel"], channel["value"]) == (
            "channel_metadata_changed",
            "#x",
            "http://x",
        )


class TestSync:
    """What there is already."""

    @pytest.fixture
    def bob(self, world: World) -> Client:
        """In #x, which has something as he has."""
        bob = world.irc("bob", caps=THIRD)
        bob.ask("JOIN #x")
        set_values(bob, "url", "other")
        set_values(bob, "url", target="#x")
        bob.read()
        return bob

    def everything(self, caps: str) -> list[str]:
        lines = [told(caps, "alice", each, "url", "url it is") for each in ("#x", "bob")]
        return [line.removeprefix(":irc.test ") for line in lines]

    def test_who_joins_is_told_behind_the_names(self, world: World, caps: str, bob: Client) -> None:
        alice = world.irc("alice", caps=caps)
        alice.ask("METADATA * SUB url")
        lines = alice.ask("JOIN #x")
        end = next(number for number, line in enumerate(lines) if " 366 " in line)
        assert batched(lines[end + 1 :]) == ("metadata #x", self.everything(caps))

    def test_who_follows_nothing_is_told_nothing(self, world: World, caps: str, bob: Client) -> None:
        lines = world.irc("alice", caps=caps).ask("JOIN #x")
        assert ("BATCH" in lines[-1]) == (caps == THIRD)
        assert not any(" 761 " in line or " METADATA " in line for line in lines)
        assert not any("BATCH" in line for line in world.irc("carol").ask("JOIN #x"))

    def test_who_follows_a_key_is_told(self, world: World, caps: str, bob: Client) -> None:
        alice = world.irc("alice", caps=caps)
        alice.ask("JOIN #x")
        ok, *lines = alice.ask("METADATA * SUB url new")
        assert ok == ":irc.test 770 alice url new"
        assert batched(lines) == ("metadata *ALL", self.everything(caps))

    def test_it_can_be_asked_for(self, world: World, caps: str, bob: Client) -> None:
        alice = world.irc("alice", caps=caps)
        alice.ask("METADATA * SUB url", "JOIN #x", "JOIN #y")
        assert batched(alice.ask("METADATA #X SYNC")) == ("metadata #x", self.everything(caps))
        assert batched(alice.ask("METADATA bob SYNC")) == ("metadata bob", self.everything(caps)[1:])
        assert batched(alice.ask("METADATA * SYNC")) == ("metadata alice", [])
        alice.ask("MONITOR + dan,bob")
        dan = world.irc("dan", caps=THIRD)
        set_values(dan, "url")
        set_values(alice, "url")
        _, lines = batched(alice.ask("METADATA *ALL SYNC"))
        others = [
            told(caps, "alice", each, "url", "url it is").removeprefix(":irc.test ")
            for each in ("alice", "dan")
        ]
        assert lines == [*self.everything(caps), *others]

    def test_a_labelled_batch_among_others_is_nested(self, world: World, bob: Client) -> None:
        alice = world.irc("alice", caps=f"{THIRD} labeled-response")
        alice.ask("JOIN #x")
        lines = alice.ask("@label=1 METADATA * SUB url")
        outer = lines[0].partition(" BATCH +")[2].partition(" ")[0]
        assert lines[0] == f"@label=1 :irc.test BATCH +{outer} labeled-response"
        inner = lines[2].partition(" BATCH +")[2].partition(" ")[0]
        assert lines[1:3] == [
            f"@batch={outer} :irc.test 770 alice url",
            f"@batch={outer} :irc.test BATCH +{inner} metadata *ALL",
        ]
        assert [line.partition(" ")[0] for line in lines[3:5]] == [f"@batch={inner}"] * 2
        assert lines[5:] == [f"@batch={outer} :irc.test BATCH -{inner}", f":irc.test BATCH -{outer}"]

    def test_somebody_who_is_watched_is_told_of_when_they_come(self, world: World, caps: str) -> None:
        alice = world.irc("alice", caps=caps)
        alice.ask("METADATA * SUB url", "MONITOR + carl")
        alice.read()
        carl = world.connect_irc()
        carl.ask(f"CAP REQ :{THIRD}", "METADATA * SET url :early", "NICK carl", "USER carl 0 * :x")
        carl.ask("CAP END")
        online, *lines = alice.read()
        assert online == ":irc.test 730 alice :carl!carl@192.0.2.1"
        expected = told(caps, "alice", "carl", "url", "early").removeprefix(":irc.test ")
        assert batched(lines) == ("metadata carl", [expected])

    def test_whoever_begins_to_watch_is_told(self, world: World, caps: str, bob: Client) -> None:
        alice = world.irc("alice", caps=caps)
        alice.ask("METADATA * SUB url")
        online, *lines = alice.ask("MONITOR + bob,nobody")
        assert online == ":irc.test 730 alice :bob!bob@192.0.2.1"
        assert lines.pop() == ":irc.test 731 alice :nobody"
        assert batched(lines) == ("metadata bob", self.everything(caps)[1:])

    def test_of_too_much_one_is_told_to_ask(self, make_world: MakeWorld, caps: str) -> None:
        world = make_world(
            settings=Settings(metadata_keys=200),
            irc=IRCSettings(metadata_burst=None, metadata_subscriptions=None),
        )
        bob = world.irc("bob", caps=THIRD)
        bob.ask("JOIN #x")
        keys = [f"k{number}" for number in range(MOST_UNASKED + 1)]
        set_values(bob, *keys)
        alice = world.irc("alice", caps=caps)
        for number in range(0, len(keys), 10):
            alice.ask(f"METADATA * SUB {' '.join(keys[number : number + 10])}")
        assert alice.ask("JOIN #x")[-1] == ":irc.test 774 alice #x 0 :Ask for the metadata later"
        kind, lines = batched(alice.ask("METADATA #x SYNC"))
        assert kind == "metadata #x"
        assert len(lines) == len(keys)

    def test_of_many_members_one_is_told_to_ask(self, world: World, caps: str) -> None:
        for number in range(MOST_MEMBERS):
            world.irc(f"n{number}").ask("JOIN #x")
        alice, bob = world.irc("alice", caps=caps), world.irc("bob", caps=caps)
        alice.ask("METADATA * SUB url")
        assert alice.ask("JOIN #x")[-1] == ":irc.test 774 alice #x 0 :Ask for the metadata later"
        assert not any(" 774 " in line for line in bob.ask("JOIN #x"))


class TestBeforeRegistration:
    """`before-connect`."""

    @pytest.fixture
    def stranger(self, world: World, caps: str) -> Client:
        client = world.connect_irc()
        client.ask(f"CAP REQ :{caps}")
        return client

    def test_what_is_set_is_there_with_the_welcome(self, caps: str, stranger: Client) -> None:
        assert stranger.ask("METADATA * SUB url", "METADATA * SET a :x y", "METADATA * SET b :z") == [
            ":irc.test 770 * url",
            ":irc.test 761 * * a * :x y",
            ":irc.test 761 * * b * :z",
        ]
        assert stranger.ask("METADATA * SET b") == [":irc.test 766 * * b :Key not set"]
        assert batched(stranger.ask("METADATA * GET a b")) == (
            "metadata *",
            ["761 * * a * :x y", "766 * * b :Key not set"],
        )
        assert unbatched(stranger.ask("METADATA * SUBS")) == ["772 * url"]
        stranger.send("NICK anna", "USER anna 0 * :x", "CAP END")
        lines = stranger.read()
        begin = next(number for number, line in enumerate(lines) if " BATCH +" in line)
        end = next(number for number, line in enumerate(lines) if " BATCH -" in line)
        inside = told(caps, "anna", "anna", "a", "x y").removeprefix(":irc.test ")
        assert batched(lines[begin : end + 1]) == ("metadata anna", [inside])
        assert " 422 " in lines[end + 1]
        assert batched(stranger.ask("METADATA * LIST")) == ("metadata anna", ["761 anna anna a * :x y"])
        assert unbatched(stranger.ask("METADATA * SUBS")) == ["772 anna url"]

    def test_the_welcome_has_a_batch_in_any_case(self, stranger: Client) -> None:
        stranger.send("NICK anna", "USER anna 0 * :x", "CAP END")
        assert sum(" BATCH " in line for line in stranger.read()) == 2

    def test_what_is_cleared_is_not_there(self, stranger: Client) -> None:
        stranger.ask("METADATA * SET a :x")
        assert batched(stranger.ask("METADATA * CLEAR")) == ("metadata *", ["766 * * a :Key not set"])
        stranger.ask("NICK anna", "USER anna 0 * :x", "CAP END")
        assert batched(stranger.ask("METADATA * LIST")) == ("metadata anna", [])

    def test_it_is_refused_as_it_would_be_later(self, stranger: Client, caps: str) -> None:
        (line,) = stranger.ask("METADATA * SET A :x")
        assert ("KEY_INVALID" in line) == (caps == SECOND)
        (line,) = stranger.ask(f"METADATA * SET a :{'x' * 301}")
        assert ("VALUE_INVALID" in line) == (caps == SECOND)
        for target in ("anna", "#x", "*ALL"):
            (line,) = stranger.ask(f"METADATA {target} LIST")
            assert line.startswith(f":irc.test FAIL METADATA INVALID_TARGET {target} :")
        (line,) = stranger.ask("METADATA * SYNC")
        assert line.startswith(":irc.test FAIL METADATA INVALID_TARGET * :")

    def test_there_are_only_so_many_keys(self, make_world: MakeWorld) -> None:
        stranger = make_world(settings=Settings(metadata_keys=1)).connect_irc()
        stranger.ask(f"CAP REQ :{THIRD}", "METADATA * SET a :x")
        assert stranger.ask("METADATA * SET b :x")[0].startswith(
            ":irc.test FAIL METADATA LIMIT_REACHED SET * 1 :"
        )
        assert " 761 " in stranger.ask("METADATA * SET a :y")[0]

    def test_it_takes_the_capability(self, world: World) -> None:
        assert world.connect_irc().ask("METADATA * SET a :x") == [":irc.test 451 * :You have not registered"]


def test_nobody_has_both_drafts_at_once(world: World) -> None:
    alice = world.irc("alice")
    both = "draft/metadata-2 draft/metadata-3"
    assert alice.ask(f"CAP REQ :batch {both}") == [f":irc.test CAP alice NAK :batch {both}"]
    assert alice.ask("CAP REQ :draft/metadata-2") == [":irc.test CAP alice ACK :draft/metadata-2"]
    assert alice.ask("CAP REQ :draft/metadata-3") == [":irc.test CAP alice NAK :draft/metadata-3"]
    swap = "-draft/metadata-2 draft/metadata-3"
    assert alice.ask(f"CAP REQ :{swap}") == [f":irc.test CAP alice ACK :{swap}"]


def test_the_limits_are_in_the_capabilities(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(metadata_keys=7, metadata_value_length=80),
        irc=IRCSettings(metadata_subscriptions=9),
    )
    offered = " ".join(world.connect_irc().ask("CAP LS 302"))
    value = "before-connect,max-subs=9,max-keys=7,max-value-bytes=80"
    assert f"draft/metadata-2={value} " in offered
    assert f"draft/metadata-3={value},max-key-bytes=64" in offered


def test_a_long_sync_is_sent_as_fast_as_it_is_read() -> None:
    # On a log that answers at once: with a late one, nothing would ever be settled while the client is waited for.
    world = World()
    for number in range(120):
        client = world.irc(f"n{number}", caps=THIRD)
        client.ask("JOIN #x", f"METADATA * SET url :{number}")
    alice = world.irc("alice", caps=THIRD)
    alice.ask("METADATA * SUB url", "JOIN #x")
    alice.read()
    alice.transport.reading = False
    alice.send("METADATA #x SYNC")
    waiting = alice.transport.waiting.count(b" 761 ")
    assert 0 < waiting < 120
    alice.transport.read_on()
    world.pass_time(2)
    assert sum(" 761 " in line for line in alice.read()) == 120
