"""Accounts."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op
from chatdaemon.realm.accounts import AccountSetting


class Register(Op):
    """Makes an account, and logs you in to it. `standing` in the `ok` is `active`, `unverified` (a code was
    sent to `email`) or `awaiting` (an operator has to agree).

    :param account: what it is called; without it, as your nick.
    :param invitation: the code of one, where the server takes only those who were invited.
    """

    password: str
    account: str | None = None
    email: str | None = None
    invitation: str | None = None


class Verify(Op):
    """Confirms the e-mail address of an account.

    :param code: what was sent there.
    """

    account: str
    code: str


class RenewCode(Op):
    """Has another code sent to the e-mail address that is still to be confirmed.

    :param account: without it, your own.
    """

    account: str | None = None


class Account(Op):
    """Tells what you may know of an account: all of your own.

    :param account: a name, or a nick that belongs to it; without it, your own.
    """

    account: str | None = None


class ChangePassword(Op):
    """Gives your account another password.

    :param password: the one that it has; an account that logs in by a certificate alone has none.
    :param new: the one that it is to have.
    :param account: somebody else's, for operators with the privilege `accounts`, who need no `password`.
    """

    new: str
    password: str | None = None
    account: str | None = None


class ChangeEmail(Op):
    """Gives your account another e-mail address. It may have to be confirmed (see `verify`).

    :param email: `""` takes it away.
    :param account: somebody else's, for operators with the privilege `accounts`: nothing is confirmed then.
    """

    email: str
    account: str | None = None


class AccountSet(Op):
    """Changes a setting of your account: `enforce` (nobody else uses your nicks), `always-on` (you stay when
    your last client leaves), `auto-away` (you are away while no client is there) or `private` (others learn
    of the account only that there is one).

    :param value: `on` or `off`; without it, as the server has it.
    :param account: somebody else's, for operators with the privilege `accounts`.
    """

    setting: AccountSetting
    value: str | None = None
    account: str | None = None


class CertificateAdd(Op):
    """Has a client certificate log in to your account.

    :param fingerprint: its SHA-256 in hex; without it that of the certificate of this connection.
    :param account: somebody else's, for operators with the privilege `accounts`.
    """

    fingerprint: str | None = None
    account: str | None = None


class CertificateRemove(Op):
    """Has a client certificate log in to your account no longer.

    :param fingerprint: as for `certificate_add`.
    :param account: somebody else's, for operators with the privilege `accounts`.
    """

    fingerprint: str | None = None
    account: str | None = None


class NickGroup(Op):
    """Makes your nick belong to your account, beside the others."""


class NickUngroup(Op):
    """Gives up a nick that belongs to your account.

    :param nick: without it, the one that you use.
    """

    nick: str | None = None


class NickReclaim(Op):
    """Disconnects whoever uses a nick that belongs to your account.

    :param take: whether you want to be called so now.
    """

    nick: str
    take: bool = True


class AccountDrop(Op):
    """Drops your account, for good: its nicks are free then, and channels that it has founded go to whoever
    has the most access to them, or are dropped.

    :param account: its name, so that nobody does it by mistake. Operators with the privilege `accounts` drop
        those of others, and reject so those that wait for approval.
    """

    account: str


class HostAsk(Op):
    """Asks the operators for another host to be shown by.

    :param host: without it, takes the question back.
    """

    host: str | None = None
