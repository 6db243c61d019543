"""What Anope knows of modes and of access to channels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from chatdaemon.importing.flatfile import AnopeObject
from chatdaemon.importing.found import Found, FoundAccess, FoundAccount, FoundChannel
from chatdaemon.importing.modes import (
    ANOPE_FLAGS,
    ANOPE_IMPLIED,
    ANOPE_LISTS,
    ANOPE_SETTINGS,
    mask_here,
)
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.modes import Rank

# The privileges that give ranks, highest first, with the level and the flags that have them by default.
_PRIVILEGES: Final = (
    ("AUTOOWNER", 9999, "QqF", Rank.FOUNDER),
    ("AUTOPROTECT", 10, "Aa", Rank.ADMIN),
    ("AUTOOP", 5, "Oo", Rank.OP),
    ("AUTOHALFOP", 4, "Hh", Rank.HALFOP),
    ("AUTOVOICE", 3, "Vv", Rank.VOICE),
)
_XOP: Final = {
    "QOP": Rank.FOUNDER,
    "SOP": Rank.ADMIN,
    "AOP": Rank.OP,
    "HOP": Rank.HALFOP,
    "VOP": Rank.VOICE,
}
_TIME: Final = re.compile("[0-9]{1,12}")
_LEVEL: Final = re.compile("-?[0-9]{1,6}")
# Nobody has a privilege whose level is this or less.
_DISABLED: Final = -10000


def add_modes(found: Found, channel: FoundChannel, text: str) -> None:
    """Put on a channel what its modes were last.

    `NAME` or `NAME,value` in 2.0; `+NAME` or `+NAME,when,who,value` in 2.1.
    """
    for word in text.split():
        if word.startswith("+"):
            name, *rest = word.removeprefix("+").split(",", 3)
            at, by, value = rest if len(rest) == 3 else ("", "", ",".join(rest))
            _add_mode(found, channel, name, value, by, int(at) * 1000 if _TIME.fullmatch(at) else 0)
        else:
            name, _, value = word.partition(",")
            _add_mode(found, channel, name, value)


def _add_mode(found: Found, channel: FoundChannel, name: str, value: str, by: str = "", at: int = 0) -> None:
    if name in ANOPE_FLAGS:
        channel.flags[ANOPE_FLAGS[name]] = None
    elif name in ANOPE_SETTINGS:
        channel.settings[ANOPE_SETTINGS[name]] = value
    elif name in ANOPE_LISTS:
        which, prefix = ANOPE_LISTS[name]
        channel.enter(which, prefix + value if prefix else mask_here(value), by, at)
    elif name not in ANOPE_IMPLIED:
        found.about(f"channel {channel.name}", f"there is no mode {name} here")


def lock_modes(found: Found, locks: Iterable[tuple[FoundChannel, AnopeObject]]) -> None:
    """Have locked modes be as they are locked, and stay so."""
    kept: dict[str, tuple[FoundChannel, dict[str, None]]] = {}
    for channel, lock in locks:
        name, on = lock.get("name"), lock.get("set") not in ("", "0")
        if on:
            _add_mode(
                found, channel, name, lock.get("param"), lock.get("setter"), lock.number("created") * 1000
            )
        mode = ANOPE_FLAGS.get(name) or ANOPE_SETTINGS.get(name)
        if mode is None:
            continue
        if not on:
            if name in ANOPE_FLAGS:
                channel.flags.pop(ANOPE_FLAGS[name], None)
            else:
                channel.settings.pop(ANOPE_SETTINGS[name], None)
        kept.setdefault(channel.name, (channel, {}))[1][mode.value] = None
    for channel, words in kept.values():
        channel.registration[RegistrationSetting.KEEP_MODES] = " ".join(words)


def add_access(
    found: Found, channel: FoundChannel, record: AnopeObject, levels: str, owners: Mapping[str, FoundAccount]
) -> None:
    """Give an account the ranks that it had."""
    name = record.get("mask")
    account = owners.get(name.lower())
    if account is None:
        found.about(
            f"channel {channel.name}",
            f"the access of {name} is left out: here, accounts have access, not masks or channels",
        )
        return
    ranks = _ranks(record.get("provider"), record.get("data"), levels)
    if not ranks:
        found.about(f"channel {channel.name}", f"the access of {account.name} comes with no rank here")
        return
    channel.access.append(
        FoundAccess(account.name, ranks, record.get("creator"), record.number("created") * 1000)
    )


def _ranks(provider: str, data: str, levels: str) -> Rank:
    if provider == "access/xop":
        return _XOP.get(data.upper(), Rank.NONE)
    if provider == "access/flags":
        return next((rank for _, _, flags, rank in _PRIVILEGES if set(flags) & set(data)), Rank.NONE)
    if not _LEVEL.fullmatch(data):
        return Rank.NONE
    words = levels.split()
    own = {
        key: int(value)
        for key, value in zip(words[::2], words[1::2], strict=False)
        if _LEVEL.fullmatch(value)
    }
    for privilege, default, _, rank in _PRIVILEGES:
        needed = own.get(privilege, default)
        if _DISABLED < needed <= int(data):
            return rank
    return Rank.NONE
