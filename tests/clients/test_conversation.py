"""irssi and WeeChat in one channel, over TLS, as two new users find each other. What one does, the other shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.programs import Irssi, Weechat
from tests.end_to_end.daemon import Client, Daemon

CONFIG = """
[listener ircs]
endpoint = tcp:0:interface=127.0.0.1
tls = yes
[motd]
text = Make yourself at home. ☕
"""
# One, two, three and four bytes to a character; no spaces, since clients that split at a space drop it.
LONG = "".join(f"{number}:aé☕🫖;" for number in range(60))


@dataclass
class Offer:
    """What the daemon prints for those who want to connect."""

    line: str
    fingerprint: str
    port: int


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("clients"), CONFIG) as running:
        yield running
        assert running.complaints() == []
        assert running.stop() == 0
        assert running.complaints() == []


def offered(daemon: Daemon) -> Offer:
    log = daemon.log.read_text()
    fingerprint = re.search(r"self-signed certificate, SHA-256 (\S+)\n", log)
    line = re.search(r"irssi: (/connect .*)\n", log)
    assert fingerprint is not None
    assert line is not None
    return Offer(line[1], fingerprint[1], daemon.port("ircs"))


@pytest.fixture(scope="module")
def offer(daemon: Daemon) -> Offer:
    return offered(daemon)


@pytest.fixture
def irssi(offer: Offer, tmp_path: Path) -> Iterator[Irssi]:
    """iris, who made #tea."""
    with Irssi(tmp_path / "irssi", "iris") as client:
        client.command(offer.line)
        client.expect("Welcome to the ChatNet network, iris!iris@")
        client.command("/join #tea")
        client.expect(r"#tea: Total of 1 nicks \[1 ops, ")
        yield client


@pytest.fixture
def weechat(irssi: Irssi, offer: Offer, tmp_path: Path) -> Iterator[Weechat]:
    """wendy, who came to #tea when iris was there."""
    with Weechat(tmp_path / "weechat", "wendy") as client:
        client.connect(offer.port, offer.fingerprint.replace(":", ""))
        client.expect("Welcome to the ChatNet network, wendy!wendy@")
        client.command("/join -server chat #tea")
        client.expect(r"#tea\t--\tChannel #tea: 2 nicks \(1 op, ")
        yield client


def test_irssi_connects_with_the_line_that_the_daemon_prints(offer: Offer, irssi: Irssi) -> None:
    assert f" -tls_pinned_cert {offer.fingerprint} " in offer.line
    irssi.expect("Make yourself at home. ☕")
    irssi.expect(r"Mode change \[\+iZ\] for user iris")
    assert irssi.found("Certificate Fingerprint: (.*) ") == [offer.fingerprint]


def test_irssi_does_not_connect_to_a_certificate_that_it_was_not_told(offer: Offer, tmp_path: Path) -> None:
    with Irssi(tmp_path / "irssi", "iris") as irssi:
        irssi.command(offer.line.replace(offer.fingerprint, "00:" * 31 + "00"))
        irssi.expect("Pinned certificate mismatch")
        irssi.expect("Connection lost to 127.0.0.1")
        assert irssi.found("(Welcome)") == []


def test_weechat_finds_the_fingerprint_right_and_negotiates_capabilities(weechat: Weechat) -> None:
    weechat.expect("gnutls: certificate fingerprint matches")
    weechat.expect("Make yourself at home. ☕")
    (enabled,) = weechat.found("client capability, enabled: (.*)")
    wanted = {"account-notify", "away-notify", "cap-notify", "chghost", "extended-join", "invite-notify"}
    wanted |= {"message-tags", "multi-prefix", "server-time", "setname", "userhost-in-names"}
    assert set(enabled.split()) >= wanted


def test_each_sees_the_other_come(irssi: Irssi, weechat: Weechat) -> None:
    irssi.expect(r"wendy \[wendy@127\.0\.0\.1\] has joined #tea$")
    weechat.expect(r"-->\twendy \(.*\) \(wendy@127\.0\.0\.1\) has joined #tea$")


def test_they_talk_in_the_channel(irssi: Irssi, weechat: Weechat) -> None:
    irssi.say("#tea", "Is anybody here?")
    weechat.expect(r"^chat\.#tea\t@iris\tIs anybody here\?$")
    weechat.say("#tea", "Grüße aus der Küche 🫖")
    irssi.expect("^- #tea: < wendy> Grüße aus der Küche 🫖$")
    irssi.say("#tea", "/me pours")
    weechat.expect(r"^chat\.#tea\t \*\tiris pours$")
    # Each shows what it says itself once, and what the other says once.
    assert len(irssi.found("(Grüße)")) == len(irssi.found(r"(Is anybody)")) == 1
    assert len(weechat.found("(Grüße)")) == len(weechat.found(r"(Is anybody)")) == 1


