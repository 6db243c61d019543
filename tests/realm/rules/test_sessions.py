"""Several clients of one user, their devices, and staying without any."""

from dataclasses import replace
from typing import Any

import pytest

from chatdaemon.realm.accounts import AccountSetting
from chatdaemon.realm.events import (
    AcceptedChanged,
    AccountSeen,
    AccountSettingChanged,
    AlwaysOnChanged,
    Attached,
    AwayChanged,
    Configured,
    Connected,
    Detached,
    DeviceForgotten,
    DeviceSeen,
    Event,
    Killed,
    NickChanged,
    Posted,
    Quit,
    UserMetadataChanged,
    UserModesChanged,
)
from chatdaemon.realm.modes import Privilege, UserMode, UserModeChange
from chatdaemon.realm.presence import ALONE, device_seen_at
from chatdaemon.realm.records import load
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeAccountSetting,
    ChangeNick,
    Configure,
    Connect,
    Disconnect,
    DropAccount,
    ExpirePresence,
    ForceJoin,
    ForgetDevice,
    Join,
    Kill,
    Part,
    Post,
    ReclaimNick,
    ResumePresence,
    SeeDevice,
    SetAccount,
    SetAway,
    SuspendAccount,
)
from chatdaemon.realm.settings import Custom, Settings
from chatdaemon.realm.state import Attachment
from tests.realm.keeping import kept_of
from tests.realm.scene import PLAIN, START, Scene


@pytest.fixture
def scene() -> Scene:
    """bob is a guest; alice is logged in, with a first client called "alice"; both are in #x."""
    scene = Scene()
    scene.join("#x", "bob")
    scene.account("Alice")
    scene.connect("alice", account="Alice")
    scene.join("#x", "alice")
    return scene


def come(scene: Scene, session: str, nick: str = "Alice", **more: Any) -> tuple[Event, ...]:
    usual: dict[str, Any] = {"host": "host", "real_host": "10.0.0.1", "account": "alice"}
    return scene(session, Connect(nick, "u", "R", **{**usual, **more}))


def stay(scene: Scene, **more: Any) -> tuple[Event, ...]:
    """alice is always on from now on."""
    scene.realm.settings = replace(scene.realm.settings, **more)
    return scene("alice", ChangeAccountSetting(AccountSetting.ALWAYS_ON, "on"))


def kinds(events: tuple[Event, ...]) -> list[type]:
    return [type(event) for event in events]


# Coming to a user who is here


def test_a_client_of_the_same_account_and_nick_is_the_same_user(scene: Scene) -> None:
    alice = scene.people["alice"]
    scene.at += 5
    (attached,) = come(scene, "phone", real_host="10.0.0.2", device="phone", certificate="ab", exempt=True)
    assert attached == Attached((alice.id,), alice.who, "phone", "phone", None)
    assert scene.realm.sessions["phone"] is alice
    assert alice.sessions == {
        "alice": Attachment("10.0.0.1", False, None, False, "", START),
        "phone": Attachment("10.0.0.2", False, "ab", True, "phone", START + 5),
    }
    # What the user shows is what its first client brought; it may not stay as a guest since one may not.
    assert (alice.real_host, alice.certificate, alice.exempt) == ("10.0.0.1", None, False)
    assert alice.active_at == START + 5


def test_what_a_user_shows_follows_its_oldest_client(scene: Scene) -> None:
    alice = scene.people["alice"]
    come(scene, "phone", real_host="10.0.0.2", certificate="ab", exempt=True)
    assert kinds(scene("alice", Disconnect("bye"))) == [Detached, DeviceSeen]
    assert (alice.real_host, alice.certificate, alice.exempt) == ("10.0.0.2", "ab", True)
    assert alice.real_hostmask == "alice!u@10.0.0.2"
    assert scene.realm.user("alice") is alice


