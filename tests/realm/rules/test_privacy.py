from __future__ import annotations

import pytest

from chatdaemon.realm.events import (
    AcceptedChanged,
    Called,
    Event,
    Invited,
    PartlyRefused,
    Posted,
    SilencesChanged,
)
from chatdaemon.realm.masks import compile_mask
from chatdaemon.realm.modes import ChannelFlag, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeAccepted,
    ChangeNick,
    ChangeSilences,
    Disconnect,
    Invite,
    Join,
    Kind,
    Post,
)
from chatdaemon.realm.settings import Settings
from tests.realm.scene import Scene, on

VERSION = "\x01VERSION\x01"
ACTION = "\x01ACTION waves\x01"


@pytest.fixture
def scene() -> Scene:
    """alice takes messages only from those whom she has accepted."""
    scene = Scene(
        Settings(channel_flags=(), user_modes=(), accept_entries=2, silence_entries=2, nick_is_account=False)
    )
    scene.connect("alice", "bob", "carol")
    scene.user_mode("alice", UserMode.CALLER_ID)
    return scene


def accepted(scene: Scene, nick: str, *whom: str) -> None:
    assert scene(nick, ChangeAccepted(add=whom))


def reaches(scene: Scene, sender: str, receiver: str, kind: Kind = Kind.MESSAGE, text: str = "hi") -> bool:
    """Whether what somebody writes reaches another."""
    try:
        events = scene(sender, Post(scene.people[receiver].nick, text, kind))
    except Refusal as refusal:
        if refusal.reason is not Reason.NOT_ACCEPTED:
            raise
        return False
    event = events[-1]
    return isinstance(event, Posted) and scene.id(receiver) in event.audience


# Caller-id.


def test_who_is_not_accepted_is_announced_and_not_heard(scene: Scene) -> None:
    refused, called = scene("bob", Post("alice", "hi"))
    assert refused == PartlyRefused((scene.id("bob"),), (Refusal(Reason.NOT_ACCEPTED, "alice"),))
    bob, alice = scene.people["bob"].who, scene.people["alice"].who
    assert called == Called((scene.id("alice"), scene.id("bob")), bob, alice)
    assert isinstance(called, Called)
    assert called.subject == scene.id("alice")


def test_callers_are_announced_once_in_a_while_whoever_they_are(scene: Scene) -> None:
    scene("bob", Post("alice", "hi"))
    scene.at += scene.realm.settings.call_interval - 1
    assert scene.refused("bob", Post("alice", "hi")) == Refusal(Reason.NOT_ACCEPTED, "alice")
    assert scene.refused("carol", Post("alice", "hi")) == Refusal(Reason.NOT_ACCEPTED, "alice")
    scene.at += 1
    assert len(scene("carol", Post("alice", "hi", Kind.NOTICE))) == 2


def test_who_only_types_is_not_announced(scene: Scene) -> None:
    assert scene.refused("bob", Post("alice", "", Kind.TAG)) == Refusal(Reason.NOT_ACCEPTED, "alice")


def test_an_empty_message_announces_nobody(scene: Scene) -> None:
    assert scene.refused("bob", Post("alice", "")) == Refusal(Reason.NO_TEXT)


def test_who_is_accepted_is_heard_until_no_more(scene: Scene) -> None:
    (event,) = scene("alice", ChangeAccepted(add=("BOB",)))
    assert event == AcceptedChanged((scene.id("alice"),), scene.people["alice"].who, ("bob",), ())
    assert reaches(scene, "bob", "alice")
    assert not reaches(scene, "carol", "alice")
    (event,) = scene("alice", ChangeAccepted(remove=("Bob",)))
    assert event == AcceptedChanged((scene.id("alice"),), scene.people["alice"].who, (), ("bob",))
    assert not reaches(scene, "bob", "alice")


def test_oneself_and_operators_need_not_be_accepted(scene: Scene) -> None:
    scene.oper("carol")
    assert reaches(scene, "alice", "alice")
    assert reaches(scene, "carol", "alice")


def test_who_is_accepted_as_a_guest_may_change_nicks(scene: Scene) -> None:
    accepted(scene, "alice", "bob")
    scene("bob", ChangeNick("robert"))
    assert reaches(scene, "bob", "alice")
    scene("carol", ChangeNick("bob"))
    assert not reaches(scene, "carol", "alice")


def test_a_guest_who_leaves_is_forgotten(scene: Scene) -> None:
    accepted(scene, "alice", "bob")
    scene("bob", Disconnect("bye"))
    scene.connect("bob")
    assert not reaches(scene, "bob", "alice")
    # Nor does the one who has gone take anybody's place.
    accepted(scene, "alice", "bob", "carol")


