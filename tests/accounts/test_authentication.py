"""Logging in and registering, as protocols ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from twisted.internet.defer import CancelledError

from chatdaemon.accounts.credentials import scram_keys
from chatdaemon.accounts.login import BadEmail, BadPassword, LoginFailed, Why
from chatdaemon.accounts.newcomers import check_email
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.passwords import ARGON2, hash_password
from chatdaemon.realm.accounts import Code, Credentials, Standing
from chatdaemon.realm.requests import ChangeEmail, DropAccount, RegisterAccount, RenewCode
from tests.accounts.scene import ALICE, FINGERPRINT, HERE, PLAIN, STANDINGS, Scene

CERTIFIED = HERE._replace(certificate=FINGERPRINT)
NEW = "correct horse"


# Logging in.


@pytest.mark.parametrize("name", ["Alice", "alice", "ALI"])
def test_the_password_logs_in_by_any_of_the_account_s_names(scene: Scene, name: str) -> None:
    assert scene.result(scene.authentication.log_in(name, ALICE, HERE)) == "Alice"


def test_a_wrong_password_and_a_name_that_is_not_there_take_the_same_way(scene: Scene) -> None:
    assert scene.why(scene.authentication.log_in("alice", "wrong", HERE)) is Why.WRONG
    assert scene.why(scene.authentication.log_in("nobody", "wrong", HERE)) is Why.WRONG
    # The decoy is checked where there is no account.
    assert scene.passwords.verified == [f"hash of {ALICE}", None]


def test_passwords_are_not_taken_in_the_clear(scene: Scene) -> None:
    assert scene.why(scene.authentication.log_in("alice", ALICE, PLAIN)) is Why.TOO_WEAK
    assert scene.why(scene.authentication.registration("newt", NEW, None, None, PLAIN)) is Why.TOO_WEAK
    assert scene.passwords.verified == []
    here = PLAIN._replace(local=True)
    assert scene.result(scene.authentication.log_in("alice", ALICE, here)) == "Alice"


@pytest.mark.parametrize(("standing", "why"), STANDINGS.items())
def test_an_account_that_cannot_be_used_does_not_log_in(scene: Scene, standing: Standing, why: Why) -> None:
    scene.keep("carol", Credentials(f"hash of {ALICE}"), standing=standing, note="spam")
    with pytest.raises(LoginFailed) as failed:
        scene.result(scene.authentication.log_in("carol", ALICE, HERE))
    assert failed.value.why is why
    assert failed.value.text.endswith(": spam") is (standing is Standing.SUSPENDED)


def test_a_suspension_without_a_reason_says_so_only(scene: Scene) -> None:
    scene.keep("carol", Credentials(f"hash of {ALICE}"), standing=Standing.SUSPENDED)
    with pytest.raises(LoginFailed, match="suspended"):
        scene.result(scene.authentication.log_in("carol", ALICE, HERE))


def test_when_too_many_passwords_are_checked_people_are_asked_to_wait(scene: Scene) -> None:
    scene.passwords.busy = True
    with pytest.raises(LoginFailed) as failed:
        scene.result(scene.authentication.log_in("alice", ALICE, HERE))
    assert (failed.value.why, failed.value.seconds) == (Why.WAIT, 5.0)
    assert scene.why(scene.authentication.new_credentials(NEW)) is Why.WAIT


@pytest.mark.parametrize(("name", "password"), [("x" * 2000, "x"), ("alice", "x" * 2000)])
def test_what_is_too_long_is_not_looked_at(scene: Scene, name: str, password: str) -> None:
    assert scene.why(scene.authentication.log_in(name, password, HERE)) is Why.WRONG
    assert scene.passwords.verified == []


def test_a_hash_that_is_none_fits_nothing() -> None:
    scene = Scene()
    scene.keep("dora", Credentials("damaged"))
    assert scene.why(scene.authentication.log_in("dora", "damaged", HERE)) is Why.WRONG


def test_failures_slow_who_fails_and_nobody_else(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(login_burst=2, login_interval=10.0))
    for _ in range(2):
        assert scene.why(scene.authentication.log_in("alice", "wrong", HERE)) is Why.WRONG
    third = scene.authentication.log_in("alice", ALICE, HERE)
    assert not third.called
    with pytest.raises(LoginFailed) as failed:
        scene.result(scene.authentication.log_in("alice", ALICE, HERE))
    assert (failed.value.why, failed.value.seconds) == (Why.WAIT, 20.0)
    scene.keep("bob", Credentials(f"hash of {ALICE}"))
    elsewhere = HERE._replace(address="198.51.100.1")
    assert scene.result(scene.authentication.log_in("bob", ALICE, elsewhere)) == "bob"
    scene.clock.advance(10)
    assert scene.result(third) == "Alice"


def test_logging_in_often_is_no_failure(scene: Scene) -> None:
    for _ in range(50):
        assert scene.result(scene.authentication.log_in("alice", ALICE, HERE)) == "Alice"


def test_the_names_of_one_account_are_counted_together(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(login_burst=1, login_interval=10.0))
    assert scene.why(scene.authentication.log_in("alice", "wrong", HERE)) is Why.WRONG
    elsewhere = HERE._replace(address="198.51.100.1")
    assert not scene.authentication.log_in("ali", "wrong", elsewhere).called


def test_who_leaves_while_it_waits_is_not_checked(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(login_burst=1, login_interval=10.0))
    scene.why(scene.authentication.log_in("alice", "wrong", HERE))
    waiting = scene.authentication.log_in("alice", ALICE, HERE)
    waiting.cancel()
    with pytest.raises(CancelledError):
        scene.result(waiting)
    assert scene.clock.getDelayedCalls() == []
    assert len(scene.passwords.verified) == 1


@pytest.mark.parametrize("change", [lambda scene: scene.node.submit(None, DropAccount("alice")),
                                    lambda scene: scene.keep("Alice", Credentials("hash of another"))])  # fmt: skip
def test_a_password_that_was_right_is_not_when_the_account_is_another(
    change: Callable[[Scene], Any],
) -> None:
    scene = Scene()
    verify = scene.passwords.verify

    def meanwhile(encoded: str | None, password: str) -> Any:
        answer = verify(encoded, password)
        change(scene)
        return answer

    scene.passwords.verify = meanwhile  # type: ignore[method-assign]  # something happens while it is checked
    assert scene.why(scene.authentication.log_in("alice", ALICE, HERE)) is Why.WRONG


# What the log says.


def test_a_failure_is_in_the_log_for_programs_to_read_and_says_no_secret(
    scene: Scene, logged: list[str]
) -> None:
    scene.why(scene.authentication.log_in("alice", "my secret", HERE))
    scene.why(scene.authentication.log_in("my secret", "alice", HERE))
    scene.why(scene.authentication.begin("EXTERNAL", CERTIFIED).respond(b""))
    assert logged == [
        "failed login to Alice from 192.0.2.1",
        "failed login to * from 192.0.2.1",
    ]


def test_the_log_is_not_flooded_by_one_who_fails(scene: Scene, logged: list[str]) -> None:
    scene.authentication.configure(AuthenticationSettings(login_interval=None))
    for _ in range(100):
        scene.why(scene.authentication.log_in("alice", "wrong", HERE))
    assert len(logged) == 20
    scene.clock.advance(10)
    scene.why(scene.authentication.log_in("alice", "wrong", HERE))
    assert len(logged) == 21


# Renewing.

KEYS = scram_keys(ALICE).encoded()
OLD = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ALICE)
FOREIGN = "sha1:2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
FOX = "The quick brown fox jumps over the lazy dog"


def real(scene: Scene) -> None:
    """Have argon2 hashes checked by argon2."""

    def verify(encoded: str | None, password: str) -> Any:
        return scene.passwords.work(lambda: encoded is not None and ARGON2.verify(encoded, password))

    scene.passwords.verify = verify  # type: ignore[method-assign]  # for this test


def test_a_foreign_hash_logs_in_and_is_replaced_by_our_own(scene: Scene) -> None:
    scene.keep("fox", Credentials(FOREIGN))
    assert scene.result(scene.authentication.log_in("fox", FOX, HERE)) == "fox"
    renewed = scene.realm.accounts["fox"].credentials
    assert renewed.password == f"hash of {FOX}"
    assert renewed.scram is not None
    assert scene.result(scene.authentication.log_in("fox", FOX, HERE)) == "fox"


def test_a_foreign_hash_does_not_fit_another_password(scene: Scene) -> None:
    scene.keep("fox", Credentials(FOREIGN))
    assert scene.why(scene.authentication.log_in("fox", "wrong", HERE)) is Why.WRONG
    assert scene.realm.accounts["fox"].credentials == Credentials(FOREIGN)


def test_weaker_parameters_are_renewed(scene: Scene) -> None:
    real(scene)
    scene.keep("dora", Credentials(OLD, KEYS))
    scene.result(scene.authentication.log_in("dora", ALICE, HERE))
    assert scene.realm.accounts["dora"].credentials.password == f"hash of {ALICE}"


def test_keys_for_scram_are_added_where_they_lack_and_it_is_offered(scene: Scene) -> None:
    real(scene)
    scene.authentication.configure(AuthenticationSettings(mechanisms=("PLAIN",)))
    now = Credentials(hash_password(ALICE))
    scene.keep("dora", now)
    scene.result(scene.authentication.log_in("dora", ALICE, HERE))
    assert scene.realm.accounts["dora"].credentials == now
    scene.authentication.configure(AuthenticationSettings())
    scene.result(scene.authentication.log_in("dora", ALICE, HERE))
    assert scene.realm.accounts["dora"].credentials.scram is not None


def test_what_is_up_to_date_stays_as_it_is(scene: Scene) -> None:
    real(scene)
    now = Credentials(hash_password(ALICE), KEYS)
    scene.keep("dora", now)
    scene.result(scene.authentication.log_in("dora", ALICE, HERE))
    assert scene.realm.accounts["dora"].credentials == now


def test_nothing_fails_where_there_is_no_time_to_renew(scene: Scene) -> None:
    scene.keep("fox", Credentials(FOREIGN))
    work = scene.passwords.work
    calls = []

    def once(task: Callable[[], Any]) -> Any:
        calls.append(task)
        scene.passwords.busy = len(calls) > 1
        return work(task)

    scene.passwords.work = once  # type: ignore[method-assign]  # the second time it is busy
    assert scene.result(scene.authentication.log_in("fox", FOX, HERE)) == "fox"
    assert scene.realm.accounts["fox"].credentials == Credentials(FOREIGN)


# Registering.


def register(
    scene: Scene, name: str = "newt", email: str | None = None, client: Any = HERE
) -> RegisterAccount:
    asked = scene.authentication.registration(name, NEW, email, "code", client)
    return scene.result(asked)


def test_a_registration_asks_for_what_the_realm_needs(scene: Scene) -> None:
    asked = register(scene, email="newt@example.net")
    assert (asked.account, asked.email, asked.invitation) == ("newt", "newt@example.net", "code")
    assert (asked.code, asked.certificate, asked.granted) == (None, None, False)
    assert asked.credentials.password == f"hash of {NEW}"
    scene.keep("newt", asked.credentials)
    assert scene.result(scene.authentication.log_in("newt", NEW, HERE)) == "newt"


def test_a_code_is_made_where_addresses_are_confirmed(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(verify_email=True, verification_timeout=60.0))
    first, second = register(scene, "a1", "a@example.net"), register(scene, "b2", "b@example.net")
    assert first.code is not None
    assert second.code is not None
    assert first.code.until == 1_000_060_000
    assert len(first.code.text) == 12
    assert first.code.text != second.code.text
    assert register(scene, "c3").code is None


def test_without_scram_its_keys_are_not_kept(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(mechanisms=("PLAIN",)))
    assert register(scene).credentials.scram is None


def test_a_certificate_can_be_all_there_is(scene: Scene) -> None:
    asked = scene.result(scene.authentication.registration("newt", "*", None, None, CERTIFIED))
    assert (asked.credentials, asked.certificate) == (Credentials(), FINGERPRINT)
    with pytest.raises(BadPassword):
        scene.result(scene.authentication.registration("newt", "*", None, None, HERE))


@pytest.mark.parametrize("password", ["short", "newt", "x" * 400, "pass\x01word"])
def test_bad_passwords_are_refused_before_anything_is_counted(scene: Scene, password: str) -> None:
    for _ in range(20):
        with pytest.raises(BadPassword):
            scene.result(scene.authentication.registration("newt", password, None, None, HERE))
    register(scene)


def test_the_least_length_is_configured() -> None:
    scene = Scene(AuthenticationSettings(password_length=20))
    with pytest.raises(BadPassword, match="20"):
        scene.result(scene.authentication.new_credentials(NEW))


@pytest.mark.parametrize(
    "email",
    [
        "", "x", "@example.net", "x@", "x@net", "x@example..net", "a@b@example.net", "x@example.net\nBcc: y@example.net",
        "x y@example.net", "<x@example.net>", "x@example.net,y@example.net", f"{'x' * 250}@example.net",
        "x@\u00e9xample.net", "x@example.net\r", "..@example.net", "x@[127.0.0.1]", '"x"@example.net', "x@example.net ",
    ],
)  # fmt: skip
def test_what_is_no_email_address_is_refused(scene: Scene, email: str) -> None:
    with pytest.raises(BadEmail):
        register(scene, email=email)


@pytest.mark.parametrize(
    "email", ["x@example.net", "first.last+chat@mail.example.org", "o'neill@example.co.uk"]
)
def test_ordinary_addresses_are_taken(email: str) -> None:
    check_email(email)


def test_nobody_registers_where_passwords_are_kept_elsewhere() -> None:
    scene = Scene(AuthenticationSettings(passwords=False))
    assert scene.why(scene.authentication.registration("newt", NEW, None, None, HERE)) is Why.UNAVAILABLE


def test_one_address_registers_so_many_accounts_and_no_more(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(registration_burst=2, registration_interval=600.0))
    for name in ("a1", "b2"):
        scene.node.submit(None, RegisterAccount(name, register(scene, name).credentials, granted=True))
    with pytest.raises(LoginFailed) as failed:
        register(scene, "c3")
    assert (failed.value.why, failed.value.seconds) == (Why.WAIT, 600.0)
    register(scene, "c3", client=HERE._replace(address="198.51.100.1"))
    scene.clock.advance(600)
    register(scene, "c3")


def test_one_that_the_realm_refuses_is_a_try_and_no_account(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(registration_burst=1, login_burst=3))
    for _ in range(3):
        register(scene, "Alice")
    waiting = scene.authentication.registration("newt", NEW, None, None, HERE)
    assert not waiting.called
    scene.clock.advance(6)
    assert scene.result(waiting).account == "newt"


def test_one_that_succeeds_is_no_try(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(registration_interval=None, login_burst=1))
    for name in ("a1", "b2", "c3", "d4"):
        scene.node.submit(None, RegisterAccount(name, register(scene, name).credentials, granted=True))


def test_who_registers_and_never_asks_is_forgotten(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(login_interval=None, mechanisms=()))
    for number in range(1100):
        register(scene, f"newt{number}")
    assert len(scene.authentication._newcomers._registering) == 1024


# Codes.


def test_nobody_s_mailbox_is_filled_by_registering_from_everywhere(scene: Scene) -> None:
    scene.authentication.configure(AuthenticationSettings(verify_email=True))
    for number in range(3):
        for _ in range(2):  # one that comes to nothing is no mail
            client = HERE._replace(address=f"192.0.2.{number}")
            asked = register(scene, f"a{number}", "victim@example.net", client)
        scene.node.submit(None, replace(asked, granted=True))
    with pytest.raises(LoginFailed) as failed:
        register(scene, "a3", "Victim@example.net", HERE._replace(address="192.0.2.3"))
    assert (failed.value.why, failed.value.seconds) == (Why.WAIT, 1800.0)
    register(scene, "a3", "other@example.net")


def test_another_code_is_sent_a_few_times_and_then_later(scene: Scene) -> None:
    seen = [scene.authentication.renew_code("alice") for _ in range(3)]
    assert {type(each) for each in seen} == {RenewCode}
    assert len({each.code.text for each in seen}) == 3
    with pytest.raises(LoginFailed) as failed:
        scene.authentication.renew_code("ALICE")
    assert failed.value.seconds == 1800.0
    scene.authentication.renew_code("bob")


def test_another_address_is_confirmed_where_addresses_are(scene: Scene) -> None:
    assert scene.authentication.new_email("x@example.net", "alice") == ChangeEmail(
        "x@example.net", None, "alice"
    )
    scene.authentication.configure(AuthenticationSettings(verify_email=True))
    assert scene.authentication.new_email(None, "alice") == ChangeEmail(None, None, "alice")
    asked = scene.authentication.new_email("x@example.net", "alice")
    assert isinstance(asked.code, Code)
    with pytest.raises(BadEmail):
        scene.authentication.new_email("x", "alice")
    for _ in range(2):
        scene.authentication.new_email("x@example.net", "alice")
    with pytest.raises(LoginFailed):
        scene.authentication.new_email("x@example.net", "alice")
