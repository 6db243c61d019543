"""Messages to ops and objects to messages: what every format of the API has in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec import Raw, Struct, ValidationError

from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.ops import AnyOp, Id
from chatdaemon.realm.text import is_one_line

Object = dict[str, Any]

_MISSING = re.compile(r"Object missing required field `(\w+)`$")


class Identified(Struct):
    """As much of an op as its answer needs."""

    id: Id = None


class Decoder(Protocol):
    """One of msgspec's, for a type."""

    def decode(self, message: bytes, /) -> Any: ...


class Encoder(Protocol):
    """One of msgspec's."""

    def encode(self, found: Any, /) -> bytes: ...


class Codec:
    """One format of the API's messages. `name` is what people call it, `malformed` the code of what cannot be
    read at all. Subclasses say what stands around a message where one follows another."""

    def __init__(
        self, name: str, malformed: Code, decoder: Decoder, identified: Decoder, encoder: Encoder
    ) -> None:
        """
        :param decoder: for AnyOp.
        :param identified: for Identified.
        """
        self.name = name
        self.malformed = malformed
        self._decoder = decoder
        self._identified = identified
        self._encoder = encoder

    def encode(self, found: Object) -> bytes:
        """An object as one message, with what delimits it."""
        raise AssertionError("a subclass delimits messages")

    def raw(self, found: Object) -> Raw:
        """An object as it stands within another."""
        return Raw(self._encoder.encode(found))

    def decode(self, message: bytes) -> AnyOp:
        """One message, without what delimits it, as the op that it asks for. Raises Fault."""
        try:
            op: AnyOp = self._decoder.decode(message)
        except ValidationError as error:
            raise _invalid(str(error), self._id_of(message)) from None
        except RecursionError:
            raise Fault(self.malformed, f"The {self.name} is nested too deeply") from None
        except UnicodeDecodeError:
            raise Fault(self.malformed, "The text is not UTF-8") from None
        except ValueError as error:
            raise Fault(self.malformed, f"This is not {self.name}: {error}") from None
        if self.may_break(message):
            _check_text(op)
        return op

    def may_break(self, message: bytes) -> bool:
        """Whether there may be line ends in the texts of a message."""
        return True

    def _id_of(self, message: bytes) -> Id:
        """The id in a message that is no valid op, if there is a valid one."""
        try:
            found: Identified = self._identified.decode(message)
        except (ValueError, RecursionError):
            return None
        return found.id


def _invalid(text: str, id: Id) -> Fault:
    message, _, at = text.rpartition(" - at `")
    message, at = (message, at.removesuffix("`")) if message else (text, "$")
    # Of a key that is no text it is said where it stands.
    at = at.removeprefix("key` in `")
    missing = _MISSING.match(message)
    if missing is not None:
        at = f"{at}.{missing[1]}"
    if at == "$.op" and message.startswith("Invalid value"):
        return Fault(Code.UNKNOWN_OP, "There is no such op", at, id)
    return Fault(Code.BAD_REQUEST, message, at, id)


def _check_text(op: AnyOp) -> None:
    """Raise Fault unless all that the op says can be said in every protocol."""
    for name in op.__struct_fields__:
        if name == "id":
            continue
        at = _unfit(getattr(op, name), f"$.{name}", may_break=name in op.SEVERAL_LINES)
        if at is not None:
            raise Fault(Code.BAD_TEXT, "A text is one line, without line ends and NUL", at, op.id)


def _unfit(value: object, at: str, *, may_break: bool = False) -> str | None:
    """Where in a value there is a text that cannot be said in every protocol; None when there is none."""
    if isinstance(value, str):
        return None if is_one_line(value.replace("\n", "") if may_break else value) else at
    if isinstance(value, dict):
        return None if all(map(is_one_line, (*value.keys(), *value.values()))) else at
    within: Iterable[tuple[str, object]]
    if isinstance(value, list):
        within = ((f"{at}[{number}]", each) for number, each in enumerate(value))
    elif isinstance(value, Struct):
        within = ((f"{at}.{name}", getattr(value, name)) for name in value.__struct_fields__)
    else:
        return None
    return next(filter(None, (_unfit(each, where) for where, each in within)), None)
