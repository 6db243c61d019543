"""Operators for the tests of IRC commands."""

from __future__ import annotations

from chatdaemon.protocols.operators import OperatorAccess
from chatdaemon.realm.modes import Privilege
from tests.world import Client, World


def access(*privileges: Privilege, name: str = "boss", vhost: str | None = None) -> dict[str, OperatorAccess]:
    """The configuration of one operator, whose password is "secret"."""
    return {name: OperatorAccess(name, "hash of secret", (), (), privileges, vhost)}


def operator(world: World, nick: str, *, caps: str = "", name: str = "boss") -> Client:
    """A client that has become operator."""
    client = world.irc(nick, caps=caps)
    assert any(" 381 " in line for line in client.ask(f"OPER {name} secret"))
    return client
