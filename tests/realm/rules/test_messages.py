import pytest

from chatdaemon.realm.events import Posted
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelRank, Rank, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeNick, Disconnect, Kind, Part, Post
from tests.realm.scene import START, Scene, off, on

VERSION = "\x01VERSION\x01"
ACTION = "\x01ACTION waves\x01"


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


def said(scene: Scene, actor: str, post: Post) -> Posted:
    (event,) = scene(actor, post)
    assert isinstance(event, Posted)
    return event


def test_a_message_to_a_channel_is_for_its_members(scene: Scene) -> None:
    event = said(scene, "bob", Post("#X", "hi", tags={"+react": "x"}))
    assert event == Posted(
        scene.channel("#x").id, scene.people["bob"].who, "#x", "hi", Kind.MESSAGE, {"+react": "x"}, Rank.NONE
    )
    assert event.who.source == "bob!u@host"


def test_a_message_to_a_user_is_for_the_two(scene: Scene) -> None:
    event = said(scene, "bob", Post("CAROL", "hi"))
    assert scene.audience(event) == ["carol", "bob"]
    assert event.target == "carol"


def test_a_message_to_oneself_is_for_one(scene: Scene) -> None:
    assert scene.audience(said(scene, "bob", Post("bob", "note"))) == ["bob"]


def test_nobody_speaks_who_is_gone(scene: Scene) -> None:
    scene("bob", Disconnect("bye"))
    assert scene.refused("bob", Post("#x", "hi")) == Refusal(Reason.NOT_CONNECTED)
    assert scene.refused(None, Post("#x", "hi")) == Refusal(Reason.NOT_CONNECTED)


@pytest.mark.parametrize("target", ["#none", "dave", ""])
def test_a_message_to_what_is_not_there_is_refused(scene: Scene, target: str) -> None:
    assert scene.refused("bob", Post(target, "hi")) == Refusal(Reason.NO_SUCH_TARGET, target)


@pytest.mark.parametrize("target", ["#x", "carol"])
@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.NOTICE])
def test_a_message_needs_text(scene: Scene, target: str, kind: Kind) -> None:
    assert scene.refused("bob", Post(target, "", kind)) == Refusal(Reason.NO_TEXT)


@pytest.mark.parametrize("target", ["#x", "carol"])
def test_a_tag_message_needs_no_text_and_is_no_activity(scene: Scene, target: str) -> None:
    scene.at += 5
    said(scene, "bob", Post(target, "", Kind.TAG))
    assert scene.people["bob"].active_at == START


@pytest.mark.parametrize("target", ["#x", "carol"])
def test_speaking_is_activity(scene: Scene, target: str) -> None:
    scene.at += 5
    said(scene, "bob", Post(target, "hi"))
    assert scene.people["bob"].active_at == START + 5


def test_a_message_can_be_for_those_of_a_rank_and_its_sender(scene: Scene) -> None:
    scene.join("#x", "dave")
    scene.rank("#x", "dave", Rank.VOICE)
    assert scene.audience(said(scene, "bob", Post("#x", "hi", rank=Rank.VOICE))) == ["alice", "dave", "bob"]
    assert scene.audience(said(scene, "alice", Post("#x", "hi", rank=Rank.OP))) == ["alice"]
    assert said(scene, "alice", Post("#x", "hi", rank=Rank.OP)).rank is Rank.OP


def test_a_rank_means_nothing_with_a_user(scene: Scene) -> None:
    post = Post("carol", "hi", rank=Rank.OP)
    assert scene.refused("bob", post) == Refusal(Reason.NO_SUCH_TARGET, "carol")


def test_outsiders_speak_until_a_channel_is_for_members_only(scene: Scene) -> None:
    assert said(scene, "carol", Post("#x", "hi"))
    scene.mode("alice", "#x", on(ChannelFlag.MEMBERS_ONLY))
    assert scene.refused("carol", Post("#x", "hi")) == Refusal(Reason.CANNOT_SPEAK, "#x")
    assert said(scene, "bob", Post("#x", "hi"))


