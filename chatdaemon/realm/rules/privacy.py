"""From whom people want to hear: accepting callers, silencing others."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry, UserId
from chatdaemon.realm.events import AcceptedChanged, Event, PartlyRefused, SilencesChanged
from chatdaemon.realm.masks import Mask, MaskError, compile_mask, extban_letter
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeAccepted, ChangeSilences
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies

# The extended masks that tell nothing of somebody that others do not see: accounts and realnames.
OPEN_EXTBANS = "ar"


@applies(ChangeAccepted)
def change_accepted(state: State, entry: Entry, request: ChangeAccepted) -> tuple[Event, ...]:
    """Each by itself: what is refused is said, the rest is done."""
    user = state.actor(entry)
    accepted = policy.accepted_by(state, user)
    added, removed, refused = [], [], []
    for nick in request.remove:
        names = [accepted.pop(key) for key in _keys(state, nick) if key in accepted]
        if names:
            removed.append(names[0])
        else:
            refused.append(Refusal(Reason.NOT_ON_ACCEPT_LIST, nick))
    for nick in request.add:
        keys = _keys(state, nick)
        if not keys:
            refused.append(Refusal(Reason.NO_SUCH_NICK, nick))
        elif any(key in accepted for key in keys):
            refused.append(Refusal(Reason.ACCEPTED_ALREADY, nick))
        elif len(accepted) >= state.settings.accept_entries:
            refused.append(Refusal(Reason.ACCEPT_FULL, nick))
        else:
            # The account rather than the user, who may be another tomorrow.
            key = next(reversed(keys))
            accepted[key] = keys[key]
            added.append(keys[key])
    done = AcceptedChanged((user.id,), user.who, tuple(added), tuple(removed))
    events = _outcome(user, done if added or removed else None, refused)
    user.accepted = accepted or None
    return events


def _keys(state: State, nick: str) -> dict[UserId | str, str]:
    """What stands for somebody in a list: the user's id, and last the account's folded name."""
    user = state.user(nick)
    keys: dict[UserId | str, str] = {}
    name = None
    if user is not None:
        keys[user.id] = user.nick
        name = user.account
    elif (owner := state.owner(nick)) is not None:
        name = owner.name
    if name is not None:
        keys[state.fold(name)] = name
    return keys


def accept_in_return(state: State, user: User, other: User) -> tuple[Event, ...]:
    """Who writes to somebody wants an answer, also with the mode CALLER_ID; where there is room for it.

    Nobody is told; only of one who is always on it is said at all, to be stored.
    """
    if not policy.accepts(user, other):
        accepted = policy.accepted_by(state, user)
        if len(accepted) < state.settings.accept_entries:
            key = other.id if other.folded_account is None else other.folded_account
            accepted[key] = other.account or other.nick
            user.accepted = accepted
            if user.always_on:
                return (AcceptedChanged((), user.who, (accepted[key],), ()),)
    return ()


@applies(ChangeSilences)
def change_silences(state: State, entry: Entry, request: ChangeSilences) -> tuple[Event, ...]:
    """Each by itself: what is refused is said, the rest is done; what is there already is passed over."""
    user = state.actor(entry)
    silences = dict(user.silences or {})
    added, removed, refused = [], [], []
    for add, text in [*((False, text) for text in request.remove), *((True, text) for text in request.add)]:
        try:
            mask = _mask(state, text)
        except Refusal as refusal:
            refused.append(refusal)
            continue
        if not add:
            if mask.key in silences:
                removed.append(silences.pop(mask.key).text)
            else:
                refused.append(Refusal(Reason.NOT_SILENCED, mask.text))
        elif mask.key not in silences:
            if len(silences) >= state.settings.silence_entries:
                refused.append(Refusal(Reason.SILENCE_FULL, mask.text))
            else:
                silences[mask.key] = mask
                added.append(mask.text)
    done = SilencesChanged((user.id,), user.who, tuple(added), tuple(removed))
    events = _outcome(user, done if added or removed else None, refused)
    user.silences = silences or None
    user.refresh(state.fold)
    return events


def _mask(state: State, text: str) -> Mask:
    try:
        mask = compile_mask(text, state.fold)
    except MaskError as error:
        raise Refusal(Reason.BAD_SILENCE, text, str(error)) from None
    letter = extban_letter(mask.text)
    if letter is not None and letter not in OPEN_EXTBANS:
        # Whether messages arrive would tell in which channels somebody is.
        raise Refusal(Reason.BAD_SILENCE, text, "This extended mask is for channels")
    return mask


def _outcome(user: User, done: Event | None, refused: list[Refusal]) -> tuple[Event, ...]:
    """The events of a request of several parts. Raises Refusal where there is one, and nothing was done."""
    if done is None and len(refused) == 1:
        raise refused[0]
    events = (done,) if done is not None else ()
    return (*events, PartlyRefused((user.id,), tuple(refused))) if refused else events