def test_they_talk_in_private(irssi: Irssi, weechat: Weechat) -> None:
    irssi.command("/msg wendy Not for the channel")
    weechat.expect(r"^chat\.iris\tiris\tNot for the channel$")
    weechat.say("iris", "Nor is this")
    irssi.expect("<wendy> Nor is this$")
    irssi.command("/ctcp wendy version")
    irssi.expect("CTCP VERSION reply from wendy: WeeChat ")


def test_a_long_text_arrives_whole(irssi: Irssi, weechat: Weechat) -> None:
    assert len(LONG.encode()) > 600
    irssi.say("#tea", LONG)
    assert len(weechat.expect_pieces(r"^chat\.#tea\t@iris\t(.*)", LONG)) > 1
    weechat.say("#tea", LONG)
    assert len(irssi.expect_pieces("^- #tea: < wendy> (.*)", LONG)) > 1


def test_a_line_that_fits_until_its_sender_is_in_front_arrives_whole(
    offer: Offer, irssi: Irssi, weechat: Weechat
) -> None:
    text = "é☕" * 98
    line = f"PRIVMSG #tea :{text}"
    assert 500 < len(line.encode()) <= 510
    third = Client.registered(offer.port, "theo", "#tea", tls=True)
    third.send(line)
    assert len(weechat.expect_pieces(r"^chat\.#tea\ttheo\t(.*)", text)) == 2
    assert len(irssi.expect_pieces("^- #tea: < theo> (.*)", text)) == 2
    third.close()


def test_topics(irssi: Irssi, weechat: Weechat) -> None:
    weechat.say("#tea", "/topic Coffee")
    weechat.expect(r"#tea: .*(?i:operator)")
    irssi.say("#tea", "/topic Tea & Kekse ☕")
    weechat.expect('iris has changed topic for #tea to "Tea & Kekse ☕"')
    irssi.say("#tea", "/op wendy")
    weechat.expect(r"Mode #tea \[\+o wendy\] by iris")
    weechat.say("#tea", "/topic Only tea")
    irssi.expect("wendy changed the topic of #tea to: Only tea")
    assert irssi.found("(Coffee)") == []


def test_a_new_nick_and_whois(irssi: Irssi, weechat: Weechat) -> None:
    weechat.say("#tea", "/nick wilma")
    weechat.expect("You are now known as wilma")
    irssi.expect("wendy is now known as wilma$")
    irssi.command("/whois wilma")
    irssi.expect(r"-!- wilma \[wendy@127\.0\.0\.1\]$")
    irssi.expect(": is using a secure connection$")
    irssi.expect("End of WHOIS")
    assert [line.strip() for line in irssi.found("channels +: (.*)")] == ["#tea"]
    irssi.command("/nick irene")
    weechat.expect("iris is now known as irene")
    weechat.say("#tea", "/whois irene")
    weechat.expect(r"\[irene\] \(iris@127\.0\.0\.1\): Iris$")
    weechat.expect(r"\[irene\] @#tea$")
    weechat.expect(r"\[irene\] End of /WHOIS list$")


def test_somebody_is_kicked_and_comes_back(irssi: Irssi, weechat: Weechat) -> None:
    irssi.say("#tea", "/kick wendy Mind the cups")
    weechat.expect(r"<--\tiris has kicked wendy \(Mind the cups\)")
    irssi.expect(r"wendy was kicked from #tea by iris \[Mind the cups\]")
    weechat.say("#tea", "/join #tea")
    weechat.say("#tea", "Sorry")
    irssi.expect("< wendy> Sorry$")
    irssi.say("#tea", "/ban wendy!*@*")
    weechat.expect(r"Mode #tea \[\+b wendy!\*@\*\] by iris")
    irssi.say("#tea", "/kick wendy Again")
    weechat.expect(r"<--\tiris has kicked wendy \(Again\)")
    weechat.say("#tea", "/join #tea")
    weechat.expect(r"#tea: .*(?i:banned|\+b)")


def test_weechat_quits(irssi: Irssi, weechat: Weechat) -> None:
    assert weechat.quit("The kettle is calling") == 0
    irssi.expect(r"wendy \[wendy@127\.0\.0\.1\] has quit \[Quit: The kettle is calling\]$")


def test_irssi_quits(irssi: Irssi, weechat: Weechat) -> None:
    assert irssi.quit("Good night") == 0
    weechat.expect(r"<--\tiris \(iris@127\.0\.0\.1\) has quit \(Quit: Good night\)$")


def test_the_daemon_stops_and_its_client_is_told(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon, Irssi(tmp_path / "irssi", "iris") as irssi:
        irssi.command(offered(daemon).line)
        irssi.expect("Welcome to the ChatNet network")
        assert daemon.stop() == 0
        irssi.expect("ERROR Closing Link: .*Server shutting down")
        irssi.expect("Connection lost to 127.0.0.1")
        assert daemon.complaints() == []
