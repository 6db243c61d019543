"""What was found elsewhere, made to fit: names that can be here, and nothing that is here already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from chatdaemon.accounts import schemes
from chatdaemon.accounts.login import BadEmail
from chatdaemon.accounts.newcomers import check_email
from chatdaemon.importing.fitting_channels import channel_record
from chatdaemon.importing.found import Found, FoundAccount, FoundChannel
from chatdaemon.realm.accounts import NOTHING, Account, Credentials, Marker, Standing
from chatdaemon.realm.metadata import key_fault, value_fault
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.names import vhost_fault
from chatdaemon.realm.ownership import is_service
from chatdaemon.realm.records import keep
from chatdaemon.realm.state import State
from chatdaemon.realm.text import cut, is_one_line
from chatdaemon.storage.changes import Change, PutAccount, PutChannel, PutMarker

_HEX: Final = frozenset("0123456789abcdef")
# SHA-256, in hexadecimal.
_FINGERPRINT: Final = 64


@dataclass(slots=True)
class Fitted:
    """What is to be stored, how much of each sort there is of how much, and what was left out or changed.

    `index` is the last that was used up for it.
    """

    index: int
    changes: list[Change] = field(default_factory=list)
    taken: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def fit(state: State, found: Found, index: int) -> Fitted:
    """Enter in the state what can be there, under indices after `index`.

    A channel or an access goes only to accounts that were found with it: whoever has registered the same name
    here may be somebody else.
    """
    fitted = Fitted(index, problems=list(found.problems))
    accounts = _accounts(state, found.accounts, fitted)
    for folded in accounts:
        fitted.changes.append(PutAccount(state.accounts[folded]))
    markers = _markers(state, accounts)
    fitted.changes += map(PutMarker, markers)
    channels = _channels(state, found.channels, accounts, fitted)
    fitted.taken["accounts"] = (len(accounts), len(found.accounts))
    fitted.taken["channels"] = (channels, len(found.channels))
    return fitted


# Accounts.


def _accounts(state: State, found: list[FoundAccount], fitted: Fitted) -> dict[str, FoundAccount]:
    """Those that are in the state now and were not before, by folded name."""
    taken: dict[str, FoundAccount] = {}
    for each in found:
        fault = _name_fault(state, each.name)
        if fault:
            _about(fitted, each, f"left out: {fault}")
            continue
        fitted.index += 1
        keep(state, _account(state, each, fitted))
        taken[state.fold(each.name)] = each
    # Only now: what is somebody's name here is nobody's nick.
    for folded, each in taken.items():
        account = state.accounts[folded]
        nicks = tuple(dict.fromkeys(nick for nick in each.nicks if _is_free_nick(state, nick, each, fitted)))
        certificates = tuple(_certificates(state, each, fitted))
        keep(state, replace(account, nicks=_without_doubles(state, nicks), certificates=certificates))
    return taken


def _name_fault(state: State, name: str) -> str | None:
    fault = state.naming.nick_fault(name, state.settings.nick_length)
    if fault:
        return _lowered(fault)
    if is_service(state, name):
        return "this name belongs to a service"
    if state.owner(name) is not None:
        return "there is an account or a nickname of this name already; that one is kept"
    return None


def _is_free_nick(state: State, nick: str, account: FoundAccount, fitted: Fitted) -> bool:
    if state.fold(nick) == state.fold(account.name):
        return False
    fault = _name_fault(state, nick)
    if fault:
        _about(fitted, account, f"its nickname {nick} is left out: {fault}")
    return not fault


def _without_doubles(state: State, nicks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple({state.fold(nick): nick for nick in nicks}.values())


def _certificates(state: State, found: FoundAccount, fitted: Fitted) -> list[str]:
    good: dict[str, None] = {}
    for text in found.certificates:
        fingerprint = text.replace(":", "").lower()
        if len(fingerprint) != _FINGERPRINT or not _HEX.issuperset(fingerprint):
            _about(
                fitted, found, "a certificate is left out: its fingerprint is no SHA-256 (NickServ CERT ADD)"
            )
        elif fingerprint in state.certificates:
            _about(fitted, found, "a certificate is left out: it logs in to another account already")
        else:
            good[fingerprint] = None
    return list(good)


def _account(state: State, found: FoundAccount, fitted: Fitted) -> Account:
    suspended = found.suspended is not None
    return Account(
        id=fitted.index,
        name=found.name,
        registered_at=found.registered_at,
        standing=Standing.SUSPENDED if suspended else Standing.ACTIVE,
        credentials=Credentials(_password(found, fitted), found.scram),
        email=_email(found, fitted),
        settings=dict(found.settings) or NOTHING,
        metadata=_metadata(state, found, fitted) or NOTHING,
        vhost=_vhost(found, found.vhost, fitted),
        asked_vhost=_vhost(found, found.asked_vhost, fitted),
        last_seen_at=max(found.last_seen_at, found.registered_at),
        note=_line(found.suspended or "", state.settings.quit_length),
    )


def _password(found: FoundAccount, fitted: Fitted) -> str | None:
    if found.password is None or schemes.known(found.password):
        return found.password
    # Nothing of it is said but what is known to be the name of a scheme: some keep passwords as they are.
    kind = " (crypt, of the system's library)" if found.password.startswith("posix:") else ""
    _about(
        fitted,
        found,
        f"it has no password: it was kept in a way{kind} that is not known here; an operator gives it another"
        f" (NickServ SAPASSWD {found.name} ...)",
    )
    return None


def _email(found: FoundAccount, fitted: Fitted) -> str | None:
    if not found.email:
        return None
    try:
        check_email(found.email)
    except BadEmail:
        _about(fitted, found, "its e-mail address is left out: mail cannot be sent to it")
        return None
    return found.email


def _vhost(found: FoundAccount, host: str, fitted: Fitted) -> str | None:
    if not host:
        return None
    fault = vhost_fault(host)
    if fault:
        _about(fitted, found, f"the virtual host {host} is left out: {_lowered(fault)}")
    return None if fault else host


def _metadata(state: State, found: FoundAccount | FoundChannel, fitted: Fitted) -> dict[str, str]:
    good = {}
    for key, value in found.metadata.items():
        fault = key_fault(key) or value_fault(value, state.settings)
        if fault:
            _about(fitted, found, f"the metadata {key} is left out: {_lowered(fault)}")
        else:
            good[key] = value
    return good


def _markers(state: State, accounts: dict[str, FoundAccount]) -> list[Marker]:
    return [
        Marker(state.accounts[folded].id, state.fold(target), at)
        for folded, found in accounts.items()
        for target, at in _latest(state, found.markers).items()
        if at > 0 and is_one_line(target)
    ]


def _latest(state: State, markers: dict[str, int]) -> dict[str, int]:
    """By target as it is folded here, where two can have become one."""
    latest: dict[str, int] = {}
    for target, at in markers.items():
        folded = state.fold(target)
        latest[folded] = max(at, latest.get(folded, 0))
    return latest


# Channels.


def _channels(
    state: State, found: list[FoundChannel], accounts: dict[str, FoundAccount], fitted: Fitted
) -> int:
    """How many have been taken."""
    owners = {folded: name for folded, name in state.reserved.items() if name in accounts}
    names: dict[str, None] = dict.fromkeys(state.channels)
    before = len(names)
    for each in found:
        fault = state.naming.channel_fault(each.name, state.settings.channel_length)
        if fault:
            _about(fitted, each, f"left out: {_lowered(fault)}")
            continue
        if state.fold(each.name) in names:
            _about(fitted, each, "left out: there is one already; that one is kept")
            continue
        founder = _founder(state, each, owners, fitted)
        if founder is None:
            continue
        fitted.index += 1
        names[state.fold(each.name)] = None
        record, faults = channel_record(state, each, founder, owners, fitted.index)
        for fault in faults:
            _about(fitted, each, fault)
        fitted.changes.append(PutChannel(replace(record, metadata=_metadata(state, each, fitted) or NOTHING)))
    return len(names) - before


def _founder(state: State, found: FoundChannel, owners: dict[str, str], fitted: Fitted) -> str | None:
    """The account that the channel belongs to from now on; None: there is none."""
    founder = owners.get(state.fold(found.founder))
    if founder is not None:
        return state.accounts[founder].name
    highest = sorted(found.access, key=lambda access: -access.ranks)
    heirs = [found.successor, *(access.account for access in highest if access.ranks >= Rank.OP)]
    heir = next((owners[state.fold(name)] for name in heirs if state.fold(name) in owners), None)
    if heir is None:
        _about(
            fitted, found, f"left out: its founder {found.founder} was not taken over, and nobody inherits it"
        )
        return None
    name = state.accounts[heir].name
    _about(fitted, found, f"it belongs to {name} now: its founder {found.founder} was not taken over")
    return name


# What is said of both.


def _about(fitted: Fitted, found: FoundAccount | FoundChannel, text: str) -> None:
    sort = "account" if isinstance(found, FoundAccount) else "channel"
    fitted.problems.append(f"{sort} {found.name}: {text}")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _line(text: str, size: int) -> str:
    return cut(" ".join(text.replace("\0", " ").split()), size)
