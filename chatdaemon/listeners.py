"""Where people connect: opening, changing and closing ports while the daemon runs."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.endpoints import AdoptedStreamServerEndpoint, serverFromString
from twisted.internet.error import CannotListenError, ConnectionDone
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IOpenSSLServerConnectionCreator,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatdaemon.admission import Admission
from chatdaemon.config import Listener
from chatdaemon.config.endpoint import with_backlog
from chatdaemon.source import address_text, is_among
from chatdaemon.transports.install import install
from chatdaemon.transports.ordinary import OrdinaryTransport
from chatdaemon.transports.proxied import Unidentified, address_of
from chatdaemon.transports.tlscontext import LoadedTLS
from chatdaemon.wire.proxyheader import Header

__all__ = ["CannotListen", "Listeners", "Planned"]

# Connections that the kernel keeps for us between two turns; it takes less where it is set to less.
BACKLOG = 4096
# How many refused clients may be told why at the same time; the others are just closed.
REFUSALS = 64


@dataclass(frozen=True, slots=True)
class Speech:
    """One protocol: what makes a session for a listener, and what it tells a client that is refused."""

    session: Callable[[Listener], Protocol]
    refusal: Callable[[str], bytes]


class CannotListen(Exception):
    """A listener cannot be opened; the text says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A listener that is to be there, with its TLS context built."""

    listener: Listener
    speech: Speech
    tls: LoadedTLS | None

    @property
    def endpoint(self) -> str:
        return self.listener.endpoint


class Refused(Protocol):
    """Tells a client why it is not let in, and closes."""

    def __init__(self, gate: Gate, text: bytes) -> None:
        self._gate = gate
        self._text = text

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self._text)
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        self._gate.refusals -= 1


@implementer(IOpenSSLServerConnectionCreator)
class Gate(Factory):
    """The factory of one port. It stays when a reload changes what is spoken there, or its certificates.

    `ordinary` is whether the port makes transports of its own, which cannot be replaced by ours.
    """

    noisy = False
    ordinary = False
    log = Logger(namespace="chatdaemon.listeners")

    def __init__(self, planned: Planned, admission: Admission) -> None:
        self.planned = planned
        self.refusals = 0
        self.unidentified: dict[Unidentified, None] = {}
        """Connections of load balancers that have not said yet whose they are."""
        self._admission = admission
        self._tls: TLSMemoryBIOFactory | None = None

    @property
    def context(self) -> SSL.Context:
        """For the next connection (a transports.install.ContextSource)."""
        assert self.planned.tls is not None
        return self.planned.tls.context

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        assert addr is not None
        reason = self._admission.admit(addr)
        listener = self.planned.listener
        if reason is not None:
            session = self._refuse(reason)
        elif is_among(address_text(addr), listener.proxy_protocol):
            return self._identify(addr)
        else:
            session = self.planned.speech.session(listener)
        return self._ordinary(session) if self.ordinary and session is not None else session

    def _refuse(self, reason: str) -> Protocol | None:
        if self.refusals >= REFUSALS:
            return None
        self.refusals += 1
        return Refused(self, self.planned.speech.refusal(reason))

    def _identify(self, addr: IAddress) -> Protocol:
        """A load balancer passes on a connection, which counts for its client from when that is known."""

        def build(header: Header) -> Protocol | None:
            del self.unidentified[waiting]
            client = address_of(header)
            reason = None if client is None else self._admission.move(addr, client)
            if reason is not None:
                self._admission.release(addr)
                return self._refuse(reason)
            listener = self.planned.listener
            # Where it is the load balancer that has the client's TLS, it answers for the rest of the way.
            return self.planned.speech.session(replace(listener, tls=True) if header.tls else listener)

        def lost(reason: str | None) -> None:
            del self.unidentified[waiting]
            self._admission.release(addr)
            if reason is not None:
                name = self.planned.listener.name
                self.log.warn("[listener {name}] {peer} was let go: {reason}",
                              name=name, peer=address_text(addr), reason=reason)  # fmt: skip

        waiting = Unidentified(build, lost)
        self.unidentified[waiting] = None
        return waiting

    def _ordinary(self, session: Protocol) -> Protocol:
        wrapped = OrdinaryTransport(session)
        if self.planned.tls is None:
            return wrapped
        if self._tls is None:
            self._tls = TLSMemoryBIOFactory(self, False, self)
        return TLSMemoryBIOProtocol(self._tls, wrapped)

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """A connection of OpenSSL's for a port whose transports know nothing of TLS."""
        connection = SSL.Connection(self.context, None)
        connection.set_accept_state()
        return connection


@dataclass(slots=True)
class _Open:
    port: IListeningPort
    gate: Gate


