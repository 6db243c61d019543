"""What Ergo's database says, of both generations of its schema."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from chatdaemon.accounts import schemes
from chatdaemon.accounts.credentials import decoded
from chatdaemon.importing import ergo
from chatdaemon.importing.found import Found, FoundAccount, FoundChannel, NotImportable
from chatdaemon.realm.accounts import AccountSetting
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank
from tests.importing.files import ALICE, BOB, ERGO_NEW, ERGO_OLD, NEWEST, PRINT, ergo_account, scram

NOW = 1_700_000_000_000


def read(*several: dict[str, str]) -> Found:
    keys = {NEWEST: "23"}
    for each in several:
        keys.update(each)
    return ergo.read(keys, NOW)


def only_account(*several: dict[str, str]) -> FoundAccount:
    (account,) = read(*several).accounts
    return account


def only_channel(keys: dict[str, str]) -> FoundChannel:
    (channel,) = ergo.read(keys, NOW).channels
    return channel


def test_an_account_comes_with_all_that_is_its_own() -> None:
    account = only_account(ALICE)
    assert account.password is not None
    assert account.scram is not None
    assert schemes.verify(account.password, "sesame") is True
    assert schemes.verify(account.password, "Sesame") is False
    assert b64encode(decoded(account.scram).stored_key).decode() == scram("sesame")["StoredKey"]
    account.password = account.scram = None
    assert account == FoundAccount(
        name="Alice",
        registered_at=1600134392123,
        last_seen_at=1683021600500,
        certificates=[PRINT],
        nicks=["al", "Alicia"],
        email="alice@example.org",
        vhost="staff/alice",
        settings={
            AccountSetting.ENFORCE: "on",
            AccountSetting.ALWAYS_ON: "on",
            AccountSetting.AUTO_AWAY: "off",
        },
        markers={"#Hall": 1683108000123, "bob": 1683194400000},
    )


@pytest.mark.parametrize("keys", [ERGO_OLD, ERGO_NEW])
def test_both_generations_say_the_same_of_a_channel(keys: dict[str, str]) -> None:
    channel = only_channel(keys)
    channel.metadata = {}
    assert [(each.account, each.ranks) for each in channel.access] == [
        ("alice", Rank.FOUNDER), ("bob", Rank.HALFOP), ("gone", Rank.OP),
    ]  # fmt: skip
    channel.access = []
    assert channel == FoundChannel(
        name="#Hall",
        founder="alice",
        registered_at=1600134392123,
        topic="hello there",
        topic_by="bob",
        topic_at=1601510400000,
        flags=dict.fromkeys(
            (
                ChannelFlag.MEMBERS_ONLY,
                ChannelFlag.TOPIC_PROTECTED,
                ChannelFlag.SECRET,
                ChannelFlag.NO_CTCP,
            )
        ),
        settings={
            ChannelSetting.KEY: "hunter2",
            ChannelSetting.LIMIT: "30",
            ChannelSetting.FORWARD: "#lobby",
        },
        lists={
            ChannelList.BAN: [
                ListEntry("*!*@bad.example", "Alice!~u@host", 1609459200000),
                ListEntry("~m:spam!*@*", "bob!~u@host", 1643760000000),
            ]
        },
    )


def test_metadata_of_a_channel_is_read() -> None:
    assert only_channel(ERGO_NEW).metadata == {"url": "https://example.org/", "Bad Key": "x"}


def test_modes_that_are_none_here_are_told() -> None:
    keys = {**ERGO_OLD, "channel.modes #hall": "ntQ"}
    assert "channel #Hall: there is no mode Q here" in ergo.read(keys, NOW).problems


def test_masks_were_a_bare_list_at_first() -> None:
    keys = {**ERGO_OLD, "channel.banlist #hall": '["*!*@old.example"]'}
    assert only_channel(keys).lists[ChannelList.BAN] == [ListEntry("*!*@old.example", "", 0)]


def test_times_were_in_seconds_at_first() -> None:
    keys = {**ERGO_OLD, "channel.registered.time #hall": "1600134392"}
    assert only_channel(keys).registered_at == 1600134392000


@pytest.mark.parametrize(("stored", "here"), [("1", "off"), ("2", "on"), ("3", "on")])
def test_enforcement_was_a_number_of_several_meanings(stored: str, here: str) -> None:
    account = only_account(ergo_account("carl", settings=f'{{"NickEnforcement":{stored}}}'))
    assert account.settings == {AccountSetting.ENFORCE: here}


def test_defaults_are_left_to_the_server() -> None:
    account = only_account(ergo_account("carl", settings='{"NickEnforcement":0,"AlwaysOn":0,"AutoAway":0}'))
    assert account.settings == {}


def test_the_address_was_a_callback_at_first() -> None:
    assert only_account(ergo_account("carl", callback="mailto:c@example.org")).email == "c@example.org"
    assert only_account(ergo_account("carl", callback="admin:")).email == ""


def test_a_virtual_host_that_is_switched_off_is_none() -> None:
    off = '{"ApprovedVHost":"staff/c","Enabled":false}'
    assert only_account(ergo_account("carl", vhost=off)).vhost == ""
    assert only_account(ergo_account("carl", vhost="staff/c")).vhost == "staff/c"


def suspension(duration: int) -> str:
    return json.dumps(
        {
            "TimeCreated": "2023-11-14T00:00:00.000000001Z",
            "Duration": duration,
            "OperName": "op",
            "Reason": "spam",
        }
    )


def test_a_suspended_account_stays_so() -> None:
    assert only_account(ergo_account("carl", suspended=suspension(0))).suspended == "spam"
    hours = 48 * 3600 * 10**9
    assert (
        only_account(ergo_account("carl", suspended=suspension(hours))).suspended
        == "spam (until 2023-11-16 00:00 UTC)"
    )


def test_a_suspension_that_has_ended_is_none() -> None:
    assert only_account(ergo_account("carl", suspended=suspension(3600 * 10**9))).suspended is None


def test_an_account_that_was_never_confirmed_is_left_out() -> None:
    keys = ergo_account("carl", verificationcode="s3cret")
    del keys["account.verified carl"]
    found = read(keys)
    assert found.accounts == []
    assert found.problems == ["account carl: left out: its e-mail address was never confirmed"]


def test_to_suspend_was_to_forget_the_confirmation_at_first() -> None:
    keys = {"db.version": "17", **ergo_account("carl")}
    del keys["account.verified carl"]
    (account,) = ergo.read(keys, NOW).accounts
    assert account.suspended == "Suspended on the server before"


def test_passwords_that_ergo_has_taken_over_itself_are_as_they_were() -> None:
    def password(version: int, text: bytes) -> str | None:
        record = json.dumps({"Version": version, "PassphraseHash": b64encode(text).decode(), "Certfps": None})
        return only_account({**ergo_account("carl"), "account.credentials carl": record}).password

    assert password(-2, b"md5:9e107d9d372bb6826bd81d3542a419d6") == "md5:9e107d9d372bb6826bd81d3542a419d6"
    assert password(-1, b"$2y$10$x") == "$2y$10$x"
    # Of before 2018: three things in a row.
    assert not schemes.known(password(0, bytes(range(120))) or "")


def test_an_account_without_a_password_has_none() -> None:
    record = json.dumps({"Version": 1, "PassphraseHash": None, "Certfps": [PRINT], **scram("", iterations=1)})
    record = record.replace('"Iters": 1', '"Iters": 0')
    account = only_account({**ergo_account("carl"), "account.credentials carl": record})
    assert (account.password, account.scram, account.certificates) == (None, None, [PRINT])


def test_damaged_values_cost_no_more_than_themselves() -> None:
    keys = {key: "{" if "name" not in key and "exists" not in key else value for key, value in ALICE.items()}
    found = read(keys, BOB, {"1 x": "[", "1 y": '{"Name":"#y","Modes":7,"Bans":[],"AccountToUMode":[1]}'})
    assert [each.name for each in found.accounts] == ["Alice", "bob"]
    assert [each.name for each in found.channels] == ["#y"]
    assert "account Alice: its password cannot be read" in found.problems
    assert "a channel: left out: its record cannot be read" in found.problems


def test_what_has_no_place_here_is_counted() -> None:
    found = read({"bans.klinev2 *!*@x": "{}", "bans.dlinev2 192.0.2.1/32": "{}", "2 abc": "{}"})
    assert [problem.partition(":")[0] for problem in found.problems] == [
        "2 server bans (KLINE, DLINE, UBAN)",
        "1 purged channels",
    ]


@pytest.mark.parametrize("keys", [{}, {"db.version": "x"}, {"db.version": "1"}])
def test_another_s_or_too_old_a_database_is_refused(keys: dict[str, str]) -> None:
    with pytest.raises(NotImportable, match="schema"):
        ergo.read(keys, NOW)
