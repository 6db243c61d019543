"""GROUP, UNGROUP, GHOST and RECOVER: the nicknames of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.logins import enter
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm.requests import GroupNick, ReclaimNick, UngroupNick

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@NICKSERV.subcommand(
    "GROUP", "", "Makes the nickname that you use belong to your account, beside the others."
)
def group(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(GroupNick(), f"The nickname {session.nick} belongs to your account now")


@NICKSERV.subcommand("UNGROUP", "[<nickname>]", "Gives up a nickname that belongs to your account.")
def ungroup(session: IRCSession, words: list[str], face: Face) -> Result:
    nick = words[0] if words else session.nick
    return face.ask(UngroupNick(nick), f"The nickname {nick} belongs to your account no longer")


def _reclaim(session: IRCSession, words: list[str], face: Face, *, take: bool) -> Result:
    """With a password it is a login, too: that is how people do it who are not logged in yet."""
    nick = words[0]
    asking = face.ask(ReclaimNick(nick, take), f"The nickname {nick} is {'yours' if take else 'free'} again")
    if len(words) == 1:
        return asking
    owner = session.realm.owner(nick)
    name = owner.name if owner is not None else nick
    proven = session.server.authentication.log_in(name, words[1], session.client)
    return face.wait(proven, lambda account: enter(session, account, lambda _: asking, face.refused))


@NICKSERV.subcommand(
    "GHOST",
    "<nickname> [<password>]",
    """Disconnects whoever uses a nickname of your account.
The password is needed if you are not logged in.""",
    least=1,
)
def ghost(session: IRCSession, words: list[str], face: Face) -> Result:
    return _reclaim(session, words, face, take=False)


@NICKSERV.subcommand(
    "RECOVER",
    "<nickname> [<password>]",
    """Gives you a nickname of your account back.
Whoever uses it is disconnected. The password is needed if you are not logged in.""",
    least=1,
)
def recover(session: IRCSession, words: list[str], face: Face) -> Result:
    return _reclaim(session, words, face, take=True)


for _name in ("REGAIN", "RELEASE"):
    NICKSERV.subcommand(_name, "<nickname> [<password>]", "The same as RECOVER.", least=1, hidden=True)(
        recover
    )
