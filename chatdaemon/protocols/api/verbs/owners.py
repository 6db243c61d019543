"""The ops of `ops.accounts` with which people look after the account that is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.owners import account_in_hand, known_account, own_account
from chatdaemon.protocols.api.table import Result, performs, user_of
from chatdaemon.protocols.api.verbs.accounts import failed
from chatdaemon.realm import events, policy, requests
from chatdaemon.realm.accounts import Account, AccountSetting, Credentials, Standing
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.presence import custom_of, is_done
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import State
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

T = TypeVar("T")


class AccountObject(TypedDict):
    """An account. `settings` are as its owner has set them; `done` is what holds of those that the server may
    decide. Of what is from `email` on only its owner and operators are told."""

    account: str
    private: NotRequired[bool]
    registered: NotRequired[str]
    standing: NotRequired[Standing]
    note: NotRequired[str]
    nicks: NotRequired[list[str]]
    users: NotRequired[list[str]]
    seen: NotRequired[str]
    host: NotRequired[str]
    email: NotRequired[str]
    email_asked: NotRequired[str]
    host_asked: NotRequired[str]
    channels: NotRequired[list[str]]
    certificates: NotRequired[list[str]]
    settings: NotRequired[dict[str, str]]
    done: NotRequired[dict[str, bool]]


@performs(ops.Account, AccountObject)
def account(session: APISession, op: ops.Account) -> Result:
    user, realm = user_of(session), session.realm
    found = known_account(realm, op.account) if op.account is not None else own_account(realm, user)
    own = found is realm.account_of(user)
    return account_object(realm, found, everything=own or user.may(Privilege.ACCOUNTS))


def account_object(realm: State, account: Account, *, everything: bool) -> Object:
    """What may be known of an account."""
    if account.settings.get(AccountSetting.PRIVATE) == "on" and not everything:
        return {"account": account.name, "private": True}
    found: Object = {
        "account": account.name,
        "registered": iso(account.registered_at),
        "standing": account.standing.value,
        "nicks": [account.name, *account.nicks],
    }
    folded = realm.fold(account.name)
    users = [user.nick for user in realm.logged_in.get(folded, {})]
    if users:
        found["users"] = users
    else:
        found["seen"] = iso(account.last_seen_at)
    shown = {"note": account.note, "host": account.vhost}
    if everything:
        shown |= {
            "email": account.email,
            "email_asked": account.asked_email,
            "host_asked": account.asked_vhost,
        }
        found["channels"] = [channel.name for channel in realm.founded.get(folded, {})]
        found["certificates"] = list(account.certificates)
        found["settings"] = {setting.value: value for setting, value in account.settings.items()}
        customs = [(setting, custom_of(realm, setting)) for setting in AccountSetting]
        found["done"] = {
            setting.value: is_done(custom, account, setting) for setting, custom in customs if custom
        }
    found.update((name, value) for name, value in shown.items() if value)
    return found


def asking(
    session: APISession, name: str, first: Deferred[T], then: Callable[[T], Result | Deferred[Result]]
) -> Deferred[Result]:
    """Go on with what comes of a check of passwords, or of making something to be kept of one; or say why it
    comes to nothing. `name` is the account's."""

    async def go_on() -> Result:
        found = await first
        if session.closing:
            return None
        result = then(found)
        return await result if isinstance(result, Deferred) else result

    return Deferred.fromCoroutine(go_on()).addErrback(failed, session, name)


@performs(ops.RenewCode, events.CodeRenewed)
def renew_code(session: APISession, op: ops.RenewCode) -> Result | Deferred[Result]:
    user, realm = user_of(session), session.realm
    found = known_account(realm, op.account) if op.account is not None else own_account(realm, user)
    if found.code is None:
        raise Refusal(Reason.NOTHING_TO_VERIFY, op.account or found.name)
    renewed = maybeDeferred(session.server.authentication.renew_code, found.name)
    return asking(session, found.name, renewed, lambda request: request)


