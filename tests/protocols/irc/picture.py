"""What a client that goes by what it is told believes of its channels."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatdaemon.wire.ircmsg import parse
from tests.world import Client

RANKS = dict(zip("~&@%+", "qaohv", strict=True))


@dataclass
class Place:
    """One channel: who is there, with the letters of their ranks, and the topic."""

    members: dict[str, set[str]] = field(default_factory=dict)
    topic: str = ""


class Picture:
    """A client's view. It knows every line that changes it, and nothing else."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.nick = "*"
        self.places: dict[str, Place] = {}

    def look(self) -> Picture:
        """Read what has come, and go by it."""
        for line in self.client.read():
            source, command, params = _parts(line)
            follow = getattr(self, f"on_{command.lower()}", None)
            if follow is not None:
                follow(source, params)
        return self

    def on_001(self, source: str, params: list[str]) -> None:
        self.nick = params[0]

    def on_join(self, source: str, params: list[str]) -> None:
        if source == self.nick:
            self.places[params[0]] = Place()
        self.places[params[0]].members[source] = set()

    def on_part(self, source: str, params: list[str]) -> None:
        self._leave(params[0], source)

    def on_kick(self, source: str, params: list[str]) -> None:
        self._leave(params[0], params[1])

    def on_quit(self, source: str, params: list[str]) -> None:
        for place in self.places.values():
            place.members.pop(source, None)

    def on_nick(self, source: str, params: list[str]) -> None:
        if source == self.nick:
            self.nick = params[0]
        for place in self.places.values():
            if source in place.members:
                place.members[params[0]] = place.members.pop(source)

    def on_topic(self, source: str, params: list[str]) -> None:
        self.places[params[0]].topic = params[1]

    def on_332(self, source: str, params: list[str]) -> None:
        self.places[params[1]].topic = params[2]

    def on_353(self, source: str, params: list[str]) -> None:
        for word in params[3].split():
            nick = word.lstrip("~&@%+").partition("!")[0]
            self.places[params[2]].members[nick] = {RANKS[sign] for sign in word.partition(nick)[0]}

    def on_mode(self, source: str, params: list[str]) -> None:
        place = self.places.get(params[0])
        if place is None:
            return
        adding, values = True, iter(params[2:])
        for letter in params[1]:
            if letter in "+-":
                adding = letter == "+"
            elif letter in "qaohv":
                ranks = place.members[next(values)]
                (ranks.add if adding else ranks.discard)(letter)

    def on_rename(self, source: str, params: list[str]) -> None:
        self.places[params[1]] = self.places.pop(params[0])

    def _leave(self, channel: str, nick: str) -> None:
        if nick == self.nick:
            del self.places[channel]
        else:
            del self.places[channel].members[nick]


def _parts(line: str) -> tuple[str, str, list[str]]:
    if line.startswith("@"):
        line = line.partition(" ")[2]
    source = ""
    if line.startswith(":"):
        source, _, line = line[1:].partition(" ")
    message = parse(line.encode())
    return source.partition("!")[0], message.command, list(message.params)
