"""AMODE, FLAGS, ACCESS and the lists by the names of ranks: who has which access to a channel.

All of them are the same list: each account with the ranks that it has whenever it joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.modes import CHANNEL_MODES
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV, day, in_turn, letters, registered
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import access
from chatdaemon.realm.accounts import Registration
from chatdaemon.realm.events import AccessChanged
from chatdaemon.realm.modes import ChannelRank, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Request, SetAccess
from chatdaemon.realm.state import Channel

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

RANK_OF_LETTER = {
    letter: mode.rank for letter, mode in CHANNEL_MODES.items() if isinstance(mode, ChannelRank)
}
# As other services write them: "automatically".
FLAGS = {**RANK_OF_LETTER, "F": Rank.FOUNDER, "O": Rank.OP, "H": Rank.HALFOP, "V": Rank.VOICE}
# So many accounts are changed at a time.
MOST_ACCOUNTS = 20
EVERY_RANK = Rank.FOUNDER | Rank.ADMIN | Rank.OP | Rank.HALFOP | Rank.VOICE
# What other services call them.
LEVELS = {
    "FOUNDER": Rank.FOUNDER, "OWNER": Rank.FOUNDER, "QOP": Rank.FOUNDER,
    "ADMIN": Rank.ADMIN, "PROTECT": Rank.ADMIN, "SOP": Rank.ADMIN,
    "OP": Rank.OP, "AOP": Rank.OP,
    "HALFOP": Rank.HALFOP, "HOP": Rank.HALFOP,
    "VOICE": Rank.VOICE, "VOP": Rank.VOICE,
}  # fmt: skip


@CHANSERV.subcommand(
    "AMODE",
    "<channel> [<modes> <account> [<account> ...]]",
    """Shows or changes the ranks that accounts have in a channel whenever they join.
AMODE #tea +o alice makes alice an operator from now on, AMODE #tea -o alice ends that. The modes are
q (founder), a (administrator), o (operator), h (half-operator) and v (voice). Founders change everybody's;
others with access only what is lower than their own. Who is there gets or loses the rank at once.""",
    least=1,
)
def amode(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = registered(session, words[0])
    if len(words) == 1:
        return _list(session, face, channel, registration, EVERY_RANK)
    changes: list[tuple[str, Rank, bool]] = []
    accounts = iter(words[2:])
    add = True
    for letter in words[1]:
        if letter in "+-":
            add = letter == "+"
            continue
        account = next(accounts, None)
        if letter not in RANK_OF_LETTER or account is None:
            face.say_syntax()
            return None
        changes.append((account, RANK_OF_LETTER[letter], add))
    return _change(session, face, channel, changes)


@CHANSERV.subcommand(
    "FLAGS",
    "<channel> [<account> [<flags>]]",
    """Shows or changes the access list, in the way of other services.
FLAGS #tea alice +o is the same as AMODE #tea +o alice; the flags F, O, H and V are the same as q, o, h and v,
and -* takes all of them away.""",
    least=1,
)
def flags(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = registered(session, words[0])
    realm = session.realm
    if len(words) == 1:
        return _list(session, face, channel, registration, EVERY_RANK)
    account = words[1]
    if len(words) == 2:
        access.check_access(realm, channel, session.me, Rank.HALFOP)
        ranks = access.ranks_of(realm, channel, realm.fold(account))
        face.say(f"The access of {account} to {channel.name}: {letters(ranks)}.")
        return None
    changes: list[tuple[str, Rank, bool]] = []
    add = True
    for letter in words[2]:
        if letter in "+-":
            add = letter == "+"
        elif letter == "*" and not add:
            changes.append((account, EVERY_RANK, False))
        elif letter in FLAGS:
            changes.append((account, FLAGS[letter], add))
        else:
            face.say(f'There is no flag "{letter}": there are q, a, o, h and v.')
            return None
    return _change(session, face, channel, changes)


@CHANSERV.subcommand(
    "ACCESS",
    "<channel> LIST | ADD <account> <level> | DEL <account>",
    """Shows or changes the access list, in the way of other services.
