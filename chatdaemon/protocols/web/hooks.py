"""POST /hook/SECRET: a program that is not here says something in the channel that the hook belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

from msgspec import DecodeError, Struct, ValidationError, convert, json
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.server import Request

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.node import Happening
from chatdaemon.outbox import Outbox
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import stamp_object
from chatdaemon.protocols.api.server import APIServer
from chatdaemon.protocols.api.sessionless import NOWHERE, SILENCE
from chatdaemon.protocols.line import UNBOUNDED
from chatdaemon.protocols.web.answers import (
    JSON_TYPE,
    Answering,
    No,
    because,
    body,
    say,
    say_no,
    too_many,
    trouble,
)
from chatdaemon.protocols.web.flood import Bucket
from chatdaemon.protocols.web.statuses import Trouble
from chatdaemon.realm.events import Event, Relayed, Stamp
from chatdaemon.realm.hooks import lines_of
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import PostByHook

FORM_TYPE: Final = b"application/x-www-form-urlencoded"
TEXT_TYPE: Final = b"text/plain"
LONGEST_NAME: Final = 32
_NOT_IN_NAMES = re.compile(r"[^\w-]+")


class Post(Struct):
    """What a program says: `text`, and in whose name. What else there is in it, as other servers take it, is
    passed over."""

    text: str
    name: str | None = None
    username: str | None = None


class HookSession:
    """The session of one post: it has no user, asks once, and waits until what it said is stored."""

    log = Logger(namespace="chatdaemon.http")
    echoes = False
    mirrors = False
    durable = True

    def __init__(self, server: APIServer) -> None:
        self.node = server.node
        self.delivered_as = SILENCE
        self.outbox = Outbox(NOWHERE, server.around.outlet, UNBOUNDED, lambda: None)
        self.id = self.node.attach(self)
        self.answer: Deferred[Object] = Deferred()
        self._said: Stamp | None = None

    def post(self, request: PostByHook) -> Deferred[Object]:
        """Say it. Fires with what the answer says; fails with No."""
        self.node.observers.append(self._observe)
        self.node.submit(self, request)
        return self.answer

    def _observe(self, stamp: Stamp, event: Event) -> None:
        # The session is in no channel: of what it has said it hears only here.
        if self._said is None and self.node.asking is self and isinstance(event, Relayed):
            self._said = stamp

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self._end()
        found: Object = stamp_object(self._said) if self._said is not None else {}
        if not stored:
            found["stored"] = False
        self.answer.callback(found)

    def refused(self, refusal: Refusal) -> None:
        self._end()
        if self._said is not None and not refusal.subject:
            refusal = Refusal(refusal.reason, self._said.msgid)
        self.answer.errback(because(refusal))

    def failed(self) -> None:
        self._end()
        self.answer.errback(trouble(Trouble.INTERNAL_ERROR, "Internal server error"))

    def told(self, stamp: Stamp, event: Event) -> None:
        """It is nobody, whom nothing happens to."""

    def _end(self) -> None:
        self.node.observers.remove(self._observe)
        self.node.detach(self)


class Hooks(Answering):
    """What is under /hook."""

    def __init__(self, server: APIServer) -> None:
        self.server = server
        self._buckets: dict[str, Bucket] = {}

    def serve(self, request: Request, path: bytes) -> None:
        digest = digest_of(path.decode("latin-1"))
        if digest not in self.server.realm.hooks:
            raise trouble(Trouble.NOT_FOUND, "There is no such hook")
        if request.method != b"POST":
            raise trouble(Trouble.METHOD_NOT_ALLOWED, "A hook is posted to", allow="POST")
        wait = self._bucket(digest).spend(self.server.around.limits)
        if wait:
            raise too_many(wait, "This hook is posted to too often")
        post = _read(request)
        most = self.server.settings.text_length
        if most is not None and len(post.text.encode(errors="replace")) > most:
            raise because(Fault(Code.TOO_LONG, f"A text has {most} bytes at most", "$.text"))
        gone = request.notifyFinish()
        gone.addErrback(lambda _: None)
        asked = PostByHook(digest, lines_of(post.text), _nick(post), self.server.name)
        said = HookSession(self.server).post(asked)
        said.addCallbacks(_answer, _refuse, callbackArgs=(request, gone), errbackArgs=(request, gone))
        said.addErrback(lambda failure: self.log.failure("a hook could not be answered", failure))

    def _bucket(self, digest: str) -> Bucket:
        bucket = self._buckets.get(digest)
        if bucket is None:
            known = self.server.realm.hooks
            self._buckets = {each: kept for each, kept in self._buckets.items() if each in known}
            bucket = self._buckets[digest] = Bucket(self.server.around.clock.seconds)
        return bucket


def _answer(found: Object, request: Request, gone: Deferred[None]) -> None:
    if not gone.called:
        say(request, 200, found)


def _refuse(failure: object, request: Request, gone: Deferred[None]) -> None:
    no = getattr(failure, "value", None)
    assert isinstance(no, No)
    if not gone.called:
        say_no(request, no)


def _read(request: Request) -> Post:
    """What a request wants to be said. Raises No."""
    content = body(request)
    kind = (request.getHeader(b"content-type") or TEXT_TYPE).partition(b";")[0].strip().lower()
    try:
        if kind == JSON_TYPE:
            return json.decode(content, type=Post)
        if kind == TEXT_TYPE:
            return Post(content.decode())
        if kind == FORM_TYPE:
            return _form(content)
    except ValidationError as error:
        raise because(Fault(Code.BAD_REQUEST, str(error))) from None
    except (DecodeError, RecursionError):
        raise because(Fault(Code.BAD_JSON, "This is not JSON")) from None
    except ValueError:
        raise because(Fault(Code.BAD_REQUEST, "The text is not UTF-8")) from None
    raise trouble(
        Trouble.UNSUPPORTED_MEDIA_TYPE,
        "A body is application/json, text/plain or application/x-www-form-urlencoded",
    )


def _form(content: bytes) -> Post:
    """A form has the fields one by one, or all of them as JSON in `payload`, as Slack takes it."""
    given = parse_qs(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
    fields = {name: values[0] for name, values in given.items()}
    if "payload" in fields:
        return json.decode(fields["payload"], type=Post)
    return convert(fields, type=Post)


def _nick(post: Post) -> str | None:
    """In whose name it is said, as near to what was asked as a name can be."""
    name = _NOT_IN_NAMES.sub("-", post.name or post.username or "").strip("-")
    return name[:LONGEST_NAME].rstrip("-") or None
