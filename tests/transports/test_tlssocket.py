"""What is particular to the beginning and the end of TLS on the socket."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
from functools import partial
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.defer import gatherResults
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol

from chatdaemon.transports.reasons import HandshakeFailed, PeerLost
from chatdaemon.transports.tlscalls import PUBLIC, RAW
from chatdaemon.transports.tlscontext import certificate_fingerprint
from tests.transports.support import (
    Recorder,
    Recorders,
    client_context,
    in_thread,
    read_exactly,
    self_signed,
    tls_context,
    turn,
)
from tests.transports.tlscase import TLSCase, tuned


def send(text: bytes, raw: socket.socket) -> None:
    raw.sendall(text)


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
        assert str(recorder.reason) == "Connection closed"

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
