import pytest

from chatdaemon.realm.events import ModesChanged, PartlyRefused, ServerNoticed, TopicChanged
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelMode,
    ChannelRank,
    ChannelSetting,
    ListEntry,
    ModeChange,
    Privilege,
    Rank,
)
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeModes, SetTopic
from chatdaemon.realm.rules.channels import LARGEST_LIMIT
from chatdaemon.realm.settings import Settings
from tests.realm.scene import PLAIN, START, Scene, off, on


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


def changed(scene: Scene, actor: str, *changes: ModeChange) -> tuple[ModeChange, ...]:
    """What really changed, when nothing is refused."""
    events = scene.mode(actor, "#x", *changes)
    if not events:
        return ()
    (event,) = events
    assert isinstance(event, ModesChanged)
    channel = scene.channel("#x")
    assert (event.audience, event.channel_id, event.channel) == (channel.id, channel.id, "#x")
    assert event.who == scene.people[actor].who
    return event.changes


# The topic


def test_a_topic_is_told_to_all_and_kept_with_who_and_when(scene: Scene) -> None:
    channel = scene.channel("#x")
    scene.at += 7
    assert scene("bob", SetTopic("#X", "tea")) == (
        TopicChanged(channel.id, scene.people["bob"].who, channel.id, "#x", "tea"),
    )
    assert (channel.topic, channel.topic_by, channel.topic_at) == ("tea", "bob!u@host", START + 7)


def test_the_same_topic_again_is_no_change(scene: Scene) -> None:
    scene("bob", SetTopic("#x", "tea"))
    assert scene("alice", SetTopic("#x", "tea")) == ()
    assert scene.channel("#x").topic_by == "bob!u@host"


def test_a_topic_can_be_taken_away(scene: Scene) -> None:
    scene("bob", SetTopic("#x", "tea"))
    (event,) = scene("bob", SetTopic("#x", ""))
    assert isinstance(event, TopicChanged)
    assert event.text == scene.channel("#x").topic == ""


def test_a_long_topic_is_cut() -> None:
    scene = Scene(Settings(topic_length=3))
    scene.join("#x", "alice")
    scene("alice", SetTopic("#x", "aéé"))
    assert scene.channel("#x").topic == "aé"


def test_a_protected_topic_is_for_those_of_rank(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.TOPIC_PROTECTED))
    scene.rank("#x", "bob", Rank.VOICE)
    assert scene.refused("bob", SetTopic("#x", "tea")) == Refusal(Reason.NEEDS_HALFOP, "#x")
    scene.rank("#x", "bob", Rank.HALFOP)
    assert scene("bob", SetTopic("#x", "tea"))


