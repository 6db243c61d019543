"""Registered channels: made, dropped, handed over, and what is set of them."""

from __future__ import annotations

import dataclasses

import pytest

from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import (
    AccessChanged,
    ChannelDropped,
    ChannelRegistered,
    ChannelTransferred,
    Event,
    Joined,
    ModesChanged,
    RegistrationChanged,
    ServerNoticed,
)
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelRank,
    ChannelSetting,
    ModeChange,
    Privilege,
    Rank,
)
from chatdaemon.realm.refusal import Reason
from chatdaemon.realm.requests import (
    ChangeModes,
    ChangeRegistration,
    DropAccount,
    DropChannel,
    Invite,
    Join,
    Kick,
    Part,
    Post,
    RegisterChannel,
    SetAccess,
    SetAccount,
    SetTopic,
    TransferChannel,
)
from chatdaemon.realm.rules.registrations import LONGEST_VALUE, founder_gone
from chatdaemon.realm.settings import Policy
from tests.realm.scene import PLAIN, START, Scene, off, on

SETTING = RegistrationSetting


@pytest.fixture
def scene() -> Scene:
    """alice, the founder of #tea, and bob, logged in too, are in it; carol is a guest somewhere else."""
    scene = Scene()
    scene.join("#tea", "alice", "bob")
    scene.connect("carol")
    scene.log_in("alice", "alice")
    scene.log_in("bob", "bob")
    scene("alice", RegisterChannel("#tea"))
    return scene


def operator(scene: Scene, nick: str = "olga") -> None:
    scene.oper(nick, Privilege.CHANNELS)


def kinds(events: tuple[Event, ...]) -> list[type]:
    return [type(event) for event in events if not isinstance(event, ServerNoticed)]


# Registering.


def test_whoever_registers_a_channel_is_its_founder_at_once() -> None:
    scene = Scene()
    scene.join("#tea", "alice", "bob")
    scene.log_in("alice", "alice")
    registered, modes, noticed = scene("alice", RegisterChannel("#TEA"))
    channel = scene.channel("#tea")
    assert isinstance(registered, ChannelRegistered)
    assert (registered.channel_id, registered.channel, registered.founder) == (channel.id, "#tea", "alice")
    assert registered.audience == (scene.id("alice"),)
    assert isinstance(modes, ModesChanged)
    assert modes.who is None
    assert modes.changes == (on(ChannelRank.FOUNDER, "alice"),)
    assert isinstance(noticed, ServerNoticed)
    assert channel.registration is not None
    assert (channel.registration.founder, channel.registration.at) == ("alice", START)
    assert scene.realm.founded == {"alice": {channel: None}}
    assert scene.membership_ranks("#tea", "alice") == Rank.FOUNDER | Rank.OP


def test_registering_takes_an_account_and_the_rank_of_an_operator() -> None:
    scene = Scene()
    scene.join("#tea", "alice", "bob")
    assert scene.refused("alice", RegisterChannel("#tea")).reason is Reason.NOT_LOGGED_IN
    scene.log_in("bob", "bob")
    assert scene.refused("bob", RegisterChannel("#tea")).reason is Reason.NEEDS_OP
    assert scene.refused("bob", RegisterChannel("#none")).reason is Reason.NO_SUCH_CHANNEL
    scene.connect("carol")
    scene.log_in("carol", "carol")
    assert scene.refused("carol", RegisterChannel("#tea")).reason is Reason.NOT_ON_CHANNEL
    assert scene.refused("gone", RegisterChannel("#tea")).reason is Reason.NOT_CONNECTED


def test_a_channel_is_registered_once(scene: Scene) -> None:
    refusal = scene.refused("bob", RegisterChannel("#tea"))
    assert (refusal.reason, refusal.subject) == (Reason.CHANNEL_REGISTERED, "#tea")


def test_what_nobody_may_know_of_cannot_be_registered_either() -> None:
    scene = Scene()
    scene.join("#tea", "alice")
    scene.connect("bob")
    scene.log_in("bob", "bob")
    scene.mode("alice", "#tea", on(ChannelFlag.SECRET))
    assert scene.refused("bob", RegisterChannel("#tea")).reason is Reason.NO_SUCH_CHANNEL


