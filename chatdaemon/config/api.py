"""Sessions of programs that lose their connection: a section of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.quantities import Duration, Number, Off


@dataclass(frozen=True, slots=True, kw_only=True)
class API:
    """`[api]`: how long programs and the web page are waited for when they have lost their connection."""

    resume_time: Annotated[
        float | None,
        Key(
            Off(Duration(1, 86400)),
            "How long somebody whose connection is lost is there for all others, in case they come back and"
            " go on where they were; off: they leave at once. It is for those who ask for it.",
        ),
    ] = 120.0
    resume_events: Annotated[
        int,
        Key(
            Number(0, 1_000_000),
            "Of all that happens, how much is kept in memory to be told to those who come back; whoever has"
            " missed more is told that there is a gap. Some 500 bytes each.",
        ),
    ] = 10_000
    resume_sessions: Annotated[
        int,
        Key(
            Number(1, 100_000),
            "Sessions of one account, or without one of one address, that are kept; with more, the one that"
            " was lost first ends. Of an account's not more than half as many as clients-per-user.",
        ),
    ] = 20
