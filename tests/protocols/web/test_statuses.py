"""The status of each error."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from chatdaemon.protocols.api.errors import Code, code_of
from chatdaemon.protocols.web.answers import No, because
from chatdaemon.protocols.web.statuses import _REASONS, CODES, REASONS, STATUSES, Trouble
from chatdaemon.realm.refusal import Reason, Refusal

DOCUMENT = Path(__file__).parents[3] / "docs" / "http-api.md"


def test_every_error_of_the_protocol_has_one() -> None:
    assert set(CODES) == set(Code)


def test_every_refusal_of_the_realm_has_one_and_no_more() -> None:
    listed = [reason for _, reasons in _REASONS for reason in reasons]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(Reason)


def test_no_code_means_two_things() -> None:
    codes = [*Trouble, *Code, *map(code_of, Reason)]
    assert len(set(codes)) == len(codes) == len(STATUSES)


@pytest.mark.parametrize("status", sorted({*STATUSES.values()}))
def test_all_are_errors_that_http_knows_and_the_reference_tells_of(status: int) -> None:
    assert HTTPStatus(status) >= 400
    assert re.search(rf"^\| {status} \|", DOCUMENT.read_text(), re.MULTILINE)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_what_only_http_has_is_in_the_reference(trouble: Trouble) -> None:
    assert f"`{trouble.value}`" in DOCUMENT.read_text()


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.name)
def test_every_refusal_can_be_answered(reason: Reason) -> None:
    no = because(Refusal(reason, "subject", "detail"))
    assert isinstance(no, No)
    assert STATUSES[no.error["code"]] == REASONS[reason]
