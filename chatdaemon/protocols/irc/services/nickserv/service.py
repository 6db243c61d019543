"""The service itself, and what its subcommands share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.services.service import Face, Service
from chatdaemon.realm.accounts import Account
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

NICKSERV = Service("NickServ", "registers accounts, and keeps nicknames for them", ("NS", "NICKSERV"))


def known(session: IRCSession, name: str) -> Account:
    """The account of this name, or that this nick belongs to. Raises Refusal when there is none."""
    account = session.realm.account(name) or session.realm.owner(name)
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, name)
    return account


def own(session: IRCSession) -> Account:
    """The account that somebody is logged in to. Raises Refusal when it is none."""
    account = session.realm.account_of(session.me)
    if account is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    return account


def named_or_own(session: IRCSession, words: list[str]) -> Account:
    """The account that the first word names, or else one's own. Raises Refusal."""
    return known(session, words[0]) if words else own(session)


def is_of(session: IRCSession, account: Account) -> bool:
    """Whether somebody may know all of the account: its owner, and operators for accounts."""
    return session.realm.account_of(session.me) is account or session.me.may(Privilege.ACCOUNTS)


def say_code_sent(face: Face, account: str, email: str | None) -> None:
    """Say what there is to do with the code that was sent."""
    face.say(f"A code has been sent to {email}. To go on: /msg NickServ VERIFY {account} <code>")


def moment(at: int) -> str:
    """A time of the realm, for people."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at // 1000))


def fingerprint(text: str) -> str:
    """A certificate's fingerprint as it is kept, however somebody has written it."""
    return text.replace(":", "").lower()
