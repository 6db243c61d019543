"""MONITOR (IRCv3 monitor): asking to be told when people come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.metadata import introduce
from chatdaemon.protocols.irc.wrap import room_for_text, wrap
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("MONITOR", 1)
def monitor(session: IRCSession, message: Message) -> Result:
    params = message.params
    subcommand = SUBCOMMANDS.get(params[0].upper())
    if subcommand is None:
        session.numeric(n.ERR_UNKNOWNERROR, "MONITOR", f"There is no MONITOR {middle(params[0])}")
    elif params[0] in ("+", "-") and len(params) < 2:
        session.numeric(n.ERR_NEEDMOREPARAMS, "MONITOR")
    else:
        subcommand(session, params[1] if len(params) > 1 else "")
    return None


def _add(session: IRCSession, targets: str) -> None:
    watch = session.server.watch
    longest = session.realm.settings.nick_length
    most = session.server.settings.monitor_entries
    room = None if most is None else most - len(watch.of(session))
    added: list[str] = []
    refused: list[str] = []
    for nick in targets.split(","):
        # What can be no nick never comes online; one that is watched already is not told of again.
        if session.realm.naming.nick_fault(nick, longest) is not None or watch.watches(session, nick):
            continue
        if room is not None and len(added) >= room:
            refused.append(nick)
        else:
            watch.add(session, nick)
            added.append(nick)
    _tell_state(session, added)
    if refused:
        for nicks in wrap(refused, room_for_text(session, str(most)) - len("Monitor list is full. :"), ","):
            session.numeric(n.ERR_MONLISTFULL, str(most), nicks)


def _remove(session: IRCSession, targets: str) -> None:
    for nick in targets.split(","):
        session.server.watch.remove(session, nick)


def _clear(session: IRCSession, targets: str) -> None:
    session.server.watch.forget(session)


def _list(session: IRCSession, targets: str) -> None:
    for nicks in wrap(session.server.watch.of(session), room_for_text(session), ","):
        session.numeric(n.RPL_MONLIST, nicks)
    session.numeric(n.RPL_ENDOFMONLIST)


def _status(session: IRCSession, targets: str) -> None:
    _tell_state(session, session.server.watch.of(session))


SUBCOMMANDS: dict[str, Callable[[IRCSession, str], None]] = {
    "+": _add,
    "-": _remove,
    "C": _clear,
    "L": _list,
    "S": _status,
}


def _tell_state(session: IRCSession, nicks: list[str]) -> None:
    """Say which of them are online and which are not."""
    present = []
    offline = []
    for nick in nicks:
        user = session.realm.user(nick)
        if user is None:
            offline.append(nick)
        else:
            present.append(user)
    room = room_for_text(session)
    for sources in wrap([user.who.source for user in present], room, ","):
        session.numeric(n.RPL_MONONLINE, sources)
    for user in present:
        introduce(session, user)
    for names in wrap(offline, room, ","):
        session.numeric(n.RPL_MONOFFLINE, names)
