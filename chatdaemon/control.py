"""The control socket: what the operator of the machine can have a running daemon do, as the server itself.

It is a Unix socket in the data directory that only the daemon's user can connect to. One JSON object a line
asks (`{"do": "token_add", ...}`), one answers (`{"ok": ...}` or `{"error": "text"}`). It is for the
program of the same version; nothing else is promised.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, cast

import msgspec
from msgspec import Meta
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.accounts.tokens import digest_of, new_secret
from chatdaemon.node import Happening, Node
from chatdaemon.outbox import Outbox, Outlet
from chatdaemon.protocols.api.errors import Fault
from chatdaemon.protocols.api.scope import check_verbs
from chatdaemon.protocols.api.sessionless import NOWHERE, SILENCE
from chatdaemon.protocols.api.verbs.hooks import check_events, hook_object, path_of
from chatdaemon.protocols.api.verbs.tokens import token_object
from chatdaemon.protocols.line import UNBOUNDED
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.bearers import tokens_of
from chatdaemon.realm.events import Event, Stamp
from chatdaemon.realm.hooks import Direction, hooks_of
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    AddHook,
    AddWebhook,
    CreateToken,
    RemoveHook,
    Request,
    RevokeToken,
)
from chatdaemon.wire.lines import TOO_LONG, LineSplitter

NAME: Final = "control.sock"
LONGEST_LINE: Final = 65536
# Seconds for which whoever has connected may say nothing.
_PATIENCE: Final = 30.0
_LONGEST_ADDRESS: Final = 100

Words = Annotated[tuple[str, ...], Meta(max_length=100)]
Answer = dict[str, Any]


def _called(name: str) -> str:
    """What an Ask is called: TokenAdd is token_add."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Ask(msgspec.Struct, tag_field="do", tag=_called):
    """Something that is asked."""


class Status(Ask):
    """How the daemon is."""


class TokenAdd(Ask):
    account: str
    name: str
    verbs: Words = ("*",)
    channels: Words = ()
    expires_at: int | None = None


class TokenList(Ask):
    account: str | None = None


class TokenRevoke(Ask):
    account: str
    name: str


class HookAdd(Ask):
    channel: str
    name: str
    url: str | None = None
    events: Words = ("message",)


class HookList(Ask):
    channel: str


class HookRemove(Ask):
    channel: str
    name: str
    direction: Direction = Direction.IN


AnyAsk = Status | TokenAdd | TokenList | TokenRevoke | HookAdd | HookList | HookRemove


class Asking:
    """Who is answered for something that the server itself has asked."""

    id = ""
    echoes = mirrors = False
    durable = True

    def __init__(self, outlet: Outlet) -> None:
        self.delivered_as = SILENCE
        self.outbox = Outbox(NOWHERE, outlet, UNBOUNDED, lambda: None)
        self.done: Deferred[None] = Deferred()

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.done.callback(None)

    def refused(self, refusal: Refusal) -> None:
        self.done.errback(refusal)

    def failed(self) -> None:
        self.done.errback(Refusal(Reason.STORAGE_UNAVAILABLE))

    def told(self, stamp: Stamp, event: Event) -> None:
        """It is nobody, whom nothing happens to."""


class ControlSocket:
    """Does what is asked. `status` says how the daemon is."""

    def __init__(self, node: Node, status: Callable[[], Answer]) -> None:
        self.node = node
        self._status = status
        self._doing: dict[type, Callable[[Any], Answer | Deferred[Answer]]] = {
            Status: lambda _: self._status(),
            TokenAdd: self._token_add,
            TokenList: self._token_list,
            TokenRevoke: lambda ask: self._ask(RevokeToken(ask.name, ask.account), {}),
            HookAdd: self._hook_add,
            HookList: self._hook_list,
            HookRemove: lambda ask: self._ask(RemoveHook(ask.channel, ask.name, ask.direction), {}),
        }

    def do(self, ask: AnyAsk) -> Answer | Deferred[Answer]:
        """Raises Refusal and Fault, and the answer fails with Refusal."""
        return self._doing[type(ask)](ask)

    def _ask(self, request: Request, answer: Answer) -> Deferred[Answer]:
        asking = Asking(self.node.outlet)
        done = asking.done.addCallback(lambda _: answer)
        self.node.ask(asking, request)
        return done

    def _token_add(self, ask: TokenAdd) -> Deferred[Answer]:
        check_verbs(ask.verbs)
        secret = new_secret()
        request = CreateToken(
            ask.name, digest_of(secret), ask.verbs, ask.channels, ask.expires_at, ask.account
        )
        return self._ask(request, {"secret": secret})

    def _token_list(self, ask: TokenList) -> Answer:
        realm = self.node.realm
        tokens = list(realm.tokens.values())
        if ask.account is not None:
            account = realm.account(ask.account)
            if account is None:
                raise Refusal(Reason.NO_SUCH_ACCOUNT, ask.account)
            tokens = list(tokens_of(realm, account.id))
        return {"tokens": [{"account": token.account, **token_object(token)} for token in tokens]}

    def _hook_add(self, ask: HookAdd) -> Deferred[Answer]:
        secret = new_secret()
        if ask.url is None:
            path = {"path": path_of(secret)}
            return self._ask(AddHook(ask.channel, ask.name, digest_of(secret)), path)
        check_events(ask.events)
        request = AddWebhook(ask.channel, ask.name, ask.url, secret, ask.events)
        return self._ask(request, {"secret": secret})

    def _hook_list(self, ask: HookList) -> Answer:
        channel = self.node.realm.channel(ask.channel)
        if channel is None:
            raise Refusal(Reason.NO_SUCH_CHANNEL, ask.channel)
        return {"hooks": [hook_object(hook) for hook in hooks_of(channel)]}


