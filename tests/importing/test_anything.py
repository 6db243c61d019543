"""Whatever a file says, what is made of it can be stored, and nobody sees a traceback."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from chatdaemon.importing import anope, ergo, ergo_json, flatfile
from chatdaemon.importing.fitting import fit
from chatdaemon.importing.found import Found
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, load
from chatdaemon.storage.changes import PutAccount, PutChannel, PutMarker
from chatdaemon.storage.statements import statements_of
from tests.importing.files import ERGO_NEW, HALL
from tests.importing.files import anope as written

NOW = 1_700_000_000_000

names = st.sampled_from(["alice", "Bob", "1bad", "#hall", "al", "", "x" * 80])
texts = st.one_of(names, st.text(max_size=12), st.text("\ud800\0\n,:~!@*#+x0", max_size=12))
numbers = st.one_of(st.integers(), st.sampled_from([0, 1, 2, 4, 113, 2**63, 10**40]))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def fits(found: Found) -> None:
    """All that is to be stored can be, and a realm can begin with it."""
    state = Realm()
    result = fit(state, found, 1 << 40)
    for change in result.changes:
        for _, row in statements_of(change):
            for value in row:
                if isinstance(value, str):
                    assert "\0" not in value
                    value.encode()
                elif value is not None:
                    assert abs(value) < 2**63
    accounts = tuple(each.account for each in result.changes if isinstance(each, PutAccount))
    channels = tuple(each.channel for each in result.changes if isinstance(each, PutChannel))
    markers = tuple(each.marker for each in result.changes if isinstance(each, PutMarker))
    load(Realm(), Kept(result.index, accounts, channels, (), markers))


@given(st.dictionaries(st.sampled_from(list(HALL)), values, max_size=4))
def test_any_record_of_a_channel_of_ergo_s(record: dict[str, Any]) -> None:
    fits(ergo.read({**ERGO_NEW, "1 x": json.dumps({**HALL, "Name": "#x", **record})}, NOW))


PROPERTIES = [
    "verified", "name", "registered.time", "credentials", "additionalnicks", "settings", "vhost", "lastseen",
    "readmarkers", "metadata", "suspended", "callback",
]  # fmt: skip
RECORDS = st.dictionaries(
    st.sampled_from(
        ["Version", "PassphraseHash", "Certfps", "Salt", "Iters", "StoredKey", "ServerKey", "Email", "AlwaysOn",
         "NickEnforcement", "ApprovedVHost", "Enabled", "TimeCreated", "Duration", "Reason", "2023-01-01T00:00:00Z"]
    ),
    values,
    max_size=5,
)  # fmt: skip


@example({"credentials": '{"Certfps": true}'})
@given(st.dictionaries(st.sampled_from(PROPERTIES), st.one_of(texts, (values | RECORDS).map(json.dumps))))
def test_any_properties_of_an_account_of_ergo_s(properties: dict[str, str]) -> None:
    keys = {f"account.{what} alice": value for what, value in properties.items()}
    clean = {key: value.encode(errors="replace").decode() for key, value in keys.items()}
    fits(ergo.read({**ERGO_NEW, **clean}, NOW))


@given(
    st.dictionaries(names, st.dictionaries(st.sampled_from(["name", "hash", "email", "certfps"]), values)),
    st.dictionaries(
        names,
        st.dictionaries(
            st.sampled_from(["founder", "successor", "topic", "modes", "amode", "limit"]), values
        ),
    ),
)
def test_any_json_for_importdb(users: dict[str, Any], channels: dict[str, Any]) -> None:
    record = {"version": 1, "source": "anope", "users": users, "channels": channels}
    fits(ergo_json.read(json.dumps(record).encode()))


TYPES = [
    "NickCore",
    "NickAlias",
    "ChannelInfo",
    "ChanAccess",
    "AutoKick",
    "ModeLock",
    "EntryMsg",
    "NSSuspendInfo",
]
KEYS = [
    "display", "pass", "email", "cert", "nick", "nc", "vhost_host", "registered", "name", "founder", "successor",
    "last_topic", "last_topic_setter", "last_modes", "levels", "ci", "mask", "provider", "data", "set", "param",
    "creator", "created", "reason", "expires", "message", "uniqueid", "ncid", "founderid",
]  # fmt: skip
words = st.sampled_from(
    [
        "alice",
        "bob",
        "#hall",
        "KEY,x LIMIT,9 BAN,x BAN,~x:y",
        "+BAN,9,bob,x +KEY,1",
        "access/flags",
        "Oo",
        "9999",
        "1",
    ]
)
data = st.dictionaries(
    st.sampled_from(KEYS), words | st.text(max_size=10) | st.text("0123456789", max_size=30)
)


@given(st.lists(st.tuples(st.sampled_from(TYPES), data), max_size=6))
def test_any_objects_of_anope_s(objects: list[tuple[str, dict[str, str]]]) -> None:
    several = [
        (sort, {key: " ".join(value.split()) for key, value in each.items()}) for sort, each in objects
    ]
    base = [("NickCore", {"display": "alice"}), ("ChannelInfo", {"name": "#hall", "founder": "alice"})]
    fits(anope.convert(flatfile.read(written(*base, *several)), NOW))
