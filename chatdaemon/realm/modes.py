"""What a channel, a membership and a user can be set to, in the realm's own words.

The letters of IRC are a wire format: they are in `protocols/irc/modes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag, StrEnum


class Rank(IntFlag):
    """The ranks of a member, lowest first; comparing numbers compares the highest rank held."""

    NONE = 0
    VOICE = 1
    HALFOP = 2
    OP = 4
    ADMIN = 8
    FOUNDER = 16


class ChannelFlag(StrEnum):
    """A channel mode that is on or off."""

    INVITE_ONLY = "invite_only"
    MODERATED = "moderated"
    MEMBERS_ONLY = "members_only"  # no messages from outside
    SECRET = "secret"
    TOPIC_PROTECTED = "topic_protected"
    NO_CTCP = "no_ctcp"
    NO_FORMATTING = "no_formatting"  # colours and formatting are taken out
    LOGIN_TO_JOIN = "login_to_join"
    LOGIN_TO_SPEAK = "login_to_speak"
    NO_NOTICE = "no_notice"
    NO_NICK_CHANGE = "no_nick_change"
    AUDITORIUM = "auditorium"  # ordinary members do not see one another come and go
    OP_MODERATED = "op_moderated"  # what nobody may say to all is said to the operators
    ROLEPLAY = "roleplay"  # members may speak as somebody who is not there


class ChannelSetting(StrEnum):
    """A channel mode with one value."""

    KEY = "key"
    LIMIT = "limit"
    FORWARD = "forward"


class ChannelList(StrEnum):
    """A channel mode that is a list of masks."""

    BAN = "ban"
    BAN_EXCEPTION = "ban_exception"
    INVITE_EXCEPTION = "invite_exception"


class ChannelRank(StrEnum):
    """A channel mode that gives a member a rank."""

    FOUNDER = "founder"
    ADMIN = "admin"
    OP = "op"
    HALFOP = "halfop"
    VOICE = "voice"

    @property
    def rank(self) -> Rank:
        return RANK_OF[self]


RANK_OF = {
    ChannelRank.FOUNDER: Rank.FOUNDER,
    ChannelRank.ADMIN: Rank.ADMIN,
    ChannelRank.OP: Rank.OP,
    ChannelRank.HALFOP: Rank.HALFOP,
    ChannelRank.VOICE: Rank.VOICE,
}

ChannelMode = ChannelFlag | ChannelSetting | ChannelList | ChannelRank


class UserMode(StrEnum):
    """What a user can be set to."""

    INVISIBLE = "invisible"
    OPERATOR = "operator"
    WALLOPS = "wallops"
    SERVER_NOTICES = "server_notices"
    BOT = "bot"
    LOGGED_IN_ONLY = "logged_in_only"  # only logged-in users send to me
    CALLER_ID = "caller_id"  # only those whom I have accepted send to me
    NO_CTCP = "no_ctcp"  # nobody sends me CTCP, save ACTION
    SECURE = "secure"  # set by the server: this user's connection is encrypted


class Privilege(StrEnum):
    """What an operator may do."""

    KILL = "kill"
    REHASH = "rehash"
    DIE = "die"
    WALLOPS = "wallops"
    OVERRIDE = "override"
    SEE_HIDDEN = "see-hidden"
    STATS = "stats"
    NO_FLOOD = "no-flood"
    ACCOUNTS = "accounts"
    CHANNELS = "channels"
    VHOSTS = "vhosts"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class ModeChange:
    """One channel mode set (`add`) or taken away.

    `value` is the nick of a rank, the mask of a list, or the value of a setting; None for a flag. What takes
    a limit or a forward away needs none and has none once it is done; a key is named when it is taken away.
    """

    mode: ChannelMode
    add: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class UserModeChange:
    """One user mode set (`add`) or taken away."""

    mode: UserMode
    add: bool


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A mask in one of a channel's lists, with who put it there, when, and until when it is good (ms since
    1970; 0: until it is taken away)."""

    mask: str
    by: str
    at: int
    until: int = 0
