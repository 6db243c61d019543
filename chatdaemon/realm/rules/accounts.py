"""Accounts: how one comes to be, can be used, and ends."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm.accounts import Account, Invitation, Standing
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import (
    AccountApproved,
    AccountDropped,
    AccountRegistered,
    AccountRestored,
    AccountSuspended,
    AccountVerified,
    CodeRenewed,
    Event,
)
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.ownership import is_lapsed, is_service, look_alikes, looks_like_service
from chatdaemon.realm.records import forget, keep
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ApproveAccount,
    DropAccount,
    RegisterAccount,
    RenewCode,
    RestoreAccount,
    SuspendAccount,
    VerifyAccount,
)
from chatdaemon.realm.rules.account_changes import check_certificate
from chatdaemon.realm.rules.acting import account_asked, known_account, privileged, told
from chatdaemon.realm.rules.invitations import good_invitation, use_invitation
from chatdaemon.realm.rules.logins import log_in, put_out
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.rules.registrations import founder_gone
from chatdaemon.realm.rules.tokens import tokens_gone
from chatdaemon.realm.settings import Policy
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut


@applies(RegisterAccount)
def register_account(state: State, entry: Entry, request: RegisterAccount) -> tuple[Event, ...]:
    """The actor may be a session that has no user yet: nobody is logged in then, and the session comes in
    with the account afterwards (Connect)."""
    by = state.sessions.get(entry.actor or "")
    invitation = None
    if request.granted:
        privileged(state, entry, Privilege.ACCOUNTS)
    else:
        invitation = _check_policy(state, entry, request, by)
    lapsed = _check_name(state, entry, request, by)
    if request.certificate is not None:
        check_certificate(state, request.certificate, lapsed)
    audience, who = told(by)
    events: tuple[Event, ...] = ()
    if lapsed is not None:
        dropped = AccountDropped(audience, who, lapsed.name, lapsed.id)
        events += (dropped, *end_account(state, entry, lapsed))
    if invitation is not None:
        events += (use_invitation(state, invitation, by),)
    account = _made(state, entry, request)
    keep(state, account)
    events += (
        AccountRegistered(audience, who, account.name, account.standing, request.email, request.code),
        notice(state, _announcement(account, by, request.granted)),
    )
    if by is not None and account.standing is Standing.ACTIVE and not request.granted:
        events += log_in(state, entry, by, account)
    return events


def _check_policy(state: State, entry: Entry, request: RegisterAccount, by: User | None) -> Invitation | None:
    """Raise Refusal unless the server lets this actor register an account; the invitation that it uses up."""
    if by is not None and by.account is not None:
        raise Refusal(Reason.ALREADY_LOGGED_IN, by.account)
    settings = state.settings
    invitation = None
    if settings.registration is Policy.CLOSED:
        raise Refusal(Reason.REGISTRATION_CLOSED)
    if settings.registration is Policy.INVITATION:
        invitation = good_invitation(state, request.invitation, entry.at)
    if settings.verify_email and (request.email is None or request.code is None):
        raise Refusal(Reason.EMAIL_NEEDED, request.account)
    return invitation


def _check_name(state: State, entry: Entry, request: RegisterAccount, by: User | None) -> Account | None:
    """Raise Refusal unless there may be an account of this name now; one that it takes the place of."""
    name = request.account
    fault = state.naming.nick_fault(name, state.settings.nick_length)
    if fault:
        raise Refusal(Reason.BAD_ACCOUNT_NAME, name, fault)
    if is_service(state, name):
        raise Refusal(Reason.BAD_ACCOUNT_NAME, name, "This name belongs to a service")
    lapsed = state.owner(name)
    if lapsed is not None and not is_lapsed(lapsed, entry.at):
        raise Refusal(Reason.ACCOUNT_EXISTS, name)
    if request.granted:
        return lapsed
    if by is not None and state.settings.nick_is_account and state.fold(name) != by.folded:
        raise Refusal(Reason.NICK_MUST_MATCH, name, by.nick)
    if state.user(name) not in (None, by):
        raise Refusal(Reason.NICK_IN_USE, name)
    if state.settings.confusables and (
        looks_like_service(name) or any(not is_lapsed(each, entry.at) for each in look_alikes(state, name))
    ):
        raise Refusal(Reason.NICK_CONFUSABLE, name)
    return lapsed


def _made(state: State, entry: Entry, request: RegisterAccount) -> Account:
    if request.code is not None:
        standing = Standing.UNVERIFIED
    elif state.settings.registration is Policy.APPROVAL and not request.granted:
        standing = Standing.AWAITING
    else:
        standing = Standing.ACTIVE
    return Account(
        id=entry.index,
        name=request.account,
        registered_at=entry.at,
        standing=standing,
        credentials=request.credentials,
        certificates=(request.certificate,) if request.certificate is not None else (),
        email=request.email if request.code is None else None,
        asked_email=request.email if request.code is not None else None,
        code=request.code,
        last_seen_at=entry.at,
    )


def _announcement(account: Account, by: User | None, granted: bool) -> str:
    """What operators are told of a new account."""
    if granted:
        return f"{by.nick if by is not None else 'server'} registered the account {account.name} for somebody"
    asker = by.nick if by is not None else "Somebody who is not connected yet"
    if account.standing is Standing.AWAITING:
        return f"{asker} registered the account {account.name}, which waits for approval"
    return f"{asker} registered the account {account.name}"


@applies(VerifyAccount)
def verify_account(state: State, entry: Entry, request: VerifyAccount) -> tuple[Event, ...]:
    by = state.sessions.get(entry.actor or "")
    account = known_account(state, request.account)
    code = account.code
    if code is None:
        raise Refusal(Reason.NOTHING_TO_VERIFY, account.name)
    if code.text != request.code or code.until <= entry.at:
        raise Refusal(Reason.BAD_CODE, account.name)
    standing = account.standing
    new = standing is Standing.UNVERIFIED
    if new:
        waits = state.settings.registration is Policy.APPROVAL
        standing = Standing.AWAITING if waits else Standing.ACTIVE
    account = replace(account, standing=standing, email=account.asked_email, asked_email=None, code=None)
    keep(state, account)
    audience, who = told(by)
    events: tuple[Event, ...] = (AccountVerified(audience, who, account.name, standing),)
    if standing is Standing.AWAITING:
        events += (notice(state, f"The account {account.name} waits for approval"),)
    elif new and by is not None and by.account is None:
        events += log_in(state, entry, by, account)
    return events


@applies(RenewCode)
def renew_code(state: State, entry: Entry, request: RenewCode) -> tuple[Event, ...]:
    """Anybody may ask while nobody can log in to the account: the code goes to its own address. Later it is
    for who is logged in to it."""
    by = state.sessions.get(entry.actor or "")
    account = known_account(state, request.account)
    if account.standing is not Standing.UNVERIFIED:
        by, account = account_asked(state, entry, request.account)
    if account.code is None or account.asked_email is None:
        raise Refusal(Reason.NOTHING_TO_VERIFY, account.name)
    keep(state, replace(account, code=request.code))
    audience, who = told(by)
    return (CodeRenewed(audience, who, account.name, account.asked_email, request.code),)


@applies(ApproveAccount)
def approve_account(state: State, entry: Entry, request: ApproveAccount) -> tuple[Event, ...]:
    by = privileged(state, entry, Privilege.ACCOUNTS)
    account = known_account(state, request.account)
    if account.standing is not Standing.AWAITING:
        raise Refusal(Reason.NOT_WAITING, account.name)
    keep(state, replace(account, standing=Standing.ACTIVE))
    audience, who = told(by)
    name = by.nick if by is not None else "server"
    return (
        AccountApproved(audience, who, account.name),
        notice(state, f"{name} approved the account {account.name}"),
    )


@applies(DropAccount)
def drop_account(state: State, entry: Entry, request: DropAccount) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    name = by.nick if by is not None else "server"
    audience, who = told(by)
    dropped = AccountDropped(audience, who, account.name, account.id)
    # While the account is still there: whoever leaves it was seen in it.
    users = state.logged_in.get(state.fold(account.name), ())
    gone = put_out(state, entry, users, f"The account {account.name} was dropped")
    channels = end_account(state, entry, account)
    return (dropped, *gone, *channels, notice(state, f"{name} dropped the account {account.name}"))


def end_account(state: State, entry: Entry, account: Account) -> tuple[Event, ...]:
    """Take an account that nobody is logged in to out of the realm; says what becomes of its channels, of its
    access to those of others, and of its tokens."""
    channels = founder_gone(state, entry, account)
    tokens = tokens_gone(state, account)
    forget(state, state.fold(account.name))
    state.markers.pop(account.id, None)
    state.devices.pop(account.id, None)
    state.keys.pop(account.id, None)
    state.subscriptions.pop(account.id, None)
    return (*channels, *tokens)


@applies(SuspendAccount)
def suspend_account(state: State, entry: Entry, request: SuspendAccount) -> tuple[Event, ...]:
    """Another suspension gives another reason."""
    by = privileged(state, entry, Privilege.ACCOUNTS)
    account = known_account(state, request.account)
    if account.standing is Standing.UNVERIFIED:
        raise Refusal(Reason.NOT_VERIFIED, account.name)
    if account.standing is Standing.AWAITING:
        raise Refusal(Reason.NOT_APPROVED, account.name)
    reason = cut(request.reason, state.settings.quit_length)
    keep(state, replace(account, standing=Standing.SUSPENDED, note=reason))
    users = tuple(state.logged_in.get(state.fold(account.name), ()))
    audience, who = told(by)
    audience += tuple(user.id for user in users if user is not by)
    name = by.nick if by is not None else "server"
    return (
        AccountSuspended(audience, who, account.name, reason),
        *put_out(state, entry, users, f"The account {account.name} is suspended: {reason}"),
        notice(state, f"{name} suspended the account {account.name}: {reason}"),
    )


@applies(RestoreAccount)
def restore_account(state: State, entry: Entry, request: RestoreAccount) -> tuple[Event, ...]:
    by = privileged(state, entry, Privilege.ACCOUNTS)
    account = known_account(state, request.account)
    if account.standing is not Standing.SUSPENDED:
        raise Refusal(Reason.NOT_SUSPENDED, account.name)
    keep(state, replace(account, standing=Standing.ACTIVE, note=""))
    audience, who = told(by)
    name = by.nick if by is not None else "server"
    return (
        AccountRestored(audience, who, account.name),
        notice(state, f"{name} restored the account {account.name}"),
    )
