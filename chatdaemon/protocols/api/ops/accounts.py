"""Accounts."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Register(Op):
    """Makes an account, and logs you in to it. `standing` in the `ok` is `active`, `unverified` (a code was sent
    to `email`) or `awaiting` (an operator has to agree).

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