def test_who_is_logged_in_is_accepted_by_the_account(scene: Scene) -> None:
    scene.account("Robert")
    scene.log_in("bob", "Robert")
    accepted(scene, "alice", "bob")
    scene("bob", Disconnect("bye"))
    scene.connect("bobby")
    assert not reaches(scene, "bobby", "alice")
    scene.log_in("bobby", "Robert")
    assert reaches(scene, "bobby", "alice")
    # Known by the name of the account, too, whoever has it at the moment.
    scene("alice", ChangeAccepted(remove=("bobby",)))
    assert not reaches(scene, "bobby", "alice")


def test_an_account_is_accepted_while_nobody_is_there(scene: Scene) -> None:
    scene.account("Dave")
    (event,) = scene("alice", ChangeAccepted(add=("dave",)))
    assert isinstance(event, AcceptedChanged)
    assert event.added == ("Dave",)
    scene.connect("dave_")
    scene.log_in("dave_", "Dave")
    assert reaches(scene, "dave_", "alice")


def test_a_guest_who_logs_in_afterwards_stays_accepted(scene: Scene) -> None:
    accepted(scene, "alice", "bob")
    scene.account("Robert")
    scene.log_in("bob", "Robert")
    assert reaches(scene, "bob", "alice")
    assert scene.refused("alice", ChangeAccepted(add=("bob",))) == Refusal(Reason.ACCEPTED_ALREADY, "bob")
    scene("alice", ChangeAccepted(remove=("bob",)))
    assert not reaches(scene, "bob", "alice")


def test_nobody_is_accepted_twice_or_beyond_the_limit_or_without_being_known(scene: Scene) -> None:
    assert scene.refused("alice", ChangeAccepted(add=("nobody",))) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("alice", ChangeAccepted(remove=("bob",))) == Refusal(
        Reason.NOT_ON_ACCEPT_LIST, "bob"
    )
    accepted(scene, "alice", "bob")
    assert scene.refused("alice", ChangeAccepted(add=("bob",))) == Refusal(Reason.ACCEPTED_ALREADY, "bob")
    accepted(scene, "alice", "carol")
    scene.connect("dave")
    assert scene.refused("alice", ChangeAccepted(add=("dave",))) == Refusal(Reason.ACCEPT_FULL, "dave")


def test_of_several_the_good_are_accepted_and_the_others_refused(scene: Scene) -> None:
    done, refused = scene("alice", ChangeAccepted(add=("bob", "nobody"), remove=("carol",)))
    assert isinstance(done, AcceptedChanged)
    assert (done.added, done.removed) == (("bob",), ())
    assert refused == PartlyRefused(
        (scene.id("alice"),),
        (Refusal(Reason.NOT_ON_ACCEPT_LIST, "carol"), Refusal(Reason.NO_SUCH_NICK, "nobody")),
    )
    (only,) = scene("alice", ChangeAccepted(add=("x", "y")))
    assert isinstance(only, PartlyRefused)


def test_room_is_made_before_it_is_taken(scene: Scene) -> None:
    scene.connect("dave")
    accepted(scene, "alice", "bob", "carol")
    scene("alice", ChangeAccepted(add=("dave",), remove=("bob",)))
    assert reaches(scene, "dave", "alice")


def test_nothing_asked_is_nothing_done(scene: Scene) -> None:
    assert scene("alice", ChangeAccepted()) == ()
    assert scene("alice", ChangeSilences()) == ()


def test_whom_one_writes_to_may_answer(scene: Scene) -> None:
    scene("alice", Post("bob", "", Kind.TAG))
    assert not reaches(scene, "bob", "alice")
    scene("alice", Post("bob", "hello?"))
    assert reaches(scene, "bob", "alice")
    scene("alice", Post("bob", "hello?"))
    scene.account("Carola")
    scene.log_in("carol", "Carola")
    scene("alice", Post("carol", "hello?"))
    assert reaches(scene, "carol", "alice")
    # The list is full: she writes, and may get no answer.
    scene.connect("dave")
    assert reaches(scene, "alice", "dave")
    assert not reaches(scene, "dave", "alice")


def test_without_the_mode_nobody_is_accepted_by_being_written_to(scene: Scene) -> None:
    scene("bob", Post("carol", "hello?"))
    assert scene.people["bob"].accepted is None


# No CTCP.


@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.NOTICE])
def test_who_takes_no_ctcp_takes_actions(scene: Scene, kind: Kind) -> None:
    scene.user_mode("bob", UserMode.NO_CTCP)
    assert scene.refused("carol", Post("bob", VERSION, kind)) == Refusal(Reason.NO_CTCP_TO_USER, "bob")
    assert reaches(scene, "carol", "bob", kind, ACTION)
    assert reaches(scene, "carol", "bob", kind)
    assert reaches(scene, "bob", "bob", kind, VERSION)
    scene.oper("carol")
    assert reaches(scene, "carol", "bob", kind, VERSION)


# Silences.


