from typing import Any

import pytest

from chatdaemon.realm.accounts import AccountSetting, Code, Standing
from chatdaemon.realm.events import AccountSeen, Connected, NickChanged, NicksChanged, Quit
from chatdaemon.realm.modes import ChannelFlag, ChannelList, Rank
from chatdaemon.realm.ownership import SERVICES
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeNick,
    Connect,
    Disconnect,
    GroupNick,
    ReclaimNick,
    SetAccount,
    UngroupNick,
)
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import Departed
from tests.realm.scene import START, Scene, on

# Who is logged in may be called as they like.
FREE = Settings(channel_flags=(), user_modes=(), nick_is_account=False)


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside; there is an account Robin."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    scene.account("Robin")
    return scene


def connect(nick: str, **more: Any) -> Connect:
    return Connect(nick, "u", "R", "host", "10.0.0.1", **more)


# Changing it


def test_a_new_nick_is_told_with_who_it_was(scene: Scene) -> None:
    before = scene.people["bob"].who
    assert scene("bob", ChangeNick("Robert")) == (NickChanged(scene.channel("#x").id, before, "Robert"),)
    assert scene.realm.user("robert") is scene.people["bob"]
    assert scene.realm.user("bob") is None
    assert scene.people["bob"].who.source == "Robert!u@host"
    assert list(scene.realm.departed) == [Departed(before, "10.0.0.1", START)]


def test_the_case_of_a_nick_can_change_and_the_nick_is_not_given_up(scene: Scene) -> None:
    (event,) = scene("bob", ChangeNick("BOB"))
    assert isinstance(event, NickChanged)
    assert scene.people["bob"].nick == "BOB"
    assert not scene.realm.departed


def test_the_same_nick_is_no_change(scene: Scene) -> None:
    assert scene("bob", ChangeNick("bob")) == ()


def test_a_nick_is_not_taken_from_another(scene: Scene) -> None:
    assert scene.refused("bob", ChangeNick("ALICE")) == Refusal(Reason.NICK_IN_USE, "ALICE")
    assert scene.refused("bob", ChangeNick("")).reason is Reason.BAD_NICK
    assert scene.refused("gone", ChangeNick("x")) == Refusal(Reason.NOT_CONNECTED)


def test_a_channel_can_forbid_its_members_new_nicks(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.NO_NICK_CHANGE))
    scene.rank("#x", "bob", Rank.VOICE)
    assert scene.refused("bob", ChangeNick("robert")) == Refusal(Reason.NICK_CHANGE_FORBIDDEN, "#x")
    assert scene("alice", ChangeNick("alicia"))
    assert scene("carol", ChangeNick("caroline"))


@pytest.mark.parametrize("mask", ["bob", "~m:bob"])
def test_nobody_slips_out_of_a_ban_by_a_new_nick(scene: Scene, mask: str) -> None:
    scene.mode("alice", "#x", on(ChannelList.BAN, mask))
    assert scene.refused("bob", ChangeNick("robert")) == Refusal(Reason.BANNED_NICK_CHANGE, "robert", "#x")
    scene.rank("#x", "bob", Rank.VOICE)
    assert scene("bob", ChangeNick("robert"))


# Whose it is


def test_a_nick_that_belongs_to_an_account_is_for_those_who_are_logged_in_to_it(scene: Scene) -> None:
    refusal = Refusal(Reason.NICK_RESERVED, "rOBIN")
    assert scene.refused("bob", ChangeNick("rOBIN")) == refusal
    assert scene.refused("s1", connect("rOBIN")) == refusal
    scene.account("carol")
    assert scene.refused("s1", connect("rOBIN", account="carol")) == refusal
    (connected, *_) = scene("s1", connect("rOBIN", account="robin"))
    assert isinstance(connected, Connected)
    assert (connected.who.nick, connected.who.account) == ("rOBIN", "Robin")


def test_what_looks_like_the_nick_of_an_account_is_for_nobody_else(scene: Scene) -> None:
    scene.account("otto", "hello")
    for nick in ("ott0", "OTT0", "he11o", "HE11O"):
        assert scene.refused("bob", ChangeNick(nick)) == Refusal(Reason.NICK_CONFUSABLE, nick)
        assert scene.refused("s1", connect(nick)) == Refusal(Reason.NICK_CONFUSABLE, nick)
    scene.account("otto", "he11o")
    scene.log_in("bob", "otto")
    assert scene("bob", ChangeNick("he11o"))