def test_a_moderated_channel_hears_only_those_of_rank(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.MODERATED))
    assert scene.refused("bob", Post("#x", "hi")) == Refusal(Reason.CANNOT_SPEAK, "#x")
    assert scene.refused("bob", Post("#x", "", Kind.TAG)) == Refusal(Reason.CANNOT_SPEAK, "#x")
    assert scene.refused("carol", Post("#x", "hi")) == Refusal(Reason.CANNOT_SPEAK, "#x")
    scene.rank("#x", "bob", Rank.VOICE)
    assert said(scene, "bob", Post("#x", "hi"))


@pytest.mark.parametrize("actor", ["alice", "bob", "carol"])
def test_a_channel_without_ctcp_lets_only_actions_through(scene: Scene, actor: str) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.NO_CTCP))
    assert scene.refused(actor, Post("#x", VERSION)) == Refusal(Reason.NO_CTCP, "#x")
    assert said(scene, actor, Post("#x", ACTION)).text == ACTION
    assert said(scene, actor, Post("#x", "hi"))


def test_formatting_is_taken_out_where_a_channel_wants_none(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.NO_FORMATTING))
    assert said(scene, "bob", Post("#x", "\x02bold\x02 \x0304red")).text == "bold red"
    assert said(scene, "carol", Post("#x", "\x1dhi")).text == "hi"
    assert scene.refused("bob", Post("#x", "\x02\x02")) == Refusal(Reason.NO_TEXT)
    assert said(scene, "bob", Post("#x", "", Kind.TAG))
    scene.mode("alice", "#x", off(ChannelFlag.NO_FORMATTING))
    assert said(scene, "bob", Post("#x", "\x02bold")).text == "\x02bold"


def test_notices_are_for_those_of_rank_where_a_channel_wants_none(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.NO_NOTICE))
    scene.rank("#x", "bob", Rank.VOICE)
    assert scene.refused("bob", Post("#x", "hi", Kind.NOTICE)) == Refusal(Reason.NO_NOTICE, "#x")
    scene.rank("#x", "bob", Rank.HALFOP)
    assert said(scene, "bob", Post("#x", "hi", Kind.NOTICE)).kind is Kind.NOTICE
    assert said(scene, "carol", Post("#x", "hi"))


def test_a_channel_can_hear_only_those_with_an_account(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.LOGIN_TO_SPEAK))
    assert scene.refused("bob", Post("#x", "hi")) == Refusal(Reason.LOGIN_TO_SPEAK, "#x")
    scene.log_in("bob", "Bob")
    assert said(scene, "bob", Post("#x", "hi")).who.account == "Bob"
    assert said(scene, "alice", Post("#x", "rank will do as well"))


def test_the_banned_and_the_muted_are_not_heard_without_a_rank(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, "bob"), on(ChannelList.BAN, "~m:carol"))
    assert scene.refused("bob", Post("#x", "hi")) == Refusal(Reason.MUTED, "#x")
    assert scene.refused("carol", Post("#x", "hi")) == Refusal(Reason.MUTED, "#x")
    scene.rank("#x", "bob", Rank.VOICE)
    assert said(scene, "bob", Post("#x", "hi"))


def test_an_exception_lets_the_banned_speak(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, "*!*@*"), on(ChannelList.BAN_EXCEPTION, "bob"))
    assert said(scene, "bob", Post("#x", "hi"))
    assert scene.refused("carol", Post("#x", "hi")) == Refusal(Reason.MUTED, "#x")
    scene.mode("alice", "#x", off(ChannelList.BAN_EXCEPTION, "bob"))
    assert scene.refused("bob", Post("#x", "hi")) == Refusal(Reason.MUTED, "#x")


