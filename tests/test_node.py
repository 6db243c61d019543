from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from chatdaemon.log import LocalLog
from chatdaemon.node import Happening, Node
from chatdaemon.outbox import Outbox, Outlet, Renderer
from chatdaemon.realm.accounts import Credentials
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, Joined, Kicked, Killed, Parted, Posted, Quit, Stamp
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeNick,
    Configure,
    Connect,
    Disconnect,
    ForceJoin,
    ForceNick,
    ForcePart,
    Join,
    Kick,
    Kill,
    Kind,
    Part,
    Post,
    RegisterAccount,
    Request,
    SetAway,
)
from chatdaemon.realm.settings import Custom, Settings


class Words:
    """Renders an event as its name, and messages as their text."""

    def __init__(self, prefix: str = "", blind: bool = False) -> None:
        self.prefix = prefix
        self.blind = blind

    def render(self, stamp: Stamp, event: Event) -> bytes:
        if self.blind:
            return b""
        text = event.text if isinstance(event, Posted) else type(event).__name__
        return f"{self.prefix}{text} ".encode()


class Pipe:
    def __init__(self) -> None:
        self.backlog = 0
        self.data = b""

    def send(self, data: bytes) -> int:
        self.write(data)
        return len(data)

    def write(self, data: bytes, /) -> None:
        self.data += data


class Client:
    """A session that remembers everything."""

    def __init__(self, scene: Scene, echoes: bool = False) -> None:
        self.scene = scene
        self.pipe = Pipe()
        self.outbox = Outbox(self.pipe, scene.outlet, 1 << 20, lambda: None)
        self.delivered_as: Renderer = scene.plain
        self.echoes = echoes
        self.mirrors = False
        self.durable = False
        self.answers: list[list[str]] = []
        self.refusals: list[Reason] = []
        self.failures = 0
        self.heard: list[str] = []
        self.breaks_on: type | None = None
        self.id = scene.node.attach(self)

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.answers.append([type(event).__name__ for _, event in happenings])
        for _, event in happenings:
            self._break_on(event)

    def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal.reason)

    def failed(self) -> None:
        self.failures += 1

    def told(self, stamp: Stamp, event: Event) -> None:
        self.heard.append(type(event).__name__)
        self._break_on(event)

    def _break_on(self, event: Event) -> None:
        if self.breaks_on is type(event):
            raise RuntimeError("a bug")

    @property
    def read(self) -> str:
        """What has come on the wire since the last time."""
        self.scene.clock.advance(0)
        data, self.pipe.data = self.pipe.data, b""
        return data.decode().strip()


class Scene:
    def __init__(self) -> None:
        self.clock = Clock()
        self.outlet = Outlet(self.clock.callLater)
        self.realm = Realm()
        self.node = Node(self.realm, LocalLog("node", 1, self.clock.seconds), self.outlet, "n")
        self.plain = Words()
        self.other = Words("other:")

    def client(self, nick: str, *channels: str, echoes: bool = False) -> Client:
        client = Client(self, echoes)
        self.node.submit(client, Connect(nick, nick, nick, "host", "host"))
        for channel in channels:
            self.node.submit(client, Join(channel))
        client.answers.clear()
        for session in self.node.sessions.values():
            assert isinstance(session, Client)
            assert session.read is not None
        return client

    def operator(self, client: Client) -> Client:
        self.node.submit(client, BecomeOperator("root", tuple(Privilege)))
        client.answers.clear()
        return client


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_sessions_are_named_and_forgotten(scene: Scene) -> None:
    one, two = Client(scene), Client(scene)
    assert (one.id, two.id) == ("n1", "n2")
    assert list(scene.node.sessions) == ["n1", "n2"]
    scene.node.detach(one)
    scene.node.detach(one)
    assert list(scene.node.sessions) == ["n2"]
    assert Client(scene).id == "n3"