class Listeners:
    """Owns the open ports, by their endpoint strings. `use` is all or nothing."""

    def __init__(self, reactor: Any, admission: Admission) -> None:
        self._reactor = reactor
        self._admission = admission
        self._open: dict[str, _Open] = {}
        self._closing: list[Deferred[Any]] = []

    @property
    def addresses(self) -> Mapping[str, IAddress]:
        """Where each listener listens, by its name."""
        return {each.gate.planned.listener.name: each.port.getHost() for each in self._open.values()}

    def use(self, plan: Sequence[Planned]) -> None:
        """Listen there and nowhere else. Connections stay, whatever happens to their listener.

        Raises CannotListen, and then everything is as it was.
        """
        wanted = {planned.endpoint: planned for planned in plan}
        for planned in plan:
            if planned.endpoint in self._open and self._open[planned.endpoint].gate.ordinary:
                _check_ordinary(planned)
        gone = [endpoint for endpoint in self._open if endpoint not in wanted]
        fresh = [planned for planned in plan if planned.endpoint not in self._open]
        try:
            opened = self._open_all(fresh)
        except CannotListen as refusal:
            if not any(_is_in_the_way(self._open[endpoint].port, refusal) for endpoint in gone):
                raise
            opened = self._replace(gone, fresh)
        else:
            for endpoint in gone:
                self._close_later(self._open.pop(endpoint))
        for endpoint, planned in wanted.items():
            kept = self._open.get(endpoint)
            if kept is not None:
                kept.gate.planned = planned
                _prepare(kept.port, kept.gate)
        self._open.update(opened)

    def stop(self) -> Deferred[Any]:
        """Listen nowhere. Fires when every port is closed."""
        for each in self._open.values():
            self._close_later(each)
        self._open.clear()
        closing, self._closing = self._closing, []
        return DeferredList(closing, consumeErrors=True)

    def _open_all(self, plan: Sequence[Planned]) -> dict[str, _Open]:
        opened: dict[str, _Open] = {}
        try:
            for planned in plan:
                opened[planned.endpoint] = self._listen(planned)
        except CannotListen:
            for each in opened.values():
                _close_now(each.port)
            raise
        return opened

    def _replace(self, gone: Sequence[str], fresh: Sequence[Planned]) -> dict[str, _Open]:
        closed = [self._open.pop(endpoint) for endpoint in gone]
        for each in closed:
            _close_now(each.port)
        try:
            return self._open_all(fresh)
        except CannotListen:
            self._open.update(self._open_all([each.gate.planned for each in closed]))
            raise

    def _listen(self, planned: Planned) -> _Open:
        gate = Gate(planned, self._admission)
        outcome: list[IListeningPort | Failure] = []
        try:
            waiting = _endpoint(self._reactor, planned.endpoint).listen(gate)
            waiting.addBoth(outcome.append)
        except Exception as error:  # endpoints of plugins raise what they please
            raise CannotListen(_why(planned, error)) from error
        if not outcome:
            waiting.cancel()
            raise CannotListen(_why(planned, TimeoutError("it does not open at once")))
        port = outcome[0]
        if isinstance(port, Failure):
            raise CannotListen(_why(planned, port.value)) from port.value
        _prepare(port, gate)
        if gate.ordinary:
            try:
                _check_ordinary(planned)
            except CannotListen:
                _close_now(port)
                raise
        return _Open(port, gate)

    def _close_later(self, each: _Open) -> None:
        for waiting in list(each.gate.unidentified):
            waiting.drop()
        closing = each.port.stopListening()
        if isinstance(closing, Deferred):
            self._closing.append(closing)
            closing.addBoth(lambda _: self._closing.remove(closing) if closing in self._closing else None)


def _prepare(port: IListeningPort, gate: Gate) -> None:
    """Have the port make our transports, as they have to be now."""
    proxied = bool(gate.planned.listener.proxy_protocol)
    gate.ordinary = not install(port, gate if gate.planned.tls is not None else None, proxied)


def _check_ordinary(planned: Planned) -> None:
    """Raise CannotListen for what a port cannot do that makes transports of its own."""
    if planned.listener.proxy_protocol:
        raise CannotListen(_why(planned, ValueError("proxy-protocol cannot be had with this endpoint")))


def _endpoint(reactor: Any, text: str) -> IStreamServerEndpoint:
    endpoint: IStreamServerEndpoint = serverFromString(reactor, with_backlog(text, BACKLOG))
    if isinstance(endpoint, AdoptedStreamServerEndpoint):
        # Adopting closes the descriptor; kept, a reload can bring the listener back.
        return AdoptedStreamServerEndpoint(reactor, os.dup(endpoint.fileno), endpoint.addressFamily)
    return endpoint


def _close_now(port: Any) -> None:
    """Close a port within this call: stopListening would do so in the next turn of the reactor."""
    port.stopReading()
    port.connectionLost(Failure(ConnectionDone()))


def _is_in_the_way(port: IListeningPort, refusal: CannotListen) -> bool:
    """Whether it may be this port of ours, about to be closed, that has the address of the refused one."""
    cause = refusal.__cause__
    if not isinstance(cause, CannotListenError):
        return False
    address = port.getHost()
    # Of a Unix socket it is the path that counts, which comes as bytes from some and as text from others.
    mine = getattr(address, "port", None) or os.fsencode(getattr(address, "name", None) or "")
    wanted = os.fsencode(cause.port) if isinstance(cause.port, (str, bytes)) else cause.port
    return bool(mine == wanted)


def _why(planned: Planned, error: BaseException | None) -> str:
    where = f"[listener {planned.listener.name}] {planned.endpoint} cannot be opened"
    if isinstance(error, CannotListenError):
        # For a Unix socket whose lock file another process holds, it is but a text.
        taken = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        error = error.socketError if isinstance(error.socketError, OSError) else taken
    if planned.endpoint.startswith("systemd:") and isinstance(error, (KeyError, IndexError)):
        return f"{where}: systemd has passed no such socket; start the daemon by its socket unit"
    if isinstance(error, OSError):
        hint = HINTS[error.errno](planned) if error.errno is not None and error.errno in HINTS else ""
        return f"{where}: {error.strerror or error}{hint}"
    return f"{where}: {error}"


def _hint_in_use(planned: Planned) -> str:
    if planned.endpoint.startswith("unix:"):
        return "; another server is there, or has left the file behind: remove it then"
    return "; another server is there: stop it, or choose another port"


HINTS: Mapping[int, Callable[[Planned], str]] = {
    errno.EADDRINUSE: _hint_in_use,
    errno.EACCES: lambda _: (
        "; ports below 1024 are for root, or for systemd to hand over (systemd: endpoints)"
    ),
    errno.EADDRNOTAVAIL: lambda _: "; this machine has no such address",
}
