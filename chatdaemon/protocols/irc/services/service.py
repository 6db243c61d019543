"""Services: accounts and channels by plain words, for people whose client has no commands for them.

    NICKSERV = Service("NickServ", "Registers accounts", ("NS", "NICKSERV"))

    @NICKSERV.subcommand("GROUP", "", "Makes the nickname you use belong to your account.")
    def group(session: IRCSession, words: list[str], face: Face) -> Result:
        return face.ask(GroupNick(), "This nickname belongs to your account now")

A service is a thin face: whatever it does it asks of the realm by the requests that every protocol has. It
has no user; it answers with notices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.accounts.login import BadEmail, BadPassword, LoginFailed
from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Asking, Result
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm import policy
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Request
from chatdaemon.wire.ircmsg import MAX_LINE
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

T = TypeVar("T")
Function = Callable[["IRCSession", list[str], "Face"], Result]
# What is said when something is done: a text, or a function that says it, and may ask on.
Done = str | Callable[["IRCSession", Sequence[Happening]], Result]
Refused = Callable[["IRCSession", Refusal], Result]

# Names of subcommands take up so much of a line of HELP.
COLUMN = 12
# A confirmation is no secret, only more than a slip of the finger.
CONFIRMATION_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One thing that a service can be told. `syntax` are its parameters as HELP shows them; the first line of
    `help` is what the list of all subcommands says of it."""

    name: str
    syntax: str
    help: tuple[str, ...]
    function: Function
    least: int
    hidden: bool
    privilege: Privilege | None


class Service:
    """A service: its nick, its subcommands, and the commands that are short for a message to it."""

    def __init__(self, nick: str, description: str, shortcuts: tuple[str, ...] = ()) -> None:
        self.nick = nick
        self.description = description
        self.shortcuts = shortcuts
        self.subcommands: dict[str, Subcommand] = {}

    def subcommand(
        self,
        name: str,
        syntax: str,
        help: str,  # noqa: A002 - it reads best by this name where subcommands are defined
        *,
        least: int = 0,
        hidden: bool = False,
        privilege: Privilege | None = None,
    ) -> Callable[[Function], Function]:
        """Enter the decorated function in the table.

        It is given the words behind the subcommand's name. With fewer than `least` the syntax is shown in its
        place. A `hidden` one is understood and not listed (another name for something); one with a
        `privilege` is neither listed for nor done by those without it. Raises ValueError for a name that is
        taken.
        """
        if name in self.subcommands or name == "HELP":
            raise ValueError(f"{self.nick} has {name} already")
        text = tuple(help.strip().split("\n"))

        def enter(function: Function) -> Function:
            self.subcommands[name] = Subcommand(name, syntax, text, function, least, hidden, privilege)
            return function

        return enter

    def hear(self, session: IRCSession, text: str) -> Result:
        """Do what somebody has said to the service."""
        if text.startswith("\x01"):
            # CTCP is for programs.
            return None
        name, _, rest = text.strip().partition(" ")
        face = Face(session, self, name.upper(), rest.strip())
        words = rest.split()
        subcommand = self.subcommands.get(face.name)
        if face.name == "HELP":
            self._help(face, words[0].upper() if words else "")
        elif subcommand is None:
            face.say(f'There is no command "{name}".' if name else f"{self.nick}: {self.description}.")
            face.say(f"{self._written('HELP')} lists the commands.")
        elif len(words) < subcommand.least:
            face.say_syntax()
        else:
            try:
                if subcommand.privilege is not None:
                    policy.check_privilege(session.me, subcommand.privilege)
                return subcommand.function(session, words, face)
            except Refusal as refusal:
                face.say(f"{text_of(refusal)}.")
            except (BadEmail, LoginFailed) as error:
                face.say(f"{text_of_failure(error)}.")
        return None

    def _written(self, words: str) -> str:
        """Words to the service, as people type them."""
        return f"/msg {self.nick} {words}".rstrip()

    def _help(self, face: Face, name: str) -> None:
        subcommand = self.subcommands.get(name)
        if not name:
            face.say(f"{self.nick}: {self.description}. The commands are:")
            face.say_rows([(each.name, each.help[0]) for each in self._listed(face.session)])
            face.say(f"{self._written('HELP')} <command> says more of one of them.")
        elif subcommand is None:
            face.say(f'There is no help on "{name}". {self._written("HELP")} lists the commands.')
        else:
            face.say(f"Syntax: {subcommand.name} {subcommand.syntax}".rstrip())
            for line in subcommand.help:
                face.say(line)
            if subcommand.privilege is not None:
                face.say(f"It needs the privilege {subcommand.privilege.value}.")

    def _listed(self, session: IRCSession) -> Iterable[Subcommand]:
        for each in self.subcommands.values():
            if not each.hidden and (each.privilege is None or session.me.may(each.privilege)):
                yield each


