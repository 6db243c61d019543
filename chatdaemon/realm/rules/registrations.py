"""Registered channels: whose they are, and what their founders set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatdaemon.realm import access, policy
from chatdaemon.realm.accounts import Access, Account, Registration, RegistrationSetting
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import (
    AccessChanged,
    Audience,
    ChannelDropped,
    ChannelRegistered,
    ChannelTransferred,
    Event,
    RegistrationChanged,
    Who,
)
from chatdaemon.realm.hooks import forget_hooks
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeRegistration, DropChannel, RegisterChannel, TransferChannel
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.rules.ranks import granted, shift
from chatdaemon.realm.settings import Cutoff, Policy
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import is_one_line

# Bytes of UTF-8; what is set has to fit a line of IRC with its name.
LONGEST_VALUE = 300
# What may be kept as it is; ranks are given and taken all the time.
KEEPABLE = frozenset(mode.value for kind in (ChannelFlag, ChannelSetting, ChannelList) for mode in kind)
# The settings with a few words to choose from, and for each what is the same as not to set it.
CHOICES = {
    RegistrationSetting.PRIVATE: ("on",),
    RegistrationSetting.HISTORY: ("off",),
    RegistrationSetting.CUTOFF: tuple(each.value for each in Cutoff),
}
DEFAULTS = {
    RegistrationSetting.PRIVATE: "off",
    RegistrationSetting.HISTORY: "on",
    RegistrationSetting.CUTOFF: "default",
    RegistrationSetting.MAX_AGE: "default",
    RegistrationSetting.MAX_MESSAGES: "default",
}
# The settings that are numbers, and from where to where: seconds, up to a hundred years, and messages.
MOST = {
    RegistrationSetting.MAX_AGE: (60, 100 * 365 * 86400),
    RegistrationSetting.MAX_MESSAGES: (1, 1_000_000_000),
}


@applies(RegisterChannel)
def register_channel(state: State, entry: Entry, request: RegisterChannel) -> tuple[Event, ...]:
    user = state.actor(entry)
    if user.account is None or user.folded_account is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    channel = known(state, user, request.channel)
    if channel.registration is not None:
        raise Refusal(Reason.CHANNEL_REGISTERED, channel.name)
    if not access.may_manage(user):
        membership = channel.members.get(user)
        if membership is None:
            raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
        policy.check_rank(channel, membership, Rank.OP)
        if state.settings.channel_registration is not Policy.OPEN:
            raise Refusal(Reason.CHANNELS_CLOSED, channel.name)
        _check_founding(state, channel, user.folded_account)
    channel.registration = Registration(user.account, entry.at)
    _found(state, channel, user.folded_account)
    return (
        ChannelRegistered(caretakers(channel, user), user.who, channel.id, channel.name, user.account),
        *shift(state, channel, user.folded_account, Rank.NONE, Rank.FOUNDER),
        notice(state, f"{user.nick} registered {channel.name} for {user.account}"),
    )


@applies(DropChannel)
def drop_channel(state: State, entry: Entry, request: DropChannel) -> tuple[Event, ...]:
    user = state.actor(entry)
    channel = known(state, user, request.channel)
    registration = access.check_owner(state, channel, user)
    audience = caretakers(channel, user)
    return (
        _drop(state, channel, audience, user.who),
        notice(state, f"{user.nick} dropped {channel.name} of {registration.founder}"),
    )


@applies(TransferChannel)
def transfer_channel(state: State, entry: Entry, request: TransferChannel) -> tuple[Event, ...]:
    """The founder before has no access left: who wants to keep some is given it anew."""
    user = state.actor(entry)
    channel = known(state, user, request.channel)
    registration = access.check_owner(state, channel, user)
    account = state.account(request.account)
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, request.account)
    folded = state.fold(account.name)
    if folded == state.fold(registration.founder):
        return ()
    if not access.may_manage(user):
        _check_founding(state, channel, folded)
    return (
        *_transfer(state, channel, account.name, caretakers(channel, user), user.who),
        notice(state, f"{user.nick} transferred {channel.name} to {account.name}"),
    )


@applies(ChangeRegistration)
def change_registration(state: State, entry: Entry, request: ChangeRegistration) -> tuple[Event, ...]:
    user = state.actor(entry)
    channel = known(state, user, request.channel)
    access.check_access(state, channel, user, Rank.FOUNDER)
    registration = channel.registration
    assert registration is not None
    value = _clean(request.setting, request.value)
    if value == registration.settings.get(request.setting):
        return ()
    settings = {setting: old for setting, old in registration.settings.items() if setting != request.setting}
    if value is not None:
        settings[request.setting] = value
    channel.registration = replace(registration, settings=settings)
    audience = caretakers(channel, user)
    changed = RegistrationChanged(audience, user.who, channel.id, channel.name, request.setting, value)
    return (changed, *told_operators(state, channel, user, f"set {request.setting} of {channel.name}"))


def ranks_on_login(state: State, entry: Entry, user: User) -> tuple[Event, ...]:
    """The user has just logged in (`user.account` is set, `state.logged_in` too): give it the ranks that the
    account has in the channels that it is in."""
    events: list[Event] = []
    for channel in user.channels:
        if channel.registration is not None:
            events += granted(state, channel, user)
    return tuple(events)


def founder_gone(state: State, entry: Entry, account: Account) -> tuple[Event, ...]:
    """The account is about to be no more, or is gone already: its channels are inherited or dropped, and it
    is taken off all access lists, so that whoever takes the name after it has nothing of it.

    The heir is the highest of those with access as an operator at least, and of these the one who had it
    first.
    """
    folded = state.fold(account.name)
    events: list[Event] = []
    for channel in tuple(state.channels.values()):
        registration = channel.registration
        if registration is None:
            continue
        if folded in registration.access:
            _forget_access(channel, registration, folded)
            audience = caretakers(channel)
            events.append(AccessChanged(audience, None, channel.id, channel.name, account.name, Rank.NONE))
        elif state.fold(registration.founder) == folded:
            heir = _heir(registration)
            if heir is not None:
                events += _transfer(state, channel, heir.account, caretakers(channel), None)
            else:
                events.append(_drop(state, channel, caretakers(channel), None))
    return tuple(events)


def _heir(registration: Registration) -> Access | None:
    heir = None
    for each in registration.access.values():
        if each.ranks >= Rank.OP and (
            heir is None
            or policy.highest(each.ranks) > policy.highest(heir.ranks)
            or (policy.highest(each.ranks) == policy.highest(heir.ranks) and each.at < heir.at)
        ):
            heir = each
    return heir


# What the rules about registered channels have in common.


def known(state: State, user: User, name: str) -> Channel:
    """The channel of this name, as far as the user may know. Raises Refusal otherwise."""
    channel = state.channel(name)
    if channel is None or not access.knows_channel(state, channel, user):
        raise Refusal(Reason.NO_SUCH_CHANNEL, name)
    return channel


def caretakers(channel: Channel, actor: User | None = None) -> Audience:
    """Who learns what becomes of the registration: the operators who are there, and who has asked."""
    asked = (actor.id,) if actor is not None else ()
    return tuple(dict.fromkeys((*asked, *policy.of_rank(channel, Rank.OP))))


def told_operators(state: State, channel: Channel, user: User, deed: str) -> tuple[Event, ...]:
    """Operators hear of it when one of them used their privilege on somebody else's channel."""
    if access.ranks_of(state, channel, user.folded_account) >= Rank.FOUNDER:
        return ()
    if not access.may_manage(user):
        return ()
    return (notice(state, f"{user.nick} {deed} as an operator"),)


