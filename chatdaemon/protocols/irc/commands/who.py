"""WHO and WHOX: searching for people, and the members of a channel with all that is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.protocols.irc.modes import PREFIX, PREFIXES
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.realm import policy
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import Privilege, UserMode
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.state import Channel, Membership, User
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# Users that a search by mask finds at most, so that "WHO *" cannot fill a send queue.
MOST_MATCHES = 500
# The address of somebody whose address is not told (WHOX).
NO_ADDRESS = "255.255.255.255"

# Rows that are made and sent at once.
ROWS_A_STEP = 4

Place = tuple[Channel, Membership]
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
        for user, place in _found(session, session.me, mask)
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


def _found(session: IRCSession, viewer: User, mask: str) -> Iterator[Found]:
    """Who fits the mask, each with the channel to be named: of a channel its members, else users."""
    realm = session.realm
    if mask.startswith(CHANTYPES):
        channel = realm.channel(mask)
        if channel is not None and policy.sees_channel(channel, viewer):
            for member, membership in channel.members.items():
                if policy.sees_member(channel, viewer, member):
                    yield member, (channel, membership)
        return
    user = realm.user(mask)
    if user is not None:
        # Whoever knows the nick may ask for it, as in WHOIS.
        yield user, _common_place(viewer, user)
        return
    fits = _search("*" if mask == "0" else mask, viewer, realm.fold, session.server.name)
    matching = (each for each in realm.users.values() if fits(each) and policy.sees_user(viewer, each))
    for each in islice(matching, MOST_MATCHES):
        yield each, _common_place(viewer, each)


def _search(mask: str, viewer: User, fold: Callable[[str], str], server: str) -> Callable[[User], bool]:
    """Whether a user fits: the whole of nick!user@host, or any of nick, username, host, realname, account and
    server. Only operators who may see it find people by the address behind another host."""
    if not mask.strip("*"):
        return lambda user: True
    fits = compile_glob(fold(mask))
    if fits(fold(server)):
        return lambda user: True
    addresses = viewer.may(Privilege.SEE_HIDDEN)
    if "!" in mask or "@" in mask:
        whole = compile_glob(fold(mask if "!" in mask else f"*!{mask}"))
        return lambda user: bool(whole(user.hostmask) or (addresses and whole(user.real_hostmask)))
    return lambda user: bool(
        fits(user.folded)
        or fits(fold(user.username))
        or fits(fold(user.host))
        or fits(fold(user.realname))
        or (user.folded_account is not None and fits(user.folded_account))
        or (addresses and fits(fold(user.real_host)))
    )


def _common_place(viewer: User, user: User) -> Place | None:
    """A channel in which the viewer may know the user to be; one of the viewer's own if there is any."""
    elsewhere = None
    for place in user.channels.items():
        channel = place[0]
        if policy.sees_member(channel, viewer, user):
            if channel in viewer.channels:
                return place
            elsewhere = elsewhere or place
    return elsewhere


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
    sees_addresses = viewer.may(Privilege.SEE_HIDDEN)

    def address(user: User, place: Place | None) -> str:
        told = user is viewer or sees_addresses or user.host == user.real_host
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
