from __future__ import annotations

import re

import pytest

from chatdaemon.protocols.irc.capabilities import (
    CAPABILITIES,
    LABELS,
    RENDERED,
    Capability,
    may_request,
    offered,
    offers,
)
from chatdaemon.protocols.irc.render import Renderer
from chatdaemon.protocols.irc.session import IRCSession
from tests.world import World


def test_names_can_be_negotiated() -> None:
    assert all(
        re.fullmatch(r"(draft/|soju\.im/|znc\.in/)?[a-z-]+[23]?", name) and name[0] != "-"
        for name in CAPABILITIES
    )
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


@pytest.fixture
def session() -> IRCSession:
    connection = World().connect_irc().connection
    assert isinstance(connection, IRCSession)
    return connection


@pytest.mark.parametrize(("version", "text"), [(301, "sasl"), (302, "sasl=PLAIN"), (400, "sasl=PLAIN")])
def test_values_are_for_clients_of_version_302(session: IRCSession, version: int, text: str) -> None:
    assert Capability("sasl", value="PLAIN").offer(session, version) == text
    assert Capability("batch").offer(session, version) == "batch"


def test_a_value_may_be_each_client_s_own(session: IRCSession) -> None:
    ours = Capability("ours", value_for=lambda each: each.nick)
    assert ours.offer(session, 302) == "ours=*"
    assert Capability("ours", value_for=lambda _: "").offer(session, 302) == "ours"
    nobody_s = Capability("nobody", value_for=lambda _: None)
    assert nobody_s.offer(session, 302) is nobody_s.offer(session, 301) is None
    session.server.offered.update({"ours": ours, "nobody": nobody_s})
    assert offers(session, 302)["ours"] == "ours=*"
    assert "nobody" not in offers(session, 302)
    assert may_request(session, "ours")
    assert not may_request(session, "nobody")
    assert not may_request(session, "nothing")


def test_what_only_tells_something_is_for_those_who_see_it_and_cannot_be_had(session: IRCSession) -> None:
    session.server.offered["told"] = told = Capability("told", value="x=1", requestable=False)
    assert told.offer(session, 302) == "told=x=1"
    assert told.offer(session, 301) is None
    assert not may_request(session, "told")


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
    looked_at |= {"draft/message-redaction", "draft/multiline", "draft/oper-tag", "draft/relaymsg"}
    assert looked_at == RENDERED
    assert not Renderer("s", frozenset(CAPABILITIES) - RENDERED).tagged
