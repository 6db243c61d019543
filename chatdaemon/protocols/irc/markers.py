"""Read markers as IRC clients are told of them (draft/read-marker)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.realm.markers import markers_of
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def send_marker(session: IRCSession, target: str, at: int | None) -> None:
    """How far the client's user has read a channel, or what it and a nick have said (None: not known)."""
    time = "*" if at is None else f"timestamp={iso(at)}"
    session.reply(f":{session.server.name} MARKREAD {target} {time}")


def send_known_marker(session: IRCSession, target: str) -> None:
    """The same, by what is known."""
    realm = session.realm
    send_marker(session, target, markers_of(realm, session.me).get(realm.fold(target)))
