"""Bodies of requests and answers: an op is called in the path, and the body has its fields."""

from __future__ import annotations

from typing import Any, Final

from msgspec import json

from chatdaemon.protocols.api.codec import Codec, Identified, Object
from chatdaemon.protocols.api.errors import Code
from chatdaemon.protocols.api.ops import Bye, Hello, Login, Logout, Monitor, Op
from chatdaemon.protocols.api.table import PERFORM

# They are about a connection, which there is none of: the token is who asks.
NOT_OVER_HTTP: Final = (Hello, Login, Logout, Monitor, Bye)


class BodyCodec(Codec):
    """One JSON object, the whole body."""

    def __init__(self, decoded: Any) -> None:
        """
        :param decoded: the type of the bodies.
        """
        super().__init__(
            "JSON", Code.BAD_JSON, json.Decoder(decoded), json.Decoder(Identified), json.Encoder()
        )

    def encode(self, found: Object) -> bytes:
        return self._encoder.encode(found)

    def may_break(self, message: bytes) -> bool:
        return b"\\" in message


BODY: Final = BodyCodec(Identified)
"""For bodies of answers."""


def ops_over_http() -> dict[str, type[Op]]:
    """The ops that can be asked for over HTTP, by what they are called."""
    known: list[type[Op]] = [op for op in PERFORM if issubclass(op, Op)]
    return {str(op.__struct_config__.tag): op for op in known if not issubclass(op, NOT_OVER_HTTP)}
