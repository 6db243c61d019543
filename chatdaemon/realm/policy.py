"""Who may do what. Every function answers a question about the state and changes nothing.

The functions named `check_*` raise Refusal; the others answer.
"""

from __future__ import annotations

from typing import NamedTuple

from chatdaemon.realm.entry import UserId
from chatdaemon.realm.events import Audience
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelMode,
    ChannelRank,
    ChannelSetting,
    Privilege,
    Rank,
    UserMode,
)
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.state import Channel, Membership, State, User
from chatdaemon.realm.text import is_action, is_ctcp

# What makes a channel look closer at what its members say (Channel.guarded).
GUARDS = (
    ChannelFlag.MODERATED,
    ChannelFlag.NO_CTCP,
    ChannelFlag.NO_FORMATTING,
    ChannelFlag.LOGIN_TO_SPEAK,
    ChannelFlag.NO_NOTICE,
)

NEEDS = {
    Rank.HALFOP: Reason.NEEDS_HALFOP,
    Rank.OP: Reason.NEEDS_OP,
    Rank.FOUNDER: Reason.NEEDS_FOUNDER,
}


def is_guarded(channel: Channel) -> bool:
    """What Channel.guarded must be."""
    return bool(channel.lists.get(ChannelList.BAN)) or any(flag in channel.flags for flag in GUARDS)


def highest(ranks: int) -> int:
    """The highest single rank among `ranks`, as a number."""
    return 1 << (ranks.bit_length() - 1) if ranks else 0


def matches_list(channel: Channel, which: ChannelList, user: User) -> bool:
    """True when a mask of the list matches the user (mutes are left out)."""
    return any(mask.matches(user) for _, mask in channel.lists.get(which, {}).values() if not mask.mute)


def is_banned(channel: Channel, user: User) -> bool:
    """True when a ban keeps the user from joining."""
    return matches_list(channel, ChannelList.BAN, user) and not matches_list(
        channel, ChannelList.BAN_EXCEPTION, user
    )


def is_silenced(channel: Channel, user: User, membership: Membership | None) -> bool:
    """True when a ban or a mute keeps the user from speaking."""
    bans = channel.lists.get(ChannelList.BAN)
    if not bans:
        return False
    if membership is None:
        return _silenced(channel, user)
    now = (channel.listed, user.identity)
    if membership.verdict != now:
        membership.banned = _silenced(channel, user)
        membership.verdict = now
    return membership.banned


def _silenced(channel: Channel, user: User) -> bool:
    # Mutes count in both lists: as an exception, one lets somebody speak who still may not join.
    matched, excepted = (
        any(mask.matches(user) for _, mask in channel.lists.get(which, {}).values())
        for which in (ChannelList.BAN, ChannelList.BAN_EXCEPTION)
    )
    return matched and not excepted


def refuses_join(channel: Channel, user: User, key: str | None) -> Reason | None:
    """Why the user may not join, or None. An invitation opens all but a ban."""
    if is_banned(channel, user):
        return Reason.BANNED
    if user.invited and channel in user.invited:
        return None
    if ChannelFlag.LOGIN_TO_JOIN in channel.flags and user.account is None:
        return Reason.LOGIN_TO_JOIN
    if ChannelFlag.INVITE_ONLY in channel.flags and not matches_list(
        channel, ChannelList.INVITE_EXCEPTION, user
    ):
        return Reason.INVITE_ONLY
    settings = channel.settings
    if ChannelSetting.KEY in settings and settings[ChannelSetting.KEY] != key:
        return Reason.BAD_KEY
    if ChannelSetting.LIMIT in settings and len(channel.members) >= int(settings[ChannelSetting.LIMIT]):
        return Reason.CHANNEL_FULL
    return None


def check_speak(channel: Channel, user: User, membership: Membership | None, kind: Kind, text: str) -> Rank:
    """The least rank that hears what the user says in the channel: NONE for everybody; OP where it is
    op-moderated and the user may not speak. Raises Refusal unless the user may say this at all."""
    flags = channel.flags
    ranks = membership.ranks if membership is not None else Rank.NONE
    if membership is None and ChannelFlag.MEMBERS_ONLY in flags:
        raise Refusal(Reason.CANNOT_SPEAK, channel.name)
    if kind is Kind.NOTICE and ChannelFlag.NO_NOTICE in flags and ranks < Rank.HALFOP:
        raise Refusal(Reason.NO_NOTICE, channel.name)
    if ChannelFlag.NO_CTCP in flags and is_ctcp(text) and not is_action(text):
        raise Refusal(Reason.NO_CTCP, channel.name)
    if ranks >= Rank.VOICE:
        return Rank.NONE
    reason = None
    if ChannelFlag.MODERATED in flags:
        reason = Reason.CANNOT_SPEAK
    elif ChannelFlag.LOGIN_TO_SPEAK in flags and user.account is None:
        reason = Reason.LOGIN_TO_SPEAK
    elif is_silenced(channel, user, membership):
        reason = Reason.MUTED
    if reason is None:
        return Rank.NONE
    if ChannelFlag.OP_MODERATED in flags:
        return Rank.OP
    raise Refusal(reason, channel.name)


