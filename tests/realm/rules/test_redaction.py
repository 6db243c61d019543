from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.history.projection import identity_of_who, place_of_message
from chatdaemon.realm.events import Posted, Redacted
from chatdaemon.realm.modes import ChannelFlag, Privilege, Rank, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeAccepted,
    ChangeSilences,
    Configure,
    Disconnect,
    Join,
    Kind,
    Part,
    Post,
    Redact,
    RegisterChannel,
    SetAccess,
)
from chatdaemon.realm.settings import UNLIMITED, Cutoff, Redaction
from chatdaemon.realm.written import Written
from tests.realm.scene import PLAIN, START, Scene, on

ID = "00ab"


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob and carol are members; dave is outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob", "carol")
    scene.connect("dave")
    return scene


def said(scene: Scene, actor: str, post: Post) -> Written:
    """Say something, and return what is known of it then."""
    (event,) = scene(actor, post)
    assert isinstance(event, Posted)
    place = place_of_message(scene.realm, event)
    assert place is not None
    return Written(place[0], identity_of_who(scene.realm, event.who), place[1], scene.at, event.who.id)


def taken_back(scene: Scene, actor: str, request: Redact) -> Redacted:
    (event,) = scene(actor, request)
    assert isinstance(event, Redacted)
    return event


def configure(scene: Scene, redaction: Redaction, window: int = UNLIMITED) -> None:
    scene(None, Configure(replace(PLAIN, redaction=redaction, redaction_window=window)))


def test_who_said_something_in_a_channel_takes_it_back(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "oops"))
    event = taken_back(scene, "bob", Redact("#X", ID, "a slip", written))
    who = scene.people["bob"].who
    assert event == Redacted(scene.channel("#x").id, who, "#x", ID, "a slip")


def test_the_reason_is_cut_like_that_of_a_kick(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "oops"))
    event = taken_back(scene, "bob", Redact("#x", ID, "x" * 999, written))
    assert len(event.reason) == PLAIN.kick_length


@pytest.mark.parametrize("rank", [Rank.HALFOP, Rank.OP])
def test_who_looks_after_a_channel_takes_back_what_others_said(scene: Scene, rank: Rank) -> None:
    scene.rank("#x", "alice", rank)
    written = said(scene, "bob", Post("#x", "spam"))
    assert taken_back(scene, "alice", Redact("#x", ID, "", written)).who.nick == "alice"


@pytest.mark.parametrize("rank", [Rank.NONE, Rank.VOICE])
def test_others_do_not(scene: Scene, rank: Rank) -> None:
    scene.rank("#x", "carol", rank)
    written = said(scene, "bob", Post("#x", "hi"))
    assert scene.refused("carol", Redact("#x", ID, "", written)) == Refusal(Reason.CANNOT_REDACT, "#x", ID)


def test_nobody_takes_back_what_somebody_of_a_higher_rank_said(scene: Scene) -> None:
    scene.rank("#x", "bob", Rank.FOUNDER)
    written = said(scene, "bob", Post("#x", "hi"))
    assert scene.refused("alice", Redact("#x", ID, "", written)).reason is Reason.CANNOT_REDACT
    scene("bob", Part("#x"))
    assert taken_back(scene, "alice", Redact("#x", ID, "", written))


def test_what_was_said_by_somebody_who_is_gone_can_be_taken_back(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "spam"))
    scene("bob", Disconnect("bye"))
    assert taken_back(scene, "alice", Redact("#x", ID, "", written))


def test_an_author_is_known_by_the_account_too(scene: Scene) -> None:
    scene.log_in("bob", "bob")
    written = said(scene, "bob", Post("#x", "oops"))
    scene("bob", Disconnect("bye"))
    scene.account("bob", "robert")
    scene.connect("robert", account="Bob")
    scene("robert", Join("#x"))
    assert taken_back(scene, "robert", Redact("#x", ID, "", written))
    assert scene.refused("carol", Redact("#x", ID, "", written)).reason is Reason.CANNOT_REDACT


def test_an_author_is_who_has_logged_in_since(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "oops"))
    private = said(scene, "bob", Post("carol", "oops"))
    for nick in ("bob", "carol"):
        scene.log_in(nick, nick)
    assert taken_back(scene, "bob", Redact("#x", ID, "", written))
    assert scene.refused("carol", Redact("bob", ID, "", private)).reason is Reason.CANNOT_REDACT
    assert scene.audience(taken_back(scene, "bob", Redact("carol", ID, "", private))) == ["carol", "bob"]


def test_nobody_is_the_author_for_having_no_account_either(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "hi"))
    assert scene.people["carol"].account is None
    assert scene.refused("carol", Redact("#x", ID, "", written)).reason is Reason.CANNOT_REDACT


@pytest.mark.parametrize("target", ["#x", "#none", "nobody", ""])
def test_where_one_is_not_there_is_nothing_to_take_back(scene: Scene, target: str) -> None:
    written = said(scene, "bob", Post("#x", "hi"))
    refusal = scene.refused("dave", Redact(target, ID, "", written))
    assert refusal == Refusal(Reason.NOTHING_TO_REDACT, target)


