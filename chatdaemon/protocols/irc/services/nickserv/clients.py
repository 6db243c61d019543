"""CLIENTS and DEVICES: with what somebody is connected, and how far each of their devices has been told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.services.nickserv.service import (
    NICKSERV,
    is_of,
    moment,
    named_or_own,
    own,
)
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import policy
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import ForgetDevice

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# What stands for the device of clients that have said no name.
UNNAMED = "(no name)"


@NICKSERV.subcommand(
    "CLIENTS",
    "[<account>]",
    """Shows the clients that you are connected with.
Of each: the nickname, the device, from where, whether over TLS, and since when. Operators look at those of
others.""",
)
def clients(session: IRCSession, words: list[str], face: Face) -> Result:
    account = named_or_own(session, words)
    if not is_of(session, account):
        policy.check_privilege(session.me, Privilege.ACCOUNTS)
    rows = []
    for user in session.realm.logged_in.get(session.realm.fold(account.name), {}):
        if not user.sessions:
            rows.append((user.nick, f"always on, without a client since {moment(user.left_at)}"))
        for name, client in user.sessions.items():
            secure = " over TLS" if client.secure else ""
            this = " (this one)" if name == session.id else ""
            text = f"{client.device or UNNAMED} from {client.real_host}{secure}"
            rows.append((user.nick, f"{text} since {moment(client.attached_at)}{this}"))
    face.say(f"The clients of {account.name}: {len(rows)}")
    face.say_rows(rows)
    return None


NICKSERV.subcommand("SESSIONS", "[<account>]", "The same as CLIENTS.", hidden=True)(clients)


@NICKSERV.subcommand(
    "DEVICES",
    "[LIST] | DEL <device>",
    """Shows your devices, and up to when each has been told what there was.
A client is of the device that it names as it logs in, by <account>@<device> in place of the account; what has
happened since that device was last told is what it is told when it comes back. DEL forgets one.""",
)
def devices(session: IRCSession, words: list[str], face: Face) -> Result:
    account = own(session)
    what = words[0].upper() if words else "LIST"
    if what == "DEL" and len(words) > 1:
        name = "" if face.text(1) == UNNAMED else words[1].lower()
        return face.ask(ForgetDevice(name), f"The device {name or UNNAMED} is forgotten")
    if what != "LIST":
        face.say_syntax()
        return None
    known = session.realm.devices.get(account.id, {})
    face.say(f"The devices of {account.name}: {len(known)}")
    face.say_rows([(name or UNNAMED, f"told up to {moment(at)}") for name, at in known.items()])
    return None
