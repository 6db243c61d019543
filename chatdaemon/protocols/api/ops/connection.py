"""Coming, going, and being there."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chatdaemon.protocols.api.ops.op import Device, MessageId, Op

# Longer ones the server never makes.
LONGEST_RESUME_TOKEN = 64


class Resume(Struct):
    """A session that was lost, and is to go on (see "Going on after a loss").

    :param token: the `resume` of the `ok` that the session began with.
    :param after: the `msgid` of the last event that you have seen; without it, all is told since the session
        began.
    """

    token: Annotated[str, Meta(max_length=LONGEST_RESUME_TOKEN)]
    after: MessageId | None = None


class Hello(Op):
    """Makes you known. A refused hello may be tried again.

    :param v: the version of this protocol.
    :param nick: without it the one of your account, or one that the server makes up.
    :param password: the server's, if it has one.
    :param device: what you call this client (see "Several clients").
    :param members: whether the answer is to list who is in your channels, where you are here already.
    :param resume: `true` to be able to go on with the session when its connection is lost; or which one to
        go on with, and if that cannot be, to begin another.
    """

    v: int = 1
    nick: str | None = None
    realname: str | None = None
    password: str | None = None
    device: Device | None = None
    members: bool = True
    resume: bool | Resume = False


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
