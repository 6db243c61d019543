"""METADATA (draft/metadata-2; draft/metadata-3 as pull request 613 of the specifications has it)."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import make_operator
from tests.protocols.irc.metadata import SECOND, THIRD, batched, set_values, told, unbatched
from tests.world import Client, World


@pytest.fixture(params=[SECOND, THIRD], ids=["metadata-2", "metadata-3"])
def caps(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


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
        assert line.startswith(":irc.test 775 bob ")
        words = line.split(" ", 4)
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
