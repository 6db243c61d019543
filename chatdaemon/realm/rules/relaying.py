"""Speaking for those who are on another network: what a bridge does."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, Relayed
from chatdaemon.realm.modes import ChannelFlag, ChannelList, Privilege, Rank
from chatdaemon.realm.names import realname_fault
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Relay
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import strip_formatting

# No nick can have it, and every relayed one has: nobody is taken for somebody who is here.
SEPARATOR = "/"
# Bytes of UTF-8 in a relayed nick.
LONGEST = 64
# Spaces of every width, none at all among them.
_SPACES = (0x20, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x202F, *range(0x205F, 0x2065), 0x3000, 0xFEFF)
# What IRC and its clients give a meaning.
_MEANT = "!+%@&#$:'\"?*,.~<>\\"
_FORBIDDEN = frozenset((*_MEANT, *map(chr, _SPACES)))


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who is not here, as masks see them (masks.Subject)."""

    hostmask: str
    realname: str = ""
    folded_account: str | None = None

    @property
    def real_hostmask(self) -> str:
        return self.hostmask

    def in_channel(self, name: str, rank: str | None) -> bool:
        return False


def relay_fault(nick: str) -> str | None:
    """What is wrong with `nick` as one of another network, or None."""
    if SEPARATOR not in nick.strip(SEPARATOR):
        return f"A relayed nickname must have a {SEPARATOR} within it"
    if len(nick) > LONGEST or len(nick.encode()) > LONGEST:
        return f"A relayed nickname can have {LONGEST} bytes at most"
    # Control characters, and what turns the direction of the text around it.
    if not _FORBIDDEN.isdisjoint(nick) or realname_fault(nick, LONGEST) is not None:
        return f"A relayed nickname cannot have spaces, control characters and any of {' '.join(_MEANT)}"
    return None


@applies(Relay)
def relay(state: State, entry: Entry, request: Relay) -> tuple[Event, ...]:
    user = state.actor(entry)
    channel = state.channel(request.channel)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, request.channel)
    _check_relay(state, channel, user)
    fault = relay_fault(request.nick)
    if fault is not None:
        raise Refusal(Reason.BAD_RELAYED_NICK, request.nick, fault)
    membership = channel.members.get(user)
    text = request.text
    if channel.guarded:
        if membership is not None:
            policy.check_heard_by_all(channel, user, membership, text)
        if is_muted(state, channel, f"{request.nick}!{user.username}@{user.host}"):
            raise Refusal(Reason.RELAYED_NICK_MUTED, request.nick, channel.name)
        if ChannelFlag.NO_FORMATTING in channel.flags:
            text = strip_formatting(text)
    if not text.strip(" "):
        raise Refusal(Reason.NO_TEXT)
    user.active_at = entry.at
    return (Relayed(channel.id, user.who, request.nick, channel.id, channel.name, text, request.tags),)


def _check_relay(state: State, channel: Channel, user: User) -> None:
    if Privilege.RELAY in user.privileges:
        return
    membership = channel.members.get(user)
    allowed = state.settings.operators_relay and membership is not None and membership.ranks >= Rank.OP
    if not allowed:
        raise Refusal(Reason.CANNOT_RELAY, channel.name)


def is_muted(state: State, channel: Channel, source: str) -> bool:
    """Whether a ban or a mute keeps somebody of another network silent here."""
    absent = Absent(state.fold(source))
    matched, excepted = (
        any(mask.matches(absent) for _, mask in channel.lists.get(which, {}).values())
        for which in (ChannelList.BAN, ChannelList.BAN_EXCEPTION)
    )
    return matched and not excepted
