"""What is set on a channel: its topic and its modes."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm import access, policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, ModesChanged, PartlyRefused, TopicChanged
from chatdaemon.realm.masks import MaskError, compile_mask
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelRank,
    ChannelSetting,
    ListEntry,
    ModeChange,
    Privilege,
    Rank,
)
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeModes, SetTopic
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.rules.registrations import told_of_access
from chatdaemon.realm.state import Channel, Membership, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut

# Enough for any channel, and for the column that may store it one day.
LARGEST_LIMIT = 2**31 - 1


@applies(SetTopic)
def set_topic(state: State, entry: Entry, request: SetTopic) -> tuple[Event, ...]:
    user = state.actor(entry)
    channel = state.channel(request.channel)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, request.channel)
    membership = access.standing(state, channel, user, request.by_access)
    if membership is None:
        raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
    if ChannelFlag.TOPIC_PROTECTED in channel.flags:
        policy.check_rank(channel, membership, Rank.HALFOP)
    text = cut(request.text, state.settings.topic_length)
    if text == channel.topic:
        return ()
    channel.topic = text
    channel.topic_by = user.who.source
    channel.topic_at = entry.at
    told = told_of_access(state, channel, user, request.by_access, "set the topic of")
    return (TopicChanged(channel.id, user.who, channel.id, channel.name, text), *told)


@applies(ChangeModes)
def change_modes(state: State, entry: Entry, request: ChangeModes) -> tuple[Event, ...]:
    """Each change by itself: what is refused is said, what changes nothing is passed over."""
    user = state.actor(entry)
    if request.override:
        policy.check_privilege(user, Privilege.OVERRIDE)
    channel = state.channel(request.channel)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, request.channel)
    membership = access.standing(state, channel, user, request.by_access)
    if membership is None and not request.override:
        raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
    edit = _Edit(state, entry, user, channel, membership, request.override, request.by_access)
    done: list[ModeChange] = []
    refused: dict[tuple[Reason, str, str], Refusal] = {}
    for change in request.changes:
        try:
            made = _change(edit, change)
        except Refusal as refusal:
            refusal.change = refusal.change or change
            # The same refusal for several changes is said once, of the first.
            refused.setdefault((refusal.reason, refusal.subject, refusal.detail), refusal)
        else:
            if made is not None:
                done.append(made)
    events: list[Event] = []
    if done:
        channel.guarded = policy.is_guarded(channel)
        events.append(ModesChanged(channel.id, user.who, channel.id, channel.name, tuple(done)))
    refusals = tuple(refused.values())
    if refusals and not done and len(refusals) == 1:
        raise refusals[0]
    if refusals:
        events.append(PartlyRefused((user.id,), refusals))
    if done:
        events += told_of_access(state, channel, user, request.by_access, "changed the modes of")
    if request.override and done:
        events.append(notice(state, f"{user.nick} changed the modes of {channel.name} as an operator"))
    return tuple(events)


@dataclass(slots=True)
class _Edit:
    """What all changes of one request have in common."""

    state: State
    entry: Entry
    user: User
    channel: Channel
    membership: Membership | None
    override: bool
    by_access: bool


def _change(edit: _Edit, change: ModeChange) -> ModeChange | None:
    """Make one change; says what was really done (None: nothing). Raises Refusal."""
    mode = change.mode
    if isinstance(mode, ChannelRank):
        return _change_rank(edit, change, mode)
    if not edit.override:
        policy.check_mode_change(edit.channel, edit.membership, mode)
        access.check_kept(edit.state, edit.channel, edit.user, change)
    if isinstance(mode, ChannelFlag):
        return _change_flag(edit.channel, change, mode)
    if isinstance(mode, ChannelList):
        return _change_list(edit, change, mode)
    return _change_setting(edit, change, mode)


def _change_rank(edit: _Edit, change: ModeChange, mode: ChannelRank) -> ModeChange | None:
    nick = change.value or ""
    channel, membership = edit.channel, edit.membership
    target = edit.state.user(nick)
    mine = membership.ranks if membership is not None else Rank.NONE
    # Everybody may give up a rank of their own, and take up one that they have access to.
    own = target is edit.user and (not change.add or (edit.by_access and mode.rank & mine))
    free = edit.override or own
    if not free:
        policy.check_mode_change(channel, membership, mode)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, nick)
    theirs = channel.members.get(target)
    if theirs is None:
        raise Refusal(Reason.TARGET_NOT_ON_CHANNEL, target.nick, channel.name)
    if not free and not change.add and policy.highest(theirs.ranks) > policy.highest(mine):
        raise Refusal(Reason.OUTRANKED, channel.name, target.nick)
    if change.add == bool(theirs.ranks & mode.rank):
        return None
    theirs.ranks ^= mode.rank
    target.identity += 1
    return ModeChange(mode, change.add, target.nick)


def _change_flag(channel: Channel, change: ModeChange, mode: ChannelFlag) -> ModeChange | None:
    if change.add == (mode in channel.flags):
        return None
    if change.add:
        channel.flags[mode] = None
    else:
        del channel.flags[mode]
    return ModeChange(mode, change.add)


def _change_list(edit: _Edit, change: ModeChange, mode: ChannelList) -> ModeChange | None:
    channel = edit.channel
    try:
        mask = compile_mask(change.value or "", edit.state.fold)
    except MaskError as error:
        raise Refusal(Reason.BAD_MODE_VALUE, channel.name, str(error), change) from None
    entries = channel.lists.get(mode, {})
    if change.add == (mask.key in entries):
        return None
    if change.add:
        if sum(len(each) for each in channel.lists.values()) >= edit.state.settings.list_entries:
            raise Refusal(Reason.LIST_FULL, channel.name, mask.text)
        at = edit.entry.at
        until = at + mask.seconds * 1000 if mask.seconds else 0
        entries[mask.key] = (ListEntry(mask.text, edit.user.who.source, at, until), mask)
        channel.lists[mode] = entries
    else:
        mask = entries.pop(mask.key)[1]
        if not entries:
            del channel.lists[mode]
    channel.listed += 1
    return ModeChange(mode, change.add, mask.text)


def _change_setting(edit: _Edit, change: ModeChange, mode: ChannelSetting) -> ModeChange | None:
    channel = edit.channel
    if not change.add:
        old = channel.settings.pop(mode, None)
        if old is None:
            return None
        return ModeChange(mode, False, old if mode is ChannelSetting.KEY else None)
    value = change.value or ""
    if mode is ChannelSetting.KEY:
        value = _key(edit, change, value)
    elif mode is ChannelSetting.LIMIT:
        value = _limit(edit, change, value)
    else:
        value = _forward(edit, change, value)
    if channel.settings.get(mode) == value:
        return None
    channel.settings[mode] = value
    return ModeChange(mode, True, value)


def _key(edit: _Edit, change: ModeChange, value: str) -> str:
    good = value and value.isascii() and value.isprintable() and not any(c in value for c in " ,:")
    if not good or len(value) > edit.state.settings.key_length:
        most = edit.state.settings.key_length
        text = f"A key is at most {most} ASCII characters, with no space, comma or colon"
        raise Refusal(Reason.BAD_MODE_VALUE, edit.channel.name, text, change)
    return value


def _limit(edit: _Edit, change: ModeChange, value: str) -> str:
    digits = value.lstrip("0")
    # Its length first: Python refuses to read a number of thousands of digits.
    good = value.isascii() and value.isdigit() and 0 < len(digits) <= len(str(LARGEST_LIMIT))
    if not good or int(digits) > LARGEST_LIMIT:
        text = "A limit is a number of members, from 1 on"
        raise Refusal(Reason.BAD_MODE_VALUE, edit.channel.name, text, change)
    return digits


def _forward(edit: _Edit, change: ModeChange, value: str) -> str:
    """A forward leads to another channel that exists, where its setter is an operator as well."""
    state = edit.state
    longest = state.settings.channel_length
    if state.naming.channel_fault(value, longest) or state.fold(value) == edit.channel.folded:
        raise Refusal(Reason.BAD_FORWARD, value, edit.channel.name, change)
    onward = state.channel(value)
    if onward is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, value)
    theirs = onward.members.get(edit.user)
    if not edit.override and (theirs is None or theirs.ranks < Rank.OP):
        raise Refusal(Reason.NEEDS_OP, onward.name)
    return onward.name
