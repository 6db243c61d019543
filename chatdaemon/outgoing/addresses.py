"""Connecting to where a stranger says, and never into networks that are not the public one."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from twisted.internet import address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import (
    IDelayedCall,
    IHostResolution,
    IProtocol,
    IProtocolFactory,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import implementer

# Of the addresses of a name so many are tried.
_MOST_ADDRESSES: Final = 4
# What stands for an IPv4 address where IPv6 is all there is (RFC 6052).
_NAT64: Final = IPv6Network("64:ff9b::/96")


class InternalAddress(Exception):
    """The name has only addresses that nothing is to be sent to."""


def is_internal(host: str) -> bool:
    """Whether an address is anything but one of a single machine in the public internet, however written."""
    ip = ip_address(host.partition("%")[0])
    if isinstance(ip, IPv6Address):
        within = _within(ip)
        if within is not None:
            return is_internal(str(within))
        # 6to4, Teredo and NAT64's local prefix lead somewhere that cannot be told from here.
        if ip.sixtofour is not None or ip.teredo is not None:
            return True
    return not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified


def _within(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that this one stands for."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


@implementer(IResolutionReceiver)
class _Addresses:
    """The addresses of a name, when all are known."""

    def __init__(self) -> None:
        self.known: Deferred[list[Any]] = Deferred()
        self._found: list[Any] = []

    def resolutionBegan(self, resolution: IHostResolution) -> None: ...

    def addressResolved(self, address: Any) -> None:
        self._found.append(address)

    def resolutionComplete(self) -> None:
        self.known.callback(self._found)


@implementer(IStreamClientEndpoint)
class CheckedEndpoint:
    """Connects to a host, at an address that was looked at before: what the name says a moment later does not
    matter. Whoever answers gets no more than `most` bytes in, and no longer than `timeout` (seconds) for all
    that is to be said: then the connection is dropped."""

    def __init__(
        self, reactor: Any, host: str, port: int, *, allow_internal: bool, timeout: float, most: int
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._allow_internal = allow_internal
        self._timeout = timeout
        self._most = most

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Fails with InternalAddress, or as any endpoint does."""
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        addresses = _Addresses()
        self._reactor.nameResolver.resolveHostName(addresses, self._host, self._port)
        found = await addresses.known
        if not found:
            raise DNSLookupError(f"{self._host} has no address")
        allowed = [each for each in found if self._allow_internal or not is_internal(each.host)]
        if not allowed:
            raise InternalAddress(f"{self._host} is not in the public internet")
        failed: Exception = ConnectError()
        for each in allowed[:_MOST_ADDRESSES]:
            kind = TCP6ClientEndpoint if isinstance(each, address.IPv6Address) else TCP4ClientEndpoint
            endpoint = kind(self._reactor, each.host, each.port, self._timeout)
            try:
                wrapper: Any = await endpoint.connect(
                    _bounded(factory, self._reactor, self._most, self._timeout)
                )
            except ConnectError as error:
                failed = error
            else:
                connected: IProtocol = wrapper.wrappedProtocol
                return connected
        raise failed


def _bounded(factory: Any, reactor: Any, most: int, seconds: float) -> Any:
    """The factory, whose connections hear only so much, and last only so long."""
    made: Any = WrappingFactory(factory)
    made.noisy = False
    made.protocol = lambda outer, inner: _BoundedConnection(outer, inner, reactor, most, seconds)
    return made


class _BoundedConnection(ProtocolWrapper):
    def __init__(self, factory: Any, wrapped: Any, reactor: Any, most: int, seconds: float) -> None:
        ProtocolWrapper.__init__(self, factory, wrapped)
        self._wrapped = wrapped
        self._left = most
        self._over: IDelayedCall = reactor.callLater(seconds, self._abort)

    def dataReceived(self, data: bytes) -> None:
        let_in = data[: self._left]
        self._left -= len(let_in)
        if let_in:
            self._wrapped.dataReceived(let_in)
        if len(let_in) < len(data):
            self._abort()

    def _abort(self) -> None:
        # The reactor's own TCP connections can; there is none yet only while it is made.
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._over.active():
            self._over.cancel()
        ProtocolWrapper.connectionLost(self, reason)
