"""Whatever happens, and wherever a connection is cut: what a client is told before and after is what another
client of the same user is told all the while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatdaemon.history.record import Point
from chatdaemon.missed import RecentEvents
from chatdaemon.realm.events import KeyForgotten, Stamp
from tests.world import Client, JSONClient, World

CHANNELS = ("#a", "#b")


class Stage:
    """alice has three clients: one that is cut now and then, its twin that is not, and one that does things. bob
    and carol, on IRC, do things as well."""

    def __init__(self, late: float) -> None:
        self.world = world = World(late=late)
        world.account("alice")
        self.twin, self.mover = self.client(), self.client()
        self.cut = self.client(resume=True)
        self.token = self.token_of(self.cut)
        self.bob, self.carol = world.irc("bob"), world.irc("carol")
        self.told: list[dict[str, Any]] = []
        self.twin.hear()
        self.cut.hear()

    def client(self, **more: Any) -> JSONClient:
        client = self.world.connect_json()
        client.ok(op="login", account="alice", password="sesame")
        client.say(op="hello", nick="alice", **more)
        return client

    @staticmethod
    def token_of(client: JSONClient) -> str:
        (ok,) = [found["ok"] for found in client.hear() if "ok" in found]
        return str(ok["resume"])

    def reads(self) -> None:
        """The client that is cut later has got what came so far."""
        self.told += events(self.cut)

    def is_cut(self) -> None:
        """And what comes now it has not."""
        self.cut.vanish()

    def comes_back(self) -> None:
        self.cut.hear()
        resume: dict[str, Any] = {"token": self.token}
        if self.told:
            resume["after"] = self.told[-1]["msgid"]
        self.cut = self.client(resume=resume)
        self.world.settle()
        answer, *found = self.cut.hear()
        assert answer["ok"]["resumed"], answer
        self.told += [comparable(each) for each in found]

    def happens(self, what: int, where: int) -> None:
        """One of the things that happen."""
        channel, other = CHANNELS[where % 2], CHANNELS[(where + 1) % 2]
        mover, irc = self.mover, (self.bob, self.carol)[where // 2 % 2]
        acts: tuple[Callable[[], object], ...] = (
            lambda: mover.say(op="join", channel=channel),
            lambda: mover.say(op="join", channel=channel),
            lambda: mover.say(op="part", channel=channel),
            lambda: mover.say(op="send", target=channel, text="from alice"),
            lambda: mover.say(op="send", target="bob", text="to bob"),
            lambda: mover.say(op="send", target="alice", text="to myself"),
            lambda: mover.say(op="send", target=channel, text="a\nb"),
            lambda: mover.say(op="away", text="lunch"),
            lambda: mover.say(op="topic", channel=channel, text="tea"),
            lambda: irc.send(f"JOIN {channel}"),
            lambda: irc.send(f"PART {channel}"),
            lambda: irc.send(f"PRIVMSG {channel} :hi"),
            lambda: irc.send(f"PRIVMSG {channel} :hi", f"PRIVMSG {other} :ho", "PRIVMSG alice :psst"),
            lambda: irc.send(f"NOTICE @{channel} :ops"),
            lambda: irc.send(f"KICK {channel} alice"),
            lambda: irc.send(f"INVITE alice {channel}"),
            lambda: irc.send(f"MODE {channel} +v alice"),
            lambda: irc.send(f"TOPIC {channel} :coffee"),
            lambda: irc.send("NICK somebody"),
            lambda: irc.send("AWAY :out"),
            lambda: self.comes_and_goes(channel),
        )
        acts[what % 21]()

    def comes_and_goes(self, channel: str) -> None:
        dave: Client = self.world.irc("dave")
        dave.send(f"JOIN {channel}", f"PRIVMSG {channel} :hello", "QUIT :bye")


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """What a join tells of a channel is how it is when that is told."""
    return (
        {name: value for name, value in found.items() if name not in ("members", "topic")}
        if (found.get("event") == "join")
        else found
    )


def events(client: JSONClient) -> list[dict[str, Any]]:
    return [comparable(found) for found in client.hear() if "event" in found]


steps = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=12)
absences = st.lists(st.tuples(steps, steps, steps, st.booleans()), min_size=1, max_size=3)


@pytest.mark.parametrize("late", [0.0, 0.3], ids=["at once", "late"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(absences=absences, after=steps)
def test_nothing_is_missing_nothing_is_told_twice(
    late: float, absences: list[Any], after: list[tuple[int, int]]
) -> None:
    stage = Stage(late)
    for read, unread, away, noticed in absences:
        for step in read:
            stage.happens(*step)
        stage.reads()
        for step in unread:
            stage.happens(*step)
        if noticed:
            stage.is_cut()
        for step in away:
            stage.happens(*step)
        stage.comes_back()
    for step in after:
        stage.happens(*step)
    stage.reads()
    assert stage.told == events(stage.twin)


def recent(most: int, *points: Point) -> RecentEvents:
    found = RecentEvents(most)
    for point in points:
        found.events.append((Stamp(0, point.msgid), KeyForgotten((), 1, "k"), None))
    return found


def ids(found: RecentEvents) -> list[str]:
    return [stamp.msgid for stamp, _, _ in found.events]


def test_what_was_taken_back_is_forgotten_and_nothing_else() -> None:
    points = (Point(1, 0), Point(1, 1), Point(3, 0))
    found = recent(5, *points)
    for other in ("", "x", Point(2, 0).msgid, Point(4, 0).msgid):
        found.forget(other)
    assert len(found.events) == 3
    found.forget(Point(1, 1).msgid)
    assert ids(found) == [Point(1, 0).msgid, Point(3, 0).msgid]
    assert found.reach_back_to(Point(0, 0))


def test_that_something_was_forgotten_hides_nothing_of_what_had_no_room() -> None:
    found = recent(3, Point(1, 0), Point(2, 0), Point(3, 0), Point(4, 0))
    found.forget(Point(3, 0).msgid)
    assert not found.reach_back_to(Point(1, 0))
    assert found.reach_back_to(Point(2, 0))
