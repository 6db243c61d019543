"""Refusals as numerics: for each reason of the realm, what an IRC client is told."""

from __future__ import annotations

from collections.abc import Callable

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.modes import LETTER_OF_CHANNEL_MODE, LETTER_OF_WORD
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.wire.ircmsg import middle
from chatdaemon.wire.text import cut

Answer = tuple[Numeric, tuple[str, ...]]

# Of a value that is refused so much is repeated: there must be room for the reason.
MOST_OF_VALUE = 100


def _subject(numeric: Numeric) -> Callable[[Refusal], Answer]:
    """The numeric takes the subject alone."""
    return lambda refusal: (numeric, (middle(refusal.subject),))


def _both(numeric: Numeric) -> Callable[[Refusal], Answer]:
    """The numeric takes the subject and the detail, both words."""
    return lambda refusal: (numeric, (middle(refusal.subject), middle(refusal.detail)))


def _detail(numeric: Numeric) -> Callable[[Refusal], Answer]:
    """The numeric takes the subject, and the detail as its text."""
    return lambda refusal: (numeric, (middle(refusal.subject), refusal.detail))


def _says(numeric: Numeric, text: str) -> Callable[[Refusal], Answer]:
    """The numeric takes the subject and this text."""
    return lambda refusal: (numeric, (middle(refusal.subject), text))


def _plain(numeric: Numeric, *params: str) -> Callable[[Refusal], Answer]:
    """The numeric takes nothing of the refusal."""
    return lambda refusal: (numeric, params)


def _bad_value(refusal: Refusal, channel: str, text: str) -> Answer:
    """The numeric for a mode's value: the channel, the letter, the value and what is wrong with it."""
    letter, value = "*", "*"
    if refusal.change is not None:
        letter = LETTER_OF_CHANNEL_MODE[refusal.change.mode]
        value = cut(middle(refusal.change.value or ""), MOST_OF_VALUE)
    return n.ERR_INVALIDMODEPARAM, (middle(channel), letter, value, text)


def _kept(refusal: Refusal) -> Answer:
    """The numeric for a mode that is kept: the channel, its letter, and the letters of all that are kept."""
    letter = LETTER_OF_CHANNEL_MODE[refusal.change.mode] if refusal.change is not None else "*"
    letters = "".join(LETTER_OF_WORD.get(word, "") for word in refusal.detail.split())
    return n.ERR_MLOCKRESTRICTED, (middle(refusal.subject), letter, letters or "*")


