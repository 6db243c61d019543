"""METADATA SUB, UNSUB, SUBS and SYNC, and who is told of a change."""

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
from tests.protocols.irc.metadata import SECOND, THIRD, batched, set_values, told, unbatched
from tests.world import Client, World


@pytest.fixture(params=[SECOND, THIRD], ids=["metadata-2", "metadata-3"])
def caps(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


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
