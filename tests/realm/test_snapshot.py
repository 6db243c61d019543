import json
from collections import deque
from typing import Any

import pytest

from chatdaemon.realm.accounts import AccountSetting, Code, Credentials, RegistrationSetting
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.masks import Mask, compile_mask
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelRank,
    ChannelSetting,
    Privilege,
    Rank,
    UserMode,
)
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeNick,
    ChangeRegistration,
    Connect,
    CreateInvitation,
    Disconnect,
    DropAccount,
    Invite,
    Join,
    Knock,
    Part,
    Post,
    RegisterAccount,
    RegisterChannel,
    RevokeInvitation,
    SetAccess,
    SetAccount,
    SetAway,
    SetTopic,
    VerifyAccount,
)
from chatdaemon.realm.settings import UNLIMITED, Settings
from chatdaemon.realm.snapshot import VERSION, SnapshotError, restore, take
from chatdaemon.realm.state import Channel, Membership, User
from tests.realm.scene import START, Scene, on

ACCOUNT: dict[str, Any] = {
    "credentials": Credentials("$argon2id$x", "SCRAM-SHA-256$y"),
    "certificates": ("ab" * 32, "cd" * 32),
    "email": "carol@example.org",
    "asked_email": "c@example.org",
    "code": Code("123", 5),
    "settings": {AccountSetting.ENFORCE: "off", AccountSetting.PRIVATE: "on"},
    "metadata": {"avatar": "x"},
    "vhost": "a/b",
    "asked_vhost": "c/d",
    "last_seen_at": 9,
    "note": "was bad",
}


@pytest.fixture
def scene() -> Scene:
    """A realm with something of everything in it."""
    scene = Scene(
        Settings(
            casemapping="rfc1459", creator_rank=Rank.FOUNDER, channels_per_user=UNLIMITED,
            channel_flags=(ChannelFlag.MEMBERS_ONLY,), user_modes=(UserMode.INVISIBLE, UserMode.BOT),
        )
    )  # fmt: skip
    scene.join("#X[]", "alice", "bob")
    scene.account("Carol|", "carol", **ACCOUNT)
    scene.account("al", vhost="al.example")
    scene(None, RegisterAccount("eve", Credentials(), email="e@x", code=Code("1", START), granted=True))
    scene.connect("carol", account="Carol|", secure=True, certificate="ab")
    scene.join("#y", "bob", "alice")
    scene("bob", Join("#z"))
    scene.mode(
        "alice", "#x{}",
        on(ChannelFlag.INVITE_ONLY), on(ChannelFlag.MODERATED), on(ChannelSetting.KEY, "Key"),
        on(ChannelSetting.LIMIT, "7"), on(ChannelList.INVITE_EXCEPTION, "~a:x"),
        on(ChannelList.BAN, "~m:~r:Some?thing"), on(ChannelList.BAN, "B[]b"), on(ChannelRank.VOICE, "bob"),
    )  # fmt: skip
    scene.at += 10
    scene("bob", SetTopic("#y", "tea\x02"))
    scene("alice", Invite("carol", "#x[]"))
    scene("carol", SetAway("out"))
    scene.mode("bob", "#y", on(ChannelFlag.INVITE_ONLY))
    scene("carol", Knock("#y"))
    scene("carol", BecomeOperator("chief", (Privilege.KILL, Privilege.ACCOUNTS), "staff"))
    scene("alice", ChangeNick("Al[]"))
    scene.connect("dave", exempt=True)
    scene("dave", Disconnect("bye"))
    scene("bob", SetAccount("al"))
    scene("bob", RegisterChannel("#z"))
    scene("bob", SetAccess("#z", "carol|", Rank.OP))
    scene("bob", ChangeRegistration("#z", RegistrationSetting.URL, "https://z.example"))
    scene("bob", RegisterChannel("#y"))
    scene("bob", Part("#z"))
    scene.channel("#z").metadata = {"k": "v"}
    scene("carol", CreateInvitation("open-sesame", 3, scene.at + 1))
    scene("carol", CreateInvitation("again"))
    # What only commands of other parts lead to.
    scene.realm.markers = {scene.realm.accounts["al"].id: {"#x{}": scene.at}}
    bob, alice = scene.people["bob"], scene.people["alice"]
    alice.accepted, alice.called_at, alice.metadata = {bob.id: "bob", "carol^": "Carol|"}, 7, {"k": "v"}
    alice.markers = {"#y": 5}
    mask = compile_mask("B[]b!*@*", scene.realm.fold)
    alice.silences = {mask.key: mask}
    alice.refresh(scene.realm.fold)
    scene.account("Stay", settings={AccountSetting.ALWAYS_ON: "on"})
    scene.connect("Stay", account="Stay", device="phone")
    scene.join("#stay", "Stay")
    scene("Stay", Disconnect("bye", START))
    return scene


def through_json(data: dict[str, Any]) -> dict[str, Any]:
    restored = json.loads(json.dumps(data))
    assert isinstance(restored, dict)
    return restored


def plain(value: object) -> bool:
    """True for builtins, and nothing that only derives from them."""
    if type(value) is dict:
        return all(type(key) is str for key in value) and all(map(plain, value.values()))
    if type(value) is list:
        return all(map(plain, value))
    return type(value) in (str, int, bool, type(None))


def test_a_snapshot_is_plain_builtins_and_survives_json(scene: Scene) -> None:
    data = take(scene.realm)
    assert plain(data)
    assert through_json(data) == data