def test_a_message_that_is_not_known_cannot_be_taken_back(scene: Scene) -> None:
    for target in ("#x", "carol"):
        refusal = scene.refused("bob", Redact(target, ID))
        assert refusal == Refusal(Reason.UNKNOWN_MESSAGE, target, ID)


def test_a_message_of_somewhere_else_is_not_known_here(scene: Scene) -> None:
    scene.join("#y", "bob", "carol")
    elsewhere = said(scene, "bob", Post("#y", "hi"))
    private = said(scene, "bob", Post("carol", "hi"))
    for target, written in (("#x", elsewhere), ("#x", private), ("carol", elsewhere), ("alice", private)):
        refusal = scene.refused("bob", Redact(target, ID, "", written))
        assert refusal == Refusal(Reason.UNKNOWN_MESSAGE, target, ID)


def test_what_was_for_a_rank_only_is_taken_back_from_those_who_got_it(scene: Scene) -> None:
    scene.join("#x", "erin")
    scene.rank("#x", "carol", Rank.OP)
    written = said(scene, "bob", Post("#x", "ops!", rank=Rank.OP))
    # Who did not get it is not told that there is such a message.
    assert scene.refused("erin", Redact("#x", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE
    # It is no private message of somebody who did.
    assert scene.refused("bob", Redact("carol", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE
    scene("carol", Disconnect("bye"))
    event = taken_back(scene, "bob", Redact("#x", ID, "", written))
    assert sorted(scene.audience(event)) == ["alice", "bob"]


def test_a_private_message_is_taken_back_by_its_author(scene: Scene) -> None:
    written = said(scene, "bob", Post("dave", "oops"))
    event = taken_back(scene, "bob", Redact("DAVE", ID, "a slip", written))
    assert (event.target, scene.audience(event)) == ("dave", ["dave", "bob"])
    assert scene.refused("dave", Redact("bob", ID, "", written)) == Refusal(Reason.CANNOT_REDACT, "bob", ID)


def test_a_private_message_of_others_is_not_known(scene: Scene) -> None:
    written = said(scene, "bob", Post("dave", "hi"))
    for actor, target in (("carol", "dave"), ("carol", "bob")):
        assert scene.refused(actor, Redact(target, ID, "", written)).reason is Reason.UNKNOWN_MESSAGE


def test_a_note_to_oneself_can_be_taken_back(scene: Scene) -> None:
    written = said(scene, "bob", Post("bob", "note"))
    assert scene.audience(taken_back(scene, "bob", Redact("bob", ID, "", written))) == ["bob"]


def test_only_authors_take_back_where_that_is_configured(scene: Scene) -> None:
    configure(scene, Redaction.AUTHORS)
    written = said(scene, "bob", Post("#x", "hi"))
    assert scene.refused("alice", Redact("#x", ID, "", written)).reason is Reason.CANNOT_REDACT
    assert taken_back(scene, "bob", Redact("#x", ID, "", written))


def test_nobody_takes_back_anything_where_that_is_configured(scene: Scene) -> None:
    configure(scene, Redaction.OFF)
    written = said(scene, "bob", Post("#x", "hi"))
    private = said(scene, "bob", Post("dave", "hi"))
    for actor, request in (
        ("bob", Redact("#x", ID, "", written)),
        ("alice", Redact("#x", ID, "", written)),
        ("bob", Redact("dave", ID, "", private)),
    ):
        assert scene.refused(actor, request).reason is Reason.CANNOT_REDACT


def test_authors_have_only_so_much_time(scene: Scene) -> None:
    configure(scene, Redaction.OPERATORS, window=60_000)
    written = said(scene, "bob", Post("#x", "hi"))
    private = said(scene, "bob", Post("dave", "hi"))
    scene.at = START + 60_000
    assert taken_back(scene, "bob", Redact("#x", ID, "", written))
    scene.at += 1
    late = Refusal(Reason.REDACTION_TOO_LATE, "#x", ID)
    assert scene.refused("bob", Redact("#x", ID, "", written)) == late
    assert scene.refused("bob", Redact("dave", ID, "", private)).reason is Reason.REDACTION_TOO_LATE
    assert taken_back(scene, "alice", Redact("#x", ID, "", written))


def test_an_operator_who_overrides_takes_back_everything_said_in_channels(scene: Scene) -> None:
    configure(scene, Redaction.OFF)
    scene.rank("#x", "bob", Rank.FOUNDER)
    written = said(scene, "bob", Post("#x", "hi"))
    scene.oper("dave", Privilege.OVERRIDE)
    assert taken_back(scene, "dave", Redact("#x", ID, "", written)).audience == scene.channel("#x").id
    refusal = scene.refused("dave", Redact("bob", ID, "", said(scene, "bob", Post("carol", "hi"))))
    assert refusal.reason is Reason.UNKNOWN_MESSAGE


def test_who_may_not_speak_gives_no_reason_but_may_take_back(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "oops"))
    scene.mode("alice", "#x", on(ChannelFlag.MODERATED))
    assert scene.refused("bob", Redact("#x", ID, "and so on", written)).reason is Reason.CANNOT_SPEAK
    assert taken_back(scene, "bob", Redact("#x", ID, "", written))


def test_who_takes_no_messages_from_somebody_gets_no_reasons_either(scene: Scene) -> None:
    written = said(scene, "bob", Post("dave", "oops"))
    scene.user_mode("dave", UserMode.LOGGED_IN_ONLY)
    assert scene.refused("bob", Redact("dave", ID, "and so on", written)).reason is Reason.LOGIN_TO_MESSAGE
    assert taken_back(scene, "bob", Redact("dave", ID, "", written))


def test_who_was_silenced_does_not_find_it_out_so(scene: Scene) -> None:
    scene("dave", ChangeSilences(add=("bob",)))
    written = said(scene, "bob", Post("dave", "oops"))
    assert written.rank
    event = taken_back(scene, "bob", Redact("dave", ID, "", written))
    assert scene.audience(event) == ["bob"]
    assert scene.refused("bob", Redact("carol", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE
    assert scene.refused("carol", Redact("dave", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE


def test_who_was_silenced_since_takes_back_and_says_nothing_by_it(scene: Scene) -> None:
    written = said(scene, "bob", Post("dave", "oops"))
    scene("dave", ChangeSilences(add=("bob",)))
    assert scene.audience(taken_back(scene, "bob", Redact("dave", ID, "and so on", written))) == ["bob"]
    assert scene.audience(taken_back(scene, "bob", Redact("dave", ID, "", written))) == ["dave", "bob"]


def test_who_was_not_accepted_says_nothing_by_it_either(scene: Scene) -> None:
    written = said(scene, "bob", Post("dave", "oops"))
    scene.user_mode("dave", UserMode.CALLER_ID)
    refusal = scene.refused("bob", Redact("dave", ID, "and so on", written))
    assert refusal == Refusal(Reason.NOT_ACCEPTED, "dave")
    scene("dave", ChangeAccepted(add=("bob",)))
    heard = taken_back(scene, "bob", Redact("dave", ID, "and so on", written))
    assert scene.audience(heard) == ["dave", "bob"]
    scene("dave", ChangeAccepted(remove=("bob",)))
    assert scene.audience(taken_back(scene, "bob", Redact("dave", ID, "", written))) == ["dave", "bob"]


def test_one_s_own_reasons_are_heard_by_oneself(scene: Scene) -> None:
    scene.user_mode("dave", UserMode.CALLER_ID)
    written = said(scene, "dave", Post("dave", "note"))
    assert scene.audience(taken_back(scene, "dave", Redact("dave", ID, "done", written))) == ["dave"]


def test_tags_can_be_taken_back_too(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "", Kind.TAG, {"+draft/react": "x"}))
    assert taken_back(scene, "bob", Redact("#x", ID, "", written))


def test_what_one_could_not_read_in_the_history_is_not_known(scene: Scene) -> None:
    scene(None, Configure(replace(PLAIN, cutoff=Cutoff.JOIN)))
    written = said(scene, "bob", Post("#x", "hi"))
    scene.at += 1
    scene("dave", Join("#x"))
    scene.rank("#x", "dave", Rank.FOUNDER)
    assert scene.refused("dave", Redact("#x", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE
    later = said(scene, "bob", Post("#x", "hi"))
    assert taken_back(scene, "dave", Redact("#x", ID, "", later))


def test_the_rank_of_an_author_who_is_gone_is_that_of_the_account(scene: Scene) -> None:
    for nick in ("alice", "bob", "carol"):
        scene.log_in(nick, nick)
    scene("alice", RegisterChannel("#x"))
    scene("alice", SetAccess("#x", "bob", Rank.ADMIN))
    scene.rank("#x", "carol", Rank.OP)
    written = said(scene, "bob", Post("#x", "hi"))
    scene("bob", Disconnect("bye"))
    assert scene.refused("carol", Redact("#x", ID, "", written)).reason is Reason.CANNOT_REDACT
    assert taken_back(scene, "alice", Redact("#x", ID, "", written))


def test_what_was_written_to_somebody_who_is_away_now_is_taken_back(scene: Scene) -> None:
    scene.log_in("bob", "bob")
    scene.log_in("dave", "dave")
    written = said(scene, "bob", Post("dave", "oops"))
    scene("dave", Disconnect("bye"))
    event = taken_back(scene, "bob", Redact("Dave", ID, "", written))
    assert (event.target, scene.audience(event)) == ("Dave", ["bob"])
    assert scene.refused("carol", Redact("dave", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE


def test_a_channel_that_was_made_again_knows_nothing_of_the_other(scene: Scene) -> None:
    written = said(scene, "bob", Post("#x", "hi"))
    for nick in ("alice", "bob", "carol"):
        scene(nick, Part("#x"))
    scene.join("#x", "bob", "alice")
    for nick in ("alice", "bob"):
        assert scene.refused(nick, Redact("#x", ID, "", written)).reason is Reason.UNKNOWN_MESSAGE
