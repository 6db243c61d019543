"""Saying something once, however often it is asked for."""

from __future__ import annotations

from chatdaemon.realm.conversations import Identity, identity_of
from chatdaemon.realm.entry import Entry, message_id
from chatdaemon.realm.events import Event, KeyForgotten, KeyUsed, Posted, PostedLines, Repeated
from chatdaemon.realm.keys import UsedKey
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Post, PostOnce
from chatdaemon.realm.rules.messages import post
from chatdaemon.realm.rules.multiline import post_lines
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies

# Keys too old to be asked for that are forgotten with each one that is used: as many of its owner's, and as
# many of whoever has used none for the longest time. More than one, so that they become fewer.
FORGOTTEN_AT_ONCE = 2


@applies(PostOnce)
def post_once(state: State, entry: Entry, request: PostOnce) -> tuple[Event, ...]:
    """What is refused leaves the key as it was; so does a message of which its receiver is only told that
    there is one."""
    user = state.actor(entry)
    key, fingerprint, said = request
    known = _used_key(state, user, key, entry.at)
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Refusal(Reason.KEY_REUSED, key, known.msgid)
        return (Repeated((), known),)
    events = post(state, entry, said) if isinstance(said, Post) else post_lines(state, entry, said)
    if not isinstance(events[0], (Posted, PostedLines)):
        return events
    owner = identity_of(state, user)
    used = UsedKey(message_id(entry.index, 0), entry.at, fingerprint)
    forgotten = _use_key(state, owner, key, used)
    return (
        *events,
        KeyUsed((), owner if user.account is not None else None, key, used),
        *(KeyForgotten((), whose, each) for whose, each in forgotten if whose in state.numbered),
    )


def _used_key(state: State, user: User, key: str, at: int) -> UsedKey | None:
    """What the user has used the key for, and is to be answered at this time. What was said before logging in
    is the user's own, too."""
    for owner in (identity_of(state, user), user.id):
        used = state.keys.get(owner, {}).get(key)
        if used is not None and at - used.at <= state.settings.key_age:
            return used
    return None


def _use_key(state: State, owner: Identity, key: str, used: UsedKey) -> list[tuple[Identity, str]]:
    """Enter a key, and let those go that there is no room or no reason for: which, and whose."""
    keys = state.keys.pop(owner, {})
    keys.pop(key, None)
    keys[key] = used
    # Owners are in the order in which they last used one.
    state.keys[owner] = keys
    forgotten = [(owner, each) for each in _to_forget(state, keys, used.at)]
    idle = next(iter(state.keys))
    if idle != owner:
        forgotten += [(idle, each) for each in _to_forget(state, state.keys[idle], used.at)]
    for whose, each in forgotten:
        del state.keys[whose][each]
        if not state.keys[whose]:
            del state.keys[whose]
    return forgotten


def _to_forget(state: State, keys: dict[str, UsedKey], now: int) -> list[str]:
    """The oldest of somebody's keys, as far as they are too old or too many."""
    settings = state.settings
    found: list[str] = []
    for key, used in keys.items():
        too_many = len(keys) - len(found) > settings.keys_per_user
        if len(found) == FORGOTTEN_AT_ONCE or not (too_many or now - used.at > settings.key_age):
            break
        found.append(key)
    return found
