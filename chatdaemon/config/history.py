"""What is kept of what people say, and for how long: a section of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Choice, Flag, Subset
from chatdaemon.config.quantities import Duration, Number, Off

EVENTS = ("join", "part", "quit", "nick", "topic", "mode", "tag")
"""What can be kept beside messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`[history]`: what is kept of what people say, for how long, and who may read it again."""

    channels: Annotated[
        str,
        Key(
            Choice(("all", "registered", "none")),
            "The channels whose messages are stored; of others the last are kept in memory"
            " (memory-messages).",
        ),
    ] = "all"
    private: Annotated[bool, Key(Flag(), "Whether messages between people who are logged in are stored.")] = (
        True
    )
    events: Annotated[
        frozenset[str],
        Key(
            Subset(EVENTS),
            "What is kept beside messages; tag: reactions and the like. Clients are told that ask for it.",
        ),
    ] = frozenset(EVENTS)
    memory_messages: Annotated[
        int,
        Key(Number(0, 100_000), "Messages of one conversation that is not stored that are kept in memory."),
    ] = 200
    max_age: Annotated[
        float | None,
        Key(
            Off(Duration(60, 100 * 365 * 86400)),
            "How long messages are kept; off: for ever. Founders can set less for their channels.",
        ),
    ] = 365 * 86400.0
    max_messages: Annotated[
        int | None, Key(Off(Number(1)), "Messages that are kept of one conversation; off: all.")
    ] = None
    cutoff: Annotated[
        str,
        Key(
            Choice(("none", "join", "registration")),
            "From where on the members of a channel may read what was said in it: all of it (none), since"
            " they joined, or since their account was registered. Founders can set another for theirs.",
        ),
    ] = "none"
    limit: Annotated[int, Key(Number(1, 10_000), "Messages that a client may ask for at once.")] = 1000
    replay: Annotated[
        int,
        Key(
            Number(0, 10_000),
            "Of what somebody has missed in one conversation, messages that are sent to a client that cannot"
            " ask for them.",
        ),
    ] = 1000
    replay_on_join: Annotated[
        int,
        Key(
            Number(0, 1000),
            "Messages of a channel that such a client is sent when it joins, whoever it is of.",
        ),
    ] = 0
    durable_echo: Annotated[
        bool,
        Key(
            Flag(),
            "Whether a labelled message of a client with echo-message is echoed when it is stored, not"
            " before. With JSON the answer to a message always means that.",
        ),
    ] = False