def test_who_has_a_user_is_forgotten_when_that_has_left(scene: Scene) -> None:
    scene.node.submit(None, RegisterAccount("alice", Credentials("x"), granted=True))
    one, two = Client(scene), Client(scene)
    for client in (one, two):
        scene.node.submit(client, Connect("alice", "a", "A", "host", "host", account="alice"))
    bob = scene.client("bob", "#x")
    scene.node.submit(one, Join("#x"))
    # The last request of one was refused while it was on its way out.
    scene.node.detach(one)
    scene.node.submit(one, Disconnect("bye"))
    assert list(scene.node.sessions) == [two.id, bob.id]
    assert one.read is not None
    scene.node.submit(bob, Post("#x", "hello"))
    assert (one.read, two.read.split()[-1]) == ("", "hello")


def test_a_user_has_its_session_from_connecting_to_quitting(scene: Scene) -> None:
    alice = scene.client("alice")
    user = scene.realm.nicks["alice"].id
    assert scene.node.sessions_of(user) == (alice,)
    scene.node.submit(alice, Disconnect("bye"))
    assert scene.node.sessions_of(user) == ()
    assert not scene.node.sessions
    assert alice.answers == [["Quit"]]


def test_a_message_reaches_the_members_but_its_sender_and_is_the_answer(scene: Scene) -> None:
    alice, bob, carol = scene.client("alice", "#x"), scene.client("bob", "#x"), scene.client("carol")
    scene.node.submit(alice, Post("#x", "hi"))
    assert (alice.read, bob.read, carol.read) == ("", "hi", "")
    assert alice.answers == [["Posted"]]
    assert bob.answers == []
    assert scene.node.posts == 1


def test_a_sender_who_echoes_gets_its_message_in_order(scene: Scene) -> None:
    alice, bob = scene.client("alice", "#x", echoes=True), scene.client("bob", "#x")
    scene.node.submit(alice, Post("#x", "1"))
    scene.node.submit(bob, Post("#x", "2"))
    scene.node.submit(alice, Post("#x", "3"))
    assert (alice.read, bob.read) == ("1 2 3", "1 3")


@pytest.mark.parametrize("members", [True, False])
def test_a_sender_outside_the_channel_echoes_as_well(scene: Scene, members: bool) -> None:
    bob = scene.client("bob", "#x")
    channel = scene.realm.channels["#x"]
    channel.flags.clear()
    alice = scene.client("alice", echoes=True)
    if not members:
        # Its members are all on another node.
        del scene.node._audiences[channel.id]
    scene.node.submit(alice, Post("#x", "hi"))
    assert alice.read == "hi"
    assert bob.read == ("hi" if members else "")
    alice.delivered_as = Words(blind=True)
    scene.node.submit(alice, Post("#x", "unseen"))
    assert alice.read == ""
    assert not alice.outbox.lines


def test_a_channel_without_local_members_takes_messages_from_outside(scene: Scene) -> None:
    scene.client("bob", "#x")
    channel = scene.realm.channels["#x"]
    channel.flags.clear()
    del scene.node._audiences[channel.id]
    alice = scene.client("alice")
    scene.node.submit(alice, Post("#x", "hi"))
    assert alice.answers == [["Posted"]]


def test_a_message_to_a_user_reaches_it_and_echoes(scene: Scene) -> None:
    alice, bob, dumb = scene.client("alice", echoes=True), scene.client("bob"), scene.client("dumb")
    scene.node.submit(alice, Post("bob", "hi"))
    scene.node.submit(bob, Post("alice", "there"))
    assert (alice.read, bob.read) == ("hi there", "hi")
    dumb.delivered_as = Words(blind=True)
    scene.node.submit(alice, Post("dumb", "x", Kind.NOTICE))
    assert (dumb.read, alice.read) == ("", "x")


def test_the_server_itself_may_post_nothing_but_configure(scene: Scene) -> None:
    alice = scene.client("alice", "#x")
    scene.node.submit(None, Configure(Settings(nick_length=9)))
    assert scene.realm.settings.nick_length == 9
    # A refusal for nobody in particular is heard by nobody.
    scene.node.submit(None, Post("#x", "hi"))
    assert (alice.read, alice.answers, alice.refusals) == ("", [], [])