def test_a_user_is_secure_while_all_of_its_clients_are() -> None:
    scene = Scene()
    scene.account("Alice")
    scene.connect("Alice", account="Alice", secure=True)
    alice = scene.people["Alice"]
    modes, attached = come(scene, "plain")
    given_up = (UserModeChange(UserMode.SECURE, False),)
    # Before the new client is one of those who hear it: it is told of all modes anyway.
    assert modes == UserModesChanged((alice.id,), alice.who, given_up)
    assert isinstance(attached, Attached)
    assert not alice.modes
    assert kinds(come(scene, "other", secure=True)) == [Attached]
    detached, modes, _ = scene("plain", Disconnect("bye"))
    assert detached == Detached((), alice.who, "plain")
    assert modes == UserModesChanged((alice.id,), alice.who, (UserModeChange(UserMode.SECURE, True),))
    assert alice.modes == (UserMode.SECURE,)


def test_a_client_that_asks_for_another_nick_of_the_account_finds_the_user_by_either(scene: Scene) -> None:
    alice = scene.people["alice"]
    scene.account("Alice", "al")
    assert kinds(come(scene, "s1", "whatever")) == [Attached]
    scene("alice", ChangeNick("al"))
    assert kinds(come(scene, "s2", "AL")) == [Attached]
    assert list(alice.sessions) == ["alice", "s1", "s2"]


def test_where_nicks_are_free_only_the_nick_asked_for_counts(scene: Scene) -> None:
    scene.realm.settings = replace(PLAIN, nick_is_account=False)
    assert kinds(come(scene, "s1", "ally")) == [Connected]
    assert kinds(come(scene, "s2", "Ally")) == [Attached]


def test_nobody_comes_to_the_user_of_another_account(scene: Scene) -> None:
    scene.account("Carol")
    refusal = scene.refused("s1", Connect("alice", "u", "R", "host", "10.0.0.1", None))
    assert refusal == Refusal(Reason.NICK_IN_USE, "alice")
    scene.realm.settings = replace(PLAIN, nick_is_account=False)
    assert come_refused(scene, account="carol") == Refusal(Reason.NICK_IN_USE, "alice")


def come_refused(scene: Scene, **more: Any) -> Refusal:
    request = Connect("alice", "u", "R", "host", "10.0.0.1", **{"account": "alice", **more})
    return scene.refused("s1", request)


def test_it_can_be_had_that_each_client_is_a_user_of_its_own(scene: Scene) -> None:
    scene.realm.settings = replace(PLAIN, several_clients=False)
    assert come_refused(scene) == Refusal(Reason.NICK_IN_USE, "alice")


def test_one_user_has_so_many_clients_and_no_more(scene: Scene) -> None:
    scene.realm.settings = replace(PLAIN, sessions_per_user=2)
    come(scene, "phone")
    assert come_refused(scene) == Refusal(Reason.TOO_MANY_SESSIONS, "alice")


def test_metadata_that_a_client_brings_is_the_users(scene: Scene) -> None:
    changed, attached = come(scene, "phone", metadata={"url": "x"})
    assert isinstance(changed, UserMetadataChanged)
    assert isinstance(attached, Attached)


def test_a_client_that_is_away_counts_only_where_there_is_no_other(scene: Scene) -> None:
    alice = scene.people["alice"]
    assert kinds(come(scene, "phone", away="push")) == [Attached]
    assert alice.away is None
    stay(scene, auto_away=Custom.OFF)
    for session in ("alice", "phone"):
        scene(session, Disconnect("bye"))
    assert alice.away is None
    changed, _ = come(scene, "phone", away="push")
    assert changed == AwayChanged(scene.channel("#x").id, alice.who, "push")


# All clients are one user


def test_what_one_client_does_all_of_them_have_done(scene: Scene) -> None:
    alice = scene.people["alice"]
    come(scene, "phone")
    (changed,) = scene("phone", ChangeNick("ALICE"))
    assert isinstance(changed, NickChanged)
    scene("phone", SetAccount(None))
    assert (alice.account, list(alice.sessions)) == (None, ["alice", "phone"])
    assert kinds(scene("alice", Disconnect("bye"))) == [Detached]
    assert kinds(scene("phone", Disconnect("bye"))) == [Quit]


