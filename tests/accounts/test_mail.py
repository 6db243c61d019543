"""Codes by mail: what is written, and how it gets to a relay (Twisted's SMTP server, on loopback)."""

from __future__ import annotations

import shutil
import tempfile
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from chatdaemon.accounts import mail as module
from chatdaemon.accounts.mail import Letter, Mailer, MailSettings, relay, written_to
from chatdaemon.realm.accounts import Code, Standing
from chatdaemon.realm.events import (
    AccountDropped,
    AccountRegistered,
    CodeRenewed,
    EmailChanged,
    Event,
    Stamp,
)
from chatdaemon.transports.certificates import ensure_self_signed
from tests.accounts.directory import free_port
from tests.accounts.relay import Relay

STAMP = Stamp(0, "id")
CODE = Code("abc123", 4_000_000_000_000)
SETTINGS = MailSettings(
    "localhost", 25, "none", "chat@example.net", network="ExampleNet", server="irc.example.net"
)


def letter(account: str = "alice", email: str = "alice@example.org", code: Code = CODE) -> Letter:
    return Letter(account, email, code)


def registered(account: str = "alice", code: Code | None = CODE) -> AccountRegistered:
    return AccountRegistered((), None, account, Standing.UNVERIFIED, f"{account}@example.org", code)


def text_of(mail: Any) -> str:
    text: str = mail.get_body().get_content()
    return text.replace("\r\n", "\n")


# What is written.


def test_a_mail_says_whose_account_it_is_and_what_to_do() -> None:
    mail = message_from_bytes(written_to(letter(), SETTINGS, 1_700_000_000.0), policy=default)
    assert (mail["From"], mail["To"]) == ("chat@example.net", "alice@example.org")
    assert mail["Subject"] == "Your account on ExampleNet"
    assert mail["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.net>")
    text = text_of(mail)
    assert "    /msg NickServ VERIFY alice abc123\n" in text
    assert "connected to irc.example.net:" in text
    assert "until 2096-10-02 07:06 UTC." in text


def test_the_text_can_be_the_operator_s() -> None:
    settings = MailSettings(
        "x",
        25,
        "none",
        "chat@example.net",
        subject="{account}!",
        text=("{code} {unknown} {", "\u00e9{account}"),
    )
    mail = message_from_bytes(written_to(letter(), settings, 0.0), policy=default)
    assert mail["Subject"] == "alice!"
    assert text_of(mail) == "abc123 {unknown} {\n\u00e9alice\n"


def test_an_account_that_is_called_as_a_place_in_the_text_stays_one() -> None:
    mail = message_from_bytes(written_to(letter("{code}"), SETTINGS, 0.0), policy=default)
    assert "VERIFY {code} abc123" in text_of(mail)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_makes_a_header(account: str, network: str) -> None:
    settings = MailSettings(
        "x", 25, "none", "chat@example.net", subject="{account} {network}", network=network
    )
    try:
        written = written_to(letter(account), settings, 0.0)
    except (ValueError, UnicodeError):
        return
    headers = message_from_bytes(written, policy=default)
    known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert set(headers.keys()) - {"Content-Transfer-Encoding"} == known


