"""docs/protocol-binary.md and docs/protocol-websocket.md: what they show is what happens, and their numbers are right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from msgspec import msgpack

from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.api.server import MAX_MESSAGE
from chatdaemon.protocols.binary import BinaryConnection
from chatdaemon.protocols.websocket.carriage import CARRIAGES
from chatdaemon.protocols.websocket.connection import CLOSE_TIMEOUT, TOLERANCE
from chatdaemon.protocols.websocket.framing import COMPRESSED_FROM as DEFLATED_FROM
from chatdaemon.wire.frames import COMPRESSED_FROM
from tests.end_to_end.daemon import PATIENCE, Daemon
from tests.world import Client, World

DOCS = Path(__file__).parents[2] / "docs"
BINARY = (DOCS / "protocol-binary.md").read_text()
WEBSOCKET = (DOCS / "protocol-websocket.md").read_text()
LINE = re.compile(r"([<>]) ((?:[0-9a-f]{2} ?)+)(?: +(.*))?")


def test_the_bytes_that_are_shown_are_those_that_go_over_the_wire() -> None:
    (example,) = re.findall(r"```text\n(.*?)\n```", BINARY, re.DOTALL)
    lines = [LINE.fullmatch(line) for line in example.splitlines()]
    shown = {"<": b"", ">": b""}
    texts = {"<": "", ">": ""}
    for line in lines:
        assert line is not None
        direction, octets, text = line.groups()
        shown[direction] += bytes.fromhex(octets)
        texts[direction] += text if text and text[0] in '{"' else ""
    world = World()
    client = Client(world, BinaryConnection(world.api, False), "192.0.2.1")
    client.send_bytes(shown[">"])
    assert client.transport.received == shown["<"]
    assert msgpack.decode(shown[">"][9:]) == json.loads(texts[">"])
    assert msgpack.decode(shown["<"][5:]) == json.loads(texts["<"])


def test_the_numbers_are_right() -> None:
    binary, websocket = " ".join(BINARY.split()), " ".join(WEBSOCKET.split())
    assert f"compresses what has {COMPRESSED_FROM} bytes or more" in binary
    assert f"has at most {MAX_MESSAGE:,} bytes, before hello {MAX_FIRST_MESSAGE:,}" in binary
    assert f"compresses messages of {DEFLATED_FROM} bytes or more" in websocket
    assert (TOLERANCE, "One four times as long" in websocket) == (4, True)
    assert (CLOSE_TIMEOUT, "has two seconds to answer" in websocket) == (2, True)


def test_the_subprotocols_are_those_that_there_are() -> None:
    assert re.findall(r"^\| `([a-z.0-9]+)`", WEBSOCKET, re.MULTILINE) == list(CARRIAGES)


def test_the_python_that_is_shown_talks_to_a_daemon(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", BINARY, re.DOTALL)
    config = "[listener binary]\nprotocol = binary\nendpoint = tcp:0:interface=127.0.0.1\n"
    with Daemon(tmp_path, config) as daemon:
        there = program.replace("6691", str(daemon.port("binary")))
        done = subprocess.run(
            [sys.executable, "-c", there], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (done.stdout, done.stderr) == ("robot\n", "")
