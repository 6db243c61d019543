"""The ops of `ops.operators` about the accounts of others."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NotRequired, TypedDict

from twisted.internet.defer import Deferred

from chatdaemon.accounts.newcomers import check_email
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.owners import known_account
from chatdaemon.protocols.api.table import Result, performs, user_of
from chatdaemon.protocols.api.verbs.history import time_of
from chatdaemon.protocols.api.verbs.owners import AccountObject, account_object, asking
from chatdaemon.protocols.api.verbs.registrations import PAGE
from chatdaemon.realm import events, policy, requests
from chatdaemon.realm.accounts import Credentials, Standing
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# Of chance in a code of invitation.
INVITATION_BYTES = 6


class AccountList(TypedDict):
    """Accounts by their names; `more`: ask again, with the last of them as `after`."""

    accounts: list[AccountObject]
    more: bool


class InvitationObject(TypedDict):
    """A code, how many times more it is good, until when (for ever, where that is not said), and whose it
    is."""

    code: str
    uses: int
    until: NotRequired[str]
    by: str


class InvitationCodes(TypedDict):
    """All of them."""

    invitations: list[InvitationObject]


@performs(ops.Accounts, AccountList)
def accounts(session: APISession, op: ops.Accounts) -> Result:
    user, realm = user_of(session), session.realm
    if not user.may(Privilege.VHOSTS) or not op.waiting:
        policy.check_privilege(user, Privilege.ACCOUNTS)
    fits, behind = compile_glob(realm.fold(op.mask)), realm.fold(op.after)
    found = sorted(
        folded
        for folded, account in realm.accounts.items()
        if folded > behind
        and fits(folded)
        and (not op.waiting or account.standing is Standing.AWAITING or account.asked_vhost)
    )
    everything = user.may(Privilege.ACCOUNTS)
    rows = []
    for folded in found[:PAGE]:
        row = account_object(realm, realm.accounts[folded], everything=everything)
        asked = realm.accounts[folded].asked_vhost
        if asked is not None:
            row["host_asked"] = asked
        rows.append(row)
    session.charge(len(rows) / PAGE)
    return {"accounts": rows, "more": len(found) > PAGE}


@performs(ops.AccountCreate, events.AccountRegistered)
def account_create(session: APISession, op: ops.AccountCreate) -> Deferred[Result]:
    policy.check_privilege(user_of(session), Privilege.ACCOUNTS)

    async def looked_at() -> Credentials:
        if op.email is not None:
            # Only looked at: an operator's word is enough for it.
            check_email(op.email)
        return await session.server.authentication.new_credentials(op.password)

    def ask(kept: Credentials) -> Result:
        return requests.RegisterAccount(op.account, kept, op.email, granted=True)

    return asking(session, op.account, Deferred.fromCoroutine(looked_at()), ask)


@performs(ops.AccountApprove, events.AccountApproved)
def account_approve(session: APISession, op: ops.AccountApprove) -> Result:
    return requests.ApproveAccount(op.account)


@performs(ops.AccountSuspend, events.AccountSuspended)
def account_suspend(session: APISession, op: ops.AccountSuspend) -> Result:
    return requests.SuspendAccount(op.account, op.reason)


@performs(ops.AccountRestore, events.AccountRestored)
def account_restore(session: APISession, op: ops.AccountRestore) -> Result:
    return requests.RestoreAccount(op.account)


@performs(ops.HostSet, events.VirtualHostSet, events.HostChanged)
def host_set(session: APISession, op: ops.HostSet) -> Result:
    policy.check_privilege(user_of(session), Privilege.VHOSTS)
    account = known_account(session.realm, op.account)
    if op.reject and account.asked_vhost is None:
        raise Refusal(Reason.NO_HOST_ASKED, account.name)
    return requests.SetVirtualHost(account.name, None if op.reject else op.host, op.reject)


@performs(ops.InvitationCreate, events.InvitationChanged)
def invitation_create(session: APISession, op: ops.InvitationCreate) -> Result:
    code = op.code or secrets.token_hex(INVITATION_BYTES)
    return requests.CreateInvitation(code, op.uses, time_of(op.until, "until") or 0)


@performs(ops.InvitationRevoke, events.InvitationChanged)
def invitation_revoke(session: APISession, op: ops.InvitationRevoke) -> Result:
    return requests.RevokeInvitation(op.code)


@performs(ops.InvitationList, InvitationCodes)
def invitation_list(session: APISession, op: ops.InvitationList) -> Result:
    policy.check_privilege(user_of(session), Privilege.ACCOUNTS)
    found = []
    for each in session.realm.invitations.values():
        row = InvitationObject(code=each.code, uses=each.uses, by=each.by)
        if each.until:
            row["until"] = iso(each.until)
        found.append(row)
    return {"invitations": found}
