"""WHO and WHOX: searching for people, and the members of a channel with all that is known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.protocols.irc.modes import PREFIX, PREFIXES
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.protocols.people import Place, matching
from chatdaemon.realm import policy
from chatdaemon.realm.modes import UserMode
from chatdaemon.realm.state import User
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# The address of somebody whose address is not told (WHOX).
NO_ADDRESS = "255.255.255.255"

# Rows that are made and sent at once.
ROWS_A_STEP = 4

Found = tuple[User, "Place | None"]
Row = Callable[[User, "Place | None"], str]


@command("WHO")
def who(session: IRCSession, message: Message) -> Result:
    params = message.params
    mask = params[0] if params and params[0] else "*"
    flags, percent, extended = params[1].partition("%") if len(params) > 1 else ("", "", "")
    # Who fits now: people come and go while a long reply is on its way.
    found = [
        (user, place)
        for user, place in matching(session.realm, session.me, mask, session.server.name)
        if "o" not in flags or user.operator is not None
    ]
    if percent:
        numeric, row = n.RPL_WHOSPCRPL, _extended_row(session, session.me, extended)
    else:
        numeric, row = n.RPL_WHOREPLY, _classic_row(session)
    return _replies(session, mask, found, numeric, row)


def _replies(session: IRCSession, mask: str, found: list[Found], numeric: Numeric, row: Row | None) -> Steps:
    if row is not None:
        for first in range(0, len(found), ROWS_A_STEP):
            # The numeric checks its parameters for one line; a channel may have thousands.
            head = f":{session.server.name} {numeric.code} {session.nick} "
            some = found[first : first + ROWS_A_STEP]
            session.replies([head + row(user, place) for user, place in some])
            yield
    session.numeric(n.RPL_ENDOFWHO, middle(mask))
    return None


def _flags(session: IRCSession) -> Row:
    """H or G (here, gone), * for operators, the prefixes in the channel, B for bots."""
    prefixes = PREFIXES if session.has("multi-prefix") else PREFIX

    def flags(user: User, place: Place | None) -> str:
        return (
            ("H" if user.away is None else "G")
            + ("*" if user.operator is not None else "")
            + (prefixes[place[1].ranks] if place is not None else "")
            + ("B" if UserMode.BOT in user.modes else "")
        )

    return flags


def _classic_row(session: IRCSession) -> Row:
    server = session.server.name
    flags = _flags(session)

    def row(user: User, place: Place | None) -> str:
        channel = place[0].name if place is not None else "*"
        return (
            f"{channel} {user.username} {user.host} {server} {user.nick} {flags(user, place)}"
            f" :0 {user.realname}"
        )

    return row


def _extended_row(session: IRCSession, viewer: User, asked: str) -> Row | None:
    """WHOX: exactly the fields that were asked for, in the order of the specification; None without any."""
    letters, _, token = asked.partition(",")
    if not (token.isascii() and token.isdigit() and len(token) <= 3):
        token = "0"
    server = session.server.name
    now = int(session.server.now())

    def address(user: User, place: Place | None) -> str:
        told = policy.sees_address(viewer, user) or user.host == user.real_host
        return user.real_host if told else NO_ADDRESS

    fields: dict[str, Row] = {
        "t": lambda user, place: token,
        "c": lambda user, place: place[0].name if place is not None else "*",
        "u": lambda user, place: user.username,
        "i": address,
        "h": lambda user, place: user.host,
        "s": lambda user, place: server,
        "n": lambda user, place: user.nick,
        "f": _flags(session),
        "d": lambda user, place: "0",
        "l": lambda user, place: str(max(0, now - user.active_at // 1000)),
        "a": lambda user, place: user.account or "0",
        "o": lambda user, place: "n/a",
        "r": lambda user, place: f":{user.realname}",
    }
    wanted = [field for letter, field in fields.items() if letter in letters]
    return (lambda user, place: " ".join([field(user, place) for field in wanted])) if wanted else None