class ControlConnection(Protocol):
    """One program of the operator's. What it asks is done one after the other."""

    log = Logger(namespace="chatdaemon.control")

    def __init__(self, control: ControlSocket, reactor: Any) -> None:
        self._control = control
        self._splitter = LineSplitter(LONGEST_LINE)
        self._decoder = msgspec.json.Decoder(AnyAsk)
        self._limit = reactor.callLater(_PATIENCE, self._too_long)

    def dataReceived(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self._line(line)

    def _line(self, line: bytes) -> None:
        if line is TOO_LONG:
            self._say({"error": "this is too long"})
            return
        try:
            answer = self._control.do(self._decoder.decode(line))
        except Refusal as refusal:
            self._say({"error": text_of(refusal)})
        except Fault as fault:
            self._say({"error": fault.message})
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._say({"error": f"this is not understood: {error}"})
        else:
            if isinstance(answer, Deferred):
                answer.addCallbacks(lambda ok: self._say({"ok": ok}), self._refused)
                answer.addErrback(lambda failure: self.log.failure("an answer could not be given", failure))
            else:
                self._say({"ok": answer})

    def _refused(self, failure: Failure) -> None:
        failure.trap(Refusal)
        refused = failure.value
        assert isinstance(refused, Refusal)
        self._say({"error": text_of(refused)})

    def _say(self, found: Answer) -> None:
        if self.transport is not None:
            self.transport.write(msgspec.json.encode(found) + b"\n")

    def _too_long(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._limit.active():
            self._limit.cancel()


class CannotListenThere(Exception):
    """The socket cannot be made; the text says why."""


class Listening:
    """The socket in the data directory, which belongs to this process (it has the directory's lock): what
    another one has left there is removed."""

    def __init__(self, reactor: Any, directory: Path, control: ControlSocket) -> None:
        """Raises CannotListenThere."""
        path = directory / NAME
        factory: Any = Factory()
        factory.noisy = False
        factory.buildProtocol = lambda _: ControlConnection(control, reactor)
        self._named = ExitStack()
        # Nobody else can connect, not even in the moment between making it and saying so.
        before = os.umask(0o177)
        try:
            if path.is_socket():
                path.unlink()
            address = self._named.enter_context(_named(path))
            self._port: IListeningPort = reactor.listenUNIX(address, factory, mode=0o600)
        except (OSError, CannotListenError) as error:
            self._named.close()
            raise CannotListenThere(f"{path} cannot be made: {error}") from None
        finally:
            os.umask(before)

    def stop(self) -> Deferred[None]:
        """Take the socket away; fires when that is done."""
        stopped = maybeDeferred(cast(Callable[[], Deferred[None]], self._port.stopListening))
        return stopped.addBoth(lambda _: self._named.close())


@contextmanager
def _named(path: Path) -> Iterator[str]:
    """The socket's address. A path can be longer than one (107 bytes): then by way of its directory."""
    if len(os.fsencode(path)) < _LONGEST_ADDRESS:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def reach(directory: Path, timeout: float = 10.0) -> socket.socket:
    """Connect to the daemon that has this data directory. Raises OSError."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(timeout)
    try:
        with _named(directory / NAME) as address:
            connected.connect(address)
    except OSError:
        connected.close()
        raise
    return connected
