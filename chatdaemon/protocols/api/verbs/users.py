"""What people are called, whether they are there, who they are, and from whom one wants to hear."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypedDict

from chatdaemon.node import Happening
from chatdaemon.protocols import people
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.objects import details, stamp_object, user_object
from chatdaemon.protocols.api.scope import within
from chatdaemon.protocols.api.table import Result, answers, performs, user_of, what_happened
from chatdaemon.realm import policy, requests
from chatdaemon.realm.events import (
    AcceptedChanged,
    AwayChanged,
    NickChanged,
    PartlyRefused,
    RealnameChanged,
    SilencesChanged,
)
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class InChannel(TypedDict, total=False):
    """A channel in which somebody is, with their ranks there, highest first."""

    channel: str
    ranks: list[str]


class Person(TypedDict, total=False):
    """What one may know of somebody. Behind `secure` (over TLS) it is for the user itself and operators."""

    nick: str
    username: str
    host: str
    account: str
    bot: bool
    operator: bool
    realname: str
    channels: list[InChannel]
    away: str
    nick_registered: bool
    connected: str
    active: str
    secure: bool
    modes: list[str]
    addresses: list[str]
    certificates: list[str]


class Former(TypedDict, total=False):
    """Somebody who has gone, or had another nick; `address` is for operators."""

    nick: str
    username: str
    host: str
    account: str
    bot: bool
    operator: bool
    realname: str
    left: str
    address: str


class Formers(TypedDict, total=False):
    """The `ok` of `whowas`, the last first."""

    users: list[Former]


class Found(TypedDict, total=False):
    """Somebody whom a search found, with a channel in which they are."""

    nick: str
    username: str
    host: str
    account: str
    bot: bool
    operator: bool
    realname: str
    away: bool
    channel: str
    ranks: list[str]


class Founds(TypedDict, total=False):
    """The `ok` of `who`."""

    users: list[Found]


class Here(TypedDict, total=False):
    """The `ok` of `ison`: the nicks, as they are written."""

    nicks: list[str]


class AcceptedTold(TypedDict, total=False):
    """Whom one accepts: accounts, and nicks of those who are not logged in."""

    accepted: list[str]


class SilencedTold(TypedDict, total=False):
    """The masks that one silences."""

    silenced: list[str]


@performs(ops.Nick, NickChanged)
def nick(session: APISession, op: ops.Nick) -> Result:
    return requests.ChangeNick(op.nick)


@answers(ops.Nick)
def renamed(session: APISession, op: ops.Nick, happenings: Sequence[Happening]) -> Object:
    return {**what_happened(session, op, happenings), "nick": user_of(session).nick}


@performs(ops.Away, AwayChanged)
def away(session: APISession, op: ops.Away) -> Result:
    return requests.SetAway(op.text)


@performs(ops.Realname, RealnameChanged)
def realname(session: APISession, op: ops.Realname) -> Result:
    return requests.SetRealname(op.realname)


@performs(ops.Whois, Person)
def whois(session: APISession, op: ops.Whois) -> Result:
    user = session.realm.user(op.nick)
    if user is None:
        raise Refusal(Reason.NO_SUCH_NICK, op.nick)
    found = reads.person(session.realm, user_of(session), user)
    found["channels"] = [each for each in found["channels"] if within(session, each["channel"])]
    return found


@performs(ops.Whowas, Formers)
def whowas(session: APISession, op: ops.Whowas) -> Result:
    realm, viewer = session.realm, user_of(session)
    folded = realm.fold(op.nick)
    gone = (each for each in realm.departed if realm.fold(each.who.nick) == folded)
    found = []
    for each in islice(gone, op.limit):
        former = {**user_object(each.who), "realname": each.who.realname, "left": iso(each.at)}
        if viewer.may(Privilege.SEE_HIDDEN):
            former["address"] = each.real_host
        found.append(former)
    return {"users": found}


@performs(ops.Who, Founds)
def who(session: APISession, op: ops.Who) -> Result:
    viewer = user_of(session)
    found = [
        reads.found_object(user, place)
        for user, place in people.matching(session.realm, viewer, op.mask, session.server.name)
        if not op.operators or user.operator is not None
    ]
    session.charge(len(found) / reads.ROWS_A_TOKEN)
    return {"users": found}


@performs(ops.Ison, Here)
def ison(session: APISession, op: ops.Ison) -> Result:
    users = map(session.realm.user, op.nicks)
    return {"nicks": [user.nick for user in users if user is not None]}


@performs(ops.Accept, AcceptedChanged, PartlyRefused, AcceptedTold)
def accept(session: APISession, op: ops.Accept) -> Result:
    if not op.add and not op.remove:
        return _accepted(session)
    return requests.ChangeAccepted(tuple(dict.fromkeys(op.add)), tuple(dict.fromkeys(op.remove)))


@answers(ops.Accept)
def accepted(session: APISession, op: ops.Accept, happenings: Sequence[Happening]) -> Object:
    return {**_in_part(happenings), **_accepted(session)}


def _accepted(session: APISession) -> Object:
    return {"accepted": list(policy.accepted_by(session.realm, user_of(session)).values())}


@performs(ops.Silence, SilencesChanged, PartlyRefused, SilencedTold)
def silence(session: APISession, op: ops.Silence) -> Result:
    if not op.add and not op.remove:
        return _silenced(session)
    return requests.ChangeSilences(tuple(dict.fromkeys(op.add)), tuple(dict.fromkeys(op.remove)))


@answers(ops.Silence)
def silenced(session: APISession, op: ops.Silence, happenings: Sequence[Happening]) -> Object:
    return {**_in_part(happenings), **_silenced(session)}


def _silenced(session: APISession) -> Object:
    return {"silenced": [mask.text for mask in (user_of(session).silences or {}).values()]}


def _in_part(happenings: Sequence[Happening]) -> Object:
    """What was done of several things, and what was refused."""
    found: Object = {}
    for stamp, event in happenings:
        if isinstance(event, PartlyRefused):
            found.update(details(event))
        elif isinstance(event, (AcceptedChanged, SilencesChanged)):
            found.update(stamp_object(stamp), **details(event))
    found.pop("from", None)
    return found
