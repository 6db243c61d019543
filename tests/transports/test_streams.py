"""What holds for every transport: one body of tests, run over plain TCP and over TLS by either way of calling."""

from __future__ import annotations

import random
import socket
import ssl
from typing import Any
from unittest import SkipTest

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost

from chatdaemon.transports.directsend import DirectServer
from chatdaemon.transports.tlscalls import PUBLIC, RAW
from chatdaemon.transports.tlscontext import TLSContext
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
    reset,
    tls_context,
    turn,
)

MEGABYTE = 1 << 20


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


class Producer:
    def __init__(self) -> None:
        self.said: list[str] = []

    def pauseProducing(self) -> None:
        self.said.append("pause")

    def resumeProducing(self) -> None:
        self.said.append("resume")

    def stopProducing(self) -> None:
        self.said.append("stop")


class StreamTests:
    """The body. ``transport`` is the class under test."""

    transport: Any = DirectServer

    def context(self) -> TLSContext | None:
        return None

    def wrap(self, client: socket.socket) -> Any:
        return client

    async def start(
        self: Any, make: type[Recorder] = Recorder, receive_buffer: int | None = None, **attributes: Any
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
            await recorder.until(lambda: recorder.handshakes)
        return recorder, client

    async def fill(self: Any, recorder: Recorder, size: int = 8 * MEGABYTE) -> bytes:
        """Write so much that a peer that does not read cannot take it."""
        data = noise(size)
        recorder.transport.write(data)
        self.assertGreater(recorder.transport.backlog, 0)
        await turn(3)
        self.assertGreater(recorder.transport.backlog, 0)
        self.assertFalse(recorder.transport.direct)
        return data

    async def test_a_write_has_left_before_the_call_returns(self: Any) -> None:
        recorder, client = await self.start()
        recorder.transport.write(b"at once\r\n")
        # The reactor does not run here.
        self.assertEqual(client.recv(100), b"at once\r\n")
        self.assertEqual(recorder.transport.backlog, 0)

    async def test_a_megabyte_goes_both_ways_in_order_whatever_the_pieces(self: Any) -> None:
        recorder, client = await self.start()
        dice = random.Random(5)
        sent, returned = noise(MEGABYTE), noise(MEGABYTE + 1)
        await in_thread(client.sendall, sent)
        reading = in_thread(read_exactly, client, len(returned))
        start = 0
        while start < len(returned):
            end = start + dice.choice([1, 100, 1023, 1024, 1025, 5000, 16384, 16385, 70000])
            recorder.transport.write(returned[start:end])
            start = end
        self.assertEqual(await reading, returned)
        await recorder.until_data(sent)
        self.assertEqual(bytes(recorder.data), sent)

    async def test_every_size_of_piece_arrives_the_same(self: Any) -> None:
        recorder, client = await self.start()
        expected = b""
        for size in (1, 2, 3, 7, 511, 1023, 1024, 1025, 2048, 16383, 16384, 16385, 17408, 40000):
            data = noise(size)
            recorder.transport.write(data)
            self.assertEqual(await in_thread(read_exactly, client, size), data)
            expected += data
            await in_thread(client.sendall, data)
            await recorder.until_data(expected)
            self.assertEqual(bytes(recorder.data), expected)

    async def test_what_the_peer_does_not_take_is_counted_and_kept_in_order(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        data = await self.fill(recorder)
        before = recorder.transport.backlog
        recorder.transport.write(b"behind")
        self.assertEqual(recorder.transport.backlog, before + 6)
        recorder.transport.writeSequence([b" it ", b"all"])
        self.assertEqual(recorder.transport.backlog, before + 13)
        self.assertEqual(await in_thread(read_exactly, client, len(data) + 13), data + b"behind it all")
        await turn(2)
        self.assertEqual(recorder.transport.backlog, 0)
        self.assertTrue(recorder.transport.direct)
        recorder.transport.write(b"direct again")
        self.assertEqual(client.recv(100), b"direct again")

    async def test_small_writes_into_a_full_connection_stay_in_order(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        lines = [b"%06d %s\r\n" % (number, b"x" * (number % 900)) for number in range(12000)]
        for line in lines:
            recorder.transport.write(line)
        self.assertGreater(recorder.transport.backlog, 0)
        whole = b"".join(lines)
        self.assertEqual(await in_thread(read_exactly, client, len(whole)), whole)

    async def test_a_dead_peer_never_raises_in_write(self: Any) -> None:
        recorder, client = await self.start()
        # Here, so that the reactor has not seen it when the writes are made.
        reset(client)
        for _ in range(50):
            recorder.transport.write(b"into the void\r\n" * 200)
            self.assertIsNone(recorder.reason, "lost from the reactor, not from within write")
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionLost)
        self.assertEqual(recorder.transport.backlog, 0)
        recorder.transport.write(b"after")
        self.assertEqual(recorder.transport.backlog, 0)

    async def test_a_reset_in_the_middle_of_a_long_write_ends_the_connection(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        await self.fill(recorder)
        await in_thread(reset, client)
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionLost)
        self.assertEqual(recorder.transport.backlog, 0)
        self.assertNotIn("Traceback", str(recorder.reason))

    async def test_a_reset_while_paused_is_found_by_a_write(self: Any) -> None:
        recorder, client = await self.start()
        recorder.transport.pauseProducing()
        reset(client)
        recorder.transport.write(b"x")
        recorder.transport.write(b"y")
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionLost)

    async def test_closing_sends_everything_first(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        data = await self.fill(recorder)
        recorder.transport.write(b"ERROR :goodbye\r\n")
        recorder.transport.loseConnection()
        recorder.transport.write(b"still before the end")
        self.assertIsNone(recorder.reason)
        self.assertEqual(
            await in_thread(read_to_end, client), data + b"ERROR :goodbye\r\nstill before the end"
        )
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_closing_with_nothing_queued_is_not_reentrant(self: Any) -> None:
        recorder, client = await self.start()
        recorder.transport.write(b"last")
        recorder.transport.loseConnection()
        recorder.transport.loseConnection()
        self.assertIsNone(recorder.reason)
        self.assertEqual(await in_thread(read_to_end, client), b"last")
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_a_closing_connection_whose_peer_takes_nothing_is_aborted(self: Any) -> None:
        recorder, _client = await self.start(receive_buffer=4096, close_timeout=0.01)
        await self.fill(recorder)
        recorder.transport.loseConnection()
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionAborted)

    async def test_a_closing_connection_whose_peer_goes_on_reading_is_not_aborted(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        data = await self.fill(recorder)
        recorder.transport.loseConnection()
        # As if the time was up after each piece that the peer took.
        left = recorder.transport.backlog
        received = b""
        while recorder.transport.connected and recorder.transport.backlog:
            received += await in_thread(read_exactly, client, MEGABYTE)
            if recorder.transport.backlog and recorder.transport.backlog < left:
                recorder.transport._closing.cancel()
                recorder.transport._check_closing(left)
                left = recorder.transport.backlog
        received += await in_thread(read_to_end, client)
        self.assertEqual(received, data)
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_aborting_forgets_the_queue_and_resets(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        await self.fill(recorder)
        recorder.transport.abortConnection()
        self.assertIsNone(recorder.reason)
        self.assertEqual(recorder.transport.backlog, 0)
        recorder.transport.write(b"after")
        self.assertEqual(recorder.transport.backlog, 0)
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionAborted)
        with self.assertRaises((ConnectionResetError, ssl.SSLError)):
            await in_thread(read_to_end, client)

    async def test_everything_may_be_called_after_the_end(self: Any) -> None:
        recorder, client = await self.start()
        await in_thread(reset, client)
        await recorder.until_lost()
        transport = recorder.transport
        transport.write(b"x")
        transport.write(b"x" * 5000)
        transport.writeSequence([b"x"])
        transport.loseConnection()
        transport.abortConnection()
        self.assertEqual(transport.backlog, 0)
        self.assertFalse(transport.direct)
        self.assertIn("127.0.0.1", repr(transport))
        await turn(2)

    async def test_the_end_of_a_peer_that_says_goodbye_is_clean(self: Any) -> None:
        recorder, client = await self.start()
        await in_thread(self.goodbye, client)
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_what_came_before_the_goodbye_is_delivered_first(self: Any) -> None:
        recorder, client = await self.start()
        await in_thread(client.sendall, b"QUIT :bye\r\n")
        await in_thread(self.goodbye, client)
        await recorder.until_lost()
        self.assertEqual(bytes(recorder.data), b"QUIT :bye\r\n")
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_an_answer_to_a_last_line_is_sent_though_the_goodbye_is_there_already(self: Any) -> None:
        recorder, client = await self.start()

        def answer(data: bytes) -> None:
            recorder.transport.write(b"ERROR :" + bytes(MEGABYTE))
            recorder.transport.loseConnection()

        recorder.on_data = answer
        recorder.transport.pauseProducing()
        await in_thread(client.sendall, b"QUIT\r\n")
        await in_thread(self.half_close, client)
        recorder.transport.resumeProducing()
        self.assertEqual(len(await in_thread(read_exactly, client, MEGABYTE + 7)), MEGABYTE + 7)
        await recorder.until_lost()

    async def test_half_closed_by_the_peer_it_can_still_be_written_to(self: Any) -> None:
        recorder, client = await self.start(HalfCloser)
        await in_thread(client.sendall, b"last words")
        await in_thread(self.half_close, client)
        await recorder.until(lambda: recorder.halves)
        self.assertEqual(recorder.halves, ["read"])
        self.assertEqual(bytes(recorder.data), b"last words")
        recorder.transport.write(b"the answer")
        self.assertEqual(await in_thread(self.read_raw_end, client, 10), b"the answer")
        await turn(3)
        self.assertEqual(recorder.halves, ["read"])
        self.assertIsNone(recorder.reason)

    async def test_closing_the_write_side_leaves_the_read_side(self: Any) -> None:
        recorder, client = await self.start(HalfCloser)
        recorder.transport.write(b"x" * 100000)
        recorder.transport.loseWriteConnection()
        self.assertEqual(await in_thread(read_to_end, client), b"x" * 100000)
        await recorder.until(lambda: recorder.halves)
        recorder.transport.write(b"dropped")
        self.assertEqual(recorder.transport.backlog, 0)
        await in_thread(self.send_after_end, client, b"still heard")
        await recorder.until_data(b"still heard")
        self.assertEqual(recorder.halves, ["write"])
        recorder.transport.loseConnection()
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_nothing_is_delivered_while_paused_and_all_of_it_after(self: Any) -> None:
        recorder, client = await self.start()
        recorder.transport.pauseProducing()
        await in_thread(client.sendall, b"one\r\n")
        await turn(3)
        self.assertEqual(bytes(recorder.data), b"")
        recorder.transport.resumeProducing()
        await recorder.until_data(b"one\r\n")
        self.assertEqual(bytes(recorder.data), b"one\r\n")

    async def test_paused_by_its_last_line_the_goodbye_waits(self: Any) -> None:
        recorder, client = await self.start()
        recorder.transport.pauseProducing()
        await in_thread(client.sendall, b"flood\r\n")
        await in_thread(self.goodbye, client)
        recorder.on_data = lambda data: recorder.transport.pauseProducing()
        recorder.transport.resumeProducing()
        await recorder.until_data(b"flood\r\n")
        await turn(3)
        self.assertIsNone(recorder.reason)
        recorder.transport.resumeProducing()
        await recorder.until_lost()
        self.assertIsInstance(recorder.reason, ConnectionDone)

    async def test_a_read_is_bounded(self: Any) -> None:
        recorder, client = await self.start(bufferSize=1000)
        sizes: list[int] = []
        recorder.on_data = lambda data: sizes.append(len(data))
        recorder.transport.pauseProducing()
        await in_thread(client.sendall, noise(100000))
        recorder.transport.resumeProducing()
        await recorder.until_data(noise(100000))
        self.assertEqual(bytes(recorder.data), noise(100000))
        self.assertLessEqual(max(sizes), 1000 + 16384)
        self.assertGreater(len(sizes), 3)

    async def test_a_producer_is_paused_while_the_queue_is_long(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        producer = Producer()
        recorder.transport.registerProducer(producer, True)
        data = await self.fill(recorder)
        self.assertEqual(producer.said, ["pause"])
        await in_thread(read_exactly, client, len(data))
        await turn(3)
        self.assertEqual(producer.said, ["pause", "resume"])
        recorder.transport.unregisterProducer()
        recorder.transport.loseConnection()
        await recorder.until_lost()
        self.assertEqual(producer.said, ["pause", "resume"])

    async def test_closing_waits_for_a_producer_to_finish(self: Any) -> None:
        recorder, client = await self.start()
        left = [noise(50000), noise(60000), noise(70000)]
        expected = b"".join(left)

        class Pull:
            def resumeProducing(self) -> None:
                if left:
                    recorder.transport.write(left.pop(0))
                else:
                    recorder.transport.unregisterProducer()

            def stopProducing(self) -> None:
                raise AssertionError("it finishes by itself")

        recorder.transport.registerProducer(Pull(), False)
        recorder.transport.loseConnection()
        self.assertEqual(await in_thread(read_to_end, client), expected)
        await recorder.until_lost()

    async def test_an_error_in_the_protocol_drops_that_connection_only(self: Any) -> None:
        recorder, client = await self.start()
        port_factory = self.factory

        def fail(data: bytes) -> None:
            raise ZeroDivisionError

        recorder.on_data = fail
        await in_thread(client.sendall, b"x")
        await recorder.until_lost()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(port_factory.built, [recorder])

    async def test_what_is_written_when_the_connection_is_made_arrives(self: Any) -> None:
        factory = Recorders()

        def greet(recorder: Recorder) -> None:
            def made() -> None:
                recorder.transport.write(b"welcome " + noise(40000))
                recorder.transport.write(b"all")

            recorder.on_made = made

        factory.prepare = greet
        port = self.listen(factory, self.context(), self.transport)
        client = await in_thread(self.wrap, self.raw_client(port))
        self.addCleanup(client.close)
        expected = b"welcome " + noise(40000) + b"all"
        self.assertEqual(await in_thread(read_exactly, client, len(expected)), expected)
        await self.drop_all(factory)

    async def test_one_refused_when_the_connection_is_made_learns_why(self: Any) -> None:
        factory = Recorders()

        def refuse(recorder: Recorder) -> None:
            def made() -> None:
                recorder.transport.write(b"ERROR :too many\r\n")
                recorder.transport.loseConnection()

            recorder.on_made = made

        factory.prepare = refuse
        port = self.listen(factory, self.context(), self.transport)
        client = await in_thread(self.wrap, self.raw_client(port))
        self.addCleanup(client.close)
        self.assertEqual(await in_thread(read_to_end, client), b"ERROR :too many\r\n")
        await factory.built[0].until_lost()
        self.assertIsInstance(factory.built[0].reason, ConnectionDone)

    async def test_only_bytes_can_be_written(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        recorder.transport.write(b"")
        self.assertEqual(recorder.transport.backlog, 0)
        with self.assertRaises(TypeError):
            recorder.transport.write("text")
        data = await self.fill(recorder)
        with self.assertRaises(TypeError):
            recorder.transport.write("text")
        self.assertEqual(await in_thread(read_exactly, client, len(data)), data)

    async def test_it_does_not_wait_for_more_to_send(self: Any) -> None:
        recorder, _client = await self.start()
        self.assertTrue(recorder.transport.getTcpNoDelay())

    async def test_it_knows_both_addresses(self: Any) -> None:
        recorder, client = await self.start()
        self.assertEqual(recorder.transport.getPeer().port, client.getsockname()[1])
        self.assertEqual(recorder.transport.getHost().port, client.getpeername()[1])

    async def test_tls_cannot_be_started_later(self: Any) -> None:
        recorder, _client = await self.start()
        with self.assertRaises(NotImplementedError):
            recorder.transport.startTLS(None)

    # How a client does it over this kind of stream.

    def goodbye(self, client: Any) -> None:
        client.close()

    def half_close(self, client: Any) -> None:
        client.shutdown(socket.SHUT_WR)

    def read_raw_end(self, client: Any, size: int) -> bytes:
        return read_exactly(client, size)

    def send_after_end(self, client: Any, data: bytes) -> None:
        client.sendall(data)


class PlainTests(StreamTests, ServerCase):
    """Over TCP alone."""


class TLSTests(StreamTests, ServerCase):
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


class TLSByThePublicAPITests(TLSTests):
    """The same by pyOpenSSL's documented calls only."""

    transport: Any = type("PublicTLSServer", (TLSServer,), {"calls": PUBLIC})


class TLSByTheBindingTests(TLSTests):
    """The same by the calls of pyOpenSSL's binding."""

    def setUp(self) -> None:
        if RAW is None:
            raise SkipTest("not to be had here")
        self.transport = type("RawTLSServer", (TLSServer,), {"calls": RAW})


# Or the last name of the loop over test classes would be the body itself, collected on its own.
del StreamTests
