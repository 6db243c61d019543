"""The service itself, and what its subcommands have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.modes import RANK_OF_PREFIX, RANKS_HIGHEST_FIRST
from chatdaemon.protocols.irc.services.service import Face, Service
from chatdaemon.realm import access
from chatdaemon.realm.accounts import Registration
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Request
from chatdaemon.realm.state import Channel
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

CHANSERV = Service("ChanServ", "registers channels, and keeps them for their founders", ("CS", "CHANSERV"))

LETTER_OF_RANK = dict(zip(RANK_OF_PREFIX.values(), RANKS_HIGHEST_FIRST, strict=True))


def registered(session: IRCSession, name: str) -> tuple[Channel, Registration]:
    """The registered channel of this name. Raises Refusal where there is none that the client may know of."""
    channel = session.realm.channel(name)
    if channel is None or not access.knows_channel(session.realm, channel, session.me):
        raise Refusal(Reason.NO_SUCH_CHANNEL, name)
    if channel.registration is None:
        raise Refusal(Reason.CHANNEL_NOT_REGISTERED, channel.name)
    return channel, channel.registration


def letters(ranks: Rank) -> str:
    """Ranks by the letters of their modes, highest first: "+ov"; "none"."""
    found = "".join(letter for rank, letter in LETTER_OF_RANK.items() if ranks & rank)
    return f"+{found}" if found else "none"


def day(at: int) -> str:
    """A time of the realm, for people: to the second, in UTC."""
    return iso(at).partition(".")[0].replace("T", " ") + " UTC"


def in_turn(face: Face, requests: Iterable[Request], done: Callable[[], None]) -> Result:
    """Ask one after the other, say the first refusal and stop there, or call `done` when all is done. Each
    waits within the answer of the one before: for few requests."""
    left = iter(requests)

    def go_on(session: IRCSession, _: Sequence[Happening]) -> Result:
        request = next(left, None)
        if request is None:
            done()
            return None
        return face.ask(request, go_on)

    return go_on(face.session, ())
