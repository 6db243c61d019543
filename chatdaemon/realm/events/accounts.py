"""What became of accounts.

Nearly all have `account`, the name of the account that is another now than before; storage looks up what it
has become. Their audience is who may know: the actor (if it is connected), and operators who watch. Whoever
is logged in or out by the way is told of by an AccountChanged in the same entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.accounts import AccountSetting, Code, Standing
from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class AccountRegistered:
    """`who` is None where no user asked. `email` and `code` are for who sends the code; no protocol shows
    them."""

    audience: Audience
    who: Who | None
    account: str
    standing: Standing
    email: str | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class AccountVerified:
    """The e-mail address is confirmed; `standing` is ACTIVE, or AWAITING where an operator is still to
    approve."""

    audience: Audience
    who: Who | None
    account: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class CodeRenewed:
    """There is another code to be sent; no protocol shows it."""

    audience: Audience
    who: Who | None
    account: str
    email: str
    code: Code


@dataclass(frozen=True, slots=True)
class AccountApproved:
    audience: Audience
    who: Who | None
    account: str


@dataclass(frozen=True, slots=True)
class CredentialsChanged:
    audience: Audience
    who: Who | None
    account: str


@dataclass(frozen=True, slots=True)
class EmailChanged:
    """With a `code` the address is still to be confirmed."""

    audience: Audience
    who: Who | None
    account: str
    email: str | None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class AccountSettingChanged:
    audience: Audience
    who: Who | None
    account: str
    setting: AccountSetting
    value: str | None


@dataclass(frozen=True, slots=True)
class CertificatesChanged:
    """`added` or removed."""

    audience: Audience
    who: Who | None
    account: str
    fingerprint: str
    added: bool


@dataclass(frozen=True, slots=True)
class NicksChanged:
    """A nick belongs to the account from now on (`added`), or no longer."""

    audience: Audience
    who: Who | None
    account: str
    nick: str
    added: bool


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """The last of an account's users has left; only storage cares."""

    audience: Audience
    account: str


@dataclass(frozen=True, slots=True)
class AccountDropped:
    audience: Audience
    who: Who | None
    account: str
    account_id: AccountId


@dataclass(frozen=True, slots=True)
class AccountSuspended:
    audience: Audience
    who: Who | None
    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountRestored:
    audience: Audience
    who: Who | None
    account: str


@dataclass(frozen=True, slots=True)
class InvitationChanged:
    """Made, used or revoked: `uses` more times it is good for; 0: it is gone."""

    audience: Audience
    who: Who | None
    code: str
    uses: int


@dataclass(frozen=True, slots=True)
class VirtualHostAsked:
    """`host` is None where the question was taken back."""

    audience: Audience
    who: Who | None
    account: str
    host: str | None


@dataclass(frozen=True, slots=True)
class VirtualHostSet:
    """HostChanged says so for each of its users."""

    audience: Audience
    who: Who | None
    account: str
    host: str | None
    rejected: bool = False