def told_of_access(
    state: State, channel: Channel, user: User, by_access: bool, deed: str
) -> tuple[Event, ...]:
    """The same, of what was done by access."""
    return told_operators(state, channel, user, f"{deed} {channel.name}") if by_access else ()


def _check_founding(state: State, channel: Channel, folded: str) -> None:
    if len(state.founded.get(folded, ())) >= state.settings.channels_per_account:
        raise Refusal(Reason.TOO_MANY_REGISTERED, channel.name)


def _found(state: State, channel: Channel, folded: str) -> None:
    state.founded.setdefault(folded, {})[channel] = None


def _unfound(state: State, channel: Channel, folded: str) -> None:
    channels = state.founded[folded]
    del channels[channel]
    if not channels:
        del state.founded[folded]


def _drop(state: State, channel: Channel, audience: Audience, by: Who | None) -> ChannelDropped:
    registration = channel.registration
    assert registration is not None
    _unfound(state, channel, state.fold(registration.founder))
    forget_hooks(state, channel)
    channel.registration = None
    gone = not channel.members
    if gone:
        del state.channels[channel.folded]
    return ChannelDropped(audience, by, channel.id, channel.name, gone)


def _transfer(
    state: State, channel: Channel, name: str, audience: Audience, by: Who | None
) -> tuple[Event, ...]:
    registration = channel.registration
    assert registration is not None
    old, new = state.fold(registration.founder), state.fold(name)
    before = access.ranks_of(state, channel, new)
    _unfound(state, channel, old)
    _found(state, channel, new)
    kept = {folded: each for folded, each in registration.access.items() if folded != new}
    channel.registration = replace(registration, founder=name, access=kept)
    return (
        ChannelTransferred(audience, by, channel.id, channel.name, name),
        *shift(state, channel, old, Rank.FOUNDER, Rank.NONE),
        *shift(state, channel, new, before, Rank.FOUNDER),
    )


def _forget_access(channel: Channel, registration: Registration, folded: str) -> None:
    left = {name: each for name, each in registration.access.items() if name != folded}
    channel.registration = replace(registration, access=left)


def _clean(setting: RegistrationSetting, value: str | None) -> str | None:
    """The value as it is kept (None: nothing). Raises Refusal unless it can be."""
    value = (value or "").strip()
    if not value or value == DEFAULTS.get(setting):
        return None
    fault = None
    if len(value.encode(errors="replace")) > LONGEST_VALUE or not is_one_line(value):
        fault = f"a line of {LONGEST_VALUE} bytes at most"
    elif setting in CHOICES:
        fault = None if value in CHOICES[setting] else _among((*CHOICES[setting], DEFAULTS[setting]))
    elif setting is RegistrationSetting.KEEP_MODES:
        words = dict.fromkeys(value.split())
        if not KEEPABLE.issuperset(words):
            fault = "modes of channels, and no ranks"
        value = " ".join(words)
    elif setting is RegistrationSetting.EMAIL:
        before, _, behind = value.partition("@")
        fault = None if before and behind and " " not in value else "an e-mail address"
    elif setting is RegistrationSetting.URL:
        fault = None if "://" in value and " " not in value else "an address such as https://example.org/"
    elif setting in MOST:
        least, most = MOST[setting]
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= len(str(most)) else 0
        fault = None if least <= number <= most else f"a number from {least} to {most}, or default"
        value = str(number)
    if fault is not None:
        raise Refusal(Reason.BAD_SETTING_VALUE, setting, fault)
    return value


def _among(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}"
