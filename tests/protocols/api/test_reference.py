"""docs/protocol-json.md: its examples are what really happens, and its tables are complete."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.api.ops import AnyOp
from chatdaemon.protocols.api.ops.op import LONGEST_KEY
from chatdaemon.protocols.api.server import MAX_MESSAGE, APISettings
from chatdaemon.protocols.api.table import PERFORM
from chatdaemon.protocols.api.verbs.channels import PAGE
from chatdaemon.protocols.api.verbs.messages import MAX_TAGS
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.requests import CLIENT_TAGS
from chatdaemon.realm.settings import Settings
from tests.protocols.api.schema import check_event, check_reply
from tests.protocols.api.transcript import replay
from tests.protocols.irc import conftest
from tools.make_reference import made
from tools.reference.tables import UNTOLD, told_of

REFERENCE = (Path(conftest.__file__).parents[3] / "docs" / "protocol-json.md").read_text()
EXAMPLES = [block.splitlines() for block in re.findall(r"```text\n(.*?)\n```", REFERENCE, re.DOTALL)]


@pytest.mark.parametrize("lines", EXAMPLES, ids=lambda lines: str(lines[-1][:60]))
def test_an_example_is_what_really_happens(lines: list[str]) -> None:
    assert replay(lines) == lines


def test_every_op_is_shown_or_tested() -> None:
    shown = set(re.findall(r'^\w+ > .*"op":"(\w+)"', REFERENCE, re.MULTILINE))
    for module in Path(__file__).parent.rglob("test_*.py"):
        shown |= set(re.findall(r'op="(\w+)"', module.read_text()))
    assert {op.__struct_config__.tag for op in get_args(AnyOp)} <= shown


def test_every_op_can_be_done() -> None:
    assert set(PERFORM) == set(get_args(AnyOp))


def test_lists_and_schema_are_made_from_the_types() -> None:
    """If not: python -m tools.make_reference"""
    for path, text in made().items():
        assert path.read_text() == text, path.name


def test_somebody_has_written_what_each_event_and_error_is() -> None:
    assert [name for name, cell in told_of(REFERENCE).items() if cell == UNTOLD] == []


def test_the_numbers_are_right() -> None:
    text = " ".join(REFERENCE.split())
    assert f"at most {MAX_MESSAGE:,} bytes long" in text
    assert f"limited to {MAX_FIRST_MESSAGE:,} bytes" in text
    assert f"A text has {APISettings().text_length:,} bytes at most" in text
    assert f"have {MAX_TAGS:,} bytes at most" in text
    assert f"at most {PAGE} at once" in text
    assert all(f"`{tag}`" in text for tag in CLIENT_TAGS)
    limits, realm = LineLimits(), Settings()
    assert f"`ping-interval` ({limits.ping_interval:.0f} seconds)" in text
    assert f"`ping-timeout` ({limits.ping_timeout:.0f} seconds)" in text
    assert f"`registration-timeout` ({limits.registration_timeout:.0f} seconds)" in text
    assert (
        f"`flood-burst` lines ({limits.flood_burst}) at once, or `flood-rate` ({limits.flood_rate:g})" in text
    )
    assert (limits.send_queue, "(`send-queue`, 1 MiB)" in text) == (1 << 20, True)
    assert (APISettings().resume_time, "`resume-time` (2 minutes" in text) == (120, True)
    assert f"The last {realm.keys_per_user:,} of each, of the last {realm.key_age // 3_600_000} hours" in text
    assert f"of your own, up to {LONGEST_KEY} characters" in text


def test_the_first_session_is_as_the_schema_says() -> None:
    (session,) = re.findall(r"```\n(> .*?)\n```", REFERENCE, re.DOTALL)
    asked = None
    for line in session.splitlines():
        told = json.loads(line[2:])
        if line.startswith(">"):
            asked = told["op"]
        elif "event" in told:
            check_event(told)
        else:
            check_reply(asked, told)
