"""WEBPUSH: being told of messages by a push service (draft/webpush, soju.im/webpush)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.capabilities import RENDERED, WEBPUSH
from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.numerics import ERR_UNKNOWNCOMMAND
from chatdaemon.protocols.irc.push import READ_MARKERS
from chatdaemon.protocols.texts import text_of
from chatdaemon.push.encryption import check_keys, decoded, encoded
from chatdaemon.realm.push import ENDPOINT_LENGTH
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Subscribe, Unsubscribe
from chatdaemon.wire.ircmsg import Message, middle
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# What is sent later goes by these.
_KEPT = RENDERED | {READ_MARKERS}
# Of what is no endpoint so much is repeated: there must be room for words.
_MOST_OF_ENDPOINT = 250
# What the draft has a code for; whatever else is the matter is the server's.
_CODES = {Reason.BAD_SUBSCRIPTION: "INVALID_PARAMS", Reason.NOT_LOGGED_IN: "FORBIDDEN"}


@command("WEBPUSH")
def webpush(session: IRCSession, message: Message) -> Result:
    """For those who have asked for the capability: its own FAILs answer it."""
    if WEBPUSH.isdisjoint(session.capabilities):
        session.numeric(ERR_UNKNOWNCOMMAND, "WEBPUSH")
        return None
    verb, *params = message.params or [""]
    match verb.upper(), params:
        case "REGISTER", [endpoint, keys]:
            return _register(session, endpoint, keys)
        case "UNREGISTER", [endpoint] if len(endpoint.encode()) <= ENDPOINT_LENGTH:
            return _asking(Unsubscribe(endpoint), "UNREGISTER", endpoint)
        case ("REGISTER" | "UNREGISTER") as known, _:
            wanted = "an endpoint and its keys" if known == "REGISTER" else "an endpoint"
            _fail(session, "INVALID_PARAMS", known, params[0] if params else "", f"It takes {wanted}")
        case _:
            _fail(session, "INVALID_PARAMS", verb, params[0] if params else "", "There is no such command")
    return None


def _register(session: IRCSession, endpoint: str, keys: str) -> Result:
    given = {name: value for name, _, value in (each.partition("=") for each in keys.split(";"))}
    try:
        key, secret = decoded(given.get("p256dh", "")), decoded(given.get("auth", ""))
        check_keys(key, secret)
    except ValueError as error:
        _fail(session, "INVALID_PARAMS", "REGISTER", endpoint, str(error))
        return None
    capabilities = tuple(sorted(session.capabilities & _KEPT))
    subscribe = Subscribe(endpoint, encoded(key), encoded(secret), capabilities)
    return _asking(subscribe, "REGISTER", endpoint)


def _asking(request: Subscribe | Unsubscribe, verb: str, endpoint: str) -> Asking:
    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        session.reply(f":{session.server.name} WEBPUSH {verb} {middle(endpoint)}")
        return None

    def refused(session: IRCSession, refusal: Refusal) -> Result:
        code = _CODES.get(refusal.reason, "INTERNAL_ERROR")
        _fail(session, code, verb, endpoint, text_of(refusal))
        return None

    return Asking(request, answered, refused)


def _fail(session: IRCSession, code: str, verb: str, endpoint: str, text: str) -> None:
    context = (cut(middle(verb), 20), cut(middle(endpoint), _MOST_OF_ENDPOINT))
    session.send_standard_reply("FAIL", "WEBPUSH", code, *context, text=text)
