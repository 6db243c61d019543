"""Any op with anything in it, made from the types of the ops themselves: a new op, or a new field, needs nothing
here."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec import inspect

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.ops.modes import MODES

# Stands for the id of something that was said.
SAID = "the last"
# What is mostly in a field of this name, so that more than an error comes of it.
MOSTLY: dict[str, Sequence[Any]] = {
    "account": ("alice", "ALICE", "erin"),
    "after": (SAID,),
    "around": (SAID,),
    "auth": ("AAAAAAAAAAAAAAAAAAAAAA",),
    "before": (SAID,),
    "channel": ("#a", "#b", "#A", "#new", "#door"),
    "code": ("code",),
    "device": ("phone", ""),
    "endpoint": ("https://push.example/1",),
    "fingerprint": ("ab" * 32,),
    "host": ("cloak.example",),
    "invitation": ("code",),
    "key": ("avatar", "url", "k"),
    "message_id": (SAID,),
    "mode": tuple(MODES),
    "name": ("#c", "token", "root"),
    "new": ("alicia", "open sesame"),
    "nick": ("alice", "bob", "carol", "dave", "CAROL", "dan/elsewhere"),
    "p256dh": ("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",),
    "password": ("sesame", "a long password", "of root"),
    "reply": (SAID,),
    "target": ("#a", "#b", "carol", "dave", "alice"),
    "url": ("https://example.org/hook",),
    "value": ("on", "off", "none", "alice", "carol", "x!*@*", "3600", ""),
    "verbs": (["*"], ["send", "events"]),
}
# Words of the protocols, where they are not asked for.
WORDS = (
    "*", "@#a", "+draft/reply", "+typing", "*!*@192.0.2.9", "$a:alice", "2026-01-01T00:00:00.000Z", "0000010000000003",
)  # fmt: skip
# What parts a line of IRC, or looks as if it did; what is told apart by its first letter; what ends a line
# elsewhere; and what is not as long as it looks.
PARTS = (
    " ", ":", " :", "#", "@", "@a=b ", "!", "*", "?", ",", ";", "=", "\\", "\\n", "\\s", "/", "+", "-", "~", "%s", "{0}",
    "\x01", "\x01ACTION ", "\x02", "\x034,5", "\t", "\x0b", "\x0c", "\x1c", "\x1e", "\x7f", "\x85", "\xa0", "\u2028",
    "\u2029", "\u200d", "\u202e", "\ufeff", "\ufffd", "\ufdd0", "é", "e\u0301", "\u0301" * 40, "ﬁ", "İ", "ß", "😀",
    "👩‍👩‍👧", "a", "A", "0", "PRIVMSG", "x" * 31, "x" * 400, "é" * 300, "😀" * 120,
)  # fmt: skip
# What no text may have in it.
BREAKS = ("\n", "\r", "\r\n", "\0", "\nQUIT :x\r\n")


class Anything:
    """Makes ops at random."""

    def __init__(self, random: Random, without: frozenset[str] = frozenset()) -> None:
        """
        :param without: ops that are not made.
        """
        union = inspect.type_info(ops.AnyOp)
        assert isinstance(union, inspect.UnionType)
        kinds = [each for each in union.types if isinstance(each, inspect.StructType)]
        self._kinds = [each for each in kinds if each.tag not in without]
        self._random = random

    def op(self) -> dict[str, Any]:
        """An op as an object, without an id."""
        kind = self._random.choice(self._kinds)
        return {"op": kind.tag, **self._fields(kind)}

    def text(self) -> str:
        random = self._random
        if random.random() < 0.1:
            return random.choice(WORDS)
        made = [random.choice(PARTS) for _ in range(random.choice((0, 1, 1, 2, 2, 3, 6)))]
        if random.random() < 0.04:
            made.insert(random.randint(0, len(made)), random.choice(BREAKS))
        return "".join(made)

    def _fields(self, kind: inspect.StructType) -> dict[str, Any]:
        return {
            field.encode_name: self._field(field)
            for field in kind.fields
            if field.encode_name != "id" and (field.required or self._random.random() < 0.4)
        }

    def _field(self, field: inspect.Field) -> Any:
        usual = MOSTLY.get(field.encode_name)
        if usual and self._random.random() < 0.85:
            return self._random.choice(usual)
        return self._value(field.type)

    def _value(self, kind: inspect.Type) -> Any:
        """What stands in a message for a value of this type, or hardly."""
        random = self._random
        match kind:
            case inspect.StrType(max_length=most):
                return self.text()[:most]
            case inspect.IntType():
                return random.choice((1, 2, 3, 100, -1, 0, 2**53 - 1))
            case inspect.BoolType():
                return random.random() < 0.5
            case inspect.EnumType(cls=cls):
                return random.choice([each.value for each in cls])
            case inspect.UnionType(types=types):
                return self._value(
                    random.choice([each for each in types if type(each) is not inspect.NoneType])
                )
            case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
                return [self._value(item) for _ in range(random.randint(0, 3))]
            case inspect.DictType(key_type=key, value_type=value):
                return {self._value(key): self._value(value) for _ in range(random.randint(0, 2))}
            case inspect.StructType():
                return self._fields(kind)
            case inspect.Metadata(type=within):
                return self._value(within)
        raise AssertionError(f"no values for {kind}")
