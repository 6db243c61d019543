"""The configuration again, while the daemon runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Protocol
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher

from chatdaemon.config import DEFAULT_LISTENERS, load
from chatdaemon.daemon import Daemon, tls_contexts
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm.modes import Privilege, Rank
from chatdaemon.realm.requests import Configure
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.reload import reload
from chatdaemon.transports.certificates import ensure_self_signed
from tests.world import FakeTransport, RecordedControl

PLAIN = "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n"
TLS = "[listener ircs]\nendpoint = tcp:port=0:interface=127.0.0.1\ntls = yes\n"


class Running:
    """A daemon that has opened its ports, with its file; nothing runs but what a test calls."""

    def __init__(self, directory: Path) -> None:
        self.ini = directory / "chatdaemon.ini"
        self.write(PLAIN)
        config = load(self.ini, environ={})
        self.daemon = Daemon(reactor, config, RecordedControl())
        self.daemon.use(config, tls_contexts(config))
        self.events: list[LogEvent] = []

    def write(self, text: str) -> None:
        self.ini.write_text(f"[chatdaemon]\nserver-name = irc.test\ndata-directory = var\n{text}")

    def reload(self, text: str) -> list[str]:
        self.write(text)
        return reload(self.daemon, {})

    def session(self) -> IRCSession:
        """A connection that has been accepted, and says nothing."""
        session = self.daemon._speeches["irc"].session(DEFAULT_LISTENERS[0])
        assert isinstance(session, IRCSession)
        transport = FakeTransport(cast(Any, reactor), "192.0.2.1")
        transport.protocol = session
        Protocol.makeConnection(session, cast(Any, transport))
        return session

    @property
    def names(self) -> list[str]:
        return list(self.daemon.listeners.addresses)

    def said(self, level: str) -> list[str]:
        """What was logged at this level."""
        return [
            event["log_format"].format(**event) for event in self.events if event["log_level"].name == level
        ]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    up = Running(tmp_path)
    observer = cast(ILogObserver, up.events.append)
    globalLogPublisher.addObserver(observer)
    yield up
    globalLogPublisher.removeObserver(observer)
    up.daemon.listeners.stop()
    up.daemon.passwords.stop()
    for session in list(up.daemon.irc.sessions):
        session.drop("over")
        up.daemon.deadlines.clear(session)
    cast(Any, reactor).iterate()


def test_listeners_come_and_go(running: Running) -> None:
    assert running.reload(PLAIN + TLS) == []
    assert running.names == ["irc", "ircs"]
    assert running.reload(TLS) == []
    assert running.names == ["ircs"]
    assert "[listener irc] tcp:0:interface=127.0.0.1 closed" in running.said("info")
    assert any(line.startswith("[listener ircs] IRC over TLS on 127.0.0.1:") for line in running.said("info"))


def test_limits_change_for_the_realm_for_lines_and_for_who_is_there(running: Running) -> None:
    session = running.session()
    assert session.outbox.limit == 16 << 10
    limits = "[limits]\nnick-length = 9\nsend-queue-unregistered = 8K\nflood-rate = off\nconnections = 7\n"
    assert running.reload(PLAIN + limits) == []
    assert running.daemon.node.realm.settings.nick_length == 9
    assert "NICKLEN=9" in running.daemon.irc.tokens
    assert running.daemon.around.limits.flood_rate is None
    assert running.daemon.admission.limits.connections == 7
    assert session.outbox.limit == 8 << 10


def test_what_is_said_of_the_realms_limits_follows_the_realm_even_when_its_log_is_late(
    running: Running,
) -> None:
    node = running.daemon.node
    node.submit(None, Configure(replace(node.realm.settings, nick_length=9)))
    assert "NICKLEN=9" in running.daemon.irc.tokens


def test_a_limit_that_is_off_is_none(running: Running) -> None:
    assert running.reload(PLAIN + "[limits]\nlist-entries = off\ntargets = off\nconnections = off\n") == []
    assert running.daemon.node.realm.settings.list_entries == UNLIMITED
    assert running.daemon.irc.settings.targets is None
    assert running.daemon.admission.limits.connections is None


def test_what_is_said_to_people_changes(running: Running) -> None:
    assert (
        running.reload("network-name = Other\ncreator-rank = founder\n" + PLAIN + "[motd]\ntext = hello\n")
        == []
    )
    assert running.daemon.irc.settings.motd == ("hello",)
    assert "NETWORK=Other" in running.daemon.irc.tokens
    assert running.daemon.api.settings.network == "Other"
    assert running.daemon.node.realm.settings.creator_rank is Rank.FOUNDER


def test_operators_change(running: Running) -> None:
    fingerprint = "ab" * 32
    operator = (
        f"[operator bob]\ncertificate-fingerprint = {fingerprint}\nprivileges = die, kill\nvhost = a.test\n"
    )
    assert running.reload(PLAIN + operator) == []
    bob = running.daemon.irc.settings.operators["bob"]
    assert bob.fingerprints == (fingerprint,)
    assert bob.privileges == (Privilege.KILL, Privilege.DIE)
    assert bob.vhost == "a.test"
    assert running.reload(PLAIN) == []
    assert running.daemon.irc.settings.operators == {}


def test_certificates_are_read_again_though_the_file_is_the_same(running: Running, tmp_path: Path) -> None:
    current = tmp_path / "current.pem"
    current.write_bytes(ensure_self_signed(tmp_path / "one", ["irc.test"])[0].read_bytes())
    text = TLS + "certificate = current.pem\n"
    assert running.reload(text) == []
    (before,) = [line for line in running.said("info") if "current.pem: SHA-256" in line]
    current.write_bytes(ensure_self_signed(tmp_path / "two", ["irc.test"])[0].read_bytes())
    running.events.clear()
    assert running.reload(text) == []
    (after,) = [line for line in running.said("info") if "current.pem: SHA-256" in line]
    assert before != after


def test_every_mistake_is_told_and_nothing_changes(running: Running) -> None:
    before = running.daemon.config
    mistakes = running.reload(TLS + "[limits]\nnick-lenght = 3\nkick-length = long\n[motd]\ntext = hello\n")
    assert [mistake.split(": ", 1)[0].rpartition(":")[2] for mistake in mistakes] == ["8", "9"]
    assert running.daemon.config is before
    assert running.names == ["irc"]
    assert running.said("error") == [f"not reloaded: {mistake}" for mistake in mistakes]


def test_a_certificate_of_no_use_changes_nothing(running: Running) -> None:
    mistakes = running.reload(PLAIN + TLS + "certificate = chatdaemon.ini\n[motd]\ntext = hello\n")
    assert len(mistakes) == 1
    assert mistakes[0].startswith("[listener ircs] ")
    assert running.names == ["irc"]
    assert running.daemon.irc.settings.motd == ()


def test_a_port_that_is_taken_changes_nothing(running: Running) -> None:
    address = running.daemon.listeners.addresses["irc"]
    assert isinstance(address, IPv4Address)
    (mistake,) = running.reload(
        PLAIN + f"[listener two]\nendpoint = tcp:{address.port}\n[motd]\ntext = hello\n"
    )
    assert "Address already in use" in mistake
    assert running.names == ["irc"]
    assert running.daemon.irc.settings.motd == ()


def test_a_file_that_has_gone_changes_nothing(running: Running) -> None:
    running.ini.unlink()
    (mistake,) = reload(running.daemon, {})
    assert "No such file" in mistake


def test_what_needs_a_restart_stays_as_it_was_and_the_rest_changes(running: Running) -> None:
    running.ini.write_text(
        f"[chatdaemon]\nserver-name = other.test\ndata-directory = var\ncasemapping = rfc1459\n{PLAIN}"
        "[motd]\ntext = hello\n"
    )
    assert reload(running.daemon, {}) == []
    assert running.daemon.config.server.server_name == "irc.test"
    assert running.daemon.node.realm.settings.casemapping == "ascii"
    assert running.daemon.irc.settings.motd == ("hello",)
    assert [line.split()[0] for line in running.said("warn")] == ["server-name", "casemapping"]


def test_what_is_unwise_is_said_each_time(running: Running) -> None:
    assert running.reload("[listener irc]\nendpoint = tcp:0\n") == []
    assert any("tls = yes hides them" in line for line in running.said("warn"))
