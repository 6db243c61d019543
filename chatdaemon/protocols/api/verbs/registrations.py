"""Registered channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.objects import RANK_WORDS
from chatdaemon.protocols.api.owners import own_account, registered_channel
from chatdaemon.protocols.api.table import Result, performs, user_of
from chatdaemon.realm import access, events, policy, requests
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import ChannelRank, Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# Rows in one answer.
PAGE = 500


class RegisteredChannel(TypedDict):
    """A registered channel. Of a private one others are told no more than its name. `ranks` are yours
    whenever you join."""

    channel: str
    channel_id: str
    founder: NotRequired[str]
    registered: NotRequired[str]
    created: NotRequired[str]
    settings: NotRequired[dict[str, str]]
    ranks: NotRequired[list[ChannelRank]]


class AccessRow(TypedDict):
    """What an account has in a channel, who gave it, and when."""

    account: str
    ranks: list[ChannelRank]
    by: NotRequired[str]
    time: str


class ChannelAccess(TypedDict):
    """The access list of a channel, its founder first."""

    channel: str
    channel_id: str
    access: list[AccessRow]


class OwnChannel(TypedDict):
    """A registered channel."""

    channel: str
    founder: str
    ranks: NotRequired[list[ChannelRank]]


class OwnChannels(TypedDict):
    """Registered channels by their names; `more`: ask again, with the last of them as `after`."""

    channels: list[OwnChannel]
    more: bool


@performs(ops.ChannelRegister, events.ChannelRegistered, events.ModesChanged)
def channel_register(session: APISession, op: ops.ChannelRegister) -> Result:
    return requests.RegisterChannel(op.channel)


@performs(ops.ChannelDrop, events.ChannelDropped)
def channel_drop(session: APISession, op: ops.ChannelDrop) -> Result:
    return requests.DropChannel(op.channel)


@performs(ops.ChannelTransfer, events.ChannelTransferred, events.ModesChanged)
def channel_transfer(session: APISession, op: ops.ChannelTransfer) -> Result:
    return requests.TransferChannel(op.channel, op.account)


@performs(ops.ChannelInfo, RegisteredChannel)
def channel_info(session: APISession, op: ops.ChannelInfo) -> Result:
    user, realm = user_of(session), session.realm
    channel, registration = registered_channel(realm, user, op.channel)
    ranks = access.ranks_of(realm, channel, user.folded_account)
    inside = bool(ranks) or channel in user.channels or access.may_manage(user)
    found: Object = {"channel": channel.name, "channel_id": channel.id}
    if RegistrationSetting.PRIVATE in registration.settings and not inside:
        return found
    found |= {
        "founder": registration.founder,
        "registered": iso(registration.at),
        "created": iso(channel.created_at),
        "settings": {setting.value: value for setting, value in registration.settings.items()},
    }
    if ranks:
        found["ranks"] = RANK_WORDS[ranks]
    return found


@performs(ops.ChannelSet, events.RegistrationChanged)
def channel_set(session: APISession, op: ops.ChannelSet) -> Result:
    return requests.ChangeRegistration(op.channel, op.setting, op.value or None)


@performs(ops.ChannelRename, events.ChannelRenamed)
def channel_rename(session: APISession, op: ops.ChannelRename) -> Result:
    return requests.RenameChannel(op.channel, op.name, op.reason)


@performs(ops.AccessList, ChannelAccess)
def access_list(session: APISession, op: ops.AccessList) -> Result:
    user, realm = user_of(session), session.realm
    channel, registration = registered_channel(realm, user, op.channel)
    access.check_access(realm, channel, user, Rank.HALFOP)
    founder = {"account": registration.founder, "ranks": ["founder"], "time": iso(registration.at)}
    session.charge(len(registration.access) / PAGE)
    others = [
        {"account": each.account, "ranks": RANK_WORDS[each.ranks], "by": each.by, "time": iso(each.at)}
        for each in registration.access.values()
    ]
    return {"channel": channel.name, "channel_id": channel.id, "access": [founder, *others]}


@performs(ops.AccessSet, events.AccessChanged, events.ModesChanged)
def access_set(session: APISession, op: ops.AccessSet) -> Result:
    realm = session.realm
    channel, registration = registered_channel(realm, user_of(session), op.channel)
    ranks = Rank.NONE
    for each in op.ranks:
        ranks |= each.rank
    folded = realm.fold(op.account)
    if not ranks and realm.account(op.account) is None and folded not in registration.access:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, op.account)
    return requests.SetAccess(channel.name, op.account, ranks)


@performs(ops.AccessSync, events.ModesChanged)
def access_sync(session: APISession, op: ops.AccessSync) -> Result:
    return requests.SyncRanks(op.channel, op.nick, op.down)


@performs(ops.Channels, OwnChannels)
def channels(session: APISession, op: ops.Channels) -> Result:
    user, realm = user_of(session), session.realm
    if op.mask is not None:
        policy.check_privilege(user, Privilege.CHANNELS)
    else:
        own_account(realm, user)
    fits = compile_glob(realm.fold(op.mask)) if op.mask is not None else None
    behind = realm.fold(op.after)
    rows: list[tuple[str, Object]] = []
    for folded, channel in realm.channels.items():
        registration = channel.registration
        if registration is None or folded <= behind:
            continue
        ranks = access.ranks_of(realm, channel, user.folded_account)
        if fits(folded) if fits is not None else ranks:
            row: Object = {"channel": channel.name, "founder": registration.founder}
            if ranks:
                row["ranks"] = RANK_WORDS[ranks]
            rows.append((folded, row))
    rows.sort(key=lambda each: each[0])
    session.charge(len(rows[:PAGE]) / PAGE)
    return {"channels": [row for _, row in rows[:PAGE]], "more": len(rows) > PAGE}
