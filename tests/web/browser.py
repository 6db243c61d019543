"""People at the web page: a tab of Chromium each, with what they see and do there by name."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

# How long anything may take, milliseconds: for a busy machine, not for a fast one.
PATIENCE = 20_000

PASSWORD = "a long password"


class Person:
    """Somebody with the page open. `faults` are what the browser complains of; there may be none."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        """
        :param options: of the browser's context: the size of the window, what it is allowed.
        """
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.url = url
        self.page = self.open()

    def open(self) -> Page:
        """A tab of this browser."""
        page = self.context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(self.url)
        return page

    def _said(self, message: ConsoleMessage) -> None:
        # That a connection is gone or refused is what some tests are about; the page cannot keep Chromium from saying it.
        lost = "WebSocket connection to" in message.text
        if message.type in ("error", "warning") and not lost:
            self.faults.append(message.text)

    # Coming in.

    def guest(self, nick: str) -> Person:
        self.page.get_by_role("button", name="As a guest").click()
        self.page.get_by_label("What shall we call you?").fill(nick)
        self.page.get_by_role("button", name="Come in").click()
        return self.inside(nick)

    def register(self, account: str) -> Person:
        self.page.get_by_role("button", name="Register").click()
        return self._credentials(account, "Make the account")

    def sign_in(self, account: str, *, keep: bool = False) -> Person:
        self.page.get_by_role("button", name="Sign in").first.click()
        if keep:
            self.page.get_by_label("Keep me signed in").check()
        return self._credentials(account, "Sign in")

    def _credentials(self, account: str, button: str) -> Person:
        self.page.get_by_label("Name", exact=True).fill(account)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.locator("form").get_by_role("button", name=button).click()
        return self.inside(account)

    def inside(self, nick: str) -> Person:
        expect(self.page.locator(".me .nick")).to_have_text(nick, timeout=PATIENCE)
        return self

    # Doing things.

    def join(self, channel: str) -> Person:
        self.page.get_by_role("button", name="Find or make a channel").click()
        self.page.get_by_label("Name of a channel").fill(channel)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".bar h1")).to_have_text(channel, timeout=PATIENCE)
        return self

    @property
    def composer(self) -> Locator:
        return self.page.locator(".composer textarea")

    def write(self, text: str) -> None:
        """Type into the line, and press Enter."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def say(self, text: str) -> str:
        """Write a message; its id, when it is answered."""
        self.write(text)
        return self.id_of(text)

    # Seeing things.

    def message(self, text: str) -> Locator:
        """The message with this text in it, which is there now or soon."""
        found = self.page.locator(".message[data-id]").filter(has=self.page.locator(".text", has_text=text))
        expect(found).to_have_count(1, timeout=PATIENCE)
        return found

    def id_of(self, text: str) -> str:
        found = self.message(text).get_attribute("data-id")
        assert found
        return found

    def texts(self) -> list[str]:
        """The texts of the messages in the list, without what merely happened."""
        return self.page.locator(".message[data-id]:not(.happening) .text").all_inner_texts()

    def entry(self, name: str) -> Locator:
        """A conversation in the list at the side."""
        return self.page.locator(".entry").filter(has=self.page.get_by_text(name.lstrip("#"), exact=True))

    def until(self, condition: str, argument: object = None) -> None:
        """Wait for a JavaScript expression to be true. (Playwright's own way is by eval, which the page has none of.)"""
        end = time.monotonic() + PATIENCE / 1000
        while not self.page.evaluate(condition, argument):
            assert time.monotonic() < end, condition
            self.page.wait_for_timeout(20)

    def act_on(self, text: str, button: str) -> None:
        """Press one of the buttons that a message has while one is at it."""
        message = self.message(text)
        message.hover()
        message.get_by_role("button", name=button, exact=True).click()


def same(pattern: str) -> re.Pattern[str]:
    """A text, whatever stands around it."""
    return re.compile(re.escape(pattern))


class Cutter:
    """Passes bytes on to where the page is, until it cuts every connection and lets nobody through."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.2", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[socket.socket] = []
        self._open = True
        self._lock = threading.Lock()
        self._start(self._accept)

    def _start(self, what: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=what, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._open:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                self._pairs += [client, server]
            self._start(self._pass, client, server)
            self._start(self._pass, server, client)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            self._shut(each)

    def _shut(self, each: socket.socket) -> None:
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def cut(self) -> None:
        """From now on nothing passes."""
        with self._lock:
            self._open = False
            for each in self._pairs:
                self._shut(each)
            self._pairs.clear()

    def mend(self, port: int | None = None) -> None:
        """
        :param port: where the page is now, if that is another.
        """
        with self._lock:
            if port is not None:
                self._target = (self._target[0], port)
            self._open = True

    def close(self) -> None:
        self.cut()
        self._listener.close()
