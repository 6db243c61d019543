"""METADATA: what programs show of people and channels (draft/metadata-2, draft/metadata-3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc import metadata as telling
from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.metadata import VISIBILITY
from chatdaemon.protocols.irc.wrap import room_for_text, wrap
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm import policy
from chatdaemon.realm.metadata import key_fault, of_user, value_fault
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ClearMetadata, SetMetadata
from chatdaemon.realm.state import Channel, User
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

ALL = "*ALL"

Subcommand = Callable[["IRCSession", str, list[str]], Result]


@command("METADATA", early=True)
def metadata(session: IRCSession, message: Message) -> Result:
    params = message.params
    known = SUBCOMMANDS.get(params[1].upper()) if len(params) > 1 else None
    if not session.registered and not telling.understands(session):
        session.numeric(n.ERR_NOTREGISTERED)
    elif len(params) < 2:
        _bad_params(session, "*", "It takes a target and a subcommand")
    elif known is None:
        word = middle(params[1])
        code = "SUBCOMMAND_INVALID" if _second(session) else "INVALID_PARAMS"
        session.fail("METADATA", code, word, text="There is no such subcommand")
    elif len(params) - 2 < known[1]:
        _bad_params(session, params[1].upper(), "It takes a key")
    elif not session.registered and params[0] != "*":
        _bad_target(session, params[0])
    else:
        return known[0](session, params[0], params[2:])
    return None


def _second(session: IRCSession) -> bool:
    """Whether the client speaks draft/metadata-2, whose codes are others."""
    return session.has("draft/metadata-2")


def _bad_params(session: IRCSession, subcommand: str, text: str) -> None:
    session.fail("METADATA", "INVALID_PARAMS", subcommand, text=text)


def _bad_target(session: IRCSession, target: str) -> None:
    text = "There is no such user or channel, or not for this"
    session.fail("METADATA", "INVALID_TARGET", middle(target), text=text)


def _bad_key(session: IRCSession, key: str, fault: str, batch: Batch | None = None) -> None:
    """Of one key among several, the third draft only warns."""
    if _second(session):
        line = f"FAIL METADATA KEY_INVALID {middle(key)} :{fault}"
    else:
        line = f"WARN METADATA INVALID_KEY {middle(key)} :{fault}"
    if batch is not None:
        batch.reply(f":{session.server.name} {line}")
    else:
        session.standard_reply(*line.partition(" :")[0].split(" "), text=fault)


# Looking up.


def _resolve(session: IRCSession, target: str) -> User | Channel | None:
    """The user or channel that is meant, as far as the client may know of it."""
    if target == "*":
        return session.me
    channel = session.realm.channel(target)
    if channel is not None and policy.sees_channel(channel, session.me):
        return channel
    return session.realm.user(target)


def _has(session: IRCSession, target: str) -> tuple[str, Mapping[str, str]] | None:
    """What the target is called, and what it has; None where there is no such target."""
    if session.registration is not None:
        return "*", session.registration.metadata
    found = _resolve(session, target)
    if found is None:
        return None
    if isinstance(found, Channel):
        return found.name, found.metadata
    return found.nick, of_user(session.realm, found)


def _get(session: IRCSession, target: str, keys: list[str]) -> Result:
    found = _has(session, target)
    if found is None:
        _bad_target(session, target)
        return None
    name, has = found
    batch = Batch(session, "metadata", name)
    for key in keys:
        fault = key_fault(key)
        if fault is not None:
            _bad_key(session, key, fault, batch)
        elif key in has:
            batch.numeric(n.RPL_KEYVALUE, name, key, VISIBILITY, has[key])
        else:
            batch.numeric(n.RPL_KEYNOTSET, name, key)
    batch.close()
    return None


def _list(session: IRCSession, target: str, _: list[str]) -> Result:
    found = _has(session, target)
    if found is None:
        _bad_target(session, target)
        return None
    name, has = found
    batch = Batch(session, "metadata", name)
    for key, value in has.items():
        batch.numeric(n.RPL_KEYVALUE, name, key, VISIBILITY, value)
    batch.close()
    return None


def _sync(session: IRCSession, target: str, _: list[str]) -> Result:
    if session.registration is not None:
        _bad_target(session, target)
        return None
    desk = session.server.metadata
    keys = desk.followed(session)
    if target == ALL:
        return telling.synchronize(session, ALL, telling.visible(session), keys)
    found = _resolve(session, target)
    if found is None:
        _bad_target(session, target)
        return None
    if isinstance(found, Channel):
        return telling.synchronize(session, found.name, telling.everything(session, found), keys)
    return telling.synchronize(session, found.nick, (found,), keys)


# Changing.


def _set(session: IRCSession, target: str, params: list[str]) -> Result:
    key, value = params[0], (params[1] if len(params) > 1 else "") or None
    if not _may_change(session, target, "SET", key, value):
        return None
    if session.registration is not None:
        _set_early(session, session.registration.metadata, key, value)
        return None
    if value is None and _second(session):
        found = _has(session, target)
        if found is not None and key_fault(key) is None and key not in found[1]:
            # The third draft says that it is not set, and no more.
            text = "The key is not set"
            session.fail("METADATA", "KEY_NOT_SET", found[0], key, text=text)
            return None

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        found = _has(session, target)
        if found is not None:
            _say(session, found[0], key, found[1].get(key))
        return None

    request = SetMetadata(None if target == "*" else target, key, value)
    return Asking(request, answered, _refused)


def _say(session: IRCSession, name: str, key: str, value: str | None) -> None:
    if value is None:
        session.numeric(n.RPL_KEYNOTSET, name, key)
    else:
        session.numeric(n.RPL_KEYVALUE, name, key, VISIBILITY, value)


def _set_early(session: IRCSession, has: dict[str, str], key: str, value: str | None) -> None:
    """Before the client is registered, what it sets waits for that."""
    settings = session.realm.settings
    fault = key_fault(key)
    if fault is not None:
        _refused(session, Refusal(Reason.BAD_METADATA_KEY, key, fault))
        return
    if value is None:
        has.pop(key, None)
        _say(session, "*", key, None)
        return
    fault = value_fault(value, settings)
    if fault is not None:
        _refused(session, Refusal(Reason.BAD_METADATA_VALUE, key, fault))
    elif key not in has and len(has) >= settings.metadata_keys:
        _refused(session, Refusal(Reason.METADATA_FULL, "*"))
    else:
        has[key] = value
        _say(session, "*", key, value)


def _clear(session: IRCSession, target: str, _: list[str]) -> Result:
    if not _may_change(session, target, "CLEAR", "*", None):
        return None
    found = _has(session, target)
    name, cleared = ("*", []) if found is None else (found[0], list(found[1]))

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        batch = Batch(session, "metadata", name)
        for key in cleared:
            batch.numeric(n.RPL_KEYNOTSET, name, key)
        batch.close()
        return None

    if session.registration is not None:
        session.registration.metadata.clear()
        return answered(session, ())
    return Asking(ClearMetadata(None if target == "*" else target), answered, _refused)


def _may_change(session: IRCSession, target: str, subcommand: str, key: str, value: str | None) -> bool:
    """Whether the client has not made too many changes; if it has, it is told to wait."""
    seconds = session.server.metadata.spend(session)
    if not seconds:
        return True
    if _second(session):
        context = (middle(target), middle(key), str(seconds))
        session.fail("METADATA", "RATE_LIMITED", *context, text="Too many changes")
    else:
        params = [middle(key)] if subcommand == "SET" else []
        if value is not None:
            params.append(f":{value}")
        words = (str(seconds), middle(target), subcommand, *params)
        session.numeric(n.ERR_METADATARATELIMIT, *words)
    return False


def _refused(session: IRCSession, refusal: Refusal) -> Result:
    """The refusals have codes of their own, which differ between the drafts."""
    subject, detail, text = middle(refusal.subject), refusal.detail, text_of(refusal)
    words: tuple[str, ...]
    second = _second(session)
    if refusal.reason is Reason.NO_SUCH_TARGET:
        _bad_target(session, refusal.subject)
    elif refusal.reason is Reason.BAD_METADATA_KEY:
        session.fail("METADATA", "KEY_INVALID" if second else "INVALID_KEY", subject, text=text)
    elif refusal.reason is Reason.BAD_METADATA_VALUE:
        words = ("VALUE_INVALID",) if second else ("INVALID_VALUE", subject)
        session.fail("METADATA", *words, text=text)
    elif refusal.reason is Reason.METADATA_FULL:
        most = str(session.realm.settings.metadata_keys)
        words = (subject,) if second else ("SET", subject, most)
        session.fail("METADATA", "LIMIT_REACHED", *words, text=text)
    elif refusal.reason is Reason.METADATA_NOT_YOURS:
        session.fail("METADATA", "KEY_NO_PERMISSION", subject, middle(detail), text=text)
    else:
        session.refuse(refusal)
    return None


# Following.


def _own(session: IRCSession, target: str) -> bool:
    """Whether the client itself is meant; says so if not."""
    if target == "*" or (session.user is not None and session.realm.user(target) is session.user):
        return True
    _bad_target(session, target)
    return False


def _sub(session: IRCSession, target: str, keys: list[str]) -> Result:
    if not _own(session, target):
        return None
    desk = session.server.metadata
    most = session.server.settings.metadata_subscriptions
    taken: dict[str, None] = {}
    new: list[str] = []
    over: str | None = None
    for key in keys:
        fault = key_fault(key)
        if fault is not None:
            _bad_key(session, key, fault)
            continue
        followed = desk.followed(session)
        if most is not None and len(followed) >= most:
            over = key
            break
        taken[key] = None
        if key not in followed:
            new.append(key)
            desk.follow(session, key)
    _send_keys(session, n.RPL_METADATASUBOK, taken)
    if over is not None:
        context = (over,) if _second(session) else ("SUB", over, str(most))
        code = "TOO_MANY_SUBS" if _second(session) else "LIMIT_REACHED"
        session.fail("METADATA", code, *context, text=f"You can follow {most} keys at most")
    if not new or session.registration is not None:
        return None
    return telling.synchronize(session, ALL, telling.visible(session), new, asked=False)


def _unsub(session: IRCSession, target: str, keys: list[str]) -> Result:
    if not _own(session, target):
        return None
    gone: dict[str, None] = {}
    for key in keys:
        fault = key_fault(key)
        if fault is not None:
            _bad_key(session, key, fault)
            continue
        session.server.metadata.leave(session, key)
        gone[key] = None
    _send_keys(session, n.RPL_METADATAUNSUBOK, gone)
    return None


def _subs(session: IRCSession, target: str, _: list[str]) -> Result:
    if not _own(session, target):
        return None
    batch = Batch(session, "metadata-subs")
    for keys in wrap(session.server.metadata.followed(session), room_for_text(session)):
        batch.numeric(n.RPL_METADATASUBS, *keys.split(" "))
    batch.close()
    return None


def _send_keys(session: IRCSession, numeric: n.Numeric, keys: Mapping[str, None]) -> None:
    for words in wrap(keys, room_for_text(session)):
        session.numeric(numeric, *words.split(" "))


SUBCOMMANDS: dict[str, tuple[Subcommand, int]] = {
    "GET": (_get, 1),
    "LIST": (_list, 0),
    "SET": (_set, 1),
    "CLEAR": (_clear, 0),
    "SUB": (_sub, 1),
    "UNSUB": (_unsub, 1),
    "SUBS": (_subs, 0),
    "SYNC": (_sync, 0),
}
"""With how many keys each needs at least."""
