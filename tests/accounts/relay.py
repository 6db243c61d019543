"""A relay: Twisted's own SMTP server on loopback, which keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.mail import smtp
from twisted.mail.imap4 import PLAINCredentials
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer


@implementer(smtp.IMessage)
class Message:
    """One mail on its way in."""

    def __init__(self, relay: Relay, sender: str, receiver: str) -> None:
        self.relay = relay
        self.sender = sender
        self.receiver = receiver
        self.lines: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:
        self.lines.append(line)

    def eomReceived(self) -> Deferred[None]:
        self.relay.take(self)
        return succeed(None)

    def connectionLost(self) -> None:
        self.lines.clear()


@implementer(smtp.IMessageDelivery)
class Delivery:
    """Takes mail for everybody but whom the relay refuses."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.sender = ""

    def receivedHeader(self, helo: Any, origin: Any, recipients: Any) -> bytes:
        return b""

    def validateFrom(self, helo: Any, origin: Any) -> Any:
        self.sender = str(origin)
        return origin

    def validateTo(self, user: Any) -> Callable[[], Message]:
        self.relay.tried += 1
        if self.relay.refusals:
            code, text = self.relay.refusals.pop(0)
            raise smtp.SMTPServerError(code, text)
        return lambda: Message(self.relay, self.sender, str(user.dest))


@implementer(IRealm)
class Everybody:
    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery

    def requestAvatar(self, avatar: object, mind: object, *interfaces: object) -> Any:
        return smtp.IMessageDelivery, self.delivery, lambda: None


class Relay:
    """The relay, and the mails that it has taken. `refusals` are the answers to the next receivers."""

    def __init__(self, security: str, certificate: Path, *, password: bytes | None = None) -> None:
        self.security = security
        self.certificate = certificate
        self.password = password
        self.taken: list[Message] = []
        self.refusals: list[tuple[int, str]] = []
        self.tried = 0
        self._waiting: list[tuple[int, Deferred[None]]] = []
        self._port: Any = None

    async def start(self) -> int:
        """Listen; the port's number."""
        tls = DefaultOpenSSLContextFactory(str(self.certificate), str(self.certificate))
        relay = self

        class Server(Factory):
            def buildProtocol(self, addr: object) -> Any:
                protocol: Any = smtp.ESMTP(contextFactory=tls if relay.security == "starttls" else None)
                delivery = Delivery(relay)
                if relay.password is None:
                    protocol.delivery = delivery
                else:
                    known = InMemoryUsernamePasswordDatabaseDontUse(chat=relay.password)
                    protocol.portal = Portal(Everybody(delivery), [known])
                    protocol.challengers = {b"PLAIN": PLAINCredentials}
                protocol.factory = self
                return protocol

        factory: Any = Server()
        if self.security == "tls":
            factory = TLSMemoryBIOFactory(tls, False, factory)
        self._port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        number: int = self._port.getHost().port
        return number

    def stop(self) -> Any:
        return self._port.stopListening()

    def take(self, message: Message) -> None:
        self.taken.append(message)
        for entry in tuple(self._waiting):
            count, waiting = entry
            if len(self.taken) >= count:
                self._waiting.remove(entry)
                waiting.callback(None)

    def until(self, count: int) -> Deferred[None]:
        """Fires when so many mails have been taken."""
        waiting: Deferred[None] = Deferred()
        if len(self.taken) >= count:
            waiting.callback(None)
        else:
            self._waiting.append((count, waiting))
        return waiting