@pytest.mark.parametrize("policy", [Policy.CLOSED, Policy.APPROVAL])
def test_where_registration_is_closed_operators_register(policy: Policy) -> None:
    scene = Scene(dataclasses.replace(PLAIN, channel_registration=policy))
    scene.join("#tea", "alice")
    scene.log_in("alice", "alice")
    assert scene.refused("alice", RegisterChannel("#tea")).reason is Reason.CHANNELS_CLOSED
    operator(scene)
    scene.log_in("olga", "olga")
    assert kinds(scene("olga", RegisterChannel("#tea"))) == [ChannelRegistered]
    assert scene.membership_ranks("#tea", "alice") is Rank.OP


def test_an_account_founds_only_so_many_channels() -> None:
    scene = Scene(dataclasses.replace(PLAIN, channels_per_account=1))
    scene.join("#one", "alice")
    scene.join("#two", "alice")
    scene.log_in("alice", "alice")
    scene("alice", RegisterChannel("#one"))
    refusal = scene.refused("alice", RegisterChannel("#two"))
    assert (refusal.reason, refusal.subject) == (Reason.TOO_MANY_REGISTERED, "#two")
    scene("alice", DropChannel("#one"))
    assert scene("alice", RegisterChannel("#two"))


def test_everybody_of_the_account_becomes_founder() -> None:
    scene = Scene()
    scene.join("#tea", "alice", "phone")
    scene.log_in("alice", "alice")
    scene.log_in("phone", "alice")
    scene("alice", RegisterChannel("#tea"))
    assert scene.membership_ranks("#tea", "phone") is Rank.FOUNDER


# Outliving its members.


def test_a_registered_channel_stays_as_it_is_when_everybody_has_left(scene: Scene) -> None:
    channel = scene.channel("#tea")
    scene("alice", SetTopic("#tea", "Assam"))
    scene.mode("alice", "#tea", on(ChannelFlag.MODERATED), on(ChannelList.BAN, "*!*@spam"))
    scene("alice", Part("#tea"))
    scene("bob", Part("#tea"))
    assert scene.channel("#tea") is channel
    assert not channel.members
    (joined,) = scene("carol", Join("#tea"))
    assert isinstance(joined, Joined)
    assert (joined.channel_id, joined.created) == (channel.id, False)
    assert scene.membership_ranks("#tea", "carol") is Rank.NONE
    assert channel.topic == "Assam"
    assert ChannelFlag.MODERATED in channel.flags
    assert [entry.mask for entry in channel.entries(ChannelList.BAN)] == ["*!*@spam"]


def test_a_founder_has_the_rank_again_after_joining(scene: Scene) -> None:
    scene("alice", Part("#tea"))
    joined, modes = scene("alice", Join("#tea"))
    assert isinstance(joined, Joined)
    assert modes == ModesChanged(
        scene.channel("#tea").id, None, scene.channel("#tea").id, "#tea", (on(ChannelRank.FOUNDER, "alice"),)
    )


def test_a_founder_who_joins_an_auditorium_is_seen_to_come(scene: Scene) -> None:
    scene.mode("alice", "#tea", on(ChannelFlag.AUDITORIUM))
    scene("alice", Part("#tea"))
    joined, _ = scene("alice", Join("#tea"))
    assert joined.audience == scene.channel("#tea").id


def test_who_logs_in_gets_the_ranks_of_the_account_where_they_are() -> None:
    scene = Scene()
    scene.join("#other", "alice")
    scene.join("#tea", "alice", "later")
    scene.log_in("alice", "alice")
    scene("alice", RegisterChannel("#tea"))
    assert scene.membership_ranks("#tea", "later") is Rank.NONE
    events = scene.log_in("later", "alice")
    assert [event.changes for event in events if isinstance(event, ModesChanged)] == [
        (on(ChannelRank.FOUNDER, "later"),)
    ]
    assert scene.membership_ranks("#tea", "later") is Rank.FOUNDER


def test_an_invitation_to_an_empty_registered_channel_is_kept(scene: Scene) -> None:
    scene.mode("alice", "#tea", on(ChannelFlag.INVITE_ONLY))
    scene("alice", Invite("carol", "#tea"))
    scene("alice", Part("#tea"))
    scene("bob", Part("#tea"))
    scene.join("#else", "dave")
    scene("dave", Invite("carol", "#else"))
    assert list(scene.people["carol"].invited or ()) == [scene.channel("#tea"), scene.channel("#else")]
    assert scene("carol", Join("#tea"))


