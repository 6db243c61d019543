"""Coming in: what a client is told of the channels that it finds itself in.

A client that attaches to a user who is here has joined all of the user's channels at once, as it seems to it.
The JOINs are part of the welcome, since from then on it hears what is said in them; the rest takes as long as
the client takes to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.markers import send_known_marker
from chatdaemon.protocols.irc.metadata import introduce
from chatdaemon.protocols.irc.names import send_names
from chatdaemon.protocols.irc.numerics import RPL_CHANNEL_URL, RPL_TOPIC, RPL_TOPICWHOTIME
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.events import Attached, Connected
from chatdaemon.realm.state import Channel

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.command import Result, Steps
    from chatdaemon.protocols.irc.session import IRCSession

# About as many names are on one line, which is what a step of a long reply is.
NAMES_A_LINE = 30


def arrived(session: IRCSession, happenings: Sequence[Happening]) -> Result:
    """The realm has let the client in, and it has been welcomed: tell it the rest."""
    for stamp, event in happenings:
        if isinstance(event, (Connected, Attached)):
            session.server.replays.meet(session, stamp, event)
            return come_back(session, event)
    return None


def come_back(session: IRCSession, event: Connected | Attached) -> Steps:
    """Topic, names and all else of each channel that the user is in; no line of the client's is looked at
    before it is over."""
    for channel in tuple(session.me.channels):
        # One that its user has left meanwhile, with another client, is passed over.
        if channel in session.me.channels:
            show(session, channel)
            introduce(session, channel)
            show_url(session, channel)
            for _ in range(1 + len(channel.members) // NAMES_A_LINE):
                yield
    session.server.replays.begin(session)
    return None


def show(session: IRCSession, channel: Channel) -> None:
    """What everybody is told of a channel that they are in from now on."""
    if channel.topic:
        session.numeric(RPL_TOPIC, channel.name, channel.topic)
        session.numeric(RPL_TOPICWHOTIME, channel.name, channel.topic_by, str(channel.topic_at // 1000))
    if session.has("draft/read-marker"):
        send_known_marker(session, channel.name)
    if not session.has("no-implicit-names") and not session.has("draft/no-implicit-names"):
        send_names(session, channel)


def show_url(session: IRCSession, channel: Channel) -> None:
    """The address of a registered channel's page, if it has one."""
    registration = channel.registration
    if registration is not None and RegistrationSetting.URL in registration.settings:
        session.numeric(RPL_CHANNEL_URL, channel.name, registration.settings[RegistrationSetting.URL])
