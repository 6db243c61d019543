"""Records as rows of the tables, and rows as records: what the one writes the other reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeVar

from chatdaemon.realm.accounts import (
    NOTHING,
    Access,
    Account,
    AccountSetting,
    ChannelRecord,
    Code,
    Credentials,
    Device,
    Invitation,
    Marker,
    MembershipRecord,
    Registration,
    RegistrationSetting,
    Standing,
    UserRecord,
)
from chatdaemon.realm.hooks import AnyHook, Direction, Hook, Webhook
from chatdaemon.realm.keys import KeyRecord, UsedKey
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank, UserMode
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.records import Kept
from chatdaemon.realm.tokens import Token
from chatdaemon.storage import tables
from chatdaemon.storage.tables import Row, Table, Value

K = TypeVar("K")
V = TypeVar("V")

Rows = Callable[[Table], Iterable[Row]]
"""All rows of a table, in the order of its key."""


def of_account(account: Account) -> Iterator[tuple[Table, list[Row]]]:
    """An account as rows: its own, then for each table what belongs to it."""
    credentials, code = account.credentials, account.code
    own: Row = (
        account.id, account.name, account.registered_at, account.standing.value,
        credentials.password, credentials.scram, account.email, account.asked_email,
        None if code is None else code.text, None if code is None else code.until,
        account.vhost, account.asked_vhost, account.last_seen_at, account.note,
    )  # fmt: skip
    yield tables.ACCOUNTS, [own]
    yield tables.ACCOUNT_NICKS, _numbered(account.id, ((nick,) for nick in account.nicks))
    yield tables.ACCOUNT_CERTIFICATES, _numbered(account.id, ((print_,) for print_ in account.certificates))
    yield tables.ACCOUNT_SETTINGS, _pairs(account.id, account.settings)
    yield tables.ACCOUNT_METADATA, _pairs(account.id, account.metadata)


def of_channel(channel: ChannelRecord) -> Iterator[tuple[Table, list[Row]]]:
    """A channel as rows, in the same way."""
    registration = channel.registration
    own: Row = (
        channel.id, channel.name, channel.created_at,
        None if registration is None else registration.founder,
        None if registration is None else registration.at,
        channel.topic, channel.topic_by, channel.topic_at,
    )  # fmt: skip
    yield tables.CHANNELS, [own]
    yield tables.CHANNEL_FLAGS, _numbered(channel.id, ((flag.value,) for flag in channel.flags))
    yield tables.CHANNEL_MODES, _pairs(channel.id, channel.settings)
    masks: Iterator[Row] = (
        (which.value, entry.mask, entry.by, entry.at, entry.until)
        for which, entries in channel.lists.items()
        for entry in entries
    )
    yield tables.CHANNEL_MASKS, _numbered(channel.id, masks)
    access: Iterator[Row] = (
        (folded, each.account, _ranks_to_text(each.ranks), each.by, each.at)
        for folded, each in (registration.access.items() if registration is not None else ())
    )
    yield tables.CHANNEL_ACCESS, _numbered(channel.id, access)
    yield tables.CHANNEL_SETTINGS, _pairs(channel.id, registration.settings if registration else NOTHING)
    yield tables.CHANNEL_METADATA, _pairs(channel.id, channel.metadata)
    hooks = registration.hooks if registration is not None else ()
    yield tables.CHANNEL_HOOKS, _numbered(channel.id, map(_of_hook, hooks))


def of_invitation(invitation: Invitation) -> Row:
    return (invitation.code, invitation.by, invitation.uses, invitation.until)


def of_marker(marker: Marker) -> Row:
    return (marker.account, marker.target, marker.at)


def of_user(user: UserRecord) -> Iterator[tuple[Table, list[Row]]]:
    """A user as rows, in the same way; without its memberships."""
    own: Row = (
        user.id, user.account, user.nick, user.username, user.realname, user.host, user.plain_host,
        user.real_host, user.connected_at, int(user.exempt), user.away, int(user.auto_away), user.left_at,
    )  # fmt: skip
    yield tables.USERS, [own]
    yield tables.USER_MODES, _numbered(user.id, ((mode.value,) for mode in user.modes))
    yield tables.USER_ACCEPTED, _numbered(user.id, ((account,) for account in user.accepted))
    yield tables.USER_SILENCES, _numbered(user.id, ((mask,) for mask in user.silences))


def of_membership(membership: MembershipRecord) -> Row:
    ranks = _ranks_to_text(membership.ranks)
    return (membership.user, membership.channel, ranks, membership.joined_at, membership.entry)


def of_device(device: Device) -> Row:
    return (device.account, device.name, device.seen_at)


def of_key(record: KeyRecord) -> Row:
    return (record.account, record.key, *record.used)


def of_subscription(subscription: Subscription) -> Row:
    return (
        subscription.account, subscription.endpoint, subscription.public_key, subscription.secret,
        " ".join(subscription.capabilities), subscription.at,
    )  # fmt: skip


def of_token(token: Token) -> Row:
    return (
        token.id, token.account_id, token.name, token.digest, " ".join(token.verbs), " ".join(token.channels),
        token.created_at, token.expires_at, token.used_at,
    )  # fmt: skip


def _of_hook(hook: AnyHook) -> Row:
    if isinstance(hook, Hook):
        return (hook.direction.value, hook.name, hook.digest, None, None, None, hook.by, hook.at)
    events = " ".join(hook.events)
    return (hook.direction.value, hook.name, None, hook.url, hook.secret, events, hook.by, hook.at)


def _hook_from(row: list[Any]) -> AnyHook:
    direction, name, digest, url, secret, events, by, at = row
    if Direction(direction) is Direction.IN:
        return Hook(name, digest, by, at)
    return Webhook(name, url, secret, tuple(events.split()), by, at)


def kept(index: int, rows: Rows) -> Kept:
    """All that the tables hold. Raises ValueError where a row says what we do not know."""
    return Kept(
        index=index,
        accounts=tuple(_accounts(rows)),
        channels=tuple(_channels(rows)),
        invitations=tuple(
            Invitation(code, by, uses, until) for code, by, uses, until in _any(rows(tables.INVITATIONS))
        ),
        markers=tuple(Marker(account, target, at) for account, target, at in _any(rows(tables.READ_MARKERS))),
        subscriptions=tuple(
            Subscription(account, endpoint, key, secret, tuple(capabilities.split()), at)
            for account, endpoint, key, secret, capabilities, at in _any(rows(tables.PUSH_SUBSCRIPTIONS))
        ),
        users=tuple(_users(rows)),
        memberships=tuple(
            MembershipRecord(user, channel, _ranks_from_text(ranks), joined_at, entry)
            for user, channel, ranks, joined_at, entry in _any(rows(tables.MEMBERSHIPS))
        ),
        devices=tuple(Device(account, name, at) for account, name, at in _any(rows(tables.DEVICES))),
        keys=tuple(
            KeyRecord(account, key, UsedKey(*used)) for account, key, *used in _any(rows(tables.MESSAGE_KEYS))
        ),
        tokens=tuple(
            # What the account is called is known when it is loaded.
            Token(id, account, "", name, digest, tuple(verbs.split()), tuple(channels.split()), *at)
            for id, account, name, digest, verbs, channels, *at in _any(rows(tables.ACCESS_TOKENS))
        ),
    )


def _accounts(rows: Rows) -> Iterator[Account]:
    nicks, certificates = _grouped(rows(tables.ACCOUNT_NICKS)), _grouped(rows(tables.ACCOUNT_CERTIFICATES))
    settings, metadata = _grouped(rows(tables.ACCOUNT_SETTINGS)), _grouped(rows(tables.ACCOUNT_METADATA))
    for (
        id, name, registered_at, standing, password, scram, email, asked_email,
        code, until, vhost, asked_vhost, last_seen_at, note,
    ) in _any(rows(tables.ACCOUNTS)):  # fmt: skip
        yield Account(
            id=id,
            name=name,
            registered_at=registered_at,
            standing=Standing(standing),
            credentials=Credentials(password, scram),
            certificates=tuple(fingerprint for (fingerprint,) in certificates.get(id, ())),
            nicks=tuple(nick for (nick,) in nicks.get(id, ())),
            email=email,
            asked_email=asked_email,
            code=None if code is None else Code(code, until),
            settings=_mapping((AccountSetting(key), value) for key, value in settings.get(id, ())),
            metadata=_mapping(metadata.get(id, ())),
            vhost=vhost,
            asked_vhost=asked_vhost,
            last_seen_at=last_seen_at,
            note=note,
        )


def _channels(rows: Rows) -> Iterator[ChannelRecord]:
    flags, modes = _grouped(rows(tables.CHANNEL_FLAGS)), _grouped(rows(tables.CHANNEL_MODES))
    masks, access = _grouped(rows(tables.CHANNEL_MASKS)), _grouped(rows(tables.CHANNEL_ACCESS))
    settings, metadata = _grouped(rows(tables.CHANNEL_SETTINGS)), _grouped(rows(tables.CHANNEL_METADATA))
    hooks = _grouped(rows(tables.CHANNEL_HOOKS))
    for id, name, created_at, founder, registered_at, topic, topic_by, topic_at in _any(
        rows(tables.CHANNELS)
    ):
        lists: dict[ChannelList, tuple[ListEntry, ...]] = {}
        for which, *entry in masks.get(id, ()):
            lists[ChannelList(which)] = (*lists.get(ChannelList(which), ()), ListEntry(*entry))
        yield ChannelRecord(
            id=id,
            name=name,
            created_at=created_at,
            registration=None
            if founder is None
            else Registration(
                founder=founder,
                at=registered_at,
                access=_mapping(
                    (folded, Access(account, _ranks_from_text(ranks), by, at))
                    for folded, account, ranks, by, at in access.get(id, ())
                ),
                settings=_mapping((RegistrationSetting(key), value) for key, value in settings.get(id, ())),
                hooks=tuple(map(_hook_from, hooks.get(id, ()))),
            ),
            topic=topic,
            topic_by=topic_by,
            topic_at=topic_at,
            flags=tuple(ChannelFlag(flag) for (flag,) in flags.get(id, ())),
            settings=_mapping((ChannelSetting(key), value) for key, value in modes.get(id, ())),
            lists=lists,
            metadata=_mapping(metadata.get(id, ())),
        )


def _users(rows: Rows) -> Iterator[UserRecord]:
    modes, accepted = _grouped(rows(tables.USER_MODES)), _grouped(rows(tables.USER_ACCEPTED))
    silences = _grouped(rows(tables.USER_SILENCES))
    for (
        id, account, nick, username, realname, host, plain_host, real_host,
        connected_at, exempt, away, auto_away, left_at,
    ) in _any(rows(tables.USERS)):  # fmt: skip
        yield UserRecord(
            id=id,
            account=account,
            nick=nick,
            username=username,
            realname=realname,
            host=host,
            plain_host=plain_host,
            real_host=real_host,
            connected_at=connected_at,
            exempt=bool(exempt),
            away=away,
            auto_away=bool(auto_away),
            left_at=left_at,
            modes=tuple(UserMode(mode) for (mode,) in modes.get(id, ())),
            accepted=tuple(name for (name,) in accepted.get(id, ())),
            silences=tuple(mask for (mask,) in silences.get(id, ())),
        )


def _numbered(owner: Value, rows: Iterable[Row]) -> list[Row]:
    return [(owner, position, *row) for position, row in enumerate(rows)]


def _pairs(owner: Value, mapping: Mapping[Any, str]) -> list[Row]:
    return _numbered(
        owner, ((key.value if isinstance(key, Enum) else key, value) for key, value in mapping.items())
    )


def _grouped(rows: Iterable[Row]) -> dict[Value, list[Any]]:
    """What belongs to each owner, without owner and position."""
    found: dict[Value, list[Any]] = {}
    for owner, _, *rest in rows:
        found.setdefault(owner, []).append(rest)
    return found


def _mapping(pairs: Iterable[tuple[K, V]]) -> Mapping[K, V]:
    return dict(pairs) or NOTHING


def _any(rows: Iterable[Row]) -> Iterable[Any]:
    # The types of columns are the schema's; here they would be checked a second time.
    return rows


def _ranks_to_text(ranks: Rank) -> str:
    return " ".join(rank.name.lower() for rank in Rank if rank in ranks and rank.name)


def _ranks_from_text(text: str) -> Rank:
    ranks = Rank.NONE
    for name in text.upper().split():
        if name not in Rank.__members__:
            raise ValueError(f"{name.lower()!r} is not a rank")
        ranks |= Rank[name]
    return ranks
