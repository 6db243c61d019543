"""Which ports get our transports."""

from __future__ import annotations

import socket
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from twisted.internet.address import UNIXAddress
from twisted.internet.endpoints import serverFromString

from chatdaemon.transports.directsend import DirectServer, DirectUNIXServer
from chatdaemon.transports.install import install
from chatdaemon.transports.tlscontext import TLSContext
from chatdaemon.transports.tlssocket import TLSServer, TLSUNIXServer
from tests.transports.support import (
    PATIENCE,
    Recorders,
    ServerCase,
    client_context,
    in_thread,
    reactor,
    read_exactly,
    tls_context,
)


class InstallTests(ServerCase):
    async def talk(self, port: Any, client: Any, factory: Recorders, tls: TLSContext | None) -> Any:
        """Serve one connection of ``port`` and look at its transport."""
        self.addCleanup(port.stopListening)
        assert install(port, tls)
        coming = factory.next()
        self.addCleanup(client.close)
        client.settimeout(PATIENCE)
        await in_thread(client.connect, client.target)
        recorder = await coming
        if tls is not None:
            client = await in_thread(client_context().wrap_socket, client)
            self.addCleanup(client.close)
        await in_thread(client.sendall, b"hello")
        await recorder.until_data(b"hello")
        recorder.transport.write(b"x" * 100000)
        assert await in_thread(read_exactly, client, 100000) == b"x" * 100000
        await self.drop_all(factory)
        return recorder.transport

    async def test_the_port_of_an_endpoint_over_ipv4(self) -> None:
        for tls, kind in ((None, DirectServer), (tls_context(), TLSServer)):
            factory = Recorders()
            port: Any = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
            client = Client(socket.AF_INET, ("127.0.0.1", port.getHost().port))
            assert type(await self.talk(port, client, factory, tls)) is kind

    async def test_the_port_of_an_endpoint_over_ipv6(self) -> None:
        if not socket.has_ipv6:
            return
        factory = Recorders()
        try:
            port: Any = await serverFromString(reactor, "tcp6:0:interface=\\:\\:1").listen(factory)
        except OSError:
            return  # no loopback over IPv6 on this machine
        client = Client(socket.AF_INET6, ("::1", port.getHost().port))
        transport: Any = await self.talk(port, client, factory, None)
        assert (type(transport), transport.client[0]) == (DirectServer, "::1")

    async def test_the_port_of_an_endpoint_over_a_unix_socket(self) -> None:
        for tls, kind in ((None, DirectUNIXServer), (tls_context(), TLSUNIXServer)):
            path = str(Path(mkdtemp(prefix="chatdaemon-test-")) / "socket")
            factory = Recorders()
            port = await serverFromString(reactor, f"unix:{path}").listen(factory)
            transport = await self.talk(port, Client(socket.AF_UNIX, path), factory, tls)
            assert type(transport) is kind
            assert isinstance(transport.getPeer(), UNIXAddress)
            assert transport.getTcpNoDelay() is False
            transport.setTcpNoDelay(True)

    async def test_a_unix_connection_knows_its_listener(self) -> None:
        path = str(Path(mkdtemp(prefix="chatdaemon-test-")) / "socket")
        factory = Recorders()
        hosts: list[Any] = []
        factory.prepare = lambda recorder: setattr(
            recorder, "on_made", lambda: hosts.append(recorder.transport.getHost())
        )
        port = await serverFromString(reactor, f"unix:{path}").listen(factory)
        await self.talk(port, Client(socket.AF_UNIX, path), factory, None)
        assert hosts == [UNIXAddress(path.encode())]

    async def test_a_listening_socket_that_was_handed_over(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        target = listening.getsockname()
        factory = Recorders()
        port = reactor.adoptStreamPort(listening.fileno(), socket.AF_INET, factory)
        listening.close()
        client = Client(socket.AF_INET, target)
        assert type(await self.talk(port, client, factory, tls_context())) is TLSServer

    async def test_a_port_of_another_kind_is_left_alone(self) -> None:
        class Other:
            transport = None

        other = Other()
        assert install(other, None) is False  # type: ignore[arg-type]  # which is the point
        assert vars(other) == {}


class Client(socket.socket):
    """A client socket that knows where to."""

    def __init__(self, family: int, target: Any) -> None:
        super().__init__(family)
        self.target = target
