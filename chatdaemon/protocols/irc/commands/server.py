"""MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, STATS, HELP and HELPOP: about the server itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import COMMANDS, Result, Steps, command
from chatdaemon.protocols.irc.commands.users import is_here
from chatdaemon.protocols.irc.help import INDEX, TOPICS
from chatdaemon.protocols.irc.traffic import traffic
from chatdaemon.protocols.irc.welcome import EXTENDED_SUPPORT, Reply, send_counts, send_motd, send_support
from chatdaemon.realm import policy
from chatdaemon.realm.modes import Privilege
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def _elsewhere(session: IRCSession, message: Message, position: int = 0) -> bool:
    """Whether a parameter names another server than this one, the only one there is; then 402 is said."""
    params = message.params
    return len(params) > position and params[position] != "" and not is_here(session, params[position])


@command("MOTD")
def motd(session: IRCSession, message: Message) -> Result:
    if not _elsewhere(session, message):
        send_motd(session)
    return None


@command("ISUPPORT", early=True)
def isupport(session: IRCSession, message: Message) -> Result:
    """What the welcome and VERSION say of it; before there is a welcome for those who have the capability."""
    if session.registered or session.has(EXTENDED_SUPPORT):
        send_support(session)
    else:
        session.numeric(n.ERR_NOTREGISTERED)
    return None


@command("LUSERS")
def lusers(session: IRCSession, message: Message) -> Result:
    # RFC 2812 has a mask of servers first, and the server to ask behind it.
    if not _elsewhere(session, message, 1):
        send_counts(session)
    return None


@command("VERSION")
def version(session: IRCSession, message: Message) -> Result:
    if not _elsewhere(session, message):
        server = session.server
        session.numeric(n.RPL_VERSION, server.version, server.name, server.settings.description)
        send_support(session)
    return None


@command("TIME")
def time_(session: IRCSession, message: Message) -> Result:
    if not _elsewhere(session, message):
        server = session.server
        now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(server.now()))
        session.numeric(n.RPL_TIME, server.name, now)
    return None


@command("INFO")
def info(session: IRCSession, message: Message) -> Result:
    if not _elsewhere(session, message):
        server = session.server
        started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(server.started_at))
        for line in (
            f"{server.name}: {server.settings.description}",
            f"It runs {server.version}, a chat server in Python on Twisted,",
            "and is part of the network " + server.settings.network + ".",
            f"Running since {started}",
        ):
            session.numeric(n.RPL_INFO, line)
        session.numeric(n.RPL_ENDOFINFO)
    return None


@command("ADMIN")
def admin(session: IRCSession, message: Message) -> Result:
    if _elsewhere(session, message):
        return None
    server = session.server
    name, location, email = server.settings.admin
    if not (name or location or email):
        session.numeric(n.ERR_NOADMININFO, server.name)
        return None
    session.numeric(n.RPL_ADMINME, server.name)
    session.numeric(n.RPL_ADMINLOC1, location)
    session.numeric(n.RPL_ADMINLOC2, name)
    session.numeric(n.RPL_ADMINEMAIL, email)
    return None


@command("LINKS")
def links(session: IRCSession, message: Message) -> Result:
    server = session.server
    session.numeric(n.RPL_LINKS, "*", server.name, f"0 {server.settings.description}")
    session.numeric(n.RPL_ENDOFLINKS, "*")
    return None


@command("STATS", 1)
def stats(session: IRCSession, message: Message) -> Result:
    """A letter that this server has nothing to report on gets an empty report."""
    letter = middle(message.params[0])[:1]
    if _elsewhere(session, message, 1):
        return None
    if letter not in OPEN_STATS:
        policy.check_privilege(session.me, Privilege.STATS)
    return _report(session, letter)


def _report(session: IRCSession, letter: str) -> Steps:
    for numeric, params in STATS.get(letter, _nothing)(session):
        session.numeric(numeric, *params)
        yield
    session.numeric(n.RPL_ENDOFSTATS, letter)
    return None


def _nothing(session: IRCSession) -> Iterator[Reply]:
    return iter(())


def _uptime(session: IRCSession) -> Iterator[Reply]:
    minutes, seconds = divmod(int(session.server.now() - session.server.started_at), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    yield n.RPL_STATSUPTIME, (f"Server Up {days} days {hours}:{minutes:02}:{seconds:02}",)


def _commands(session: IRCSession) -> Iterator[Reply]:
    for name, each in sorted(COMMANDS.items()):
        if each.uses:
            yield n.RPL_STATSCOMMANDS, (name, str(each.uses))


def _operators(session: IRCSession) -> Iterator[Reply]:
    for operator in session.server.settings.operators.values():
        for host in operator.hosts or ("*@*",):
            yield n.RPL_STATSOLINE, ("O", host, "*", operator.name)


def _connections(session: IRCSession) -> Iterator[Reply]:
    """What waits to be sent, the KiB sent and received, and for how many seconds each has been there.
    Messages are not counted, and bytes only where the kernel does: "*"."""
    now = int(session.server.now())
    for each in tuple(session.server.sessions):
        user = each.user
        if user is not None:
            carried = traffic(each.transport)
            sent, received = (str(count // 1024) for count in carried) if carried is not None else ("*", "*")
            seconds = str(max(0, now - user.connected_at // 1000))
            waits = str(each.outbox.transport.backlog)
            yield n.RPL_STATSLINKINFO, (user.who.source, waits, "*", sent, "*", received, seconds)


# The reports that everybody may read; the others are for operators with the privilege.
OPEN_STATS = ("u",)
STATS: dict[str, Callable[[IRCSession], Iterator[Reply]]] = {
    "u": _uptime,
    "m": _commands,
    "o": _operators,
    "l": _connections,
}


@command("HELP")
@command("HELPOP")
def help_(session: IRCSession, message: Message) -> Result:
    """What a command does, or without a subject which there are."""
    subject = message.params[0] if message.params else ""
    if subject.strip() == "":
        name, lines = "*", INDEX
    else:
        name = subject.upper()
        found = TOPICS.get(name)
        if found is None:
            # Half a subject would be another one.
            session.numeric(n.ERR_HELPNOTFOUND, subject if middle(subject) == subject else "*")
            return None
        lines = found
    title, *rest, last = lines
    session.numeric(n.RPL_HELPSTART, name, title)
    for line in ("", *rest):
        session.numeric(n.RPL_HELPTXT, name, line)
    session.numeric(n.RPL_ENDOFHELP, name, last)
    return None
