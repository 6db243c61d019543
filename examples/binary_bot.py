"""A bot that speaks binary frames with nothing but msgspec and a socket: it greets whoever joins.

python examples/binary_bot.py '#door' 6691
"""

import socket
import struct
import sys
import zlib
from typing import Any

import msgspec

connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
stream = connection.makefile("rb")


def say(**op: Any) -> None:
    packed = msgspec.msgpack.encode(op)
    connection.sendall(struct.pack(">IB", len(packed) + 1, 0) + packed)


def hear() -> dict[str, Any]:
    length, flags = struct.unpack(">IB", stream.read(5))
    packed = stream.read(length - 1)
    found: dict[str, Any] = msgspec.msgpack.decode(zlib.decompress(packed) if flags & 1 else packed)
    return found


connection.sendall(b"CHD1")
say(op="hello", v=1, nick="doorman")
say(op="join", channel=sys.argv[1])
while True:
    event = hear()
    if event.get("event") == "join":
        say(op="send", target=event["channel"], text=f"Welcome, {event['from']['nick']}!")
    elif event.get("event") == "ping":
        say(op="ping")
