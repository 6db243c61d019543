"""Connections that are lost, taken over and ended in whatever order: nothing fails, who hears what stays in
order, and nobody is left behind."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionLost
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.protocols.api.connection import APIConnection
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.requests import Kill, RevokeToken, SuspendAccount
from tests.protocols.api.acting import line
from tests.world import JSONClient, World

NAMES = ("alice", "bob")
RESUME_TIME = 60


class Stage:
    """Clients of two accounts that come, do something, are lost and come back; and somebody on IRC."""

    def __init__(self, random: Random, late: float) -> None:
        self.random = random
        self.world = world = World(
            late=late,
            api=APISettings(
                resume_time=RESUME_TIME,
                resume_sessions=random.choice((1, 2, 20)),
                resume_events=random.choice((5, 10_000)),
            ),
            limits=LineLimits(flood_rate=None, ping_interval=None, send_queue=random.choice((3000, 1 << 20))),
        )
        self.irc = world.irc("irc")
        self.irc.send("JOIN #x")
        self.clients: list[JSONClient] = []
        self.resumes: list[str] = []
        self.secrets: list[str] = []
        for name in NAMES:
            world.account(name)
            client = world.connect_json()
            client.ok(op="login", account=name, password="sesame")
            client.ok(op="hello", nick=name)
            self.secrets.append(client.ok(op="token_create", name="t")["secret"])
            self.clients.append(client)

    def step(self) -> None:
        """Something happens, and the next thing perhaps before anything has come of it."""
        random, world = self.random, self.world
        client, name = random.choice(self.clients), random.choice(NAMES)
        what = random.choice(("comes", "comes", "comes", "is lost", "is lost", "is lost", "asks", "asks", "asks",
                              "asks", "stops", "hears", "hears", "is killed", "is revoked", "is suspended", "time"))  # fmt: skip
        note(f"{what} {name}")
        if what == "comes":
            self.comes(name)
        elif what == "is lost":
            client.transport.lose(ConnectionLost())
        elif what == "asks":
            client.arrive(line(**random.choice(self.ops(name))))
        elif what == "stops":
            client.transport.reading = False
        elif what == "hears":
            self.irc.send(*[f"PRIVMSG #x :{'y' * 300}"] * random.choice((1, 20)))
        elif what == "is killed":
            world.node.submit(None, Kill(name, "spam"))
        elif what == "is revoked":
            world.node.submit(None, RevokeToken("t", name))
        elif what == "is suspended" and random.random() < 0.2:
            world.node.submit(None, SuspendAccount(name, "spam"))
        elif what == "time":
            world.pass_time(random.choice((1, RESUME_TIME // 2, RESUME_TIME + 1)))
        if random.random() < 0.7:
            world.settle()
        for each in self.clients:
            if each.transport.reading:
                self.resumes += [
                    found["ok"]["resume"] for found in each.hear() if "resume" in found.get("ok", ())
                ]

    def ops(self, name: str) -> list[dict[str, Any]]:
        return [
            {"op": "join", "channel": "#x"},
            {"op": "part", "channel": "#x"},
            {"op": "send", "target": "#x", "text": "hi", "key": str(self.random.randrange(9))},
            {"op": "history", "target": "#x"},
            {"op": "monitor", "add": ["alice", "irc"]},
            {"op": "nick", "nick": f"{name}_"},
            {"op": "kick", "channel": "#x", "nick": name},
            {"op": "account_set", "setting": "always-on", "value": "on"},
            {"op": "logout"},
            {"op": "bye"},
        ]

    def comes(self, name: str) -> None:
        """A connection whose first lines come all at once: those of a new session, or of one that was."""
        random = self.random
        client = self.world.connect_json(secure=random.random() < 0.2)
        self.clients.append(client)
        how = random.randrange(3)
        lines = [
            line(op="login", account=name, password="sesame"),
            line(op="login", token=random.choice(self.secrets)),
        ]
        resume: Any = True
        if self.resumes and random.random() < 0.7:
            resume = {"token": random.choice(self.resumes[-6:])}
            if random.random() < 0.5:
                resume["after"] = random.choice(("0" * 16, "7" + "f" * 15, "0000010000000010.3"))
        client.arrive(b"".join(lines[how : how + 1]) + line(op="hello", nick=name, resume=resume))

    def check(self) -> None:
        """Fail unless all who are in the realm are the node's, and told what they should be."""
        node, realm, parking = self.world.node, self.world.realm, self.world.api.parking
        for name in node.sessions.keys() ^ realm.sessions.keys():
            # Whose hello was refused may try again.
            session = node.sessions[name]
            assert isinstance(session, APIConnection)
            assert not session.registered
            assert not session.closing
        for name, user in realm.sessions.items():
            assert node.sessions[name] in node.sessions_of(user.id)
        for channel in realm.channels.values():
            here = [node.sessions[name] for user in channel.members for name in user.sessions]
            audience = node._audiences[channel.id]
            assert all(audience.holds(each.delivered_as, each.outbox) for each in here)
            assert sum(map(len, audience.groups.values())) == len(here)
        for place in (*parking.places.values(), *parking.parked):
            assert place.id in realm.sessions
            assert parking.places[place.token] is place

    def end(self) -> None:
        """All are lost, and nobody comes back."""
        for client in self.clients:
            client.transport.lose(ConnectionLost())
        self.world.settle()
        self.check()
        self.world.pass_time(RESUME_TIME + 2)
        self.check()
        parking = self.world.api.parking
        assert [parking.parked, parking.places, parking._of_owners, self.world.api.sessions] == [{}] * 4
        assert len(self.world.node.sessions) == 1


@pytest.mark.parametrize("late", [0.0, 0.3], ids=["at once", "late"])
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), most=st.integers(5, 60))
def test_whoever_is_lost_and_comes_back_nobody_is_left_behind(late: float, seed: int, most: int) -> None:
    with capturedLogs() as logged:
        stage = Stage(Random(seed), late)
        for _ in range(most):
            stage.step()
        stage.world.settle()
        stage.check()
        stage.end()
    assert [each for each in logged if each["log_level"] is LogLevel.critical] == []
