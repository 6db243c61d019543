import pytest

from chatdaemon.realm.events import (
    Forwarded,
    Invited,
    Joined,
    Kicked,
    Knocked,
    Parted,
    ServerNoticed,
    Uninvited,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ForceJoin,
    ForcePart,
    Invite,
    Join,
    Kick,
    Knock,
    Part,
    SetAway,
    Uninvite,
)
from chatdaemon.realm.settings import UNLIMITED, Settings
from tests.realm.scene import START, Scene, on


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


# Joining


def test_who_comes_first_makes_the_channel_and_gets_the_rank_of_its_maker() -> None:
    scene = Scene(Settings(creator_rank=Rank.FOUNDER, channel_flags=(ChannelFlag.SECRET,)))
    scene.connect("alice", "bob")
    scene("alice", SetAway("tea"))
    (event,) = scene("alice", Join("#New"))
    channel = scene.channel("#new")
    who = scene.people["alice"].who
    assert event == Joined(channel.id, who, channel.id, "#New", "tea", True)
    assert channel.created_at == START
    assert channel.id == f"{scene.index:016x}"
    assert list(channel.flags) == [ChannelFlag.SECRET]
    assert scene.membership_ranks("#new", "alice") is Rank.FOUNDER
    assert scene("bob", Join("#NEW")) == (
        Joined(channel.id, scene.people["bob"].who, channel.id, "#New", None, False),
    )
    assert scene.membership_ranks("#new", "bob") is Rank.NONE


def test_a_new_channel_of_guarded_modes_is_guarded_from_the_start() -> None:
    scene = Scene(Settings(channel_flags=(ChannelFlag.MODERATED,)))
    scene.join("#x", "alice")
    assert scene.channel("#x").guarded


def test_joining_again_does_nothing(scene: Scene) -> None:
    before = scene.snapshot()
    assert scene("bob", Join("#X")) == ()
    assert scene.snapshot() == before


def test_nobody_joins_who_is_gone(scene: Scene) -> None:
    assert scene.refused("nobody", Join("#x")) == Refusal(Reason.NOT_CONNECTED)


def test_a_new_channel_needs_a_good_name(scene: Scene) -> None:
    refusal = scene.refused("carol", Join("#a,b"))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_CHANNEL_NAME, "#a,b")
    assert "printable ASCII" in refusal.detail


def test_a_user_can_be_in_so_many_channels_and_no_more() -> None:
    scene = Scene(Settings(channels_per_user=1))
    scene.join("#x", "alice")
    scene.join("#y", "bob")
    assert scene.refused("alice", Join("#Y")) == Refusal(Reason.TOO_MANY_CHANNELS, "#y")
    assert scene.refused("alice", Join("#z")) == Refusal(Reason.TOO_MANY_CHANNELS, "#z")
    assert scene("alice", Join("#x")) == ()


def test_limits_can_be_switched_off() -> None:
    scene = Scene(
        Settings(
            channels_per_user=UNLIMITED, nick_length=UNLIMITED, channel_length=UNLIMITED,
            quit_length=UNLIMITED, whowas_entries=UNLIMITED,
        )
    )  # fmt: skip
    nick, name = "a" * 10_000, "#" + "x" * 10_000
    scene.connect(nick)
    scene.join(name, nick)
    for number in range(200):
        scene.join(f"#{number}", nick)
    (event,) = scene(nick, Part(name, "r" * 10_000))
    assert isinstance(event, Parted)
    assert event.reason == "r" * 10_000


def test_a_banned_user_does_not_join_unless_excepted(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, "*!*@host"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BANNED, "#x")
    scene.mode("alice", "#x", on(ChannelList.BAN_EXCEPTION, "carol"))
    assert scene("carol", Join("#x"))


def test_a_ban_holds_for_the_hidden_host_as_well(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, "*!*@10.0.0.1"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BANNED, "#x")