def test_a_refusal_is_for_the_one_who_asked(scene: Scene) -> None:
    alice, bob = scene.client("alice"), scene.client("bob")
    scene.node.submit(alice, ChangeNick("bob"))
    assert alice.refusals == [Reason.NICK_IN_USE]
    assert (bob.refusals, alice.answers) == ([], [])


def test_events_reach_witnesses_once_and_the_actor_as_an_answer(scene: Scene) -> None:
    alice, bob = scene.client("alice", "#x", "#y"), scene.client("bob", "#x", "#y")
    carol = scene.client("carol", "#z")
    scene.node.submit(alice, ChangeNick("alicia"))
    assert alice.answers == [["NickChanged"]]
    assert (alice.read, bob.read, carol.read) == ("", "NickChanged", "")


def test_one_form_is_rendered_once_for_all_who_want_it(scene: Scene) -> None:
    alice, *others = [scene.client(f"u{n}", "#x", "#y") for n in range(5)]
    calls: list[Event] = []

    class Counting(Words):
        def render(self, stamp: Stamp, event: Event) -> bytes:
            calls.append(event)
            return super().render(stamp, event)

    counting = Counting()
    for other in others:
        before, other.delivered_as = other.delivered_as, counting
        scene.node.renderer_changed(other, before)
    scene.node.submit(alice, SetAway("lunch"))
    assert len(calls) == 1
    assert [other.read for other in others] == ["AwayChanged"] * 4


def test_the_subject_of_what_another_did_is_told_by_its_own_session(scene: Scene) -> None:
    alice, bob, carol = (scene.client(nick, "#x") for nick in ("alice", "bob", "carol"))
    scene.node.submit(alice, Kick("#x", "bob"))
    assert bob.heard == ["Kicked"]
    assert (alice.answers, carol.read, bob.read) == ([["Kicked"]], "Kicked", "")
    scene.node.submit(alice, Post("#x", "gone?"))
    assert (carol.read, bob.read) == ("gone?", "")


def test_one_who_parts_hears_no_more_and_may_come_back(scene: Scene) -> None:
    alice, bob = scene.client("alice", "#x"), scene.client("bob", "#x")
    scene.node.submit(bob, Part("#x"))
    assert (alice.read, bob.answers) == ("Parted", [["Parted"]])
    scene.node.submit(alice, Post("#x", "1"))
    scene.node.submit(bob, Join("#x"))
    scene.node.submit(alice, Post("#x", "2"))
    assert bob.read == "2"
    assert alice.read == "Joined"


def test_audiences_go_with_their_last_member(scene: Scene) -> None:
    alice, bob = scene.client("alice", "#x", "#y"), scene.client("bob", "#x")
    assert len(scene.node._audiences) == 2
    scene.node.submit(alice, Disconnect("bye"))
    assert len(scene.node._audiences) == 1
    assert bob.read == "Quit"
    scene.node.submit(bob, Part("#x"))
    assert not scene.node._audiences


def test_a_quit_of_one_whose_channel_has_no_audience_here_is_no_matter(scene: Scene) -> None:
    alice = scene.client("alice", "#x")
    scene.node._audiences.clear()
    scene.node.submit(alice, Disconnect("bye"))
    assert not scene.node.sessions


def test_one_who_is_killed_is_told_and_gone(scene: Scene) -> None:
    boss, bob = scene.operator(scene.client("boss", "#x")), scene.client("bob", "#x")
    scene.node.submit(boss, Kill("bob", "spam"))
    assert bob.heard == ["Killed", "Quit"]
    assert bob.id not in scene.node.sessions
    assert boss.answers == [["Quit", "ServerNoticed"]]
    scene.node.submit(boss, Kill("boss", "me too"))
    assert boss.heard == []
    assert boss.answers[1][:2] == ["Killed", "Quit"]


def test_a_session_that_changes_its_form_gets_the_new_one_in_all_its_channels(scene: Scene) -> None:
    alice, bob = scene.client("alice", "#x", "#y"), scene.client("bob", "#x", "#y")
    scene.node.submit(alice, Post("#x", "1"))
    before, bob.delivered_as = bob.delivered_as, scene.other
    scene.node.renderer_changed(bob, before)
    scene.node.renderer_changed(bob, scene.other)
    scene.node.submit(alice, Post("#x", "2"))
    scene.node.submit(alice, Post("#y", "3"))
    scene.node.submit(alice, Post("bob", "4"))
    assert bob.read == "1 other:2 other:3 other:4"


