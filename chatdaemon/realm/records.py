"""What outlives the realm's memory: how it is taken from the state, and put back at start."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import (
    Account,
    ChannelRecord,
    Device,
    Invitation,
    Marker,
    MembershipRecord,
    UserRecord,
)
from chatdaemon.realm.confusables import skeleton
from chatdaemon.realm.hooks import enter_hooks
from chatdaemon.realm.keys import KeyRecord, UsedKey
from chatdaemon.realm.masks import compile_mask
from chatdaemon.realm.modes import UserMode
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.state import Channel, Membership, State, User
from chatdaemon.realm.tokens import Token

# Who was an operator of the server has to become one again.
OF_OPERATORS = (UserMode.OPERATOR, UserMode.SERVER_NOTICES)


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is stored of a realm. `index` is that of the last entry that changed any of it."""

    index: int = 0
    accounts: tuple[Account, ...] = ()
    channels: tuple[ChannelRecord, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    markers: tuple[Marker, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    users: tuple[UserRecord, ...] = ()
    memberships: tuple[MembershipRecord, ...] = ()
    devices: tuple[Device, ...] = ()
    keys: tuple[KeyRecord, ...] = ()
    tokens: tuple[Token, ...] = ()


def load(state: State, kept: Kept) -> None:
    """Put into an empty state what was kept of another.

    Raises ValueError when that does not go together: with another casemapping two names can be the same.
    """
    state.index = kept.index
    for account in kept.accounts:
        keep(state, account)
    inhabited = {each.channel for each in kept.memberships}
    for record in kept.channels:
        if record.registration is None and record.id not in inhabited:
            # Its members went with an account that was erased.
            continue
        channel = channel_from(state, record)
        if channel.folded in state.channels:
            raise ValueError(f"there are two channels {channel.name}")
        state.channels[channel.folded] = channel
        if record.registration is not None:
            state.founded.setdefault(state.fold(record.registration.founder), {})[channel] = None
            enter_hooks(state, channel)
    state.invitations = {invitation.code: invitation for invitation in kept.invitations}
    for marker in kept.markers:
        state.markers.setdefault(marker.account, {})[marker.target] = marker.at
    # As the rule keeps them: the longest not renewed first.
    for each in sorted(kept.subscriptions, key=lambda each: each.at):
        state.subscriptions.setdefault(each.account, {})[each.endpoint] = each
    _load_keys(state, kept)
    for device in kept.devices:
        state.devices.setdefault(device.account, {})[device.name] = device.seen_at
    for token in kept.tokens:
        # As this realm folds, and as the account is called.
        channels = tuple(dict.fromkeys(map(state.fold, token.channels)))
        account = state.accounts[state.numbered[token.account_id]]
        state.tokens[token.digest] = replace(token, account=account.name, channels=channels)
    _load_users(state, kept)


def keep(state: State, account: Account) -> None:
    """Enter an account in the state, in place of what it was before if it was there.

    Raises ValueError, and changes nothing, when a name or a certificate of it belongs to another account. No
    request leads to that, but another casemapping can make the same of two names.
    """
    folded = state.fold(account.name)
    names = _names(state, account)
    old = state.accounts.get(folded)
    if old is not None and old.id != account.id:
        raise ValueError(f"there are two accounts {account.name}")
    for name, nick in names.items():
        if state.reserved.get(name, folded) != folded:
            raise ValueError(f"the nickname {nick} belongs to two accounts")
    for fingerprint in account.certificates:
        if state.certificates.get(fingerprint, folded) != folded:
            raise ValueError(f"the certificate {fingerprint} belongs to two accounts")
    if old is not None:
        _forget_ways(state, old)
    state.accounts[folded] = account
    state.numbered[account.id] = folded
    for name, nick in names.items():
        state.reserved[name] = folded
        state.skeletons.setdefault(skeleton(nick), {})[name] = folded
    for fingerprint in account.certificates:
        state.certificates[fingerprint] = folded


def forget(state: State, folded: str) -> None:
    """Take an account out of the state, with all ways to it but its users and channels."""
    account = state.accounts.pop(folded, None)
    if account is not None:
        del state.numbered[account.id]
        _forget_ways(state, account)


def _names(state: State, account: Account) -> dict[str, str]:
    """What belongs to an account, by how it is folded."""
    names = {state.fold(account.name): account.name}
    for nick in account.nicks:
        names.setdefault(state.fold(nick), nick)
    return names


def _forget_ways(state: State, account: Account) -> None:
    for name, nick in _names(state, account).items():
        del state.reserved[name]
        look = skeleton(nick)
        alike = state.skeletons[look]
        del alike[name]
        if not alike:
            del state.skeletons[look]
    for fingerprint in account.certificates:
        state.certificates.pop(fingerprint, None)


def _load_keys(state: State, kept: Kept) -> None:
    """As the rule has them: message ids sort with the log."""
    for account, key, used in sorted(kept.keys, key=lambda each: each.used.msgid):
        keys: dict[str, UsedKey] = state.keys.pop(account, {})
        keys[key] = used
        state.keys[account] = keys


def _load_users(state: State, kept: Kept) -> None:
    """They are always on until they are looked at again (ResumePresence)."""
    accounts = {account.id: account for account in state.accounts.values()}
    for record in kept.users:
        user = user_from(state, record, accounts[record.account])
        if user.folded in state.nicks:
            raise ValueError(f"there are two users {user.nick}")
        state.users[user.id] = state.nicks[user.folded] = user
        state.logged_in.setdefault(state.fold(accounts[record.account].name), {})[user] = None
        state.invisible += UserMode.INVISIBLE in user.modes
    state.most_users = len(state.users)
    channels = {channel.id: channel for channel in state.channels.values()}
    for each in sorted(kept.memberships, key=lambda each: each.entry):
        user, channel = state.users[each.user], channels[each.channel]
        membership = Membership(each.ranks, each.joined_at, each.entry)
        user.channels[channel] = channel.members[user] = membership
        channel.residents += 1


def user_record(state: State, user: User) -> UserRecord:
    """What outlives the server of a user that is always on. Raises ValueError for one with no account."""
    account = state.account_of(user)
    if account is None:
        raise ValueError(f"{user.nick} is logged in to no account")
    return UserRecord(
        id=user.id,
        account=account.id,
        nick=user.nick,
        username=user.username,
        realname=user.realname,
        host=user.host,
        plain_host=user.plain_host,
        real_host=user.real_host,
        connected_at=user.connected_at,
        exempt=user.exempt,
        away=user.away,
        auto_away=user.auto_away,
        left_at=user.left_at,
        modes=tuple(mode for mode in user.modes if mode not in OF_OPERATORS),
        # Who is accepted without an account will not be known again.
        accepted=tuple(name for key, name in (user.accepted or {}).items() if isinstance(key, str)),
        silences=tuple(mask.text for mask in (user.silences or {}).values()),
    )


def membership_record(user: User, channel: Channel) -> MembershipRecord:
    """What outlives the server of how a user that is always on is in a channel."""
    own = user.channels[channel]
    return MembershipRecord(user.id, channel.id, own.ranks, own.joined_at, own.entry)


def user_from(state: State, record: UserRecord, account: Account) -> User:
    """The user that a record was taken from, with no clients and in no channel."""
    user = User(record.id, record.nick, record.username, record.realname, record.host, record.real_host)
    user.plain_host = record.plain_host
    user.exempt = record.exempt
    user.account = account.name
    user.away, user.auto_away, user.always_on = record.away, record.auto_away, True
    user.connected_at, user.left_at = record.connected_at, record.left_at
    user.active_at = record.left_at or record.connected_at
    user.modes = record.modes
    user.accepted = {state.fold(name): name for name in record.accepted} or None
    silences = [compile_mask(text, state.fold) for text in record.silences]
    user.silences = {mask.key: mask for mask in silences} or None
    user.refresh(state.fold)
    return user


def channel_record(channel: Channel) -> ChannelRecord:
    """What outlives the members of a channel. It shares nothing that could change later."""
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
    if record.registration is not None:
        # As this realm folds: the casemapping may have been another when it was stored.
        access = {state.fold(each.account): each for each in record.registration.access.values()}
        channel.registration = replace(record.registration, access=access)
    channel.metadata = record.metadata
    channel.topic, channel.topic_by, channel.topic_at = record.topic, record.topic_by, record.topic_at
    channel.flags = dict.fromkeys(record.flags)
    channel.settings = dict(record.settings)
    for which, entries in record.lists.items():
        masks = [(entry, compile_mask(entry.mask, state.fold)) for entry in entries]
        channel.lists[which] = {mask.key: (entry, mask) for entry, mask in masks}
    channel.guarded = policy.is_guarded(channel)
    return channel
