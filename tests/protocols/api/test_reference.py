"""docs/protocol-json.md: its examples are what really happens, and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.api.errors import Code, code_of
from chatdaemon.protocols.api.objects import EVENTS, shape_of
from chatdaemon.protocols.api.ops import AnyOp
from chatdaemon.protocols.api.server import MAX_MESSAGE, APISettings
from chatdaemon.protocols.api.table import PERFORM
from chatdaemon.protocols.api.verbs.channels import PAGE
from chatdaemon.protocols.api.verbs.messages import MAX_TAGS
from chatdaemon.realm.refusal import Reason
from chatdaemon.realm.requests import CLIENT_TAGS
from tests.protocols.api.transcript import replay
from tests.protocols.irc import conftest

REFERENCE = (Path(conftest.__file__).parents[3] / "docs" / "protocol-json.md").read_text()
EXAMPLES = [block.splitlines() for block in re.findall(r"```text\n(.*?)\n```", REFERENCE, re.DOTALL)]


def table(heading: str) -> dict[str, set[str]]:
    """The rows of the table with this heading: what stands first, and the fields that stand second."""
    _, _, rest = REFERENCE.partition(f"| {heading} |")
    rows = {}
    for line in rest.partition("\n\n")[0].splitlines()[2:]:
        _, name, fields, *_ = line.split("|")
        rows[name.strip(" `")] = set(re.findall(r"`(\w+)`", fields))
    return rows


@pytest.mark.parametrize("lines", EXAMPLES, ids=lambda lines: str(lines[-1][:60]))
def test_an_example_is_what_really_happens(lines: list[str]) -> None:
    assert replay(lines) == lines


def test_there_are_examples_of_every_op() -> None:
    shown = set(re.findall(r'^\w+ > .*"op":"(\w+)"', REFERENCE, re.MULTILINE))
    assert {op.__struct_config__.tag for op in get_args(AnyOp)} - shown <= {"nick", "ping"}
    assert len(EXAMPLES) >= 5


def test_every_op_is_listed_with_its_fields() -> None:
    ops = {str(op.__struct_config__.tag): set(op.__struct_fields__) - {"id"} for op in get_args(AnyOp)}
    assert table("op | fields | does") == ops


def test_every_op_can_be_done() -> None:
    assert set(PERFORM) == set(get_args(AnyOp))


def test_every_event_is_listed_with_its_fields() -> None:
    events = {name: {key for _, key in shape_of(event)} for event, name in EVENTS.items()}
    assert table("event | fields | what happened") == events


def test_every_error_is_listed() -> None:
    codes = {line.split("|")[1].strip(" `") for line in REFERENCE.splitlines() if line.startswith("| `")}
    assert codes >= {code_of(reason) for reason in Reason} | set(Code)
    assert codes - set(table("op | fields | does")) - set(table("event | fields | what happened")) <= {
        code_of(reason) for reason in Reason
    } | set(Code)


def test_the_numbers_are_right() -> None:
    text = " ".join(REFERENCE.split())
    assert f"at most {MAX_MESSAGE:,} bytes long" in text
    assert f"limited to {MAX_FIRST_MESSAGE:,} bytes" in text
    assert f"A text has {APISettings().text_length:,} bytes at most" in text
    assert f"have {MAX_TAGS:,} bytes at most" in text
    assert f"at most {PAGE} at once" in text
    assert all(f"`{tag}`" in text for tag in CLIENT_TAGS)
