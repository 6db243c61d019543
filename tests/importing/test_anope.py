"""What Anope's flat file says, of 2.0 and 2.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.accounts import schemes
from chatdaemon.importing import flatfile
from chatdaemon.importing.anope import convert
from chatdaemon.importing.found import Found, FoundAccess, FoundAccount, FoundChannel, NotImportable
from chatdaemon.realm.accounts import AccountSetting, RegistrationSetting
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank
from tests.importing.files import ANOPE_20, ANOPE_21, BCRYPT, HMAC, PRINT, anope

NOW = 1_700_000_000_000
CORE = {"display": "Alice", "pass": BCRYPT}


def read(*objects: tuple[str, dict[str, str]]) -> Found:
    return convert(flatfile.read(anope(*objects)), NOW)


def test_accounts_of_2_0_come_with_their_nicks_and_hosts() -> None:
    found = read(*ANOPE_20)
    assert found.accounts == [
        FoundAccount(
            "Alice",
            registered_at=1500000000000,
            last_seen_at=1610000000000,
            password=BCRYPT,
            certificates=[PRINT, "12" * 16],
            nicks=["al"],
            email="alice@example.org",
            vhost="staff.example.org",
            settings={AccountSetting.ENFORCE: "on", AccountSetting.PRIVATE: "on"},
        ),
        FoundAccount("bob", registered_at=1510000000000, password=HMAC),
    ]
    assert schemes.verify(BCRYPT, "sesame")
    assert schemes.verify(HMAC, "open")
    assert (
        "account Alice: its virtual host is staff.example.org, without a user name in front" in found.problems
    )


def test_a_channel_of_2_0_comes_with_modes_locks_lists_and_access() -> None:
    found = read(*ANOPE_20)
    assert found.channels == [
        FoundChannel(
            "#Hall",
            "Alice",
            registered_at=1500000100000,
            successor="bob",
            topic="hello there",
            topic_by="bob",
            topic_at=1600000100000,
            flags=dict.fromkeys(
                (ChannelFlag.MEMBERS_ONLY, ChannelFlag.TOPIC_PROTECTED, ChannelFlag.MODERATED)
            ),
            settings={ChannelSetting.KEY: "hunter2"},
            lists={
                ChannelList.BAN: [
                    ListEntry("*!*@bad.example", "", 0),
                    ListEntry("~a:spammer", "", 0),
                    ListEntry("*!*@rude.example", "Alice", 1500000300000),
                ]
            },
            # 5 is a half-operator's level where an operator's is 7.
            access=[FoundAccess("bob", Rank.HALFOP, "Alice", 1500000200000)],
            registration={
                RegistrationSetting.DESCRIPTION: "Where all meet",
                RegistrationSetting.PRIVATE: "on",
                RegistrationSetting.KEEP_MODES: "moderated secret",
                RegistrationSetting.ENTRY_MESSAGE: "Welcome to the hall",
                RegistrationSetting.URL: "https://example.org/",
            },
        )
    ]
    assert found.problems == [
        "account Alice: its virtual host is staff.example.org, without a user name in front",
        "channel #Hall: there is no mode NOKICK here",
        (
            "channel #Hall: the access of *!*@friend.example is left out: here, accounts have access, not masks"
            " or channels"
        ),
        "1 BotInfo: left out: there is nothing of the kind here",
    ]


def test_2_1_says_the_same_in_other_words() -> None:
    found = read(*ANOPE_21)
    assert found.problems == []
    alice, bob = found.accounts
    assert (alice.registered_at, alice.nicks, alice.last_seen_at) == (1500000000000, ["al"], 1610000000000)
    assert alice.settings == {AccountSetting.ENFORCE: "on"}
    assert (bob.name, bob.registered_at) == ("bob", 1510000000000)
    (channel,) = found.channels
    assert (channel.founder, channel.successor, channel.registered_at) == ("Alice", "bob", 1500000100000)
    assert tuple(channel.flags) == (ChannelFlag.MEMBERS_ONLY, ChannelFlag.TOPIC_PROTECTED)
    assert channel.settings == {ChannelSetting.KEY: "hunter2"}
    assert channel.lists[ChannelList.BAN] == [
        ListEntry("*!*@bad.example", "Alice", 1590000000000),
        ListEntry("~a:bob", "Alice", 1500000300000),
    ]
    assert channel.access == [FoundAccess("bob", Rank.ADMIN, "Alice", 1500000200000)]


@pytest.mark.parametrize(
    ("provider", "data", "ranks"),
    [
        ("access/access", "10000", Rank.FOUNDER),
        ("access/access", "9999", Rank.FOUNDER),
        ("access/access", "10", Rank.ADMIN),
        ("access/access", "9", Rank.OP),
        ("access/access", "4", Rank.HALFOP),
        ("access/access", "3", Rank.VOICE),
        ("access/access", "2", None),
        ("access/access", "-1", None),
        ("access/access", "high", None),
        ("access/xop", "QOP", Rank.FOUNDER),
        ("access/xop", "AOP", Rank.OP),
        ("access/xop", "HOP", Rank.HALFOP),
        ("access/xop", "VOP", Rank.VOICE),
        ("access/flags", "Ofiortu", Rank.OP),
        ("access/flags", "F", Rank.FOUNDER),
        ("access/flags", "Vb", Rank.VOICE),
        ("access/flags", "bt", None),
    ],
)
def test_each_kind_of_access_is_a_rank(provider: str, data: str, ranks: Rank | None) -> None:
    found = read(
        ("NickCore", CORE),
        ("NickCore", {"display": "bob"}),
        ("ChannelInfo", {"name": "#x", "founder": "Alice"}),
        ("ChanAccess", {"ci": "#x", "mask": "bob", "provider": provider, "data": data}),
    )
    (channel,) = found.channels
    assert [access.ranks for access in channel.access] == ([ranks] if ranks is not None else [])
    if ranks is None:
        assert found.problems == ["channel #x: the access of bob comes with no rank here"]


def test_a_privilege_that_is_disabled_is_nobody_s() -> None:
    found = read(
        ("NickCore", CORE),
        ("NickCore", {"display": "bob"}),
        ("ChannelInfo", {"name": "#x", "founder": "Alice", "levels": "AUTOOWNER -10000 AUTOPROTECT 10001 "}),
        ("ChanAccess", {"ci": "#x", "mask": "bob", "provider": "access/access", "data": "9999"}),
    )
    assert found.channels[0].access[0].ranks is Rank.OP


def test_access_by_any_nick_is_the_account_s() -> None:
    found = read(
        ("NickCore", CORE),
        ("NickCore", {"display": "bob"}),
        ("NickAlias", {"nick": "Bobby", "nc": "bob"}),
        ("NickAlias", {"nick": "lost", "nc": "nobody"}),
        ("ChannelInfo", {"name": "#x", "founder": "Alice"}),
        ("ChanAccess", {"ci": "#X", "mask": "bobby", "provider": "access/xop", "data": "AOP"}),
    )
    assert found.channels[0].access == [FoundAccess("bob", Rank.OP)]


def test_who_is_suspended_stays_so_while_it_lasts() -> None:
    cores = [("NickCore", {"display": name}) for name in ("a", "b", "c", "d")]
    found = read(
        *cores,
        ("NickCore", {"display": "e", "extensible:NS_SUSPENDED": "1"}),
        ("NSSuspendInfo", {"nick": "a", "by": "op", "reason": "spam", "time": "1", "expires": "0"}),
        ("NSSuspendInfo", {"nick": "b", "by": "op", "reason": "spam", "time": "1", "expires": "1600000000"}),
        ("NSSuspendInfo", {"nick": "c", "by": "op", "reason": "", "time": "1", "expires": "1800000000"}),
    )
    old = "Suspended on the server before"
    assert [account.suspended for account in found.accounts] == ["spam", None, old, None, old]


def test_what_was_never_confirmed_or_is_suspended_as_a_channel_is_left_out() -> None:
    found = read(
        ("NickCore", {**CORE, "extensible:UNCONFIRMED": "1"}),
        ("NickAlias", {"nick": "Alice", "nc": "Alice"}),
        ("ChannelInfo", {"name": "#x", "founder": "Alice"}),
        ("CSSuspendInfo", {"ci": "#x", "by": "op", "reason": "war"}),
    )
    assert (found.accounts, found.channels) == ([], [])
    assert found.problems == [
        "account Alice: left out: it was never confirmed",
        "channel #x: left out: it is suspended, and there is nothing of the kind here",
    ]


def test_a_host_that_was_asked_for_is_asked_for_still() -> None:
    found = read(("NickCore", CORE), ("HostRequest", {"nick": "alice", "ident": "", "host": "a.example"}))
    assert found.accounts[0].asked_vhost == "a.example"


def test_of_several_entry_messages_one_is_kept() -> None:
    found = read(
        ("NickCore", CORE),
        ("ChannelInfo", {"name": "#x", "founder": "Alice"}),
        ("EntryMsg", {"ci": "#x", "message": "one"}),
        ("EntryMsg", {"ci": "#x", "message": "two"}),
        ("CSMiscData", {"ci": "#x", "name": "misc:COLOUR", "data": "blue"}),
        ("ModeLock", {"ci": "#x", "set": "1", "name": "LIMIT", "param": "9"}),
        ("ModeLock", {"ci": "#x", "set": "0", "name": "KEY"}),
        ("ModeLock", {"ci": "#x", "set": "1", "name": "QUIET", "param": "*!*@loud"}),
    )
    (channel,) = found.channels
    assert channel.registration == {
        RegistrationSetting.ENTRY_MESSAGE: "one",
        RegistrationSetting.KEEP_MODES: "limit key",
    }
    assert channel.settings == {ChannelSetting.LIMIT: "9"}
    assert channel.lists[ChannelList.BAN] == [ListEntry("~m:*!*@loud", "", 0)]
    assert found.problems == ["channel #x: it has several entry messages; the first is kept"]


def test_a_text_of_several_lines_becomes_one() -> None:
    data = b"OBJECT NickCore\nDATA display Alice\nDATA greet one\ntwo\n\nEND\r\n"
    assert flatfile.read(data)[0].data == {"display": "Alice", "greet": "one two"}


def test_texts_of_old_clients_are_read_as_latin_1() -> None:
    data = anope(("ChannelInfo", {"name": "#x", "last_topic": "café"}))
    assert flatfile.read(data.replace("é".encode(), b"\xe9"))[0].get("last_topic") == "café"


def test_a_value_can_be_empty() -> None:
    assert flatfile.read(b"OBJECT NickCore\nDATA email \nDATA x\nEND\n")[0].data == {"email": "", "x": ""}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n\n", b"hello\n", b"DATA x y\n", b"END\n", b"OBJECT Memo\nEND\n", b"OBJECT NickCore\n",
        b"OBJECT NickCore\nDATA x y\nOBJECT NickCore\nEND\n", b"OBJECT\n", b"SQLite format 3\0",
    ],
)  # fmt: skip
def test_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotImportable):
        flatfile.read(data)


@given(st.binary(max_size=80))
def test_no_bytes_do_harm(data: bytes) -> None:
    for before in (b"", b"OBJECT NickCore\nDATA display x\n", b"OBJECT ChannelInfo\nDATA last_modes "):
        try:
            convert(flatfile.read(before + data + b"\nEND\n"), NOW)
        except NotImportable:
            pass