def test_who_is_killed_goes_with_all_clients(scene: Scene) -> None:
    come(scene, "phone")
    assert kinds(scene(None, Kill("alice", "spam")))[:2] == [Killed, Quit]
    assert list(scene.realm.sessions) == ["bob"]
    assert scene.refused("phone", Disconnect("bye")) == Refusal(Reason.NOT_CONNECTED)


def test_a_nick_is_taken_back_from_all_clients_that_have_it(scene: Scene) -> None:
    come(scene, "phone")
    scene.realm.settings = replace(PLAIN, several_clients=False)
    come(scene, "s1", "ally")
    assert kinds(scene("s1", ReclaimNick("alice", True))) == [Quit, NickChanged]
    assert list(scene.realm.sessions) == ["bob", "s1"]


# Devices


def test_how_far_a_device_has_been_told_is_known_when_it_comes_back(scene: Scene) -> None:
    account = scene.realm.accounts["alice"]
    come(scene, "phone", device="phone")
    assert scene("phone", SeeDevice(START - 5)) == (DeviceSeen((), "Alice", account.id, "phone", START - 5),)
    # It never goes back, nor ahead of time.
    assert scene("phone", SeeDevice(START - 6)) == ()
    (seen,) = scene("phone", SeeDevice(START + 60))
    assert isinstance(seen, DeviceSeen)
    assert seen.at == START
    scene("phone", Disconnect("bye"))
    scene.at += 10
    (attached,) = come(scene, "phone", device="phone")
    assert isinstance(attached, Attached)
    assert (attached.device, attached.seen_at) == ("phone", START)
    (attached,) = come(scene, "other", device="laptop")
    assert isinstance(attached, Attached)
    assert attached.seen_at is None


def test_a_device_is_seen_when_it_goes_or_was_there_last(scene: Scene) -> None:
    alice = scene.people["alice"]
    come(scene, "phone", device="phone")
    come(scene, "laptop", device="laptop")
    scene.at += 100
    scene("phone", Disconnect("lost", START + 40))
    scene("laptop", Disconnect("bye", START + 400))
    assert device_seen_at(scene.realm, alice, "phone") == START + 40
    assert device_seen_at(scene.realm, alice, "laptop") == START + 100
    assert device_seen_at(scene.realm, scene.people["bob"], "phone") is None
    *_, seen = scene("alice", Disconnect("bye"))
    assert isinstance(seen, DeviceSeen)
    assert seen.device == ""
    (connected,) = come(scene, "s1", device="laptop")
    assert isinstance(connected, Connected)
    assert (connected.device, connected.seen_at) == ("laptop", START + 100)


def test_who_logs_in_later_says_then_which_device_it_is(scene: Scene) -> None:
    scene("bob", SetAccount("alice", device="phone"))
    (seen,) = scene("bob", SeeDevice(5))
    assert isinstance(seen, DeviceSeen)
    assert (seen.account, seen.device) == ("Alice", "phone")


def test_of_a_guest_no_device_is_known(scene: Scene) -> None:
    assert scene("bob", SeeDevice(START)) == ()
    assert scene.refused("bob", ForgetDevice("")) == Refusal(Reason.NOT_LOGGED_IN)
    assert scene.realm.devices == {}


def test_the_device_that_was_not_seen_for_longest_makes_room(scene: Scene) -> None:
    scene.realm.settings = replace(PLAIN, devices_per_account=2)
    account = scene.realm.accounts["alice"]
    for name, at in (("b", 5), ("a", 5), ("c", 3)):
        come(scene, name, device=name)
        events = scene(name, SeeDevice(at))
    # Not the one that has just been seen, and of those alike the first by name.
    assert events[1:] == (DeviceForgotten((), "Alice", account.id, "a"),)
    assert scene.realm.devices[account.id] == {"b": 5, "c": 3}


def test_a_device_is_forgotten(scene: Scene) -> None:
    alice, account = scene.people["alice"], scene.realm.accounts["alice"]
    for name in ("phone", "laptop"):
        come(scene, name, device=name)
        scene(name, SeeDevice(5))
    forgotten = DeviceForgotten((alice.id,), "Alice", account.id, "phone")
    assert scene("alice", ForgetDevice("phone")) == (forgotten,)
    assert scene.refused("alice", ForgetDevice("phone")) == Refusal(Reason.NO_SUCH_DEVICE, "phone")
    scene("alice", ForgetDevice("laptop"))
    assert scene.realm.devices == {}


