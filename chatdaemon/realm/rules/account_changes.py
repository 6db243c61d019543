"""What the owner of an account changes about it: password, address, settings, certificates."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm.accounts import Account, AccountSetting, Standing
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import (
    AccountSettingChanged,
    AccountVerified,
    CertificatesChanged,
    CredentialsChanged,
    EmailChanged,
    Event,
)
from chatdaemon.realm.presence import custom_of
from chatdaemon.realm.records import keep
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    AddCertificate,
    ChangeAccountSetting,
    ChangeCredentials,
    ChangeEmail,
    RemoveCertificate,
)
from chatdaemon.realm.rules.acting import account_asked, told
from chatdaemon.realm.rules.sessions import end_presence
from chatdaemon.realm.settings import Custom
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies

_HEX = "0123456789abcdef"
# Where the server leaves nobody a choice.
DECIDED = {
    Custom.OFF: "this server does it for nobody",
    Custom.ALWAYS: "this server does it for everybody",
}


@applies(ChangeCredentials)
def change_credentials(state: State, entry: Entry, request: ChangeCredentials) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    if request.only_if is not None and request.only_if != account.credentials:
        raise Refusal(Reason.CREDENTIALS_CHANGED, account.name)
    keep(state, replace(account, credentials=request.credentials))
    audience, who = told(by)
    return (CredentialsChanged(audience, who, account.name),)


@applies(ChangeEmail)
def change_email(state: State, entry: Entry, request: ChangeEmail) -> tuple[Event, ...]:
    """Where addresses are to be confirmed, nobody goes without, or takes one as it is, but for an operator or
    the server; with that a new account needs no more confirmation."""
    by, account = account_asked(state, entry, request.account)
    own = by is not None and by.folded_account == state.fold(account.name)
    if own and state.settings.verify_email and (request.email is None or request.code is None):
        raise Refusal(Reason.EMAIL_NEEDED, account.name)
    audience, who = told(by)
    changed = EmailChanged(audience, who, account.name, request.email, request.code)
    if request.code is not None and request.email is not None:
        keep(state, replace(account, asked_email=request.email, code=request.code))
        return (changed,)
    verified = account.standing is Standing.UNVERIFIED
    standing = Standing.ACTIVE if verified else account.standing
    keep(state, replace(account, standing=standing, email=request.email, asked_email=None, code=None))
    if not verified:
        return (changed,)
    return (changed, AccountVerified(audience, who, account.name, standing))


@applies(ChangeAccountSetting)
def change_account_setting(state: State, entry: Entry, request: ChangeAccountSetting) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    if request.value not in ("on", "off", None):
        raise Refusal(Reason.BAD_SETTING_VALUE, request.setting, 'It can be "on" or "off"')
    custom = custom_of(state, request.setting)
    if request.value is not None and custom in DECIDED:
        raise Refusal(Reason.BAD_SETTING_VALUE, request.setting, DECIDED[custom])
    settings = {setting: value for setting, value in account.settings.items() if setting != request.setting}
    if request.value is not None:
        settings[request.setting] = request.value
    keep(state, replace(account, settings=settings))
    audience, who = told(by)
    events: tuple[Event, ...] = (
        AccountSettingChanged(audience, who, account.name, request.setting, request.value),
    )
    if request.setting is AccountSetting.ALWAYS_ON:
        for user in tuple(state.logged_in.get(state.fold(account.name), ())):
            events += end_presence(state, user, entry.at)
    return events


def check_certificate(state: State, fingerprint: str, lapsed: Account | None = None) -> None:
    """Raise Refusal unless this is a fingerprint, and of no account but one that is about to go."""
    if len(fingerprint) != 64 or fingerprint.strip(_HEX):
        text = "A fingerprint is a SHA-256, 64 hexadecimal digits in small letters"
        raise Refusal(Reason.BAD_SETTING_VALUE, "certificate", text)
    owner = state.certificates.get(fingerprint)
    if owner is not None and state.accounts[owner] is not lapsed:
        raise Refusal(Reason.CERTIFICATE_KNOWN, fingerprint)


@applies(AddCertificate)
def add_certificate(state: State, entry: Entry, request: AddCertificate) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    check_certificate(state, request.fingerprint)
    if len(account.certificates) >= state.settings.certificates_per_account:
        raise Refusal(Reason.TOO_MANY_CERTIFICATES, account.name)
    keep(state, replace(account, certificates=(*account.certificates, request.fingerprint)))
    audience, who = told(by)
    return (CertificatesChanged(audience, who, account.name, request.fingerprint, True),)


@applies(RemoveCertificate)
def remove_certificate(state: State, entry: Entry, request: RemoveCertificate) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    if request.fingerprint not in account.certificates:
        raise Refusal(Reason.NO_SUCH_CERTIFICATE, request.fingerprint)
    left = tuple(each for each in account.certificates if each != request.fingerprint)
    keep(state, replace(account, certificates=left))
    audience, who = told(by)
    return (CertificatesChanged(audience, who, account.name, request.fingerprint, False),)
