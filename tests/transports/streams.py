"""The kinds of stream that the same tests are run over."""

from __future__ import annotations

import random
import socket
import ssl
from typing import Any
from unittest import SkipTest

from chatdaemon.transports.directsend import DirectServer
from chatdaemon.transports.tlscalls import PUBLIC, RAW
from chatdaemon.transports.tlscontext import TLSContext
from chatdaemon.transports.tlssocket import TLSServer
from tests.transports.support import (
    Recorder,
    Recorders,
    ServerCase,
    client_context,
    in_thread,
    read_exactly,
    tls_context,
    turn,
)

MEGABYTE = 1 << 20


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


class PlainStream(ServerCase):
    """TCP alone. ``transport`` is the class under test."""

    transport: Any = DirectServer

    def context(self) -> TLSContext | None:
        return None

    def wrap(self, client: socket.socket) -> Any:
        return client

    async def start(
        self, make: type[Recorder] = Recorder, receive_buffer: int | None = None, **attributes: Any
    ) -> tuple[Any, Any]:
        """A connected pair: the server's recorder, the client's blocking socket."""
        self.factory = Recorders(make)
        transport = type("Tuned", (self.transport,), attributes) if attributes else self.transport
        port = self.listen(self.factory, self.context(), transport)
        coming = self.factory.next()
        client = self.raw_client(port, receive_buffer)
        client = await in_thread(self.wrap, client)
        recorder = await coming
        self.addCleanup(self.drop_all, self.factory)
        self.addCleanup(client.close)
        if self.context() is not None:
            await recorder.until(lambda: recorder.handshakes > 0)
        return recorder, client

    async def fill(self, recorder: Recorder, size: int = 8 * MEGABYTE) -> bytes:
        """Write so much that a peer that does not read cannot take it."""
        data = noise(size)
        recorder.transport.write(data)
        assert recorder.transport.backlog > 0
        await turn(3)
        assert recorder.transport.backlog > 0
        assert not recorder.transport.direct
        return data

    def goodbye(self, client: Any) -> None:
        client.close()

    def half_close(self, client: Any) -> None:
        client.shutdown(socket.SHUT_WR)

    def read_raw_end(self, client: Any, size: int) -> bytes:
        return read_exactly(client, size)

    def send_after_end(self, client: Any, data: bytes) -> None:
        client.sendall(data)


class TLSStream(PlainStream):
    """Over TLS, the way that is chosen on this machine."""

    transport: Any = TLSServer

    def context(self) -> TLSContext | None:
        return tls_context()

    def wrap(self, client: socket.socket) -> Any:
        return client_context().wrap_socket(client, suppress_ragged_eofs=False)

    def goodbye(self, client: Any) -> None:
        client.setblocking(False)
        try:
            client.unwrap()
        except ssl.SSLError:
            pass  # the server's own close_notify is not waited for
        client.close()

    def half_close(self, client: Any) -> None:
        client.setblocking(False)
        try:
            client.unwrap()
        except ssl.SSLError:
            pass
        client.settimeout(20)

    def read_raw_end(self, client: Any, size: int) -> bytes:
        return read_exactly(client, size)

    def send_after_end(self, client: Any, data: bytes) -> None:
        client.sendall(data)


class TLSByThePublicAPI(TLSStream):
    """The same by pyOpenSSL's documented calls only."""

    transport: Any = type("PublicTLSServer", (TLSServer,), {"calls": PUBLIC})


class TLSByTheBinding(TLSStream):
    """The same by the calls of pyOpenSSL's binding."""

    def setUp(self) -> None:
        if RAW is None:
            raise SkipTest("not to be had here")
        self.transport = type("RawTLSServer", (TLSServer,), {"calls": RAW})
