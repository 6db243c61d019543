"""INFO, STATUS, ACC, SESSIONS and LIST: what there is to know of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.services.nickserv.service import (
    NICKSERV,
    is_of,
    moment,
    named_or_own,
)
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm.accounts import Account, AccountSetting, Standing
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.presence import is_done

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

STANDINGS = {
    Standing.UNVERIFIED: "its e-mail address is still to be confirmed",
    Standing.AWAITING: "it waits for the approval of an operator",
    Standing.SUSPENDED: "it is suspended",
}


@NICKSERV.subcommand("INFO", "[<account>]", "Shows what there is to know of an account, or of your own.")
def info(session: IRCSession, words: list[str], face: Face) -> Result:
    account = named_or_own(session, words or [session.me.account or session.nick])
    mine = is_of(session, account)
    face.say(f"The account {account.name}:")
    if account.settings.get(AccountSetting.PRIVATE) == "on" and not mine:
        face.say("It is registered. Its owner shows nothing else.")
        return None
    rows = [("Registered", moment(account.registered_at))]
    users = session.realm.logged_in.get(session.realm.fold(account.name), {})
    if users:
        rows.append(("Here as", ", ".join(user.nick for user in users)))
    else:
        rows.append(("Last seen", moment(account.last_seen_at)))
    if account.nicks:
        rows.append(("Nicknames", ", ".join((account.name, *account.nicks))))
    if account.vhost is not None:
        rows.append(("Host", account.vhost))
    if account.standing in STANDINGS:
        note = f": {account.note}" if account.note else ""
        rows.append(("Standing", f"{STANDINGS[account.standing]}{note}"))
    if mine:
        rows += _more(session, account)
    face.say_rows(rows)
    return None


def _more(session: IRCSession, account: Account) -> list[tuple[str, str]]:
    """What its owner is shown beside what everybody may know."""
    rows = []
    if account.email is not None:
        rows.append(("E-mail", account.email))
    if account.asked_email is not None:
        rows.append(("E-mail", f"{account.asked_email} (still to be confirmed)"))
    if account.asked_vhost is not None:
        rows.append(("Host asked", account.asked_vhost))
    channels = session.realm.founded.get(session.realm.fold(account.name), {})
    if channels:
        rows.append(("Founder of", ", ".join(channel.name for channel in channels)))
    rows.append(("Certificates", str(len(account.certificates))))
    stays = is_done(session.realm.settings.always_on, account, AccountSetting.ALWAYS_ON)
    rows.append(("Always on", "yes" if stays else "no"))
    settings = ", ".join(f"{setting.value} {value}" for setting, value in account.settings.items())
    rows.append(("Settings", settings or "as the server has them"))
    return rows


def _login_of(session: IRCSession, nick: str) -> tuple[str, int, str]:
    """A nick, whether who uses it is its owner (3), somebody else (1), or nobody at all or not a registered
    one's (0), and the account that they are logged in to."""
    user = session.realm.user(nick)
    owner = session.realm.owner(nick)
    account = user.account if user is not None and user.account is not None else "*"
    if user is None or owner is None:
        return (user.nick if user is not None else nick), 0, account
    return user.nick, 3 if owner.name == user.account else 1, account


@NICKSERV.subcommand(
    "STATUS",
    "[<nickname> ...]",
    """Shows whether somebody is logged in to the account of their nickname.
The answer is STATUS, the nickname, a digit and the account: 3 for who is, 1 for who is not, 0 where the
nickname is not registered, or nobody has it.""",
)
def status(session: IRCSession, words: list[str], face: Face) -> Result:
    for nick in words or [session.nick]:
        name, digit, account = _login_of(session, nick)
        face.say(f"STATUS {name} {digit} {account}")
    return None


@NICKSERV.subcommand("ACC", "[<nickname>]", "The same as STATUS, as other services answer it.", hidden=True)
def acc(session: IRCSession, words: list[str], face: Face) -> Result:
    name, digit, _ = _login_of(session, words[0] if words else session.nick)
    face.say(f"{name} ACC {digit}")
    return None


@NICKSERV.subcommand(
    "LIST",
    "[<mask>]",
    """Lists accounts whose name fits a mask with * and ?.
Those that cannot be used are said to be so.""",
    privilege=Privilege.ACCOUNTS,
)
def list_(session: IRCSession, words: list[str], face: Face) -> Result:
    return _listing(session, words[0] if words else "*", face, None)


@NICKSERV.subcommand(
    "WAITING", "", "Lists accounts that wait for your approval.", privilege=Privilege.ACCOUNTS
)
def waiting(session: IRCSession, words: list[str], face: Face) -> Result:
    return _listing(session, "*", face, Standing.AWAITING)


def _listing(session: IRCSession, mask: str, face: Face, standing: Standing | None) -> Steps:
    fits = compile_glob(session.realm.fold(mask))
    count = 0
    for folded, account in tuple(session.realm.accounts.items()):
        if fits(folded) and standing in (None, account.standing):
            count += 1
            note = f" ({STANDINGS[account.standing]})" if account.standing in STANDINGS else ""
            face.say(f"  {account.name}, registered {moment(account.registered_at)}{note}")
            yield
    face.say(f"Accounts: {count}")
    return None
