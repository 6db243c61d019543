"""REGISTER, VERIFY, RESEND, IDENTIFY, LOGOUT and DROP: from the first day of an account to the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.accounts.devices import split_device
from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.logins import enter
from chatdaemon.protocols.irc.services.nickserv.service import (
    NICKSERV,
    is_of,
    known,
    named_or_own,
    own,
    say_code_sent,
)
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Standing
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import DropAccount, RegisterAccount, SetAccount, VerifyAccount

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@NICKSERV.subcommand(
    "REGISTER",
    "<password> [<e-mail> [<invitation>]]",
    """Registers an account for your nickname.
From then on the nickname is yours: log in with IDENTIFY, or have your client do it (SASL).
* in the place of the e-mail address is none. Who has connected with a client certificate may give * as the
password: the certificate is what logs in then.
An invitation is needed where the server takes new accounts only from those who were invited.""",
    least=1,
)
def register(session: IRCSession, words: list[str], face: Face) -> Result:
    email = words[1] if len(words) > 1 and words[1] != "*" else None
    invitation = words[2] if len(words) > 2 else None
    if session.me.account is not None:
        raise Refusal(Reason.ALREADY_LOGGED_IN, session.me.account)

    def ask(request: RegisterAccount) -> Result:
        return face.ask(request, lambda session, _: _registered(session, face, request))

    made = session.server.authentication.registration(
        session.nick, words[0], email, invitation, session.client
    )
    return face.wait(made, ask)


def _registered(session: IRCSession, face: Face, request: RegisterAccount) -> Result:
    account = known(session, request.account)
    face.say(f"The account {account.name} is registered.")
    if account.standing is Standing.UNVERIFIED:
        say_code_sent(face, account.name, request.email)
    elif account.standing is Standing.AWAITING:
        face.say("An operator has to approve of it before it can be used.")
    return None


@NICKSERV.subcommand(
    "VERIFY",
    "[<account>] <code>",
    "Confirms your e-mail address by the code that was sent to it.",
    least=1,
)
def verify(session: IRCSession, words: list[str], face: Face) -> Result:
    name, code = words[:2] if len(words) > 1 else (session.me.account or session.nick, words[0])

    def verified(session: IRCSession, _: Sequence[Happening]) -> Result:
        account = known(session, name)
        face.say(f"The e-mail address of {account.name} is confirmed.")
        if account.standing is Standing.AWAITING:
            face.say("An operator has to approve of the account before it can be used.")
        return None

    return face.ask(VerifyAccount(name, code), verified)


@NICKSERV.subcommand(
    "RESEND", "[<account>]", "Sends another code to the e-mail address that is to be confirmed."
)
def resend(session: IRCSession, words: list[str], face: Face) -> Result:
    name = words[0] if words else session.me.account or session.nick
    if known(session, name).code is None:
        raise Refusal(Reason.NOTHING_TO_VERIFY, name)
    return face.ask(session.server.authentication.renew_code(name), "Another code has been sent")


@NICKSERV.subcommand(
    "IDENTIFY",
    "[<account>] <password>",
    """Logs you in to your account.
Without an account that of your nickname is meant. Better have your client log in as it connects (SASL).
<account>@<device> names your client too: DEVICES lists them.""",
    least=1,
)
def identify(session: IRCSession, words: list[str], face: Face) -> Result:
    name, password = words[:2] if len(words) > 1 else (session.nick, words[0])
    name, device = split_device(name)
    proven = session.server.authentication.log_in(name, password, session.client)
    return face.wait(proven, lambda account: enter(session, account, lambda _: None, face.refused, device))


NICKSERV.subcommand("LOGIN", "[<account>] <password>", "The same as IDENTIFY.", least=1, hidden=True)(
    identify
)
NICKSERV.subcommand("ID", "[<account>] <password>", "The same as IDENTIFY.", least=1, hidden=True)(identify)


@NICKSERV.subcommand("LOGOUT", "", "Logs you out of your account.")
def logout(session: IRCSession, words: list[str], face: Face) -> Result:
    own(session)
    return face.ask(SetAccount(None), "You are logged out")


@NICKSERV.subcommand(
    "DROP",
    "[<account>] [<code>]",
    """Drops your account, for good.
Its nicknames are free for everybody then; channels that it has founded go to whoever has the most access to
them, and are dropped otherwise. You are told a code to confirm it by. Operators drop those of others.""",
)
def drop(session: IRCSession, words: list[str], face: Face) -> Result:
    account = named_or_own(session, words)
    if not is_of(session, account):
        # Nobody is asked to confirm what they could not do.
        policy.check_privilege(session.me, Privilege.ACCOUNTS)
    if not words:
        face.rest = account.name
    warning = f"The account {account.name} will be gone for good, with all that belongs to it"
    if not face.confirmed(words[1] if len(words) > 1 else None, str(account.id), warning):
        return None
    return face.ask(DropAccount(account.name), f"The account {account.name} is gone")