def test_a_session_without_a_user_may_change_its_form(scene: Scene) -> None:
    stranger = Client(scene)
    stranger.delivered_as = scene.other
    scene.node.renderer_changed(stranger, scene.plain)
    assert stranger.read == ""


def test_observers_hear_of_everything_but_messages_after_it_was_delivered(scene: Scene) -> None:
    seen: list[str] = []
    scene.node.observers.append(
        lambda stamp, event: seen.append(f"{type(event).__name__} {stamp.msgid[-2:]}")
    )
    alice = scene.client("alice", "#x")
    assert [word.split()[0] for word in seen] == ["Connected", "UserModesChanged", "Joined"]
    # Each event of an entry has an id of its own.
    assert seen[1].endswith(".1")
    scene.node.submit(alice, Post("#x", "hi"))
    assert len(seen) == 3


def test_what_an_observer_asks_for_comes_behind_what_it_observed(scene: Scene) -> None:
    alice, bob = scene.client("alice", "#x"), scene.client("bob")

    def welcome(stamp: Stamp, event: Event) -> None:
        if isinstance(event, Joined):
            scene.node.submit(alice, Post("#x", f"welcome {event.who.nick}"))
            assert bob.answers == []

    scene.node.observers.append(welcome)
    scene.node.submit(bob, Join("#x"))
    assert bob.answers == [["Joined"]]
    assert (alice.read, bob.read) == ("Joined", "welcome bob")


# Bugs


def test_a_bug_in_the_realm_is_logged_once_and_drops_who_ran_into_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = scene.client("alice", "#x"), scene.client("bob", "#x")

    def broken(entry: Entry) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch, capturedLogs() as logged:
        patch.setattr(scene.realm, "apply", broken)
        scene.node.submit(alice, Post("#x", "hi"))
        scene.node.submit(None, Configure(Settings()))
    assert (alice.failures, bob.failures) == (1, 0)
    assert [event["request"] for event in logged] == ["Post", "Configure"]
    assert "hi" not in repr([{k: v for k, v in event.items() if k != "log_failure"} for event in logged])
    scene.node.submit(bob, Post("#x", "on we go"))
    assert alice.read == "on we go"


@pytest.mark.parametrize("kind", [Posted, Parted])
def test_a_bug_in_an_answer_drops_the_one_that_asked(scene: Scene, kind: type) -> None:
    alice, bob = scene.client("alice", "#x"), scene.client("bob", "#x")
    alice.breaks_on = kind
    with capturedLogs() as logged:
        scene.node.submit(alice, Post("#x", "hi") if kind is Posted else Part("#x"))
    assert (alice.failures, bob.failures, len(logged)) == (1, 0, 1)
    assert bob.read == ("hi" if kind is Posted else "Parted")


def test_a_bug_in_saying_why_not_drops_the_one_that_asked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = scene.client("alice")

    def broken(refusal: Refusal) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(alice, "refused", broken)
    with capturedLogs() as logged:
        scene.node.submit(alice, Part("#x"))
    assert (alice.failures, len(logged)) == (1, 1)


@pytest.mark.parametrize("kind", [Kicked, Killed, Quit])
def test_a_bug_in_telling_somebody_drops_that_one_and_not_the_one_that_asked(
    scene: Scene, kind: type
) -> None:
    boss, bob = scene.operator(scene.client("boss", "#x")), scene.client("bob", "#x")
    bob.breaks_on = kind
    with capturedLogs() as logged:
        scene.node.submit(boss, Kick("#x", "bob") if kind is Kicked else Kill("bob", "x"))
    assert (boss.failures, bob.failures, len(logged)) == (0, 1, 1)
    assert len(boss.answers) == 1


