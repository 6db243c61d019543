"""Pairs of a server with TLS and a client."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from chatdaemon.transports.tlscontext import TLSContext
from chatdaemon.transports.tlssocket import TLSServer
from tests.transports.support import (
    Recorder,
    Recorders,
    ServerCase,
    client_context,
    in_thread,
    tls_context,
)


def tuned(**attributes: Any) -> Any:
    return type("Tuned", (TLSServer,), attributes)


class TLSCase(ServerCase):
    async def start(
        self,
        transport: Any = None,
        make: type[Recorder] = Recorder,
        wrap: Callable[[socket.socket], Any] = lambda raw: client_context().wrap_socket(
            raw, suppress_ragged_eofs=False
        ),
        receive_buffer: int | None = None,
        tls: TLSContext | None = None,
    ) -> tuple[Any, Any]:
        self.factory = Recorders(make)
        port = self.listen(self.factory, tls or tls_context(), transport)
        coming = self.factory.next()
        raw = self.raw_client(port, receive_buffer)
        client = await in_thread(wrap, raw)
        recorder = await coming
        self.addCleanup(self.drop_all, self.factory)
        self.addCleanup(getattr(client, "close", raw.close))
        await recorder.until(lambda: bool(recorder.handshakes))
        return recorder, client

    async def refused(self, client: Callable[[socket.socket], Any], transport: Any = None) -> Any:
        """What the server says of a client that cannot get through the handshake."""
        factory = Recorders()
        port = self.listen(factory, tls_context(), transport)
        coming = factory.next()
        await in_thread(client, self.raw_client(port))
        recorder = await coming
        await recorder.until_lost()
        return recorder.reason