def test_the_devices_go_with_the_account(scene: Scene) -> None:
    scene("alice", SeeDevice(5))
    scene("alice", DropAccount("Alice"))
    assert scene.realm.devices == {}


# Being always on


@pytest.mark.parametrize(
    ("custom", "value", "stays"),
    [
        (Custom.OFF, "on", False),
        (Custom.OPT_IN, None, False),
        (Custom.OPT_IN, "on", True),
        (Custom.OPT_OUT, None, True),
        (Custom.OPT_OUT, "off", False),
        (Custom.ALWAYS, "off", True),
    ],
)
def test_who_stays_is_the_servers_custom_and_the_accounts_choice(
    custom: Custom, value: str | None, stays: bool
) -> None:
    scene = Scene(replace(PLAIN, always_on=custom))
    scene.account("Alice", settings={} if value is None else {AccountSetting.ALWAYS_ON: value})
    scene.connect("Alice", account="Alice")
    alice = scene.people["Alice"]
    assert alice.always_on == stays
    scene("Alice", Disconnect("bye"))
    assert (scene.realm.user("alice") is alice) == stays
    # Nobody stays who is logged in to nothing.
    scene.connect("bob")
    assert not scene.people["bob"].always_on


def test_who_stays_is_away_and_seen_for_the_last_time(scene: Scene) -> None:
    alice = scene.people["alice"]
    setting, changed = stay(scene)
    assert isinstance(setting, AccountSettingChanged)
    assert changed == AlwaysOnChanged((), alice.who, True)
    scene.at += 7
    detached, away, seen, device = scene("alice", Disconnect("bye"))
    assert detached == Detached((), alice.who, "alice")
    assert away == AwayChanged(scene.channel("#x").id, alice.who, ALONE)
    assert seen == AccountSeen((), "Alice")
    assert isinstance(device, DeviceSeen)
    assert (alice.sessions, alice.auto_away, alice.left_at) == ({}, True, START + 7)
    assert scene.realm.accounts["alice"].last_seen_at == START + 7
    assert alice in scene.channel("#x").members
    # What is said to it is delivered: history has it for later.
    (posted,) = scene("bob", Post("alice", "hi"))
    assert isinstance(posted, Posted)
    assert posted.audience == (alice.id, scene.id("bob"))


def test_who_comes_back_is_there_again(scene: Scene) -> None:
    alice = scene.people["alice"]
    stay(scene)
    scene("alice", Disconnect("bye"))
    back, attached = come(scene, "phone")
    assert back == AwayChanged(scene.channel("#x").id, alice.who, None)
    assert isinstance(attached, Attached)
    assert (alice.auto_away, alice.left_at) == (False, 0)


def test_a_client_that_says_that_it_is_away_leaves_the_user_so(scene: Scene) -> None:
    alice = scene.people["alice"]
    stay(scene)
    scene("alice", Disconnect("bye"))
    changed, _ = come(scene, "phone", away="push")
    assert isinstance(changed, AwayChanged)
    assert (alice.away, alice.auto_away) == ("push", False)
    scene("phone", SetAway(None))
    scene("phone", Disconnect("bye"))
    # The same text is no change to tell.
    assert kinds(come(scene, "s2", away=ALONE)) == [Attached]
    assert (alice.away, alice.auto_away) == (ALONE, False)


def test_who_has_gone_away_stays_away_with_their_own_words(scene: Scene) -> None:
    alice = scene.people["alice"]
    stay(scene)
    scene("alice", SetAway("tea"))
    assert kinds(scene("alice", Disconnect("bye"))) == [Detached, AccountSeen, DeviceSeen]
    assert kinds(come(scene, "phone")) == [Attached]
    assert (alice.away, alice.auto_away) == ("tea", False)


def test_who_does_not_want_to_be_away_is_not(scene: Scene) -> None:
    stay(scene)
    scene("alice", ChangeAccountSetting(AccountSetting.AUTO_AWAY, "off"))
    assert kinds(scene("alice", Disconnect("bye"))) == [Detached, AccountSeen, DeviceSeen]