The levels are FOUNDER, ADMIN, OP, HALFOP and VOICE. See AMODE.""",
    least=2,
)
def access_(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = registered(session, words[0])
    what = words[1].upper()
    if what == "LIST":
        return _list(session, face, channel, registration, EVERY_RANK)
    if what == "ADD" and len(words) > 3 and words[3].upper() in LEVELS:
        return _set(session, face, channel, words[2], LEVELS[words[3].upper()])
    if what == "DEL" and len(words) > 2:
        return _set(session, face, channel, words[2], Rank.NONE)
    face.say_syntax()
    return None


def _by_name(level: str, rank: Rank) -> None:
    """A list of those with one rank (SOP, AOP, HOP, VOP), as other services have it."""

    @CHANSERV.subcommand(
        level,
        "<channel> LIST | ADD <account> | DEL <account>",
        f"Shows or changes who has the access {letters(rank)} to a channel. See AMODE.",
        least=2,
        hidden=True,
    )
    def one_rank(session: IRCSession, words: list[str], face: Face) -> Result:
        channel, registration = registered(session, words[0])
        what = words[1].upper()
        if what == "LIST":
            return _list(session, face, channel, registration, rank)
        if what in ("ADD", "DEL") and len(words) > 2:
            return _change(session, face, channel, [(words[2], rank, what == "ADD")])
        face.say_syntax()
        return None


for _level in ("QOP", "SOP", "AOP", "HOP", "VOP"):
    _by_name(_level, LEVELS[_level])


def _list(
    session: IRCSession, face: Face, channel: Channel, registration: Registration, wanted: Rank
) -> Result:
    """The access list: of those with one of the ranks that are wanted."""
    access.check_access(session.realm, channel, session.me, Rank.HALFOP)
    return _rows(face, channel, registration, wanted)


def _rows(face: Face, channel: Channel, registration: Registration, wanted: Rank) -> Steps:
    face.say(f"Access to {channel.name}:")
    if wanted & Rank.FOUNDER:
        face.say_rows([(registration.founder, f"founder, since {day(registration.at)}")])
    count = 0
    for each in registration.access.values():
        if each.ranks & wanted:
            face.say_rows([(each.account, f"{letters(each.ranks)}, by {each.by} on {day(each.at)}")])
            count += 1
        yield
    face.say(f"{count} entries." if count != 1 else "1 entry.")
    return None


def _change(
    session: IRCSession, face: Face, channel: Channel, changes: list[tuple[str, Rank, bool]]
) -> Result:
    """Give accounts ranks beside those that they have, or take some."""
    wanted: dict[str, tuple[str, Rank]] = {}
    fold = session.realm.fold
    for account, rank, add in changes:
        folded = fold(account)
        _, ranks = wanted.get(folded, (account, _now(channel, folded)))
        wanted[folded] = (account, ranks | rank if add else ranks & ~rank)
    if len(wanted) > MOST_ACCOUNTS:
        face.say(f"At most {MOST_ACCOUNTS} accounts at a time.")
        return None
    requests: list[Request] = [SetAccess(channel.name, account, ranks) for account, ranks in wanted.values()]
    if len(requests) == 1:
        ((account, ranks),) = wanted.values()
        return _set(session, face, channel, account, ranks)
    return in_turn(face, requests, lambda: face.say("The access list is changed."))


def _now(channel: Channel, folded: str) -> Rank:
    """What the account has on the list; the founder, who is not on it, has nothing there."""
    registration = channel.registration
    found = registration.access.get(folded) if registration is not None else None
    return found.ranks if found is not None else Rank.NONE


def _set(session: IRCSession, face: Face, channel: Channel, account: str, ranks: Rank) -> Result:
    if (
        not ranks
        and session.realm.account(account) is None
        and not _now(channel, session.realm.fold(account))
    ):
        raise Refusal(Reason.NO_SUCH_ACCOUNT, account)

    def done(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        changed = [event.account for _, event in happenings if isinstance(event, AccessChanged)]
        if changed:
            face.say(f"The access of {changed[0]} to {channel.name} is now: {letters(ranks)}.")
        else:
            face.say(f"That is the access of {account} to {channel.name} already.")
        return None

    return face.ask(SetAccess(channel.name, account, ranks), done)
