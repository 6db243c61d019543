"""Asking others about passwords: which of them, in which order, and what comes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IAnonymous, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from zope.interface import implementer

from chatdaemon.accounts import checkers as module
from chatdaemon.accounts.checkers import Checkers, CheckerSettings, Options, made
from chatdaemon.accounts.login import Why
from chatdaemon.accounts.oauth import OAuthSettings
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.accounts.vouchers import Unusable, vouchers
from chatdaemon.realm.accounts import Credentials, Standing
from tests.accounts.scene import HERE, PLAIN, Scene


@implementer(ICredentialsChecker)
class Knows:
    """A checker that gives one answer to everybody, and remembers whom it was asked about."""

    credentialInterfaces = (IUsernamePassword,)  # noqa: N815 - the interface's name

    def __init__(self, answer: Callable[[], Deferred[Any]]) -> None:
        self.answer = answer
        self.asked: list[tuple[bytes, bytes]] = []

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        self.asked.append((credentials.username, credentials.password))
        return self.answer()


def yes(name: object) -> Knows:
    return Knows(lambda: succeed(name))


def no() -> Knows:
    return Knows(lambda: fail(UnauthorizedLogin()))


def broken() -> Knows:
    return Knows(lambda: fail(ConnectionRefusedError("my secret is not in here")))


def asking(scene: Scene, *knowing: Knows, **settings: Any) -> None:
    """Have these asked, in this order."""
    scene.authentication.checkers = Checkers(
        scene.clock, [(CheckerSettings(f"c{at}", "x", **settings), each) for at, each in enumerate(knowing)]
    )


def log_in(scene: Scene, name: str = "dora", password: str = "secret") -> Deferred[str]:
    return scene.authentication.log_in(name, password, HERE)


# What comes of it.


@pytest.mark.parametrize("avatar", ["Dora", b"Dora"])
def test_whom_a_checker_knows_gets_an_account(scene: Scene, avatar: object) -> None:
    knows = yes(avatar)
    asking(scene, knows)
    assert scene.result(log_in(scene)) == "Dora"
    account = scene.realm.accounts["dora"]
    assert (account.credentials, account.standing) == (Credentials(), Standing.ACTIVE)
    assert knows.asked == [(b"dora", b"secret")]
    assert scene.result(log_in(scene)) == "Dora"
    assert scene.realm.accounts["dora"] == account


def test_an_account_that_is_there_is_used(scene: Scene) -> None:
    asking(scene, yes("ALI"), autocreate=False)
    assert scene.result(log_in(scene)) == "Alice"


def test_nobody_gets_an_account_who_is_not_to_have_one(scene: Scene) -> None:
    asking(scene, yes("Dora"), autocreate=False)
    assert scene.why(log_in(scene)) is Why.WRONG
    assert "dora" not in scene.realm.accounts


def test_a_suspended_account_stays_so_whoever_vouches_for_it(scene: Scene) -> None:
    scene.keep("dora", standing=Standing.SUSPENDED)
    asking(scene, yes("dora"))
    assert scene.why(log_in(scene)) is Why.SUSPENDED


def test_a_name_that_nobody_can_have_here_is_said_to_be_one(scene: Scene) -> None:
    asking(scene, yes("dora@example.net"))
    assert scene.why(log_in(scene)) is Why.UNAVAILABLE


def test_a_name_that_the_realm_refuses_is_given_up_after_a_while(scene: Scene) -> None:
    asking(scene, yes("NickServ"))
    answer = log_in(scene)
    assert not answer.called
    scene.clock.advance(10)
    assert scene.why(answer) is Why.UNAVAILABLE
    assert scene.authentication._making == {}


def test_two_logins_at_once_make_one_account(scene: Scene) -> None:
    later: list[Any] = []
    submit = scene.node.submit
    scene.node.submit = lambda *request: later.append(request)  # type: ignore[method-assign]  # a late log
    asking(scene, yes("dora"))
    first, second = log_in(scene), log_in(scene)
    assert not first.called
    for request in later:
        submit(*request)
    assert (scene.result(first), scene.result(second)) == ("dora", "dora")
    assert scene.clock.getDelayedCalls() == []


def test_the_first_who_knows_decides(scene: Scene) -> None:
    first, second, third = no(), yes("second"), yes("third")
    asking(scene, first, second, third)
    assert scene.result(log_in(scene)) == "second"
    assert (len(first.asked), len(third.asked)) == (1, 0)


def test_our_own_password_is_enough(scene: Scene) -> None:
    knows = no()
    asking(scene, knows)
    scene.keep("dora", Credentials("hash of secret"))
    assert scene.result(log_in(scene)) == "dora"
    assert knows.asked == []


def test_without_passwords_of_our_own_only_they_are_asked(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(passwords=False))
    scene.keep("dora", Credentials("hash of secret"))
    asking(scene, no())
    assert scene.why(log_in(scene)) is Why.WRONG
    assert scene.authentication.mechanisms(HERE) == ("PLAIN",)
    assert scene.authentication.mechanisms(PLAIN) == ()


def test_when_nobody_knows_it_is_wrong_and_counts(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(login_burst=1))
    asking(scene, no(), no())
    assert scene.why(log_in(scene)) is Why.WRONG
    assert not log_in(scene).called


def test_one_that_does_not_work_is_not_taken_for_a_no(scene: Scene, logged: list[str]) -> None:
    asking(scene, broken(), no())
    assert scene.why(log_in(scene)) is Why.UNAVAILABLE
    assert logged == ["[checker c0] does not work: ConnectionRefusedError: my secret is not in here"]
    asking(scene, broken(), yes("dora"))
    assert scene.result(log_in(scene)) == "dora"


def test_the_log_is_not_flooded_by_one_that_does_not_work(scene: Scene, logged: list[str]) -> None:
    scene.authentication.configure(AuthenticationSettings(login_interval=None))
    asking(scene, broken())
    for _ in range(50):
        assert scene.why(log_in(scene)) is Why.UNAVAILABLE
    assert len(logged) == 3


@pytest.mark.parametrize("avatar", [(), None, "", b"\xff", b"", 7])
def test_an_avatar_that_is_no_name_logs_nobody_in(scene: Scene, avatar: object) -> None:
    asking(scene, yes(avatar))
    assert scene.why(log_in(scene)) is Why.UNAVAILABLE


def test_one_that_raises_does_not_work_either(scene: Scene) -> None:
    def fall() -> Deferred[Any]:
        raise RuntimeError("a bug")

    asking(scene, Knows(fall))
    assert scene.why(log_in(scene)) is Why.UNAVAILABLE


def test_one_that_does_not_answer_is_not_waited_for_long(scene: Scene) -> None:
    asking(scene, Knows(Deferred), timeout=3.0)
    answer = log_in(scene)
    scene.clock.advance(3)
    assert scene.why(answer) is Why.UNAVAILABLE


@pytest.mark.parametrize("makes", [CancelledError, ConnectionAbortedError])
def test_who_leaves_meanwhile_ends_the_asking(
    scene: Scene, makes: type[Exception], logged: list[str]
) -> None:
    asked: Deferred[Any] = Deferred(lambda asked: asked.errback(makes()))
    asking(scene, Knows(lambda: asked), yes("dora"))
    answer = log_in(scene)
    answer.cancel()
    with pytest.raises(CancelledError):
        scene.result(answer)
    assert asked.called
    assert scene.clock.getDelayedCalls() == []
    assert "dora" not in scene.realm.accounts
    assert logged == []


# How they are made.


@implementer(ICredentialsChecker)
class Another:
    credentialInterfaces = (IAnonymous,)  # noqa: N815 - the interface's name

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        return succeed(())


class Points:
    """Entry points, as importlib.metadata gives them."""

    def __init__(self, **factories: object) -> None:
        self.factories = factories
        self.names = set(factories)

    def __getitem__(self, name: str) -> Points:
        return Points(it=self.factories[name])

    def load(self) -> object:
        factory = self.factories["it"]
        if isinstance(factory, Exception):
            raise factory
        return factory


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> dict[str, Mapping[str, str]]:
    """What the factory of the type "good" was given."""
    given: dict[str, Mapping[str, str]] = {}

    def good(options: Mapping[str, str]) -> Knows:
        given["options"] = options
        return yes("x")

    found = Points(
        good=good, none=lambda _: object(), other=lambda _: Another(), gone=ImportError("no module x")
    )
    monkeypatch.setattr(
        module, "entry_points", lambda group: found if group == "chatdaemon.checkers" else None
    )
    return given


def test_a_checker_is_found_by_entry_point_and_given_its_options(
    points: dict[str, Mapping[str, str]],
) -> None:
    assert isinstance(made(CheckerSettings("x", "good", (("a", "b"),))), Knows)
    assert points["options"] == {"a": "b"}


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("unknown", "gone, good, none, other"), ("gone", "no module x"), ("none", "is no ICredentialsChecker"),
        ("other", "is no ICredentialsChecker"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_to_the_operator(kind: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        made(CheckerSettings("x", kind))


def test_the_checkers_that_we_bring_are_installed() -> None:
    for kind in ("script", "ldap"):
        with pytest.raises(ValueError, match="missing"):
            made(CheckerSettings("x", kind))


@pytest.mark.usefixtures("points")
def test_all_that_is_of_no_use_is_said_at_once_and_what_is_the_same_is_kept(scene: Scene) -> None:
    def use(*settings: CheckerSettings, key: str = "", before: Any = None) -> Any:
        return vouchers(scene.clock, scene.clock.seconds, settings, OAuthSettings(key=key), None, before)

    with pytest.raises(Unusable) as refused:
        use(CheckerSettings("a", "unknown"), CheckerSettings("b", "none"), key="short")
    assert [line.split("]")[0] for line in str(refused.value).splitlines()] == [
        "[checker a",
        "[checker b",
        "[oauth",
    ]
    first = use(CheckerSettings("a", "good"), key="s" * 32)
    second = use(CheckerSettings("a", "good"), CheckerSettings("b", "good"), key="s" * 32, before=first)
    assert second.checkers.ready[0][1] is first.checkers.ready[0][1]
    assert second.tokens is first.tokens
    third = use(before=second)
    assert (bool(third.checkers), third.tokens, third.relay) == (False, None, None)


# Options.


def test_options_are_read_once_and_what_is_left_over_is_a_mistake() -> None:
    options = Options({"a": "text", "b": "2.5", "c": "No", "d": ""})
    assert (options.text("a"), options.number("b", 1.0), options.flag("c", True)) == ("text", 2.5, False)
    assert (options.text("x", "else"), options.number("y", 7.0), options.flag("z", True)) == (
        "else",
        7.0,
        True,
    )
    with pytest.raises(ValueError, match='no option "d"'):
        options.end()
    Options({}).end()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda options: options.text("none"), "missing"), (lambda options: options.text("empty"), "missing"),
        (lambda options: options.number("word", 1.0), "number"), (lambda options: options.number("zero", 1.0), "number"),
        (lambda options: options.flag("word", True), "neither yes nor no"),
    ],
)  # fmt: skip
def test_options_that_are_wrong_are_named(ask: Callable[[Options], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ask(Options({"word": "maybe", "zero": "0", "empty": ""}))
