from dataclasses import replace

import pytest

from chatdaemon.realm.events import (
    BecameOperator,
    Configured,
    HostChanged,
    Killed,
    NickChanged,
    Quit,
    ServerNoticed,
    UserModesChanged,
    WallopsSent,
)
from chatdaemon.realm.modes import Privilege, UserMode, UserModeChange
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeUserModes,
    Configure,
    Disconnect,
    ForceNick,
    Kill,
    SendWallops,
)
from tests.realm.scene import PLAIN, START, Scene


@pytest.fixture
def scene() -> Scene:
    """olga is an operator who may do everything; alice and bob are in #x."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.oper("olga", *Privilege)
    return scene


def test_who_becomes_an_operator_is_told_and_so_are_the_operators(scene: Scene) -> None:
    bob = scene.people["bob"]
    became, modes, notice = scene("bob", BecomeOperator("root", (Privilege.KILL,)))
    assert became == BecameOperator((bob.id,), bob.who, "root")
    assert isinstance(modes, UserModesChanged)
    assert modes.changes == (
        UserModeChange(UserMode.OPERATOR, True),
        UserModeChange(UserMode.SERVER_NOTICES, True),
    )
    assert scene.audience(notice) == ["olga", "bob"]
    assert notice == ServerNoticed(notice.audience, "bob is now operator root")
    assert (bob.operator, bob.privileges) == ("root", (Privilege.KILL,))
    assert bob.may(Privilege.KILL)
    assert not bob.may(Privilege.DIE)


def test_an_operator_can_become_another(scene: Scene) -> None:
    became, notice = scene("olga", BecomeOperator("other", ()))
    assert isinstance(became, BecameOperator)
    assert isinstance(notice, ServerNoticed)
    assert scene.people["olga"].privileges == ()
    assert list(scene.realm.operators) == [scene.id("olga")]


def test_an_operator_can_be_given_a_host(scene: Scene) -> None:
    bob = scene.people["bob"]
    before = bob.who
    _, _, host, _ = scene("bob", BecomeOperator("root", (), "staff/bob"))
    assert host == HostChanged(scene.channel("#x").id, before, "u", "staff/bob")
    assert bob.who.source == "bob!u@staff/bob"
    assert bob.real_host == "10.0.0.1"
    assert len(scene("bob", BecomeOperator("root", (), "staff/bob"))) == 2


def test_nobody_becomes_an_operator_who_is_gone(scene: Scene) -> None:
    assert scene.refused("gone", BecomeOperator("root", ())) == Refusal(Reason.NOT_CONNECTED)


def test_an_operator_removes_a_user(scene: Scene) -> None:
    alice, bob, olga = (scene.people[nick].who for nick in ("alice", "bob", "olga"))
    channel = scene.channel("#x").id
    killed, quit_, notice = scene("olga", Kill("BOB", "spam"))
    assert killed == Killed((bob.id,), olga, bob, "spam")
    assert isinstance(killed, Killed)
    assert killed.subject == bob.id
    assert quit_ == Quit(channel, bob, "Killed (olga (spam))", (channel,))
    assert notice == ServerNoticed((olga.id,), "bob was killed by olga: spam")
    assert list(scene.realm.users) == [alice.id, olga.id]
    assert "bob" not in scene.realm.sessions


def test_a_removed_operator_hears_no_more(scene: Scene) -> None:
    killed, quit_, notice = scene("olga", Kill("olga", "x" * 400))
    assert isinstance(killed, Killed)
    assert killed.reason == "x" * 300
    assert isinstance(quit_, Quit)
    assert len(quit_.reason) == 300
    assert notice.audience == ()
    assert not scene.realm.operators


def test_the_server_removes_a_user_too(scene: Scene) -> None:
    killed, quit_, _ = scene(None, Kill("bob", "spam"))
    assert isinstance(killed, Killed)
    assert killed.who is None
    assert isinstance(quit_, Quit)
    assert quit_.reason == "Killed (server (spam))"


def test_removing_can_be_refused(scene: Scene) -> None:
    assert scene.refused("bob", Kill("alice", "x")) == Refusal(Reason.NOT_AN_OPERATOR)
    scene.oper("bob", Privilege.REHASH)
    assert scene.refused("bob", Kill("alice", "x")) == Refusal(Reason.NEEDS_PRIVILEGE, "kill")
    assert scene.refused("olga", Kill("nobody", "x")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("gone", Kill("alice", "x")) == Refusal(Reason.NOT_CONNECTED)


def test_server_notices_go_to_those_operators_who_want_them(scene: Scene) -> None:
    scene.oper("bob")
    scene("olga", ChangeUserModes((UserModeChange(UserMode.SERVER_NOTICES, False),)))
    *_, notice = scene("olga", Kill("alice", "x"))
    assert scene.audience(notice) == ["bob"]


def test_wallops_go_to_all_who_want_them(scene: Scene) -> None:
    scene.user_mode("alice", UserMode.WALLOPS)
    (event,) = scene("olga", SendWallops("hello"))
    assert event == WallopsSent((scene.id("alice"),), scene.people["olga"].who, "hello")


def test_wallops_are_sent_by_operators(scene: Scene) -> None:
    assert scene.refused("bob", SendWallops("x")) == Refusal(Reason.NOT_AN_OPERATOR)
    assert scene.refused("gone", SendWallops("x")) == Refusal(Reason.NOT_CONNECTED)
    scene.oper("bob")
    assert scene.refused("bob", SendWallops("x")) == Refusal(Reason.NEEDS_PRIVILEGE, "wallops")


def test_the_server_changes_its_settings(scene: Scene) -> None:
    settings = replace(PLAIN, nick_length=3, user_modes=(UserMode.BOT,))
    assert scene(None, Configure(settings)) == (Configured((), settings),)
    scene.connect("dan")
    assert scene.people["dan"].modes == (UserMode.BOT,)
    assert scene.realm.user("alice") is not None


def test_a_smaller_ring_keeps_those_who_went_last(scene: Scene) -> None:
    scene.connect("carol")
    for nick in ("alice", "bob", "carol"):
        scene(nick, Disconnect("bye"))
        scene.at += 1
    scene(None, Configure(replace(PLAIN, whowas_entries=2)))
    departed = scene.realm.departed
    assert [(each.who.nick, each.at) for each in departed] == [("carol", START + 2), ("bob", START + 1)]
    scene("olga", Disconnect("bye"))
    assert [each.who.nick for each in scene.realm.departed] == ["olga", "carol"]


def test_nobody_but_the_server_changes_settings(scene: Scene) -> None:
    assert scene.refused("olga", Configure(PLAIN)) == Refusal(Reason.NOT_AN_OPERATOR)


def test_the_casemapping_of_a_running_realm_stays(scene: Scene) -> None:
    before = scene.snapshot()
    with pytest.raises(ValueError, match="casemapping"):
        scene(None, Configure(replace(PLAIN, casemapping="rfc1459")))
    assert scene.snapshot() == before


def test_an_operator_has_somebody_be_called_otherwise(scene: Scene) -> None:
    scene.account("Carla")
    bob = scene.people["bob"]
    before = bob.who
    # Past whom the nick belongs to.
    changed, told = scene("olga", ForceNick("BOB", "Carla"))
    assert changed == NickChanged(scene.channel("#x").id, before, "Carla")
    assert isinstance(told, ServerNoticed)
    assert told.text == "olga had bob be called Carla"
    assert bob.nick == "Carla"
    assert scene("olga", ForceNick("carla", "Carla")) == ()
    assert scene("olga", ForceNick("carla", "CARLA"))


def test_a_nick_is_forced_only_on_somebody_and_only_a_free_one(scene: Scene) -> None:
    scene.connect("dave")
    assert scene.refused("dave", ForceNick("bob", "x")) == Refusal(Reason.NOT_AN_OPERATOR)
    scene.oper("dave", Privilege.KILL)
    assert scene.refused("dave", ForceNick("bob", "x")) == Refusal(Reason.NEEDS_PRIVILEGE, "override")
    scene.oper("dave", Privilege.OVERRIDE)
    assert scene.refused("dave", ForceNick("nobody", "x")) == Refusal(Reason.NO_SUCH_NICK, "nobody")
    assert scene.refused("dave", ForceNick("bob", "dave")) == Refusal(Reason.NICK_IN_USE, "dave")
    assert scene.refused("dave", ForceNick("bob", "1st")).reason is Reason.BAD_NICK