@pytest.mark.parametrize("email", ["a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "x"])
def test_no_address_is_more_than_one(email: str) -> None:
    try:
        written = written_to(letter(email=email), SETTINGS, 0.0)
    except (ValueError, IndexError):
        return
    raise AssertionError(written)


# How it is sent.


@implementer(ILogObserver)
class Lines:
    """What the log says of mail."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        if event["log_namespace"] == "chatdaemon.mail":
            self.lines.append(formatEvent(event))


class MailerTest(TestCase):
    timeout = 60.0

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.certificate, _ = ensure_self_signed(self.directory, ["localhost"])
        self.mailer = Mailer(reactor, time.time)
        self.addCleanup(self.finish)
        self.log = Lines()
        globalLogPublisher.addObserver(self.log)
        self.addCleanup(globalLogPublisher.removeObserver, self.log)
        self.replace("_RETRIES", (0.0, 0.0, 0.0))
        # Everything is in the log.
        self.mailer._logged.configure(1, None)

    def replace(self, name: str, value: object) -> None:
        """Have a constant of the module be another for this test."""
        self.addCleanup(setattr, module, name, getattr(module, name))
        setattr(module, name, value)

    async def finish(self) -> None:
        self.mailer.stop()
        await self.until(lambda: not self.mailer._outgoing.sending)
        # Connections end in the reactor's next turns.
        await self.until(lambda: not [each for each in reactor.getReaders() if "SMTP" in repr(each)])

    async def until(self, condition: Any) -> None:
        while not condition():
            waiting: Deferred[None] = Deferred()
            reactor.callLater(0.005, waiting.callback, None)
            await waiting

    async def relay(self, security: str, **more: Any) -> Relay:
        """A relay that mail is sent to from now on."""
        found = Relay(security, self.certificate)
        port = await found.start()
        self.addCleanup(found.stop)
        self.use(port, security, **more)
        return found

    def use(self, port: int, security: str, **more: Any) -> None:
        settings = MailSettings(
            "localhost",
            port,
            security,
            "chat@example.net",
            server="irc.test",
            **{"ca_file": self.certificate, **more},
        )
        self.mailer.relay = relay(settings)

    async def test_what_the_realm_wants_confirmed_is_sent(self) -> None:
        found = await self.relay("none")
        events: tuple[Event, ...] = (
            registered("a"),
            CodeRenewed((), None, "b", "b@example.org", CODE),
            EmailChanged((), None, "c", "c@example.org", CODE),
            registered("d", None),
            EmailChanged((), None, "e", None),
            AccountDropped((), None, "f", 1),
        )
        for event in events:
            self.mailer.observe(STAMP, event)
        await found.until(3)
        assert sorted(each.receiver for each in found.taken) == [f"{name}@example.org" for name in "abc"]
        assert {each.sender for each in found.taken} == {"chat@example.net"}
        text = b"\n".join(found.taken[0].lines)
        assert b"VERIFY" in text
        assert b"abc123" in text

    async def test_over_tls_with_a_password(self) -> None:
        for security in ("tls", "starttls"):
            found = await self.secured(security, b"sesame", "sesame")
            self.mailer.send(letter())
            await found.until(1)
        assert self.log.lines == []

    async def secured(self, security: str, known: bytes, given: str) -> Relay:
        found = Relay(security, self.certificate, password=known)
        port = await found.start()
        self.addCleanup(found.stop)
        self.use(port, security, username="chat", password=given)
        return found

    async def test_a_wrong_password_is_for_the_operator_and_in_no_log(self) -> None:
        await self.secured("starttls", b"sesame", "wrong-secret")
        self.mailer.send(letter())
        await self.until(lambda: self.log.lines)
        (line,) = self.log.lines
        assert line.startswith("the code for alice could not be sent: ")
        assert "535" in line
        assert "wrong-secret" not in line
        assert "abc123" not in line

    async def test_a_relay_that_cannot_be_verified_gets_nothing(self) -> None:
        other = self.directory / "other"
        authority, _ = ensure_self_signed(other, ["localhost"])
        for security in ("tls", "starttls"):
            found = await self.relay(security, ca_file=authority)
            self.mailer.send(letter())
            await self.until(lambda: self.log.lines and "tried again" not in self.log.lines[-1])
            assert found.tried == 0
            self.log.lines.clear()

    async def test_a_relay_without_starttls_gets_nothing_where_that_is_wanted(self) -> None:
        found = Relay("none", self.certificate)
        port = await found.start()
        self.addCleanup(found.stop)
        self.use(port, "starttls")
        self.mailer.send(letter())
        await self.until(lambda: self.log.lines)
        assert (found.tried, "secure" in self.log.lines[0]) == (0, True)

    async def test_what_fails_for_now_is_tried_again(self) -> None:
        found = await self.relay("none")
        found.refusals = [(450, "later"), (451, "later")]
        self.mailer.send(letter())
        await found.until(1)
        assert found.tried == 3
        assert [line.partition(": ")[0] for line in self.log.lines] == [
            "the code for alice could not be sent, and is tried again"
        ] * 2

    async def test_what_is_refused_for_good_is_not(self) -> None:
        found = await self.relay("none")
        found.refusals = [(550, "no such person")]
        self.mailer.send(letter())
        await self.until(lambda: self.log.lines)
        self.mailer.send(letter("bob", "bob@example.org"))
        await found.until(1)
        assert [each.receiver for each in found.taken] == ["bob@example.org"]
        assert "550" in self.log.lines[0]
        assert "tried again" not in self.log.lines[0]

    async def test_a_relay_that_is_not_there_is_tried_a_few_times(self) -> None:
        self.use(free_port(), "none")
        self.mailer.send(letter())
        await self.until(lambda: len(self.log.lines) == 4)
        assert ["tried again" in line for line in self.log.lines] == [True, True, True, False]
        assert self.mailer._outgoing.later == {}

    async def test_a_code_that_is_no_good_any_more_is_not_sent(self) -> None:
        found = await self.relay("none")
        self.mailer.send(letter(code=Code("old", 1000)))
        self.mailer.send(letter("bob", "bob@example.org"))
        await found.until(1)
        assert [each.receiver for each in found.taken] == ["bob@example.org"]

    async def test_only_so_many_wait_and_only_so_many_are_sent_at_once(self) -> None:
        self.replace("_MOST_WAITING", 3)
        found = await self.relay("none")
        for number in range(8):
            self.mailer.send(letter(f"a{number}", f"a{number}@example.org"))
        assert len(self.mailer._outgoing.sending) == 2
        await found.until(5)
        assert sorted(each.receiver[:2] for each in found.taken) == ["a0", "a1", "a2", "a3", "a4"]
        assert self.log.lines == ["too many mails wait to be sent: some are not sent at all"] * 3

    async def test_without_a_relay_the_operator_is_told(self) -> None:
        self.mailer.observe(STAMP, registered())
        assert self.log.lines == ["there is no relay in [mail]: nobody is sent a code"]

    async def test_nothing_is_sent_after_the_end(self) -> None:
        found = await self.relay("none")
        self.replace("_RETRIES", (3600.0,))
        found.refusals = [(450, "later")]
        self.mailer.send(letter())
        await self.until(lambda: self.mailer._outgoing.later)
        for number in range(4):
            self.mailer.send(letter(f"a{number}", f"a{number}@example.org"))
        self.mailer.stop()
        await self.until(lambda: not self.mailer._outgoing.sending)
        assert self.mailer._outgoing.later == {}
        assert not self.mailer._waiting

    def test_a_file_of_authorities_that_is_of_no_use_is_refused(self) -> None:
        for ca_file in (Path(__file__), Path("/nowhere")):
            with pytest.raises(ValueError, match=str(ca_file)):
                relay(MailSettings("x", 25, "tls", "x@example.net", ca_file=ca_file))
        assert relay(None) is None
