"""What operators of the server do."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatdaemon.protocols.api.ops.op import Op


class Oper(Op):
    """Makes you an operator of the server, as one of the configuration.

    :param password: the operator's; without it the certificate of the connection has to do.
    """

    name: str
    password: str = ""


class Kill(Op):
    """Disconnects somebody."""

    nick: str
    reason: str = "No reason given"


class Wallops(Op):
    """Says something to all who want to hear what operators say."""

    text: Annotated[str, Meta(min_length=1)]


class ForceJoin(Op):
    """Makes somebody enter a channel, past every restriction."""

    nick: str
    channel: str


class ForcePart(Op):
    """Makes somebody leave a channel."""

    nick: str
    channel: str
    reason: str | None = None


class ForceNick(Op):
    """Has somebody called otherwise.

    :param new: what they are called from now on.
    """

    nick: str
    new: str


class Rehash(Op):
    """Reads the configuration again. Where it has mistakes, nothing changes, and `mistakes` has them."""


class Die(Op):
    """Stops the server.

    :param reason: what everybody is told.
    """

    reason: str | None = None


class Accounts(Op):
    """Tells which accounts there are, at most 500 at once.

    :param mask: `*` and `?` in it, for their names.
    :param waiting: only those that wait for your approval, or have asked for a host.
    :param after: those behind this name.
    """

    mask: str = "*"
    waiting: bool = False
    after: str = ""


class AccountCreate(Op):
    """Makes an account for somebody."""

    account: str
    password: str
    email: str | None = None


class AccountApprove(Op):
    """Lets an account that waits for it be used."""

    account: str


class AccountSuspend(Op):
    """Lets nobody use an account any more."""

    account: str
    reason: str


class AccountRestore(Op):
    """Ends a suspension."""

    account: str


class HostSet(Op):
    """Gives an account the host that it is shown by.

    :param host: without it, its own again.
    :param reject: it has not got what it has asked for, and keeps what it has.
    """

    account: str
    host: str | None = None
    reject: bool = False


class InvitationCreate(Op):
    """Makes a code with which people can register accounts.

    :param code: without it the server makes one up, and tells it.
    :param uses: how many accounts can be made with it.
    :param until: a time; without it, for ever.
    """

    code: str | None = None
    uses: Annotated[int, Meta(ge=1, le=9999)] = 1
    until: str | None = None


class InvitationRevoke(Op):
    """Has nobody register with this code any more."""

    code: str


class InvitationList(Op):
    """Tells with which codes people can register accounts."""