def test_a_topic_is_for_members_of_a_channel_that_is_there(scene: Scene) -> None:
    assert scene.refused("carol", SetTopic("#x", "tea")) == Refusal(Reason.NOT_ON_CHANNEL, "#x")
    assert scene.refused("carol", SetTopic("#none", "tea")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")
    assert scene.refused("gone", SetTopic("#x", "tea")) == Refusal(Reason.NOT_CONNECTED)


# Who may change modes


def test_modes_are_changed_by_members_of_a_channel_that_is_there(scene: Scene) -> None:
    change = on(ChannelFlag.SECRET)
    assert scene.refused("carol", ChangeModes("#x", (change,))) == Refusal(Reason.NOT_ON_CHANNEL, "#x")
    assert scene.refused("carol", ChangeModes("#no", (change,))) == Refusal(Reason.NO_SUCH_CHANNEL, "#no")
    assert scene.refused("gone", ChangeModes("#x", (change,))) == Refusal(Reason.NOT_CONNECTED)


NEEDED = (
    [(ChannelRank.FOUNDER, Rank.FOUNDER), (ChannelRank.ADMIN, Rank.FOUNDER)]
    + [(mode, Rank.OP) for mode in (ChannelRank.OP, ChannelRank.HALFOP)]
    + [(mode, Rank.OP) for mode in (ChannelSetting.FORWARD, ChannelFlag.AUDITORIUM)]
    + [(ChannelRank.VOICE, Rank.HALFOP)]
    + [(mode, Rank.HALFOP) for mode in ChannelFlag if mode is not ChannelFlag.AUDITORIUM]
    + [(mode, Rank.HALFOP) for mode in ChannelList]
    + [(mode, Rank.HALFOP) for mode in ChannelSetting if mode is not ChannelSetting.FORWARD]
)
REASONS = {
    Rank.FOUNDER: Reason.NEEDS_FOUNDER,
    Rank.OP: Reason.NEEDS_OP,
    Rank.HALFOP: Reason.NEEDS_HALFOP,
}
VALUES: dict[ChannelMode, str] = {
    ChannelSetting.LIMIT: "5",
    ChannelSetting.KEY: "key",
    ChannelSetting.FORWARD: "#y",
}


@pytest.mark.parametrize(("mode", "needed"), NEEDED)
def test_each_mode_needs_its_rank(scene: Scene, mode: ChannelMode, needed: Rank) -> None:
    scene.join("#y", "bob")
    value = None
    if not isinstance(mode, ChannelFlag):
        value = VALUES.get(mode, "carol") if not isinstance(mode, ChannelRank) else "alice"
    scene.rank("#x", "alice", Rank.NONE)
    scene.rank("#x", "bob", Rank(needed >> 1))
    request = ChangeModes("#x", (on(mode, value),))
    assert scene.refused("bob", request) == Refusal(REASONS[needed], "#x")
    scene.rank("#x", "bob", needed)
    assert [change.mode for change in changed(scene, "bob", on(mode, value))] == [mode]


def test_every_mode_is_in_the_test_of_ranks() -> None:
    every = {*ChannelFlag, *ChannelList, *ChannelSetting, *ChannelRank}
    assert {mode for mode, _ in NEEDED} == every


# Flags


@pytest.mark.parametrize("flag", ChannelFlag)
def test_a_flag_goes_on_and_off_and_nothing_is_said_when_it_already_is(
    scene: Scene, flag: ChannelFlag
) -> None:
    assert changed(scene, "alice", on(flag)) == (on(flag),)
    assert flag in scene.channel("#x").flags
    assert changed(scene, "alice", on(flag)) == ()
    assert changed(scene, "alice", off(flag)) == (off(flag),)
    assert changed(scene, "alice", off(flag)) == ()
    assert not scene.channel("#x").flags


GUARDS = (
    ChannelFlag.MODERATED,
    ChannelFlag.NO_CTCP,
    ChannelFlag.NO_FORMATTING,
    ChannelFlag.LOGIN_TO_SPEAK,
    ChannelFlag.NO_NOTICE,
)


@pytest.mark.parametrize("flag", ChannelFlag)
def test_a_channel_is_guarded_while_something_restricts_its_members(scene: Scene, flag: ChannelFlag) -> None:
    changed(scene, "alice", on(flag))
    assert scene.channel("#x").guarded is (flag in GUARDS)
    changed(scene, "alice", off(flag))
    assert not scene.channel("#x").guarded


def test_a_channel_is_guarded_while_it_has_bans(scene: Scene) -> None:
    changed(scene, "alice", on(ChannelList.BAN, "x"), on(ChannelList.INVITE_EXCEPTION, "y"))
    assert scene.channel("#x").guarded
    changed(scene, "alice", off(ChannelList.BAN, "x"))
    assert not scene.channel("#x").guarded


# Lists


def test_a_mask_is_kept_in_its_canonical_form_with_who_and_when(scene: Scene) -> None:
    scene.at += 7
    assert changed(scene, "alice", on(ChannelList.BAN, "Bob")) == (on(ChannelList.BAN, "Bob!*@*"),)
    assert list(scene.channel("#x").entries(ChannelList.BAN)) == [
        ListEntry("Bob!*@*", "alice!u@host", START + 7)
    ]
    assert changed(scene, "alice", on(ChannelList.BAN, "bob!*@*")) == ()
    assert changed(scene, "alice", off(ChannelList.BAN, "BOB")) == (off(ChannelList.BAN, "Bob!*@*"),)
    assert changed(scene, "alice", off(ChannelList.BAN, "bob")) == ()
    assert not scene.channel("#x").lists


def test_an_entry_leaves_the_others_in_their_order(scene: Scene) -> None:
    changed(scene, "alice", *(on(ChannelList.BAN, nick) for nick in "abc"))
    changed(scene, "alice", off(ChannelList.BAN, "b"), on(ChannelList.BAN, "b"))
    assert [entry.mask[0] for entry in scene.channel("#x").entries(ChannelList.BAN)] == ["a", "c", "b"]


@pytest.mark.parametrize("mask", ["", "a b", "~z:x", None])
def test_what_is_no_mask_is_refused(scene: Scene, mask: str | None) -> None:
    refusal = scene.refused("alice", ChangeModes("#x", (on(ChannelList.BAN, mask),)))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_MODE_VALUE, "#x")
    assert refusal.detail


