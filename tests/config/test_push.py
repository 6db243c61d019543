"""[push]."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdaemon.config import Configuration
from chatdaemon.push.settings import PushSettings
from chatdaemon.settings import push_settings, realm_settings
from tests.config.files import config, mistakes


def test_it_is_off_by_default() -> None:
    assert push_settings(Configuration()) is None


def test_with_a_contact_it_is_as_its_parts_have_it(tmp_path: Path) -> None:
    found = push_settings(config(tmp_path, "[push]\nenabled = yes\ncontact = chat@example.net\n"))
    assert found == PushSettings("mailto:chat@example.net")


def test_every_key_arrives(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    found = config(
        tmp_path,
        "[push]\nenabled = yes\ncontact = https://example.net/contact\ndelay = 1m\nlifetime = 1h\n"
        "subscriptions-per-account = 3\ntimeout = 5s\nallow-internal = yes\nca-file = ca.pem\n",
    )
    assert push_settings(found) == PushSettings(
        "https://example.net/contact", 60.0, 3600.0, 5.0, True, tmp_path / "ca.pem"
    )
    assert realm_settings(found).subscriptions_per_account == 3


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("enabled = yes\n", '2: [push] needs a "contact"'),
        ("contact = me\n", '2: contact: "me" is neither an e-mail address nor one with https://'),
        ("contact = http://example.net\n",
         '2: contact: "http://example.net" is neither an e-mail address nor one with https://'),
        ("ca-file = a.pem, b.pem\n", "2: ca-file: it is one file"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_a_mistake(tmp_path: Path, text: str, mistake: str) -> None:
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_text("")
    assert mistakes(tmp_path, f"[push]\n{text}") == [mistake]
