"""PERSISTENCE: staying without clients, asked for by a client (IRCv3 draft/persistence)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.numerics import ERR_UNKNOWNCOMMAND
from chatdaemon.protocols.irc.persistence import CAPABILITY, send_status
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.accounts import AccountSetting
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeAccountSetting
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

VALUES = {"ON": "on", "OFF": "off", "DEFAULT": None}


@command("PERSISTENCE")
def persistence(session: IRCSession, message: Message) -> Result:
    """The specification's own FAILs answer it, so it is for those who have the capability. Subcommands that
    it does not know are passed over, as it says."""
    if not session.has(CAPABILITY):
        session.numeric(ERR_UNKNOWNCOMMAND, "PERSISTENCE")
        return None
    name, *values = [param.upper() for param in message.params] or [""]
    if name not in ("GET", "SET"):
        if not name:
            _fail(session, "INVALID_PARAMETERS", "It takes GET, or SET and ON, OFF or DEFAULT")
        return None
    if session.me.account is None:
        _fail(session, "ACCOUNT_REQUIRED", "An account is required")
        return None
    if name == "GET":
        send_status(session)
        return None
    if len(values) != 1 or values[0] not in VALUES:
        _fail(session, "INVALID_PARAMETERS", "It can be ON, OFF or DEFAULT")
        return None
    request = ChangeAccountSetting(AccountSetting.ALWAYS_ON, VALUES[values[0]])
    return Asking(request, answered=_answered, refused=_refused)


def _answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
    send_status(session)
    return None


def _refused(session: IRCSession, refusal: Refusal) -> Result:
    if refusal.reason is Reason.BAD_SETTING_VALUE:
        # The server does it for everybody, or for nobody. That is no failure (draft/persistence, "Errors and
        # Warnings").
        session.send_standard_reply("NOTE", "PERSISTENCE", "NOT_CHANGED", text=text_of(refusal))
        send_status(session)
    else:
        _fail(session, "INTERNAL_ERROR", text_of(refusal))
    return None


def _fail(session: IRCSession, code: str, text: str) -> None:
    session.send_standard_reply("FAIL", "PERSISTENCE", code, text=text)