def check_heard_by_all(channel: Channel, user: User, membership: Membership | None, text: str) -> None:
    """Raise Refusal unless the user may say this to everybody in the channel: for what cannot be said to its
    operators alone."""
    if check_speak(channel, user, membership, Kind.MESSAGE, text):
        raise Refusal(Reason.CANNOT_SPEAK, channel.name)


def check_message_user(sender: User, target: User, text: str = "") -> None:
    """Raise Refusal unless the target takes messages like this from the sender. (Whether it has accepted the
    sender, if it wants to, is another question: it is told then.)"""
    if sender.operator is not None:
        return
    if UserMode.LOGGED_IN_ONLY in target.modes and sender.account is None:
        raise Refusal(Reason.LOGIN_TO_MESSAGE, target.nick)
    if UserMode.NO_CTCP in target.modes and is_ctcp(text) and not is_action(text):
        raise Refusal(Reason.NO_CTCP_TO_USER, target.nick)


def accepts(user: User, sender: User) -> bool:
    """True when the user has accepted the sender, for the mode CALLER_ID."""
    accepted = user.accepted
    if accepted is None:
        return False
    return sender.id in accepted or (sender.folded_account is not None and sender.folded_account in accepted)


def accepted_by(state: State, user: User) -> dict[UserId | str, str]:
    """Whom the user has accepted, without those who have gone, each as called now."""
    return {
        key: name if isinstance(key, str) else state.users[key].nick
        for key, name in (user.accepted or {}).items()
        if isinstance(key, str) or key in state.users
    }


def must_call(sender: User, target: User) -> bool:
    """True when the target is to be asked first whether it takes messages from the sender."""
    return UserMode.CALLER_ID in target.modes and sender.operator is None and not accepts(target, sender)


def has_silenced(user: User, sender: User) -> bool:
    """True when the user wants to hear nothing from the sender, as everybody sees it: by whether messages
    arrive nobody is to learn another's address."""
    if not user.silences:
        return False
    shown = _Shown(sender.hostmask, sender.hostmask, sender.folded_account, sender.realname)
    return any(mask.matches(shown) for mask in user.silences.values())


class _Shown(NamedTuple):
    """A user to be matched by masks, with nothing that others do not see."""

    hostmask: str
    real_hostmask: str
    folded_account: str | None
    realname: str

    def in_channel(self, name: str, rank: str | None) -> bool:
        return False


def check_nick_change(user: User, nick: str) -> None:
    """Raise Refusal when a channel that the user is in forbids the change."""
    for channel, membership in user.channels.items():
        if ChannelFlag.NO_NICK_CHANGE in channel.flags and membership.ranks < Rank.HALFOP:
            raise Refusal(Reason.NICK_CHANGE_FORBIDDEN, channel.name)
        if membership.ranks < Rank.VOICE and is_silenced(channel, user, membership):
            raise Refusal(Reason.BANNED_NICK_CHANGE, nick, channel.name)


def check_rank(channel: Channel, membership: Membership | None, needed: Rank) -> None:
    """Raise Refusal unless the member is of this rank or a higher one."""
    if membership is None or membership.ranks < needed:
        raise Refusal(NEEDS[needed], channel.name)


def check_kick(channel: Channel, membership: Membership, target: User) -> None:
    """Raise Refusal unless a member of rank may kick this one: half-operators only those below them."""
    mine = highest(membership.ranks)
    theirs = highest(channel.members[target].ranks)
    if theirs > mine or mine == theirs == Rank.HALFOP:
        raise Refusal(Reason.OUTRANKED, channel.name, target.nick)


