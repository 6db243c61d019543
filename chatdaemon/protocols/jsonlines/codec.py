"""Lines to ops and objects to lines: the only module here that knows how JSON is read and written."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct, ValidationError
from msgspec.json import Decoder, Encoder

from chatdaemon.protocols.jsonlines.errors import Code, Fault
from chatdaemon.protocols.jsonlines.ops import AnyOp, Id
from chatdaemon.realm.text import is_one_line

Object = dict[str, Any]

_MISSING = re.compile(r"Object missing required field `(\w+)`$")


class _Identified(Struct):
    id: Id = None


_decoder: Decoder[AnyOp] = Decoder(AnyOp)
_identified = Decoder(_Identified)
_encoder = Encoder()


def encode(found: Object) -> bytes:
    """An object as one line."""
    return _encoder.encode(found) + b"\n"


def decode(line: bytes) -> AnyOp:
    """One line as the op that it asks for. Raises Fault."""
    try:
        op = _decoder.decode(line)
    except ValidationError as error:
        raise _invalid(str(error), _id_of(line)) from None
    except RecursionError:
        raise Fault(Code.BAD_JSON, "The JSON is nested too deeply") from None
    except UnicodeDecodeError:
        raise Fault(Code.BAD_JSON, "The line is not UTF-8") from None
    except ValueError as error:
        raise Fault(Code.BAD_JSON, f"This is not JSON: {error}") from None
    # A line end can only come out of an escape: JSON allows no control character as it is.
    if b"\\" in line:
        _check_text(op)
    return op


def _invalid(text: str, id: Id) -> Fault:
    message, _, at = text.rpartition(" - at `")
    message, at = (message, at.removesuffix("`")) if message else (text, "$")
    missing = _MISSING.match(message)
    if missing is not None:
        at = f"{at}.{missing[1]}"
    if at == "$.op" and message.startswith("Invalid value"):
        return Fault(Code.UNKNOWN_OP, "There is no such op", at, id)
    return Fault(Code.BAD_REQUEST, message, at, id)


def _id_of(line: bytes) -> Id:
    """The id in a line that is no valid op, if there is a valid one."""
    try:
        return _identified.decode(line).id
    except (ValueError, RecursionError):
        return None


def _check_text(op: AnyOp) -> None:
    """Raise Fault unless all that the op says can be said in every protocol."""
    for name in op.__struct_fields__:
        value = getattr(op, name)
        if name == "id":
            continue
        if isinstance(value, str):
            words = [value]
        elif isinstance(value, dict):
            words = [*value.keys(), *value.values()]
        else:
            continue
        if not all(map(is_one_line, words)):
            raise Fault(Code.BAD_TEXT, "A text is one line, without line ends and NUL", f"$.{name}", op.id)