def test_the_lists_of_a_channel_are_full_together() -> None:
    scene = Scene(Settings(list_entries=2))
    scene.join("#x", "alice")
    scene.mode("alice", "#x", on(ChannelList.BAN, "a"), on(ChannelList.BAN_EXCEPTION, "b"))
    request = ChangeModes("#x", (on(ChannelList.INVITE_EXCEPTION, "C"),))
    assert scene.refused("alice", request) == Refusal(Reason.LIST_FULL, "#x", "C!*@*")
    assert scene.mode("alice", "#x", on(ChannelList.BAN, "a")) == ()
    assert scene.mode("alice", "#x", off(ChannelList.BAN, "a"), on(ChannelList.INVITE_EXCEPTION, "C"))


# Settings


def test_a_key_is_set_changed_and_taken_away_whatever_is_said_with_it(scene: Scene) -> None:
    assert changed(scene, "alice", on(ChannelSetting.KEY, "One")) == (on(ChannelSetting.KEY, "One"),)
    assert changed(scene, "alice", on(ChannelSetting.KEY, "One")) == ()
    assert changed(scene, "alice", on(ChannelSetting.KEY, "one")) == (on(ChannelSetting.KEY, "one"),)
    assert changed(scene, "alice", off(ChannelSetting.KEY, "*")) == (off(ChannelSetting.KEY, "one"),)
    assert changed(scene, "alice", off(ChannelSetting.KEY, "*")) == ()


@pytest.mark.parametrize("key", ["", None, "a b", "a,b", "a:b", "é", "a\x01", "k" * 33])
def test_what_no_client_could_send_is_no_key(scene: Scene, key: str | None) -> None:
    refusal = scene.refused("alice", ChangeModes("#x", (on(ChannelSetting.KEY, key),)))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_MODE_VALUE, "#x")
    assert "at most 32" in refusal.detail


def test_a_limit_is_a_number_in_its_shortest_form(scene: Scene) -> None:
    limit = ChannelSetting.LIMIT
    assert changed(scene, "alice", on(limit, "0" * 5000 + "12")) == (on(limit, "12"),)
    assert changed(scene, "alice", on(limit, "12")) == ()
    assert changed(scene, "alice", on(limit, str(LARGEST_LIMIT))) == (on(limit, str(LARGEST_LIMIT)),)
    assert changed(scene, "alice", off(limit)) == (off(limit),)


@pytest.mark.parametrize(
    "limit",
    [
        "",
        None,
        "0",
        "000",
        "-1",
        "+5",
        "ten",
        "1.5",
        "٣",
        "²",
        str(LARGEST_LIMIT + 1),
        "1" * 5000,
        "00000000019" * 2,
    ],
)
def test_what_is_no_number_of_members_is_no_limit(scene: Scene, limit: str | None) -> None:
    refusal = scene.refused("alice", ChangeModes("#x", (on(ChannelSetting.LIMIT, limit),)))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_MODE_VALUE, "#x")


def test_a_forward_leads_where_its_setter_is_an_operator_as_well(scene: Scene) -> None:
    forward = ChannelSetting.FORWARD

    def refused(value: str | None) -> Refusal:
        return scene.refused("alice", ChangeModes("#x", (on(forward, value),)))

    assert refused("#Y") == Refusal(Reason.NO_SUCH_CHANNEL, "#Y")
    scene.join("#y", "carol")
    assert refused("#Y") == Refusal(Reason.NEEDS_OP, "#y")
    scene.join("#y", "alice")
    scene.rank("#y", "alice", Rank.HALFOP)
    assert refused("#Y") == Refusal(Reason.NEEDS_OP, "#y")
    scene.rank("#y", "alice", Rank.OP)
    assert changed(scene, "alice", on(forward, "#Y")) == (on(forward, "#y"),)
    assert changed(scene, "alice", on(forward, "#Y")) == ()
    assert changed(scene, "alice", off(forward)) == (off(forward),)


