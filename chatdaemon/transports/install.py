"""Make a listening port create this package's transports."""

from __future__ import annotations

import socket
from typing import Any, Protocol

from OpenSSL import SSL
from twisted.internet import tcp, unix
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IListeningPort, IProtocol

from chatdaemon.transports.directsend import DirectServer, DirectUNIXServer
from chatdaemon.transports.proxied import Unidentified
from chatdaemon.transports.tlssocket import TLSServer, TLSUNIXServer

__all__ = ["ContextSource", "install"]


class ContextSource(Protocol):
    """Where a new connection finds the TLS context of the moment."""

    @property
    def context(self) -> SSL.Context:
        """The context for connections accepted from now on."""
        ...


def install(port: IListeningPort, tls: ContextSource | None, proxied: bool = False) -> bool:
    """Have ``port`` serve its connections by direct send, and by TLS if ``tls`` is given. ``proxied`` is
    whether the factory may build an ``Unidentified`` in place of a protocol.

    ``port`` is what ``endpoint.listen(factory)`` gave: TCP over IPv4 or IPv6, a UNIX socket, or any of them
    adopted from systemd. False for a port of another type, which is left as it is: the caller must then have
    the factory wrapped in ``TLSMemoryBIOFactory`` if TLS is wanted.

    Call it in the first callback of that Deferred, with nothing awaited in between: the port listens already,
    and what the reactor accepts before this call gets Twisted's transport, without TLS.
    """
    if type(port) is tcp.Port:
        plain, secure = DirectServer, TLSServer
    elif type(port) is unix.Port:
        plain, secure = DirectUNIXServer, TLSUNIXServer
    else:
        return False
    if tls is None:
        transport: Any = plain
    else:

        def transport(
            sock: socket.socket,
            protocol: IProtocol,
            client: Any,
            server: tcp.Port,
            sessionno: int,
            reactor: Any,
        ) -> TLSServer:
            return secure(sock, protocol, client, server, sessionno, reactor, tls.context)

    port.transport = _identifying(transport) if proxied else transport
    return True


def _identifying(make: Any) -> Any:
    """What makes transports of connections that say first whose they are, and of others at once."""

    def transport(
        sock: socket.socket, protocol: IProtocol, client: Any, server: tcp.Port, sessionno: int, reactor: Any
    ) -> Any:
        if not isinstance(protocol, Unidentified):
            return make(sock, protocol, client, server, sessionno, reactor)

        def connect(protocol: IProtocol, address: IPv4Address | IPv6Address | None) -> None:
            if address is None:
                made = make(sock, protocol, client, server, sessionno, reactor)
            elif isinstance(server, unix.Port):
                made = make(sock, protocol, client, server, sessionno, reactor)
                made.claimed = address
            else:
                made = make(sock, protocol, _client(address), server, sessionno, reactor)
            protocol.makeConnection(made)

        protocol.begin(sock, reactor, connect)
        return None

    return transport


def _client(address: IPv4Address | IPv6Address) -> tuple[object, ...]:
    """An address as the socket has it, which is how transports tell the families apart."""
    if isinstance(address, IPv6Address):
        return (address.host, address.port, 0, 0)
    return (address.host, address.port)
