"""The welcome: what a client is sent when its registration is complete."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import isupport
from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.modes import CHANNEL_KINDS, CHANNEL_MODES, USER_MODES
from chatdaemon.wire.ircmodes import Kind

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

USER_LETTERS = "".join(sorted(USER_MODES))
CHANNEL_LETTERS = "".join(sorted(CHANNEL_MODES))
PARAMETER_LETTERS = "".join(sorted(x for x, kind in CHANNEL_KINDS.items() if kind is not Kind.FLAG))


def send_welcome(session: IRCSession) -> None:
    """001 to 005, the counts and the message of the day."""
    server = session.server
    version = server.version
    created = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(server.started_at))
    source = session.user.who.source if session.user is not None else session.nick
    session.numeric(n.RPL_WELCOME, f"Welcome to the {server.settings.network} network, {source}")
    session.numeric(n.RPL_YOURHOST, f"Your host is {server.name}, running {version}")
    session.numeric(n.RPL_CREATED, f"This server was started {created}")
    session.numeric(n.RPL_MYINFO, server.name, version, USER_LETTERS, CHANNEL_LETTERS, PARAMETER_LETTERS)
    send_isupport(session)
    send_counts(session)
    send_motd(session)


def send_isupport(session: IRCSession) -> None:
    for group in isupport.lines(session.server.tokens):
        session.numeric(n.RPL_ISUPPORT, *group)


def send_counts(session: IRCSession) -> None:
    """LUSERS."""
    server, realm = session.server, session.realm
    users = len(realm.users)
    operators = len(realm.operators)
    unknown = sum(1 for each in server.sessions if each.user is None) if len(server.sessions) != users else 0
    visible = users - realm.invisible
    session.numeric(
        n.RPL_LUSERCLIENT, f"There are {visible} users and {realm.invisible} invisible on 1 servers"
    )
    if operators:
        session.numeric(n.RPL_LUSEROP, str(operators))
    if unknown:
        session.numeric(n.RPL_LUSERUNKNOWN, str(unknown))
    if realm.channels:
        session.numeric(n.RPL_LUSERCHANNELS, str(len(realm.channels)))
    session.numeric(n.RPL_LUSERME, f"I have {users} clients and 0 servers")
    most = realm.most_users
    session.numeric(n.RPL_LOCALUSERS, str(users), str(most), f"Current local users {users}, max {most}")
    session.numeric(n.RPL_GLOBALUSERS, str(users), str(most), f"Current global users {users}, max {most}")


def send_motd(session: IRCSession) -> None:
    """MOTD."""
    motd = session.server.settings.motd
    if not motd:
        session.numeric(n.ERR_NOMOTD)
        return
    session.numeric(n.RPL_MOTDSTART, f"- {session.server.name} Message of the day - ")
    for line in motd:
        session.numeric(n.RPL_MOTD, f"- {line}")
    session.numeric(n.RPL_ENDOFMOTD)