def silence(scene: Scene, nick: str, *masks: str) -> None:
    assert scene(nick, ChangeSilences(add=masks))


@pytest.mark.parametrize("kind", list(Kind))
def test_who_is_silenced_is_not_heard_and_does_not_learn_of_it(scene: Scene, kind: Kind) -> None:
    silence(scene, "carol", "bob")
    text = "" if kind is Kind.TAG else "hi"
    (event,) = scene("bob", Post("carol", text, kind))
    assert isinstance(event, Posted)
    assert (scene.audience(event), event.target) == (["bob"], "carol")
    assert reaches(scene, "alice", "carol")
    (event,) = scene("carol", ChangeSilences(remove=("BOB!*@*",)))
    assert event == SilencesChanged((scene.id("carol"),), scene.people["carol"].who, (), ("bob!*@*",))
    assert reaches(scene, "bob", "carol", kind, text)


def test_silence_comes_before_what_else_would_be_said(scene: Scene) -> None:
    silence(scene, "alice", "bob")
    scene.user_mode("alice", UserMode.NO_CTCP, UserMode.LOGGED_IN_ONLY)
    (event,) = scene("bob", Post("alice", VERSION))
    assert scene.audience(event) == ["bob"]


def test_nobody_silences_themselves(scene: Scene) -> None:
    silence(scene, "bob", "*!*@*")
    assert reaches(scene, "bob", "bob")
    assert not reaches(scene, "carol", "bob")


def test_operators_are_silenced_like_others(scene: Scene) -> None:
    scene.oper("carol")
    silence(scene, "bob", "carol")
    assert not reaches(scene, "carol", "bob")


def test_accounts_and_realnames_can_be_silenced(scene: Scene) -> None:
    scene.account("Robert")
    silence(scene, "carol", "~a:robert", "~r:spam*")
    assert reaches(scene, "bob", "carol")
    scene.log_in("bob", "Robert")
    assert not reaches(scene, "bob", "carol")
    scene.connect("spammer", realname="ham")
    assert reaches(scene, "spammer", "carol")
    scene.connect("spammer2", realname="spam and eggs")
    assert not reaches(scene, "spammer2", "carol")


def test_a_silence_does_not_find_out_an_address_that_is_not_shown(scene: Scene) -> None:
    scene.connect("dave", host="cloak", real_host="192.0.2.7")
    silence(scene, "carol", "*!*@192.0.2.7")
    assert reaches(scene, "dave", "carol")
    silence(scene, "carol", "*!*@cloak")
    assert not reaches(scene, "dave", "carol")


@pytest.mark.parametrize("mask", ["~c:#x", "~!c:#x", "~m:bob", "~t:5:bob"])
def test_no_silence_tells_where_somebody_is_or_is_for_channels(scene: Scene, mask: str) -> None:
    refusal = scene.refused("carol", ChangeSilences(add=(mask,)))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_SILENCE, mask)


def test_what_is_no_mask_is_no_silence(scene: Scene) -> None:
    refusal = scene.refused("carol", ChangeSilences(add=("~z:x",)))
    assert refusal == Refusal(Reason.BAD_SILENCE, "~z:x", "There is no such extended ban")


def test_there_is_room_for_so_many_silences(scene: Scene) -> None:
    added, refused = scene("carol", ChangeSilences(add=("a", "A", "b", "c"), remove=("d",)))
    assert isinstance(added, SilencesChanged)
    assert added.added == ("a!*@*", "b!*@*")
    assert refused == PartlyRefused(
        (scene.id("carol"),),
        (Refusal(Reason.NOT_SILENCED, "d!*@*"), Refusal(Reason.SILENCE_FULL, "c!*@*")),
    )


def test_who_is_silenced_invites_in_vain_and_is_not_told(scene: Scene) -> None:
    scene.join("#x", "bob")
    scene.mode("bob", "#x", on(ChannelFlag.INVITE_ONLY))
    silence(scene, "carol", "bob")
    (event,) = scene("bob", Invite("carol", "#x"))
    assert isinstance(event, Invited)
    assert scene.audience(event) == ["bob"]
    assert event.target == scene.people["carol"].who
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.INVITE_ONLY, "#x")


def test_a_silence_is_no_matter_in_channels(scene: Scene) -> None:
    scene.join("#x", "bob", "carol")
    silence(scene, "carol", "bob")
    event: Event
    (event,) = scene("bob", Post("#x", "hi"))
    assert scene.audience(event) == scene.channel("#x").id


def test_a_list_from_elsewhere_does_not_find_out_where_somebody_is(scene: Scene) -> None:
    scene.join("#x", "bob")
    # No request puts it there; a snapshot could.
    mask = compile_mask("~c:#x")
    carol = scene.people["carol"]
    carol.silences = {mask.key: mask}
    carol.refresh(scene.realm.fold)
    assert reaches(scene, "bob", "carol")
