"""What history keeps: the part of the configuration that concerns it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chatdaemon.realm.settings import FOR_EVER, UNLIMITED


class Channels(StrEnum):
    """The channels whose messages are stored. Of others the last are kept in memory."""

    ALL = "all"
    REGISTERED = "registered"
    NONE = "none"


class Kept(StrEnum):
    """What is kept beside messages."""

    JOIN = "join"
    PART = "part"  # and kicks
    QUIT = "quit"
    NICK = "nick"
    TOPIC = "topic"
    MODE = "mode"
    TAG = "tag"  # reactions and the like (TAGMSG); that somebody is typing is never kept


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """`max_age` is in ms, `max_messages` a number for each conversation; FOR_EVER and UNLIMITED: all.

    `ring` is how many messages of a conversation that is not stored are kept in memory (0: none).
    """

    channels: Channels = Channels.ALL
    private: bool = True  # what two accounts write to one another is stored
    events: frozenset[Kept] = frozenset(Kept)
    ring: int = 200
    max_age: int = FOR_EVER
    max_messages: int = UNLIMITED
    limit: int = 1000  # messages that one may ask for at once
    replay: int = 1000  # of each conversation to clients that cannot ask
    replay_on_join: int = 0  # to clients that cannot ask, of a channel that they join, whoever they are
    durable_echo: bool = False  # IRC: a labelled message is echoed when it is stored
