"""A night away. iris uses irssi, which knows nothing of history; carol's client asks for it (draft/chathistory). Both
lose their connection, the others go on, the daemon is killed and started again, the others go on; and in the
morning both have read everything, once and in order."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.programs import Irssi
from tests.clients.test_conversation import Offer, offered
from tests.end_to_end.daemon import Client, Daemon
from tests.end_to_end.past import logged_in, since
from tests.end_to_end.prefork import Prefork
from tests.end_to_end.test_storage import PASSWORD, person, register

CONFIG = """[listener ircs]
endpoint = tcp:0:127.0.0.1
tls = yes
[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[accounts]
registration-interval = off
[limits]
flood-rate = off
"""
EVENING = ("Who has the key?", "I put it under the mat")
BEFORE = ("The build is broken", "It was me", "Fixed it")
AFTER = ("Did the server just restart?", "Nothing is lost", "Good morning")


def test_both_have_read_everything_in_the_morning(tmp_path: Path, storage: str, prefork: Prefork) -> None:
    config = CONFIG + storage
    with Daemon(tmp_path, config, prefork=prefork) as daemon:
        ben = newcomer(daemon, "ben")
        ben.send("JOIN #tea", "CS REGISTER #tea")
        ben.expect(" is registered")
        carol = newcomer(daemon, "carol")
        carol.send("NS SET ALWAYS-ON ON", "JOIN #tea")
        carol.expect(" 366 ")
        with Irssi(tmp_path / "evening", "iris") as irssi:
            irssi.command(offered(daemon).line)
            irssi.expect("Welcome to the ChatNet network, iris!iris@")
            irssi.command(f"/msg NickServ REGISTER {PASSWORD}")
            irssi.expect("The account iris is registered")
            irssi.command("/msg NickServ SET ALWAYS-ON ON")
            irssi.expect("ALWAYS-ON is on now")
            irssi.command("/join #tea")
            irssi.expect(r"#tea: Total of 3 nicks ")
            for text in EVENING:
                say(ben, "#tea", text)
                irssi.expect(text_of("ben", text))
            carol.expect(EVENING[-1])
            # The laptop is closed.
        carol.close()
        for text in BEFORE:
            say(ben, "#tea", text)
        say(ben, "iris", f"iris: {BEFORE[0]}")
        say(ben, "carol", f"carol: {BEFORE[0]}")
        known = evening_of(daemon)
        # What is said is on the disk soon; whoever asks for an answer when it is, is answered.
        acknowledged(daemon)
        daemon.process.kill()
        daemon.process.wait()
        assert daemon.complaints() == []
    with Daemon(tmp_path, config, prefork=prefork) as daemon:
        ben = logged_in(daemon.port("irc"), "ben", PASSWORD)
        ben.send("JOIN #tea")
        ben.expect(" 366 ")
        for text in AFTER:
            say(ben, "#tea", text)
        say(ben, "iris", f"iris: {AFTER[0]}")
        say(ben, "carol", f"carol: {AFTER[0]}")
        carol_reads(daemon, known)
        iris_reads(daemon, tmp_path / "morning")
        assert daemon.complaints() == []
        assert daemon.stop() == 0


def newcomer(daemon: Daemon, nick: str) -> Client:
    """Somebody who makes an account."""
    client = person(daemon, nick)
    assert " SUCCESS " in register(client)
    return client


def say(client: Client, target: str, text: str) -> None:
    client.send(f"PRIVMSG {target} :{text}")
    assert not any(" 401 " in line or " FAIL " in line for line in client.settled())


def evening_of(daemon: Daemon) -> str:
    """The message id up to which carol has read, as her client keeps it."""
    ben = logged_in(daemon.port("irc"), "ben", PASSWORD)
    said = since(ben, "#tea", None)
    ben.close()
    return next(each.msgid for each in said if each.text == EVENING[-1])


def acknowledged(daemon: Daemon) -> None:
    """Wait until all of it is stored: an account that is registered is behind it."""
    newcomer(daemon, "dora").close()


def carol_reads(daemon: Daemon, known: str) -> None:
    """She asks what there is that she has not read, and for that."""
    carol = logged_in(daemon.port("irc"), "carol", PASSWORD)
    carol.send("CHATHISTORY TARGETS timestamp=2001-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 50")
    carol.expect(" BATCH +")
    targets = []
    while " BATCH -" not in (line := carol.line()):
        targets.append(line.partition(" CHATHISTORY TARGETS ")[2].split()[0])
    assert sorted(targets) == ["#tea", "ben"]
    assert [said.text for said in since(carol, "#tea", known)] == [*BEFORE, *AFTER]
    assert [said.text for said in since(carol, "ben", None)] == [f"carol: {BEFORE[0]}", f"carol: {AFTER[0]}"]
    carol.close()


def iris_reads(daemon: Daemon, home: Path) -> None:
    """She opens her laptop, and finds it in her windows."""
    offer = offered(daemon)
    with Irssi(home, "iris") as irssi:
        log_in(irssi, offer)
        private = [f"iris: {BEFORE[0]}", f"iris: {AFTER[0]}"]
        for text in (*BEFORE, *AFTER):
            irssi.expect(text_of("ben", text))
        for text in private:
            irssi.expect(text)
        missed = [*BEFORE, *AFTER]
        shown = [
            text for line in irssi.lines() for text in missed if line.endswith(f"> {text}") and "#tea" in line
        ]
        assert shown == missed
        assert [text for line in irssi.lines() for text in private if line.endswith(f"> {text}")] == private


def log_in(irssi: Irssi, offer: Offer) -> None:
    irssi.command(f"/network add -sasl_mechanism PLAIN -sasl_username iris -sasl_password {PASSWORD} chat")
    irssi.command(
        "/server add -network chat -tls -notls_verify"
        f" -tls_pinned_cert {offer.fingerprint} 127.0.0.1 {offer.port}"
    )
    irssi.command("/connect chat")
    irssi.expect("Welcome to the ChatNet network, iris!iris@")


def text_of(nick: str, text: str) -> str:
    """What irssi logs of a message to #tea."""
    return rf"#tea: <.?{nick}> {re.escape(text)}$"
