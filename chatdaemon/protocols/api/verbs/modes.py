"""Modes of channels and of oneself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import details, refusal_object, stamp_object
from chatdaemon.protocols.api.ops.modes import MODES, Change
from chatdaemon.protocols.api.table import Result, answers, performs, user_of
from chatdaemon.realm import policy, requests
from chatdaemon.realm.events import ModesChanged, PartlyRefused, UserModesChanged
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelRank, ModeChange, UserModeChange
from chatdaemon.realm.refusal import Reason, Refusal

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class SetMode(TypedDict, total=False):
    """A mode of a channel that is set."""

    mode: str
    value: str


class ListedMask(TypedDict, total=False):
    """A mask on a list of a channel; `until`: it goes by itself then."""

    mask: str
    by: str
    time: str
    until: str


class ModesTold(TypedDict, total=False):
    """The `ok` of a `mode` that asks."""

    channel: str
    channel_id: str
    created: str
    modes: list[SetMode]
    masks: list[ListedMask]


class UserModesTold(TypedDict, total=False):
    """One's own modes, as they are now."""

    modes: list[str]


@performs(ops.Mode, ModesChanged, PartlyRefused, ModesTold)
def mode(session: APISession, op: ops.Mode) -> Result:
    if op.changes is not None:
        if op.list is not None:
            raise Fault(Code.BAD_REQUEST, "Either changes, or a list", "$.list")
        changes = tuple(_change(change, f"$.changes[{at}]") for at, change in enumerate(op.changes))
        return requests.ChangeModes(op.channel, changes, op.override, op.by_access)
    viewer = user_of(session)
    channel = reads.visible_channel(session.realm, viewer, op.channel)
    if op.list is None:
        return reads.modes(channel, viewer)
    if not policy.sees_list(channel, viewer, op.list):
        raise Refusal(Reason.NEEDS_HALFOP, channel.name)
    return reads.masks(channel, op.list)


def _change(change: Change, at: str) -> ModeChange:
    """A change in the realm's words. Raises Fault for what it cannot be."""
    which = MODES.get(change.mode)
    if which is None:
        raise Fault(Code.BAD_REQUEST, f"Modes are {', '.join(MODES)}", f"{at}.mode")
    if isinstance(which, ChannelFlag):
        if change.value is not None:
            raise Fault(Code.BAD_REQUEST, f"The mode {which} has no value", f"{at}.value")
    elif not change.value and (change.add or isinstance(which, (ChannelList, ChannelRank))):
        raise Fault(Code.BAD_REQUEST, f"The mode {which} needs a value", f"{at}.value")
    return ModeChange(which, change.add, change.value)


@answers(ops.Mode)
def modes_changed(session: APISession, op: ops.Mode, happenings: Sequence[Happening]) -> Object:
    """What was changed, and what was refused. Who changes modes from outside is told what is set now, since
    events are for members."""
    user = user_of(session)
    channel = session.realm.channel(op.channel)
    if channel is None or channel in user.channels:
        found: Object = {"changes": []}
    else:
        found = reads.modes(channel, user)
    for stamp, event in happenings:
        if isinstance(event, ModesChanged):
            found.update(stamp_object(stamp), **details(event))
        elif isinstance(event, PartlyRefused):
            found["refusals"] = [_refused(op, refusal) for refusal in event.refusals]
    found.pop("from", None)
    return found


def _refused(op: ops.Mode, refusal: Refusal) -> Object:
    """A refusal, with the change that it is about where that is known."""
    found = refusal_object(refusal)
    change = refusal.change
    if change is not None:
        wanted = Change(change.mode.value, change.add, change.value)
        found["at"] = next(
            (f"$.changes[{at}]" for at, each in enumerate(op.changes or ()) if each == wanted), "$.changes"
        )
    return found


@performs(ops.UserModes, UserModesChanged, PartlyRefused, UserModesTold)
def user_modes(session: APISession, op: ops.UserModes) -> Result:
    if op.changes is None:
        return {"modes": [each.value for each in user_of(session).modes]}
    return requests.ChangeUserModes(tuple(UserModeChange(each.mode, each.add) for each in op.changes))


@answers(ops.UserModes)
def user_modes_changed(session: APISession, op: ops.UserModes, happenings: Sequence[Happening]) -> Object:
    found: Object = {"changes": [], "modes": [each.value for each in user_of(session).modes]}
    for stamp, event in happenings:
        if isinstance(event, UserModesChanged):
            found.update(stamp_object(stamp), **details(event))
        elif isinstance(event, PartlyRefused):
            found.update(details(event))
    found.pop("from", None)
    return found