@performs(ops.ChangePassword, events.CredentialsChanged)
def change_password(session: APISession, op: ops.ChangePassword) -> Result | Deferred[Result]:
    user, realm, authentication = user_of(session), session.realm, session.server.authentication
    found = account_in_hand(realm, user, op.account)
    name = found.name
    if found is not realm.account_of(user):
        made = authentication.new_credentials(op.new)
        return asking(session, name, made, lambda kept: requests.ChangeCredentials(kept, name))

    def change(_: str | None) -> Deferred[Result]:
        # Of an account that was changed meanwhile nothing is changed.
        made = authentication.new_credentials(op.new)
        only_if = found.credentials
        return asking(session, name, made, lambda kept: requests.ChangeCredentials(kept, only_if=only_if))

    if found.credentials == Credentials():
        return change(None)
    if op.password is None:
        raise Fault(Code.BAD_REQUEST, "The password that the account has is needed", "$.password")
    return asking(session, name, authentication.log_in(name, op.password, session.client), change)


@performs(ops.ChangeEmail, events.EmailChanged, events.AccountVerified)
def change_email(session: APISession, op: ops.ChangeEmail) -> Result | Deferred[Result]:
    user, realm = user_of(session), session.realm
    found = account_in_hand(realm, user, op.account)
    made = maybeDeferred(session.server.authentication.new_email, op.email or None, found.name)
    if found is realm.account_of(user):
        return asking(session, found.name, made, lambda request: request)
    # Only looked at: an operator's word is enough for it.
    return asking(
        session, found.name, made, lambda _: requests.ChangeEmail(op.email or None, None, found.name)
    )


@performs(ops.AccountSet, events.AccountSettingChanged)
def account_set(session: APISession, op: ops.AccountSet) -> Result:
    return requests.ChangeAccountSetting(op.setting, op.value, op.account)


@performs(ops.CertificateAdd, events.CertificatesChanged)
def certificate_add(session: APISession, op: ops.CertificateAdd) -> Result:
    return requests.AddCertificate(_fingerprint(session, op.fingerprint), op.account)


@performs(ops.CertificateRemove, events.CertificatesChanged)
def certificate_remove(session: APISession, op: ops.CertificateRemove) -> Result:
    fingerprint = _fingerprint(session, op.fingerprint)
    if fingerprint not in account_in_hand(session.realm, user_of(session), op.account).certificates:
        raise Refusal(Reason.NO_SUCH_CERTIFICATE, fingerprint)
    return requests.RemoveCertificate(fingerprint, op.account)


def _fingerprint(session: APISession, given: str | None) -> str:
    """As it is kept, however somebody has written it."""
    found = given.replace(":", "").lower() if given is not None else session.certificate
    if found is None:
        raise Fault(Code.BAD_REQUEST, "This connection has no certificate: say which", "$.fingerprint")
    return found


@performs(ops.NickGroup, events.NicksChanged)
def nick_group(session: APISession, op: ops.NickGroup) -> Result:
    return requests.GroupNick()


@performs(ops.NickUngroup, events.NicksChanged)
def nick_ungroup(session: APISession, op: ops.NickUngroup) -> Result:
    return requests.UngroupNick(op.nick if op.nick is not None else user_of(session).nick)


@performs(ops.NickReclaim, events.NickChanged)
def nick_reclaim(session: APISession, op: ops.NickReclaim) -> Result:
    return requests.ReclaimNick(op.nick, op.take)


@performs(ops.AccountDrop, events.AccountDropped)
def account_drop(session: APISession, op: ops.AccountDrop) -> Result:
    user, realm = user_of(session), session.realm
    found = realm.account(op.account)
    if found is None or found is not realm.account_of(user):
        policy.check_privilege(user, Privilege.ACCOUNTS)
    return requests.DropAccount(op.account)


@performs(ops.HostAsk, events.VirtualHostAsked)
def host_ask(session: APISession, op: ops.HostAsk) -> Result:
    return requests.AskVirtualHost(op.host)
