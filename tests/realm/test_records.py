from dataclasses import replace
from typing import Any

import pytest

from chatdaemon.realm.accounts import (
    Access,
    Account,
    ChannelRecord,
    Invitation,
    Marker,
    Registration,
    RegistrationSetting,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank
from chatdaemon.realm.records import Kept, channel_record, forget, keep, load
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import State

A, B = "ab" * 32, "cd" * 32


@pytest.fixture
def state() -> State:
    return State()


def ways(state: State) -> list[dict[str, Any]]:
    """Everything by which an account is found."""
    return [dict(each) for each in (state.accounts, state.reserved, state.skeletons, state.certificates)]


# Accounts


def test_an_account_is_found_by_its_names_its_looks_and_its_certificates(state: State) -> None:
    account = Account(7, "Otto", 1, nicks=("ott0", "hood"), certificates=(A, B))
    keep(state, account)
    assert state.account("oTTO") is account
    assert [state.owner(nick) for nick in ("otto", "OTT0", "Hood", "robin")] == [account] * 3 + [None]
    assert state.skeletons["otto"] == {"otto": "otto", "ott0": "otto"}
    assert state.certificates == {A: "otto", B: "otto"}


def test_an_account_takes_the_place_of_what_it_was(state: State) -> None:
    account = Account(7, "Otto", 1, nicks=("ott0",), certificates=(A,))
    keep(state, account)
    keep(state, Account(8, "Robin", 1))
    keep(state, replace(account, name="OTTO", nicks=("hood",), certificates=(B,)))
    assert state.owner("ott0") is None
    assert state.certificates == {B: "otto"}
    assert list(state.accounts) == ["otto", "robin"]


def test_nothing_is_left_of_an_account_that_is_forgotten(state: State) -> None:
    keep(state, Account(7, "Otto", 1, nicks=("ott0", "hood"), certificates=(A, B)))
    forget(state, "otto")
    forget(state, "otto")
    assert ways(state) == [{}] * 4


def test_accounts_that_look_alike_do_not_get_into_one_anothers_way(state: State) -> None:
    keep(state, Account(7, "otto", 1))
    keep(state, Account(8, "ott0", 1))
    forget(state, "otto")
    assert state.skeletons == {"otto": {"ott0": "ott0"}}


def test_what_is_there_twice_is_taken_for_once(state: State) -> None:
    # Nothing here makes such an account; somebody else's database might hold one.
    keep(state, Account(7, "otto", 1, nicks=("Otto", "hood", "HOOD"), certificates=(A, A)))
    assert list(state.reserved) == ["otto", "hood"]
    forget(state, "otto")
    assert ways(state) == [{}] * 4


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (Account(8, "OTTO", 1), "two accounts OTTO"),
        (Account(8, "hood", 1), "nickname hood belongs to two"),
        (Account(8, "robin", 1, nicks=("Otto",)), "nickname Otto belongs to two"),
        (Account(8, "robin", 1, nicks=("wren", "hood")), "nickname hood belongs to two"),
        (Account(8, "robin", 1, certificates=(B, A)), f"certificate {A} belongs to two"),
    ],
)
def test_what_belongs_to_one_account_is_no_others(state: State, other: Account, what: str) -> None:
    keep(state, Account(7, "otto", 1, nicks=("hood",), certificates=(A,)))
    before = ways(state)
    with pytest.raises(ValueError, match=what):
        keep(state, other)
    assert ways(state) == before


def test_another_casemapping_can_make_two_accounts_the_same() -> None:
    state = State(Settings(casemapping="rfc1459"))
    with pytest.raises(ValueError, match=r"two accounts a\{"):
        load(state, Kept(accounts=(Account(7, "a[", 1), Account(8, "a{", 1))))


# All of it

RECORD = ChannelRecord(
    id="c1",
    name="#X",
    created_at=3,
    registration=Registration(
        "Otto", 4, {"robin": Access("Robin", Rank.OP, "otto", 5)}, {RegistrationSetting.URL: "https://x"}
    ),
    topic="tea",
    topic_by="otto!u@host",
    topic_at=6,
    flags=(ChannelFlag.MODERATED, ChannelFlag.SECRET),
    settings={ChannelSetting.KEY: "k"},
    lists={ChannelList.BAN: (ListEntry("b!*@*", "otto", 7), ListEntry("c!*@*", "otto", 8, 9))},
    metadata={"url": "x"},
)


def test_what_was_kept_is_there_again(state: State) -> None:
    otto, robin = Account(7, "Otto", 1), Account(8, "Robin", 2)
    invitation = Invitation("abc", "otto", 3)
    markers = (Marker(7, "#x", 5), Marker(7, "robin", 6), Marker(8, "#x", 7))
    load(state, Kept(99, (otto, robin), (RECORD,), (invitation,), markers))
    assert state.index == 99
    assert list(state.accounts.values()) == [otto, robin]
    assert state.invitations == {"abc": invitation}
    assert state.markers == {7: {"#x": 5, "robin": 6}, 8: {"#x": 7}}
    channel = state.channel("#x")
    assert channel is not None
    assert channel_record(channel) == RECORD
    assert not channel.members
    assert channel.guarded
    assert state.founded == {"otto": {channel: None}}


def test_another_casemapping_can_make_two_channels_the_same() -> None:
    state = State(Settings(casemapping="rfc1459"))
    two = (replace(RECORD, name="#a["), replace(RECORD, id="c2", name="#A{"))
    with pytest.raises(ValueError, match=r"two channels #A\{"):
        load(state, Kept(channels=two))


def test_another_casemapping_finds_access_by_its_own_folds() -> None:
    state = State(Settings(casemapping="rfc1459"))
    access = {"bob[": Access("Bob[", Rank.OP, "otto", 5)}
    load(state, Kept(channels=(replace(RECORD, registration=Registration("otto", 4, access)),)))
    registration = state.channels["#x"].registration
    assert registration is not None
    assert registration.access == {"bob{": access["bob["]}


def test_a_record_does_not_change_with_its_channel(state: State) -> None:
    load(state, Kept(channels=(RECORD,)))
    channel = state.channels["#x"]
    record = channel_record(channel)
    channel.flags.clear()
    channel.settings.clear()
    channel.lists[ChannelList.BAN].clear()
    assert record == RECORD