def test_a_restored_realm_gives_the_same_snapshot_in_the_same_order(scene: Scene) -> None:
    data = take(scene.realm)
    assert json.dumps(take(restore(through_json(data)))) == json.dumps(data)


def test_everything_that_a_restored_realm_holds_is_what_it_was(scene: Scene) -> None:
    # Comparing snapshots could not see what a snapshot leaves out: this looks at every attribute.
    assert attributes(restore(take(scene.realm))) == attributes(scene.realm)


# Counters and caches that are only ever compared with one another.
OWN = ("identity", "listed", "verdict", "banned")
# What is only ever looked up: its order is nobody's business.
WAYS = ("reserved", "skeletons", "certificates")


def attributes(realm: Realm) -> object:
    """The whole of a realm, every attribute of every object in it."""
    return (
        {
            name: value if name in WAYS else named(value)
            for name, value in vars(realm).items()
            if name != "naming"
        },
        [slots(user) for user in realm.users.values()],
        [slots(channel) for channel in realm.channels.values()],
    )


def slots(thing: User | Channel | Membership) -> dict[str, object]:
    return {name: named(getattr(thing, name)) for name in thing.__slots__ if name not in OWN}


def named(thing: object) -> object:
    """What can be compared across two realms; users and channels stand for their ids."""
    match thing:
        case User() | Channel():
            return (type(thing), thing.id)
        case Membership():
            return slots(thing)
        case Mask():
            return (thing.text, thing.key, thing.mute)
        case deque():
            return (list(thing), thing.maxlen)
        case dict():
            return [(named(key), named(value)) for key, value in thing.items()]
        case tuple() | list():
            return [named(each) for each in thing]
    return thing


def test_a_restored_realm_goes_on_as_the_old_one_would(scene: Scene) -> None:
    twin = restore(through_json(take(scene.realm)))
    going_on = [
        ("carol", Join("#x[]")),  # invited
        ("carol", Knock("#y")),  # too soon
        ("bob", Post("#x[]", "voiced in a moderated channel")),
        ("alice", Post("carol", "hi")),
        ("dave", Connect("dave", "u", "R", "h", "h")),
        ("dave", Join("#X[]", "Key")),
        ("bob", Part("#y")),
        ("bob", SetAccount("Carol|")),
        ("eve", Connect("eve", "u", "R", "h", "h", account="eve")),
        ("eve", Connect("al", "u", "R", "h", "h")),  # reserved
        (None, VerifyAccount("eve", "2")),
        (None, DropAccount("al")),
        (None, RevokeInvitation("again")),
        ("dave", Join("#z")),
        ("bob", Disconnect("bye")),
    ]
    for number, (actor, request) in enumerate(going_on, scene.index + 1):
        assert outcome(twin, number, actor, request) == outcome(scene.realm, number, actor, request)
    assert take(twin) == take(scene.realm)


def outcome(realm: Realm, index: int, actor: str | None, request: Any) -> object:
    try:
        return realm.apply(Entry(index, 1_800_000_000_000, "node", actor, request))
    except Refusal as refusal:
        return refusal


def test_a_snapshot_does_not_change_with_the_realm(scene: Scene) -> None:
    data = take(scene.realm)
    before = json.dumps(data)
    for actor in ("alice", "bob", "carol"):
        scene(actor, Disconnect("bye"))
    assert json.dumps(data) == before


def test_a_restored_realm_shares_nothing_with_the_snapshot(scene: Scene) -> None:
    data = take(scene.realm)
    before = json.dumps(data)
    twin = restore(data)
    scene.realm = twin
    scene.mode("bob", "#y", on(ChannelFlag.SECRET))
    scene("bob", Invite("carol", "#y"))
    for actor in ("alice", "bob", "carol"):
        scene(actor, Disconnect("bye"))
    assert json.dumps(data) == before


def test_an_invitation_to_a_channel_that_is_gone_is_left_out(scene: Scene) -> None:
    scene("bob", Join("#w"))
    scene("bob", Invite("carol", "#w"))
    scene("bob", Part("#w"))
    twin = Scene()
    twin.realm = restore(take(scene.realm))
    carol = twin.realm.user("carol")
    assert carol is not None
    assert carol.invited is not None
    assert [channel.name for channel in carol.invited] == ["#X[]"]


def test_an_empty_realm_has_a_snapshot_too() -> None:
    realm = restore(take(Realm()))
    assert realm.settings == Settings()
    assert not realm.users
    refusal = outcome(realm, 1, "gone", Join("#x"))
    assert refusal == Refusal(Reason.NOT_CONNECTED)


def test_settings_that_an_older_snapshot_does_not_have_are_at_their_defaults(scene: Scene) -> None:
    data = take(scene.realm)
    del data["settings"]["knock_interval"]
    assert restore(data).settings == scene.realm.settings


@pytest.mark.parametrize(("version", "which"), [(VERSION + 1, "newer"), (VERSION - 1, "older")])
def test_the_snapshot_of_another_version_is_refused(version: int, which: str) -> None:
    data = take(Realm())
    data["version"] = version
    with pytest.raises(SnapshotError, match=rf"version {version}.* understands {VERSION}.*{which}"):
        restore(data)


@pytest.mark.parametrize("version", [None, "1", 0, -1, 1.0])
def test_what_is_no_snapshot_is_refused(version: object) -> None:
    with pytest.raises(SnapshotError, match="not the snapshot of a realm"):
        restore({"version": version})