# Reasons that are not here have no numeric: clients with standard-replies are sent a FAIL in place of the
# catch-all (standard-replies, "Capabilities").
ANSWERS: dict[Reason, Callable[[Refusal], Answer]] = {
    Reason.NOT_CONNECTED: _plain(n.ERR_NOTREGISTERED),
    Reason.ALREADY_CONNECTED: _plain(n.ERR_ALREADYREGISTERED),
    Reason.NO_SUCH_NICK: _subject(n.ERR_NOSUCHNICK),
    Reason.NO_SUCH_CHANNEL: _subject(n.ERR_NOSUCHCHANNEL),
    Reason.NO_SUCH_TARGET: _subject(n.ERR_NOSUCHNICK),
    Reason.BAD_NICK: _detail(n.ERR_ERRONEUSNICKNAME),
    Reason.NICK_IN_USE: _says(n.ERR_NICKNAMEINUSE, "Nickname is already in use"),
    Reason.BAD_CHANNEL_NAME: _detail(n.ERR_BADCHANMASK),
    Reason.NICK_CHANGE_FORBIDDEN: lambda refusal: (
        n.ERR_NONICKCHANGE,
        (f"Cannot change nickname while on {refusal.subject} (+N)",),
    ),
    Reason.BANNED_NICK_CHANGE: _both(n.ERR_BANNICKCHANGE),
    Reason.TOO_MANY_CHANNELS: _subject(n.ERR_TOOMANYCHANNELS),
    Reason.BANNED: _subject(n.ERR_BANNEDFROMCHAN),
    Reason.INVITE_ONLY: _subject(n.ERR_INVITEONLYCHAN),
    Reason.BAD_KEY: _subject(n.ERR_BADCHANNELKEY),
    Reason.CHANNEL_FULL: _subject(n.ERR_CHANNELISFULL),
    Reason.LOGIN_TO_JOIN: _subject(n.ERR_NEEDREGGEDNICK),
    Reason.NOT_ON_CHANNEL: _subject(n.ERR_NOTONCHANNEL),
    Reason.TARGET_NOT_ON_CHANNEL: _both(n.ERR_USERNOTINCHANNEL),
    Reason.ALREADY_ON_CHANNEL: _both(n.ERR_USERONCHANNEL),
    Reason.NEEDS_HALFOP: _says(n.ERR_CHANOPRIVSNEEDED, "You must be a channel half-operator"),
    Reason.NEEDS_OP: _says(n.ERR_CHANOPRIVSNEEDED, "You must be a channel operator"),
    Reason.NEEDS_FOUNDER: _says(n.ERR_CHANOPRIVSNEEDED, "You must be a channel founder"),
    Reason.OUTRANKED: lambda refusal: (
        n.ERR_CHANOPRIVSNEEDED,
        (middle(refusal.subject), f"{refusal.detail} has a rank that you cannot act on"),
    ),
    Reason.CANNOT_SPEAK: _says(n.ERR_CANNOTSENDTOCHAN, "Cannot send to channel"),
    Reason.MUTED: _says(n.ERR_CANNOTSENDTOCHAN, "Cannot send to channel (+b): you are banned or muted"),
    Reason.LOGIN_TO_SPEAK: _says(
        n.ERR_CANNOTSENDTOCHAN, "Cannot send to channel (+M): you must be logged in"
    ),
    Reason.NO_CTCP: _says(n.ERR_CANNOTSENDTOCHAN, "Cannot send CTCP to channel (+C)"),
    Reason.NO_NOTICE: _says(n.ERR_CANNOTSENDTOCHAN, "Cannot send notice to channel (+T)"),
    Reason.LOGIN_TO_MESSAGE: _subject(n.ERR_NONONREG),
    Reason.NO_CTCP_TO_USER: _says(n.ERR_CANTSENDTOUSER, "Cannot send CTCP to this user (+T)"),
    Reason.NOT_ACCEPTED: _subject(n.ERR_TARGUMODEG),
    Reason.CANNOT_PORTRAY: _detail(n.ERR_CANNOTSENDRP),
    Reason.NO_TEXT: _plain(n.ERR_NOTEXTTOSEND),
    Reason.CHANNEL_OPEN: _subject(n.ERR_CHANOPEN),
    Reason.KNOCKED_ALREADY: _subject(n.ERR_TOOMANYKNOCK),
    Reason.CANNOT_KNOCK: _says(n.ERR_KNOCKDENIED, "Cannot knock: you are banned"),
    Reason.NOT_INVITED: _both(n.ERR_NOTINVITED),
    Reason.ACCEPTED_ALREADY: _subject(n.ERR_ACCEPTEXIST),
    Reason.NOT_ON_ACCEPT_LIST: _subject(n.ERR_ACCEPTNOT),
    Reason.ACCEPT_FULL: _plain(n.ERR_ACCEPTFULL),
    Reason.SILENCE_FULL: _subject(n.ERR_SILELISTFULL),
    Reason.BAD_MODE_VALUE: lambda refusal: _bad_value(refusal, refusal.subject, refusal.detail),
    Reason.LIST_FULL: _both(n.ERR_BANLISTFULL),
    Reason.BAD_FORWARD: lambda refusal: _bad_value(
        refusal, refusal.detail, "This channel cannot be forwarded to"
    ),
    Reason.NOT_AN_OPERATOR: _plain(n.ERR_NOPRIVILEGES, "Permission denied: you are not an IRC operator"),
    Reason.NEEDS_PRIVILEGE: _subject(n.ERR_NOPRIVS),
    Reason.NICK_RESERVED: _says(n.ERR_NICKNAMEINUSE, "Nickname belongs to an account: log in to use it"),
    Reason.NICK_CONFUSABLE: _says(n.ERR_NICKNAMEINUSE, "Nickname looks too much like one that is registered"),
    Reason.NEEDS_ACCESS: _says(
        n.ERR_CHANOPRIVSNEEDED, "Your account does not have the access that this needs"
    ),
    Reason.MODE_KEPT: _kept,
}


# Codes that specifications have given (setname, account-registration, channel-rename); the others are the
# reasons' own names.
_CODES = {
    Reason.BAD_REALNAME: "INVALID_REALNAME",
    Reason.BAD_ACCOUNT_NAME: "BAD_ACCOUNT_NAME",
    Reason.NICK_MUST_MATCH: "ACCOUNT_NAME_MUST_BE_NICK",
    Reason.REGISTRATION_CLOSED: "DISALLOWED",
    Reason.EMAIL_NEEDED: "INVALID_EMAIL",
    Reason.BAD_CODE: "INVALID_CODE",
    Reason.CANNOT_RELAY: "PRIVS_NEEDED",
    Reason.BAD_RELAYED_NICK: "INVALID_NICK",
    Reason.NOTHING_TO_REDACT: "INVALID_TARGET",
    Reason.UNKNOWN_MESSAGE: "UNKNOWN_MSGID",
    Reason.CANNOT_REDACT: "REDACT_FORBIDDEN",
    Reason.REDACTION_TOO_LATE: "REDACT_WINDOW_EXPIRED",
    Reason.STORAGE_UNAVAILABLE: "TEMPORARILY_UNAVAILABLE",
}


def code_for(reason: Reason) -> str:
    """The reason as the code of a standard reply."""
    return _CODES.get(reason, reason.name)


def numeric_for(refusal: Refusal, command: str = "*") -> Answer:
    """The numeric for the refusal of this command, with its parameters: the catch-all where IRC has none of
    its own."""
    answer = ANSWERS.get(refusal.reason)
    return answer(refusal) if answer is not None else (n.ERR_UNKNOWNERROR, (command, text_of(refusal)))
