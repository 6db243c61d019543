"""Lines to ops: whatever comes is an op or a Fault that says what is wrong, and where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.ops.messages import SendKind
from chatdaemon.protocols.api.ops.op import LARGEST_ID, LONGEST_ID
from chatdaemon.protocols.jsonlines import JSON
from chatdaemon.realm.modes import ChannelRank


def fault_of(line: bytes) -> Fault:
    with pytest.raises(Fault) as caught:
        JSON.decode(line)
    return caught.value


def outcome(line: bytes) -> ops.Op | Fault:
    try:
        return JSON.decode(line)
    except Fault as fault:
        return fault


def test_a_line_becomes_the_op_that_it_names() -> None:
    line = b'{"op":"send","id":3,"target":"#x","text":"hi","kind":"notice","rank":"op","tags":{"+reply":"1"}}'
    assert JSON.decode(line) == ops.Send(
        id=3, target="#x", text="hi", kind=SendKind.NOTICE, rank=ChannelRank.OP, tags={"+reply": "1"}
    )


def test_fields_that_nobody_knows_are_ignored() -> None:
    line = b'{"op":"ping","resume":{"epoch":"k3","seq":[1]},"v":1}'
    assert JSON.decode(line) == ops.Ping()


@pytest.mark.parametrize(
    ("line", "code", "at"),
    [
        (b"hello", Code.BAD_JSON, ""),
        (b"{", Code.BAD_JSON, ""),
        (b'{"op":"ping"} {"op":"ping"}', Code.BAD_JSON, ""),
        (b'{"op":"nick","nick":"\xff"}', Code.BAD_JSON, ""),
        (b'{"op":"nick","nick":"\xed\xa0\x80"}', Code.BAD_JSON, ""),
        (b'{"op":"nick","nick":"\\ud800"}', Code.BAD_JSON, ""),
        (b'{"op":"nick","nick":"a\x01"}', Code.BAD_JSON, ""),
        (b'{"op":"ping","x":' + b"[" * 8000 + b"]" * 8000 + b"}", Code.BAD_JSON, ""),
        (b'{"op":"ping","x":' + b'{"x":' * 3000, Code.BAD_JSON, ""),
        (b"[]", Code.BAD_REQUEST, "$"),
        (b'"ping"', Code.BAD_REQUEST, "$"),
        (b"{}", Code.BAD_REQUEST, "$.op"),
        (b'{"op":7}', Code.BAD_REQUEST, "$.op"),
        (b'{"op":"dance"}', Code.UNKNOWN_OP, "$.op"),
        (b'{"op":"Ping"}', Code.UNKNOWN_OP, "$.op"),
        (b'{"op":"nick"}', Code.BAD_REQUEST, "$.nick"),
        (b'{"op":"nick","nick":7}', Code.BAD_REQUEST, "$.nick"),
        (b'{"op":"send","target":"#x","kind":"shout"}', Code.BAD_REQUEST, "$.kind"),
        (b'{"op":"send","target":"#x","rank":"king"}', Code.BAD_REQUEST, "$.rank"),
        (b'{"op":"send","target":"#x","tags":{"+reply":1}}', Code.BAD_REQUEST, "$.tags[...]"),
        (b'{"op":"list","limit":0}', Code.BAD_REQUEST, "$.limit"),
        (b'{"op":"ping","id":1.5}', Code.BAD_REQUEST, "$.id"),
        (b'{"op":"ping","id":[1]}', Code.BAD_REQUEST, "$.id"),
        (b'{"op":"ping","id":%d}' % (LARGEST_ID + 1), Code.BAD_REQUEST, "$.id"),
        (b'{"op":"ping","id":"%s"}' % (b"i" * (LONGEST_ID + 1)), Code.BAD_REQUEST, "$.id"),
        (b'{"op":"topic","channel":"#x","text":"a\\nb"}', Code.BAD_TEXT, "$.text"),
        (b'{"op":"send","target":"#x","text":"a\\rb"}', Code.BAD_TEXT, "$.text"),
        (b'{"op":"send","target":"#x","text":"a\\u0000b"}', Code.BAD_TEXT, "$.text"),
        (b'{"op":"send","target":"#x","tags":{"+reply":"a\\nb"}}', Code.BAD_TEXT, "$.tags"),
        (b'{"op":"join","channel":"#x\\n"}', Code.BAD_TEXT, "$.channel"),
    ],
)
def test_what_is_wrong_is_said_with_a_code_and_a_place(line: bytes, code: Code, at: str) -> None:
    fault = fault_of(line)
    assert (fault.code, fault.at) == (code, at)
    assert fault.message


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_number_of_many_digits_is_a_fault_like_any_other(digits: int) -> None:
    assert fault_of(b'{"op":"ping","id":' + b"9" * digits + b"}").code in (Code.BAD_REQUEST, Code.BAD_JSON)


@pytest.mark.parametrize("wrong", ['"op":"dance"', '"op":"nick"', '"op":"nick","nick":[]', '"x":1'])
@pytest.mark.parametrize("id", [0, -5, LARGEST_ID, "c1-77"])
def test_the_id_of_a_wrong_request_is_read_all_the_same(wrong: str, id: int | str) -> None:
    assert fault_of(f'{{{wrong},"id":{json.dumps(id)}}}'.encode()).id == id


@pytest.mark.parametrize(
    "line", [b'{"id":1,"op":"ping"', b'{"op":"dance","id":{}}', b'{"op":"dance"}', b"[1]"]
)
def test_an_id_that_cannot_be_read_is_none(line: bytes) -> None:
    assert fault_of(line).id is None


def test_a_text_that_is_not_one_line_is_refused_with_the_id() -> None:
    assert fault_of(b'{"op":"away","text":"a\\nb","id":4}').id == 4


def test_an_id_may_be_any_text() -> None:
    assert JSON.decode(b'{"op":"ping","id":"a\\nb"}') == ops.Ping(id="a\nb")


def test_other_control_characters_and_any_script_are_text() -> None:
    line = b'{"op":"send","target":"#x","text":"\\u0001ACTION \\ud83d\\ude00\\u0001"}'
    assert JSON.decode(line) == ops.Send(target="#x", text="\x01ACTION \U0001f600\x01")


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_are_anything_but_an_op_or_a_fault(line: bytes) -> None:
    assert isinstance(outcome(line), (ops.Op, Fault))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["op", "id", "v", "nick", "channel", "target", "text", "kind", "tags", "rank", "after", "limit"]


@given(
    st.dictionaries(
        st.sampled_from(NAMES), ANYTHING | st.sampled_from(["send", "join", "list", "hello", "tag"])
    )
)
def test_no_object_is_anything_but_an_op_or_a_fault(found: dict[str, object]) -> None:
    decoded = outcome(json.dumps(found).encode())
    assert decoded.id is None or decoded.id == found["id"]


@given(st.dictionaries(st.text(), ANYTHING))
def test_every_object_is_one_line(found: dict[str, object]) -> None:
    line = JSON.encode(found)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == found
