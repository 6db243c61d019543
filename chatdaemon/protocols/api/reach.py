"""What of all that happens is within the channels that a token, or a stream of events, is for."""

from __future__ import annotations

from chatdaemon.realm.events import (
    AccountChanged,
    AwayChanged,
    ChannelRenamed,
    Event,
    HostChanged,
    NickChanged,
    Quit,
    RealnameChanged,
    UserMetadataChanged,
    Who,
)
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.state import State
from chatdaemon.realm.tokens import PEOPLE

# What those in a channel are told of one another. All else that is about somebody is told to them alone, and
# about their account mostly.
OF_NEIGHBOURS = (NickChanged, AwayChanged, RealnameChanged, HostChanged, AccountChanged)


class Reach:
    """Some channels, by their folded names; PEOPLE among them: also what is said between people."""

    def __init__(self, realm: State, channels: frozenset[str]) -> None:
        self._realm = realm
        self.channels = channels

    def holds(self, name: str) -> bool:
        """Whether this channel, or somebody's nick, is within."""
        if name[:1] not in CHANTYPES:
            return PEOPLE in self.channels
        return self._realm.fold(name) in self.channels

    def shows(self, event: Event) -> bool:
        """Whether an event is: one of these channels, or about somebody who is in one of them."""
        name = getattr(event, "channel", None)
        if name is None:
            name = getattr(event, "target", None)
        if isinstance(name, str):
            renamed = isinstance(event, ChannelRenamed) and self.holds(event.name)
            return self.holds(name) or renamed
        if isinstance(event, Quit):
            channels = (self._realm.channels.get(name) for name in self.channels)
            return any(channel is not None and channel.id in event.channels for channel in channels)
        if isinstance(event, UserMetadataChanged):
            return self.meets(event.target)
        return isinstance(event, OF_NEIGHBOURS) and self.meets(event.who)

    def meets(self, who: Who) -> bool:
        """Whether a user is in one of these channels."""
        user = self._realm.users.get(who.id)
        if user is None:
            return False
        return any(channel.folded in self.channels for channel in user.channels)
