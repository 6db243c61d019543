"""What `ergo importdb` reads."""

from __future__ import annotations

import json

import pytest

from chatdaemon.importing.ergo_json import read
from chatdaemon.importing.found import FoundAccess, FoundAccount, FoundChannel, NotImportable
from chatdaemon.realm.modes import ChannelFlag, ChannelSetting, Rank
from tests.importing.files import PRINT

# As distrib/atheme/atheme2json.py of Ergo's makes it, which writes "additionalnicks" so.
RECORD = {
    "version": 1,
    "source": "atheme",
    "users": {
        "alice": {
            "name": "Alice",
            "hash": "$2y$04$x",
            "email": "a@example.org",
            "registeredAt": 1600134392000000000,
            "additionalnicks": ["al"],
            "vhost": "staff/alice",
            "certfps": [PRINT],
        },
        "broken": 7,
    },
    "channels": {
        "#hall": {
            "name": "#hall",
            "founder": "alice",
            "successor": "bob",
            "registeredAt": 1600134478000000000,
            "topic": "hi again",
            "topicSetBy": "s",
            "topicSetAt": 1600135864000000000,
            "modes": "nt",
            "key": "secret",
            "limit": 7,
            "forward": "#x",
            "amode": {"alice": "q", "bob": "o", "carl": "??"},
        }
    },
}


def test_accounts_and_channels_are_read() -> None:
    found = read(json.dumps(RECORD).encode())
    assert found.problems == []
    assert found.accounts == [
        FoundAccount(
            "Alice",
            1600134392000,
            password="$2y$04$x",
            certificates=[PRINT],
            nicks=["al"],
            email="a@example.org",
            vhost="staff/alice",
        )
    ]
    assert found.channels == [
        FoundChannel(
            "#hall",
            "alice",
            1600134478000,
            successor="bob",
            topic="hi again",
            topic_by="s",
            topic_at=1600135864000,
            flags={ChannelFlag.MEMBERS_ONLY: None, ChannelFlag.TOPIC_PROTECTED: None},
            settings={
                ChannelSetting.KEY: "secret",
                ChannelSetting.LIMIT: "7",
                ChannelSetting.FORWARD: "#x",
            },
            access=[
                FoundAccess("alice", Rank.FOUNDER, at=1600134478000),
                FoundAccess("bob", Rank.OP, at=1600134478000),
            ],
        )
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"{", b"{" * 100000, b"[]", b"{}", b'{"version":2,"source":"atheme"}', b'{"version":1,"source":"ergo"}',
        b'{"version":"1","source":["anope"]}',
    ],
)  # fmt: skip
def test_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotImportable):
        read(data)


def test_nothing_is_needed_but_version_and_source() -> None:
    found = read(b'{"version":1,"source":"anope","users":[],"channels":{"#x":{"amode":[],"modes":null}}}')
    assert found.accounts == []
    assert [channel.name for channel in found.channels] == ["#x"]
