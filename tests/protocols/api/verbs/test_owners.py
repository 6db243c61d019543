"""Looking after one's own account, its nicks, its clients and devices."""

from __future__ import annotations

import pytest

from tests.protocols.api.acting import code
from tests.world import JSONClient, World

FINGERPRINT = "ab" * 32


@pytest.fixture
def alice(world: World) -> JSONClient:
    """Somebody with an account."""
    client = world.connect_json(secure=True)
    client.ok(op="register", account="alice", password="a long password")
    client.ok(op="hello", nick="alice", device="laptop")
    return client


def test_the_owner_is_told_all_of_an_account_and_others_what_it_shows(
    world: World, alice: JSONClient
) -> None:
    own = alice.ok(op="account")
    assert own["account"] == "alice"
    assert own["users"] == own["nicks"] == ["alice"]
    assert own["settings"] == {}
    bob = world.json("bob")
    assert "settings" not in bob.ok(op="account", account="alice")
    assert alice.ok(op="account_set", setting="private", value="on")["value"] == "on"
    assert bob.ok(op="account", account="alice") == {"account": "alice", "private": True}
    assert code(bob, op="account") == "not_logged_in"
    assert code(bob, op="account", account="nobody") == "no_such_account"


def test_a_password_is_changed_by_who_knows_it(world: World, alice: JSONClient) -> None:
    assert code(alice, op="change_password", new="another long one") == "bad_request"
    wrong = code(alice, op="change_password", password="a wrong one", new="another long one")
    assert wrong == "login_failed"
    weak = code(alice, op="change_password", password="a long password", new="x")
    assert weak == "unfit_password"
    changed = alice.ok(op="change_password", password="a long password", new="another long one")
    assert changed["account"] == "alice"
    phone = world.connect_json(secure=True)
    assert phone.ok(op="login", account="alice", password="another long one") == {"account": "alice"}


def test_an_address_is_changed_and_looked_at(alice: JSONClient) -> None:
    assert code(alice, op="change_email", email="nonsense") == "bad_email"
    alice.ok(op="change_email", email="alice@example.org")
    assert alice.ok(op="account")["email"] == "alice@example.org"
    alice.ok(op="change_email", email="")
    assert "email" not in alice.ok(op="account")
    assert code(alice, op="renew_code") == "nothing_to_verify"


def test_certificates_log_in_until_they_are_taken_away(alice: JSONClient) -> None:
    assert code(alice, op="certificate_add") == "bad_request"
    added = alice.ok(op="certificate_add", fingerprint=":".join(["AB"] * 32))
    assert (added["fingerprint"], added["added"]) == (FINGERPRINT, True)
    assert alice.ok(op="account")["certificates"] == [FINGERPRINT]
    assert alice.ok(op="certificate_remove", fingerprint=FINGERPRINT)["added"] is False
    assert code(alice, op="certificate_remove", fingerprint=FINGERPRINT) == "no_such_certificate"


def test_nicks_come_and_go(world: World, alice: JSONClient) -> None:
    assert code(alice, op="nick_ungroup", nick="bob") == "nick_not_yours"
    assert code(alice, op="nick_reclaim", nick="bob") in ("nick_not_yours", "no_such_nick")
    # It is the account's already.
    assert alice.ok(op="nick_group") == {}


def test_clients_and_devices_are_told_and_forgotten(world: World, alice: JSONClient) -> None:
    (client,) = alice.ok(op="clients")["clients"]
    assert client["this"] is True
    assert client["device"] == "laptop"
    assert code(world.json("bob"), op="clients", account="alice") == "not_an_operator"
    assert alice.ok(op="devices")["account"] == "alice"
    assert code(alice, op="device_forget", device="toaster") == "no_such_device"


def test_an_account_is_dropped_by_its_name(world: World, alice: JSONClient) -> None:
    assert code(world.json("bob"), op="account_drop", account="alice") == "not_an_operator"
    assert alice.ok(op="account_drop", account="alice")["account"] == "alice"
    assert code(alice, op="account") == "not_logged_in"


def test_a_host_is_asked_for(alice: JSONClient) -> None:
    assert alice.ok(op="host_ask", host="tea.example")["host"] == "tea.example"
    assert alice.ok(op="account")["host_asked"] == "tea.example"
    assert "host" not in alice.ok(op="host_ask")


def test_without_push_services_nobody_subscribes(alice: JSONClient) -> None:
    assert code(alice, op="push") == "unavailable"
    assert (
        code(alice, op="push_subscribe", endpoint="https://x.example/", p256dh="", auth="") == "unavailable"
    )
    assert alice.do(op="push_unsubscribe", endpoint="https://x.example/")
