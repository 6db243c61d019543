"""People who come, go away for a night, and come back."""

from __future__ import annotations

import base64
import re

from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.settings import Custom, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

ALWAYS = Settings(always_on=Custom.ALWAYS, auto_away=Custom.OFF, channel_flags=(), user_modes=())
# Nobody has to show signs of life.
PATIENT = LineLimits(flood_rate=None, ping_interval=None)


def calm(make_world: MakeWorld, settings: Settings = ALWAYS, **more: object) -> World:
    """A world in which nobody is asked for signs of life."""
    return make_world(settings=settings, limits=PATIENT, **more)


def come(world: World, nick: str, caps: str = "", device: str = "") -> Client:
    """A client that has logged in while it connected; its welcome is still to be read."""
    world.account(nick)
    login = f"{nick}@{device}" if device else nick
    client = world.connect_irc()
    client.send(
        f"CAP REQ :sasl {caps}",
        "AUTHENTICATE PLAIN",
        "AUTHENTICATE " + base64.b64encode(f"\0{login}\0sesame".encode()).decode(),
        f"NICK {nick}",
        f"USER {nick} 0 * :{nick.title()}",
        "CAP END",
    )
    return client


def behind_names(lines: list[str]) -> list[str]:
    """What comes behind the welcome, and the list of the last channel."""
    last = max((number for number, line in enumerate(lines) if re.search(r" (422|366) ", line)), default=-1)
    return lines[last + 1 :]


def said(lines: list[str]) -> list[str]:
    """The texts of messages and notices that people have written, in their order."""
    return [
        line.partition(" :")[2] if line.startswith(":") else line.split(" :", 2)[2]
        for line in lines
        if re.search(r"!\S+ (PRIVMSG|NOTICE) ", line) and "HistServ!" not in line
    ]
