"""What tests of JSON sessions do beside sending ops."""

from __future__ import annotations

import json
from typing import Any, cast

from chatdaemon.node import Session
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import BecomeOperator, Request
from tests.world import JSONClient, World


def line(**op: Any) -> bytes:
    """An op as its line."""
    return json.dumps(op).encode() + b"\n"


def submit(client: JSONClient, request: Request) -> None:
    """Ask the realm, in a client's name, for what JSON has no op for."""
    client.world.node.submit(cast(Session, client.connection), request)


def act(client: JSONClient, request: Request) -> None:
    """The same, and let everything happen. The client is not sent an answer."""
    submit(client, request)
    client.world.settle()


def operator(world: World) -> JSONClient:
    """A client who is operator of the server and may do anything."""
    oper = world.json("oper")
    act(oper, BecomeOperator("root", tuple(Privilege)))
    return oper


def apply(client: JSONClient, request: Request) -> None:
    """The same, and pass over what the client hears of it."""
    act(client, request)
    client.hear()


def error(client: JSONClient, **op: Any) -> dict[str, Any]:
    """Send one op and return the error that it is answered with, without the text for people."""
    reply = client.do(**op)
    assert list(reply) == ["error"], reply
    found = reply["error"]
    assert found.pop("message")
    assert isinstance(found, dict)
    return found


def code(client: JSONClient, **op: Any) -> str:
    """Send one op and return the code of the error that it is answered with."""
    found = error(client, **op)["code"]
    assert isinstance(found, str)
    return found