def test_a_name_that_was_dropped_is_another_channel_when_it_is_made_again(scene: Scene) -> None:
    before = scene.channel("#tea").id
    scene("alice", Part("#tea"))
    scene("bob", Part("#tea"))
    scene("alice", DropChannel("#tea"))
    assert scene.realm.channel("#tea") is None
    (joined,) = scene("carol", Join("#tea"))
    assert isinstance(joined, Joined)
    assert joined.created
    assert joined.channel_id != before


# Getting in.


def test_a_founder_gets_in_past_everything(scene: Scene) -> None:
    scene.mode(
        "alice",
        "#tea",
        on(ChannelList.BAN, "*!*@*"),
        on(ChannelFlag.INVITE_ONLY),
        on(ChannelSetting.KEY, "k"),
        on(ChannelSetting.LIMIT, "1"),
    )
    scene("alice", Part("#tea"))
    assert len(scene("alice", Join("#tea"))) == 2


def test_access_as_a_half_operator_opens_all_but_a_ban(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.HALFOP))
    scene("bob", Part("#tea"))
    scene.mode("alice", "#tea", on(ChannelFlag.INVITE_ONLY), on(ChannelSetting.KEY, "k"))
    assert scene("bob", Join("#tea"))
    scene("bob", Part("#tea"))
    scene.mode("alice", "#tea", on(ChannelList.BAN, "bob!*@*"))
    assert scene.refused("bob", Join("#tea")).reason is Reason.BANNED


def test_access_as_a_voice_opens_nothing(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.VOICE))
    scene("bob", Part("#tea"))
    scene.mode("alice", "#tea", on(ChannelFlag.INVITE_ONLY))
    assert scene.refused("bob", Join("#tea")).reason is Reason.INVITE_ONLY


def test_who_is_refused_by_a_channel_that_nobody_registered_stays_out(scene: Scene) -> None:
    scene.join("#open", "alice")
    scene.mode("alice", "#open", on(ChannelFlag.INVITE_ONLY))
    assert scene.refused("bob", Join("#open")).reason is Reason.INVITE_ONLY


# Dropping and handing over.


def test_dropping_ends_the_registration_and_keeps_those_who_are_there(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.OP))
    dropped, _ = scene("alice", DropChannel("#tea"))
    assert isinstance(dropped, ChannelDropped)
    assert not dropped.gone
    assert dropped.audience == (scene.id("alice"), scene.id("bob"))
    channel = scene.channel("#tea")
    assert channel.registration is None
    assert scene.realm.founded == {}
    scene("bob", Part("#tea"))
    scene("alice", Part("#tea"))
    assert scene.realm.channel("#tea") is None


def test_only_the_founder_drops_a_channel_or_hands_it_over(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.FOUNDER))
    for request in (DropChannel("#tea"), TransferChannel("#tea", "bob")):
        refusal = scene.refused("bob", request)
        assert (refusal.reason, refusal.subject) == (Reason.NEEDS_ACCESS, "#tea")
        assert scene.refused("carol", request).reason is Reason.NOT_LOGGED_IN
    for request in (DropChannel("#none"), TransferChannel("#none", "bob")):
        assert scene.refused("alice", request).reason is Reason.NO_SUCH_CHANNEL
    scene.join("#open", "carol")
    assert scene.refused("carol", DropChannel("#open")).reason is Reason.CHANNEL_NOT_REGISTERED


def test_operators_who_look_after_channels_do_so_past_founders_and_secrets(scene: Scene) -> None:
    scene.mode("alice", "#tea", on(ChannelFlag.SECRET))
    assert scene.refused("carol", DropChannel("#tea")).reason is Reason.NO_SUCH_CHANNEL
    operator(scene)
    transferred, *_ = scene("olga", TransferChannel("#tea", "bob"))
    assert isinstance(transferred, ChannelTransferred)
    assert transferred.audience == (scene.id("olga"), scene.id("alice"))
    assert kinds(scene("olga", DropChannel("#tea"))) == [ChannelDropped]


