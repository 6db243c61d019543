"""When those leave who stay without clients: after a time, and at the start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.deadlines import Deadlines
from chatdaemon.expiry import PresenceExpiry
from chatdaemon.realm.accounts import Account, UserRecord
from chatdaemon.realm.presence import ALONE
from chatdaemon.realm.records import Kept, load
from chatdaemon.realm.requests import Configure
from chatdaemon.realm.settings import Custom
from tests.accounts.scene import Scene


class Presence(Scene):
    """Users who were always on when the server ended, as time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines = Deadlines(self.clock)
        self.deadlines.start()
        self.presence = PresenceExpiry(self.node, self.deadlines)
        self.began = int(self.clock.seconds() * 1000)

    def configure(self, seconds: int) -> None:
        settings = replace(self.realm.settings, always_on=Custom.ALWAYS, always_on_expiry=seconds * 1000)
        self.node.submit(None, Configure(settings))

    def left_behind(self, **left: int) -> None:
        """Those of these names were here, and had no client since so many seconds after the start (0: had
        one)."""
        accounts, users = [], []
        for id, (name, seconds) in enumerate(left.items(), start=1):
            left_at = self.began + seconds * 1000 if seconds else 0
            accounts.append(Account(id, name, 1))
            users.append(
                UserRecord(id + 100, id, name, "u", "R", "host", "host", "10.0.0.1", 1, left_at=left_at)
            )
        load(self.realm, Kept(0, tuple(accounts), users=tuple(users)))

    def there(self) -> list[str]:
        return [user.nick for user in self.realm.users.values()]

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)


@pytest.fixture
def scene() -> Presence:
    return Presence()


def test_each_goes_when_its_own_time_is_over(scene: Presence) -> None:
    scene.left_behind(newt=-5, frog=-20, toad=0)
    scene.configure(30)
    scene.presence.start()
    seen = []
    for _ in range(4):
        seen.append(scene.there())
        scene.wait(12)
    assert seen == [["newt", "frog", "toad"], ["newt", "toad"], ["newt", "toad"], []]
    assert scene.presence.due == 0


def test_without_a_time_nobody_goes(scene: Presence) -> None:
    scene.left_behind(newt=-5, toad=0)
    scene.configure(0)
    scene.presence.start()
    scene.wait(100)
    assert scene.there() == ["newt", "toad"]
    toad = scene.realm.user("toad")
    assert toad is not None
    assert toad.away == ALONE


def test_a_time_that_is_set_later_counts_at_once(scene: Presence) -> None:
    scene.left_behind(newt=-50)
    scene.configure(0)
    scene.presence.start()
    scene.wait(10)
    scene.configure(70)
    scene.wait(5)
    assert scene.there() == ["newt"]
    scene.wait(10)
    assert scene.there() == []


def test_where_nobody_stays_any_more_there_is_nobody_after_the_start(scene: Presence) -> None:
    scene.left_behind(newt=-5)
    scene.realm.settings = replace(scene.realm.settings, always_on=Custom.OFF)
    scene.presence.start()
    assert scene.there() == []


def test_a_start_with_nobody_asks_for_nothing(scene: Presence) -> None:
    index = scene.realm.index
    scene.presence.start()
    assert scene.realm.index == index
