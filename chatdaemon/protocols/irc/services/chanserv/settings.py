"""SET and GET: what founders set of their channels beside the modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.modes import CHANNEL_MODES, LETTER_OF_WORD
from chatdaemon.protocols.irc.services.chanserv import channels
from chatdaemon.protocols.irc.services.chanserv.keeping import (
    KEEPING,
    LIMITED,
    as_everywhere,
    limit,
    seconds,
    span,
)
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV, registered
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import access
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.modes import ChannelRank, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeRegistration

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

NAME_OF = {
    RegistrationSetting.DESCRIPTION: "DESCRIPTION",
    RegistrationSetting.URL: "URL",
    RegistrationSetting.EMAIL: "EMAIL",
    RegistrationSetting.ENTRY_MESSAGE: "ENTRYMSG",
    RegistrationSetting.KEEP_MODES: "MLOCK",
    RegistrationSetting.PRIVATE: "PRIVATE",
    RegistrationSetting.HISTORY: "HISTORY",
    RegistrationSetting.CUTOFF: "CUTOFF",
    RegistrationSetting.MAX_AGE: "MAXAGE",
    RegistrationSetting.MAX_MESSAGES: "MAXMESSAGES",
}
# As people write them.
SETTINGS = {
    **{name: setting for setting, name in NAME_OF.items()},
    "DESC": RegistrationSetting.DESCRIPTION,
    "ENTRY-MESSAGE": RegistrationSetting.ENTRY_MESSAGE,
    "KEEP-MODES": RegistrationSetting.KEEP_MODES,
    "HISTORY-CUTOFF": RegistrationSetting.CUTOFF,
    "MAX-AGE": RegistrationSetting.MAX_AGE,
    "MAX-MESSAGES": RegistrationSetting.MAX_MESSAGES,
}
# Those that are one of a few words, in any case.
WORDS = (RegistrationSetting.PRIVATE, RegistrationSetting.HISTORY, RegistrationSetting.CUTOFF)


@CHANSERV.subcommand(
    "SET",
    "<channel> <setting> [<value>]",
    """Sets something of your channel; without a value, takes it away.
DESCRIPTION <text>   what INFO says of the channel
URL <address>        where there is more of it, told to everybody who joins
EMAIL <address>      how to reach you, told by INFO
ENTRYMSG <text>      what everybody is told who joins
MLOCK <modes>        modes, such as nt, that stay as they are now but for you
PRIVATE on|off       whether outsiders learn no more than that it is registered
HISTORY on|off       whether what is said is kept; what was kept before stays
CUTOFF none|join|registration|default
members read all of the history, or since they joined, or since their account was registered
MAXAGE <time>|default       how long messages are kept, such as 30d
MAXMESSAGES <number>|default  how many are
FOUNDER <account>    the same as TRANSFER""",
    least=2,
)
def set_(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    name = words[1].upper()
    if name == "FOUNDER":
        transfer = CHANSERV.subcommands["TRANSFER"]
        if len(words) < 3:
            face.say_syntax()
            return None
        again = Face(session, CHANSERV, transfer.name, " ".join([words[0], *words[2:]]))
        return channels.transfer(session, [words[0], *words[2:]], again)
    setting = _setting(name)
    text = face.text(2)
    value: str | None = text
    if setting is RegistrationSetting.KEEP_MODES:
        value = _words(text)
    elif setting is RegistrationSetting.MAX_AGE:
        value = seconds(text)
    elif setting in WORDS:
        value = text.lower()
    request = ChangeRegistration(channel.name, setting, value or None)
    shown = f"{NAME_OF[setting]} of {channel.name}"

    def done(session: IRCSession, _: object) -> Result:
        # No full stop behind an address.
        face.say(f"{shown} is set to: {text}" if text else f"{shown} is not set any more.")
        if setting in LIMITED:
            face.say(f"What the server has is the most there can be: {limit(session, setting)}.")
        return None

    return face.ask(request, done)


@CHANSERV.subcommand(
    "GET",
    "<channel> <setting>",
    """Shows what SET has set. Only for founders; INFO is for everybody.""",
    least=2,
)
def get(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = registered(session, words[0])
    access.check_access(session.realm, channel, session.me, Rank.FOUNDER)
    setting = _setting(words[1].upper())
    value = registration.settings.get(setting)
    if value is None:
        default = f": {as_everywhere(session, setting)}" if setting in KEEPING else ""
        face.say(f"{NAME_OF[setting]} of {channel.name} is not set{default}.")
        return None
    if setting is RegistrationSetting.KEEP_MODES:
        value = "".join(LETTER_OF_WORD[word] for word in value.split())
    elif setting is RegistrationSetting.MAX_AGE:
        value = span(int(value))
    if setting in LIMITED:
        value = f"{value} (the server's limit: {limit(session, setting)})"
    face.say(f"{NAME_OF[setting]} of {channel.name}: {value}")
    return None


def _setting(name: str) -> RegistrationSetting:
    setting = SETTINGS.get(name)
    if setting is None:
        names = ", ".join(NAME_OF.values())
        raise Refusal(Reason.BAD_SETTING_VALUE, name, f"there are {names} and FOUNDER")
    return setting


def _words(text: str) -> str:
    """Modes by their letters (signs are nothing, for modes are kept as they are), in the realm's words."""
    letters = [letter for letter in text if letter not in "+- "]
    wrong = [letter for letter in letters if isinstance(CHANNEL_MODES.get(letter), ChannelRank | None)]
    if wrong:
        raise Refusal(Reason.BAD_SETTING_VALUE, "MLOCK", f"no mode to be kept is {wrong[0]}")
    return " ".join(CHANNEL_MODES[letter].value for letter in dict.fromkeys(letters))
