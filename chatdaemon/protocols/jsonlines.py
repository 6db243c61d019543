"""The API over a stream of lines, one JSON object each (NDJSON), for programs. `docs/protocol-json.md` is its
reference."""

from __future__ import annotations

from typing import Final

from msgspec import json

from chatdaemon.protocols.api.codec import Codec, Identified, Object
from chatdaemon.protocols.api.connection import APIConnection
from chatdaemon.protocols.api.errors import Code
from chatdaemon.protocols.api.ops import AnyOp
from chatdaemon.protocols.api.server import APIServer
from chatdaemon.wire.lines import LineSplitter


class JSONCodec(Codec):
    """One object a line."""

    def __init__(self) -> None:
        super().__init__("JSON", Code.BAD_JSON, json.Decoder(AnyOp), json.Decoder(Identified), json.Encoder())

    def encode(self, found: Object) -> bytes:
        return self._encoder.encode(found) + b"\n"

    def may_break(self, message: bytes) -> bool:
        # A line end can only come out of an escape: JSON allows no control character as it is.
        return b"\\" in message


JSON: Final = JSONCodec()


class JSONConnection(APIConnection):
    """A connection that speaks JSON lines."""

    def __init__(self, server: APIServer, secure: bool) -> None:
        super().__init__(server, JSON, LineSplitter, secure)
