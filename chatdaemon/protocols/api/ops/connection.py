"""Coming, going, and being there."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Device, Op


class Hello(Op):
    """Makes you known. A refused hello may be tried again.

    :param v: the version of this protocol.
    :param nick: without it the one of your account, or one that the server makes up.
    :param password: the server's, if it has one.
    :param device: what you call this client (see "Several clients").
    :param members: whether the answer is to list who is in your channels, where you are here already.
    """

    v: int = 1
    nick: str | None = None
    realname: str | None = None
    password: str | None = None
    device: Device | None = None
    members: bool = True


class Login(Op):
    """Logs you in to an account: by `account` and `password`, by a `token`, or with neither by the client
    certificate of the connection. Before hello, hello comes in with it.

    :param account: its name, or `account@device`.
    :param token: a bearer token of the server's identity provider, or an access token of this server.
    :param device: what you call this client.
    """

    account: str | None = None
    password: str | None = None
    token: str | None = None
    device: Device | None = None


class Logout(Op):
    """Logs you out."""


class Ping(Op):
    """Tells the time."""


class Bye(Op):
    """Leaves."""

    reason: str | None = None
