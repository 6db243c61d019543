"""Members who speak JSON, binary frames and WebSocket: `python -m bench.formats`.

One sender on IRC, a channel with many members: the server's CPU of each delivery, for members of each kind
and for a channel in which all of them are. Every member must get every message, of the length that the
first had.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from bench import process
from bench.driver import Client, Fleet
from bench.figure import BenchError, Figure, StalledError
from bench.irc import add_size_options, chosen_sizes, report
from bench.process import Cores, Meter, raise_file_limit
from bench.servers import Plan, _wait_until_listening, chatdaemon, free_ports
from bench.target import Sizes
from chatdaemon.wire.frames import PREFACE, framed

CHANNEL = "#bench"
_FILLER = b" the quick brown fox jumps over the lazy dog" * 12
# Handshakes of WebSocket clients who compress nothing: their key is the one of RFC 6455's example.
_UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
)

Object = dict[str, Any]


def _masked(payload: bytes, opcode: int) -> bytes:
    """A client's frame; the mask is zero, which changes nothing."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload


def _json(found: Object) -> bytes:
    return msgspec.json.encode(found)


def _packed(found: Object) -> bytes:
    return msgspec.msgpack.encode(found)


@dataclass(frozen=True, slots=True)
class Format:
    """How members speak: on which listener, what comes first, and how an op looks. `answer` is what only
    the answer to the op with an id has."""

    listener: str
    opening: bytes
    op: Callable[[Object], bytes]
    answer: Callable[[int], bytes]


def _json_answer(id: int) -> bytes:
    return b'"id":%d,"ok"' % id


def _packed_answer(id: int) -> bytes:
    return b"\xa2id" + bytes([id]) + b"\xa2ok"


FORMATS = {
    "json": Format("json", b"", lambda found: _json(found) + b"\n", _json_answer),
    "binary": Format("binary", PREFACE, lambda found: framed(_packed(found)), _packed_answer),
    "websocket-json": Format(
        "web",
        _UPGRADE.format(subprotocol="json.chatdaemon").encode(),
        lambda found: _masked(_json(found), 1),
        _json_answer,
    ),
    "websocket-binary": Format(
        "web",
        _UPGRADE.format(subprotocol="binary.chatdaemon").encode(),
        lambda found: _masked(b"\0" + _packed(found), 2),
        _packed_answer,
    ),
}
KINDS = ["irc", *FORMATS, "mixed"]


