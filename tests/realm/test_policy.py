"""What the rules never ask themselves: who may see whom, and how ranks compare."""

import pytest

from chatdaemon.realm import policy
from chatdaemon.realm.modes import ChannelFlag, ChannelList, Privilege, Rank, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeNick, Part, SetAway
from tests.realm.scene import Scene, on


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob and dave are members, carol is outside, olga sees all."""
    scene = Scene()
    scene.join("#x", "alice", "bob", "dave")
    scene.connect("carol")
    scene.oper("olga", Privilege.SEE_HIDDEN)
    return scene


def sees_member(scene: Scene, viewer: str, member: str) -> bool:
    return policy.sees_member(scene.channel("#x"), scene.people[viewer], scene.people[member])


def sees_user(scene: Scene, viewer: str, user: str) -> bool:
    return policy.sees_user(scene.people[viewer], scene.people[user])


@pytest.mark.parametrize(
    ("ranks", "highest"),
    [
        (Rank.NONE, Rank.NONE),
        (Rank.VOICE, Rank.VOICE),
        (Rank.OP | Rank.VOICE, Rank.OP),
        (Rank(31), Rank.FOUNDER),
    ],
)
def test_of_several_ranks_the_highest_counts(ranks: Rank, highest: Rank) -> None:
    assert policy.highest(ranks) == highest


def test_a_member_sees_the_others_and_an_outsider_those_who_are_visible(scene: Scene) -> None:
    scene.user_mode("bob", UserMode.INVISIBLE)
    assert sees_member(scene, "dave", "bob")
    assert not sees_member(scene, "carol", "bob")
    assert sees_member(scene, "carol", "dave")
    assert sees_member(scene, "olga", "bob")


def test_nobody_sees_into_a_secret_channel(scene: Scene) -> None:
    channel, people = scene.channel("#x"), scene.people
    assert policy.sees_channel(channel, people["carol"])
    scene.mode("alice", "#x", on(ChannelFlag.SECRET))
    assert not sees_member(scene, "carol", "bob")
    assert not policy.sees_channel(channel, people["carol"])
    assert sees_member(scene, "dave", "bob")
    assert policy.sees_channel(channel, people["dave"])
    assert sees_member(scene, "olga", "bob")
    assert policy.sees_channel(channel, people["olga"])


def test_in_an_auditorium_listeners_see_themselves_and_those_of_rank(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.AUDITORIUM))
    assert sees_member(scene, "bob", "bob")
    assert sees_member(scene, "bob", "alice")
    assert not sees_member(scene, "bob", "dave")
    assert not sees_member(scene, "carol", "dave")
    assert sees_member(scene, "alice", "dave")
    assert sees_member(scene, "olga", "dave")
    scene.rank("#x", "dave", Rank.VOICE)
    assert sees_member(scene, "bob", "dave")
    assert not sees_member(scene, "dave", "bob")
    scene.rank("#x", "dave", Rank.HALFOP)
    assert sees_member(scene, "dave", "bob")


def test_an_invisible_user_is_found_by_those_who_share_a_channel(scene: Scene) -> None:
    assert sees_user(scene, "carol", "bob")
    scene.user_mode("bob", UserMode.INVISIBLE)
    assert not sees_user(scene, "carol", "bob")
    assert sees_user(scene, "bob", "bob")
    assert sees_user(scene, "dave", "bob")
    assert sees_user(scene, "olga", "bob")
    scene.mode("alice", "#x", on(ChannelFlag.AUDITORIUM))
    assert not sees_user(scene, "dave", "bob")
    scene("bob", Part("#x"))
    assert not sees_user(scene, "dave", "bob")


def test_what_concerns_a_user_everywhere_is_told_once_to_each_who_may_see_it(scene: Scene) -> None:
    scene.join("#y", "eve", "bob")
    scene.mode("eve", "#y", on(ChannelFlag.AUDITORIUM))
    scene.join("#y", "carol", "alice")
    (event,) = scene("bob", ChangeNick("robert"))
    assert scene.audience(event) == ["bob", "alice", "dave", "eve"]
    (event,) = scene("eve", SetAway("tea"))
    assert scene.audience(event) == scene.channel("#y").id
    (event,) = scene("carol", SetAway("tea"))
    assert scene.audience(event) == ["carol", "eve"]
    (event,) = scene("olga", SetAway("tea"))
    assert scene.audience(event) == ["olga"]


def test_a_key_is_read_by_members_and_a_ban_by_all_who_see_the_channel(scene: Scene) -> None:
    channel = scene.channel("#x")
    carol, dave, olga = (scene.people[nick] for nick in ("carol", "dave", "olga"))
    assert policy.sees_key(channel, dave)
    assert policy.sees_key(channel, olga)
    assert not policy.sees_key(channel, carol)
    assert policy.sees_list(channel, carol, ChannelList.BAN)
    scene.mode("alice", "#x", on(ChannelFlag.SECRET))
    assert policy.sees_list(channel, dave, ChannelList.BAN)
    assert not policy.sees_list(channel, carol, ChannelList.BAN)


@pytest.mark.parametrize("which", [ChannelList.BAN_EXCEPTION, ChannelList.INVITE_EXCEPTION])
def test_who_is_let_past_bans_is_read_by_those_who_look_after_the_lists(
    scene: Scene, which: ChannelList
) -> None:
    channel, people = scene.channel("#x"), scene.people
    scene.rank("#x", "bob", Rank.HALFOP)
    scene.rank("#x", "dave", Rank.VOICE)
    readers = [nick for nick, user in people.items() if policy.sees_list(channel, user, which)]
    assert readers == ["alice", "bob", "olga"]


def test_what_reaches_operators_alone_is_not_heard_by_all(scene: Scene) -> None:
    channel, bob = scene.channel("#x"), scene.people["bob"]
    membership = channel.members[bob]
    policy.check_heard_by_all(channel, bob, membership, "hi")
    scene.mode("alice", "#x", on(ChannelFlag.MODERATED), on(ChannelFlag.OP_MODERATED))
    with pytest.raises(Refusal) as caught:
        policy.check_heard_by_all(channel, bob, membership, "hi")
    assert caught.value == Refusal(Reason.CANNOT_SPEAK, "#x")


def test_where_somebody_comes_from_is_seen_by_themselves_and_by_those_who_see_all(scene: Scene) -> None:
    bob = scene.people["bob"]
    assert [name for name, viewer in scene.people.items() if policy.sees_address(viewer, bob)] == [
        "bob",
        "olga",
    ]
