"""Access of accounts to registered channels, and the ranks that follow from it."""

from __future__ import annotations

import dataclasses

import pytest

from chatdaemon.realm.events import AccessChanged, ModesChanged, ServerNoticed
from chatdaemon.realm.modes import ChannelFlag, ChannelRank, Privilege, Rank
from chatdaemon.realm.records import channel_record
from chatdaemon.realm.refusal import Reason
from chatdaemon.realm.requests import Part, RegisterChannel, SetAccess, SyncRanks
from tests.realm.scene import PLAIN, START, Scene, off, on

CHANNEL = "#tea"


@pytest.fixture
def scene() -> Scene:
    """alice, the founder of #tea, with ann (administrator), oscar (operator), hugo (half-operator) and vera
    (voice), all there by their access; gus is a guest."""
    scene = Scene(dataclasses.replace(PLAIN, channels_per_account=5))
    for nick in ("alice", "ann", "oscar", "hugo", "vera"):
        scene.join(CHANNEL, nick)
        scene.log_in(nick, nick)
    scene.join(CHANNEL, "gus")
    scene("alice", RegisterChannel(CHANNEL))
    for nick, ranks in (
        ("ann", Rank.ADMIN),
        ("oscar", Rank.OP),
        ("hugo", Rank.HALFOP),
        ("vera", Rank.VOICE),
    ):
        scene("alice", SetAccess(CHANNEL, nick, ranks))
    scene.account("newcomer")
    return scene


def ranks(scene: Scene, account: str) -> Rank:
    registration = scene.channel(CHANNEL).registration
    assert registration is not None
    found = registration.access.get(account)
    return found.ranks if found is not None else Rank.NONE


def test_who_is_there_gets_and_loses_ranks_with_the_access(scene: Scene) -> None:
    changed, modes = scene("alice", SetAccess(CHANNEL, "VERA", Rank.VOICE | Rank.OP))
    assert changed == AccessChanged(
        changed.audience, scene.people["alice"].who, scene.channel(CHANNEL).id, CHANNEL, "vera",
        Rank.VOICE | Rank.OP,
    )  # fmt: skip
    assert isinstance(modes, ModesChanged)
    assert (modes.who, modes.changes) == (None, (on(ChannelRank.OP, "vera"),))
    _, modes = scene("alice", SetAccess(CHANNEL, "vera", Rank.HALFOP))
    assert isinstance(modes, ModesChanged)
    assert modes.changes == (
        off(ChannelRank.OP, "vera"), on(ChannelRank.HALFOP, "vera"), off(ChannelRank.VOICE, "vera"),
    )  # fmt: skip
    scene("alice", SetAccess(CHANNEL, "vera", Rank.NONE))
    assert scene.membership_ranks(CHANNEL, "vera") is Rank.NONE
    assert ranks(scene, "vera") is Rank.NONE


def test_who_is_not_there_is_only_entered(scene: Scene) -> None:
    (changed,) = scene("alice", SetAccess(CHANNEL, "newcomer", Rank.OP))
    assert isinstance(changed, AccessChanged)
    scene("oscar", Part(CHANNEL))
    assert len(scene("alice", SetAccess(CHANNEL, "oscar", Rank.NONE))) == 1
    # Nor is anybody whose account it is not.
    assert scene.membership_ranks(CHANNEL, "gus") is Rank.NONE


def test_an_entry_says_who_made_it_and_when_it_first_was(scene: Scene) -> None:
    scene.at = START + 9
    scene("ann", SetAccess(CHANNEL, "newcomer", Rank.VOICE))
    scene.at = START + 20
    scene("alice", SetAccess(CHANNEL, "newcomer", Rank.OP))
    registration = scene.channel(CHANNEL).registration
    assert registration is not None
    entry = registration.access["newcomer"]
    assert (entry.account, entry.ranks, entry.by, entry.at) == ("newcomer", Rank.OP, "alice", START + 9)