class Answered:
    """Waits until an answer has come to every client, wherever one message ends and the next begins."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._tails: dict[Client, bytes] = {}

    def expect(self, client: Client) -> None:
        """Have `client` wait for it."""
        client.sink = self
        self._tails[client] = b""

    def everywhere(self) -> bool:
        """Whether nobody waits any longer."""
        return not self._tails

    def feed(self, client: Client, data: memoryview) -> None:
        tail = self._tails.get(client)
        if tail is not None:
            whole = tail + data
            if self._answer in whole:
                del self._tails[client]
            else:
                self._tails[client] = whole[-len(self._answer) :]

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")


class Counting:
    """The sink of one member: how many bytes have come, and the last of them."""

    __slots__ = ("bytes", "last")

    def __init__(self) -> None:
        self.bytes = 0
        self.last = b""

    def feed(self, client: Client, data: memoryview) -> None:
        self.bytes += len(data)
        self.last = (self.last + bytes(data[-400:]))[-400:]

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")


class Crowd:
    """A channel with its members, in which nothing but the sender's messages happens."""

    def __init__(self, fleet: Fleet, ports: dict[str, int], kind: str, sizes: Sizes) -> None:
        self._fleet = fleet
        self._ports = ports
        self._sizes = sizes
        self._said = 0
        members: list[Client] = []
        kinds = [kind] if kind != "mixed" else ["irc", *FORMATS]
        for number, each in enumerate(kinds):
            share = sizes.members // len(kinds) + (number < sizes.members % len(kinds))
            nicks = [f"{each[0]}{number}m{place}" for place in range(share)]
            members += self._members(each, nicks)
        fleet.address = ("127.0.0.1", ports["irc"])
        [self._sender] = fleet.register(["sender"])
        fleet.join([self._sender], CHANNEL)
        self._counts = [Counting() for _ in members]
        self._quiet(members)
        for member, count in zip(members, self._counts, strict=True):
            member.sink = count
        self.say(1)
        fleet.until(lambda: all(count.bytes for count in self._counts), sizes.patience, "the first message")
        self._lull()
        self._lengths = [count.bytes for count in self._counts]

    def _members(self, kind: str, nicks: list[str]) -> list[Client]:
        if kind == "irc":
            self._fleet.address = ("127.0.0.1", self._ports["irc"])
            clients = self._fleet.register(nicks)
            self._fleet.join(clients, CHANNEL)
            return clients
        form = FORMATS[kind]
        self._fleet.address = ("127.0.0.1", self._ports[form.listener])
        clients = []
        greeted = Answered(form.answer(1))
        for nick in nicks:
            client = self._fleet.open(nick, greeted)
            greeted.expect(client)
            client.send(form.opening + form.op({"id": 1, "op": "hello", "nick": nick}))
            clients.append(client)
        self._fleet.until(greeted.everywhere, self._sizes.patience, "hello")
        joined = Answered(form.answer(2))
        for client in clients:
            joined.expect(client)
            client.send(form.op({"id": 2, "op": "join", "channel": CHANNEL, "members": False}))
        self._fleet.until(joined.everywhere, self._sizes.patience, "joining")
        return clients

    def _quiet(self, members: list[Client]) -> None:
        counts = [Counting() for _ in members]
        for member, count in zip(members, counts, strict=True):
            member.sink = count
        self._counts = counts
        self._lull()

    def _lull(self, seconds: float = 0.5) -> None:
        """Wait until nothing has come for a while."""
        before, since = -1, time.monotonic()
        end = time.monotonic() + self._sizes.patience
        while time.monotonic() - since < seconds:
            self._fleet.turn(0.05)
            now = sum(count.bytes for count in self._counts)
            if now != before:
                before, since = now, time.monotonic()
            if time.monotonic() > end:
                raise StalledError("it does not become quiet")

    def say(self, messages: int) -> None:
        """Have the sender say so many, in one write."""
        filler = _FILLER[: self._sizes.text_bytes - 8]
        numbers = range(self._said, self._said + messages)
        self._said += messages
        self._sender.send(
            b"".join([b"PRIVMSG %s :%08d%s\r\n" % (CHANNEL.encode(), each, filler) for each in numbers])
        )

    @property
    def complete(self) -> bool:
        """Whether everybody has everything that was said."""
        pairs = zip(self._counts, self._lengths, strict=True)
        return all(count.bytes >= length * self._said for count, length in pairs)

    def check(self) -> None:
        """Raise BenchError unless everybody has exactly that, and the last message at its end."""
        self._lull()
        for count, length in zip(self._counts, self._lengths, strict=True):
            if count.bytes != length * self._said or b"%08d" % (self._said - 1) not in count.last:
                raise BenchError(f"{count.bytes} bytes where {length * self._said} were due")

    def pace(self, messages: int, rate: float) -> None:
        """Say them at this rate, each in a turn of its own, and wait for the last."""
        start = time.perf_counter()
        for number in range(messages):
            while (wait := start + number / rate - time.perf_counter()) > 0:
                self._fleet.turn(wait)
            self.say(1)
        self._fleet.until(lambda: self.complete, self._sizes.patience, "every message to everybody")

    def pour(self, messages: int) -> None:
        """Say them in bursts, each when the one before has arrived."""
        for _ in range(messages // self._sizes.window):
            self.say(self._sizes.window)
            self._fleet.until(lambda: self.complete, self._sizes.patience, "every message to everybody")


def measure(kind: str, paced: bool, sizes: Sizes, cores: Cores) -> Figure:
    """Start a daemon, fill a channel with members of a kind, and have them listen. Raises BenchError."""
    with tempfile.TemporaryDirectory(prefix="chatdaemon-bench-") as name:
        directory = Path(name)
        ports = dict(zip(("irc", "json", "binary", "web"), free_ports(4), strict=True))
        more = "".join(
            f"[listener {listener}]\nprotocol = {listener}\nendpoint = tcp:{port}:interface=127.0.0.1\n"
            for listener, port in ports.items()
            if listener != "irc"
        )
        plan = Plan(directory, ports["irc"], False, 256 << 20, sizes.members)
        launch = chatdaemon(plan, more=f"ping-interval = off\n{more}")
        log = directory / "output.log"
        server = process.start(launch.command, cores, log, launch.environment, launch.checkout)
        try:
            for port in ports.values():
                _wait_until_listening(server, port, log)
            with Fleet(("127.0.0.1", ports["irc"])) as fleet:
                crowd = Crowd(fleet, ports, kind, sizes)
                messages = sizes.paced_messages if paced else sizes.saturated_messages
                crowd.pace(25, sizes.rate) if paced else crowd.pour(messages // 10)
                meter = Meter(server.pid)
                crowd.pace(messages, sizes.rate) if paced else crowd.pour(messages)
                usage = meter.read()
                crowd.check()
        finally:
            process.stop(server)
    deliveries = sizes.members * messages
    return Figure(
        scenario=f"{'paced' if paced else 'saturated'}-{kind}",
        server="chatdaemon",
        transport="plain",
        value=usage.cpu / deliveries * 1e6,
        unit="µs/delivery",
        count=deliveries,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={"members": sizes.members, **usage.details()},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.formats", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; default: all")
    parser.add_argument("--runs", type=int, default=1, help="of each, in turn")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    add_size_options(parser)
    options = parser.parse_args(arguments)
    sizes = chosen_sizes(options)
    raise_file_limit()
    cores = Cores.choose()
    cores.pin_driver()
    figures = []
    for _ in range(options.runs):
        for paced in (True, False):
            for kind in options.kinds or KINDS:
                try:
                    figures.append(measure(kind, paced, sizes, cores))
                except (BenchError, OSError) as error:
                    print(f"{kind}: {error}", file=sys.stderr)
                    return 1
    report(figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
