from __future__ import annotations

import re

import pytest

from chatdaemon.protocols.irc.capabilities import CAPABILITIES, LABELS, RENDERED, Capability, offered
from chatdaemon.protocols.irc.render import Renderer


def test_names_can_be_negotiated() -> None:
    assert all(re.fullmatch(r"(draft/)?[a-z-]+", name) and name[0] != "-" for name in CAPABILITIES)
    assert all(name == each.name for name, each in CAPABILITIES.items())
    assert set(CAPABILITIES) >= LABELS


def test_what_the_issue_asks_for_is_there() -> None:
    expected = (
        "message-tags server-time account-tag echo-message batch labeled-response multi-prefix userhost-in-names "
        "extended-join away-notify account-notify chghost setname invite-notify cap-notify extended-monitor "
        "standard-replies no-implicit-names"
    )
    assert set(expected.split()) <= set(CAPABILITIES)


def test_withheld_capabilities_are_not_offered() -> None:
    assert offered(frozenset()) == CAPABILITIES
    left = offered(frozenset({"batch", "nonsense"}))
    assert set(CAPABILITIES) - set(left) == {"batch"}
    assert list(left) == [name for name in CAPABILITIES if name != "batch"]


@pytest.mark.parametrize(("version", "text"), [(301, "sasl"), (302, "sasl=PLAIN"), (400, "sasl=PLAIN")])
def test_values_are_for_clients_of_version_302(version: int, text: str) -> None:
    assert Capability("sasl", value="PLAIN").text(version) == text
    assert Capability("batch").text(version) == "batch"


def test_a_renderer_looks_at_nothing_else_than_what_is_marked_so() -> None:
    looked_at = {
        "message-tags",
        "account-tag",
        "server-time",
        "extended-join",
        "away-notify",
        "invite-notify",
    }
    looked_at |= {"account-notify", "setname", "chghost"}
    assert looked_at == RENDERED
    assert not Renderer("s", frozenset(CAPABILITIES) - RENDERED).tagged
