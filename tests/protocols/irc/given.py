"""What tests have happen to people without the commands for it: becoming an operator, logging in."""

from __future__ import annotations

from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import BecomeOperator, Request, SetAccount
from chatdaemon.realm.state import Channel
from tests.world import Client, World


def make_operator(client: Client, *privileges: Privilege, host: str | None = None) -> None:
    """Make the client's user an operator with these privileges, and read what it is told."""
    _ask(client, BecomeOperator("admin", privileges, host))


def log_in(client: Client, account: str) -> None:
    """Log the client's user in to an account that its nick belongs to, and read what it is told."""
    session = client.connection
    assert isinstance(session, IRCSession)
    client.world.account(account, nicks=(session.me.nick,))
    _ask(client, SetAccount(account))


def _ask(client: Client, request: Request) -> None:
    session = client.connection
    assert isinstance(session, IRCSession)
    # As after a line of the client, whose answer is awaited.
    session.in_flight = True
    client.world.node.submit(session, request)
    client.world.settle()
    client.read()


def channel(world: World, name: str) -> Channel:
    """The channel of this name, which must be there."""
    found = world.realm.channel(name)
    assert found is not None
    return found


def seconds(at: int) -> int:
    """A time of the realm as numerics show it."""
    return at // 1000
