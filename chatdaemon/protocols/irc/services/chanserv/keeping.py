"""What is kept of a channel's history: the words for it, and what holds where nothing is set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatdaemon.history.settings import Channels
from chatdaemon.realm.accounts import Registration, RegistrationSetting
from chatdaemon.realm.settings import FOR_EVER, UNLIMITED, Cutoff

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

LIMITED = (RegistrationSetting.MAX_AGE, RegistrationSetting.MAX_MESSAGES)
KEEPING = (RegistrationSetting.HISTORY, RegistrationSetting.CUTOFF, *LIMITED)

CUTOFFS = {
    Cutoff.NONE: "members read all of it",
    Cutoff.JOIN: "members read what was said since they joined",
    Cutoff.REGISTRATION: "members read what was said since their account was registered",
}
_UNITS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME = re.compile(r"(?:[0-9]{1,8}[wdhms])+", re.ASCII)


def seconds(text: str) -> str:
    """A time as people write it, such as 30d or 1d12h, in seconds; anything else as it is."""
    text = text.lower()
    if _TIME.fullmatch(text) is None:
        return text
    return str(sum(int(number) * _UNITS[unit] for number, unit in re.findall("([0-9]+)([wdhms])", text)))


def span(seconds: int) -> str:
    """So many seconds, in the largest unit that they are a whole number of."""
    unit = next(unit for unit, size in _UNITS.items() if unit != "w" and seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def limit(session: IRCSession, setting: RegistrationSetting) -> str:
    """What the server keeps at most."""
    settings = session.node.history.settings
    if setting is RegistrationSetting.MAX_AGE:
        return "for ever" if settings.max_age >= FOR_EVER else span(settings.max_age // 1000)
    return "all messages" if settings.max_messages >= UNLIMITED else str(settings.max_messages)


def as_everywhere(session: IRCSession, setting: RegistrationSetting) -> str:
    """What holds for a channel of which this is not set."""
    if setting is RegistrationSetting.HISTORY:
        if session.node.history.settings.channels is Channels.NONE:
            return "the last messages are kept in memory"
        return "what is said is kept"
    if setting is RegistrationSetting.CUTOFF:
        return CUTOFFS[session.realm.settings.cutoff]
    return limit(session, setting)


def summary(session: IRCSession, registration: Registration) -> str:
    """What is kept, in a line."""
    settings = registration.settings
    if settings.get(RegistrationSetting.HISTORY) == "off":
        return "nothing that is said is kept"
    own = settings.get(RegistrationSetting.CUTOFF)
    parts = [CUTOFFS[Cutoff(own) if own is not None else session.realm.settings.cutoff]]
    if RegistrationSetting.MAX_AGE in settings:
        parts.append(f"messages are kept for {span(int(settings[RegistrationSetting.MAX_AGE]))}")
    if RegistrationSetting.MAX_MESSAGES in settings:
        parts.append(f"the last {settings[RegistrationSetting.MAX_MESSAGES]} are kept")
    return "; ".join(parts)
