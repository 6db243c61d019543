"""Who else may say that a name and a password belong together: checkers of twisted.cred, by entry point.

An entry point of the group `chatdaemon.checkers` is a function that takes the options of its section
`[checker NAME]`, a mapping of text to text, and returns an ICredentialsChecker for IUsernamePassword; it
raises ValueError with a text for the operator when they are not what it needs. The avatar is the name of the
account, as bytes or str. The checker fails with UnauthorizedLogin when name and password do not belong
together, and with anything else when it was not able to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Final, NamedTuple

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword, UsernamePassword
from twisted.cred.error import LoginFailed as Unauthorized
from twisted.internet.defer import CancelledError, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.accounts.throttle import Buckets
from chatdaemon.accounts.waiting import in_time

_log = Logger(namespace="chatdaemon.accounts")

GROUP: Final = "chatdaemon.checkers"
# Of the failures of one checker, so many are logged at once, and then one in so much time, seconds.
_LOG_BURST: Final = 3
_LOG_INTERVAL: Final = 60.0


@dataclass(frozen=True, slots=True)
class CheckerSettings:
    """One section `[checker NAME]`. `timeout` is in seconds; `autocreate`: whom it knows gets an account."""

    name: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    autocreate: bool = True
    timeout: float = 10.0


class Vouched(NamedTuple):
    """Somebody is the owner of the account `name`, which is to be made (`autocreate`) if it is not there."""

    name: str
    autocreate: bool


class Checkers:
    """The checkers that are configured, in their order."""

    def __init__(self, clock: IReactorTime, checkers: Sequence[tuple[CheckerSettings, Any]] = ()) -> None:
        """:param checkers: with the ICredentialsChecker that `made` returned for each."""
        self._clock = clock
        self._checkers = tuple(checkers)
        self._logged = Buckets(clock, _LOG_BURST, _LOG_INTERVAL)

    def __bool__(self) -> bool:
        return bool(self._checkers)

    @property
    def ready(self) -> tuple[tuple[CheckerSettings, Any], ...]:
        """The checkers, and what they were made of."""
        return self._checkers

    async def ask(self, name: str, password: str) -> Vouched | None:
        """Whom the first checker that knows this name and password vouches for; None when none does.

        Raises LoginFailed(UNAVAILABLE) when none does and one of them was not able to say.
        """
        silent = False
        credentials = UsernamePassword(
            name.encode("utf-8", "surrogateescape"), password.encode("utf-8", "surrogateescape")
        )
        for settings, checker in self._checkers:
            asked = maybeDeferred(checker.requestAvatarId, credentials)
            try:
                avatar = await in_time(asked, settings.timeout, self._clock)
                return Vouched(_account(avatar), settings.autocreate)
            except Unauthorized:
                continue
            except CancelledError:
                raise  # who asked has gone
            except Exception as error:
                silent = True
                self._say(settings.name, error)
        if silent:
            raise LoginFailed(Why.UNAVAILABLE, "Your password cannot be checked at present, try again later")
        return None

    def _say(self, name: str, error: Exception) -> None:
        """A checker that does not work is for the operator to know, without a line for each who logs in."""
        if not self._logged.wait(name):
            self._logged.take(name)
            _log.warn(
                "[checker {name}] does not work: {kind}: {error}",
                name=name,
                kind=type(error).__name__,
                error=str(error)[:300],
            )


def made(settings: CheckerSettings) -> Any:
    """The ICredentialsChecker of a section. Raises ValueError with a text for the operator."""
    found = entry_points(group=GROUP)
    if settings.type not in found.names:
        raise ValueError(f'there is no checker of the type "{settings.type}"; these are installed: '
                         f"{', '.join(sorted(found.names)) or 'none'}")  # fmt: skip
    try:
        factory: Callable[[Mapping[str, str]], Any] = found[settings.type].load()
    except ImportError as error:
        raise ValueError(f'the checker "{settings.type}" needs more to be installed: {error}') from None
    checker = factory(dict(settings.options))
    if not ICredentialsChecker.providedBy(checker) or IUsernamePassword not in checker.credentialInterfaces:
        raise ValueError(f'what "{settings.type}" made is no ICredentialsChecker for IUsernamePassword')
    return checker


class Options:
    """The options of a checker's section, each asked for once; what is left over is a mistake."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = dict(options)

    def text(self, name: str, default: str | None = None) -> str:
        """Raises ValueError when there is none and no default."""
        value = self._options.pop(name, default)
        if not value and default is None:
            raise ValueError(f'the option "{name}" is missing')
        return value or ""

    def number(self, name: str, default: float) -> float:
        text = self._options.pop(name, None)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = -1.0
        if not 0 < value < 1e6:
            raise ValueError(f'the option "{name}" is not a number above 0')
        return value

    def flag(self, name: str, default: bool) -> bool:
        text = self._options.pop(name, "yes" if default else "no").lower()
        if text not in ("yes", "no"):
            raise ValueError(f'the option "{name}" is neither yes nor no')
        return text == "yes"

    def end(self) -> None:
        """Raises ValueError when there are options that nobody asked for."""
        if self._options:
            raise ValueError(f'there is no option "{next(iter(self._options))}"')


def _account(avatar: object) -> str:
    if isinstance(avatar, bytes):
        return avatar.decode()
    if isinstance(avatar, str) and avatar:
        return avatar
    raise TypeError("its avatar is no name of an account")