@pytest.mark.parametrize("value", ["", None, "y", "#a,b", "#X"])
def test_a_forward_leads_to_another_channel(scene: Scene, value: str | None) -> None:
    refusal = scene.refused("alice", ChangeModes("#x", (on(ChannelSetting.FORWARD, value),)))
    assert refusal == Refusal(Reason.BAD_FORWARD, value or "", "#x")


@pytest.mark.parametrize(
    "change",
    [
        on(ChannelList.BAN, "a b"),
        on(ChannelSetting.KEY, "a b"),
        on(ChannelSetting.LIMIT, "none"),
        on(ChannelSetting.FORWARD, "#x"),
    ],
)
def test_what_a_value_was_refused_for_is_in_the_refusal(scene: Scene, change: ModeChange) -> None:
    assert scene.refused("alice", ChangeModes("#x", (change,))).change == change


# Ranks


@pytest.mark.parametrize("mode", ChannelRank)
def test_a_rank_is_given_and_taken_and_nothing_is_said_when_it_already_is(
    scene: Scene, mode: ChannelRank
) -> None:
    scene.rank("#x", "alice", Rank.FOUNDER)
    assert changed(scene, "alice", on(mode, "BOB")) == (on(mode, "bob"),)
    assert scene.membership_ranks("#x", "bob") is mode.rank
    assert changed(scene, "alice", on(mode, "bob")) == ()
    assert changed(scene, "alice", off(mode, "bob")) == (off(mode, "bob"),)
    assert changed(scene, "alice", off(mode, "bob")) == ()
    assert scene.membership_ranks("#x", "bob") is Rank.NONE


def test_ranks_are_held_beside_one_another(scene: Scene) -> None:
    changed(scene, "alice", on(ChannelRank.VOICE, "bob"), on(ChannelRank.OP, "bob"))
    assert scene.membership_ranks("#x", "bob") == Rank.OP | Rank.VOICE
    changed(scene, "alice", off(ChannelRank.OP, "bob"))
    assert scene.membership_ranks("#x", "bob") is Rank.VOICE


def test_a_rank_is_for_members(scene: Scene) -> None:
    def refused(nick: str | None) -> Refusal:
        return scene.refused("alice", ChangeModes("#x", (on(ChannelRank.VOICE, nick),)))

    assert refused("carol") == Refusal(Reason.TARGET_NOT_ON_CHANNEL, "carol", "#x")
    assert refused("nobody") == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert refused(None) == Refusal(Reason.NO_SUCH_NICK, "")


def test_nobody_takes_a_rank_from_a_higher_one(scene: Scene) -> None:
    scene.rank("#x", "bob", Rank.ADMIN | Rank.VOICE)
    request = ChangeModes("#x", (off(ChannelRank.VOICE, "bob"),))
    assert scene.refused("alice", request) == Refusal(Reason.OUTRANKED, "#x", "bob")
    assert changed(scene, "alice", on(ChannelRank.HALFOP, "bob"))
    scene.rank("#x", "bob", Rank.OP)
    assert changed(scene, "alice", off(ChannelRank.OP, "bob"))


@pytest.mark.parametrize("mode", ChannelRank)
def test_everybody_may_give_up_a_rank_of_their_own_and_take_none(scene: Scene, mode: ChannelRank) -> None:
    scene.rank("#x", "bob", mode.rank)
    assert changed(scene, "bob", off(mode, "bob")) == (off(mode, "bob"),)
    assert changed(scene, "bob", off(mode, "bob")) == ()
    request = ChangeModes("#x", (on(mode, "bob"),))
    assert scene.refused("bob", request).reason in REASONS.values()


# Several at once


