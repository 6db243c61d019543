"""What people tell of themselves and of their channels for programs to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.table import Result, answers, performs, user_of
from chatdaemon.realm import policy, requests
from chatdaemon.realm.metadata import key_fault, of_user
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import Channel, User

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# So many ops a change costs: it is told to everybody who shares a channel.
CHANGE_COST = 4.0


class MetadataTold(TypedDict, total=False):
    """What is set of a channel or user; of a channel, also what its members have, by their nicks."""

    target: str
    metadata: dict[str, str]
    members: dict[str, dict[str, str]]


@performs(ops.Metadata, MetadataTold)
def metadata(session: APISession, op: ops.Metadata) -> Result:
    if op.clear:
        if op.key is not None or op.value is not None:
            raise Fault(Code.BAD_REQUEST, "Either all of it, or a key", "$.clear")
        session.charge(CHANGE_COST)
        return requests.ClearMetadata(op.target)
    if op.value is not None:
        if op.key is None:
            raise Fault(Code.BAD_REQUEST, "A value is that of a key", "$.key")
        session.charge(CHANGE_COST)
        return requests.SetMetadata(op.target, op.key, op.value or None)
    if op.key is not None and (fault := key_fault(op.key)) is not None:
        raise Refusal(Reason.BAD_METADATA_KEY, op.key, fault)
    return _told(session, op)


@answers(ops.Metadata)
def metadata_changed(session: APISession, op: ops.Metadata, happenings: Sequence[Happening]) -> Object:
    """What there is now."""
    return _told(session, op)


def _told(session: APISession, op: ops.Metadata) -> Object:
    viewer, realm = user_of(session), session.realm
    target = _target(session, viewer, op.target)

    def wanted(has: Mapping[str, str]) -> dict[str, str]:
        return {key: value for key, value in has.items() if op.key is None or key == op.key}

    if isinstance(target, User):
        return {"target": target.nick, "metadata": wanted(of_user(realm, target))}
    found: Object = {"target": target.name, "metadata": wanted(target.metadata)}
    if op.members:
        members = reads.seen_members(target, viewer)
        session.charge(len(target.members) / reads.ROWS_A_TOKEN)
        each = {member.nick: wanted(of_user(realm, member)) for member, _ in members}
        found["members"] = {nick: has for nick, has in each.items() if has}
    return found


def _target(session: APISession, viewer: User, name: str | None) -> User | Channel:
    """The user or channel that is meant, as far as the viewer may know of it. Raises Refusal."""
    if name is None:
        return viewer
    channel = session.realm.channel(name)
    if channel is not None and policy.sees_channel(channel, viewer):
        return channel
    user = session.realm.user(name)
    if user is None:
        raise Refusal(Reason.NO_SUCH_TARGET, name)
    return user
