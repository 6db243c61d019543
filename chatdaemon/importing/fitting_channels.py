"""A channel that was found elsewhere as a record of ours."""

from __future__ import annotations

from typing import Final

from chatdaemon.importing.found import FoundChannel
from chatdaemon.realm.accounts import (
    NOTHING,
    Access,
    ChannelRecord,
    Registration,
    RegistrationSetting,
)
from chatdaemon.realm.entry import message_id
from chatdaemon.realm.masks import MaskError, compile_mask
from chatdaemon.realm.modes import ChannelList, ChannelSetting, ListEntry
from chatdaemon.realm.state import State
from chatdaemon.realm.text import cut

# Bytes; who set something has to fit a line with it.
_LONGEST_SETTER: Final = 120
_LONGEST_VALUE: Final = 300


def channel_record(
    state: State, found: FoundChannel, founder: str, owners: dict[str, str], index: int
) -> tuple[ChannelRecord, list[str]]:
    """The record, and what of the channel could not be taken over.

    :param owners: the accounts that may be given access, folded, by each of their folded nicks.
    """
    faults: list[str] = []
    topic = _line(found.topic)
    if len(topic.encode()) > state.settings.topic_length:
        topic = cut(topic, state.settings.topic_length)
        faults.append(f"its topic is cut: topics have {state.settings.topic_length} bytes at most here")
    record = ChannelRecord(
        id=message_id(index, 0),
        name=found.name,
        created_at=found.registered_at,
        registration=Registration(
            founder=founder,
            at=found.registered_at,
            access=_access(state, found, founder, owners, faults) or NOTHING,
            settings=_registration(found) or NOTHING,
        ),
        topic=topic,
        topic_by=_setter(found.topic_by, founder) if topic else "",
        topic_at=found.topic_at if topic else 0,
        flags=tuple(found.flags),
        settings=_settings(state, found, faults) or NOTHING,
        lists=_lists(state, found, founder, faults) or NOTHING,
    )
    return record, faults


def _access(
    state: State, found: FoundChannel, founder: str, owners: dict[str, str], faults: list[str]
) -> dict[str, Access]:
    access: dict[str, Access] = {}
    for each in found.access:
        folded = owners.get(state.fold(each.account))
        if folded is None:
            if state.fold(each.account) != state.fold(found.founder):
                faults.append(f"the access of {each.account} is left out: that account was not taken over")
        elif folded != state.fold(founder):
            before = access.get(folded)
            # Several nicks of one account.
            ranks = each.ranks | before.ranks if before is not None else each.ranks
            at = each.at or found.registered_at
            access[folded] = Access(state.accounts[folded].name, ranks, _setter(each.by, founder), at)
    return access


def _registration(found: FoundChannel) -> dict[RegistrationSetting, str]:
    lines = {setting: cut(_line(value), _LONGEST_VALUE) for setting, value in found.registration.items()}
    return {setting: value for setting, value in lines.items() if value}


def _settings(state: State, found: FoundChannel, faults: list[str]) -> dict[ChannelSetting, str]:
    good = {}
    for setting, value in found.settings.items():
        if setting is ChannelSetting.KEY:
            # A key is not said.
            fault = (
                None
                if _is_key(value, state.settings.key_length)
                else "its key is left out: it is no key here"
            )
        elif setting is ChannelSetting.LIMIT:
            value = value.lstrip("0")
            fine = value.isascii() and value.isdigit() and len(value) < 10
            fault = None if fine else "its limit is left out: it is no number of members"
        else:
            wrong = state.naming.channel_fault(value, state.settings.channel_length)
            fault = f"its forward is left out: {value} is no channel's name here" if wrong else None
        if fault is None:
            good[setting] = value
        else:
            faults.append(fault)
    return good


def _is_key(value: str, longest: int) -> bool:
    plain = value.isascii() and value.isprintable() and not any(c in value for c in " ,:")
    return bool(value) and plain and len(value) <= longest


def _lists(
    state: State, found: FoundChannel, founder: str, faults: list[str]
) -> dict[ChannelList, tuple[ListEntry, ...]]:
    lists: dict[ChannelList, tuple[ListEntry, ...]] = {}
    for which, entries in found.lists.items():
        good: dict[str, ListEntry] = {}
        for entry in entries:
            try:
                mask = compile_mask(entry.mask, state.fold)
            except MaskError as error:
                faults.append(f"the mask {entry.mask} is left out: {str(error)[:1].lower()}{str(error)[1:]}")
                continue
            if mask.seconds:
                faults.append(f"the mask {entry.mask} is left out: it was good for a time only")
                continue
            at = entry.at or found.registered_at
            good.setdefault(mask.key, ListEntry(mask.text, _setter(entry.by, founder), at))
        if good:
            lists[which] = tuple(good.values())
    return lists


def _setter(text: str, otherwise: str) -> str:
    """Who set something, as one word."""
    word = text.isprintable() and " " not in text and not text.startswith(":")
    return cut(text, _LONGEST_SETTER) if text and word else otherwise


def _line(text: str) -> str:
    """One line that IRC can say, with its formatting."""
    return "".join(" " if c in "\r\n\0" else c for c in text).encode(errors="replace").decode().strip(" ")
