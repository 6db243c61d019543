"""Ergo's database (ircd.db): one key for each thing that is known of an account or, before version 23 of its
schema, of a channel; after that, a channel is one JSON object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chatdaemon.importing import gojson
from chatdaemon.importing.ergo_credentials import add_credentials
from chatdaemon.importing.found import (
    Found,
    FoundAccess,
    FoundAccount,
    FoundChannel,
    NotImportable,
    milliseconds,
)
from chatdaemon.importing.modes import ERGO_FLAGS, ERGO_RANKS, mask_here
from chatdaemon.realm.accounts import AccountSetting
from chatdaemon.realm.modes import ChannelList, ChannelSetting

_VERSION: Final = "0 AP9VDdQKv3n1mI5ZYY3bVw"
_OLD_VERSION: Final = "db.version"
_OLDEST: Final = 2
# From here on a channel is one JSON object; from there on a suspension is a record of its own.
_CHANNELS: Final = "1 "
_SUSPENSIONS: Final = 18
_LEFT_OUT: Final = {
    "bans.": "server bans (KLINE, DLINE, UBAN): there are none here; use the firewall, or [limits]",
    "channel.purged ": "purged channels: there is nothing of the kind here",
    "2 ": "purged channels: there is nothing of the kind here",
    "account.pushsubscriptions ": "push subscriptions: clients make them anew",
    "vhostQueue ": "requests for virtual hosts: people ask again (HostServ REQUEST)",
}
_NANOSECONDS: Final = 1_000_000
# As many as fit Go's int64: 292 years.
_LONGEST: Final = 2**63
_DIGITS: Final = re.compile("[0-9]{1,19}")


def read(keys: Mapping[str, str], now: int) -> Found:
    """What a database holds. :param now: ms since 1970. Raises NotImportable when it is not Ergo's."""
    version = keys.get(_VERSION, keys.get(_OLD_VERSION, ""))
    if not _DIGITS.fullmatch(version):
        raise NotImportable("it is no database of Ergo: the version of its schema is missing")
    if int(version) < _OLDEST:
        raise NotImportable(
            f"it is of a very old Ergo (schema {version}): start a newer Ergo once with a copy of it, which"
            " brings it up to date"
        )
    found = Found()
    for folded in _named(keys, "account.exists "):
        _account(found, keys, folded, int(version), now)
    for folded in _named(keys, "channel.exists "):
        _old_channel(found, keys, folded)
    for key in keys:
        if key.startswith(_CHANNELS):
            _channel(found, _object(keys[key]))
    for prefix, what in _LEFT_OUT.items():
        number = sum(key.startswith(prefix) for key in keys)
        if number:
            found.about(f"{number} {what.partition(':')[0]}", f"left out:{what.partition(':')[2]}")
    return found


def _named(keys: Mapping[str, str], prefix: str) -> Iterator[str]:
    return (key.removeprefix(prefix) for key in keys if key.startswith(prefix))


# Accounts.


def _account(found: Found, keys: Mapping[str, str], folded: str, version: int, now: int) -> None:
    def get(what: str) -> str:
        return keys.get(f"account.{what} {folded}", "")

    name = get("name") or folded
    verified = f"account.verified {folded}" in keys
    waits = f"account.verificationcode {folded}" in keys
    if not verified and (waits or version >= _SUSPENSIONS):
        found.about(f"account {name}", "left out: its e-mail address was never confirmed")
        return
    account = FoundAccount(name, registered_at=_number_time(get("registered.time")))
    add_credentials(found, account, _object(get("credentials")))
    account.nicks = [nick for nick in get("additionalnicks").split(",") if nick]
    account.vhost = _vhost(get("vhost"))
    settings = _object(get("settings"))
    account.settings = dict(_settings(settings))
    way, _, address = get("callback").partition(":")
    account.email = str(settings.get("Email") or "") or (address if way == "mailto" else "")
    seen = [_time(each) for each in _object(get("lastseen")).values()]
    account.last_seen_at = max(seen, default=0)
    account.markers = {target: _time(at) for target, at in _object(get("readmarkers")).items()}
    account.metadata = _texts(_object(get("metadata")))
    account.suspended = _suspension(get("suspended"), now) if verified else "Suspended on the server before"
    found.accounts.append(account)


def _suspension(text: str, now: int) -> str | None:
    """Why an account is suspended; None when it is not, or not any more."""
    if not text:
        return None
    record = _object(text)
    duration = record.get("Duration")
    # What is for centuries is for ever, and Python's calendar ends.
    lasts = duration // _NANOSECONDS if isinstance(duration, int) and 0 < duration < _LONGEST else 0
    until = _time(record.get("TimeCreated")) + lasts
    if lasts and until <= now:
        return None
    reason = str(record.get("Reason") or "Suspended on the server before")
    if not lasts:
        return reason
    return f"{reason} (until {datetime.fromtimestamp(until / 1000, UTC):%Y-%m-%d %H:%M} UTC)"


def _vhost(text: str) -> str:
    # It was the host itself where a version of `ergo importdb` has written it.
    if not text.startswith("{"):
        return text
    record = _object(text)
    return str(record.get("ApprovedVHost") or "") if record.get("Enabled") else ""


