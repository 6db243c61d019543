"""NAMES and LIST: who is where, and what channels there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.protocols.irc.commands.channels import words
from chatdaemon.protocols.irc.names import send_names
from chatdaemon.realm import policy
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.state import Channel
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

Condition = Callable[[Channel], bool]
Glob = Callable[[str], object]

MINUTE = 60_000  # ms
# About so many names fit a line: a large channel counts as so many steps of a long reply.
NAMES_A_LINE = 20


@command("NAMES")
def names(session: IRCSession, message: Message) -> Result:
    """Without a channel there is nothing to list: nobody can read the names of a whole network."""
    wanted = words(message, 0)
    if not wanted:
        session.numeric(n.RPL_ENDOFNAMES, "*")
        return None
    return _names(session, wanted)


def _names(session: IRCSession, wanted: list[str]) -> Steps:
    # Asking for the same channel a hundred times in one line is no way to a hundred lists.
    for name in {session.realm.fold(name): name for name in wanted}.values():
        channel = session.realm.channel(name)
        if channel is None:
            session.numeric(n.RPL_ENDOFNAMES, middle(name))
        else:
            send_names(session, channel)
            for _ in range(len(channel.members) // NAMES_A_LINE):
                yield
        yield
    return None


@command("LIST")
def list_(session: IRCSession, message: Message) -> Result:
    """LIST [channels and masks] [conditions], in one parameter or two (ISUPPORT ELIST and SAFELIST)."""
    named: dict[Channel, None] = {}
    masks: list[Glob] = []
    conditions: list[Condition] = []
    realm = session.realm
    everything = True
    now = int(session.server.now() * 1000)
    for word in (*words(message, 0), *words(message, 1)):
        if (condition := parse_condition(word, now)) is not None:
            conditions.append(condition)
        elif word[0] == "!":
            conditions.append(_unlike(compile_glob(realm.fold(word[1:]))))
        elif "*" in word or "?" in word or word[0] not in CHANTYPES:
            everything = False
            masks.append(compile_glob(realm.fold(word)))
        else:
            everything = False
            channel = realm.channel(word)
            if channel is not None:
                named[channel] = None
    if masks:
        conditions.append(_like(masks, named))
    # What there is now: channels can come and go while a long list is on its way.
    found = realm.channels.values() if masks or everything else named
    return _list(session, tuple(found), conditions)


def _list(session: IRCSession, channels: tuple[Channel, ...], conditions: list[Condition]) -> Steps:
    user = session.me
    session.numeric(n.RPL_LISTSTART, "Channel")
    for channel in channels:
        if policy.lists_channel(channel, user) and all(condition(channel) for condition in conditions):
            session.numeric(n.RPL_LIST, channel.name, str(len(channel.members)), channel.topic)
        yield
    session.numeric(n.RPL_LISTEND)
    return None


def _like(masks: list[Glob], named: dict[Channel, None]) -> Condition:
    """M: channels whose name fits one of the masks, and those that were named."""
    return lambda channel: channel in named or any(fits(channel.folded) for fits in masks)


def _unlike(fits: Glob) -> Condition:
    """N: channels whose name does not fit the mask."""
    return lambda channel: not fits(channel.folded)


def parse_condition(word: str, now: int) -> Condition | None:
    """The condition in `word`: `<n` and `>n` members (U), `C<n` and `C>n` minutes since the channel was made
    (C), `T<n` and `T>n` since its topic was set (T). None when it is none. `now` is in ms since 1970."""
    what = word[0].upper()
    sign, number = (word[0], word[1:]) if what in "<>" else (word[1:2], word[2:])
    # Its length: Python refuses to read a number of thousands of digits, and nothing is as large as these.
    if what not in "<>CT" or not sign or sign not in "<>" or not number.isascii() or not number.isdigit():
        return None
    least = int(number[:18])
    if what in "<>":
        return lambda channel: _compare(len(channel.members), sign, least)
    if what == "C":
        return lambda channel: _compare(now - channel.created_at, sign, least * MINUTE)
    return lambda channel: bool(channel.topic) and _compare(now - channel.topic_at, sign, least * MINUTE)


def _compare(value: int, sign: str, limit: int) -> bool:
    return value < limit if sign == "<" else value > limit
