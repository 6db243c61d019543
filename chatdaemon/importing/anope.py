"""Anope's database, of 2.0 and 2.1: NickServ's accounts and nicks, ChanServ's channels and who may do what in
them, HostServ's virtual hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from chatdaemon.importing.anope_channels import add_access, add_modes, lock_modes
from chatdaemon.importing.flatfile import AnopeObject
from chatdaemon.importing.found import Found, FoundAccount, FoundChannel
from chatdaemon.importing.modes import mask_here
from chatdaemon.realm.accounts import AccountSetting, RegistrationSetting
from chatdaemon.realm.modes import ChannelList

# What is read below.
_READ: Final = frozenset(
    {
        "NickCore",
        "NickAlias",
        "NSSuspendInfo",
        "HostRequest",
        "ChannelInfo",
        "CSSuspendInfo",
        "ChanAccess",
        "AutoKick",
        "ModeLock",
        "EntryMsg",
        "CSMiscData",
    }
)
_MISCELLANEOUS: Final = {"URL": RegistrationSetting.URL, "EMAIL": RegistrationSetting.EMAIL}

Objects = Mapping[str, list[AnopeObject]]


def convert(objects: Iterable[AnopeObject], now: int) -> Found:
    """What the objects say. :param now: ms since 1970."""
    sorts: dict[str, list[AnopeObject]] = {}
    for each in objects:
        sorts.setdefault(each.type, []).append(each)
    found = Found()
    accounts = _accounts(found, sorts)
    owners = _nicks(found, sorts, accounts)
    _suspend(sorts, owners, now)
    for request in sorts.get("HostRequest", ()):
        account = owners.get(_folded(request.get("nick")))
        if account is not None:
            account.asked_vhost = request.get("host")
    found.accounts = list(accounts.values())
    ids = {
        each.get("uniqueid"): each.get("display")
        for each in sorts.get("NickCore", ())
        if each.get("uniqueid")
    }
    _channels(found, sorts, owners, ids)
    others = Counter(each.type for each in objects if each.type not in _READ)
    for sort, number in others.items():
        found.about(f"{number} {sort}", "left out: there is nothing of the kind here")
    return found


def _folded(name: str) -> str:
    # As Anope compares names, by default.
    return name.lower()


# Accounts.


def _accounts(found: Found, sorts: Objects) -> dict[str, FoundAccount]:
    """By folded name."""
    accounts = {}
    for core in sorts.get("NickCore", ()):
        name = core.get("display")
        if core.has("UNCONFIRMED"):
            found.about(f"account {name}", "left out: it was never confirmed")
            continue
        account = FoundAccount(
            name,
            registered_at=core.number("registered", "time_registered") * 1000,
            password=core.get("pass") or None,
            certificates=core.get("cert").split(),
            email=core.get("email"),
        )
        # 2.0, and 2.1.
        if core.has("KILLPROTECT", "PROTECT"):
            account.settings[AccountSetting.ENFORCE] = "on"
        if core.has("NS_PRIVATE", "PRIVATE"):
            account.settings[AccountSetting.PRIVATE] = "on"
        accounts[_folded(name)] = account
    return accounts


def _nicks(found: Found, sorts: Objects, accounts: Mapping[str, FoundAccount]) -> dict[str, FoundAccount]:
    """Give accounts what is known of their nicks; the accounts, by any of their folded nicks."""
    by_id = {
        core.get("uniqueid"): accounts.get(_folded(core.get("display"))) for core in sorts.get("NickCore", ())
    }
    owners = dict(accounts)
    for alias in sorts.get("NickAlias", ()):
        nick = alias.get("nick")
        account = (
            by_id.get(alias.get("ncid")) if alias.get("ncid") else accounts.get(_folded(alias.get("nc")))
        )
        if account is None:
            continue
        owners[_folded(nick)] = account
        own = _folded(nick) == _folded(account.name)
        if not own:
            account.nicks.append(nick)
        registered_at = alias.number("registered", "time_registered") * 1000
        if registered_at and (own or not account.registered_at):
            account.registered_at = min(registered_at, account.registered_at or registered_at)
        account.last_seen_at = max(account.last_seen_at, alias.number("last_seen") * 1000)
        host = alias.get("vhost_host")
        if host and (own or not account.vhost):
            account.vhost = host
            if alias.get("vhost_ident"):
                found.about(
                    f"account {account.name}", f"its virtual host is {host}, without a user name in front"
                )
    return owners


def _suspend(sorts: Objects, owners: Mapping[str, FoundAccount], now: int) -> None:
    for record in sorts.get("NSSuspendInfo", ()):
        account = owners.get(_folded(record.get("nick", "what")))
        expires = record.number("expires") * 1000
        if account is not None and not 0 < expires <= now:
            account.suspended = record.get("reason") or "Suspended on the server before"
    for core in sorts.get("NickCore", ()):
        account = owners.get(_folded(core.get("display")))
        if account is not None and account.suspended is None and core.has("SUSPENDED", "NS_SUSPENDED"):
            account.suspended = "Suspended on the server before"


# Channels.


def _channels(
    found: Found, sorts: Objects, owners: Mapping[str, FoundAccount], ids: Mapping[str, str]
) -> None:
    suspended = {_folded(each.get("ci", "what", "chan")) for each in sorts.get("CSSuspendInfo", ())}
    channels: dict[str, FoundChannel] = {}
    levels: dict[str, str] = {}
    for info in sorts.get("ChannelInfo", ()):
        name = info.get("name")
        if _folded(name) in suspended or info.has("CS_SUSPENDED", "SUSPENDED"):
            found.about(f"channel {name}", "left out: it is suspended, and there is nothing of the kind here")
            continue
        channel = channels[_folded(name)] = FoundChannel(
            name,
            founder=ids.get(info.get("founderid")) or info.get("founder"),
            successor=ids.get(info.get("successorid")) or info.get("successor"),
            registered_at=info.number("registered", "time_registered") * 1000,
            topic=info.get("last_topic"),
            topic_by=info.get("last_topic_setter"),
            topic_at=info.number("last_topic_time") * 1000,
        )
        levels[_folded(name)] = info.get("levels")
        if info.get("description"):
            channel.registration[RegistrationSetting.DESCRIPTION] = info.get("description")
        if info.has("CS_PRIVATE", "PRIVATE"):
            channel.registration[RegistrationSetting.PRIVATE] = "on"
        add_modes(found, channel, info.get("last_modes"))
    found.channels = list(channels.values())
    known: dict[str, list[tuple[FoundChannel, AnopeObject]]] = {}
    for sort in ("ChanAccess", "AutoKick", "ModeLock", "EntryMsg", "CSMiscData"):
        pairs = ((channels.get(_folded(each.get("ci"))), each) for each in sorts.get(sort, ()))
        known[sort] = [(owner, each) for owner, each in pairs if owner is not None]
    for channel, access in known["ChanAccess"]:
        add_access(found, channel, access, levels[_folded(channel.name)], owners)
    for channel, kick in known["AutoKick"]:
        account = ids.get(kick.get("ncid")) or kick.get("nc")
        mask = f"~a:{account}" if account else mask_here(kick.get("mask"))
        channel.enter(ChannelList.BAN, mask, kick.get("creator"), kick.number("addtime") * 1000)
    lock_modes(found, known["ModeLock"])
    for channel, message in known["EntryMsg"]:
        if RegistrationSetting.ENTRY_MESSAGE in channel.registration:
            found.about(f"channel {channel.name}", "it has several entry messages; the first is kept")
        channel.registration.setdefault(RegistrationSetting.ENTRY_MESSAGE, message.get("message"))
    for channel, record in known["CSMiscData"]:
        setting = _MISCELLANEOUS.get(record.get("name").rpartition(":")[2].upper())
        if setting is not None:
            channel.registration[setting] = record.get("data")
