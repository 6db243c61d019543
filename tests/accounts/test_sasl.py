"""The SASL mechanisms, as a client runs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient, ScramException
from twisted.internet.defer import Deferred

from chatdaemon.accounts.credentials import scram_keys
from chatdaemon.accounts.login import Client, LoginFailed, Why
from chatdaemon.accounts.sasl import LONGEST, Exchange, Plain
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.realm.accounts import Credentials, Standing
from tests.accounts.scene import ALICE, FINGERPRINT, HERE, PLAIN, STANDINGS, Scene

KEYS = scram_keys(ALICE).encoded()
CERTIFIED = HERE._replace(certificate=FINGERPRINT)


def plain(scene: Scene, text: str, client: Client = HERE) -> Deferred[bytes | str]:
    return scene.authentication.begin("PLAIN", client).respond(text.encode())


# What is offered where.


@pytest.mark.parametrize(
    ("client", "offered"),
    [
        (HERE, ("SCRAM-SHA-256", "PLAIN")),
        (CERTIFIED, ("EXTERNAL", "SCRAM-SHA-256", "PLAIN")),
        (PLAIN, ("SCRAM-SHA-256",)),
        (PLAIN._replace(local=True), ("SCRAM-SHA-256", "PLAIN")),
    ],
)
def test_each_mechanism_is_offered_where_it_can_work(client: Client, offered: tuple[str, ...]) -> None:
    scene = Scene()
    assert scene.authentication.mechanisms(client) == offered
    for mechanism in {"EXTERNAL", "PLAIN", "OAUTHBEARER", "SCRAM-SHA-256", "plain"} - set(offered):
        with pytest.raises(KeyError):
            scene.authentication.begin(mechanism, client)


def test_plain_can_be_allowed_in_the_clear() -> None:
    scene = Scene(AuthenticationSettings(plain_without_tls=True))
    assert scene.authentication.mechanisms(PLAIN) == ("SCRAM-SHA-256", "PLAIN")


def test_mechanisms_can_be_withheld_and_a_reload_tells_the_next_client() -> None:
    scene = Scene(AuthenticationSettings(mechanisms=("PLAIN",)))
    assert scene.authentication.mechanisms(CERTIFIED) == ("PLAIN",)
    scene.authentication.configure(AuthenticationSettings())
    assert scene.authentication.mechanisms(CERTIFIED) == ("EXTERNAL", "SCRAM-SHA-256", "PLAIN")


def test_without_passwords_there_is_nothing_to_send_one_to() -> None:
    scene = Scene(AuthenticationSettings(passwords=False))
    assert scene.authentication.mechanisms(CERTIFIED) == ("EXTERNAL",)


# PLAIN.


@pytest.mark.parametrize("identity", ["", "alice", "ALICE", "ali", "guest17"])
@pytest.mark.parametrize("name", ["alice", "Alice", "ali"])
def test_plain_takes_every_name_of_the_account_and_any_harmless_identity(identity: str, name: str) -> None:
    scene = Scene()
    client = HERE._replace(nick="guest17")
    assert scene.result(plain(scene, f"{identity}\0{name}\0{ALICE}", client)) == "Alice"


def test_plain_lets_nobody_be_somebody_else() -> None:
    scene = Scene()
    scene.keep("bob")
    assert scene.why(plain(scene, f"bob\0alice\0{ALICE}")) is Why.WRONG


@pytest.mark.parametrize("text", ["\0alice\0wrong", "\0nobody\0wrong", "\0alice\0", f"\0bob\0{ALICE}"])
def test_plain_does_not_tell_a_wrong_name_from_a_wrong_password(text: str) -> None:
    scene = Scene()
    with pytest.raises(LoginFailed) as failed:
        scene.result(plain(scene, text))
    assert (failed.value.why, failed.value.text) == (Why.WRONG, "Invalid account credentials")


@pytest.mark.parametrize(
    "data", [b"", b"alice", b"\0alice", b"a\0b\0c\0d", b"\0\0x", b"\xff\0alice\0x", b"\0\xff\0x"]
)
def test_plain_refuses_what_is_none(data: bytes) -> None:
    scene = Scene()
    assert scene.why(scene.authentication.begin("PLAIN", HERE).respond(data)) is Why.MALFORMED


@pytest.mark.parametrize(("standing", "why"), STANDINGS.items())
def test_an_account_that_cannot_be_used_says_why_to_its_owner_only(standing: Standing, why: Why) -> None:
    scene = Scene()
    scene.keep("carol", Credentials("hash of secret", KEYS), standing=standing, certificates=(FINGERPRINT,))
    assert scene.why(plain(scene, "\0carol\0secret")) is why
    assert scene.why(plain(scene, "\0carol\0wrong")) is Why.WRONG
    assert scene.why(scene.authentication.begin("EXTERNAL", CERTIFIED).respond(b"")) is why


# EXTERNAL.


@pytest.mark.parametrize("identity", [b"", b"dora", b"DORA"])
def test_external_is_the_certificate(identity: bytes) -> None:
    scene = Scene()
    scene.keep("dora", certificates=(FINGERPRINT,))
    assert scene.result(scene.authentication.begin("EXTERNAL", CERTIFIED).respond(identity)) == "dora"


@pytest.mark.parametrize(("identity", "why"), [(b"alice", Why.WRONG), (b"\xff", Why.MALFORMED)])
def test_external_lets_nobody_be_somebody_else(identity: bytes, why: Why) -> None:
    scene = Scene()
    scene.keep("dora", certificates=(FINGERPRINT,))
    assert scene.why(scene.authentication.begin("EXTERNAL", CERTIFIED).respond(identity)) is why


def test_an_unknown_certificate_logs_in_to_nothing() -> None:
    scene = Scene()
    assert scene.why(scene.authentication.begin("EXTERNAL", CERTIFIED).respond(b"")) is Why.WRONG


# SCRAM-SHA-256.


class Scramming:
    """A client that speaks SCRAM-SHA-256 to an exchange."""

    def __init__(self, scene: Scene, name: str, password: str, client: Client = PLAIN) -> None:
        self.scene = scene
        self.exchange = scene.authentication.begin("SCRAM-SHA-256", client)
        self.client = ScramClient(["SCRAM-SHA-256"], name, password)

    def first(self) -> None:
        answer = self.scene.result(self.exchange.respond(self.client.get_client_first().encode()))
        assert isinstance(answer, bytes)
        self.client.set_server_first(answer.decode())

    def final(self) -> Deferred[bytes | str]:
        return self.exchange.respond(self.client.get_client_final().encode())


@pytest.fixture
def scrammed() -> Scene:
    scene = Scene()
    scene.keep("dora", Credentials("hash of x", KEYS), nicks=("dodo",))
    return scene


@pytest.mark.parametrize("name", ["dora", "DORA", "dodo"])
def test_scram_proves_both_sides_to_each_other(scrammed: Scene, name: str) -> None:
    talk = Scramming(scrammed, name, ALICE)
    talk.first()
    answer = scrammed.result(talk.final())
    assert isinstance(answer, bytes)
    talk.client.set_server_final(answer.decode())
    assert scrammed.result(talk.exchange.respond(b"")) == "dora"
    assert scrammed.why(talk.exchange.respond(b"")) is Why.MALFORMED


@pytest.mark.parametrize(("name", "password"), [("dora", "wrong"), ("nobody", ALICE), ("alice", ALICE)])
def test_scram_tells_no_wrong_name_from_a_wrong_password(scrammed: Scene, name: str, password: str) -> None:
    talk = Scramming(scrammed, name, password)
    talk.first()
    assert scrammed.why(talk.final()) is Why.WRONG


def test_scram_says_the_same_of_an_account_that_is_not_there_every_time() -> None:
    first = Scene().authentication.scram_keys("Nobody")
    assert first == Scene().authentication.scram_keys("nobody")
    assert first != Scene().authentication.scram_keys("somebody")
    real = scram_keys("x")
    assert [len(each) for each in first[:3]] == [len(each) for each in real[:3]]
    assert first.iterations == real.iterations


def test_keys_that_cannot_be_read_are_those_of_nobody() -> None:
    scene = Scene()
    scene.keep("dora", Credentials(None, "SCRAM-SHA-256$x"))
    talk = Scramming(scene, "dora", ALICE)
    talk.first()
    assert scene.why(talk.final()) is Why.WRONG


def test_scram_fails_when_the_password_changes_meanwhile(scrammed: Scene) -> None:
    talk = Scramming(scrammed, "dora", ALICE)
    talk.first()
    scrammed.keep("dora", Credentials("hash of y", scram_keys("new password").encoded()))
    assert scrammed.why(talk.final()) is Why.WRONG


def test_scram_ends_where_the_client_sends_more_than_it_should(scrammed: Scene) -> None:
    talk = Scramming(scrammed, "dora", ALICE)
    talk.first()
    scrammed.result(talk.final())
    assert scrammed.why(talk.exchange.respond(b"x")) is Why.MALFORMED


@pytest.mark.parametrize(
    "data", [b"", b"n,,", b"p=tls-unique,,n=dora,r=x", b"n,,n=dora", b"\xff", b"n,a=bob,n=dora,r=x"]
)
def test_scram_refuses_what_is_none(scrammed: Scene, data: bytes) -> None:
    exchange = scrammed.authentication.begin("SCRAM-SHA-256", PLAIN)
    assert scrammed.why(exchange.respond(data)) is Why.MALFORMED


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60), st.from_regex(rb"[nyp]=?,,n=[a-z,=]*,r=.*"), st.just(b"c=biws,r=x,p=eA==")
        ),
        max_size=3,
    )
)
def test_no_exchange_fails_in_another_way_than_it_says(responses: list[bytes]) -> None:
    scene = Scene()
    for mechanism in scene.authentication.mechanisms(CERTIFIED):
        exchange = scene.authentication.begin(mechanism, CERTIFIED)
        for data in responses:
            try:
                scene.result(exchange.respond(data))
            except LoginFailed:
                pass


# All of them.


def test_a_response_that_is_too_long_is_not_looked_at() -> None:
    scene = Scene()
    assert scene.why(plain(scene, f"\0alice\0{'x' * LONGEST}")) is Why.MALFORMED
    assert scene.passwords.verified == []


def test_an_exchange_that_is_over_stays_so() -> None:
    scene = Scene()
    exchange = scene.authentication.begin("PLAIN", HERE)
    assert scene.result(exchange.respond(f"\0alice\0{ALICE}".encode())) == "Alice"
    assert scene.why(exchange.respond(f"\0alice\0{ALICE}".encode())) is Why.MALFORMED


def test_a_client_that_gives_up_while_it_is_checked_is_told_so() -> None:
    asked: Deferred[str] = Deferred()
    exchange: Exchange = Plain(lambda account, password: asked, lambda identity, account: True)
    answer = exchange.respond(b"\0alice\0x")
    second = exchange.respond(b"\0alice\0x")
    exchange.close()
    scene = Scene()
    assert (scene.why(answer), scene.why(second)) == (Why.ABORTED, Why.MALFORMED)
    assert scene.why(exchange.respond(b"\0alice\0x")) is Why.MALFORMED


def test_scramp_still_refuses_what_we_rely_on_it_to_refuse() -> None:
    with pytest.raises(ScramException):
        ScramClient(["SCRAM-SHA-256"], "\x00", "x")
