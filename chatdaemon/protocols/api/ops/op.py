"""What all ops have."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatdaemon.accounts.devices import DEVICE

# Numbers that every JSON library reads exactly (RFC 8259, section 6).
LARGEST_ID = 2**53 - 1
LONGEST_ID = 64

Id = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID)] | Annotated[str, Meta(max_length=LONGEST_ID)] | None

# What a client may be called (accounts.devices).
Device = Annotated[str, Meta(pattern=DEVICE)]

# Longer ones the server never makes.
LONGEST_MESSAGE_ID = 64
MessageId = Annotated[str, Meta(min_length=1, max_length=LONGEST_MESSAGE_ID)]

# What a client calls a message, so that it can say it again safely.
LONGEST_KEY = 64
MessageKey = Annotated[str, Meta(min_length=1, max_length=LONGEST_KEY)]

# How many of something an answer may have.
Limit = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


def words(name: str) -> str:
    """What a class is called in messages: ForceJoin is force_join."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Op(Struct, kw_only=True, gc=False, tag_field="op", tag=words):
    """`id` is the client's own, and stands in the reply; without one the reply has none.

    The docstring of each op is what the reference says of it: what it does, for who asks ("you"), in
    Markdown, and then a line `:param field: what it is` for each field whose name alone does not say it.
    """

    # The fields in which a text may have several lines, divided by LF.
    SEVERAL_LINES: ClassVar[tuple[str, ...]] = ()

    id: Id = None
