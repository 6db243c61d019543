from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chatdaemon.outbox import Audience, Outbox, Outlet, Renderer
from chatdaemon.realm.events import Event, ServerNoticed, Stamp

STAMP = Stamp(0, "id")


def event(text: str) -> Event:
    return ServerNoticed((), text)


class Pipe:
    """A transport whose peer reads as much as it is allowed to."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.backlog = 0
        self.stuck = False
        # How many bytes `send` takes at once: None for all of them, -1 to refuse.
        self.takes: int | None = None
        self.on_write: Callable[[], None] = lambda: None

    def write(self, data: bytes, /) -> None:
        assert data, "nothing is never written"
        self.writes.append(data)
        if self.stuck:
            self.backlog += len(data)
        self.on_write()

    def send(self, data: bytes) -> int:
        if self.takes is None:
            self.write(data)
            return -1 if self.backlog else len(data)
        if self.takes < 0:
            raise BlockingIOError
        taken = data[: self.takes]
        if taken:
            self.write(taken)
        return len(taken)

    @property
    def received(self) -> bytes:
        return b"".join(self.writes)


class Named:
    """Renders a text with a name in front; nothing for texts that it does not care for."""

    def __init__(self, name: str, blind: str = "") -> None:
        self.name = name
        self.blind = blind
        self.rendered = 0

    def render(self, stamp: Stamp, event: Event) -> bytes:
        self.rendered += 1
        assert isinstance(event, ServerNoticed)
        if self.blind and self.blind in event.text:
            return b""
        return f"{self.name}:{event.text}\n".encode()


class Scene:
    """Some connections and channels on one outlet."""

    def __init__(self, connections: int = 3, limit: int = 1000) -> None:
        self.clock = Clock()
        self.outlet = Outlet(self.clock.callLater)
        self.pipes = [Pipe() for _ in range(connections)]
        self.overflowed: list[int] = []
        self.outboxes = [
            Outbox(pipe, self.outlet, limit, partial(self.overflowed.append, number))
            for number, pipe in enumerate(self.pipes)
        ]
        self.plain = Named("plain")
        self.tagged = Named("tagged", blind="secret")

    def audience(self, *members: tuple[int, Renderer]) -> Audience:
        audience = Audience(self.outlet)
        for number, renderer in members:
            audience.add(renderer, self.outboxes[number])
        return audience

    def turn(self) -> None:
        self.clock.advance(0)


def test_what_is_written_in_one_turn_leaves_in_one_piece_at_its_end() -> None:
    scene = Scene()
    scene.outboxes[0].write(b"a\n")
    scene.outboxes[0].write(b"b\n")
    scene.outboxes[1].write(b"c\n")
    assert [pipe.writes for pipe in scene.pipes] == [[], [], []]
    assert len(scene.clock.getDelayedCalls()) == 1
    scene.turn()
    assert [pipe.writes for pipe in scene.pipes] == [[b"a\nb\n"], [b"c\n"], []]
    scene.outboxes[0].write(b"d\n")
    scene.turn()
    assert scene.pipes[0].writes == [b"a\nb\n", b"d\n"]


def test_a_run_goes_straight_to_the_sockets_rendered_once_for_each_form() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain), (1, scene.plain), (2, scene.tagged))
    scene.outlet.multicast(audience, STAMP, event("one"))
    scene.outlet.multicast(audience, STAMP, event("two"))
    assert all(not outbox.lines for outbox in scene.outboxes)
    scene.turn()
    assert scene.pipes[0].writes == scene.pipes[1].writes == [b"plain:one\nplain:two\n"]
    assert scene.pipes[2].writes == [b"tagged:one\ntagged:two\n"]
    assert (scene.plain.rendered, scene.tagged.rendered) == (2, 2)


def test_somebody_left_out_of_part_of_a_run_gets_the_rest_of_it() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain), (1, scene.plain), (2, scene.tagged))
    members = [(scene.plain, scene.outboxes[0]), (scene.tagged, scene.outboxes[2])]
    scene.outlet.multicast(audience, STAMP, event("1"), (members[0],))
    scene.outlet.multicast(audience, STAMP, event("2"), (members[1],))
    scene.outlet.multicast(audience, STAMP, event("3"), (members[0],))
    scene.turn()
    assert [pipe.received for pipe in scene.pipes] == [
        b"plain:2\n",
        b"plain:1\nplain:2\nplain:3\n",
        b"tagged:1\ntagged:3\n",
    ]


def test_somebody_left_out_of_all_of_a_run_is_not_written_to() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain), (1, scene.plain))
    for _ in range(2):
        scene.outlet.multicast(audience, STAMP, event("x"), ((scene.plain, scene.outboxes[0]),))
    scene.turn()
    assert scene.pipes[0].writes == []
    assert scene.pipes[1].writes == [b"plain:x\nplain:x\n"]


def test_leaving_out_somebody_who_is_not_there_changes_nothing() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain))
    outsiders = ((scene.tagged, scene.outboxes[1]), (scene.plain, scene.outboxes[2]))
    scene.outlet.multicast(audience, STAMP, event("x"), outsiders)
    scene.turn()
    assert [pipe.received for pipe in scene.pipes] == [b"plain:x\n", b"", b""]


def test_what_a_socket_did_not_take_at_once_is_written_behind_it() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain), (1, scene.plain), (2, scene.plain))
    scene.pipes[0].takes = 3
    scene.pipes[1].takes = -1
    scene.outlet.multicast(audience, STAMP, event("hi"))
    scene.turn()
    assert scene.pipes[0].writes == [b"pla", b"in:hi\n"]
    assert scene.pipes[1].writes == [b"plain:hi\n"]
    assert scene.pipes[2].writes == [b"plain:hi\n"]


def test_what_a_form_does_not_show_is_no_write() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain), (2, scene.tagged))
    scene.outlet.multicast(audience, STAMP, event("secret"))
    scene.turn()
    assert scene.pipes[0].writes == [b"plain:secret\n"]
    assert scene.pipes[2].writes == []
    scene.outlet.multicast(audience, STAMP, event("secret"), ((scene.tagged, scene.outboxes[2]),))
    scene.outlet.multicast(audience, STAMP, event("secret"))
    scene.outboxes[1].write(b"spill\n")
    scene.turn()
    assert scene.pipes[2].writes == []


def test_an_empty_audience_is_told_nothing() -> None:
    scene = Scene()
    scene.outlet.multicast(scene.audience(), STAMP, event("x"))
    scene.turn()
    assert all(not pipe.writes for pipe in scene.pipes)


def test_a_flush_by_hand_sends_everything_so_far_and_in_order() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain), (1, scene.plain))
    scene.outboxes[0].write(b"a\n")
    scene.outlet.multicast(audience, STAMP, event("x"))
    scene.outboxes[0].flush()
    assert scene.pipes[0].writes == [b"a\nplain:x\n"]
    assert scene.pipes[1].writes == []
    scene.outboxes[0].flush()
    scene.outboxes[0].write(b"b\n")
    scene.turn()
    assert scene.pipes[0].writes == [b"a\nplain:x\n", b"b\n"]
    assert scene.pipes[1].writes == [b"plain:x\n"]


def test_members_are_found_by_form_and_connection() -> None:
    scene = Scene()
    audience = scene.audience((0, scene.plain))
    assert audience.holds(scene.plain, scene.outboxes[0])
    assert not audience.holds(scene.tagged, scene.outboxes[0])
    assert not audience.holds(scene.plain, scene.outboxes[1])
    audience.remove(scene.plain, scene.outboxes[0])
    assert not audience.groups
    with pytest.raises(KeyError):
        audience.remove(scene.plain, scene.outboxes[0])


# The send-queue limit


def test_who_does_not_read_is_reported_once_the_limit_is_passed_after_all_was_delivered() -> None:
    scene = Scene(limit=20)
    scene.pipes[0].stuck = True
    audience = scene.audience(*((n, scene.plain) for n in range(3)))
    delivered: list[int] = []
    for number, pipe in enumerate(scene.pipes):
        pipe.on_write = partial(delivered.append, number)
    scene.outlet.multicast(audience, STAMP, event("123456"))
    scene.turn()
    assert scene.overflowed == []
    scene.outlet.multicast(audience, STAMP, event("123456"))
    scene.turn()
    assert scene.overflowed == [0]
    assert delivered == [0, 1, 2, 0, 1, 2]


def test_the_limit_holds_for_what_was_queued_as_well() -> None:
    scene = Scene(limit=20)
    scene.pipes[1].stuck = True
    scene.outboxes[0].write(b"x" * 100)
    scene.outboxes[1].write(b"x" * 21)
    scene.turn()
    assert scene.overflowed == [1]


def test_exactly_the_limit_is_no_overflow() -> None:
    scene = Scene(limit=20)
    scene.pipes[0].stuck = True
    scene.outboxes[0].write(b"x" * 20)
    scene.turn()
    assert scene.overflowed == []
    scene.outboxes[0].limit = 19
    scene.outboxes[0].write(b"x")
    scene.turn()
    assert scene.overflowed == [0]


# Against a naive implementation


class Naive:
    """What each connection must get: every write as it comes."""

    def __init__(self, scene: Scene) -> None:
        self.expected = [b""] * len(scene.pipes)
        self.members: list[dict[int, Renderer]] = [{}, {}]

    def multicast(self, channel: int, text: str, without: set[int]) -> None:
        for number, renderer in self.members[channel].items():
            if number not in without:
                self.expected[number] += renderer.render(STAMP, event(text))


CONNECTION = st.integers(0, 3)
CHANNEL = st.integers(0, 1)
STEP = st.one_of(
    st.tuples(st.just("join"), CHANNEL, CONNECTION, st.booleans()),
    st.tuples(st.just("leave"), CHANNEL, CONNECTION),
    st.tuples(st.just("change"), CONNECTION),
    st.tuples(st.just("say"), CHANNEL, st.sets(CONNECTION), st.booleans()),
    st.tuples(st.just("say"), CHANNEL, st.just(set()), st.booleans()),
    st.tuples(st.just("write"), CONNECTION),
    st.tuples(st.just("flush"), CONNECTION),
    st.tuples(st.just("take"), CONNECTION, st.sampled_from([None, -1, 0, 3])),
    st.tuples(st.just("turn")),
)


@settings(max_examples=400)
@given(st.lists(STEP, max_size=40))
def test_every_connection_gets_the_same_bytes_as_if_each_line_were_written_at_once(
    steps: list[tuple[object, ...]],
) -> None:
    scene = Scene(connections=4)
    naive = Naive(scene)
    forms: tuple[Renderer, Renderer] = (scene.plain, scene.tagged)
    audiences = [Audience(scene.outlet), Audience(scene.outlet)]
    for count, (what, *rest) in enumerate(steps):
        match what, rest:
            case "join", [int(channel), int(number), bool(plain)]:
                if number not in naive.members[channel]:
                    naive.members[channel][number] = forms[plain]
                    audiences[channel].add(forms[plain], scene.outboxes[number])
            case "leave", [int(channel), int(number)]:
                renderer = naive.members[channel].pop(number, None)
                if renderer is not None:
                    audiences[channel].remove(renderer, scene.outboxes[number])
            case "change", [int(number)]:
                for channel, members in enumerate(naive.members):
                    if number in members:
                        before = members[number]
                        after = forms[before is forms[0]]
                        members[number] = after
                        audiences[channel].remove(before, scene.outboxes[number])
                        audiences[channel].add(after, scene.outboxes[number])
            case "say", [int(channel), set(without), bool(secret)]:
                text = f"{'secret' if secret else 'text'} {count}"
                left_out = tuple(
                    (renderer, scene.outboxes[number])
                    for number, renderer in naive.members[channel].items()
                    if number in without
                )
                scene.outlet.multicast(audiences[channel], STAMP, event(text), left_out)
                naive.multicast(channel, text, without)
            case "write", [int(number)]:
                data = f"write {count}\n".encode()
                scene.outboxes[number].write(data)
                naive.expected[number] += data
            case "flush", [int(number)]:
                scene.outboxes[number].flush()
                assert scene.pipes[number].received == naive.expected[number]
            case "take", [int(number), takes]:
                assert takes is None or isinstance(takes, int)
                scene.pipes[number].takes = takes
            case _:
                scene.turn()
                assert [pipe.received for pipe in scene.pipes] == naive.expected
    scene.turn()
    assert [pipe.received for pipe in scene.pipes] == naive.expected
    assert scene.outlet.run is None
    assert not scene.outlet.dirty
    assert not scene.clock.getDelayedCalls()
