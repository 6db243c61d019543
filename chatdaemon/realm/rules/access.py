"""The access that accounts have to registered channels, and the ranks that it makes out."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm import access, policy
from chatdaemon.realm.accounts import Access
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import AccessChanged, Event
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import SetAccess, SyncRanks
from chatdaemon.realm.rules.ranks import regrade, shift
from chatdaemon.realm.rules.registrations import caretakers, known, told_operators
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies


@applies(SetAccess)
def set_access(state: State, entry: Entry, request: SetAccess) -> tuple[Event, ...]:
    """Whoever gives access, or takes it, has higher access: founders have the highest, and may name others.
    Everybody may give up what they have. Users of the account who are there get and lose ranks at once."""
    user = state.actor(entry)
    channel = known(state, user, request.channel)
    mine = access.check_access(state, channel, user, Rank.VOICE)
    registration = channel.registration
    assert registration is not None
    folded = state.fold(request.account)
    before = registration.access.get(folded)
    ranks = before.ranks if before is not None else Rank.NONE
    account = state.account(request.account)
    if account is None and not (before is not None and request.ranks is Rank.NONE):
        raise Refusal(Reason.NO_SUCH_ACCOUNT, request.account)
    name = account.name if account is not None else request.account
    if folded == state.fold(registration.founder):
        raise Refusal(Reason.OUTRANKED, channel.name, name)
    gives_up = folded == user.folded_account and request.ranks | ranks == ranks
    if mine < Rank.FOUNDER and not gives_up:
        if policy.highest(request.ranks) >= policy.highest(mine):
            raise Refusal(Reason.NEEDS_ACCESS, channel.name)
        if policy.highest(ranks) >= policy.highest(mine):
            raise Refusal(Reason.OUTRANKED, channel.name, name)
    if request.ranks == ranks:
        return ()
    if before is None and len(registration.access) >= state.settings.access_entries:
        raise Refusal(Reason.ACCESS_FULL, channel.name)
    entries = dict(registration.access)
    if request.ranks:
        since = before.at if before is not None else entry.at
        entries[folded] = Access(name, request.ranks, user.account or user.nick, since)
    else:
        del entries[folded]
    channel.registration = replace(registration, access=entries)
    audience = caretakers(channel, user)
    return (
        AccessChanged(audience, user.who, channel.id, channel.name, name, request.ranks),
        *shift(state, channel, folded, ranks, request.ranks),
        *told_operators(state, channel, user, f"changed the access of {name} to {channel.name}"),
    )


@applies(SyncRanks)
def sync_ranks(state: State, entry: Entry, request: SyncRanks) -> tuple[Event, ...]:
    """Everybody may have what is theirs, and give it up; for others it takes access as a half-operator."""
    user = state.actor(entry)
    channel = known(state, user, request.channel)
    target = state.user(request.nick) if request.nick is not None else user
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, request.nick or "")
    if target is user:
        mine = access.check_access(state, channel, user, Rank.NONE if request.down else Rank.VOICE)
    else:
        mine = access.check_access(state, channel, user, Rank.HALFOP)
    membership = channel.members.get(target)
    if membership is None:
        if target is user:
            raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
        raise Refusal(Reason.TARGET_NOT_ON_CHANNEL, target.nick, channel.name)
    if not request.down:
        return regrade(channel, [(target, membership.ranks | _own(state, channel, target))], user.who)
    if target is not user and policy.highest(membership.ranks) > policy.highest(mine):
        raise Refusal(Reason.OUTRANKED, channel.name, target.nick)
    return regrade(channel, [(target, Rank.NONE)], user.who)


def _own(state: State, channel: Channel, user: User) -> Rank:
    return access.ranks_of(state, channel, user.folded_account)
