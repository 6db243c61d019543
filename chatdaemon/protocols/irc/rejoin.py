"""What clients without `chghost` are shown of somebody who has another host from now on: that they leave and
come back (chghost, "Fallback when the capability has not been negotiated")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.render import Renderer, nameless
from chatdaemon.realm import policy
from chatdaemon.realm.entry import UserId
from chatdaemon.realm.events import Event, HostChanged, Joined, ModesChanged, Quit, Stamp
from chatdaemon.realm.modes import ChannelRank, ModeChange
from chatdaemon.realm.state import Channel, User

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer

REASON = "Changing host"


class Rejoins:
    """Follows a server's node. What is shown is no event: nobody has left, and nothing of it has an id."""

    def __init__(self, server: IRCServer) -> None:
        self._server = server
        server.node.observers.append(self.observe)

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Show the change to those who were not told of it as what it is."""
        if not isinstance(event, HostChanged) or not self._server.settings.rejoins:
            return
        server = self._server
        user = server.realm.users.get(event.who.id)
        if user is None:
            return
        kept: dict[tuple[Renderer, tuple[Channel, ...]], bytes] = {}
        for witness, channels in _witnesses(user).items():
            for session in server.node.sessions_of(witness):
                if session not in server.sessions or "chghost" in session.renderer.capabilities:
                    continue
                key = session.renderer, channels
                if key not in kept:
                    kept[key] = _show(session.renderer, nameless(stamp), event, user, channels)
                session.write(kept[key])


def _witnesses(user: User) -> dict[UserId, tuple[Channel, ...]]:
    """Those who see the user somewhere, and where."""
    found: dict[UserId, tuple[Channel, ...]] = {}
    for channel in user.channels:
        for member in channel.members:
            if member is not user and policy.sees_member(channel, member, user):
                found[member.id] = (*found.get(member.id, ()), channel)
    return found


def _show(
    renderer: Renderer, stamp: Stamp, event: HostChanged, user: User, channels: tuple[Channel, ...]
) -> bytes:
    before = event.who
    source = f"{before.nick}!{event.username}@{event.host}"
    after = before._replace(username=event.username, host=event.host, source=source)
    lines = [renderer.render(stamp, Quit((), before, REASON, ()))]
    for channel in channels:
        lines.append(renderer.render(stamp, Joined((), after, channel.id, channel.name, user.away, False)))
        ranks = channel.members[user].ranks
        given = tuple(ModeChange(each, True, before.nick) for each in ChannelRank if ranks & each.rank)
        if given:
            lines.append(renderer.render(stamp, ModesChanged((), None, channel.id, channel.name, given)))
    return b"".join(lines)
