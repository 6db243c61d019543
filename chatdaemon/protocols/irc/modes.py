"""The letters of IRC for the realm's modes, and the prefixes for its ranks."""

from __future__ import annotations

from collections.abc import Iterable

from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelMode,
    ChannelRank,
    ChannelSetting,
    ModeChange,
    Rank,
    UserMode,
    UserModeChange,
)
from chatdaemon.realm.state import Channel, User
from chatdaemon.wire.ircmodes import Change, Kind, format_changes

CHANNEL_MODES: dict[str, ChannelMode] = {
    "b": ChannelList.BAN,
    "e": ChannelList.BAN_EXCEPTION,
    "I": ChannelList.INVITE_EXCEPTION,
    "k": ChannelSetting.KEY,
    "l": ChannelSetting.LIMIT,
    "f": ChannelSetting.FORWARD,
    "i": ChannelFlag.INVITE_ONLY,
    "m": ChannelFlag.MODERATED,
    "n": ChannelFlag.MEMBERS_ONLY,
    "s": ChannelFlag.SECRET,
    "t": ChannelFlag.TOPIC_PROTECTED,
    "C": ChannelFlag.NO_CTCP,
    "c": ChannelFlag.NO_FORMATTING,
    "R": ChannelFlag.LOGIN_TO_JOIN,
    "M": ChannelFlag.LOGIN_TO_SPEAK,
    "T": ChannelFlag.NO_NOTICE,
    "N": ChannelFlag.NO_NICK_CHANGE,
    "u": ChannelFlag.AUDITORIUM,
    "U": ChannelFlag.OP_MODERATED,
    "E": ChannelFlag.ROLEPLAY,
    "q": ChannelRank.FOUNDER,
    "a": ChannelRank.ADMIN,
    "o": ChannelRank.OP,
    "h": ChannelRank.HALFOP,
    "v": ChannelRank.VOICE,
}

USER_MODES: dict[str, UserMode] = {
    "i": UserMode.INVISIBLE,
    "o": UserMode.OPERATOR,
    "w": UserMode.WALLOPS,
    "s": UserMode.SERVER_NOTICES,
    "B": UserMode.BOT,
    "R": UserMode.LOGGED_IN_ONLY,
    "g": UserMode.CALLER_ID,
    "T": UserMode.NO_CTCP,
    "Z": UserMode.SECURE,
}

LETTER_OF_CHANNEL_MODE = {mode: letter for letter, mode in CHANNEL_MODES.items()}
# By the realm's word for the mode, which is never that of two.
LETTER_OF_WORD = {mode.value: letter for letter, mode in CHANNEL_MODES.items()}
LETTER_OF_USER_MODE = {mode: letter for letter, mode in USER_MODES.items()}

# Highest first, as PREFIX lists them.
PREFIX_OF_RANK = {Rank.FOUNDER: "~", Rank.ADMIN: "&", Rank.OP: "@", Rank.HALFOP: "%", Rank.VOICE: "+"}
RANK_OF_PREFIX = {prefix: rank for rank, prefix in PREFIX_OF_RANK.items()}
RANKS_HIGHEST_FIRST = "qaohv"


def _kind(mode: ChannelMode) -> Kind:
    if isinstance(mode, ChannelList):
        return Kind.LIST
    if isinstance(mode, ChannelRank):
        return Kind.RANK
    if mode is ChannelSetting.KEY:
        return Kind.ALWAYS_PARAM
    return Kind.PARAM_WHEN_SET if isinstance(mode, ChannelSetting) else Kind.FLAG


CHANNEL_KINDS = {letter: _kind(mode) for letter, mode in CHANNEL_MODES.items()}
USER_KINDS = dict.fromkeys(USER_MODES, Kind.FLAG)

# All prefixes of a member, highest first, and the highest alone, by the number of its ranks.
PREFIXES = ["".join(prefix for rank, prefix in PREFIX_OF_RANK.items() if ranks & rank) for ranks in range(32)]
PREFIX = [prefixes[:1] for prefixes in PREFIXES]


def chanmodes() -> str:
    """ISUPPORT's CHANMODES: the letters of each type."""
    order = (Kind.LIST, Kind.ALWAYS_PARAM, Kind.PARAM_WHEN_SET, Kind.FLAG)
    return ",".join(
        "".join(sorted(letter for letter, kind in CHANNEL_KINDS.items() if kind is wanted))
        for wanted in order
    )


def wire_changes(changes: Iterable[ModeChange]) -> list[Change]:
    """The realm's changes in letters."""
    return [Change(each.add, LETTER_OF_CHANNEL_MODE[each.mode], each.value) for each in changes]


def mode_lines(changes: Iterable[ModeChange], room: int) -> list[str]:
    """Mode strings with their parameters, each at most `room` bytes."""
    return [" ".join((text, *params)) for text, params in format_changes(wire_changes(changes), room)]


def channel_mode_words(channel: Channel, *, hides_key: bool) -> list[str]:
    """What is set on a channel, for RPL_CHANNELMODEIS. A hidden key is "*": clients count parameters."""
    letters = "+"
    values = []
    for letter, mode in sorted(CHANNEL_MODES.items()):
        if isinstance(mode, ChannelFlag):
            if mode in channel.flags:
                letters += letter
        elif isinstance(mode, ChannelSetting) and mode in channel.settings:
            letters += letter
            hidden = hides_key and mode is ChannelSetting.KEY
            values.append("*" if hidden else channel.settings[mode])
    return [letters, *values]


def user_modes_text(user: User) -> str:
    """What is set on a user, as one mode string."""
    return "+" + "".join(sorted(LETTER_OF_USER_MODE[mode] for mode in user.modes))


def user_mode_text(changes: Iterable[UserModeChange]) -> str:
    """User mode changes as one mode string."""
    wire = [Change(each.add, LETTER_OF_USER_MODE[each.mode]) for each in changes]
    return "".join(text for text, _ in format_changes(wire, 400))