def test_a_verdict_follows_every_change_of_the_ban_and_of_the_user(scene: Scene) -> None:
    assert said(scene, "bob", Post("#x", "before any ban"))
    scene.mode("alice", "#x", on(ChannelList.BAN, "nobody"), on(ChannelList.BAN, "~m:~a:bo*"))
    assert said(scene, "bob", Post("#x", "not logged in"))
    assert said(scene, "bob", Post("#x", "still not"))
    scene.account("BOB", "nobody")
    scene.log_in("bob", "BOB")
    assert scene.refused("bob", Post("#x", "logged in")) == Refusal(Reason.MUTED, "#x")
    scene.mode("alice", "#x", off(ChannelList.BAN, "~m:~a:bo*"))
    scene("bob", ChangeNick("nobody"))
    assert scene.refused("bob", Post("#x", "under the banned name")) == Refusal(Reason.MUTED, "#x")


def test_a_ban_of_those_of_rank_elsewhere_follows_the_rank(scene: Scene) -> None:
    scene.join("#y", "dave", "bob")
    scene.mode("alice", "#x", on(ChannelList.BAN, "~c:+#y"))
    assert said(scene, "bob", Post("#x", "no rank there"))
    scene.mode("dave", "#y", on(ChannelRank.VOICE, "bob"))
    assert scene.refused("bob", Post("#x", "voiced there")) == Refusal(Reason.MUTED, "#x")
    scene.mode("dave", "#y", off(ChannelRank.VOICE, "bob"))
    assert said(scene, "bob", Post("#x", "no rank again"))


def test_a_user_can_take_messages_from_accounts_only(scene: Scene) -> None:
    scene.user_mode("carol", UserMode.LOGGED_IN_ONLY)
    assert scene.refused("bob", Post("carol", "hi")) == Refusal(Reason.LOGIN_TO_MESSAGE, "carol")
    assert said(scene, "carol", Post("carol", "to myself"))
    scene.log_in("bob", "bob")
    assert said(scene, "bob", Post("carol", "hi"))
    scene.oper("alice")
    assert said(scene, "alice", Post("carol", "operators get through"))


def test_a_mute_of_those_in_another_channel_follows_their_coming_and_going(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, "~m:~c:#y"))
    assert said(scene, "bob", Post("#x", "not there yet"))
    scene.join("#y", "bob")
    assert scene.refused("bob", Post("#x", "there")) == Refusal(Reason.MUTED, "#x")
    scene("bob", Part("#y"))
    assert said(scene, "bob", Post("#x", "there no more"))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("why", ["moderated", "not logged in", "muted"])
def test_what_one_may_not_say_reaches_the_operators_of_an_op_moderated_channel(
    scene: Scene, why: str, kind: Kind
) -> None:
    reason = {
        "moderated": on(ChannelFlag.MODERATED),
        "not logged in": on(ChannelFlag.LOGIN_TO_SPEAK),
        "muted": on(ChannelList.BAN, "~m:bob"),
    }[why]
    scene.join("#x", "dave")
    scene.rank("#x", "dave", Rank.HALFOP)
    scene.mode("alice", "#x", reason, on(ChannelFlag.OP_MODERATED))
    text = "" if kind is Kind.TAG else "psst"
    event = said(scene, "bob", Post("#x", text, kind))
    assert (scene.audience(event), event.rank) == (["alice", "bob"], Rank.OP)
    # Not even when it is said to half-operators; who may speak is heard by all.
    assert scene.audience(said(scene, "bob", Post("#x", text, kind, None, Rank.HALFOP))) == ["alice", "bob"]
    assert said(scene, "alice", Post("#x", text, kind)).rank is Rank.NONE


def test_an_op_moderated_channel_is_for_all_unless_it_is_moderated(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.OP_MODERATED))
    assert said(scene, "bob", Post("#x", "hi")).rank is Rank.NONE
    scene.mode("alice", "#x", on(ChannelFlag.NO_CTCP))
    assert scene.refused("bob", Post("#x", VERSION)) == Refusal(Reason.NO_CTCP, "#x")
    scene.mode("alice", "#x", on(ChannelFlag.MEMBERS_ONLY))
    assert scene.refused("carol", Post("#x", "hi")) == Refusal(Reason.CANNOT_SPEAK, "#x")
