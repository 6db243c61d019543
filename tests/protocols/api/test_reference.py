"""docs/protocol-json.md: its examples are what really happens, and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.api.ops import AnyOp
from chatdaemon.protocols.api.server import MAX_MESSAGE, APISettings
from chatdaemon.protocols.api.table import PERFORM
from chatdaemon.protocols.api.verbs.channels import PAGE
from chatdaemon.protocols.api.verbs.messages import MAX_TAGS
from chatdaemon.realm.requests import CLIENT_TAGS
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