def test_handing_over_changes_founders_in_one_go(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.VOICE | Rank.OP))
    channel = scene.channel("#tea")
    transferred, lost, got, noticed = scene("alice", TransferChannel("#tea", "BOB"))
    assert isinstance(transferred, ChannelTransferred)
    assert transferred.founder == "bob"
    assert isinstance(lost, ModesChanged)
    assert lost.changes == (off(ChannelRank.FOUNDER, "alice"),)
    assert isinstance(got, ModesChanged)
    assert got.changes == (
        on(ChannelRank.FOUNDER, "bob"), off(ChannelRank.OP, "bob"), off(ChannelRank.VOICE, "bob"),
    )  # fmt: skip
    assert isinstance(noticed, ServerNoticed)
    assert channel.registration is not None
    assert (channel.registration.founder, dict(channel.registration.access)) == ("bob", {})
    assert scene.realm.founded == {"bob": {channel: None}}


def test_a_channel_is_handed_to_an_account_that_exists_and_has_room(scene: Scene) -> None:
    refusal = scene.refused("alice", TransferChannel("#tea", "nobody"))
    assert (refusal.reason, refusal.subject) == (Reason.NO_SUCH_ACCOUNT, "nobody")
    assert scene("alice", TransferChannel("#tea", "alice")) == ()
    scene.realm.settings = dataclasses.replace(PLAIN, channels_per_account=0)
    assert scene.refused("alice", TransferChannel("#tea", "bob")).reason is Reason.TOO_MANY_REGISTERED


# Settings.


def test_settings_are_set_and_taken_away(scene: Scene) -> None:
    (changed,) = scene("alice", ChangeRegistration("#tea", SETTING.URL, " https://tea.example/ "))
    assert isinstance(changed, RegistrationChanged)
    assert (changed.setting, changed.value) == (SETTING.URL, "https://tea.example/")
    scene("alice", ChangeRegistration("#tea", SETTING.PRIVATE, "on"))
    registration = scene.channel("#tea").registration
    assert registration is not None
    assert dict(registration.settings) == {SETTING.URL: "https://tea.example/", SETTING.PRIVATE: "on"}
    assert scene("alice", ChangeRegistration("#tea", SETTING.PRIVATE, "on")) == ()
    for setting, nothing in ((SETTING.PRIVATE, "off"), (SETTING.URL, "")):
        (changed,) = scene("alice", ChangeRegistration("#tea", setting, nothing))
        assert isinstance(changed, RegistrationChanged)
        assert changed.value is None
    after = scene.channel("#tea").registration
    assert after is not None
    assert dict(after.settings) == {}
    # What storage holds of before is not what it was made into.
    assert dict(registration.settings) != {}