def check_mode_change(channel: Channel, membership: Membership | None, mode: ChannelMode) -> None:
    """Raise Refusal unless the member's rank is enough for changing this mode.

    Half-operators look after bans, voices and the everyday flags; ranks from half-operator up are
    given by operators, administrator and founder by founders.
    """
    if mode in (ChannelRank.FOUNDER, ChannelRank.ADMIN):
        needed = Rank.FOUNDER
    elif mode in (ChannelRank.OP, ChannelRank.HALFOP, ChannelSetting.FORWARD, ChannelFlag.AUDITORIUM):
        needed = Rank.OP
    else:
        needed = Rank.HALFOP
    check_rank(channel, membership, needed)


def check_privilege(user: User, privilege: Privilege) -> None:
    """Raise Refusal unless the user is an operator with this privilege."""
    if user.operator is None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    if privilege not in user.privileges:
        raise Refusal(Reason.NEEDS_PRIVILEGE, privilege)


def sees_member(channel: Channel, viewer: User, member: User) -> bool:
    """True when the viewer may know that `member` is in the channel.

    Outsiders see no members of a secret channel, nor invisible users in any; in an auditorium ordinary
    and voiced members see themselves and those of rank, voices among them. Operators with see-hidden see
    everybody.
    """
    if viewer is member or Privilege.SEE_HIDDEN in viewer.privileges:
        return True
    own = channel.members.get(viewer)
    if own is None and (ChannelFlag.SECRET in channel.flags or UserMode.INVISIBLE in member.modes):
        return False
    return (
        ChannelFlag.AUDITORIUM not in channel.flags
        or (own is not None and own.ranks >= Rank.HALFOP)
        or not is_hidden(channel, channel.members[member])
    )


def sees_channel(channel: Channel, viewer: User) -> bool:
    """True when the viewer may know that the channel exists."""
    return (
        ChannelFlag.SECRET not in channel.flags
        or channel in viewer.channels
        or Privilege.SEE_HIDDEN in viewer.privileges
    )


def lists_channel(channel: Channel, viewer: User) -> bool:
    """True when a list of channels may show this one to the viewer: registered ones where nobody is are for
    operators with see-hidden."""
    return sees_channel(channel, viewer) and (
        bool(channel.members) or Privilege.SEE_HIDDEN in viewer.privileges
    )


def sees_key(channel: Channel, viewer: User) -> bool:
    """True when the viewer may read the channel's key."""
    return channel in viewer.channels or Privilege.SEE_HIDDEN in viewer.privileges


def sees_list(channel: Channel, viewer: User, which: ChannelList) -> bool:
    """True when the viewer may read one of the channel's lists. Everybody who sees the channel may read its
    bans; who is let past them is for those who look after the lists."""
    if which is ChannelList.BAN:
        return sees_channel(channel, viewer)
    own = channel.members.get(viewer)
    return (own is not None and own.ranks >= Rank.HALFOP) or Privilege.SEE_HIDDEN in viewer.privileges


def sees_user(viewer: User, user: User) -> bool:
    """True when a search may show the user: not invisible, or they have a channel in common."""
    return (
        UserMode.INVISIBLE not in user.modes
        or viewer is user
        or Privilege.SEE_HIDDEN in viewer.privileges
        or any(channel in viewer.channels and sees_member(channel, viewer, user) for channel in user.channels)
    )


def sees_address(viewer: User, user: User) -> bool:
    """True when the viewer may know from where the user comes, and by what certificate."""
    return viewer is user or Privilege.SEE_HIDDEN in viewer.privileges


def is_hidden(channel: Channel, membership: Membership) -> bool:
    """True when ordinary members do not see this member: one without any rank, in an auditorium.

    A voice stands on the stage, so that a change of a rank is always about somebody who was or is seen.
    """
    return ChannelFlag.AUDITORIUM in channel.flags and not membership.ranks


def of_rank(channel: Channel, rank: Rank) -> tuple[UserId, ...]:
    """The members of at least this rank."""
    return tuple(user.id for user, membership in channel.members.items() if membership.ranks >= rank)


def presence_audience(channel: Channel, user: User, membership: Membership) -> Audience:
    """Who learns that the user comes to the channel or leaves it."""
    if is_hidden(channel, membership):
        return (user.id, *of_rank(channel, Rank.HALFOP))
    return channel.id


def neighbours(user: User) -> Audience:
    """Who learns of something that concerns the user in all of its channels; the user too."""
    if len(user.channels) == 1:
        ((channel, membership),) = user.channels.items()
        return presence_audience(channel, user, membership)
    found: dict[UserId, None] = {user.id: None}
    for channel, membership in user.channels.items():
        if is_hidden(channel, membership):
            found.update(dict.fromkeys(of_rank(channel, Rank.HALFOP)))
        else:
            for member in channel.members:
                found[member.id] = None
    return tuple(found)
