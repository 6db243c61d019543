"""The mail with the code that confirms an e-mail address: made, queued and sent to a relay."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.mail.smtp import ESMTPSender, ESMTPSenderFactory, SMTPClientError
from twisted.python.failure import Failure

from chatdaemon.accounts.throttle import Buckets
from chatdaemon.accounts.trust import client_tls
from chatdaemon.accounts.waiting import in_time
from chatdaemon.realm.accounts import Code
from chatdaemon.realm.events import AccountRegistered, CodeRenewed, EmailChanged, Event, Stamp

_log = Logger(namespace="chatdaemon.mail")

TEXT: Final = (
    "Hello,",
    "",
    "somebody, most likely you, wants this address to belong to the account {account} on {network}.",
    "To confirm it, send this from your chat client, connected to {server}:",
    "",
    "    /msg NickServ VERIFY {account} {code}",
    "",
    "The code is good until {until}. If it was not you, do nothing.",
)
"""What is said when nothing else is configured."""

_PLACE: Final = re.compile(r"\{(\w+)\}")
# Mails that wait; a flood of registrations does not fill the memory, and who got none can ask again.
_MOST_WAITING: Final = 1000
# How many are sent at the same time.
_AT_ONCE: Final = 2
# How long after each failure it is tried again, seconds; after the last it is given up.
_RETRIES: Final = (15.0, 60.0, 300.0, 900.0, 3600.0)
_LOG_BURST: Final = 5
_LOG_INTERVAL: Final = 60.0


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The relay, and what is said. `security` is "tls", "starttls" or "none"; `timeout` is in seconds.

    The `text` may hold {account}, {network}, {server}, {code} and {until}.
    """

    relay: str
    port: int
    security: str
    sender: str
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    timeout: float = 30.0
    subject: str = "Your account on {network}"
    text: tuple[str, ...] = TEXT
    network: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay, and what makes sure that it is the one that is meant (None: nothing)."""

    settings: MailSettings
    tls: Any


def relay(settings: MailSettings | None) -> Relay | None:
    """Raises ValueError when the file of authorities is of no use."""
    if settings is None:
        return None
    secured = settings.security != "none"
    return Relay(settings, client_tls(settings.relay, settings.ca_file) if secured else None)


@dataclass(slots=True, eq=False)
class Letter:
    """A code on its way. `tries` have failed."""

    account: str
    email: str
    code: Code
    tries: int = 0


@dataclass(slots=True)
class _Outgoing:
    """What is under way: letters in hand, and those that are tried again later."""

    sending: dict[Letter, Deferred[None]] = field(default_factory=dict)
    later: dict[Letter, IDelayedCall] = field(default_factory=dict)


class Mailer:
    """Sends codes, and owns those that are still to be sent. They do not survive a restart."""

    def __init__(self, reactor: Any, now: Callable[[], float]) -> None:
        """`relay` is where mail goes, or None; it may be replaced. `now` is seconds since 1970."""
        self.relay: Relay | None = None
        self._reactor = reactor
        self._now = now
        self._waiting: deque[Letter] = deque()
        self._outgoing = _Outgoing()
        self._logged = Buckets(reactor, _LOG_BURST, _LOG_INTERVAL)

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Send the codes that are made in the realm: an observer of the node."""
        if (
            isinstance(event, (AccountRegistered, CodeRenewed, EmailChanged))
            and event.code is not None
            and event.email is not None
        ):
            self.send(Letter(event.account, event.email, event.code))

    def send(self, letter: Letter) -> None:
        """Have a letter sent, soon."""
        if self.relay is None:
            self._say("there is no relay in [mail]: nobody is sent a code")
        elif len(self._waiting) + len(self._outgoing.later) >= _MOST_WAITING:
            self._say("too many mails wait to be sent: some are not sent at all")
        else:
            self._waiting.append(letter)
            self._go_on()

    def stop(self) -> None:
        """Send nothing more."""
        self._waiting.clear()
        for call in self._outgoing.later.values():
            call.cancel()
        self._outgoing.later.clear()
        for sending in tuple(self._outgoing.sending.values()):
            sending.cancel()

    def _go_on(self) -> None:
        while self._waiting and self.relay is not None and len(self._outgoing.sending) < _AT_ONCE:
            letter = self._waiting.popleft()
            if letter.code.until <= self._now() * 1000:
                continue
            sending = Deferred.fromCoroutine(self._deliver(letter, self.relay))
            self._outgoing.sending[letter] = sending
            sending.addCallbacks(self._sent, self._failed, (letter,), errbackArgs=(letter,))

    async def _deliver(self, letter: Letter, relay: Relay) -> None:
        settings = relay.settings
        written = written_to(letter, settings, self._now())
        sent: Deferred[Any] = Deferred()
        factory = ESMTPSenderFactory(
            settings.username.encode(),
            settings.password.encode(),
            settings.sender,
            letter.email,
            BytesIO(written),
            sent,
            retries=0,
            timeout=settings.timeout,
            contextFactory=relay.tls,
            requireAuthentication=bool(settings.username),
            requireTransportSecurity=settings.security != "none",
        )
        factory.protocol = _Sender
        factory.domain = settings.server.encode()
        endpoint: Any = HostnameEndpoint(self._reactor, settings.relay, settings.port)
        if settings.security == "tls":
            endpoint = wrapClientTLS(relay.tls, endpoint)
        protocol = await in_time(endpoint.connect(factory), settings.timeout, self._reactor)
        try:
            await sent
        except CancelledError:
            factory.sendFinished = True
            protocol.transport.abortConnection()
            raise

    def _sent(self, _: None, letter: Letter) -> None:
        self._outgoing.sending.pop(letter, None)
        self._go_on()

    def _failed(self, failure: Failure, letter: Letter) -> None:
        self._outgoing.sending.pop(letter, None)
        if failure.check(CancelledError):
            return
        error = failure.value
        # What the error says in full has the lines of the exchange, and so the password and the code.
        code = error.code if isinstance(error, SMTPClientError) else 0
        said = error.resp.decode("utf-8", "replace") if isinstance(error, SMTPClientError) else str(error)
        final = 500 <= code < 600 or letter.tries >= len(_RETRIES)
        self._say(
            f"the code for {letter.account} could not be sent"
            f"{'' if final else ', and is tried again'}: {type(error).__name__}: {code or ''} {said[:200]}"
        )
        if not final:
            delay = _RETRIES[letter.tries]
            letter.tries += 1
            self._outgoing.later[letter] = self._reactor.callLater(delay, self._again, letter)
        self._go_on()

    def _again(self, letter: Letter) -> None:
        del self._outgoing.later[letter]
        self._waiting.append(letter)
        self._go_on()

    def _say(self, what: str) -> None:
        if not self._logged.wait(""):
            self._logged.take("")
            _log.warn("{what}", what=what)


class _Sender(ESMTPSender):
    """Fails as well when the connection is lost, which the factory hears of only from connectTCP."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        ESMTPSender.connectionLost(self, reason)
        factory: Any = self.factory
        if not factory.sendFinished:
            factory.sendFinished = True
            factory.result.errback(reason)


def written_to(letter: Letter, settings: MailSettings, now: float) -> bytes:
    """The mail as it is sent (RFC 5322). Raises ValueError for an address that is none."""
    until = datetime.fromtimestamp(letter.code.until / 1000, UTC)
    values = {
        "account": letter.account,
        "network": settings.network,
        "server": settings.server,
        "code": letter.code.text,
        "until": until.strftime("%Y-%m-%d %H:%M UTC"),
    }

    def filled(text: str) -> str:
        # In one go: an account can be called {code}.
        return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)

    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(addr_spec=settings.sender)
    mail["To"] = Address(addr_spec=letter.email)
    subject = filled(settings.subject)
    mail["Subject"] = "".join(each if each.isprintable() else " " for each in subject).strip()
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    mail["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    # RFC 3834: nobody's absence is to be answered with.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(map(filled, settings.text)) + "\n")
    return mail.as_bytes()