@pytest.mark.parametrize(
    ("setting", "value", "kept"),
    [
        (SETTING.HISTORY, "off", "off"),
        (SETTING.HISTORY, "on", None),
        (SETTING.CUTOFF, "none", "none"),
        (SETTING.CUTOFF, "join", "join"),
        (SETTING.CUTOFF, "registration", "registration"),
        (SETTING.CUTOFF, "default", None),
        (SETTING.MAX_AGE, "0086400", "86400"),
        (SETTING.MAX_AGE, "default", None),
        (SETTING.MAX_MESSAGES, "1", "1"),
        (SETTING.MAX_MESSAGES, "default", None),
    ],
)
def test_what_is_kept_of_what_is_said_is_for_founders_to_set(
    scene: Scene, setting: RegistrationSetting, value: str, kept: str | None
) -> None:
    scene("alice", ChangeRegistration("#tea", setting, value))
    registration = scene.channel("#tea").registration
    assert registration is not None
    assert registration.settings.get(setting) == kept


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (SETTING.DESCRIPTION, "x" * (LONGEST_VALUE + 1)),
        (SETTING.DESCRIPTION, "é" * (LONGEST_VALUE // 2 + 1)),
        (SETTING.ENTRY_MESSAGE, "two\nlines"),
        (SETTING.ENTRY_MESSAGE, "half a \ud800 pair"),
        (SETTING.PRIVATE, "maybe"),
        (SETTING.HISTORY, "sometimes"),
        (SETTING.CUTOFF, "JOIN"),
        (SETTING.MAX_AGE, "59"),
        (SETTING.MAX_AGE, "30d"),
        (SETTING.MAX_AGE, "99999999999"),
        (SETTING.MAX_MESSAGES, "0"),
        (SETTING.MAX_MESSAGES, "-1"),
        (SETTING.MAX_MESSAGES, "\u0663"),
        (SETTING.KEEP_MODES, "moderated op"),
        (SETTING.KEEP_MODES, "nonsense"),
        (SETTING.EMAIL, "somebody"),
        (SETTING.EMAIL, "some body@tea.example"),
        (SETTING.URL, "tea.example"),
        (SETTING.URL, "https://tea example/"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(
    scene: Scene, setting: RegistrationSetting, value: str
) -> None:
    refusal = scene.refused("alice", ChangeRegistration("#tea", setting, value))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_SETTING_VALUE, setting)
    assert refusal.detail


def test_settings_are_for_founders(scene: Scene) -> None:
    request = ChangeRegistration("#tea", SETTING.DESCRIPTION, "x")
    scene("alice", SetAccess("#tea", "bob", Rank.ADMIN))
    assert scene.refused("bob", request).reason is Reason.NEEDS_ACCESS
    scene("alice", SetAccess("#tea", "bob", Rank.FOUNDER))
    assert kinds(scene("bob", request)) == [RegistrationChanged]
    operator(scene)
    *_, noticed = scene("olga", ChangeRegistration("#tea", SETTING.DESCRIPTION, "y"))
    assert isinstance(noticed, ServerNoticed)
    assert noticed.text == "olga set description of #tea as an operator"


def test_kept_modes_are_changed_by_founders_alone(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.ADMIN))
    scene("alice", ChangeRegistration("#tea", SETTING.KEEP_MODES, "moderated key moderated ban"))
    change = on(ChannelFlag.MODERATED)
    refusal = scene.refused("bob", ChangeModes("#tea", (change,)))
    assert (refusal.reason, refusal.subject, refusal.detail) == (
        Reason.MODE_KEPT,
        "#tea",
        "moderated key ban",
    )
    assert refusal.change == change
    for kept in (on(ChannelSetting.KEY, "k"), on(ChannelList.BAN, "x!*@*")):
        assert scene.refused("bob", ChangeModes("#tea", (kept,))).reason is Reason.MODE_KEPT
    assert scene.mode("bob", "#tea", on(ChannelFlag.SECRET))
    assert scene.mode("alice", "#tea", change)
    operator(scene)
    scene.join("#tea", "olga")
    scene.rank("#tea", "olga", Rank.OP)
    assert scene.mode("olga", "#tea", off(ChannelFlag.MODERATED))


# By access.


def test_by_access_one_acts_from_outside(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.OP))
    scene("bob", Part("#tea"))
    scene.join("#tea", "carol", "dave")
    by_access = ChangeModes("#tea", (on(ChannelRank.VOICE, "carol"),), by_access=True)
    (modes,) = scene("bob", by_access)
    assert isinstance(modes, ModesChanged)
    assert modes.who == scene.people["bob"].who
    assert scene("bob", SetTopic("#tea", "Darjeeling", by_access=True))
    assert scene("bob", Kick("#tea", "carol", by_access=True))
    assert scene.refused("bob", Kick("#tea", "alice", by_access=True)).reason is Reason.OUTRANKED
    assert scene.refused("bob", SetTopic("#tea", "x")).reason is Reason.NOT_ON_CHANNEL
    assert scene.refused("dave", by_access).reason is Reason.NOT_LOGGED_IN
    scene.log_in("dave", "dave")
    assert scene.refused("dave", by_access).reason is Reason.NEEDS_ACCESS
    scene.join("#open", "dave")
    no_access = SetTopic("#open", "x", by_access=True)
    assert scene.refused("dave", no_access).reason is Reason.CHANNEL_NOT_REGISTERED


def test_by_access_one_takes_up_the_ranks_that_are_ones_own(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.VOICE))
    scene.rank("#tea", "bob", Rank.NONE)
    own, other = (
        ChangeModes("#tea", (ModeChange(ChannelRank.VOICE, True, nick),), by_access=True)
        for nick in ("bob", "alice")
    )
    assert scene("bob", own)
    assert scene.membership_ranks("#tea", "bob") is Rank.VOICE
    assert scene.refused("bob", other).reason is Reason.NEEDS_HALFOP
    higher = ChangeModes("#tea", (ModeChange(ChannelRank.OP, True, "bob"),), by_access=True)
    assert scene.refused("bob", higher).reason is Reason.NEEDS_OP


def test_by_access_one_invites_oneself(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.VOICE))
    scene("bob", Part("#tea"))
    assert scene.refused("bob", Invite("bob", "#tea", by_access=True)).reason is Reason.NEEDS_HALFOP
    scene("alice", SetAccess("#tea", "bob", Rank.HALFOP))
    (invited,) = scene("bob", Invite("bob", "#tea", by_access=True))
    assert invited.audience == (scene.id("bob"), scene.id("alice"))
    assert scene.channel("#tea") in (scene.people["bob"].invited or ())