def test_a_bug_in_an_observer_of_what_the_server_does_is_logged(scene: Scene) -> None:
    alice = scene.client("alice")

    def broken(stamp: Stamp, event: Event) -> None:
        raise RuntimeError("a bug")

    scene.node.observers.append(broken)
    with capturedLogs() as logged:
        scene.node.submit(None, Configure(Settings()))
        scene.node.submit(alice, SetAway("x"))
    assert (alice.failures, len(logged)) == (1, 2)


def test_users_of_another_node_come_and_go_and_are_seen_here(scene: Scene) -> None:
    alice = scene.client("alice", "#x")
    blind = scene.client("blind", "#x", "#y")
    blind.delivered_as = Words(blind=True)
    remote = Client(scene)
    scene.node.detach(remote)
    for request in (Connect("remote", "r", "r", "host", "host"), Join("#x"), Join("#z"), Post("#x", "hello")):
        scene.node.submit(remote, request)
    scene.node.submit(remote, Post("alice", "you"))
    scene.node.submit(remote, SetAway("away"))
    scene.node.submit(remote, Disconnect("bye"))
    assert alice.read == "Joined hello you AwayChanged Quit"
    assert remote.answers == []
    assert "#z" not in scene.realm.channels


# Several clients of one user, and none


def member(scene: Scene, always_on: Custom = Custom.ALWAYS) -> Client:
    """alice, who is logged in and in #x."""
    scene.realm.settings = replace(scene.realm.settings, always_on=always_on)
    scene.node.submit(None, RegisterAccount("alice", Credentials("x"), granted=True))
    return attached(scene, Join("#x"))


def attached(scene: Scene, *requests: Request) -> Client:
    """One more client of alice's."""
    client = Client(scene)
    scene.node.submit(client, Connect("alice", "u", "R", "host", "host", "alice"))
    for request in requests:
        scene.node.submit(client, request)
    client.answers.clear()
    assert client.read is not None
    return client


def test_a_client_that_attaches_hears_what_the_user_hears_until_it_leaves(scene: Scene) -> None:
    desk = member(scene)
    bob = scene.client("bob", "#x")
    phone = attached(scene)
    assert desk.read == ""
    scene.node.submit(bob, Post("#x", "one"))
    assert (desk.read, phone.read) == ("one", "one")
    scene.node.submit(phone, Disconnect("bye"))
    scene.node.submit(bob, Post("#x", "two"))
    assert (desk.read, phone.read) == ("two", "")
    assert list(scene.node.sessions) == [desk.id, bob.id]


def test_a_user_without_clients_does_all_that_can_happen_to_it(scene: Scene) -> None:
    desk = member(scene)
    bob = scene.operator(scene.client("bob", "#x"))
    assert desk.read is not None
    scene.node.submit(desk, Disconnect("bye"))
    assert bob.read.split() == ["AwayChanged"]
    alice = scene.realm.users[scene.realm.nicks["alice"].id]
    assert scene.node.sessions_of(alice.id) == ()
    requests: tuple[Request, ...] = (
        Post("#x", "hi"),
        Post("alice", "hi"),
        ForceJoin("alice", "#y"),
        ForcePart("alice", "#y"),
        ForceNick("alice", "alicia"),
        ForcePart("alicia", "#x"),
        ForceJoin("alicia", "#x"),
        Kill("alicia", "x"),
    )
    for request in requests:
        bob.answers.clear()
        scene.node.submit(bob, request)
        assert (len(bob.answers), bob.refusals, bob.failures) == (1, [], 0), request
    assert alice.id not in scene.realm.users
    assert desk.read == ""


def test_who_comes_back_to_a_user_without_clients_hears_its_channels(scene: Scene) -> None:
    desk = member(scene)
    bob = scene.client("bob", "#x")
    scene.node.submit(desk, Disconnect("bye"))
    phone = attached(scene)
    # That alice is back, told to others, is nothing that the new client would have to hear.
    assert bob.read.split() == ["AwayChanged", "AwayChanged"]
    scene.node.submit(bob, Post("#x", "hi"))
    assert phone.read == "hi"
    # All of them leave with the user.
    laptop = attached(scene)
    scene.node.submit(None, Kill("alice", "x"))
    for client in (phone, laptop):
        assert client.heard == ["Killed", "Quit"]
    assert list(scene.node.sessions) == [bob.id]