def test_an_account_is_seen_while_any_client_of_it_is_there(scene: Scene) -> None:
    settings = replace(PLAIN, nick_is_account=False, always_on=Custom.ALWAYS, auto_away=Custom.OFF)
    scene(None, Configure(settings))
    come(scene, "s1", "ally")
    assert kinds(scene("alice", Disconnect("bye"))) == [Detached, DeviceSeen]
    # Who is not there is not seen to go either.
    assert AccountSeen not in kinds(scene(None, Kill("alice", "x")))
    assert AccountSeen in kinds(scene("s1", Disconnect("bye")))


def test_a_channel_is_kept_while_somebody_is_in_it_who_is_always_on(scene: Scene) -> None:
    channel = scene.channel("#x")
    scene.join("#y", "alice", "bob")
    assert not channel.kept
    stay(scene)
    assert [each.residents for each in (channel, scene.channel("#y"))] == [1, 1]
    scene("alice", Part("#y"))
    assert (channel.kept, scene.channel("#y").kept) == (True, False)
    scene("alice", Disconnect("bye"))
    scene("bob", Part("#x"))
    assert scene.channel("#x") is channel
    *_, changed = scene(None, Kill("alice", "x"))[:3]
    assert changed == AlwaysOnChanged((), scene.people["alice"].who, False, (channel.id,))
    assert scene.realm.channel("#x") is None


def test_who_is_not_here_joins_what_operators_have_them_join(scene: Scene) -> None:
    stay(scene)
    scene("alice", Disconnect("bye"))
    scene.oper("bob", Privilege.OVERRIDE)
    scene("bob", ForceJoin("alice", "#z"))
    assert scene.channel("#z").kept


# The end of it


def test_who_no_longer_wants_to_stay_leaves_where_no_client_is_there(scene: Scene) -> None:
    alice = scene.people["alice"]
    stay(scene)
    events = scene("alice", ChangeAccountSetting(AccountSetting.ALWAYS_ON, "off"))
    assert events[1:] == (AlwaysOnChanged((), alice.who, False, (scene.channel("#x").id,)),)
    stay(scene)
    scene("alice", Disconnect("bye"))
    events = scene(None, ChangeAccountSetting(AccountSetting.ALWAYS_ON, None, "Alice"))
    assert kinds(events) == [AccountSettingChanged, AlwaysOnChanged, Quit]
    assert events[2] == Quit(
        scene.channel("#x").id, alice.who, "No longer always on", (scene.channel("#x").id,)
    )
    assert scene.realm.user("alice") is None


def test_who_may_no_longer_stay_leaves_where_no_client_is_there(scene: Scene) -> None:
    stay(scene)
    settings = replace(PLAIN, always_on=Custom.OFF)
    assert kinds(scene(None, Configure(settings))) == [Configured, AlwaysOnChanged]
    scene(None, Configure(PLAIN))
    scene("alice", Disconnect("bye"))
    assert kinds(scene(None, Configure(settings))) == [Configured, AlwaysOnChanged, Quit]
    assert scene.realm.logged_in == {}


@pytest.mark.parametrize("end", [DropAccount("Alice"), SuspendAccount("Alice", "spam")])
def test_who_loses_the_account_stays_as_a_guest_only_with_a_client(
    scene: Scene, end: DropAccount | SuspendAccount
) -> None:
    scene.account("Alice", "al")
    scene.realm.settings = replace(PLAIN, nick_is_account=False)
    stay(scene)
    come(scene, "s1", "al")
    scene("alice", Disconnect("bye"))
    scene(None, end)
    assert sorted(scene.realm.nicks) == ["al", "bob"]
    assert not scene.realm.sessions["s1"].always_on


def test_who_logs_in_to_another_account_is_as_that_is(scene: Scene) -> None:
    scene.realm.settings = replace(PLAIN, nick_is_account=False)
    scene.account("Carol", settings={AccountSetting.ALWAYS_ON: "on"})
    assert AlwaysOnChanged in kinds(scene("alice", SetAccount("carol")))
    assert scene.people["alice"].always_on
    assert AlwaysOnChanged in kinds(scene("alice", SetAccount(None)))
    assert not scene.people["alice"].always_on


