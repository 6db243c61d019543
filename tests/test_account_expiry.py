"""When accounts that nobody confirms are let go."""

from __future__ import annotations

import pytest

from chatdaemon.deadlines import Deadlines
from chatdaemon.expiry import AccountExpiry
from chatdaemon.realm.accounts import Code, Credentials, Standing
from chatdaemon.realm.requests import RegisterAccount, RenewCode, VerifyAccount
from tests.accounts.scene import Scene


class Lapsing(Scene):
    """Accounts that lapse, as time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines = Deadlines(self.clock)
        self.deadlines.start()
        self.lapses = AccountExpiry(self.node, self.deadlines)

    def code(self, seconds: float) -> Code:
        return Code("abc", int((self.clock.seconds() + seconds) * 1000))

    def register(self, name: str, seconds: float) -> None:
        email = f"{name}@example.net"
        request = RegisterAccount(name, Credentials("hash"), email, self.code(seconds), granted=True)
        self.node.submit(None, request)

    def there(self) -> list[str]:
        return [name for name in self.realm.accounts if name != "alice"]

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)


@pytest.fixture
def scene() -> Lapsing:
    scene = Lapsing()
    scene.lapses.start()
    return scene


def test_each_goes_when_its_own_time_is_over(scene: Lapsing) -> None:
    for name, seconds in (("b20", 20), ("a10", 10), ("c30", 30)):
        scene.register(name, seconds)
    seen = []
    for _ in range(4):
        seen.append(scene.there())
        scene.wait(10)
    assert seen == [["b20", "a10", "c30"], ["b20", "c30"], ["c30"], []]
    assert scene.lapses.due == 0


def test_one_that_is_confirmed_stays(scene: Lapsing) -> None:
    scene.register("newt", 10)
    scene.node.submit(None, VerifyAccount("newt", "abc"))
    scene.wait(30)
    assert scene.there() == ["newt"]


def test_another_code_gives_another_while(scene: Lapsing) -> None:
    scene.register("newt", 10)
    scene.wait(5)
    scene.node.submit(None, RenewCode("newt", scene.code(10)))
    scene.wait(9)
    assert scene.there() == ["newt"]
    scene.wait(2)
    assert scene.there() == []


def test_what_ended_while_nobody_was_there_goes_at_the_start() -> None:
    scene = Lapsing()
    scene.keep("old", standing=Standing.UNVERIFIED, asked_email="x@example.net", code=Code("abc", 1000))
    scene.keep("dora", asked_email="x@example.net", code=Code("abc", 1000))
    scene.lapses.start()
    scene.wait(2)
    assert scene.there() == ["dora"]


def test_one_that_the_log_s_clock_does_not_let_go_yet_is_asked_for_again(scene: Lapsing) -> None:
    scene.register("newt", 10)
    submit, asked = scene.node.submit, []
    scene.node.submit = lambda *request: asked.append(request)  # type: ignore[method-assign]  # a log that lags
    scene.wait(12)
    assert len(asked) >= 2
    scene.node.submit = submit  # type: ignore[method-assign]  # it has caught up
    scene.wait(1)
    assert scene.there() == []
