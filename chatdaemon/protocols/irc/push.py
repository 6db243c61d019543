"""What is sent of an event by web push (draft/webpush): a line, as the subscribed client would get it."""

from __future__ import annotations

from chatdaemon.protocols.irc.render import renderer_for
from chatdaemon.realm.events import Event, Invited, ReadMarkerSet, Stamp
from chatdaemon.realm.push import Subscription
from chatdaemon.timestamps import iso

READ_MARKERS = "draft/read-marker"
# A message of several lines is told of by its first, and an invitation to anybody is one to oneself.
_UNUSED = frozenset({"draft/multiline"})
_NEEDED = frozenset({"invite-notify"})


def pushed(server: str, subscription: Subscription, stamp: Stamp, event: Event) -> bytes:
    """The line, without its end. `server` is the server's name."""
    capabilities = frozenset(subscription.capabilities)
    if isinstance(event, ReadMarkerSet):
        if READ_MARKERS not in capabilities:
            return b""
        return f":{server} MARKREAD {event.target} timestamp={iso(event.at)}".encode()
    capabilities -= _UNUSED
    if isinstance(event, Invited):
        capabilities |= _NEEDED
    first, _, _ = renderer_for(server, capabilities).render(stamp, event).partition(b"\r\n")
    return first
