"""How connections end: one body of tests, run over plain TCP and over TLS by either way of calling."""

from __future__ import annotations

import ssl
from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.main import CONNECTION_DONE

from tests.transports.streams import (
    MEGABYTE,
    PlainStream,
    TLSByTheBinding,
    TLSByThePublicAPI,
    TLSStream,
    noise,
)
from tests.transports.support import (
    HalfCloser,
    Recorder,
    Recorders,
    in_thread,
    read_exactly,
    read_to_end,
    reset,
    turn,
)


class Ending:
    """The body: goodbyes, resets, half-closes, aborts, errors."""

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

    async def test_a_reset_that_the_reactor_takes_for_a_clean_end_is_a_reset(self: Any) -> None:
        # As it does when epoll_wait(2) looks while the kernel is still at it: EPOLLHUP without EPOLLIN.
        for make in (Recorder, HalfCloser):
            recorder, client = await self.start(make)
            transport = recorder.transport
            reset(client)
            transport.reactor._disconnectSelectable(transport, CONNECTION_DONE, True)
            self.assertIsInstance(recorder.reason, ConnectionLost)
            self.assertEqual(str(recorder.reason), "Connection reset by peer")

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


class PlainTests(Ending, PlainStream):
    """Over TCP alone."""


class TLSTests(Ending, TLSStream):
    """Over TLS, by the calls that are chosen on this machine."""


class TLSByThePublicAPITests(Ending, TLSByThePublicAPI):
    """Over TLS, by pyOpenSSL's documented calls only."""


class TLSByTheBindingTests(Ending, TLSByTheBinding):
    """Over TLS, by the calls of pyOpenSSL's binding."""
