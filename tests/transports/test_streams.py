"""How bytes go both ways: one body of tests, run over plain TCP and over TLS by either way of calling."""

from __future__ import annotations

import random
from typing import Any

from tests.transports.streams import (
    MEGABYTE,
    PlainStream,
    TLSByTheBinding,
    TLSByThePublicAPI,
    TLSStream,
    noise,
)
from tests.transports.support import (
    Recorder,
    Recorders,
    in_thread,
    read_exactly,
    turn,
)


class Producer:
    def __init__(self) -> None:
        self.said: list[str] = []

    def pauseProducing(self) -> None:
        self.said.append("pause")

    def resumeProducing(self) -> None:
        self.said.append("resume")

    def stopProducing(self) -> None:
        self.said.append("stop")


class Flow:
    """The body: bytes, the queue, pausing, producers."""

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

    async def test_what_send_did_not_take_can_be_written_behind_it(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        lines = [b"%06d %s\r\n" % (number, b"x" * (number % 900)) for number in range(12000)]
        for line in lines:
            try:
                sent = recorder.transport.send(line)
            except OSError:
                sent = 0
            if 0 <= sent < len(line):
                recorder.transport.write(line[sent:])
        self.assertGreater(recorder.transport.backlog, 0)
        whole = b"".join(lines)
        self.assertEqual(await in_thread(read_exactly, client, len(whole)), whole)

    async def test_small_writes_into_a_full_connection_stay_in_order(self: Any) -> None:
        recorder, client = await self.start(receive_buffer=4096)
        lines = [b"%06d %s\r\n" % (number, b"x" * (number % 900)) for number in range(12000)]
        for line in lines:
            recorder.transport.write(line)
        self.assertGreater(recorder.transport.backlog, 0)
        whole = b"".join(lines)
        self.assertEqual(await in_thread(read_exactly, client, len(whole)), whole)

    async def test_nothing_is_delivered_while_paused_and_all_of_it_after(self: Any) -> None:
        recorder, client = await self.start()
        recorder.transport.pauseProducing()
        await in_thread(client.sendall, b"one\r\n")
        await turn(3)
        self.assertEqual(bytes(recorder.data), b"")
        recorder.transport.resumeProducing()
        await recorder.until_data(b"one\r\n")
        self.assertEqual(bytes(recorder.data), b"one\r\n")

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


class PlainTests(Flow, PlainStream):
    """Over TCP alone."""


class TLSTests(Flow, TLSStream):
    """Over TLS, by the calls that are chosen on this machine."""


class TLSByThePublicAPITests(Flow, TLSByThePublicAPI):
    """Over TLS, by pyOpenSSL's documented calls only."""


class TLSByTheBindingTests(Flow, TLSByTheBinding):
    """Over TLS, by the calls of pyOpenSSL's binding."""
