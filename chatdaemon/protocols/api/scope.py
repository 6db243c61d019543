"""What whoever has come by an access token may ask, and is told: the one place where that is decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, get_args

from chatdaemon.outbox import Renderer
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.reach import Reach
from chatdaemon.realm.bearers import good_token
from chatdaemon.realm.events import Event, Stamp
from chatdaemon.realm.tokens import EVERYTHING, PEOPLE, Token

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# What every token allows: to come, to go, and to be there.
ALWAYS: Final = frozenset({"hello", "login", "ping", "bye"})
EVENTS: Final = "events"
"""The verb that is no op: to be told what happens."""
# The modules of ops that EVERYTHING stands for. Others are about the account, what it owns or the server:
# those a token has only where they are named.
_COVERED: Final = frozenset(
    {"channels", "connection", "history", "markers", "messages", "metadata", "modes", "server", "users"}
)
_NAMED_ONLY: Final = frozenset({"logout"})
# The fields that say where something is done or asked.
_PLACES: Final = ("channel", "channels", "target", "targets")
# What a token for some channels may ask that is about none: of oneself, and of the server.
_ABOUT_ONESELF: Final = frozenset({"nick", "away", "realname", "user_modes", "server", *_NAMED_ONLY})
# And about people, where these are within the token's reach.
_ABOUT_PEOPLE: Final = frozenset({"whois", "whowas", "ison", "monitor", "accept", "silence"})


def verb_of(op: type[ops.Op]) -> str:
    """What an op is called."""
    return str(op.__struct_config__.tag)


def has_to_be_named(op: type[ops.Op]) -> bool:
    """Whether a token allows the op only by its name, not by EVERYTHING."""
    return op.__module__.rpartition(".")[2] not in _COVERED or verb_of(op) in _NAMED_ONLY


def check(session: APISession, op: ops.Op) -> None:
    """Raise Fault unless the op is within the scope of the session, and Refusal where its token is good no
    longer."""
    token = session.scope
    if token is None:
        return
    good_token(session.realm, token.digest, int(session.server.now() * 1000))
    verb = verb_of(type(op))
    if verb in ALWAYS:
        return
    if not token.allows(verb, named_only=has_to_be_named(type(op))):
        raise Fault(Code.OUT_OF_SCOPE, f'This token does not allow "{verb}"', "$.op")
    if token.channels:
        _check_places(op, verb, token, Reach(session.realm, frozenset(token.channels)))


def _check_places(op: ops.Op, verb: str, token: Token, reach: Reach) -> None:
    places = tuple(_places(op))
    for field, name in places:
        if not reach.holds(name):
            raise Fault(Code.OUT_OF_SCOPE, f"This token is not for {name}", f"$.{field}")
    if places or verb in _ABOUT_ONESELF or (verb in _ABOUT_PEOPLE and PEOPLE in token.channels):
        return
    if has_to_be_named(type(op)):
        # It was, and is about the account wherever that is.
        return
    raise Fault(Code.OUT_OF_SCOPE, "This token is for some channels only, and this is about others", "$.op")


def _places(op: ops.Op) -> Iterator[tuple[str, str]]:
    for field in _PLACES:
        value = getattr(op, field, None)
        if isinstance(value, str):
            yield field, value
        elif isinstance(value, (list, tuple)):
            for each in value:
                yield field, str(each)


def within(session: APISession, channel: str) -> bool:
    """Whether the session may know of this channel, as far as its token goes."""
    token = session.scope
    return token is None or token.reaches(session.realm.fold(channel))


def check_lesser(
    session: APISession, names: Iterable[str], channels: Sequence[str], until: int | None
) -> None:
    """Raise Fault unless a token that is to be made allows no more, and for no longer, than the one by which
    the session has come."""
    token = session.scope
    if token is None:
        return
    named_only = {verb_of(op) for op in get_args(ops.AnyOp) if has_to_be_named(op)}
    for name in names:
        if not token.allows(name, named_only=name in named_only):
            raise Fault(Code.OUT_OF_SCOPE, f'This token does not allow "{name}"', "$.verbs")
    # Which they are was looked at where all ops' are.
    if token.channels and not channels:
        raise Fault(Code.OUT_OF_SCOPE, "This token is for some channels only", "$.channels")
    if token.expires_at is not None and (until is None or until > token.expires_at):
        raise Fault(Code.OUT_OF_SCOPE, "This token ends earlier", "$.expires")


def reach_of(session: APISession) -> Reach | None:
    """The channels of which the session is told anything; None: all."""
    token = session.scope
    if token is None or (not token.channels and token.allows(EVENTS)):
        return None
    return Reach(session.realm, frozenset(token.channels if token.allows(EVENTS) else ()))


class ScopedRenderer:
    """Renders as another does, and only what is within reach."""

    def __init__(self, renderer: Renderer, reach: Reach) -> None:
        self._renderer = renderer
        self._reach = reach

    def render(self, stamp: Stamp, event: Event) -> bytes:
        return self._renderer.render(stamp, event) if self._reach.shows(event) else b""


def verbs() -> frozenset[str]:
    """All that a token can allow by name."""
    return frozenset({EVENTS, EVERYTHING, *(verb_of(op) for op in get_args(ops.AnyOp))}) - ALWAYS


def check_verbs(names: Iterable[str]) -> None:
    """Raise Fault unless these are verbs: nobody is to find out later that they have mistyped one."""
    known = verbs()
    for name in names:
        if name not in known:
            raise Fault(Code.BAD_REQUEST, f'There is no verb "{name}"', "$.verbs")