def test_an_account_may_have_nicks_that_look_like_one_anothers(scene: Scene) -> None:
    scene = Scene(FREE)
    scene.account("otto")
    scene.connect("bob")
    scene("bob", SetAccount("otto"))
    assert scene("bob", ChangeNick("ott0"))


def test_nicks_may_look_alike_where_that_does_not_matter() -> None:
    scene = Scene(Settings(confusables=False))
    scene.account("otto")
    scene.connect("ott0", "Gl0bal")


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_is_called_as_a_service(scene: Scene, service: str) -> None:
    nick = service.upper()
    assert scene.refused("bob", ChangeNick(nick)) == Refusal(Reason.NICK_RESERVED, nick)


def test_nobody_looks_like_a_service(scene: Scene) -> None:
    assert scene.refused("bob", ChangeNick("Gl0bal")) == Refusal(Reason.NICK_CONFUSABLE, "Gl0bal")


def test_the_owner_of_a_nick_can_let_others_use_it(scene: Scene) -> None:
    scene.account("Robin", settings={AccountSetting.ENFORCE: "off"})
    assert scene("bob", ChangeNick("robin"))
    assert scene("carol", ChangeNick("r0bin"))


def test_where_nicks_are_not_reserved_an_owner_can_still_ask_for_it() -> None:
    scene = Scene(Settings(reserve_nicks=False))
    scene.account("robin")
    scene.account("wren", settings={AccountSetting.ENFORCE: "on"})
    scene.connect("robin")
    assert scene.refused("robin", ChangeNick("wren")) == Refusal(Reason.NICK_RESERVED, "wren")


@pytest.mark.parametrize("standing", [Standing.UNVERIFIED, Standing.AWAITING])
def test_an_account_that_cannot_be_used_yet_reserves_no_nick(scene: Scene, standing: Standing) -> None:
    scene.account("Robin", standing=standing, code=Code("1", START + 1))
    assert scene("bob", ChangeNick("robin"))


def test_a_suspended_account_keeps_its_nick(scene: Scene) -> None:
    scene.account("Robin", standing=Standing.SUSPENDED)
    assert scene.refused("bob", ChangeNick("robin")) == Refusal(Reason.NICK_RESERVED, "robin")


# Called as the account


def test_who_is_logged_in_is_called_as_the_account(scene: Scene) -> None:
    scene("bob", SetAccount("robin"))
    assert scene.people["bob"].nick == "Robin"
    assert scene.refused("bob", ChangeNick("bob")) == Refusal(Reason.NICK_IS_ACCOUNT, "bob", "Robin")
    assert scene("bob", ChangeNick("robin"))


def test_or_as_another_nick_of_the_account(scene: Scene) -> None:
    scene.account("Robin", "hood")
    scene("bob", SetAccount("robin"))
    assert scene("bob", ChangeNick("Hood"))


def test_or_as_they_like_where_that_is_not_the_custom() -> None:
    scene = Scene(FREE)
    scene.account("robin")
    scene.connect("bob")
    scene("bob", SetAccount("robin"))
    assert scene.people["bob"].nick == "bob"
    assert scene("bob", ChangeNick("bobby"))


# Several nicks


def test_a_nick_can_be_given_to_the_account_and_given_up_again() -> None:
    scene = Scene(FREE)
    account = scene.account("robin")
    scene.join("#x", "bob", "carol")
    scene("bob", SetAccount("robin"))
    scene("bob", ChangeNick("Hood"))
    bob = scene.people["bob"]
    assert scene("bob", GroupNick()) == (NicksChanged((bob.id,), bob.who, "robin", "Hood", True),)
    assert scene.realm.owner("hood") == scene.realm.account("robin")
    assert scene.realm.accounts["robin"].nicks == ("Hood",)
    assert scene("bob", GroupNick()) == ()
    scene("bob", ChangeNick("bob"))
    assert scene.refused("carol", ChangeNick("hood")) == Refusal(Reason.NICK_RESERVED, "hood")
    changed = NicksChanged((bob.id,), bob.who, "robin", "Hood", False)
    assert scene("bob", UngroupNick("hOOD")) == (changed,)
    assert scene.realm.owner("hood") is None
    assert scene.realm.account("robin") == account


def test_a_nick_is_given_to_one_account_only() -> None:
    scene = Scene(FREE)
    scene.account("robin", settings={AccountSetting.ENFORCE: "off"})
    scene.account("wren")
    scene.connect("robin")
    assert scene.refused("robin", GroupNick()) == Refusal(Reason.NOT_LOGGED_IN)
    scene("robin", SetAccount("wren"))
    assert scene.refused("robin", GroupNick()) == Refusal(Reason.NICK_RESERVED, "robin")


