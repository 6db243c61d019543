"""Programs that ask a real daemon over HTTP."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from typing import Any

from tests.end_to_end.daemon import PATIENCE, Daemon

CONFIG = """
[limits]
flood-rate = off
[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener json]
protocol = json
endpoint = tcp:0:interface=127.0.0.2
[listener web]
protocol = web
endpoint = tcp:0:interface=127.0.0.3
"""


class JSONLine:
    """A client that speaks JSON over TCP."""

    def __init__(self, daemon: Daemon) -> None:
        self._socket = socket.create_connection(("127.0.0.2", daemon.port("json")), PATIENCE)
        self._lines = self._socket.makefile("rb")

    def ok(self, **op: Any) -> Any:
        """What the `ok` of an op says; events that come before are dropped."""
        self._socket.sendall(json.dumps({"id": 1, **op}).encode() + b"\n")
        while True:
            found = json.loads(self._lines.readline())
            if found.get("id") == 1:
                assert "ok" in found, found
                return found["ok"]

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


def owner(daemon: Daemon, name: str = "robot") -> JSONLine:
    """Somebody with a new account, who is here."""
    client = JSONLine(daemon)
    client.ok(op="register", account=name, password="sesame sesame")
    client.ok(op="hello", nick=name)
    return client


def ask(daemon: Daemon, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    """The status and the JSON that a request is answered with."""
    connection = HTTPConnection("127.0.0.3", daemon.port("web"), timeout=PATIENCE)
    connection.request(method, path, body, {name.replace("_", "-"): each for name, each in headers.items()})
    response = connection.getresponse()
    found = json.loads(response.read() or b"null")
    connection.close()
    return response.status, found
