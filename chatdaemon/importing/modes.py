"""Channel modes and ranks as Ergo has their letters and Anope their names; and masks that others write
otherwise."""

from __future__ import annotations

import re
from typing import Final

from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, Rank

ERGO_FLAGS: Final = {
    "i": ChannelFlag.INVITE_ONLY,
    "m": ChannelFlag.MODERATED,
    "n": ChannelFlag.MEMBERS_ONLY,
    "s": ChannelFlag.SECRET,
    "t": ChannelFlag.TOPIC_PROTECTED,
    "C": ChannelFlag.NO_CTCP,
    "R": ChannelFlag.LOGIN_TO_JOIN,
    "M": ChannelFlag.LOGIN_TO_SPEAK,
    "u": ChannelFlag.AUDITORIUM,
    "U": ChannelFlag.OP_MODERATED,
    "E": ChannelFlag.ROLEPLAY,
}
ERGO_RANKS: Final = {"q": Rank.FOUNDER, "a": Rank.ADMIN, "o": Rank.OP, "h": Rank.HALFOP, "v": Rank.VOICE}

ANOPE_FLAGS: Final = {
    "INVITE": ChannelFlag.INVITE_ONLY,
    "MODERATED": ChannelFlag.MODERATED,
    "NOEXTERNAL": ChannelFlag.MEMBERS_ONLY,
    "SECRET": ChannelFlag.SECRET,
    "TOPIC": ChannelFlag.TOPIC_PROTECTED,
    "NOCTCP": ChannelFlag.NO_CTCP,
    "BLOCKCOLOR": ChannelFlag.NO_FORMATTING,
    "STRIPCOLOR": ChannelFlag.NO_FORMATTING,
    "REGISTEREDONLY": ChannelFlag.LOGIN_TO_JOIN,
    "REGMODERATED": ChannelFlag.LOGIN_TO_SPEAK,
    "NONOTICE": ChannelFlag.NO_NOTICE,
    "NONICK": ChannelFlag.NO_NICK_CHANGE,
    "AUDITORIUM": ChannelFlag.AUDITORIUM,
    "OPMODERATED": ChannelFlag.OP_MODERATED,
}
ANOPE_SETTINGS: Final = {
    "KEY": ChannelSetting.KEY,
    "LIMIT": ChannelSetting.LIMIT,
    "REDIRECT": ChannelSetting.FORWARD,
}
ANOPE_LISTS: Final = {
    "BAN": (ChannelList.BAN, ""),
    "EXCEPT": (ChannelList.BAN_EXCEPTION, ""),
    "INVITEOVERRIDE": (ChannelList.INVITE_EXCEPTION, ""),
    "QUIET": (ChannelList.BAN, "~m:"),
    "ACCOUNTBAN": (ChannelList.BAN, "~a:"),
    "REALNAMEBAN": (ChannelList.BAN, "~r:"),
    "CHANNELBAN": (ChannelList.BAN, "~c:"),
}
"""The list, and what its masks have in front of them here."""
ANOPE_IMPLIED: Final = frozenset({"REGISTERED", "PERM"})
"""What every registered channel is here."""

# InspIRCd's and Ergo's have no prefix; UnrealIRCd's mean other things by a few letters.
_BARE: Final = re.compile(r"(!?)([A-Za-z]|account|channel|mute|realname):(.+)")
_BARE_NAMES: Final = {
    "R": "a", "account": "a", "j": "c", "channel": "c", "m": "m", "mute": "m", "r": "r", "realname": "r",
}  # fmt: skip
_UNREAL_NAMES: Final = {"~q:": "~m:", "~quiet:": "~m:"}


def mask_here(mask: str) -> str:
    """A mask as it is written here. What has no equal stays as it is, and is found to be none."""
    for theirs, ours in _UNREAL_NAMES.items():
        if mask.startswith(theirs):
            return ours + mask.removeprefix(theirs)
    bare = _BARE.fullmatch(mask)
    if bare is None:
        return mask
    negated, name, value = bare.groups()
    return f"~{negated}{_BARE_NAMES.get(name, name)}:{value}"
