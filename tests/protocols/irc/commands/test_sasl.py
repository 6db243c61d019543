"""AUTHENTICATE: logging in, before registration and after."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from scramp import ScramClient
from twisted.internet.defer import Deferred, fail, succeed

from chatdaemon.accounts.authentication import Authentication
from chatdaemon.accounts.credentials import scram_keys
from chatdaemon.accounts.login import Client as Connection
from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.protocols.irc.sasl import CHUNK, LONGEST, MOST_FAILURES
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm import records
from chatdaemon.realm.accounts import Credentials
from chatdaemon.realm.requests import SuspendAccount
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import AUTHENTICATION, Client, World

SUCCESS = ":irc.test 903 {} :SASL authentication successful"
WRONG = ":irc.test 904 {} :SASL authentication failed: Invalid account credentials"


def plain(account: str, password: str, identity: str = "") -> str:
    return b64encode(f"{identity}\0{account}\0{password}".encode()).decode()


def session_of(client: Client) -> IRCSession:
    session = client.connection
    assert isinstance(session, IRCSession)
    return session


def connecting(world: World, caps: str = "sasl", *, nick: str = "alice", secure: bool = True) -> Client:
    """A client that has said all but CAP END."""
    client = world.connect_irc(secure=secure)
    client.send("CAP LS 302", f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    client.read()
    return client


@pytest.fixture
def alice(world: World) -> Client:
    """Not registered, and with an account "alice" whose password is "sesame"."""
    world.account("alice")
    return connecting(world)


def test_a_client_logs_in_before_it_is_registered(world: World, alice: Client) -> None:
    assert alice.ask("AUTHENTICATE PLAIN") == ["AUTHENTICATE +"]
    assert alice.ask(f"AUTHENTICATE {plain('alice', 'sesame')}") == [
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice",
        SUCCESS.format("alice"),
    ]
    assert alice.ask("CAP END")[0].startswith(":irc.test 001 alice ")
    assert world.realm.nicks["alice"].account == "alice"


def test_what_is_not_known_yet_is_a_star_in_900(world: World) -> None:
    world.account("alice")
    client = world.connect_irc(secure=True)
    client.send("CAP REQ sasl", "AUTHENTICATE PLAIN")
    assert client.ask(f"AUTHENTICATE {plain('alice', 'sesame')}") == [
        ":irc.test 900 * *!*@192.0.2.1 alice :You are now logged in as alice",
        SUCCESS.format("*"),
    ]


def test_cap_end_right_behind_the_password_waits_for_the_check(world: World, alice: Client) -> None:
    lines = alice.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'sesame')}", "CAP END")
    assert [line.split(" ")[1] for line in lines[1:4]] == ["900", "903", "001"]
    assert world.realm.nicks["alice"].account == "alice"


def test_cap_end_while_the_server_waits_for_the_client_ends_the_exchange(world: World) -> None:
    guest = connecting(world, nick="guest")
    lines = guest.ask("AUTHENTICATE PLAIN", "CAP END")
    assert lines[:2] == ["AUTHENTICATE +", ":irc.test 906 guest :SASL authentication aborted"]
    assert lines[2].startswith(":irc.test 001 guest ")
    assert session_of(guest).sasl is None


def test_the_nick_of_an_account_is_for_who_is_logged_in(alice: Client) -> None:
    no = [":irc.test 433 * alice :Nickname belongs to an account: log in to use it"]
    assert alice.ask("CAP END") == no
    # As a client does it that was asked for its password only then.
    alice.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'sesame')}")
    assert alice.ask("NICK alice")[-1].startswith(":alice MODE alice ")


@pytest.mark.parametrize("identity", ["", "alice", "ALICE", "wanderer"])
def test_the_authorization_identity_is_empty_the_account_or_the_nick(world: World, identity: str) -> None:
    world.account("alice")
    client = connecting(world, nick="wanderer")
    client.send("AUTHENTICATE PLAIN")
    assert client.ask(f"AUTHENTICATE {plain('alice', 'sesame', identity)}")[-1] == SUCCESS.format("wanderer")


@pytest.mark.parametrize(
    ("account", "password", "identity"),
    [("alice", "wrong", ""), ("nobody", "sesame", ""), ("alice", "sesame", "bob")],
)
def test_whatever_was_wrong_the_answer_is_the_same(
    world: World, alice: Client, account: str, password: str, identity: str
) -> None:
    alice.send("AUTHENTICATE PLAIN")
    assert alice.ask(f"AUTHENTICATE {plain(account, password, identity)}") == [WRONG.format("alice")]
    # Another try may follow.
    assert alice.ask("AUTHENTICATE PLAIN") == ["AUTHENTICATE +"]
    assert alice.ask(f"AUTHENTICATE {plain('alice', 'sesame')}")[-1] == SUCCESS.format("alice")


@pytest.mark.parametrize("data", ["!", "abc", "+", "YWxpY2U="])
def test_what_the_mechanism_does_not_want_fails(alice: Client, data: str) -> None:
    alice.send("AUTHENTICATE PLAIN")
    (line,) = alice.ask(f"AUTHENTICATE {data}")
    assert line.startswith(":irc.test 904 alice :SASL authentication failed: ")
    assert session_of(alice).sasl is None


def test_a_long_response_comes_in_pieces(world: World) -> None:
    password = "p" * 294
    world.account("alice", password)
    client = connecting(world)
    text = plain("alice", password)
    assert len(text) > CHUNK
    client.send("AUTHENTICATE PLAIN")
    assert client.ask(f"AUTHENTICATE {text[:CHUNK]}") == []
    assert client.ask(f"AUTHENTICATE {text[CHUNK:]}")[-1] == SUCCESS.format("alice")


def test_a_last_piece_that_is_full_is_followed_by_an_empty_one(world: World) -> None:
    # 300 bytes are 400 characters.
    password = "p" * (300 - len("\0alice\0"))
    world.account("alice", password)
    client = connecting(world)
    text = plain("alice", password)
    assert len(text) == CHUNK
    client.send("AUTHENTICATE PLAIN")
    assert client.ask(f"AUTHENTICATE {text}") == []
    assert client.ask("AUTHENTICATE +")[-1] == SUCCESS.format("alice")


def test_a_piece_that_is_too_long_ends_the_exchange(alice: Client) -> None:
    alice.send("AUTHENTICATE PLAIN")
    assert alice.ask(f"AUTHENTICATE {'A' * (CHUNK + 1)}") == [":irc.test 905 alice :SASL message too long"]
    assert alice.ask("AUTHENTICATE PLAIN") == ["AUTHENTICATE +"]


def test_so_do_too_many_pieces(alice: Client) -> None:
    alice.send("AUTHENTICATE PLAIN")
    for _ in range(LONGEST // CHUNK):
        assert alice.ask(f"AUTHENTICATE {'A' * CHUNK}") == []
    assert alice.ask(f"AUTHENTICATE {'A' * CHUNK}") == [":irc.test 905 alice :SASL message too long"]
    assert session_of(alice).sasl is None


def test_a_star_ends_the_exchange(alice: Client) -> None:
    aborted = [":irc.test 906 alice :SASL authentication aborted"]
    alice.send("AUTHENTICATE PLAIN")
    assert alice.ask("AUTHENTICATE *") == aborted
    assert session_of(alice).sasl is None
    assert alice.ask("AUTHENTICATE *") == aborted


def test_a_mechanism_that_there_is_not_is_answered_by_those_that_there_are(alice: Client) -> None:
    assert alice.ask("AUTHENTICATE DIGEST-MD5") == [
        ":irc.test 908 alice PLAIN :are available SASL mechanisms",
        ":irc.test 904 alice :SASL authentication failed: there is no such mechanism here",
    ]
    assert alice.ask("authenticate plain") == ["AUTHENTICATE +"]


def test_the_capability_is_asked_for_first(world: World) -> None:
    client = world.connect_irc(secure=True)
    assert client.ask("AUTHENTICATE PLAIN") == [
        ":irc.test 904 * :SASL authentication failed: ask for the capability sasl first"
    ]
    assert client.ask("AUTHENTICATE") == [":irc.test 461 * AUTHENTICATE :Not enough parameters"]


def test_who_fails_too_often_is_put_out(alice: Client) -> None:
    for _ in range(MOST_FAILURES):
        assert not alice.closed
        alice.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'wrong')}")
    lines = alice.read()
    assert lines.count(WRONG.format("alice")) == MOST_FAILURES
    assert lines[-1] == "ERROR :Closing Link: 192.0.2.1 (Too many SASL authentication failures)"


def test_who_has_to_wait_is_told_so_and_it_is_no_failure(make_world: MakeWorld) -> None:
    world = make_world(authentication=replace(AUTHENTICATION, login_burst=1, login_interval=3600.0))
    world.account("alice")
    client = connecting(world)
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'wrong')}", "AUTHENTICATE PLAIN")
    (line,) = client.ask(f"AUTHENTICATE {plain('alice', 'sesame')}")
    assert (
        line == ":irc.test 904 alice :SASL authentication failed: Too many attempts, try again in 60 minutes"
    )
    assert session_of(client).failures == 1


def test_an_account_that_cannot_be_used_is_locked(world: World, alice: Client) -> None:
    world.node.submit(None, SuspendAccount("alice", "spam"))
    world.settle()
    alice.send("AUTHENTICATE PLAIN")
    assert alice.ask(f"AUTHENTICATE {plain('alice', 'sesame')}") == [
        ":irc.test 902 alice :Your account has been suspended: spam",
        ":irc.test 904 alice :SASL authentication failed: Your account has been suspended: spam",
    ]


# Which mechanisms there are, and where.


def offered(client: Client) -> str | None:
    words = " ".join(line.split(" :", 1)[1] for line in client.ask("CAP LS 302")).split(" ")
    found = [word for word in words if word.partition("=")[0] == "sasl"]
    return found[0] if found else None


def test_mechanisms_are_those_that_work_over_the_connection(make_world: MakeWorld) -> None:
    world = make_world(authentication=AuthenticationSettings())
    assert offered(world.connect_irc(secure=True)) == "sasl=SCRAM-SHA-256,PLAIN"
    assert offered(world.connect_irc()) == "sasl=SCRAM-SHA-256"
    assert offered(world.connect_irc(address="127.0.0.1")) == "sasl=SCRAM-SHA-256,PLAIN"
    assert offered(with_certificate(world)) == "sasl=EXTERNAL,SCRAM-SHA-256,PLAIN"


def test_without_a_mechanism_there_is_no_capability(make_world: MakeWorld) -> None:
    world = make_world(authentication=replace(AUTHENTICATION, plain_without_tls=False))
    client = world.connect_irc()
    assert offered(client) is None
    assert client.ask("CAP REQ sasl") == [":irc.test CAP * NAK :sasl"]


def test_a_reload_that_changes_the_mechanisms_is_told(world: World) -> None:
    alice = world.irc("alice", caps="sasl", secure=True)
    world.authentication.configure(AuthenticationSettings())
    world.irc_server.configure(IRCSettings())
    world.settle()
    assert alice.read() == [":irc.test CAP alice NEW :sasl=SCRAM-SHA-256,PLAIN"]
    world.authentication.configure(AuthenticationSettings(mechanisms=("EXTERNAL",)))
    world.irc_server.configure(IRCSettings())
    world.settle()
    assert alice.read() == [":irc.test CAP alice DEL :sasl"]


class Certificate:
    """As pyOpenSSL has it."""

    def digest(self, name: str) -> bytes:
        assert name == "sha256"
        return b":".join([b"AB"] * 32)


def with_certificate(world: World) -> Client:
    client = world.connect_irc(secure=True)
    client.transport.getPeerCertificate = Certificate  # type: ignore[method-assign, assignment]
    return client


def test_external_logs_in_by_the_certificate(world: World) -> None:
    world.account("alice", certificate="ab" * 32)
    client = with_certificate(world)
    client.send("CAP REQ sasl", "NICK alice", "USER alice 0 * :Alice", "AUTHENTICATE EXTERNAL")
    assert client.ask("AUTHENTICATE +")[-1] == SUCCESS.format("alice")
    assert client.ask("CAP END")[0].startswith(":irc.test 001 alice ")


def test_a_certificate_of_nobody_fails(world: World) -> None:
    client = with_certificate(world)
    client.send("CAP REQ sasl", "AUTHENTICATE EXTERNAL")
    assert client.ask("AUTHENTICATE +")[-1] == WRONG.format("*")


def test_scram_proves_both_sides(make_world: MakeWorld) -> None:
    world = make_world(authentication=AuthenticationSettings())
    account = world.account("alice")
    keys = scram_keys("sesame").encoded()
    records.keep(world.realm, replace(account, credentials=Credentials(scram=keys)))
    client = connecting(world, secure=False)
    scram = ScramClient(["SCRAM-SHA-256"], "alice", "sesame")
    assert client.ask("AUTHENTICATE SCRAM-SHA-256") == ["AUTHENTICATE +"]
    (challenge,) = client.ask(f"AUTHENTICATE {encoded(scram.get_client_first())}")
    scram.set_server_first(decoded(challenge))
    (final,) = client.ask(f"AUTHENTICATE {encoded(scram.get_client_final())}")
    scram.set_server_final(decoded(final))
    assert client.ask("AUTHENTICATE +")[-1] == SUCCESS.format("alice")


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def decoded(line: str) -> str:
    return b64decode(line.removeprefix("AUTHENTICATE ")).decode()


# An exchange as it is seen from here.


class Echo:
    """A mechanism that answers each response by it, and takes "done" for the account "alice"."""

    def __init__(self) -> None:
        self.closed = False
        self.device = ""

    def respond(self, data: bytes) -> Deferred[bytes | str]:
        return succeed("alice" if data == b"done" else data)

    def close(self) -> None:
        self.closed = True


def echoing(world: World, monkeypatch: pytest.MonkeyPatch) -> Echo:
    exchange = Echo()

    def begin(self: Authentication, mechanism: str, client: Connection) -> Echo:
        return exchange

    monkeypatch.setattr(Authentication, "begin", begin)
    return exchange


def test_a_long_challenge_goes_in_pieces(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    echoing(world, monkeypatch)
    alice.send("AUTHENTICATE ECHO")
    assert alice.ask("AUTHENTICATE +") == ["AUTHENTICATE +"]
    full = b64encode(b"x" * 300).decode()
    alice.send(f"AUTHENTICATE {full}")
    assert alice.ask("AUTHENTICATE +") == [f"AUTHENTICATE {full}", "AUTHENTICATE +"]
    more = b64encode(b"x" * 303).decode()
    alice.send(f"AUTHENTICATE {more[:CHUNK]}")
    assert alice.ask(f"AUTHENTICATE {more[CHUNK:]}") == [
        f"AUTHENTICATE {more[:CHUNK]}",
        f"AUTHENTICATE {more[CHUNK:]}",
    ]


def test_whoever_leaves_ends_the_exchange(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = echoing(world, monkeypatch)
    alice.send("AUTHENTICATE ECHO")
    alice.vanish()
    assert exchange.closed


def test_a_check_that_ends_when_the_client_has_left_matters_to_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.account("alice")
    answers: list[Deferred[bytes | str]] = []

    class Slow(Echo):
        def respond(self, data: bytes) -> Deferred[bytes | str]:
            answers.append(Deferred())
            return answers[-1]

    monkeypatch.setattr(Authentication, "begin", lambda *_: Slow())
    for _ in range(2):
        client = connecting(world)
        client.send("AUTHENTICATE SLOW", "AUTHENTICATE +", "CAP END")
        client.vanish()
    answers[0].callback("alice")
    answers[1].errback(LoginFailed(Why.WRONG, "no"))
    world.settle()
    assert not world.realm.users


def test_a_fault_in_the_check_ends_that_connection_only(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Echo):
        def respond(self, data: bytes) -> Deferred[bytes | str]:
            return fail(LoginFailed(Why.UNAVAILABLE, "Nobody can be asked at the moment"))

    monkeypatch.setattr(Authentication, "begin", lambda *_: Broken())
    alice.send("AUTHENTICATE X")
    assert alice.ask("AUTHENTICATE +") == [
        ":irc.test 904 alice :SASL authentication failed: Nobody can be asked at the moment"
    ]


# After registration.


def test_a_registered_client_logs_in_and_changes_accounts(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_is_account=False))
    world.account("alice")
    world.account("other", "open")
    alice = world.irc("wanderer", caps="sasl account-notify")
    alice.send("AUTHENTICATE PLAIN")
    assert alice.ask(f"AUTHENTICATE {plain('alice', 'sesame')}") == [
        ":wanderer!wanderer@192.0.2.1 ACCOUNT alice",
        ":irc.test 900 wanderer wanderer!wanderer@192.0.2.1 alice :You are now logged in as alice",
        SUCCESS.format("wanderer"),
    ]
    alice.send("AUTHENTICATE PLAIN")
    assert alice.ask(f"AUTHENTICATE {plain('other', 'open')}")[-2:] == [
        ":irc.test 900 wanderer wanderer!wanderer@192.0.2.1 other :You are now logged in as other",
        SUCCESS.format("wanderer"),
    ]
    assert world.realm.nicks["wanderer"].account == "other"
    # Whoever proves once more to be who they are is told so once more.
    alice.send("AUTHENTICATE PLAIN")
    assert [line.split(" ")[1] for line in alice.ask(f"AUTHENTICATE {plain('other', 'open')}")] == [
        "900",
        "903",
    ]


def test_the_nick_follows_the_account(world: World) -> None:
    world.account("alice")
    wanderer = world.irc("wanderer", caps="sasl")
    wanderer.send("AUTHENTICATE PLAIN")
    lines = wanderer.ask(f"AUTHENTICATE {plain('alice', 'sesame')}")
    assert ":wanderer!wanderer@192.0.2.1 NICK :alice" in lines
    assert lines[-1] == SUCCESS.format("alice")


def test_an_account_that_goes_between_the_check_and_the_login_is_no_login(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    echoing(world, monkeypatch)
    alice = world.irc("alice", caps="sasl")
    alice.send("AUTHENTICATE ECHO")
    assert alice.ask(f"AUTHENTICATE {encoded('done')}") == [
        ":irc.test 904 alice :SASL authentication failed: There is no account alice"
    ]
    # Before registration that comes out at its end.
    stranger = connecting(world, nick="stranger")
    stranger.send("AUTHENTICATE ECHO", f"AUTHENTICATE {encoded('done')}")
    assert stranger.ask("CAP END") == [
        ":irc.test 400 stranger CAP :There is no account alice",
        "ERROR :Closing Link: 192.0.2.1 (There is no account alice)",
    ]


def test_labels_are_answered(world: World) -> None:
    world.account("alice")
    client = connecting(world, "sasl labeled-response batch")
    assert client.ask("@label=1 AUTHENTICATE PLAIN") == ["@label=1 AUTHENTICATE +"]
    lines = client.ask(f"@label=2 AUTHENTICATE {plain('alice', 'sesame')}")
    assert lines[0] == "@label=2 :irc.test BATCH +b2 labeled-response"
    assert lines[-1] == ":irc.test BATCH -b2"
    assert lines[2].endswith("903 alice :SASL authentication successful")
