"""What outlives the realm's memory: how it is taken from the state, and put back at start."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Account, ChannelRecord, Invitation, Marker
from chatdaemon.realm.confusables import skeleton
from chatdaemon.realm.masks import compile_mask
from chatdaemon.realm.state import Channel, State


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is stored of a realm. `index` is that of the last entry that changed any of it."""

    index: int = 0
    accounts: tuple[Account, ...] = ()
    channels: tuple[ChannelRecord, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    markers: tuple[Marker, ...] = ()


def load(state: State, kept: Kept) -> None:
    """Put into an empty state what was kept of another."""
    state.index = kept.index
    for account in kept.accounts:
        keep(state, account)
    for record in kept.channels:
        channel = channel_from(state, record)
        state.channels[channel.folded] = channel
        state.founded.setdefault(state.fold(record.registration.founder), {})[channel] = None
    state.invitations = {invitation.code: invitation for invitation in kept.invitations}
    for marker in kept.markers:
        state.markers.setdefault(marker.account, {})[marker.target] = marker.at


def keep(state: State, account: Account) -> None:
    """Enter an account in the state, in place of what it was before if it was there."""
    folded = state.fold(account.name)
    forget(state, folded)
    state.accounts[folded] = account
    for nick in (account.name, *account.nicks):
        state.reserved[state.fold(nick)] = folded
        state.skeletons[skeleton(nick)] = folded
    for fingerprint in account.certificates:
        state.certificates[fingerprint] = folded


def forget(state: State, folded: str) -> None:
    """Take an account out of the state, with all ways to it but its users and channels."""
    account = state.accounts.pop(folded, None)
    if account is None:
        return
    for nick in (account.name, *account.nicks):
        del state.reserved[state.fold(nick)]
        # Two nicks of one account may look alike.
        state.skeletons.pop(skeleton(nick), None)
    for fingerprint in account.certificates:
        del state.certificates[fingerprint]


def channel_record(channel: Channel) -> ChannelRecord:
    """What outlives the members of a registered channel. It shares nothing that could change later.

    Raises ValueError for one that is not registered.
    """
    if channel.registration is None:
        raise ValueError(f"{channel.name} is not registered")
    return ChannelRecord(
        id=channel.id,
        name=channel.name,
        created_at=channel.created_at,
        registration=channel.registration,
        topic=channel.topic,
        topic_by=channel.topic_by,
        topic_at=channel.topic_at,
        flags=tuple(channel.flags),
        settings=dict(channel.settings),
        lists={which: tuple(channel.entries(which)) for which in channel.lists},
        metadata=channel.metadata,
    )


def channel_from(state: State, record: ChannelRecord) -> Channel:
    """The channel that a record was taken from, with nobody in it."""
    channel = Channel(record.id, record.name, state.fold(record.name), record.created_at)
    channel.registration = record.registration
    channel.metadata = record.metadata
    channel.topic, channel.topic_by, channel.topic_at = record.topic, record.topic_by, record.topic_at
    channel.flags = dict.fromkeys(record.flags)
    channel.settings = dict(record.settings)
    for which, entries in record.lists.items():
        masks = [(entry, compile_mask(entry.mask, state.fold)) for entry in entries]
        channel.lists[which] = {mask.key: (entry, mask) for entry, mask in masks}
    channel.guarded = policy.is_guarded(channel)
    return channel
