"""Masks that are good for a time: what happens when it is over."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, ModesChanged
from chatdaemon.realm.modes import ModeChange
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ExpireBans
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies


@applies(ExpireBans)
def expire_bans(state: State, entry: Entry, request: ExpireBans) -> tuple[Event, ...]:
    """Nothing happens where the time is not over yet, by the log's clock."""
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    channel = state.channel(request.channel)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, request.channel)
    done = []
    for which in tuple(channel.lists):
        entries = channel.lists[which]
        for key, (listed, mask) in tuple(entries.items()):
            if 0 < listed.until <= entry.at:
                del entries[key]
                done.append(ModeChange(which, False, mask.text))
        if not entries:
            del channel.lists[which]
    if not done:
        return ()
    channel.listed += 1
    channel.guarded = policy.is_guarded(channel)
    return (ModesChanged(channel.id, None, channel.id, channel.name, tuple(done)),)
