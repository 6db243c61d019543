"""What an account may do in a registered channel, whoever is there. Every function answers a question about
the state and changes nothing; `check_*` raise Refusal."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Registration, RegistrationSetting
from chatdaemon.realm.modes import ModeChange, Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import Channel, Membership, State, User


def ranks_of(state: State, channel: Channel, account: str | None) -> Rank:
    """The ranks that the account with this folded name has whenever it joins."""
    registration = channel.registration
    if registration is None or account is None:
        return Rank.NONE
    if state.fold(registration.founder) == account:
        return Rank.FOUNDER
    access = registration.access.get(account)
    return access.ranks if access is not None else Rank.NONE


def is_founder(state: State, channel: Channel, user: User) -> bool:
    """True when the channel belongs to the user's account."""
    registration = channel.registration
    return registration is not None and state.fold(registration.founder) == user.folded_account


def knows_channel(state: State, channel: Channel, user: User) -> bool:
    """True when the user may know that the channel exists: because its account has to do with it, too."""
    return (
        policy.sees_channel(channel, user)
        or may_manage(user)
        or bool(ranks_of(state, channel, user.folded_account))
    )


def refuses_join(state: State, channel: Channel, user: User, key: str | None) -> Reason | None:
    """Why the user may not join, or None: `policy.refuses_join`, and what comes with an account.

    A founder always gets in. Access of half-operators and above opens all but a ban, as an invitation does.
    """
    reason = policy.refuses_join(channel, user, key)
    if reason is None or channel.registration is None:
        return reason
    if is_founder(state, channel, user):
        return None
    if reason is not Reason.BANNED and ranks_of(state, channel, user.folded_account) >= Rank.HALFOP:
        return None
    return reason


def may_manage(user: User) -> bool:
    """True for operators of the server who look after channels, whoever owns them."""
    return user.may(Privilege.CHANNELS)


def check_access(state: State, channel: Channel, user: User, needed: Rank) -> Rank:
    """The ranks that the user's account has in a registered channel.

    Raises Refusal unless that is at least `needed`; operators who look after channels count as founders.
    """
    if channel.registration is None:
        raise Refusal(Reason.CHANNEL_NOT_REGISTERED, channel.name)
    if may_manage(user):
        return Rank.FOUNDER
    if user.account is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    ranks = ranks_of(state, channel, user.folded_account)
    if ranks < needed:
        raise Refusal(Reason.NEEDS_ACCESS, channel.name)
    return ranks


def check_owner(state: State, channel: Channel, user: User) -> Registration:
    """The registration of the user's own channel. Raises Refusal unless it is registered for the user's
    account, or the user is an operator who looks after channels."""
    # Who has the access of a founder does not own the channel.
    check_access(state, channel, user, Rank.FOUNDER)
    registration = channel.registration
    if registration is None or not (may_manage(user) or is_founder(state, channel, user)):
        raise Refusal(Reason.NEEDS_ACCESS, channel.name)
    return registration


def standing(state: State, channel: Channel, user: User, by_access: bool) -> Membership | None:
    """What the user's rank is for something that it asks of the channel: that of the member, or, `by_access`,
    what its account has there, even while the user is somewhere else."""
    if by_access:
        return Membership(check_access(state, channel, user, Rank.VOICE), 0)
    return channel.members.get(user)


def kept_modes(channel: Channel) -> list[str]:
    """The modes that nobody but a founder changes, in the realm's words."""
    registration = channel.registration
    return registration.settings.get(RegistrationSetting.KEEP_MODES, "").split() if registration else []


def check_kept(state: State, channel: Channel, user: User, change: ModeChange) -> None:
    """Raise Refusal when the founder keeps the mode of this change as it is, and the user is no founder."""
    kept = kept_modes(channel)
    if change.mode not in kept or may_manage(user):
        return
    if ranks_of(state, channel, user.folded_account) < Rank.FOUNDER:
        raise Refusal(Reason.MODE_KEPT, channel.name, " ".join(kept), change)
