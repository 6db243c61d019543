"""MARKREAD (draft/read-marker)."""

from __future__ import annotations

import pytest

from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in
from tests.world import Client, World

EARLIER = "timestamp=2025-12-24T18:30:00.123Z"
EARLIEST = "timestamp=2025-12-24T18:30:00.122Z"


@pytest.fixture
def alice(world: World) -> Client:
    return world.irc("alice", caps="draft/read-marker")


def test_it_is_told_with_every_join_before_the_names_end(alice: Client) -> None:
    assert alice.ask("JOIN #x") == [
        ":alice!alice@192.0.2.1 JOIN #x",
        ":irc.test MARKREAD #x *",
        ":irc.test 353 alice = #x :@alice",
        ":irc.test 366 alice #x :End of /NAMES list",
    ]
    alice.ask(f"MARKREAD #X {EARLIER}", "PART #x")
    assert alice.ask("JOIN #X")[1] == f":irc.test MARKREAD #X {EARLIER}"


def test_without_the_capability_joins_say_nothing_of_it(world: World) -> None:
    assert not any("MARKREAD" in line for line in world.irc("bob").ask("JOIN #x"))


def test_it_is_told_without_names_as_well(world: World) -> None:
    bob = world.irc("bob", caps="draft/read-marker no-implicit-names")
    assert bob.ask("JOIN #x") == [":bob!bob@192.0.2.1 JOIN #x", ":irc.test MARKREAD #x *"]


@pytest.mark.parametrize("caps", ["draft/read-marker", ""])
def test_it_is_set_and_asked_for(world: World, caps: str) -> None:
    client = world.irc("carol", caps=caps)
    assert client.ask("MARKREAD bob") == [":irc.test MARKREAD bob *"]
    assert client.ask(f"MARKREAD bob {EARLIER}") == [f":irc.test MARKREAD bob {EARLIER}"]
    assert client.ask(f"MARKREAD BOB {EARLIEST}") == [f":irc.test MARKREAD BOB {EARLIER}"]
    assert client.ask("MARKREAD Bob") == [f":irc.test MARKREAD Bob {EARLIER}"]


def test_what_is_there_is_called_by_its_name(world: World, alice: Client) -> None:
    world.irc("Bob").ask("JOIN #Tea")
    assert alice.ask("MARKREAD #TEA", "MARKREAD BOB") == [
        ":irc.test MARKREAD #Tea *",
        ":irc.test MARKREAD Bob *",
    ]


def test_nothing_has_been_read_that_is_still_to_come(alice: Client) -> None:
    (line,) = alice.ask("MARKREAD #x timestamp=2030-01-01T00:00:00.000Z")
    assert line.startswith(":irc.test MARKREAD #x timestamp=2026-01-01T00:0")


def test_a_label_is_on_the_answer(world: World) -> None:
    bob = world.irc("bob", caps="batch labeled-response server-time")
    (line,) = bob.ask(f"@label=1 MARKREAD #x {EARLIER}")
    assert line.startswith("@label=1;time=2026-01-01T")
    assert line.endswith(f" :irc.test MARKREAD #x {EARLIER}")


class TestAccount:
    """Several clients of one account."""

    @pytest.fixture
    def phone(self, make_world: MakeWorld) -> Client:
        world = make_world(settings=Settings(nick_is_account=False))
        self.laptop = world.irc("laptop", caps="draft/read-marker server-time")
        self.old = world.irc("old")
        self.bob = world.irc("bob", caps="draft/read-marker")
        phone = world.irc("phone", caps="draft/read-marker")
        for client in (self.laptop, self.old, phone):
            log_in(client, "alice")
        return phone

    def test_all_are_told_that_understand_it_and_nobody_else(self, phone: Client) -> None:
        self.laptop.read()
        assert phone.ask(f"MARKREAD #x {EARLIER}") == [f":irc.test MARKREAD #x {EARLIER}"]
        (line,) = self.laptop.read()
        assert line.endswith(f" :irc.test MARKREAD #x {EARLIER}")
        assert line.startswith("@time=")
        assert self.old.read() == self.bob.read() == []
        assert phone.ask(f"MARKREAD #x {EARLIEST}") == [f":irc.test MARKREAD #x {EARLIER}"]
        assert self.laptop.read() == []
        assert self.bob.ask("MARKREAD #x") == [":irc.test MARKREAD #x *"]

    def test_a_renamed_channel_has_been_read_as_far(self, phone: Client) -> None:
        phone.ask("JOIN #x", f"MARKREAD #x {EARLIER}")
        self.laptop.read()
        assert f":irc.test MARKREAD #y {EARLIER}" in phone.ask("RENAME #x #y")
        assert self.laptop.read()[-1].endswith(f" :irc.test MARKREAD #y {EARLIER}")
        assert phone.ask("MARKREAD #y", "MARKREAD #x") == [
            f":irc.test MARKREAD #y {EARLIER}",
            ":irc.test MARKREAD #x *",
        ]


def test_a_target_is_missing(alice: Client) -> None:
    fail = ":irc.test FAIL MARKREAD NEED_MORE_PARAMS :It takes a channel or a nickname"
    assert alice.ask("MARKREAD", "MARKREAD :") == [fail, fail]


@pytest.mark.parametrize("rest", ["", f" {EARLIER}"])
@pytest.mark.parametrize(
    ("target", "text"), [("a!b", "A nickname"), ("#a:b", "A channel's name"), ("1", "A nick")]
)
def test_a_target_that_can_be_nothing_is_refused(alice: Client, target: str, text: str, rest: str) -> None:
    (line,) = alice.ask(f"MARKREAD {target}{rest}")
    assert line.startswith(f":irc.test FAIL MARKREAD INVALID_PARAMS {target} :{text}")


@pytest.mark.parametrize(
    "time",
    [
        "*",
        "x",
        "timestamp=",
        "timestamp=*",
        "2026-01-01T00:00:00.000Z",
        "msgid=2026-01-01T00:00:00.000Z",
        "timestamp=2026-01-01T00:00:00Z",
        "timestamp=2026-13-01T00:00:00.000Z",
        "timestamp=1969-12-31T23:59:59.999Z",
    ],
)
def test_a_time_that_is_none_is_refused(alice: Client, time: str) -> None:
    text = "The time has to be timestamp=YYYY-MM-DDThh:mm:ss.sssZ"
    assert alice.ask(f"MARKREAD #x {time}") == [f":irc.test FAIL MARKREAD INVALID_PARAMS {time} :{text}"]


def test_who_would_not_understand_a_fail_is_sent_a_notice(world: World) -> None:
    (line,) = world.irc("bob").ask("MARKREAD")
    assert line == ":irc.test NOTICE bob :MARKREAD: It takes a channel or a nickname"