def _settings(settings: Mapping[str, Any]) -> Iterator[tuple[AccountSetting, str]]:
    # 0 is the server's default; 2, and 3 before that was made 2, are degrees of enforcement.
    enforcement = settings.get("NickEnforcement")
    if enforcement in (1, 2, 3):
        yield AccountSetting.ENFORCE, "off" if enforcement == 1 else "on"
    for key, setting in (("AlwaysOn", AccountSetting.ALWAYS_ON), ("AutoAway", AccountSetting.AUTO_AWAY)):
        # Disabled and mandatory; the others are said of servers only.
        if settings.get(key) in (1, 4):
            yield setting, "off" if settings[key] == 1 else "on"


# Channels.


def _old_channel(found: Found, keys: Mapping[str, str], folded: str) -> None:
    def get(what: str) -> str:
        return keys.get(f"channel.{what} {folded}", "")

    channel = FoundChannel(
        name=get("name") or folded,
        founder=get("founder"),
        registered_at=_number_time(get("registered.time")),
        topic=get("topic"),
        topic_by=get("topic.setby"),
        topic_at=_number_time(get("topic.settime")),
    )
    add_modes(found, channel, get("modes"), get("key"), get("userlimit"), get("forward"))
    _add_lists(
        channel, gojson.read(get("banlist")), gojson.read(get("exceptlist")), gojson.read(get("invitelist"))
    )
    _add_access(channel, _object(get("accounttoumode")))
    found.channels.append(channel)


def _channel(found: Found, record: Mapping[str, Any]) -> None:
    name = str(record.get("Name") or "")
    if not name:
        found.about("a channel", "left out: its record cannot be read")
        return
    channel = FoundChannel(
        name=name,
        founder=str(record.get("Founder") or ""),
        registered_at=_time(record.get("RegisteredAt")),
        topic=str(record.get("Topic") or ""),
        topic_by=str(record.get("TopicSetBy") or ""),
        topic_at=_time(record.get("TopicSetTime")),
    )
    modes = record.get("Modes")
    letters = "".join(map(_letter, modes if isinstance(modes, list) else ()))
    key, limit, forward = (str(record.get(each) or "") for each in ("Key", "UserLimit", "Forward"))
    add_modes(found, channel, letters, key, limit, forward)
    _add_lists(channel, record.get("Bans"), record.get("Excepts"), record.get("Invites"))
    _add_access(channel, record.get("AccountToUMode"))
    channel.metadata = _texts(record.get("Metadata"))
    found.channels.append(channel)


def add_modes(found: Found, channel: FoundChannel, letters: str, key: str, limit: str, forward: str) -> None:
    """Put modes on a channel; those that there are none of here are reported."""
    for letter in letters.replace("+", ""):
        flag = ERGO_FLAGS.get(letter)
        if flag is not None:
            channel.flags[flag] = None
        elif letter not in "klf":
            found.about(f"channel {channel.name}", f"there is no mode {letter} here")
    given = {
        ChannelSetting.KEY: key,
        ChannelSetting.LIMIT: "" if limit == "0" else limit,
        ChannelSetting.FORWARD: forward,
    }
    channel.settings = {setting: value for setting, value in given.items() if value}


def _add_lists(channel: FoundChannel, *lists: Any) -> None:
    order = (ChannelList.BAN, ChannelList.BAN_EXCEPTION, ChannelList.INVITE_EXCEPTION)
    for which, masks in zip(order, lists, strict=True):
        entries = sorted(_entries(masks), key=lambda entry: entry[2])
        for mask, by, at in entries:
            channel.enter(which, mask_here(mask), by, at)


def _entries(masks: Any) -> Iterator[tuple[str, str, int]]:
    """Masks, who set them, and when."""
    if isinstance(masks, list):
        # At first there was nothing else.
        yield from ((str(mask), "", 0) for mask in masks)
    for mask, record in (masks if isinstance(masks, dict) else {}).items():
        known = record if isinstance(record, dict) else {}
        yield mask, str(known.get("CreatorNickmask") or ""), _time(known.get("TimeCreated"))


def _add_access(channel: FoundChannel, access: Any) -> None:
    for account, mode in (access if isinstance(access, dict) else {}).items():
        ranks = ERGO_RANKS.get(_letter(mode))
        if ranks is not None:
            channel.access.append(FoundAccess(str(account), ranks, at=channel.registered_at))


def _letter(mode: Any) -> str:
    """Of a mode that is the number of a character."""
    return chr(mode) if isinstance(mode, int) and 0 < mode < 128 else "?"


# What is written in all of these.


def _object(text: str) -> dict[str, Any]:
    record = gojson.read(text)
    return record if isinstance(record, dict) else {}


def _texts(record: Any) -> dict[str, str]:
    pairs = record.items() if isinstance(record, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def _number_time(text: str) -> int:
    return milliseconds(int(text)) if _DIGITS.fullmatch(text) else 0


def _time(text: Any) -> int:
    """A time as Go writes it in JSON; its zero is the year 1."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return 0
    return max(0, int(at.timestamp() * 1000)) if at.tzinfo is not None else 0
