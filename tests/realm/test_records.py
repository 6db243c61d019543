from dataclasses import replace
from typing import Any

import pytest

from chatdaemon.realm.accounts import (
    Access,
    Account,
    ChannelRecord,
    Device,
    Invitation,
    Marker,
    MembershipRecord,
    Registration,
    RegistrationSetting,
    UserRecord,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank, UserMode
from chatdaemon.realm.records import (
    Kept,
    channel_record,
    forget,
    keep,
    load,
    membership_record,
    user_record,
)
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import State
from tests.realm.scene import Scene

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


# Who stays

OTTO = UserRecord(
    id=21, account=7, nick="otto", username="u", realname="R", host="o.example", plain_host="host",
    real_host="10.0.0.1", connected_at=4, exempt=True, away="tea", auto_away=False, left_at=9,
    modes=(UserMode.INVISIBLE, UserMode.CALLER_ID), accepted=("Robin",), silences=("b!*@*",),
)  # fmt: skip
ROBIN = UserRecord(22, 8, "robin", "u", "R", "host", "host", "10.0.0.2", 5)
BOTH = (Account(7, "Otto", 1), Account(8, "Robin", 2))


def test_who_stays_is_there_again_without_clients(state: State) -> None:
    hall = replace(RECORD, id="c2", name="#hall", registration=None)
    memberships = (
        MembershipRecord(21, "c1", Rank.OP, 12, 102),
        MembershipRecord(21, "c2", Rank.NONE, 11, 101),
        MembershipRecord(22, "c2", Rank.VOICE, 10, 100),
    )
    devices = (Device(7, "", 5), Device(7, "phone", 6))
    kept = Kept(99, BOTH, (RECORD, hall), users=(OTTO, ROBIN), memberships=memberships, devices=devices)
    load(state, kept)
    otto, robin = state.users[21], state.users[22]
    assert user_record(state, otto) == OTTO
    assert user_record(state, robin) == ROBIN
    assert (otto.who.source, otto.who.account, otto.who.operator) == ("otto!u@o.example", "Otto", False)
    assert (otto.sessions, otto.always_on, otto.active_at, robin.active_at) == ({}, True, 9, 5)
    assert otto.guarded
    assert state.nicks == {"otto": otto, "robin": robin}
    assert state.logged_in == {"otto": {otto: None}, "robin": {robin: None}}
    assert (state.invisible, state.most_users) == (1, 2)
    assert state.devices == {7: {"": 5, "phone": 6}}
    # In the order in which they joined, on either side.
    assert [channel.name for channel in otto.channels] == ["#hall", "#X"]
    assert [user.nick for user in state.channels["#hall"].members] == ["robin", "otto"]
    assert [state.channels[name].residents for name in ("#hall", "#x")] == [2, 1]
    assert [membership_record(otto, channel) for channel in otto.channels] == list(memberships[1::-1])
    assert state.channels["#hall"].registration is None
    assert list(state.founded) == ["otto"]


def test_a_channel_is_not_there_without_those_who_stayed_in_it(state: State) -> None:
    # As it is when their account was erased while no server ran: another may have its name since.
    gone = replace(RECORD, registration=None)
    load(state, Kept(1, BOTH, (gone, replace(RECORD, id="c2"))))
    assert state.channels["#x"].id == "c2"


def test_another_casemapping_can_make_two_users_the_same() -> None:
    state = State(Settings(casemapping="rfc1459"))
    users = (replace(OTTO, nick="a["), replace(ROBIN, nick="A{"))
    with pytest.raises(ValueError, match=r"two users A\{"):
        load(state, Kept(1, BOTH, users=users))


def test_nothing_is_kept_of_a_guest_or_of_being_an_operator() -> None:
    scene = Scene()
    scene.connect("bob")
    with pytest.raises(ValueError, match="bob is logged in to no account"):
        user_record(scene.realm, scene.people["bob"])
    scene.account("Otto")
    scene.connect("Otto", account="Otto")
    otto = scene.people["Otto"]
    scene.oper("Otto")
    otto.accepted = {scene.id("bob"): "bob", "robin": "Robin"}
    record = user_record(scene.realm, otto)
    assert record.modes == ()
    # Who is accepted without an account is somebody else tomorrow.
    assert record.accepted == ("Robin",)


def test_a_thousand_who_stay_in_a_thousand_channels_are_loaded_at_once(state: State) -> None:
    accounts = tuple(Account(id, f"a{id}", 1) for id in range(1, 1001))
    users = tuple(replace(ROBIN, id=id + 2000, account=id, nick=f"a{id}") for id in range(1, 1001))
    channels = tuple(replace(RECORD, id=f"{id:x}", name=f"#{id}", registration=None) for id in range(1, 1001))
    memberships = tuple(
        MembershipRecord(2001 + (each + shift) % 1000, f"{each + 1:x}", Rank.OP, 5, each * 10 + shift)
        for each in range(1000)
        for shift in range(10)
    )
    load(state, Kept(1, accounts, channels, users=users, memberships=memberships))
    assert len(state.channels) == len(state.users) == 1000
    assert all(len(user.channels) == 10 for user in state.users.values())
