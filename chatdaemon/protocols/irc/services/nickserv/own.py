"""PASSWD, SET, GET and CERT: what the owner of an account says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV, fingerprint, own, say_code_sent
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm.accounts import Account, AccountSetting, Credentials
from chatdaemon.realm.presence import custom_of, is_done
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    AddCertificate,
    ChangeAccountSetting,
    ChangeCredentials,
    RemoveCertificate,
)
from chatdaemon.realm.settings import Custom

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

MEANINGS = {
    AccountSetting.ENFORCE: "nobody else may use your nicknames",
    AccountSetting.ALWAYS_ON: "you stay in your channels when your last client leaves, and read later",
    AccountSetting.AUTO_AWAY: "you are away while you stay with no client",
    AccountSetting.PRIVATE: "others learn nothing of your account but that there is one",
}
# What is so, and what is not.
OUTCOMES = {
    AccountSetting.ALWAYS_ON: (
        "you stay in your channels when your last client leaves",
        "you leave with your last client",
    ),
    AccountSetting.AUTO_AWAY: (
        "who is always on is away while no client is there",
        "who is always on does not become away when the last client leaves",
    ),
}
CUSTOMS = {
    Custom.OFF: "this server does it for nobody",
    Custom.OPT_IN: "off unless you set it",
    Custom.OPT_OUT: "on unless you set it",
    Custom.ALWAYS: "this server does it for everybody",
}


@NICKSERV.subcommand(
    "PASSWD",
    "<password> <new password>",
    """Changes your password.
Who has none, and logs in by a certificate, gives * as the old one.""",
    least=2,
)
def passwd(session: IRCSession, words: list[str], face: Face) -> Result:
    account = own(session)
    old, new = words[:2]
    authentication = session.server.authentication

    def ask(credentials: Credentials) -> Result:
        # Of an account that was changed meanwhile nothing is changed.
        request = ChangeCredentials(credentials, only_if=account.credentials)
        return face.ask(request, "Your password is changed")

    def change(_: str | None) -> Result:
        return face.wait(authentication.new_credentials(new), ask)

    if account.credentials == Credentials():
        return change(None)
    return face.wait(authentication.log_in(account.name, old, session.client), change)


@NICKSERV.subcommand(
    "SET",
    "<setting> <value>",
    "\n".join(
        (
            "Changes the settings of your account.",
            "ON, OFF, or DEFAULT for what the server has everybody do:",
            *(f"{setting.value.upper()}: {meaning}." for setting, meaning in MEANINGS.items()),
            "And what has a value of its own:",
            "EMAIL <address>: your e-mail address; * takes it away.",
            "PASSWORD <password> <new password>: the same as PASSWD.",
        )
    ),
    least=2,
)
def set_(session: IRCSession, words: list[str], face: Face) -> Result:
    name, value = words[0].lower(), words[1]
    account = own(session)
    if name == "email":
        return _set_email(session, account, None if value == "*" else value, face)
    if name == "password":
        if len(words) < 3:
            face.say_syntax()
            return None
        return passwd(session, words[1:], face)
    return set_for(name, value, None, face)


def set_for(name: str, value: str, account: str | None, face: Face) -> Result:
    """Set one of the settings that are on or off, for one's own account (None) or another."""
    if name not in tuple(AccountSetting):
        face.say(f'There is no setting "{name}". /msg NickServ HELP SET lists them.')
        return None
    setting, wanted = AccountSetting(name), value.lower()
    request = ChangeAccountSetting(setting, wanted if wanted != "default" else None, account)
    custom = custom_of(face.session.realm, setting)
    if custom is None:
        return face.ask(request, f"{setting.value.upper()} is {wanted} now")

    def done(session: IRCSession, _: object) -> Result:
        found = session.realm.account(account) if account is not None else own(session)
        assert found is not None
        face.say(f"{setting.value.upper()} is {wanted} now: {meant(session, found, setting)}.")
        return None

    return face.ask(request, done)


def meant(session: IRCSession, account: Account, setting: AccountSetting) -> str:
    """What a setting comes to that the server may decide."""
    custom = custom_of(session.realm, setting)
    assert custom is not None
    on, off = OUTCOMES[setting]
    return on if is_done(custom, account, setting) else off


def _set_email(session: IRCSession, account: Account, email: str | None, face: Face) -> Result:
    request = session.server.authentication.new_email(email, account.name)
    if request.email is None:
        return face.ask(request, "Your account has no e-mail address now")
    if request.code is None:
        return face.ask(request, f"Your e-mail address is {email} now")
    return face.ask(request, lambda *_: say_code_sent(face, account.name, request.email))


@NICKSERV.subcommand("GET", "[<setting>]", "Shows the settings of your account.")
def get(session: IRCSession, words: list[str], face: Face) -> Result:
    account = own(session)
    rows = [(setting.value.upper(), _value(session, account, setting)) for setting in AccountSetting]
    address = account.email or "none"
    if account.asked_email is not None:
        address = f"{address}; {account.asked_email} is still to be confirmed"
    rows.append(("EMAIL", address))
    wanted = words[0].upper() if words else None
    found = [row for row in rows if wanted in (None, row[0])]
    if not found:
        face.say(f'There is no setting "{words[0]}". /msg NickServ HELP SET lists them.')
    face.say_rows(found)
    return None


def _value(session: IRCSession, account: Account, setting: AccountSetting) -> str:
    """A setting as it is shown to the owner of the account."""
    value = account.settings.get(setting, "default")
    custom = custom_of(session.realm, setting)
    if custom is None:
        return value
    return f"{value} ({CUSTOMS[custom]}): {meant(session, account, setting)}"


@NICKSERV.subcommand(
    "CERT",
    "LIST | ADD [<fingerprint>] | DEL [<fingerprint>]",
    """Keeps the client certificates that log in to your account.
Your client can log in by one with the SASL mechanism EXTERNAL. Without a fingerprint (SHA-256) the
certificate is meant that you are connected with.""",
    least=1,
)
def cert(session: IRCSession, words: list[str], face: Face) -> Result:
    account = own(session)
    what = words[0].upper()
    if what == "LIST":
        for known in account.certificates:
            face.say(f"  {known}{' (this connection)' if known == session.certificate else ''}")
        face.say(f"Certificates: {len(account.certificates)}")
        return None
    if what not in ("ADD", "DEL"):
        face.say_syntax()
        return None
    print_ = fingerprint(words[1]) if len(words) > 1 else session.certificate
    if print_ is None:
        face.say("You are connected without a certificate: give the fingerprint of the one that you mean.")
        return None
    if what == "ADD":
        return face.ask(AddCertificate(print_), f"The certificate {print_} logs in to your account now")
    if print_ not in account.certificates:
        raise Refusal(Reason.NO_SUCH_CERTIFICATE, print_)
    return face.ask(RemoveCertificate(print_), f"The certificate {print_} is taken away")
