"""JOIN, PART, TOPIC, KICK, INVITE and KNOCK, and what operators force: SAJOIN and SAPART."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.realm import policy
from chatdaemon.realm.requests import (
    ForceJoin,
    ForcePart,
    Invite,
    Join,
    Kick,
    Knock,
    Part,
    Request,
    SetTopic,
    Uninvite,
)
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def words(message: Message, index: int) -> list[str]:
    """The words of a comma-separated parameter; none where the parameter is missing."""
    return [word for word in message.params[index].split(",") if word] if len(message.params) > index else []


def text(message: Message, index: int) -> str | None:
    """A parameter that may be missing, or empty, which says as little."""
    return (message.params[index] if len(message.params) > index else None) or None


@command("JOIN", early=True)
def join(session: IRCSession, message: Message) -> Result:
    params = message.params
    if session.user is None:
        # Some clients send "JOIN :" while they register: theirs is no question that waits for an answer.
        if params != [""]:
            session.numeric(n.ERR_NOTREGISTERED)
        return None
    if not params or not params[0].strip(","):
        session.numeric(n.ERR_NEEDMOREPARAMS, "JOIN")
        return None
    if params[0] == "0":
        return [Part(channel.name) for channel in session.user.channels]
    names = params[0].split(",")
    keys = params[1].split(",") if len(params) > 1 else []
    return [Join(name, key or None) for name, key in zip_longest(names, keys) if name]


@command("PART", 1)
def part(session: IRCSession, message: Message) -> Result:
    names = words(message, 0)
    if not names:
        session.numeric(n.ERR_NEEDMOREPARAMS, "PART")
        return None
    reason = text(message, 1)
    return [Part(name, reason) for name in names]


@command("TOPIC", 1)
def topic(session: IRCSession, message: Message) -> Result:
    name = message.params[0]
    if len(message.params) > 1:
        return SetTopic(name, message.params[1])
    channel = session.realm.channel(name)
    if channel is None or not policy.sees_channel(channel, session.me):
        session.numeric(n.ERR_NOSUCHCHANNEL, middle(name))
    elif channel.topic:
        session.numeric(n.RPL_TOPIC, channel.name, channel.topic)
        session.numeric(n.RPL_TOPICWHOTIME, channel.name, channel.topic_by, str(channel.topic_at // 1000))
    else:
        session.numeric(n.RPL_NOTOPIC, channel.name)
    return None


@command("KICK", 2)
def kick(session: IRCSession, message: Message) -> Result:
    """All nicks from one channel, or each from the channel in its place (RFC 2812 section 3.2.8)."""
    channels, nicks = words(message, 0), words(message, 1)
    if len(channels) == 1:
        channels *= len(nicks)
    if not nicks or len(channels) != len(nicks):
        session.numeric(n.ERR_NEEDMOREPARAMS, "KICK")
        return None
    reason = text(message, 2)
    return [Kick(channel, nick, reason) for channel, nick in zip(channels, nicks, strict=True)]


@command("INVITE")
def invite(session: IRCSession, message: Message) -> Result:
    """Without parameters: where the client is invited to (modern.ircdocs.horse, INVITE)."""
    if len(message.params) > 1:
        return Invite(message.params[0], message.params[1])
    if message.params:
        session.numeric(n.ERR_NEEDMOREPARAMS, "INVITE")
        return None
    for channel in session.me.invited or ():
        if session.realm.channel(channel.name) is channel:
            session.numeric(n.RPL_INVITELIST, channel.name)
    session.numeric(n.RPL_ENDOFINVITELIST)
    return None


@command("UNINVITE", 2)
def uninvite(session: IRCSession, message: Message) -> Result:
    return Uninvite(message.params[0], message.params[1])


@command("KNOCK", 1)
def knock(session: IRCSession, message: Message) -> Result:
    name = message.params[0]
    channel = session.realm.channel(name)
    if channel is not None and channel in session.me.channels:
        session.numeric(n.ERR_KNOCKONCHAN, channel.name)
        return None
    return Knock(name, text(message, 1) or "")


@command("SAJOIN", 1)
def sajoin(session: IRCSession, message: Message) -> Result:
    """SAJOIN [nick] channel{,channel}: the nick is the operator's own where there is none."""
    named = len(message.params) > 1
    nick = message.params[0] if named else session.nick
    requests: list[Request] = [ForceJoin(nick, name) for name in words(message, 1 if named else 0)]
    return requests


@command("SAPART", 2)
def sapart(session: IRCSession, message: Message) -> Result:
    """SAPART nick channel{,channel} [reason]."""
    reason = text(message, 2)
    return [ForcePart(message.params[0], name, reason) for name in words(message, 1)]
