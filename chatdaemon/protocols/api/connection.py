"""One connection that speaks a format of the API: messages in, answers and events out."""

from __future__ import annotations

from collections.abc import Callable

from chatdaemon.protocols.api.codec import Codec, Object
from chatdaemon.protocols.api.errors import Code, Fault, fault_object
from chatdaemon.protocols.api.ops import Id
from chatdaemon.protocols.api.scope import ScopedRenderer
from chatdaemon.protocols.api.server import MAX_MESSAGE, APIServer
from chatdaemon.protocols.api.session import APISession
from chatdaemon.protocols.line import LineConnection, Splitter
from chatdaemon.realm.requests import Disconnect, SeeDevice
from chatdaemon.realm.state import User
from chatdaemon.realm.tokens import Token
from chatdaemon.wire.lines import TOO_LONG

# Bytes of the longest message before hello was answered.
MAX_FIRST_MESSAGE = 1024


class APIConnection(LineConnection, APISession):
    """A session over a stream. All ops but the one that is being done wait behind it."""

    log = LineConnection.log

    def __init__(
        self, server: APIServer, codec: Codec, splitter: Callable[[int], Splitter], secure: bool
    ) -> None:
        """
        :param splitter: makes what splits the stream into messages of so many bytes at most.
        """
        super().__init__(server.around, splitter(MAX_FIRST_MESSAGE))
        self._init(server, codec, secure)

    def connectionMade(self) -> None:
        super().connectionMade()
        self.present(self.renderer)
        self.server.sessions[self] = None

    def entered(self, user: User) -> None:
        super().entered(user)
        self._splitter.limit = MAX_MESSAGE
        self.welcome()

    def limit_to(self, token: Token | None) -> None:
        super().limit_to(token)
        before = self.delivered_as
        self.present(self.renderer if self.reach is None else ScopedRenderer(self.renderer, self.reach))
        self.node.renderer_changed(self, before)

    # In.

    def line_received(self, line: bytes) -> None:
        if line is TOO_LONG:
            most = self._splitter.limit
            fault = Fault(Code.LINE_TOO_LONG, f"A message has {most} bytes at most")
            self._write_error(None, fault_object(fault))
            return
        try:
            op = self.codec.decode(line)
        except Fault as fault:
            self._write_error(fault.id, fault_object(fault))
            if fault.code is self.codec.malformed and not self.registered:
                # Not our protocol: an HTTP request that a web page made a browser send here, say, with
                # ops in its body. It must not come so far.
                self.drop(f"This is not {self.codec.name}")
            return
        self.perform(op)

    def go_on(self) -> None:
        if not self._handling:
            self.pump()

    # Out.

    def tell(self, found: Object) -> None:
        self.write(self.codec.encode(found))

    def finish(self, answer: Object) -> None:
        self.write(self.codec.encode(answer))
        self.go_on()

    def _write_error(self, id: Id, error: Object) -> None:
        """Answer a message that is no op."""
        found: Object = {} if id is None else {"id": id}
        self.tell({**found, "error": error})

    # Living and ending.

    def send_ping(self) -> None:
        self.tell({"event": "ping", "time": self.server.time()})

    def send_goodbye(self, reason: str) -> None:
        self.tell(self.server.goodbye(reason))

    def seen(self, silence: int) -> bool:
        if self.in_flight or self.user is None:
            return False
        if self.user.account is not None:
            self.in_flight = True
            self.node.submit(self, SeeDevice(int((self.server.now() - silence) * 1000)))
        return True

    def closed(self, reason: str, silence: int) -> None:
        self.server.sessions.pop(self, None)
        self.server.watches.forget(self)
        self._op = None
        if self.id:
            seen_at = int((self.server.now() - silence) * 1000) if silence else None
            self.node.submit(self, Disconnect(reason, seen_at))
