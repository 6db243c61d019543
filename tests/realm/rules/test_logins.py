from dataclasses import replace
from typing import Any

import pytest

from chatdaemon.realm.accounts import AccountSetting, Standing
from chatdaemon.realm.events import (
    AccountChanged,
    AccountSeen,
    Connected,
    DeviceSeen,
    HostChanged,
    ModesChanged,
    NickChanged,
    Quit,
)
from chatdaemon.realm.modes import RANK_OF, ChannelFlag, ChannelList, ModeChange, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeNick,
    Configure,
    Connect,
    Disconnect,
    Join,
    Kill,
    Part,
    RegisterChannel,
    SetAccount,
)
from chatdaemon.realm.settings import Settings
from tests.realm.scene import PLAIN, Scene, on


@pytest.fixture
def scene() -> Scene:
    """bob and alice are in #x; there is an account Robin, to which the nick bob belongs."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.account("Robin", "bob")
    return scene


def connect(nick: str, **more: Any) -> Connect:
    return Connect(nick, "u", "R", "host", "10.0.0.1", **more)


# While connected


def test_a_login_names_the_device_of_the_client_that_logs_in(scene: Scene) -> None:
    scene("bob", SetAccount("Robin", "phone"))
    (client,) = scene.people["bob"].sessions.values()
    assert client.device == "phone"
    assert scene("bob", SetAccount("Robin", "tablet")) == ()
    scene("bob", SetAccount("Robin"))
    (client,) = scene.people["bob"].sessions.values()
    assert client.device == "tablet"


def test_logging_in_and_out_is_told(scene: Scene) -> None:
    channel, bob = scene.channel("#x").id, scene.people["bob"]
    before = bob.who
    assert scene("bob", SetAccount("rOBIN")) == (AccountChanged(channel, before, "Robin"),)
    assert (bob.account, bob.folded_account, bob.who.account) == ("Robin", "robin", "Robin")
    assert list(scene.realm.logged_in["robin"]) == [bob]
    assert scene("bob", SetAccount("Robin")) == ()
    before = bob.who
    scene.at += 5
    changed, seen = scene("bob", SetAccount(None))
    assert changed == AccountChanged(channel, before, None)
    assert seen == AccountSeen((), "Robin")
    assert scene.realm.accounts["robin"].last_seen_at == scene.at
    assert bob.folded_account is None
    assert not scene.realm.logged_in
    assert scene("bob", SetAccount(None)) == ()


def test_who_logs_in_is_called_as_the_account(scene: Scene) -> None:
    before = scene.people["alice"].who
    changed, renamed = scene("alice", SetAccount("robin"))
    assert isinstance(changed, AccountChanged)
    # Seen as what the user was in between: logged in, and not yet renamed.
    assert renamed == NickChanged(scene.channel("#x").id, before._replace(account="Robin"), "Robin")
    assert [each.who.nick for each in scene.realm.departed] == ["alice"]


@pytest.mark.parametrize("holder", ["guest", "same account"])
def test_who_logs_in_keeps_the_nick_while_somebody_else_has_the_accounts(scene: Scene, holder: str) -> None:
    scene.connect("dave")
    if holder == "guest":
        scene.account("Robin", settings={AccountSetting.ENFORCE: "off"})
        scene("dave", ChangeNick("robin"))
    else:
        scene("dave", SetAccount("Robin"))
    (changed,) = scene("alice", SetAccount("robin"))
    assert isinstance(changed, AccountChanged)
    assert scene.people["alice"].nick == "alice"


def test_no_channel_keeps_somebody_from_being_called_as_the_account(scene: Scene) -> None:
    scene.connect("dave")
    scene("dave", Join("#x"))
    scene.mode("alice", "#x", on(ChannelFlag.NO_NICK_CHANGE), on(ChannelList.BAN, "dave"))
    _, renamed = scene("dave", SetAccount("robin"))
    assert isinstance(renamed, NickChanged)


def test_who_changes_accounts_is_seen_leaving_the_one_before(scene: Scene) -> None:
    scene.account("wren", "alice")
    scene("bob", SetAccount("Robin"))
    changed, _, seen = scene("bob", SetAccount("wren"))
    assert isinstance(changed, AccountChanged)
    assert (changed.who.account, changed.account) == ("Robin", "wren")
    assert seen == AccountSeen((), "Robin")
    scene("alice", SetAccount("wren"))
    scene("alice", Disconnect("bye"))
    assert [user.nick for user in scene.realm.logged_in["wren"]] == ["wren"]


def test_a_login_brings_the_virtual_host_and_a_logout_takes_it_away(scene: Scene) -> None:
    scene.account("Robin", vhost="robin.example")
    channel, before = scene.channel("#x").id, scene.people["bob"].who
    changed, host = scene("bob", SetAccount("Robin"))
    assert isinstance(changed, AccountChanged)
    assert host == HostChanged(channel, before._replace(account="Robin"), "u", "robin.example")
    assert scene.people["bob"].who.source == "bob!u@robin.example"
    changed, host, _ = scene("bob", SetAccount(None))
    assert isinstance(changed, AccountChanged)
    assert isinstance(host, HostChanged)
    assert host.host == scene.people["bob"].host == "host"


def test_a_login_brings_the_ranks_of_the_account(scene: Scene) -> None:
    scene.account("alice")
    scene("alice", SetAccount("alice"))
    scene("alice", RegisterChannel("#x"))
    scene("alice", SetAccount(None))
    scene("alice", Part("#x"))
    scene("alice", Join("#x"))
    assert scene.membership_ranks("#x", "alice") is Rank.NONE
    *_, modes = scene("alice", SetAccount("alice"))
    assert isinstance(modes, ModesChanged)
    founder = next(mode for mode, rank in RANK_OF.items() if rank is Rank.FOUNDER)
    assert modes.changes == (ModeChange(founder, True, "alice"),)


@pytest.mark.parametrize(
    ("standing", "reason", "detail"),
    [
        (Standing.UNVERIFIED, Reason.NOT_VERIFIED, ""),
        (Standing.AWAITING, Reason.NOT_APPROVED, ""),
        (Standing.SUSPENDED, Reason.SUSPENDED, "spam"),
    ],
)
def test_an_account_that_cannot_be_used_lets_nobody_in(
    scene: Scene, standing: Standing, reason: Reason, detail: str
) -> None:
    scene.account("Robin", standing=standing, note="spam")
    assert scene.refused("bob", SetAccount("robin")) == Refusal(reason, "Robin", detail)
    assert scene.refused("s1", connect("dave", account="robin")) == Refusal(reason, "Robin", detail)


def test_nobody_logs_in_to_an_account_that_there_is_not(scene: Scene) -> None:
    assert scene.refused("bob", SetAccount("wren")) == Refusal(Reason.NO_SUCH_ACCOUNT, "wren")
    assert scene.refused("s1", connect("x", account="wren")) == Refusal(Reason.NO_SUCH_ACCOUNT, "wren")
    assert scene.refused("gone", SetAccount("Robin")) == Refusal(Reason.NOT_CONNECTED)


# On the way in


def test_who_comes_with_an_account_is_called_as_it_and_has_its_host(scene: Scene) -> None:
    scene.account("Robin", vhost="robin.example")
    (connected,) = scene("s1", connect("whatever", account="robin"))
    assert isinstance(connected, Connected)
    assert connected.who.source == "Robin!u@robin.example"
    assert connected.who.account == "Robin"
    user = scene.realm.sessions["s1"]
    assert list(scene.realm.logged_in["robin"]) == [user]
    assert user.plain_host == "host"
    quit_, seen, device = scene("s1", Disconnect("bye"))
    assert isinstance(quit_, Quit)
    assert seen == AccountSeen((), "Robin")
    assert isinstance(device, DeviceSeen)


def test_who_comes_as_another_nick_of_the_account_keeps_it(scene: Scene) -> None:
    scene.account("Robin", "hood")
    scene("s1", connect("Hood", account="robin"))
    assert scene.realm.sessions["s1"].nick == "Hood"


def test_who_comes_while_the_account_is_there_already_needs_a_nick_of_their_own(scene: Scene) -> None:
    scene.realm.settings = replace(PLAIN, several_clients=False)
    scene("s1", connect("Robin", account="robin"))
    refusal = Refusal(Reason.NICK_IN_USE, "Robin")
    assert scene.refused("s2", connect("Robin", account="robin")) == refusal
    scene("s2", connect("robin_", account="robin"))
    assert [user.nick for user in scene.realm.logged_in["robin"]] == ["Robin", "robin_"]


def test_a_nick_that_will_not_do_does_not_matter_to_who_is_called_as_the_account(scene: Scene) -> None:
    scene("s1", connect("alice", account="robin"))
    assert scene.realm.sessions["s1"].nick == "Robin"


def test_where_nicks_are_free_who_comes_with_an_account_has_the_nick_asked_for() -> None:
    scene = Scene(Settings(nick_is_account=False, several_clients=False))
    scene.account("Robin")
    scene("s1", connect("dave", account="robin"))
    assert scene.realm.sessions["s1"].nick == "dave"
    assert scene.refused("s2", connect("dave", account="robin")).reason is Reason.NICK_IN_USE


# Where everybody needs an account


@pytest.fixture
def closed() -> Scene:
    scene = Scene(Settings(channel_flags=(), user_modes=(), require_login=True))
    scene.account("Robin")
    return scene


def test_nobody_comes_in_without_an_account_but_the_exempt(closed: Scene) -> None:
    assert closed.refused("s1", connect("dave")) == Refusal(Reason.LOGIN_REQUIRED)
    assert closed("s1", connect("dave", exempt=True))
    assert closed("s2", connect("dave", account="Robin"))


def test_nobody_logs_out_but_the_exempt(closed: Scene) -> None:
    closed.connect("Robin", account="Robin")
    assert closed.refused("Robin", SetAccount(None)) == Refusal(Reason.LOGIN_REQUIRED)
    closed.connect("dave", exempt=True)
    closed("dave", SetAccount("Robin"))
    assert closed("dave", SetAccount(None))


def test_who_was_let_in_before_stays(closed: Scene) -> None:
    scene = Scene()
    scene.connect("dave")
    scene(None, Configure(closed.realm.settings))
    assert scene("dave", Join("#x"))


def test_who_is_killed_is_seen_leaving_the_account(scene: Scene) -> None:
    scene("bob", SetAccount("Robin"))
    _, quit_, seen, _ = scene(None, Kill("bob", "spam"))
    assert isinstance(quit_, Quit)
    assert seen == AccountSeen((), "Robin")