@pytest.mark.parametrize(
    ("who", "most"),
    [("ann", Rank.OP), ("oscar", Rank.HALFOP), ("hugo", Rank.VOICE), ("vera", Rank.NONE)],
)
def test_access_is_given_by_those_with_higher_access(scene: Scene, who: str, most: Rank) -> None:
    for rank in (Rank.VOICE, Rank.HALFOP, Rank.OP, Rank.ADMIN, Rank.FOUNDER):
        if rank <= most:
            assert scene(who, SetAccess(CHANNEL, "newcomer", rank))
        else:
            refusal = scene.refused(who, SetAccess(CHANNEL, "newcomer", rank))
            assert (refusal.reason, refusal.subject) == (Reason.NEEDS_ACCESS, CHANNEL)


@pytest.mark.parametrize(
    ("who", "whose"), [("ann", "ann2"), ("oscar", "ann"), ("hugo", "hugo2"), ("vera", "oscar")]
)
def test_nobody_changes_what_is_as_high_as_their_own(scene: Scene, who: str, whose: str) -> None:
    if whose.endswith("2"):
        scene.account(whose)
        scene("alice", SetAccess(CHANNEL, whose, ranks(scene, who)))
    refusal = scene.refused(who, SetAccess(CHANNEL, whose, Rank.NONE))
    assert (refusal.reason, refusal.subject, refusal.detail) == (Reason.OUTRANKED, CHANNEL, whose)


def test_founders_by_access_name_others(scene: Scene) -> None:
    scene("alice", SetAccess(CHANNEL, "ann", Rank.FOUNDER))
    assert scene("ann", SetAccess(CHANNEL, "oscar", Rank.FOUNDER))
    assert scene("ann", SetAccess(CHANNEL, "oscar", Rank.NONE))
    refusal = scene.refused("ann", SetAccess(CHANNEL, "alice", Rank.NONE))
    assert (refusal.reason, refusal.detail) == (Reason.OUTRANKED, "alice")


def test_everybody_may_give_up_what_they_have(scene: Scene) -> None:
    scene("alice", SetAccess(CHANNEL, "oscar", Rank.OP | Rank.VOICE))
    scene("oscar", SetAccess(CHANNEL, "oscar", Rank.VOICE))
    assert ranks(scene, "oscar") is Rank.VOICE
    scene("oscar", SetAccess(CHANNEL, "oscar", Rank.NONE))
    assert scene.refused("oscar", SetAccess(CHANNEL, "oscar", Rank.NONE)).reason is Reason.NEEDS_ACCESS


def test_what_is_so_already_is_nothing(scene: Scene) -> None:
    assert scene("alice", SetAccess(CHANNEL, "vera", Rank.VOICE)) == ()
    assert scene("alice", SetAccess(CHANNEL, "newcomer", Rank.NONE)) == ()


def test_access_is_for_accounts_that_exist_but_an_old_entry_can_go(scene: Scene) -> None:
    assert scene.refused("alice", SetAccess(CHANNEL, "nobody", Rank.OP)).reason is Reason.NO_SUCH_ACCOUNT
    assert scene.refused("alice", SetAccess(CHANNEL, "nobody", Rank.NONE)).reason is Reason.NO_SUCH_ACCOUNT
    del scene.realm.accounts["vera"]
    assert scene.refused("alice", SetAccess(CHANNEL, "vera", Rank.OP)).reason is Reason.NO_SUCH_ACCOUNT
    scene("alice", SetAccess(CHANNEL, "vera", Rank.NONE))
    assert ranks(scene, "vera") is Rank.NONE


def test_an_access_list_has_so_many_entries(scene: Scene) -> None:
    scene.realm.settings = dataclasses.replace(PLAIN, access_entries=4)
    refusal = scene.refused("alice", SetAccess(CHANNEL, "newcomer", Rank.OP))
    assert (refusal.reason, refusal.subject) == (Reason.ACCESS_FULL, CHANNEL)
    assert scene("alice", SetAccess(CHANNEL, "vera", Rank.OP))


