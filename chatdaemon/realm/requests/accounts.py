"""Accounts: who owns a name.

Where a request has `account`, None is the actor's own; another's needs an operator with the privilege
`accounts`. Passwords never come here: the node has them hashed, or checked, before it asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.accounts import AccountSetting, Code, Credentials


@dataclass(frozen=True, slots=True)
class RegisterAccount:
    """Make an account, and log the actor in to it where it can be used at once.

    The actor may be a session that is not connected yet. `email` is to be confirmed by `code`; without a code
    it is taken as it is. `invitation` is the code of an Invitation. `certificate` is added to the account.
    `granted`: past every restriction, for the server itself (None as the actor: an import, the first login of
    somebody whom an external checker knows) or an operator with the privilege `accounts` (SAREGISTER), who is
    not logged in to it.
    """

    account: str
    credentials: Credentials
    email: str | None = None
    code: Code | None = None
    invitation: str | None = None
    certificate: str | None = None
    granted: bool = False


@dataclass(frozen=True, slots=True)
class VerifyAccount:
    """Confirm the e-mail address of an account; logs the actor in when that makes it active."""

    account: str
    code: str


@dataclass(frozen=True, slots=True)
class RenewCode:
    """Another code for the address that is still to be confirmed."""

    account: str
    code: Code


@dataclass(frozen=True, slots=True)
class ApproveAccount:
    """An operator lets an account that waits for it be used. (To reject it is to drop it.)"""

    account: str


@dataclass(frozen=True, slots=True)
class ChangeCredentials:
    """Another password. With `only_if`, nothing happens unless the credentials are still these: what a check
    has found out of date (an imported hash, weaker parameters) is renewed so."""

    credentials: Credentials
    account: str | None = None
    only_if: Credentials | None = None


@dataclass(frozen=True, slots=True)
class ChangeEmail:
    """Another address (None: none), to be confirmed by `code` if there is one."""

    email: str | None
    code: Code | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeAccountSetting:
    """Set it to "on" or "off", or back to the server's default (None)."""

    setting: AccountSetting
    value: str | None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class AddCertificate:
    """`fingerprint` is a SHA-256 in hex; it logs in to one account only."""

    fingerprint: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveCertificate:
    fingerprint: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class GroupNick:
    """The actor's nick is to belong to its account as well."""


@dataclass(frozen=True, slots=True)
class UngroupNick:
    nick: str


@dataclass(frozen=True, slots=True)
class ReclaimNick:
    """Remove whoever has a nick that belongs to the actor's account (GHOST); `take` gives it to the actor at
    the same time (RECOVER)."""

    nick: str
    take: bool = False


@dataclass(frozen=True, slots=True)
class DropAccount:
    """The account is gone: its users are logged out, and the channels that it founded are dropped unless
    somebody of its access lists inherits them."""

    account: str


@dataclass(frozen=True, slots=True)
class ExpireAccount:
    """Time has passed: let an account go whose e-mail address was not confirmed until now. Only the server
    itself asks."""

    account: str


@dataclass(frozen=True, slots=True)
class SuspendAccount:
    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class RestoreAccount:
    """End a suspension."""

    account: str


@dataclass(frozen=True, slots=True)
class CreateInvitation:
    """`until` is in ms since 1970; 0 is for ever."""

    code: str
    uses: int = 1
    until: int = 0


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    code: str


@dataclass(frozen=True, slots=True)
class AskVirtualHost:
    """Ask operators for another host to be shown by (HostServ REQUEST); None takes the question back."""

    host: str | None


@dataclass(frozen=True, slots=True)
class SetVirtualHost:
    """An operator gives an account a virtual host, or takes it away (None). The host that was asked for is
    approved so, too; `rejected` only ends the asking."""

    account: str
    host: str | None
    rejected: bool = False
