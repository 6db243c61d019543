"""The API lags behind nobody: whatever people can ask of the realm, some op asks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

from chatdaemon.protocols import api
from chatdaemon.realm import requests

# What only the server itself asks for.
SERVERS = {
    "Configure",  # a reload
    "Disconnect",  # the session: it has ended, by the op bye or otherwise
    "ExpireAccount",  # the clock
    "ExpireBans",  # the clock
    "ExpirePresence",  # the clock
    "ExpireToken",  # the clock
    "ExpireSubscription",  # a push service has said that there is none
    "PostByHook",  # whoever knows a hook's address, over HTTP
    "ResumePresence",  # a start
    "SeeDevice",  # the session: what its client has been sent
}
# `accounts.authentication` makes them, since a password is hashed first, or a code made up.
ELSEWHERE = {"RegisterAccount", "RenewCode"}
SOURCES = sorted(Path(api.__file__).parent.glob("verbs/*.py"))
EVERYTHING = {request.__name__ for request in get_args(requests.Request)}


def made_in(path: Path) -> set[str]:
    """The names of the requests that are made in a module: what is called as requests.X, or as X."""
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {node.id for node in called if isinstance(node, ast.Name)}
    names |= {
        node.attr
        for node in called
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "requests"
    }
    return names & EVERYTHING


def test_some_op_asks_for_whatever_people_may_ask() -> None:
    asked = ELSEWHERE.union(*map(made_in, SOURCES))
    assert not asked & SERVERS
    assert EVERYTHING - asked == SERVERS


def test_nothing_is_left_to_others_that_is_not_there() -> None:
    assert EVERYTHING >= SERVERS