def test_operators_of_the_server_are_told_what_one_of_them_does_by_access(scene: Scene) -> None:
    operator(scene)
    told = []
    for request in (
        ChangeModes("#tea", (on(ChannelRank.VOICE, "bob"),), by_access=True),
        SetTopic("#tea", "x", by_access=True),
        Kick("#tea", "bob", by_access=True),
        Invite("bob", "#tea", by_access=True),
    ):
        told += [event.text for event in scene("olga", request) if isinstance(event, ServerNoticed)]
    assert told == [
        "olga changed the modes of #tea as an operator",
        "olga set the topic of #tea as an operator",
        "olga kicked bob from #tea as an operator",
        "olga invited bob to #tea as an operator",
    ]
    assert kinds(scene("olga", ChangeModes("#tea", (), by_access=True))) == []


# Accounts that are gone.


def test_the_highest_and_then_oldest_operator_inherits(scene: Scene) -> None:
    for at, (name, ranks) in enumerate(
        (("voice", Rank.VOICE), ("second", Rank.ADMIN), ("first", Rank.OP), ("third", Rank.ADMIN))
    ):
        scene.account(name)
        scene.at = START + at
        scene("alice", SetAccess("#tea", name, ranks))
    events = scene("alice", DropAccount("alice"))
    assert ChannelTransferred in kinds(events)
    registration = scene.channel("#tea").registration
    assert registration is not None
    assert registration.founder == "second"
    assert list(registration.access) == ["voice", "first", "third"]
    assert list(scene.realm.founded) == ["second"]


def test_of_two_who_are_as_high_the_older_inherits_whatever_their_order(scene: Scene) -> None:
    for name, at in (("late", 5), ("early", 3)):
        scene.account(name)
        scene.at = START + at
        scene("alice", SetAccess("#tea", name, Rank.OP))
    scene("alice", DropAccount("alice"))
    registration = scene.channel("#tea").registration
    assert registration is not None
    assert registration.founder == "early"


def test_without_an_heir_the_channels_of_an_account_are_dropped(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.HALFOP))
    scene.join("#empty", "alice")
    scene("alice", RegisterChannel("#empty"))
    scene("alice", Part("#empty"))
    events = scene("alice", DropAccount("alice"))
    dropped = [event for event in events if isinstance(event, ChannelDropped)]
    assert [(event.channel, event.gone, event.who) for event in dropped] == [
        ("#tea", False, None),
        ("#empty", True, None),
    ]
    assert scene.channel("#tea").registration is None
    assert scene.realm.channel("#empty") is None
    assert scene.realm.founded == {}


def test_whoever_takes_the_name_of_an_account_that_is_gone_has_nothing_of_it(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.ADMIN))
    scene.join("#open", "alice")
    events = scene("bob", DropAccount("bob"))
    (changed,) = [event for event in events if isinstance(event, AccessChanged)]
    assert (changed.account, changed.ranks, changed.who) == ("bob", Rank.NONE, None)
    registration = scene.channel("#tea").registration
    assert registration is not None
    assert dict(registration.access) == {}
    scene.join("#tea", "later")
    scene.log_in("later", "bob")
    assert scene.membership_ranks("#tea", "later") is Rank.NONE


def test_the_channels_of_others_are_left_alone(scene: Scene) -> None:
    before = scene.channel("#tea").registration
    scene("bob", DropAccount("bob"))
    assert scene.channel("#tea").registration is before


def test_those_who_are_still_logged_in_to_it_are_founders_no_longer(scene: Scene) -> None:
    scene("alice", SetAccess("#tea", "bob", Rank.OP))
    entry = Entry(scene.index + 1, scene.at, "node", None, Post("#tea", ""))
    account = scene.realm.account("alice")
    assert account is not None
    founder_gone(scene.realm, entry, account)
    assert scene.membership_ranks("#tea", "alice") is Rank.OP
    assert scene.membership_ranks("#tea", "bob") is Rank.FOUNDER


def test_logging_out_takes_no_rank(scene: Scene) -> None:
    scene("alice", SetAccount(None))
    assert scene.membership_ranks("#tea", "alice") == Rank.FOUNDER | Rank.OP
