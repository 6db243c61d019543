"""What is particular to TLS on the socket."""

from __future__ import annotations

import dataclasses
import hashlib
import select
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.defer import gatherResults
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol

from chatdaemon.transports.reasons import HandshakeFailed, PeerLost
from chatdaemon.transports.tlscalls import BEST, PUBLIC, RAW, WANT_READ, WANT_WRITE, Halt, TLSCalls
from chatdaemon.transports.tlscontext import TLSContext, certificate_fingerprint
from chatdaemon.transports.tlssocket import TLSServer
from tests.transports.support import (
    HalfCloser,
    Recorder,
    Recorders,
    ServerCase,
    client_context,
    in_thread,
    read_exactly,
    read_to_end,
    self_signed,
    tls_context,
    turn,
)


def tuned(**attributes: Any) -> Any:
    return type("Tuned", (TLSServer,), attributes)


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


def send(text: bytes, raw: socket.socket) -> None:
    raw.sendall(text)


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


class EndingTests(TLSCase):
    async def test_an_end_without_close_notify_is_told_from_a_goodbye(self) -> None:
        recorder, client = await self.start()
        await in_thread(client.sendall, b"QUIT")
        raw = socket.socket(fileno=client.detach())
        self.addCleanup(raw.close)
        raw.shutdown(socket.SHUT_WR)
        await recorder.until_lost()
        assert bytes(recorder.data) == b"QUIT"
        assert isinstance(recorder.reason, ConnectionLost)
        assert str(recorder.reason) == "closed without a TLS goodbye"

    async def test_the_server_says_goodbye_when_the_peer_did(self) -> None:
        recorder, client = await self.start()
        await in_thread(client.unwrap)  # raises unless close_notify is answered
        await recorder.until_lost()
        assert isinstance(recorder.reason, ConnectionDone)

    async def test_garbage_after_the_handshake_ends_the_connection(self) -> None:
        recorder, client = await self.start()
        raw = socket.socket(fileno=client.detach())
        self.addCleanup(raw.close)
        await in_thread(raw.sendall, b"PRIVMSG #a :plain text all of a sudden\r\n")
        await recorder.until_lost()
        assert isinstance(recorder.reason, PeerLost)

    async def test_text_that_is_not_tls_is_called_so(self) -> None:
        for calls in filter(None, (RAW, PUBLIC)):
            for text in (b"NICK alice\r\nUSER a 0 * :a\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
                reason = await self.refused(partial(send, text), tuned(calls=calls))
                assert isinstance(reason, HandshakeFailed)
                assert "TLS handshake failed: n" in str(reason)
                assert "spoken" in str(reason)

    async def test_a_client_that_hangs_up_before_the_handshake(self) -> None:
        reason = await self.refused(lambda raw: raw.close())
        assert isinstance(reason, HandshakeFailed)
        assert "closed" in str(reason)

    async def test_a_client_with_tls_of_another_age_is_refused(self) -> None:
        def old(raw: socket.socket) -> None:
            context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
            context.set_max_proto_version(SSL.TLS1_1_VERSION)
            raw.setblocking(True)
            client = SSL.Connection(context, raw)
            client.set_connect_state()
            with pytest.raises(SSL.Error):
                client.do_handshake()

        reason = await self.refused(old)
        assert isinstance(reason, HandshakeFailed)

    async def test_stalled_handshakes_hold_nobody(self) -> None:
        factory = Recorders()
        port = self.listen(factory, tls_context())
        stalled = [self.raw_client(port) for _ in range(60)]
        for raw in stalled[:30]:
            raw.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        while len(factory.built) < 60:
            await turn()
        coming = factory.next()
        client = await in_thread(client_context().wrap_socket, self.raw_client(port))
        self.addCleanup(client.close)
        recorder = await coming
        await in_thread(client.sendall, b"hello")
        await recorder.until_data(b"hello")
        for each in factory.built[:60]:
            assert each.reason is None
            each.transport.loseConnection()
        await gatherResults([each.until_lost() for each in factory.built[:60]])
        assert {type(each.reason) for each in factory.built[:60]} == {ConnectionDone}
        await self.drop_all(factory)

    async def test_a_stalled_handshake_with_something_to_say_is_aborted_in_the_end(self) -> None:
        factory = Recorders()
        port = self.listen(factory, tls_context(), tuned(close_timeout=0.01))
        coming = factory.next()
        self.raw_client(port)
        recorder = await coming
        recorder.transport.write(b"ERROR :too slow\r\n")
        assert recorder.transport.backlog == 17
        recorder.transport.loseConnection()
        await recorder.until_lost()

    async def test_paused_before_the_handshake_it_is_finished_nevertheless(self) -> None:
        factory = Recorders()

        def prepare(recorder: Recorder) -> None:
            def made() -> None:
                recorder.transport.pauseProducing()

            recorder.on_made = made

        factory.prepare = prepare
        port = self.listen(factory, tls_context())
        coming = factory.next()
        client = await in_thread(client_context().wrap_socket, self.raw_client(port))
        self.addCleanup(client.close)
        recorder = await coming
        await in_thread(client.sendall, b"hello")
        await recorder.until(lambda: bool(recorder.handshakes))
        await turn(3)
        assert bytes(recorder.data) == b""
        recorder.transport.resumeProducing()
        await recorder.until_data(b"hello")
        await self.drop_all(factory)

    async def test_the_ssl_object_is_gone_before_the_descriptor(self) -> None:
        recorder, client = await self.start()
        transport = recorder.transport
        assert transport.getHandle() is not None
        await in_thread(client.close)
        await recorder.until_lost()
        assert transport.getHandle() is None
        assert transport.getPeerCertificate() is None
        assert transport.negotiatedProtocol is None
        transport.write(b"x")
        transport.loseConnection()
        assert transport.backlog == 0

    async def test_a_failure_elsewhere_does_not_end_a_connection(self) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        lib = getattr(SSL, "_lib", None)
        if lib is None:
            return
        context = SSL.Context(SSL.TLS_SERVER_METHOD)

        def leave_an_error() -> None:
            # As code that does not look at OpenSSL's queue of errors may.
            lib.SSL_CTX_use_certificate_chain_file(context._context, b"/nonexistent")
            assert lib.ERR_peek_error() != 0

        data = bytes(8 << 20)
        leave_an_error()
        recorder.transport.write(data)
        assert recorder.transport.backlog > 0
        reading = in_thread(read_exactly, client, len(data))
        leave_an_error()
        assert len(await reading) == len(data)
        await in_thread(client.sendall, b"alive")
        leave_an_error()
        await recorder.until_data(b"alive")
        recorder.transport.write(b"indeed")
        assert client.recv(10) == b"indeed"
        lib.ERR_clear_error()

    async def test_a_key_update_of_the_client_is_followed(self) -> None:
        # Only the command line tool can ask for one.
        factory = Recorders()
        port = self.listen(factory, tls_context())
        coming = factory.next()

        def talk() -> bytes:
            with subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{port.getHost().port}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                self.addCleanup(process.stdout.close)
                process.stdin.write(b"before\n")
                process.stdin.flush()
                for line in process.stdout:
                    if line.startswith(b"first"):
                        break
                process.stdin.write(b"K\n")
                process.stdin.flush()
                for line in process.stdout:
                    if line.startswith(b"KEYUPDATE"):
                        break
                process.stdin.write(b"after\n")
                process.stdin.flush()
                for line in process.stdout:
                    if line.startswith(b"second"):
                        return line
                return b""

        try:
            subprocess.run(["openssl", "version"], check=True, capture_output=True)
        except OSError:
            coming.addErrback(lambda failure: None)
            return
        talking = in_thread(talk)
        recorder = await coming
        await recorder.until_data(b"before\n")
        recorder.transport.write(b"first\n")
        await recorder.until_data(b"before\nafter\n")
        recorder.transport.write(b"second\n")
        recorder.transport.loseConnection()
        assert await talking == b"second\n"
        assert bytes(recorder.data) == b"before\nafter\n"
        await recorder.until_lost()


class PeerTests(TLSCase):
    async def test_it_is_a_tls_transport_for_protocols(self) -> None:
        recorder, _client = await self.start()
        assert recorder.transport.TLS
        assert recorder.transport.negotiatedProtocol is None
        assert recorder.transport.getPeerCertificate() is None
        assert recorder.handshakes == 1
        assert ISSLTransport.providedBy(recorder.transport)

    async def test_a_protocol_that_does_not_listen_for_the_handshake_is_not_told(self) -> None:
        class Deaf(Protocol):
            def dataReceived(self, data: bytes) -> None:
                assert self.transport is not None
                self.transport.write(data.upper())

        factory = Recorders(Deaf)  # type: ignore[arg-type]  # no recorder, which is the point
        port = self.listen(factory, tls_context())
        client = await in_thread(client_context().wrap_socket, self.raw_client(port))
        await in_thread(client.sendall, b"hello")
        assert await in_thread(client.recv, 10) == b"HELLO"
        factory.built[0].transport.abortConnection()
        await turn(3)
        client.close()

    async def test_the_certificate_of_a_client_is_known_by_its_fingerprint(self) -> None:
        mine = self_signed("client")

        def wrap(raw: socket.socket) -> ssl.SSLSocket:
            context = client_context()
            context.load_cert_chain(mine.chain, mine.key)
            return context.wrap_socket(raw)

        recorder, _client = await self.start(tls=tls_context(ask_client_certificate=True), wrap=wrap)
        certificate = recorder.transport.getPeerCertificate()
        assert certificate_fingerprint(certificate) == certificate_fingerprint_of_file(
            mine.chain.read_bytes()
        )

    async def test_a_client_without_certificate_is_welcome_where_they_are_asked_for(self) -> None:
        recorder, client = await self.start(tls=tls_context(ask_client_certificate=True))
        assert recorder.transport.getPeerCertificate() is None
        await in_thread(client.sendall, b"hello")
        await recorder.until_data(b"hello")

    async def test_a_session_with_a_client_certificate_can_be_resumed(self) -> None:
        mine = self_signed("client")
        context = client_context()
        context.load_cert_chain(mine.chain, mine.key)
        tls = tls_context(ask_client_certificate=True)
        sessions: list[Any] = []

        def wrap(raw: socket.socket) -> ssl.SSLSocket:
            return context.wrap_socket(raw, session=sessions[0] if sessions else None)

        for resumed in (False, True):
            recorder, client = await self.start(tls=tls, wrap=wrap)
            recorder.transport.write(b"the tickets come before this")
            await in_thread(client.recv, 100)
            sessions.append(client.session)
            assert client.session_reused == resumed
            assert certificate_fingerprint(
                recorder.transport.getPeerCertificate()
            ) == certificate_fingerprint_of_file(mine.chain.read_bytes())


def certificate_fingerprint_of_file(content: bytes) -> str:
    """By the standard library, to compare with."""
    text = content.decode()
    start = text.index("-----BEGIN CERTIFICATE")
    end = text.index("-----END CERTIFICATE-----") + 25
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[start:end])).hexdigest()