def test_a_nick_that_looks_like_anothers_is_not_given_to_an_account() -> None:
    scene = Scene(FREE)
    scene.account("wren")
    scene.connect("otto")
    scene.account("ott0")  # after somebody was called so
    scene("otto", SetAccount("wren"))
    assert scene.refused("otto", GroupNick()) == Refusal(Reason.NICK_CONFUSABLE, "otto")


def test_an_account_has_only_so_many_nicks() -> None:
    scene = Scene(Settings(nick_is_account=False, nicks_per_account=1))
    scene.account("robin", "hood")
    scene.connect("bob")
    scene("bob", SetAccount("robin"))
    assert scene.refused("bob", GroupNick()) == Refusal(Reason.TOO_MANY_NICKS, "robin")


def test_only_a_nick_that_was_given_can_be_given_up(scene: Scene) -> None:
    assert scene.refused("bob", UngroupNick("bob")) == Refusal(Reason.NOT_LOGGED_IN)
    scene("bob", SetAccount("robin"))
    for nick in ("robin", "alice"):
        assert scene.refused("bob", UngroupNick(nick)) == Refusal(Reason.NICK_NOT_YOURS, nick)


# Taking it back


@pytest.fixture
def held(scene: Scene) -> Scene:
    """bob is logged in to Robin, whose name dave has, who is in #x."""
    scene.account("Robin", settings={AccountSetting.ENFORCE: "off"})
    scene.connect("dave")
    scene("dave", ChangeNick("robin"))
    scene.join("#x", "dave")
    scene("bob", SetAccount("Robin"))
    assert scene.people["bob"].nick == "bob"
    return scene


def test_who_has_a_nick_of_the_account_can_be_removed(held: Scene) -> None:
    dave, channel = held.people["dave"].who, held.channel("#x").id
    (event,) = held("bob", ReclaimNick("ROBIN"))
    assert event == Quit(channel, dave, "bob has taken the nickname back", (channel,))
    assert held.realm.user("robin") is None
    assert held.people["bob"].nick == "bob"
    assert held.refused("bob", ReclaimNick("robin")) == Refusal(Reason.NO_SUCH_NICK, "robin")


def test_the_nick_can_be_taken_at_the_same_time(held: Scene) -> None:
    bob = held.people["bob"].who
    quit_, changed = held("bob", ReclaimNick("Robin", take=True))
    assert isinstance(quit_, Quit)
    assert changed == NickChanged(held.channel("#x").id, bob, "Robin")
    assert held.realm.user("robin") is held.people["bob"]
    assert held("bob", ReclaimNick("Robin", take=True)) == ()
    assert held.refused("bob", ReclaimNick("Robin")) == Refusal(Reason.NO_SUCH_NICK, "Robin")


def test_a_nick_that_nobody_has_is_taken_as_well(held: Scene) -> None:
    held("dave", Disconnect("bye"))
    (changed,) = held("bob", ReclaimNick("Robin", take=True))
    assert isinstance(changed, NickChanged)


def test_another_of_the_same_account_can_be_removed(held: Scene) -> None:
    held("carol", SetAccount("Robin"))
    quit_, _ = held("carol", ReclaimNick("Robin", take=True))
    held("bob", Disconnect("bye"))
    assert isinstance(quit_, Quit)
    quit_, seen = held("carol", Disconnect("bye"))
    assert seen == AccountSeen((), "Robin")


def test_only_an_own_nick_can_be_taken_back(held: Scene) -> None:
    assert held.refused("carol", ReclaimNick("robin")) == Refusal(Reason.NOT_LOGGED_IN)
    assert held.refused("bob", ReclaimNick("alice")) == Refusal(Reason.NICK_NOT_YOURS, "alice")
    assert held.refused("bob", ReclaimNick("")).reason is Reason.BAD_NICK


def test_who_may_not_change_nicks_does_not_by_taking_one_back(held: Scene) -> None:
    held.mode("alice", "#x", on(ChannelFlag.NO_NICK_CHANGE))
    refusal = Refusal(Reason.NICK_CHANGE_FORBIDDEN, "#x")
    assert held.refused("bob", ReclaimNick("Robin", take=True)) == refusal
    assert held("bob", ReclaimNick("Robin"))
