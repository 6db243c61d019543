"""irssi and WeeChat log in to accounts that outlive the daemon: by a password, by SCRAM, by a certificate."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.programs import Irssi, Weechat
from tests.clients.test_conversation import offered
from tests.end_to_end.daemon import PATIENCE, Client, Daemon
from tests.transports.support import self_signed

CONFIG = """
[listener ircs]
endpoint = tcp:0:interface=127.0.0.1
tls = yes
client-certificates = yes
"""
PASSWORD = "opensesame"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def certificate(directory: Path) -> Path:
    """A file with the certificate that both people show, and its key."""
    files = self_signed("iris")
    both = directory / "iris.pem"
    both.write_bytes(files.chain.read_bytes() + files.key.read_bytes())
    return both


@pytest.fixture(scope="module")
def daemon(directory: Path, certificate: Path) -> Iterator[Daemon]:
    """A daemon that was killed with no warning right after iris had registered herself and #tea."""
    with Daemon(directory, CONFIG) as first:
        with Irssi(directory / "first", "iris") as irssi:
            irssi.command(offered(first).line)
            irssi.expect("Welcome to the ChatNet network")
            irssi.command(f"/msg NickServ REGISTER {PASSWORD}")
            irssi.expect("The account iris is registered")
            irssi.command("/join #tea")
            irssi.expect(r"#tea: Total of 1 nicks \[1 ops, ")
            irssi.command("/topic #tea Green or black?")
            irssi.command("/quote CS REGISTER #tea")
            irssi.expect("#tea is registered")
        shown = Client(first.port("ircs"), tls=True, certificate=certificate)
        shown.send(f"PASS iris:{PASSWORD}", "NICK iris", "USER iris 0 * :Iris")
        shown.expect(" 001 ")
        shown.send("NS CERT ADD")
        shown.expect("logs in to your account now")
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(PATIENCE)
        shown.close()
    with Daemon(directory, CONFIG) as running:
        yield running
        assert running.complaints() == []
        assert running.stop() == 0


def irssi_options(mechanism: str, certificate: Path) -> tuple[str, str]:
    """What irssi is told of the network, and of the server."""
    if mechanism == "EXTERNAL":
        return "-sasl_mechanism EXTERNAL", f"-tls_cert {certificate} -tls_pkey {certificate}"
    return f"-sasl_mechanism PLAIN -sasl_username iris -sasl_password {PASSWORD}", ""


@pytest.mark.parametrize("mechanism", ["PLAIN", "EXTERNAL"])
def test_irssi_logs_in(daemon: Daemon, certificate: Path, tmp_path: Path, mechanism: str) -> None:
    offer = offered(daemon)
    network, server = irssi_options(mechanism, certificate)
    with Irssi(tmp_path / "irssi", "iris") as irssi:
        irssi.command(f"/network add {network} chat")
        irssi.command(
            f"/server add -network chat -tls -notls_verify -tls_pinned_cert {offer.fingerprint} {server} 127.0.0.1 {offer.port}"
        )
        irssi.command("/connect chat")
        irssi.expect("SASL authentication succeeded")
        irssi.expect("Welcome to the ChatNet network, iris!iris@")
        # The channel is as it was, and hers.
        irssi.command("/join #tea")
        irssi.expect("Topic for #tea: Green or black\\?")
        irssi.expect(r"ServerMode/#tea \[\+q iris\] by irc\.test")
        assert irssi.quit("bye") == 0


@pytest.mark.parametrize("mechanism", ["plain", "scram-sha-256", "external"])
def test_weechat_logs_in(daemon: Daemon, certificate: Path, tmp_path: Path, mechanism: str) -> None:
    offer = offered(daemon)
    options = f" -sasl_mechanism={mechanism}"
    if mechanism == "external":
        options += f" -{Weechat.tls()}_cert={certificate}"
    else:
        options += f" -sasl_username=iris -sasl_password={PASSWORD}"
    with Weechat(tmp_path / "weechat", "iris") as weechat:
        weechat.connect(offer.port, offer.fingerprint.replace(":", ""), options)
        weechat.expect("You are now logged in as iris")
        weechat.expect("SASL authentication successful")
        weechat.expect("Welcome to the ChatNet network, iris!iris@")
        weechat.command("/join -server chat #tea")
        weechat.expect('Topic for #tea is "Green or black\\?"')
        assert weechat.quit("bye") == 0


def test_a_wrong_password_is_no_login(daemon: Daemon, tmp_path: Path) -> None:
    offer = offered(daemon)
    with Weechat(tmp_path / "weechat", "wendy") as weechat:
        options = " -sasl_mechanism=plain -sasl_username=iris -sasl_password=guess"
        weechat.connect(offer.port, offer.fingerprint.replace(":", ""), options)
        weechat.expect("SASL authentication failed: Invalid account credentials")
