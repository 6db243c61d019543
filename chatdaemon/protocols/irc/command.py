"""The command table: what every IRC command needs before its function is called."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from twisted.internet.defer import Deferred

from chatdaemon.node import Happening
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Request
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@dataclass(frozen=True, slots=True)
class Asking:
    """A request whose answer has a form of its own.

    `answered` is called when it was applied, after its events have been answered as ever; `refused` in place
    of what is usually said. Each may ask on.
    """

    request: Request
    answered: Callable[[IRCSession, Sequence[Happening]], Result] | None = None
    refused: Callable[[IRCSession, Refusal], Result] | None = None


# What a command's function returns: what to ask of the realm, in order, or what will be known later.
# A command that only looks things up has written its replies and returns None; one whose replies may be too
# many for a send queue is a generator that yields after each line or so, is run on as fast as the client
# reads, and returns what else there is to do.
Result = Union[Request, list[Request], Asking, None, "Deferred[Result]", "Steps"]
Steps = Generator[None, None, Result]
Function = Callable[["IRCSession", Message], Result]


class Command:
    """One command: its function, the least number of parameters, and whether it works before registration."""

    __slots__ = ("early", "function", "least", "name", "uses")

    def __init__(self, name: str, function: Function, least: int, early: bool) -> None:
        self.name = name
        self.function = function
        self.least = least
        self.early = early
        self.uses = 0  # for STATS m


COMMANDS: dict[str, Command] = {}


def command(name: str, least: int = 0, *, early: bool = False) -> Callable[[Function], Function]:
    """Enter the decorated function in the table.

    With fewer than `least` parameters it is not called (461), nor before registration (451) unless `early`.
    """

    def enter(function: Function) -> Function:
        if name in COMMANDS:
            raise ValueError(f"{name} is in the table already")
        COMMANDS[name] = Command(name, function, least, early)
        return function

    return enter