def test_a_mute_is_no_ban_and_no_exception_from_one(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, "~m:carol"))
    assert scene("carol", Join("#x"))
    scene("carol", Part("#x"))
    scene.mode("alice", "#x", on(ChannelList.BAN, "carol"), on(ChannelList.BAN_EXCEPTION, "~m:carol"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BANNED, "#x")


@pytest.mark.parametrize("mask", ["~a:CAROL", "~account:car*", "~a", "~r:r", "~c:#Y", "~c:@#y"])
def test_an_extended_ban_keeps_out_whom_it_names(scene: Scene, mask: str) -> None:
    scene.log_in("carol", "Carol")
    scene.join("#y", "carol")
    scene.mode("alice", "#x", on(ChannelList.BAN, mask))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BANNED, "#x")
    scene.connect("dave", realname="Dave")
    scene.join("#y2", "dave")
    assert scene("dave", Join("#x"))


def test_a_key_opens_a_locked_channel(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelSetting.KEY, "Sesame"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BAD_KEY, "#x")
    assert scene.refused("carol", Join("#x", "sesame")) == Refusal(Reason.BAD_KEY, "#x")
    assert scene("carol", Join("#x", "Sesame"))


def test_a_full_channel_takes_nobody_until_one_leaves(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelSetting.LIMIT, "2"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.CHANNEL_FULL, "#x")
    scene("bob", Part("#x"))
    assert scene("carol", Join("#x"))


def test_a_channel_by_invitation_takes_the_invited_and_the_listed(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.INVITE_ONLY))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")
    scene("alice", Invite("carol", "#x"))
    assert scene("carol", Join("#x"))
    scene.connect("dave")
    scene.mode("alice", "#x", on(ChannelList.INVITE_EXCEPTION, "dave"))
    assert scene("dave", Join("#x"))


def test_a_channel_can_take_only_those_with_an_account(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.LOGIN_TO_JOIN))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.LOGIN_TO_JOIN, "#x")
    scene.log_in("carol", "carol")
    assert scene("carol", Join("#x"))


# Being led elsewhere


@pytest.fixture
def forwarding(scene: Scene) -> Scene:
    """#x is by invitation and leads to #y, where alice is the only one."""
    scene.join("#y", "alice")
    scene.mode("alice", "#x", on(ChannelSetting.FORWARD, "#y"), on(ChannelFlag.INVITE_ONLY))
    return scene


def test_a_join_that_is_refused_leads_to_the_forward(forwarding: Scene) -> None:
    onward = forwarding.channel("#y")
    who = forwarding.people["carol"].who
    assert forwarding("carol", Join("#x")) == (
        Forwarded((who.id,), who, "#x", "#y"),
        Joined(onward.id, who, onward.id, "#y", None, False),
    )


def test_a_forward_to_where_one_is_already_is_a_refusal(forwarding: Scene) -> None:
    forwarding.join("#y", "carol")
    assert forwarding.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")


def test_a_forward_to_a_channel_that_is_gone_is_a_refusal(forwarding: Scene) -> None:
    forwarding("alice", Part("#y"))
    assert forwarding.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")


def test_forwards_are_not_followed_twice_nor_round_in_circles(forwarding: Scene) -> None:
    forwarding.mode("alice", "#y", on(ChannelSetting.FORWARD, "#x"), on(ChannelSetting.KEY, "k"))
    assert forwarding.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")
    assert forwarding("carol", Join("#x", "k"))
    assert list(forwarding.people["carol"].channels) == [forwarding.channel("#y")]


# Leaving


def test_who_leaves_is_seen_by_all_and_the_last_takes_the_channel_along(scene: Scene) -> None:
    channel = scene.channel("#x")
    who = scene.people["bob"].who
    assert scene("bob", Part("#X", "bye")) == (Parted(channel.id, who, channel.id, "#x", "bye"),)
    (last,) = scene("alice", Part("#x"))
    assert isinstance(last, Parted)
    assert last.reason is None
    assert scene.realm.channel("#x") is None
    scene.join("#x", "carol")
    assert scene.channel("#x").id != channel.id


def test_a_long_reason_is_cut_on_a_character(scene: Scene) -> None:
    (event,) = scene("bob", Part("#x", "é" * 200))
    assert isinstance(event, Parted)
    assert event.reason == "é" * 150