def test_guests_and_strangers_have_no_say(scene: Scene) -> None:
    assert scene.refused("gus", SetAccess(CHANNEL, "newcomer", Rank.VOICE)).reason is Reason.NOT_LOGGED_IN
    scene.log_in("gus", "gus")
    assert scene.refused("gus", SetAccess(CHANNEL, "newcomer", Rank.VOICE)).reason is Reason.NEEDS_ACCESS
    scene.join("#open", "gus")
    refusal = scene.refused("gus", SetAccess("#open", "newcomer", Rank.VOICE))
    assert refusal.reason is Reason.CHANNEL_NOT_REGISTERED


def test_who_has_access_knows_of_a_secret_channel(scene: Scene) -> None:
    scene.mode("alice", CHANNEL, on(ChannelFlag.SECRET))
    scene("oscar", Part(CHANNEL))
    assert scene("oscar", SetAccess(CHANNEL, "vera", Rank.NONE))
    scene("gus", Part(CHANNEL))
    assert scene.refused("gus", SetAccess(CHANNEL, "vera", Rank.OP)).reason is Reason.NO_SUCH_CHANNEL


def test_operators_of_the_server_count_as_founders_and_are_reported(scene: Scene) -> None:
    scene.oper("olga", Privilege.CHANNELS)
    *_, noticed = scene("olga", SetAccess(CHANNEL, "newcomer", Rank.FOUNDER))
    assert isinstance(noticed, ServerNoticed)
    assert noticed.text == f"olga changed the access of newcomer to {CHANNEL} as an operator"
    assert ranks(scene, "newcomer") is Rank.FOUNDER


def test_what_storage_holds_of_before_does_not_change(scene: Scene) -> None:
    record = channel_record(scene.channel(CHANNEL))
    scene("alice", SetAccess(CHANNEL, "vera", Rank.NONE))
    assert record.registration is not None
    assert "vera" in record.registration.access


# SyncRanks.


def test_up_and_down(scene: Scene) -> None:
    (modes,) = scene("oscar", SyncRanks(CHANNEL, down=True))
    assert isinstance(modes, ModesChanged)
    assert modes.changes == (off(ChannelRank.OP, "oscar"),)
    assert modes.who == scene.people["oscar"].who
    assert scene("oscar", SyncRanks(CHANNEL, down=True)) == ()
    assert scene("oscar", SyncRanks(CHANNEL))
    assert scene.membership_ranks(CHANNEL, "oscar") is Rank.OP
    assert scene("oscar", SyncRanks(CHANNEL)) == ()


def test_for_others_it_takes_access_as_a_half_operator(scene: Scene) -> None:
    scene.rank(CHANNEL, "vera", Rank.NONE)
    assert scene("hugo", SyncRanks(CHANNEL, "VERA"))
    assert scene.membership_ranks(CHANNEL, "vera") is Rank.VOICE
    assert scene("hugo", SyncRanks(CHANNEL, "vera", down=True))
    assert scene.refused("hugo", SyncRanks(CHANNEL, "oscar", down=True)).reason is Reason.OUTRANKED
    assert scene.refused("vera", SyncRanks(CHANNEL, "hugo")).reason is Reason.NEEDS_ACCESS
    assert scene("hugo", SyncRanks(CHANNEL, "gus")) == ()


def test_there_must_be_somebody_to_give_ranks_to(scene: Scene) -> None:
    assert scene.refused("alice", SyncRanks(CHANNEL, "nobody")).reason is Reason.NO_SUCH_NICK
    scene.connect("outside")
    refusal = scene.refused("alice", SyncRanks(CHANNEL, "outside"))
    assert (refusal.reason, refusal.subject) == (Reason.TARGET_NOT_ON_CHANNEL, "outside")
    scene("oscar", Part(CHANNEL))
    assert scene.refused("oscar", SyncRanks(CHANNEL)).reason is Reason.NOT_ON_CHANNEL
    assert scene.refused("gus", SyncRanks(CHANNEL)).reason is Reason.NOT_LOGGED_IN
    scene.log_in("gus", "gus")
    assert scene.refused("gus", SyncRanks(CHANNEL)).reason is Reason.NEEDS_ACCESS
