"""What the protocols are called as WebSocket subprotocols, and how their messages stand in a stream.

IRCv3 "WebSocket support": one line a message, without CR LF. JSON: one object a message. Binary: one frame a
message, without its length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Final

from websockets.frames import Opcode

from chatdaemon.wire.frames import PREFACE

_LENGTH = Struct(">I")
# In JSON these are white space between two tokens, and nothing that a text may hold.
_ENDS_TO_TABS = bytes.maketrans(b"\r\n", b"\t\t")
_ENDS_TO_CR = bytes.maketrans(b"\n", b"\r")


@dataclass(frozen=True, slots=True, eq=False)
class Carriage:
    """How messages of one subprotocol go in and out.

    `sends` is the kind of its messages, `accepts` the kinds of a client's. `into` makes of a message what a
    session expects in a stream, and `out_of` messages of what it writes there. `opening` is what a stream
    begins with that says what is spoken, which the handshake has said here. `compressed`: long messages are
    compressed already.
    """

    sends: Opcode
    accepts: tuple[Opcode, ...]
    into: Callable[[bytes], bytes]
    out_of: Callable[[bytes], list[bytes]]
    opening: bytes = b""
    compressed: bool = False


def _irc_in(message: bytes) -> bytes:
    # Who ends the line all the same is understood. Other line ends must not make several lines of it: an
    # application may have passed on what somebody pasted. The parser refuses a CR within a line.
    return message.rstrip(b"\r\n").translate(_ENDS_TO_CR) + b"\n"


def _irc_out(data: bytes) -> list[bytes]:
    return data[:-2].split(b"\r\n")


def _irc_text_out(data: bytes) -> list[bytes]:
    return _irc_out(data if _is_utf8(data) else data.decode(errors="replace").encode())


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _json_in(message: bytes) -> bytes:
    return message.translate(_ENDS_TO_TABS) + b"\n"


def _json_out(data: bytes) -> list[bytes]:
    return data[:-1].split(b"\n")


def _binary_in(message: bytes) -> bytes:
    return _LENGTH.pack(len(message)) + message


def _binary_out(data: bytes) -> list[bytes]:
    messages = []
    at = 0
    while at < len(data):
        start = at + _LENGTH.size
        at = start + _LENGTH.unpack_from(data, at)[0]
        messages.append(data[start:at])
    return messages


IRC_TEXT: Final = Carriage(Opcode.TEXT, (Opcode.TEXT,), _irc_in, _irc_text_out)
IRC_BINARY: Final = Carriage(Opcode.BINARY, (Opcode.BINARY,), _irc_in, _irc_out)
# Clients from before there were subprotocols send either kind.
IRC_LEGACY: Final = Carriage(Opcode.TEXT, (Opcode.TEXT, Opcode.BINARY), _irc_in, _irc_text_out)
JSON: Final = Carriage(Opcode.TEXT, (Opcode.TEXT,), _json_in, _json_out)
BINARY: Final = Carriage(Opcode.BINARY, (Opcode.BINARY,), _binary_in, _binary_out, PREFACE, compressed=True)

CARRIAGES: Final = {
    "text.ircv3.net": IRC_TEXT,
    "binary.ircv3.net": IRC_BINARY,
    "json.chatdaemon": JSON,
    "binary.chatdaemon": BINARY,
}
"""The subprotocols that there are, each with how its messages are carried."""
