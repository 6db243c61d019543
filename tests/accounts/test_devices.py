"""Devices: how clients are named where somebody logs in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import succeed

from chatdaemon.accounts.devices import split_device
from chatdaemon.accounts.login import Why
from chatdaemon.accounts.sasl import OAuthBearer, Plain
from chatdaemon.realm.accounts import Credentials
from tests.accounts.scene import ALICE, FINGERPRINT, HERE, Scene
from tests.accounts.test_sasl import CERTIFIED, KEYS, Scramming


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("alice@phone", ("alice", "phone")),
        ("alice@My_Phone-2", ("alice", "my_phone-2")),
        ("alice@" + "x" * 32, ("alice", "x" * 32)),
        ("alice@home@phone", ("alice@home", "phone")),
        ("alice", ("alice", "")),
        ("", ("", "")),
        # All of these are names, whether there can be an account of that name or not.
        ("alice@" + "x" * 33, ("alice@" + "x" * 33, "")),
        ("alice@example.org", ("alice@example.org", "")),
        ("alice@", ("alice@", "")),
        ("@phone", ("@phone", "")),
        ("alice@a b", ("alice@a b", "")),
        ("alice@é", ("alice@é", "")),
        ("alice@phone\n", ("alice@phone\n", "")),
    ],
)
def test_a_device_stands_behind_the_account(name: str, found: tuple[str, str]) -> None:
    assert split_device(name) == found


@given(st.text())
def test_nothing_of_a_name_is_lost(name: str) -> None:
    account, device = split_device(name)
    assert (f"{account}@{device}" if device else account).lower() == name.lower()


def plain(scene: Scene, response: str) -> tuple[bytes | str, str]:
    exchange = scene.authentication.begin("PLAIN", HERE)
    return scene.result(exchange.respond(response.encode())), exchange.device


@pytest.mark.parametrize(
    ("response", "device"),
    [
        (f"\0alice\0{ALICE}", ""),
        (f"\0alice@phone\0{ALICE}", "phone"),
        (f"alice@Tablet\0alice\0{ALICE}", "tablet"),
        (f"alice@tablet\0alice@phone\0{ALICE}", "tablet"),
        (f"alice\0alice@phone\0{ALICE}", "phone"),
    ],
)
def test_plain_names_it_in_either_identity(response: str, device: str) -> None:
    scene = Scene()
    assert plain(scene, response) == ("Alice", device)


def test_an_identity_with_a_device_is_somebody_elses_all_the_same() -> None:
    scene = Scene()
    exchange = scene.authentication.begin("PLAIN", HERE)
    assert scene.why(exchange.respond(f"bob@phone\0alice\0{ALICE}".encode())) is Why.WRONG


def test_external_names_it_in_the_authorization_identity() -> None:
    scene = Scene()
    scene.keep("dora", certificates=(FINGERPRINT,))
    exchange = scene.authentication.begin("EXTERNAL", CERTIFIED)
    assert scene.result(exchange.respond(b"dora@phone")) == "dora"
    assert exchange.device == "phone"


def test_scram_names_it_in_the_name() -> None:
    scene = Scene()
    scene.keep("dora", Credentials("hash of x", KEYS))
    talk = Scramming(scene, "dora@phone", ALICE)
    talk.first()
    answer = scene.result(talk.final())
    assert isinstance(answer, bytes)
    talk.client.set_server_final(answer.decode())
    assert scene.result(talk.exchange.respond(b"")) == "dora"
    assert talk.exchange.device == "phone"


def test_a_token_names_it_in_the_authorization_identity() -> None:
    scene = Scene()
    asked: list[tuple[str, str]] = []

    def permits(wanted: str, account: str) -> bool:
        asked.append((wanted, account))
        return True

    exchange = OAuthBearer(lambda token: succeed("dora"), permits)
    assert scene.result(exchange.respond(b"n,a=dora@phone,\x01auth=Bearer t\x01\x01")) == "dora"
    assert (asked, exchange.device) == ([("dora", "dora")], "phone")


def test_who_has_said_nothing_yet_has_none() -> None:
    exchange = Plain(lambda account, password: succeed(account), lambda wanted, account: True)
    assert exchange.device == ""
