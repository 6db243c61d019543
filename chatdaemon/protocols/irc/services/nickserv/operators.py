"""What operators do about the accounts of others."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.services.nickserv.own import set_for
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV, fingerprint, known, moment
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm.accounts import Credentials, Standing
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    AddCertificate,
    ApproveAccount,
    ChangeCredentials,
    ChangeEmail,
    CreateInvitation,
    DropAccount,
    RegisterAccount,
    RestoreAccount,
    RevokeInvitation,
    SuspendAccount,
)

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

ACCOUNTS = Privilege.ACCOUNTS
# Nobody means more uses, or days, than have so many digits.
LONGEST_NUMBER = 4
# Of chance in a code of invitation.
INVITATION_BYTES = 6


@NICKSERV.subcommand(
    "SAREGISTER",
    "<account> <password> [<e-mail>]",
    "Registers an account for somebody.",
    least=2,
    privilege=ACCOUNTS,
)
def saregister(session: IRCSession, words: list[str], face: Face) -> Result:
    name, password = words[:2]
    email = words[2] if len(words) > 2 else None
    if email is not None:
        # Only looked at: an operator's word is enough for it.
        session.server.authentication.new_email(email, name)

    def ask(credentials: Credentials) -> Result:
        request = RegisterAccount(name, credentials, email, granted=True)
        return face.ask(request, f"The account {name} is registered")

    return face.wait(session.server.authentication.new_credentials(password), ask)


@NICKSERV.subcommand(
    "SAPASSWD", "<account> <password>", "Gives an account another password.", least=2, privilege=ACCOUNTS
)
def sapasswd(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])

    def ask(credentials: Credentials) -> Result:
        request = ChangeCredentials(credentials, account.name)
        return face.ask(request, f"The password of {account.name} is changed")

    return face.wait(session.server.authentication.new_credentials(words[1]), ask)


@NICKSERV.subcommand(
    "SASET",
    "<account> <setting> <value>",
    """Changes a setting of an account.
The settings are in HELP SET; EMAIL needs no confirmation then, and confirms the account.
CERT adds a certificate by its fingerprint.""",
    least=3,
    privilege=ACCOUNTS,
)
def saset(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])
    name, value = words[1].lower(), words[2]
    if name == "email":
        email = None if value == "*" else value
        session.server.authentication.new_email(email, account.name)
        return face.ask(ChangeEmail(email, None, account.name), f"EMAIL is {value} now")
    if name == "cert":
        return face.ask(AddCertificate(fingerprint(value), account.name), "The certificate is added")
    return set_for(name, value, account.name, face)


@NICKSERV.subcommand(
    "APPROVE", "<account>", "Lets an account that waits for it be used.", least=1, privilege=ACCOUNTS
)
def approve(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(ApproveAccount(words[0]), f"The account {words[0]} is approved")


@NICKSERV.subcommand(
    "REJECT", "<account>", "Drops an account that waits for approval.", least=1, privilege=ACCOUNTS
)
def reject(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])
    if account.standing is not Standing.AWAITING:
        raise Refusal(Reason.NOT_WAITING, account.name)
    return face.ask(DropAccount(account.name), f"The account {account.name} is rejected")


@NICKSERV.subcommand(
    "SUSPEND",
    "<account> <reason>",
    "Suspends an account: nobody can log in to it.",
    least=2,
    privilege=ACCOUNTS,
)
def suspend(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(SuspendAccount(words[0], face.text(1)), f"The account {words[0]} is suspended")


@NICKSERV.subcommand(
    "UNSUSPEND", "<account>", "Ends the suspension of an account.", least=1, privilege=ACCOUNTS
)
def unsuspend(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(RestoreAccount(words[0]), f"The account {words[0]} can be used again")


@NICKSERV.subcommand(
    "INVITE",
    "LIST | CREATE [<times> [<days> [<code>]]] | REVOKE <code>",
    """Makes codes by which people can register.
A code is good once, or so many times, and for so many days, or for ever (0). Where none is given one is
made up.""",
    least=1,
    privilege=ACCOUNTS,
)
def invite(session: IRCSession, words: list[str], face: Face) -> Result:
    what, *rest = words
    if what.upper() == "LIST":
        return _invitations(session, face)
    if what.upper() == "REVOKE" and rest:
        return face.ask(RevokeInvitation(rest[0]), f"The invitation {rest[0]} is revoked")
    if what.upper() != "CREATE" or len(rest) > 3:
        face.say_syntax()
        return None
    times, days, code = (*rest, *("1", "0", "")[len(rest) :])
    if not (_is_number(times) and _is_number(days)):
        face.say_syntax()
        return None
    code = code or secrets.token_hex(INVITATION_BYTES)
    until = int((session.server.now() + int(days) * 86400) * 1000) if int(days) else 0
    return face.ask(CreateInvitation(code, int(times), until), f"The invitation is {code}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def _invitations(session: IRCSession, face: Face) -> Steps:
    count = 0
    for each in tuple(session.realm.invitations.values()):
        count += 1
        until = f", until {moment(each.until)}" if each.until else ""
        face.say(f"  {each.code}: {each.uses} times more{until}, made by {each.by}")
        yield
    face.say(f"Invitations: {count}")
    return None
