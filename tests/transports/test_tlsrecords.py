"""How TLS cuts bytes into records, and waits for either direction in either direction."""

from __future__ import annotations

import dataclasses
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from chatdaemon.transports.reasons import PeerLost
from chatdaemon.transports.tlscalls import BEST, WANT_READ, WANT_WRITE, Halt, TLSCalls
from tests.transports.support import (
    HalfCloser,
    client_context,
    in_thread,
    read_exactly,
    read_to_end,
    turn,
)
from tests.transports.tlscase import TLSCase, tuned


class MeteredClient:
    """A TLS client that sees the records it is sent."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = client_context().wrap_bio(self.incoming, self.outgoing)
        self.stream = bytearray()
        self.step(self.tls.do_handshake)

    def step(self, action: Callable[[], Any]) -> Any:
        while True:
            try:
                result = action()
            except ssl.SSLWantReadError:
                self.raw.sendall(self.outgoing.read())
                data = self.raw.recv(65536)
                assert data
                self.stream += data
                self.incoming.write(data)
            else:
                self.raw.sendall(self.outgoing.read())
                return result

    def read_exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self.step(partial(self.tls.read, size - len(data)))
        return data

    def records(self) -> list[int]:
        """The plaintext sizes of the application records since the last call (TLS 1.3, AES-GCM)."""
        sizes = []
        while self.stream:
            length = int.from_bytes(self.stream[3:5], "big")
            if self.stream[0] == 23:
                sizes.append(length - 17)
            del self.stream[: 5 + length]
        return sizes


class RecordTests(TLSCase):
    async def test_the_welcome_goes_in_records_of_at_most_1024_bytes(self) -> None:
        recorder, client = await self.start(wrap=MeteredClient)
        # The session tickets are records too.
        recorder.transport.write(b".")
        await in_thread(client.read_exactly, 1)
        client.records()
        recorder.transport.write(b"w" * 6000)
        recorder.transport.write(b"w" * 300)
        await in_thread(client.read_exactly, 6300)
        assert client.records() == [1024] * 5 + [880, 300]

    async def test_later_a_long_flush_ends_in_a_record_of_at_most_1024_bytes(self) -> None:
        recorder, client = await self.start(wrap=MeteredClient)
        recorder.transport.write(b"w" * 20000)
        await in_thread(client.read_exactly, 20000)
        client.records()
        for size in (900, 1024, 1025, 3000, 17408, 17409, 40000):
            recorder.transport.write(b"x" * size)
        await in_thread(client.read_exactly, 900 + 1024 + 1025 + 3000 + 17408 + 17409 + 40000)
        assert client.records() == [
            900,
            1024,
            1,
            1024,
            1976,
            1024,
            16384,
            1024,
            16384,
            1,
            1024,
            16384,
            16384,
            6208,
            1024,
        ]

    async def test_a_program_that_reads_1024_bytes_for_each_select_gets_everything(self) -> None:
        recorder, client = await self.start()

        def naive(expected: int) -> int:
            got = 0
            while got < expected:
                ready, _, _ = select.select([client], [], [], 5)
                if not ready:
                    break
                got += len(client.recv(1024))
            return got

        for size in (30000, 5000, 17000, 70000, 1025):
            recorder.transport.write(b"x" * size)
            assert await in_thread(naive, size) == size

    async def test_plaintext_that_the_kernel_knows_nothing_of_is_delivered(self) -> None:
        # Reads shorter than a record leave some inside OpenSSL.
        recorder, client = await self.start(tuned(read_size=100, bufferSize=150))
        await in_thread(client.sendall, b"y" * 5000)
        await recorder.until_data(b"y" * 5000)
        assert len(recorder.data) == 5000


class ScriptedCalls:
    """Real calls, of which some are made to stop first, as OpenSSL may."""

    def __init__(self, base: TLSCalls) -> None:
        self.base = base
        self.stops: dict[str, Iterator[Halt]] = {}
        self.halt: Halt | None = None
        self.offered: list[bytes] = []

    def calls(self) -> TLSCalls:
        def stopped(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
            def scripted(*arguments: Any) -> Any:
                return next(self.stops.get(name, iter(())), None) or call(*arguments)

            return scripted

        def write(ssl: Any, data: bytes, size: int) -> int:
            self.offered.append(data[:size])
            self.halt = next(self.stops.get("write", iter(())), None)
            return -1 if self.halt else self.base.write(ssl, data, size)

        return dataclasses.replace(
            self.base,
            read=stopped("read", self.base.read),
            handshake=stopped("handshake", self.base.handshake),
            shutdown=stopped("shutdown", self.base.shutdown),
            write=write,
            why=lambda ssl, result: self.halt or self.base.why(ssl, result),
        )


class WaitingTests(TLSCase):
    """OpenSSL may wait for either direction in either direction."""

    def setUp(self) -> None:
        self.script = ScriptedCalls(BEST)
        self.transport = tuned(calls=self.script.calls())

    async def test_a_handshake_waits_for_room(self) -> None:
        self.script.stops["handshake"] = iter([WANT_WRITE, WANT_WRITE])
        recorder, client = await self.start(self.transport)
        await in_thread(client.sendall, b"through")
        await recorder.until_data(b"through")

    async def test_a_read_waits_for_room(self) -> None:
        recorder, client = await self.start(self.transport)
        self.script.stops["read"] = iter([WANT_WRITE, WANT_WRITE])
        await in_thread(client.sendall, b"through")
        await recorder.until_data(b"through")
        await in_thread(client.sendall, b" again")
        await recorder.until_data(b"through again")
        recorder.transport.write(b"answer")
        assert await in_thread(client.recv, 100) == b"answer"

    async def test_a_read_that_waits_for_room_stays_paused(self) -> None:
        recorder, client = await self.start(self.transport)
        self.script.stops["read"] = iter([WANT_WRITE])
        await in_thread(client.sendall, b"through")
        await turn(1)
        recorder.transport.pauseProducing()
        await turn(3)
        before = bytes(recorder.data)
        recorder.transport.write(b"x" * 100)
        await turn(3)
        assert bytes(recorder.data) == before
        recorder.transport.resumeProducing()
        await recorder.until_data(b"through")

    async def test_a_goodbye_found_by_a_read_that_waited_for_room_is_a_half_close(self) -> None:
        recorder, client = await self.start(self.transport, HalfCloser)
        recorder.transport.pauseProducing()
        await in_thread(client.sendall, b"last")
        client.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):
            client.unwrap()
        self.script.stops["read"] = iter([WANT_WRITE])
        recorder.transport.resumeProducing()
        await recorder.until(lambda: bool(recorder.halves))
        assert (recorder.halves, bytes(recorder.data)) == (["read"], b"last")

    async def test_a_write_waits_for_the_peer_and_offers_the_same_bytes(self) -> None:
        recorder, client = await self.start(self.transport)
        self.script.stops["write"] = iter([WANT_READ, WANT_READ])
        self.script.offered.clear()
        recorder.transport.write(b"a" * 1024)
        # More behind it must not change what is offered first.
        recorder.transport.write(b"b" * 10)
        await turn(5)
        assert recorder.transport.backlog == 1034
        # The peer says something: the write can go on.
        await in_thread(client.sendall, b"k")
        assert await in_thread(read_exactly, client, 1034) == b"a" * 1024 + b"b" * 10
        assert self.script.offered[:3] == [b"a" * 1024] * 3
        await recorder.until_data(b"k")

    async def test_a_paused_connection_reads_for_its_writes_but_delivers_nothing(self) -> None:
        recorder, client = await self.start(self.transport)
        self.script.stops["write"] = iter([WANT_READ, WANT_READ])
        recorder.transport.pauseProducing()
        recorder.transport.write(b"waits")
        await turn(5)
        await in_thread(client.sendall, b"k")
        assert await in_thread(read_exactly, client, 5) == b"waits"
        assert bytes(recorder.data) == b""
        recorder.transport.resumeProducing()
        await recorder.until_data(b"k")

    async def test_close_notify_waits_for_room_and_is_sent_once(self) -> None:
        sent: list[None] = []
        real = BEST.shutdown

        def shutdown(ssl: Any) -> Halt | None:
            sent.append(None)
            return WANT_WRITE if len(sent) < 3 else real(ssl)

        recorder, client = await self.start(tuned(calls=dataclasses.replace(BEST, shutdown=shutdown)))
        recorder.transport.write(b"bye")
        recorder.transport.loseConnection()
        # With suppress_ragged_eofs off, an end without close_notify is an error here.
        assert await in_thread(read_to_end, client) == b"bye"
        await recorder.until_lost()
        assert len(sent) == 3

    async def test_a_half_close_waits_for_room_too(self) -> None:
        recorder, client = await self.start(self.transport, HalfCloser)
        self.script.stops["shutdown"] = iter([WANT_WRITE, WANT_WRITE])
        recorder.transport.write(b"bye")
        recorder.transport.loseWriteConnection()
        assert await in_thread(read_to_end, client) == b"bye"
        await recorder.until(lambda: bool(recorder.halves))
        self.script.stops["read"] = iter([WANT_WRITE])
        await in_thread(client.sendall, b"still")
        await recorder.until_data(b"still")
        assert recorder.halves == ["write"]

    async def test_short_records_that_a_peer_asked_for_are_all_sent(self) -> None:
        short = dataclasses.replace(
            BEST, write=lambda ssl, data, size: BEST.write(ssl, data[:512], min(size, 512))
        )
        recorder, client = await self.start(tuned(calls=short), receive_buffer=4096)
        data = bytes(range(256)) * 12000
        recorder.transport.write(data[:1000])
        recorder.transport.write(data[1000:])
        assert recorder.transport.backlog > 0
        assert await in_thread(read_exactly, client, len(data)) == data

    async def test_a_failure_in_write_is_left_for_the_reactor(self) -> None:
        broken = Halt("bad record mac")
        recorder, _client = await self.start(self.transport)
        self.script.stops["write"] = iter([broken, broken])
        recorder.transport.write(b"x")
        assert recorder.reason is None
        await recorder.until_lost()
        assert isinstance(recorder.reason, PeerLost)
        assert str(recorder.reason) == "bad record mac"