def test_nobody_leaves_where_they_are_not(scene: Scene) -> None:
    assert scene.refused("carol", Part("#x")) == Refusal(Reason.NOT_ON_CHANNEL, "#x")
    assert scene.refused("carol", Part("#none")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")
    assert scene.refused("nobody", Part("#x")) == Refusal(Reason.NOT_CONNECTED)


# Being put out


def test_an_operator_puts_somebody_out(scene: Scene) -> None:
    channel = scene.channel("#x")
    alice, bob = scene.people["alice"].who, scene.people["bob"].who
    assert scene("alice", Kick("#x", "BOB", "enough")) == (
        Kicked(channel.id, alice, channel.id, "#x", bob, "enough"),
    )
    assert not scene.people["bob"].channels


def test_a_kick_without_a_reason_gives_the_kickers_name(scene: Scene) -> None:
    (event,) = scene("alice", Kick("#x", "bob"))
    assert isinstance(event, Kicked)
    assert event.reason == "alice"


def test_one_can_put_oneself_out(scene: Scene) -> None:
    scene("bob", Part("#x"))
    assert scene("alice", Kick("#x", "alice"))
    assert scene.realm.channel("#x") is None


def test_a_kick_is_refused_to_those_without_rank_before_anything_else(scene: Scene) -> None:
    assert scene.refused("bob", Kick("#x", "nobody")) == Refusal(Reason.NEEDS_HALFOP, "#x")
    assert scene.refused("carol", Kick("#x", "bob")) == Refusal(Reason.NOT_ON_CHANNEL, "#x")


def test_only_members_can_be_put_out(scene: Scene) -> None:
    assert scene.refused("alice", Kick("#x", "nobody")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("alice", Kick("#x", "carol")) == Refusal(Reason.TARGET_NOT_ON_CHANNEL, "carol", "#x")


@pytest.mark.parametrize(
    ("mine", "theirs", "possible"),
    [
        (Rank.HALFOP, Rank.VOICE, True),
        (Rank.HALFOP, Rank.HALFOP, False),
        (Rank.HALFOP | Rank.VOICE, Rank.HALFOP, False),
        (Rank.HALFOP, Rank.OP, False),
        (Rank.OP, Rank.OP, True),
        (Rank.OP, Rank.OP | Rank.VOICE, True),
        (Rank.OP, Rank.ADMIN, False),
        (Rank.ADMIN, Rank.ADMIN, True),
        (Rank.ADMIN, Rank.FOUNDER, False),
        (Rank.FOUNDER, Rank.FOUNDER, True),
    ],
)
def test_nobody_is_put_out_by_a_lower_rank_nor_by_a_fellow_half_operator(
    scene: Scene, mine: Rank, theirs: Rank, possible: bool
) -> None:
    scene.rank("#x", "alice", mine)
    scene.rank("#x", "bob", theirs)
    if possible:
        assert scene("alice", Kick("#x", "bob"))
    else:
        assert scene.refused("alice", Kick("#x", "bob")) == Refusal(Reason.OUTRANKED, "#x", "bob")


# Invitations


def test_an_invitation_is_told_to_the_invited_the_inviter_and_those_who_could_have(scene: Scene) -> None:
    scene.join("#x", "dave")
    scene.rank("#x", "dave", Rank.HALFOP)
    (event,) = scene("alice", Invite("CAROL", "#X"))
    people = scene.people
    assert isinstance(event, Invited)
    assert (event.who, event.target, event.channel) == (people["alice"].who, people["carol"].who, "#x")
    assert scene.audience(event) == ["carol", "alice", "dave"]
    (event,) = scene("bob", Invite("carol", "#x"))
    assert scene.audience(event) == ["carol", "bob", "alice", "dave"]


def test_an_invitation_of_somebody_with_rank_opens_everything_but_a_ban(scene: Scene) -> None:
    scene.mode(
        "alice", "#x",
        on(ChannelFlag.INVITE_ONLY), on(ChannelFlag.LOGIN_TO_JOIN),
        on(ChannelSetting.KEY, "k"), on(ChannelSetting.LIMIT, "1"), on(ChannelList.BAN, "carol"),
    )  # fmt: skip
    scene("alice", Invite("carol", "#x"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BANNED, "#x")
    scene.mode("alice", "#x", on(ChannelList.BAN_EXCEPTION, "carol"))
    assert scene("carol", Join("#x"))


def test_an_invitation_opens_once(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.INVITE_ONLY))
    scene("alice", Invite("carol", "#x"))
    scene("carol", Join("#x"))
    scene("carol", Part("#x"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")


def test_an_invitation_of_an_ordinary_member_only_tells(scene: Scene) -> None:
    scene("bob", Invite("carol", "#x"))
    scene.mode("alice", "#x", on(ChannelSetting.KEY, "k"))
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BAD_KEY, "#x")
    scene.mode("alice", "#x", on(ChannelFlag.INVITE_ONLY))
    assert scene.refused("bob", Invite("carol", "#x")) == Refusal(Reason.NEEDS_HALFOP, "#x")


def test_invitations_to_channels_that_are_gone_are_forgotten(scene: Scene) -> None:
    scene.join("#y", "bob")
    scene("bob", Invite("carol", "#y"))
    scene("bob", Part("#y"))
    scene.join("#y", "bob")
    scene.mode("bob", "#y", on(ChannelFlag.INVITE_ONLY))
    assert scene.refused("carol", Join("#y")) == Refusal(Reason.INVITE_ONLY, "#y")
    scene("alice", Invite("carol", "#x"))
    assert scene.people["carol"].invited == {scene.channel("#x"): None}


def test_an_invitation_is_refused_when_somebody_is_missing_or_there(scene: Scene) -> None:
    assert scene.refused("gone", Invite("nobody", "#x")) == Refusal(Reason.NOT_CONNECTED)
    assert scene.refused("alice", Invite("nobody", "#x")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("alice", Invite("carol", "#none")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")
    assert scene.refused("carol", Invite("carol", "#x")) == Refusal(Reason.NOT_ON_CHANNEL, "#x")
    assert scene.refused("alice", Invite("BOB", "#x")) == Refusal(Reason.ALREADY_ON_CHANNEL, "bob", "#x")


# Knocking


@pytest.fixture
def closed(scene: Scene) -> Scene:
    scene.mode("alice", "#x", on(ChannelFlag.INVITE_ONLY))
    return scene


def test_a_knock_is_told_to_the_knocker_and_those_who_could_invite(closed: Scene) -> None:
    (event,) = closed("carol", Knock("#X", "please"))
    assert isinstance(event, Knocked)
    assert (event.who, event.channel, event.text) == (closed.people["carol"].who, "#x", "please")
    assert closed.audience(event) == ["carol", "alice"]


def test_a_knock_can_be_repeated_only_after_a_while(closed: Scene) -> None:
    closed.join("#y", "dave")
    closed.mode("dave", "#y", on(ChannelFlag.INVITE_ONLY))
    closed("carol", Knock("#x"))
    closed.at += 59_999
    assert closed.refused("carol", Knock("#x")) == Refusal(Reason.KNOCKED_ALREADY, "#x")
    assert closed("carol", Knock("#y"))
    closed.at += 1
    assert closed("carol", Knock("#x"))
    closed.at += 59_999
    closed("carol", Knock("#y"))
    assert closed.people["carol"].knocked == {
        closed.channel("#x").id: closed.at - 59_999,
        closed.channel("#y").id: closed.at,
    }


def test_one_knocks_only_where_one_could_not_walk_in_but_might_be_let_in(scene: Scene) -> None:
    assert scene.refused("carol", Knock("#none")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")
    assert scene.refused("carol", Knock("#x")) == Refusal(Reason.CHANNEL_OPEN, "#x")
    assert scene.refused("bob", Knock("#x")) == Refusal(Reason.ALREADY_ON_CHANNEL, "bob", "#x")
    assert scene.refused("gone", Knock("#x")) == Refusal(Reason.NOT_CONNECTED)
    scene.mode("alice", "#x", on(ChannelList.BAN, "carol"))
    assert scene.refused("carol", Knock("#x")) == Refusal(Reason.CANNOT_KNOCK, "#x")
    scene.mode("alice", "#x", on(ChannelFlag.SECRET))
    assert scene.refused("carol", Knock("#x")) == Refusal(Reason.NO_SUCH_CHANNEL, "#x")


# Operators moving people


def test_an_operator_can_make_somebody_join_past_everything(scene: Scene) -> None:
    scene.oper("chief", Privilege.OVERRIDE)
    scene.mode("alice", "#x", on(ChannelFlag.INVITE_ONLY), on(ChannelList.BAN, "carol"))
    event, noticed = scene("chief", ForceJoin("CAROL", "#X"))
    assert isinstance(event, Joined)
    assert (event.subject, event.channel, event.created) == (scene.id("carol"), "#x", False)
    assert noticed == ServerNoticed((scene.id("chief"),), "chief made carol join #x")
    event, noticed = scene("chief", ForceJoin("carol", "#new"))
    assert noticed == ServerNoticed((scene.id("chief"),), "chief made carol join #new")
    assert isinstance(event, Joined)
    assert event.created
    assert scene.membership_ranks("#new", "carol") is Rank.OP


def test_making_somebody_join_can_be_refused(scene: Scene) -> None:
    assert scene.refused("alice", ForceJoin("carol", "#x")) == Refusal(Reason.NOT_AN_OPERATOR)
    scene.oper("alice")
    assert scene.refused("alice", ForceJoin("carol", "#x")) == Refusal(Reason.NEEDS_PRIVILEGE, "override")
    scene.oper("alice", Privilege.OVERRIDE)
    assert scene.refused("alice", ForceJoin("nobody", "#x")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("alice", ForceJoin("bob", "#X")) == Refusal(Reason.ALREADY_ON_CHANNEL, "bob", "#x")
    assert scene.refused("alice", ForceJoin("bob", "x")).reason is Reason.BAD_CHANNEL_NAME
    assert scene.refused("gone", ForceJoin("bob", "#x")) == Refusal(Reason.NOT_CONNECTED)


def test_an_operator_can_make_somebody_leave(scene: Scene) -> None:
    scene.oper("chief", Privilege.OVERRIDE)
    channel = scene.channel("#x")
    alice = scene.people["alice"].who
    assert scene("chief", ForcePart("alice", "#x", "rest")) == (
        Parted(channel.id, alice, channel.id, "#x", "rest"),
        ServerNoticed((scene.id("chief"),), "chief made alice leave #x"),
    )


def test_making_somebody_leave_can_be_refused(scene: Scene) -> None:
    assert scene.refused("alice", ForcePart("bob", "#x")) == Refusal(Reason.NOT_AN_OPERATOR)
    scene.oper("alice", Privilege.OVERRIDE)
    assert scene.refused("alice", ForcePart("bob", "#none")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")
    assert scene.refused("alice", ForcePart("nobody", "#x")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("alice", ForcePart("carol", "#x")) == Refusal(
        Reason.TARGET_NOT_ON_CHANNEL, "carol", "#x"
    )


def test_an_invitation_can_be_taken_back(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.INVITE_ONLY))
    scene("alice", Invite("carol", "#x"))
    assert scene.refused("bob", Uninvite("carol", "#x")) == Refusal(Reason.NEEDS_HALFOP, "#x")
    (event,) = scene("alice", Uninvite("CAROL", "#X"))
    carol, alice = scene.people["carol"], scene.people["alice"]
    assert event == Uninvited((carol.id, alice.id), alice.who, carol.who, "#x")
    assert isinstance(event, Uninvited)
    assert event.subject == carol.id
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")
    assert scene.refused("alice", Uninvite("carol", "#x")) == Refusal(Reason.NOT_INVITED, "carol", "#x")


def test_only_what_is_there_can_be_taken_back(scene: Scene) -> None:
    assert scene.refused("alice", Uninvite("nobody", "#x")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("alice", Uninvite("bob", "#none")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")
    assert scene.refused("carol", Uninvite("bob", "#x")) == Refusal(Reason.NOT_ON_CHANNEL, "#x")
    scene.join("#y", "bob")
    scene("bob", Invite("carol", "#y"))
    assert scene.refused("alice", Uninvite("carol", "#x")) == Refusal(Reason.NOT_INVITED, "carol", "#x")
