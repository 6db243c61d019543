"""Errors: every reason of the realm has a code and a text for people."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.api.errors import Code, Fault, code_of, fault_object
from chatdaemon.protocols.api.objects import refusal_object
from chatdaemon.protocols.texts import TEXTS
from chatdaemon.realm.refusal import Reason, Refusal


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.name)
def test_every_reason_has_a_code_and_a_text(reason: Reason) -> None:
    found = refusal_object(Refusal(reason, "{subject}", "{detail}"))
    assert found["code"] == reason.name.lower()
    assert found["message"]
    # What is done, and not stored yet, has an id.
    subject = "msgid" if reason is Reason.NOT_STORED else "subject"
    assert (found[subject], found["detail"]) == ("{subject}", "{detail}")


def test_no_code_means_two_things() -> None:
    codes = [code_of(reason) for reason in Reason] + [code.value for code in Code]
    assert len(set(codes)) == len(codes)


def test_there_is_no_text_for_what_is_no_reason() -> None:
    assert set(TEXTS) == set(Reason)


def test_a_refusal_without_names_has_none() -> None:
    assert refusal_object(Refusal(Reason.NO_TEXT)) == {
        "code": "no_text",
        "message": "There is no text to send",
    }


def test_a_fault_says_where_it_is_if_it_is_anywhere() -> None:
    assert fault_object(Fault(Code.TOO_LONG, "Long", "$.text")) == {
        "code": "too_long",
        "message": "Long",
        "at": "$.text",
    }
    assert "at" not in fault_object(Fault(Code.BAD_JSON, "Bad"))
