"""CAP, PASS, NICK, USER, PING, PONG, QUIT and ERROR: being connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import capabilities
from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.registration import proceed
from chatdaemon.realm.names import clean_realname, clean_username, nick_fault
from chatdaemon.realm.requests import ChangeNick
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("CAP", 1, early=True)
def cap(session: IRCSession, message: Message) -> Result:
    subcommand = message.params[0].upper()
    words = message.params[1].split() if len(message.params) > 1 else []
    registration = session.registration
    if subcommand == "LS":
        version = int(words[0]) if words and words[0].isascii() and words[0].isdigit() else 301
        session.cap_version = max(session.cap_version, version)
        if registration is not None:
            registration.negotiating = True
        if version >= 302:
            session.set_capabilities(session.capabilities | {"cap-notify"})
        session.reply(
            f":{session.server.name} CAP {session.nick} LS :{' '.join(capabilities.listing(version))}"
        )
    elif subcommand == "LIST":
        session.reply(
            f":{session.server.name} CAP {session.nick} LIST :{' '.join(sorted(session.capabilities))}"
        )
    elif subcommand == "REQ":
        if registration is not None:
            registration.negotiating = True
        _request(session, words)
    elif subcommand == "END":
        if registration is not None:
            registration.negotiating = False
            return proceed(session)
    else:
        session.numeric(n.ERR_INVALIDCAPCMD, middle(message.params[0]))
    return None


def _request(session: IRCSession, words: list[str]) -> None:
    wanted = dict.fromkeys(session.capabilities)
    good = all(word.removeprefix("-") in capabilities.CAPABILITIES for word in words)
    if good:
        for word in words:
            if word.startswith("-"):
                wanted.pop(word[1:], None)
            else:
                wanted[word] = None
    session.reply(f":{session.server.name} CAP {session.nick} {'ACK' if good else 'NAK'} :{' '.join(words)}")
    if good:
        session.set_capabilities(frozenset(wanted))


@command("PASS", 1, early=True)
def pass_(session: IRCSession, message: Message) -> Result:
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
    fault = nick_fault(wanted, session.realm.settings.nick_length)
    if fault is not None:
        session.numeric(n.ERR_ERRONEUSNICKNAME, middle(wanted), fault)
        return None
    if session.realm.user(wanted) is not None:
        session.numeric(n.ERR_NICKNAMEINUSE, wanted)
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


@command("PING", 1, early=True)
def ping(session: IRCSession, message: Message) -> Result:
    session.reply(f":{session.server.name} PONG {session.server.name} :{message.params[0]}")
    return None


@command("PONG", early=True)
def pong(session: IRCSession, message: Message) -> Result:
    """Any line is a sign of life; this one says nothing else."""
    return None


@command("QUIT", early=True)
def quit_(session: IRCSession, message: Message) -> Result:
    text = message.params[0] if message.params else ""
    session.drop(f"Quit: {text}" if text else "Quit")
    return None


@command("ERROR", early=True)
def error(session: IRCSession, message: Message) -> Result:
    """Clients have no errors that a server could act on."""
    return None
