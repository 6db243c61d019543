"""Modes: what channels and users are set to, in the realm's words."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chatdaemon.protocols.api.ops.op import Op
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelMode,
    ChannelRank,
    ChannelSetting,
    UserMode,
)

MODES: dict[str, ChannelMode] = {
    mode.value: mode for kind in (ChannelFlag, ChannelSetting, ChannelList, ChannelRank) for mode in kind
}
"""All modes of channels by their names, which are never those of two."""

# In one request.
MOST_CHANGES = 100


class Change(Struct, gc=False):
    """One mode set (`add`), or taken away.

    :param value: the nick of a rank, the mask of a list, the value of a key, a limit or a forward.
    """

    mode: Annotated[str, Meta(extra_json_schema={"enum": list(MODES)})]
    add: bool = True
    value: str | None = None


class UserChange(Struct, gc=False):
    """One mode of your own set (`add`), or taken away."""

    mode: UserMode
    add: bool = True


Changes = Annotated[list[Change], Meta(min_length=1, max_length=MOST_CHANGES)]
UserChanges = Annotated[list[UserChange], Meta(min_length=1, max_length=MOST_CHANGES)]


class Mode(Op):
    """Changes modes of a channel; without `changes` tells what is set, and with `list` what is on this list.
    What cannot be done stands in `refusals`; the rest is done.

    :param changes: each with a `mode`, `"add":false` to take it away, and for some a `value`.
    :param list: `ban`, `ban_exception` or `invite_exception`.
    :param override: as an operator of the server with the privilege `override`.
    :param by_access: by what your account may do in a registered channel, wherever you are.
    """

    channel: str
    changes: Changes | None = None
    list: ChannelList | None = None
    override: bool = False
    by_access: bool = False


class UserModes(Op):
    """Changes your own modes, and tells what they are now.

    :param changes: each with a `mode`, and `"add":false` to take it away.
    """

    changes: UserChanges | None = None
