"""Accounts."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Register(Op):
    """Make an account; without a name, one that is called as the nick."""

    password: str
    account: str | None = None
    email: str | None = None
    invitation: str | None = None


class Verify(Op):
    """Confirm the e-mail address of an account by the code that was sent there."""

    account: str
    code: str
