"""Coming, going, and being there."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Device, Op


class Hello(Op):
    """Be somebody. `v` is the protocol's version; without a nick the server makes one up. `device` is what
    the client is called among those of its account. `members` is whether the answer is to list who is in the
    channels of a user who is here already."""

    v: int = 1
    nick: str | None = None
    realname: str | None = None
    password: str | None = None
    device: Device | None = None
    members: bool = True


class Login(Op):
    """Be the owner of an account: by its password, by a token, or else by the client certificate."""

    account: str | None = None
    password: str | None = None
    token: str | None = None
    device: Device | None = None


class Logout(Op):
    """Be nobody's owner any more."""


class Ping(Op):
    """Ask for a sign of life."""


class Bye(Op):
    """Leave."""

    reason: str | None = None
