"""PASS, NICK, USER, PING, PONG, QUIT and ERROR (modern.ircdocs.horse, "Connection Messages")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.registration import proceed
from chatdaemon.realm.names import clean_realname, clean_username
from chatdaemon.realm.requests import ChangeNick
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("PASS", 1, early=True)
def pass_(session: IRCSession, message: Message) -> Result:
    """The last one before registration counts; it is looked at when everything else is there."""
    if session.registration is None:
        session.numeric(n.ERR_ALREADYREGISTERED)
    else:
        session.registration.password = message.params[0]
    return None


@command("NICK", early=True)
def nick(session: IRCSession, message: Message) -> Result:
    wanted = message.params[0] if message.params else ""
    if not wanted:
        session.numeric(n.ERR_NONICKNAMEGIVEN)
        return None
    registration = session.registration
    if registration is None:
        return ChangeNick(wanted)
    fault = session.realm.naming.nick_fault(wanted, session.realm.settings.nick_length)
    if fault is not None:
        session.numeric(n.ERR_ERRONEUSNICKNAME, middle(wanted), fault)
        return None
    holder = session.realm.user(wanted)
    if holder is not None and (holder.account is None or not session.realm.settings.several_clients):
        # Somebody who is logged in may be joined by another client of theirs, once that has logged in.
        session.numeric(n.ERR_NICKNAMEINUSE, wanted, "Nickname is already in use")
        return None
    registration.nick = wanted
    return proceed(session)


@command("USER", 4, early=True)
def user(session: IRCSession, message: Message) -> Result:
    registration = session.registration
    if registration is None or registration.username is not None:
        session.numeric(n.ERR_ALREADYREGISTERED)
        return None
    registration.username = clean_username(message.params[0], session.server.settings.username_length)
    registration.realname = clean_realname(message.params[3], session.realm.settings.realname_length)
    return proceed(session)


@command("PING", early=True)
def ping(session: IRCSession, message: Message) -> Result:
    """Before registration too: some clients ask whether the server is still there."""
    token = message.params[0] if message.params else ""
    if token:
        session.reply(f":{session.server.name} PONG {session.server.name} :{token}")
    else:
        session.numeric(n.ERR_NOORIGIN)
    return None


@command("PONG", early=True)
def pong(session: IRCSession, message: Message) -> Result:
    """Any line is a sign of life; this one says nothing else."""
    return None


@command("QUIT", early=True)
def quit_(session: IRCSession, message: Message) -> Result:
    session.drop(f"Quit: {message.params[0] if message.params else ''}")
    return None


@command("ERROR", early=True)
def error(session: IRCSession, message: Message) -> Result:
    """Clients have no errors that a server could act on."""
    return None
