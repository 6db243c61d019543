"""What every event has."""

from __future__ import annotations

from typing import NamedTuple

from chatdaemon.realm.entry import ChannelId, UserId

Audience = ChannelId | tuple[UserId, ...]


class Who(NamedTuple):
    """A user at one moment. `source` is nick!username@host; `operator`: one of the server's."""

    id: UserId
    nick: str
    username: str
    host: str
    account: str | None
    realname: str
    bot: bool
    source: str
    operator: bool = False


class Stamp(NamedTuple):
    """When an event happened (ms since 1970) and its message id."""

    at: int
    msgid: str