def test_what_is_refused_is_said_and_the_rest_is_done(scene: Scene) -> None:
    events = scene.mode(
        "alice", "#x",
        on(ChannelFlag.SECRET), on(ChannelRank.FOUNDER, "bob"), on(ChannelSetting.KEY, "a b"),
        on(ChannelRank.ADMIN, "bob"), on(ChannelFlag.MODERATED),
    )  # fmt: skip
    done, refused = events
    assert isinstance(done, ModesChanged)
    assert done.changes == (on(ChannelFlag.SECRET), on(ChannelFlag.MODERATED))
    assert isinstance(refused, PartlyRefused)
    assert scene.audience(refused) == ["alice"]
    assert [(each.reason, each.subject) for each in refused.refusals] == [
        (Reason.NEEDS_FOUNDER, "#x"),
        (Reason.BAD_MODE_VALUE, "#x"),
    ]


def test_the_same_refusal_several_times_is_one(scene: Scene) -> None:
    request = ChangeModes("#x", (on(ChannelFlag.SECRET), on(ChannelFlag.MODERATED)))
    refusal = scene.refused("bob", request)
    assert refusal == Refusal(Reason.NEEDS_HALFOP, "#x")
    # It names the first.
    assert refusal.change == request.changes[0]


def test_several_refusals_and_nothing_done_change_nothing(scene: Scene) -> None:
    before = scene.snapshot()
    (event,) = scene.mode("bob", "#x", on(ChannelFlag.SECRET), on(ChannelRank.OP, "bob"))
    assert event == PartlyRefused(
        (scene.id("bob"),), (Refusal(Reason.NEEDS_HALFOP, "#x"), Refusal(Reason.NEEDS_OP, "#x"))
    )
    assert scene.snapshot() == before


def test_a_change_counts_for_those_behind_it(scene: Scene) -> None:
    events = scene.mode("alice", "#x", off(ChannelRank.OP, "alice"), on(ChannelFlag.SECRET))
    assert isinstance(events[0], ModesChanged)
    assert events[1] == PartlyRefused((scene.id("alice"),), (Refusal(Reason.NEEDS_HALFOP, "#x"),))


def test_no_changes_are_no_event(scene: Scene) -> None:
    assert scene.mode("bob", "#x") == ()


# As an operator


def test_an_operator_changes_modes_from_outside_and_above_every_rank(scene: Scene) -> None:
    scene.oper("chief", Privilege.OVERRIDE)
    scene.join("#y", "carol")
    scene.rank("#x", "alice", Rank.FOUNDER)
    changes = (
        off(ChannelRank.FOUNDER, "alice"), on(ChannelRank.FOUNDER, "bob"), on(ChannelFlag.AUDITORIUM),
        on(ChannelSetting.FORWARD, "#y"), on(ChannelList.BAN, "a!*@*"),
    )  # fmt: skip
    event, noticed = scene("chief", ChangeModes("#x", changes, override=True))
    assert isinstance(event, ModesChanged)
    assert event.changes == changes
    assert noticed == ServerNoticed((scene.id("chief"),), "chief changed the modes of #x as an operator")
    assert scene("chief", ChangeModes("#x", changes[2:3], override=True)) == ()
    request = ChangeModes("#x", (on(ChannelRank.VOICE, "chief"),), override=True)
    assert scene.refused("chief", request) == Refusal(Reason.TARGET_NOT_ON_CHANNEL, "chief", "#x")


def test_overriding_needs_the_privilege(scene: Scene) -> None:
    request = ChangeModes("#x", (on(ChannelFlag.SECRET),), override=True)
    assert scene.refused("alice", request) == Refusal(Reason.NOT_AN_OPERATOR)
    scene.oper("alice", Privilege.KILL)
    assert scene.refused("alice", request) == Refusal(Reason.NEEDS_PRIVILEGE, "override")


def test_a_rank_in_an_auditorium_is_told_to_all_since_it_makes_its_holder_seen() -> None:
    scene = Scene(PLAIN)
    scene.join("#x", "alice", "bob", "carol")
    scene.mode("alice", "#x", on(ChannelFlag.AUDITORIUM))
    assert changed(scene, "alice", on(ChannelRank.VOICE, "bob"))
    (event,) = scene("bob", SetTopic("#x", "seen"))
    assert scene.audience(event) == scene.channel("#x").id
