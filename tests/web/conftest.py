"""One Chromium for all tests, one daemon for each module, and people whose browsers complain of nothing."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.end_to_end.daemon import Client, Daemon
from tests.web.browser import Cutter, Person

CONFIG = """network-name = Teahouse
[limits]
flood-rate = off
[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener web]
protocol = web
endpoint = tcp:0:interface=127.0.0.2
"""

MakePerson = Callable[..., Person]
MakeClient = Callable[..., Client]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is not installed (tools/need_programs.sh)"
    with sync_playwright() as playwright:
        # Nothing but the page of the daemon is ever opened: who runs tests as root needs no sandbox.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("daemon"), CONFIG) as daemon:
        yield daemon
        assert not daemon.complaints()


@pytest.fixture
def person(browser: Browser, daemon: Daemon) -> Iterator[MakePerson]:
    """Opens the page for somebody, in a browser of their own; in the end no browser has had anything to complain of."""
    people: list[Person] = []

    def make(through: Cutter | None = None, **options: Any) -> Person:
        place = f"127.0.0.1:{through.port}" if through else f"127.0.0.2:{daemon.port('web')}"
        found = Person(browser, f"http://{place}/", **options)
        people.append(found)
        return found

    yield make
    for each in people:
        each.context.close()
    assert [fault for each in people for fault in each.faults] == []


@pytest.fixture
def irc(daemon: Daemon) -> Iterator[MakeClient]:
    """Connects somebody by IRC, with what modern clients ask for."""
    clients: list[Client] = []

    def make(nick: str, *channels: str, password: str | None = None) -> Client:
        client = Client(daemon.port("irc"))
        clients.append(client)
        capabilities = (
            "message-tags server-time batch echo-message sasl draft/message-redaction draft/read-marker"
        )
        client.send("CAP LS 302", f"CAP REQ :{capabilities}", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        if password is not None:
            payload = b64encode(f"\0{nick}\0{password}".encode()).decode()
            client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {payload}")
        client.send("CAP END")
        client.expect(" 001 ")
        for channel in channels:
            client.send(f"JOIN {channel}")
            client.expect(" 366 ")
        return client

    yield make
    for each in clients:
        each.close()


@pytest.fixture
def cutter(daemon: Daemon) -> Iterator[Cutter]:
    found = Cutter(daemon.port("web"))
    yield found
    found.close()