def test_who_has_had_no_client_for_too_long_leaves(scene: Scene) -> None:
    stay(scene, always_on_expiry=1000)
    scene(None, ExpirePresence("Alice"))
    scene("alice", Disconnect("bye"))
    scene.at += 999
    assert scene(None, ExpirePresence("Alice")) == ()
    scene.realm.settings = replace(PLAIN, always_on_expiry=0)
    scene.at += 1
    assert scene(None, ExpirePresence("Alice")) == ()
    scene.realm.settings = replace(PLAIN, always_on_expiry=1000)
    events = scene(None, ExpirePresence("alice"))
    assert kinds(events) == [Quit, AlwaysOnChanged]
    assert isinstance(events[0], Quit)
    assert events[0].reason == "Gone for too long"
    # It was seen when its last client left.
    assert scene.realm.accounts["alice"].last_seen_at == START
    assert scene.refused(None, ExpirePresence("nobody")) == Refusal(Reason.NO_SUCH_ACCOUNT, "nobody")


@pytest.mark.parametrize("request_", [ExpirePresence("alice"), ResumePresence()])
def test_only_the_server_says_that_time_has_passed(scene: Scene, request_: Any) -> None:
    assert scene.refused("alice", request_) == Refusal(Reason.NOT_AN_OPERATOR)


# A new start


def loaded(scene: Scene, settings: Settings | None = None) -> Scene:
    """The same place after the server was killed and started again."""
    again = Scene(settings or scene.realm.settings)
    load(again.realm, kept_of(scene.realm))
    again.index, again.at = scene.index, scene.at + 1000
    again.people = {user.nick: user for user in again.realm.users.values()}
    return again


def test_who_had_a_client_when_the_server_ended_has_none_since_the_start(scene: Scene) -> None:
    stay(scene)
    again = loaded(scene)
    alice = again.people["alice"]
    assert (alice.away, alice.left_at) == (None, 0)
    assert again(None, ResumePresence()) == (
        Detached((), alice.who, ""),
        AwayChanged(again.channel("#x").id, alice.who, ALONE),
    )
    assert (alice.auto_away, alice.left_at) == (True, START + 1000)
    # Once is enough.
    assert again(None, ResumePresence()) == ()


def test_who_had_none_has_had_none_since_then(scene: Scene) -> None:
    stay(scene)
    scene("alice", Disconnect("bye"))
    again = loaded(scene)
    assert again(None, ResumePresence()) == ()
    assert again.people["alice"].left_at == START
    assert kinds(come(again, "s1")) == [AwayChanged, Attached]


def test_at_the_start_who_may_not_stay_any_more_leaves(scene: Scene) -> None:
    stay(scene)
    scene("alice", Disconnect("bye"))
    again = loaded(scene, replace(PLAIN, always_on=Custom.OFF))
    assert kinds(again(None, ResumePresence())) == [AlwaysOnChanged, Quit]
    assert again.realm.users == {}
    assert again.realm.channels == {}


def test_at_the_start_those_who_have_come_already_are_left_alone(scene: Scene) -> None:
    stay(scene)
    again = loaded(scene)
    come(again, "s1")
    assert again(None, ResumePresence()) == ()


# What else is kept


def test_whom_somebody_who_stays_writes_to_is_accepted_and_that_is_kept(scene: Scene) -> None:
    scene.account("Carol")
    scene.connect("Carol", account="Carol")
    scene.user_mode("alice", UserMode.CALLER_ID)
    (posted,) = scene("alice", Post("bob", "hi"))
    assert isinstance(posted, Posted)
    stay(scene)
    posted, accepted = scene("alice", Post("carol", "hi"))
    assert isinstance(posted, Posted)
    assert accepted == AcceptedChanged((), scene.people["alice"].who, ("Carol",), ())
    assert kinds(scene("alice", Post("carol", "hi"))) == [Posted]
    assert scene("alice", Join("#x")) == ()
