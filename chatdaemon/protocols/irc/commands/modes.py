"""MODE, for channels and users, and SAMODE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.protocols.irc.modes import (
    CHANNEL_KINDS,
    CHANNEL_MODES,
    USER_KINDS,
    USER_MODES,
    channel_mode_words,
    user_modes_text,
)
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.realm import policy
from chatdaemon.realm.modes import ChannelList, ListEntry, ModeChange, UserModeChange
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.requests import ChangeModes, ChangeUserModes
from chatdaemon.realm.state import Channel
from chatdaemon.wire.ircmodes import Change, Changes, parse_changes
from chatdaemon.wire.ircmsg import MAX_LINE, Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

LISTS: dict[ChannelList, tuple[Numeric, Numeric]] = {
    ChannelList.BAN: (n.RPL_BANLIST, n.RPL_ENDOFBANLIST),
    ChannelList.BAN_EXCEPTION: (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST),
    ChannelList.INVITE_EXCEPTION: (n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST),
}
# A line can hold hundreds of letters that are no mode: so many are named.
MOST_UNKNOWN = 10


@command("MODE", 1)
def mode(session: IRCSession, message: Message) -> Result:
    if message.params[0].startswith(tuple(CHANTYPES)):
        return _channel_mode(session, message, override=False)
    return _user_mode(session, message)


@command("SAMODE", 2)
def samode(session: IRCSession, message: Message) -> Result:
    return _channel_mode(session, message, override=True)


# Channels.


def _channel_mode(session: IRCSession, message: Message, *, override: bool) -> Result:
    name, *params = message.params
    channel = session.realm.channel(name)
    if not params or not params[0]:
        if channel is None or not policy.sees_channel(channel, session.me):
            session.numeric(n.ERR_NOSUCHCHANNEL, middle(name))
        else:
            _send_modes(session, channel)
        return None
    most = session.server.settings.modes_per_line
    parsed = parse_changes(params[0], params[1:], CHANNEL_KINDS, most)
    queries = [change for change in parsed.changes if _is_query(change)]
    changes = tuple(
        ModeChange(CHANNEL_MODES[change.letter], change.add, change.param)
        for change in parsed.changes
        if not _is_query(change)
    )
    request = ChangeModes(name, changes, override) if changes else None
    if request is not None and not queries:
        _say_faults(session, name, parsed)
        return request
    if channel is None or not policy.sees_channel(channel, session.me):
        session.numeric(n.ERR_NOSUCHCHANNEL, middle(name))
        return None
    _say_faults(session, channel.name, parsed)
    return _queries(session, channel, queries, request)


def _is_query(change: Change) -> bool:
    return change.param is None and isinstance(CHANNEL_MODES[change.letter], ChannelList)


def _say_faults(session: IRCSession, name: str, parsed: Changes) -> None:
    """What of a mode string is not understood; the rest of it is done all the same."""
    for letter in parsed.unknown[:MOST_UNKNOWN]:
        session.numeric(n.ERR_UNKNOWNMODE, middle(letter))
    for letter in parsed.missing:
        session.numeric(
            n.ERR_INVALIDMODEPARAM, middle(name), letter, "*", f"You must give a parameter for mode {letter}"
        )
    if parsed.excess:
        most = session.server.settings.modes_per_line
        letters = "".join(parsed.excess)
        session.numeric(
            n.ERR_UNKNOWNERROR,
            "MODE",
            f"At most {most} modes with a parameter at a time; not done: {letters}",
        )


def _send_modes(session: IRCSession, channel: Channel) -> None:
    hides = not policy.sees_key(channel, session.me)
    session.numeric(n.RPL_CHANNELMODEIS, channel.name, *channel_mode_words(channel, hides_key=hides))
    session.numeric(n.RPL_CREATIONTIME, channel.name, str(channel.created_at // 1000))


def _queries(
    session: IRCSession, channel: Channel, queries: list[Change], request: ChangeModes | None
) -> Steps:
    """Show the lists that were asked for, then do what else there is to do."""
    for letter in dict.fromkeys(change.letter for change in queries):
        which = CHANNEL_MODES[letter]
        assert isinstance(which, ChannelList)
        row, end = LISTS[which]
        if policy.sees_list(channel, session.me, which):
            for entry in tuple(channel.entries(which)):
                _send_entry(session, row, channel, entry)
                yield
        else:
            session.numeric(n.ERR_CHANOPRIVSNEEDED, channel.name, "You must be a channel half-operator")
        # Also behind a refusal: clients wait for it.
        session.numeric(end, channel.name)
        yield
    return request


def _send_entry(session: IRCSession, row: Numeric, channel: Channel, entry: ListEntry) -> None:
    by, at = entry.by, str(entry.at // 1000)
    words = (f":{session.server.name}", row.code, session.nick, channel.name, entry.mask, by, at)
    if len(" ".join(words).encode()) > MAX_LINE - 2:
        # The nick says nearly as much: clients take either (RPL_BANLIST).
        by = by.partition("!")[0]
    session.numeric(row, channel.name, entry.mask, by, at)


# Users.


def _user_mode(session: IRCSession, message: Message) -> Result:
    name, *params = message.params
    user = session.me
    target = session.realm.user(name)
    if target is None:
        session.numeric(n.ERR_NOSUCHNICK, middle(name))
        return None
    if target is not user:
        session.numeric(n.ERR_USERSDONTMATCH)
        return None
    if not params or not params[0]:
        session.numeric(n.RPL_UMODEIS, user_modes_text(user))
        return None
    parsed = parse_changes(params[0], (), USER_KINDS)
    if parsed.unknown:
        session.numeric(n.ERR_UMODEUNKNOWNFLAG)
    changes = tuple(UserModeChange(USER_MODES[change.letter], change.add) for change in parsed.changes)
    return ChangeUserModes(changes) if changes else None
