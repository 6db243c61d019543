"""Registered channels: who owns a channel, and what outlives its members."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.modes import Rank


@dataclass(frozen=True, slots=True)
class RegisterChannel:
    """The actor's account becomes the founder of a channel in which the actor is an operator."""

    channel: str


@dataclass(frozen=True, slots=True)
class DropChannel:
    """The channel is like any other again, and gone when nobody is in it."""

    channel: str


@dataclass(frozen=True, slots=True)
class TransferChannel:
    """Another account becomes the founder."""

    channel: str
    account: str


@dataclass(frozen=True, slots=True)
class SetAccess:
    """The ranks that an account has from now on whenever it joins (NONE: none). AMODE, FLAGS."""

    channel: str
    account: str
    ranks: Rank


@dataclass(frozen=True, slots=True)
class SyncRanks:
    """Give somebody the ranks that their account has in a channel (ChanServ OP without a nick, UP), or take
    away all that they hold (DOWN). `nick` None is the actor."""

    channel: str
    nick: str | None = None
    down: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRegistration:
    """Set something of a registered channel (None: nothing)."""

    channel: str
    setting: RegistrationSetting
    value: str | None


@dataclass(frozen=True, slots=True)
class RenameChannel:
    """Give a channel another name: it stays the same channel, members, access and history
    (draft/channel-rename)."""

    channel: str
    name: str
    reason: str = ""