class Face:
    """One thing that somebody has told a service, and the way to answer. `rest` is all that stood behind the
    subcommand's name."""

    __slots__ = ("name", "rest", "service", "session")

    def __init__(self, session: IRCSession, service: Service, name: str, rest: str) -> None:
        self.session = session
        self.service = service
        self.name = name
        self.rest = rest

    def text(self, skip: int = 0) -> str:
        """What was typed behind the first `skip` words, with its spaces."""
        parts = self.rest.split(None, skip)
        return parts[skip] if len(parts) > skip else ""

    def say(self, text: str) -> None:
        """Send a notice of the service, on as many lines as it takes."""
        server, nick = self.session.server.name, self.service.nick
        head = f":{nick}!{nick}@{server} NOTICE {self.session.nick} :"
        room = MAX_LINE - 2 - len(head.encode())
        self.session.replies([head + line for line in _lines(text, room)])

    def say_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Say a table of two columns: a name, and what there is to say of it."""
        width = max((len(name) for name, _ in rows), default=0)
        for name, text in rows:
            self.say(f"  {name:{max(width, COLUMN)}} {text}".rstrip())

    def say_syntax(self) -> None:
        """Say how the subcommand is written."""
        subcommand = self.service.subcommands[self.name]
        self.say(f"Syntax: {subcommand.name} {subcommand.syntax}".rstrip())
        self.say(f"/msg {self.service.nick} HELP {subcommand.name} says more.")

    def ask(self, request: Request, done: Done = "Done", refused: Refused | None = None) -> Asking:
        """Ask the realm. `done` is said when it is done (a full stop is put behind), or called to say it; why
        it was refused is said by the sentence of the reason, or by `refused`."""

        def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
            if not isinstance(done, str):
                return done(session, happenings)
            self.say(f"{done}.")
            return None

        return Asking(request, answered, refused or self.refused)

    def refused(self, session: IRCSession, refusal: Refusal) -> Result:
        """Say why the realm did not do what was asked."""
        self.say(f"{text_of(refusal)}.")
        return None

    def wait(self, answer: Deferred[T], then: Callable[[T], Result]) -> Deferred[Result]:
        """Go on when something is known that takes its time: a password that is checked, or hashed. Why that
        failed is said."""

        def known(value: T) -> Result:
            return None if self.session.closing else then(value)

        def failed(failure: Failure) -> Result:
            failure.trap(BadEmail, BadPassword, LoginFailed)
            if not self.session.closing:
                self.say(f"{text_of_failure(failure.value)}.")
            return None

        waited: Deferred[Result] = answer.addCallbacks(known, failed)
        return waited

    def confirmed(self, given: str | None, subject: str, warning: str) -> bool:
        """Whether somebody who is about to do something for good has repeated the code that they were told;
        if not, they are told the warning and the code.

        :param subject: what is about to be lost, told apart from all others that ever were or will be.
        """
        code = confirmation(f"{self.service.nick} {self.name} {subject}")
        if given == code:
            return True
        self.say(f"{warning}.")
        words = self.rest.removesuffix(given or "").strip()
        self.say(f"To go on: /msg {self.service.nick} {' '.join([self.name, *words.split(), code])}")
        return False


def text_of_failure(error: BaseException | None) -> str:
    """Why a login failed, or something about an account cannot be, in a sentence."""
    return error.text if isinstance(error, LoginFailed) else str(error)


def confirmation(subject: str) -> str:
    """The code by which somebody confirms that they mean this."""
    return hashlib.sha256(subject.encode()).hexdigest()[:CONFIRMATION_DIGITS]


def _lines(text: str, room: int) -> list[str]:
    """The text in lines of at most so many bytes, broken between words where it can be."""
    lines = []
    while len(text.encode()) > room:
        line = cut(text, room)
        # Not before the first word, which may be behind spaces that make a column.
        space = line.rfind(" ", len(text) - len(text.lstrip()) + 1)
        if space > 0 and not text[len(line) :].startswith(" "):
            line = line[:space]
        lines.append(line)
        text = text[len(line) :].lstrip()
    return [*lines, text]
