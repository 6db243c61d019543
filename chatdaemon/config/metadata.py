"""What programs show of people and channels: a section of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.quantities import Duration, Number, Off


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """`[metadata]`: avatars, addresses and the like, which people set for programs to show (METADATA)."""

    keys: Annotated[int | None, Key(Off(Number(1)), "Keys that one user or channel may have.")] = 50
    value_length: Annotated[
        int,
        Key(Number(1, 350), "Longest value, in bytes: it has to fit a line with its key and whose it is."),
    ] = 300
    subscriptions: Annotated[
        int | None, Key(Off(Number(1)), "Keys that one client may have itself told of.")
    ] = 50
    change_burst: Annotated[
        int | None,
        Key(Off(Number(1)), "Changes that a client may make without waiting; off: as many as it likes."),
    ] = 10
    change_interval: Annotated[float, Key(Duration(0.1, 86400), "After that, one more in so much time.")] = (
        12.0
    )
