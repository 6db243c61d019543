"""Whatever happens, what is stored is what the realm would have to know after a restart."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, get_args

import pytest

from chatdaemon.realm.accounts import ChannelRecord, Credentials
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import load
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeNick,
    Connect,
    Join,
    Part,
    RegisterAccount,
    Request,
    SetAway,
    SetTopic,
)
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.snapshot import take
from chatdaemon.storage import changes
from chatdaemon.storage.changes import Change
from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.projection import changes_of
from tests.realm.anything import SESSIONS, Anything
from tests.realm.keeping import kept_of


class Mirror:
    """What storage would hold, as dictionaries."""

    def __init__(self) -> None:
        self.accounts: dict[Any, Any] = {}
        self.channels: dict[Any, Any] = {}
        self.invitations: dict[Any, Any] = {}
        self.markers: dict[Any, Any] = {}
        self.subscriptions: dict[Any, Any] = {}
        self.tokens: dict[Any, Any] = {}
        self.users: dict[Any, Any] = {}
        self.memberships: dict[Any, Any] = {}
        self.devices: dict[Any, Any] = {}
        self.keys: dict[Any, Any] = {}
        self.seen: Counter[str] = Counter()

    def apply(self, change: Change) -> None:
        self.seen[type(change).__name__] += 1
        match change:
            case changes.PutAccount(account):
                self.accounts[account.id] = account
            case changes.DropAccount(id):
                del self.accounts[id]
                for owned in (self.markers, self.subscriptions, self.devices, self.keys):
                    for key in [key for key in owned if key[0] == id]:
                        del owned[key]
                for digest in [each.digest for each in self.tokens.values() if each.account_id == id]:
                    del self.tokens[digest]
                for user in [user.id for user in self.users.values() if user.account == id]:
                    self.drop_user(user)
            case changes.PutChannel(channel):
                self.channels[channel.id] = lasting(channel)
            case changes.DropChannel(id):
                del self.channels[id]
                for key in [key for key in self.memberships if key[1] == id]:
                    del self.memberships[key]
            case changes.PutInvitation(invitation):
                self.invitations[invitation.code] = invitation
            case changes.DropInvitation(code):
                del self.invitations[code]
            case changes.PutMarker(marker):
                assert marker.account in self.accounts
                self.markers[marker.account, marker.target] = marker
            case changes.DropMarker(account, target):
                self.markers.pop((account, target), None)
            case changes.PutSubscription(subscription):
                assert subscription.account in self.accounts
                self.subscriptions[subscription.account, subscription.endpoint] = subscription
            case changes.DropSubscription(account, endpoint):
                self.subscriptions.pop((account, endpoint), None)
            case changes.PutToken(token):
                assert token.account_id in self.accounts
                self.tokens[token.digest] = token
            case changes.DropToken(digest):
                self.tokens.pop(digest, None)
            case changes.PutUser(user):
                assert user.account in self.accounts
                self.users[user.id] = user
            case changes.DropUser(id):
                self.drop_user(id)
            case changes.PutMembership(membership):
                assert membership.user in self.users
                assert membership.channel in self.channels
                self.memberships[membership.user, membership.channel] = membership
            case changes.DropMembership(id, channel):
                self.memberships.pop((id, channel), None)
            case changes.PutDevice(device):
                assert device.account in self.accounts
                self.devices[device.account, device.name] = device
            case changes.DropDevice(account, name):
                self.devices.pop((account, name), None)
            case changes.PutKey(record):
                assert record.account in self.accounts
                self.keys[record.account, record.key] = record
            case changes.DropKey(account, key):
                del self.keys[account, key]

    def drop_user(self, id: int) -> None:
        self.users.pop(id, None)
        for key in [key for key in self.memberships if key[0] == id]:
            del self.memberships[key]


def lasting(record: ChannelRecord) -> tuple[Any, ...]:
    """All of a channel, whether its empty lists are there or not."""
    lists = {which: entries for which, entries in record.lists.items() if entries}
    return (*(getattr(record, name) for name in ChannelRecord.__slots__ if name != "lists"), lists)


def expected(realm: Realm) -> dict[str, dict[Any, Any]]:
    """What the realm would have to know."""
    kept = kept_of(realm)
    return {
        "accounts": {each.id: each for each in kept.accounts},
        "channels": {each.id: lasting(each) for each in kept.channels},
        "invitations": {each.code: each for each in kept.invitations},
        "markers": {(each.account, each.target): each for each in kept.markers},
        "subscriptions": {(each.account, each.endpoint): each for each in kept.subscriptions},
        "tokens": {each.digest: each for each in kept.tokens},
        "users": {each.id: each for each in kept.users},
        "memberships": {(each.user, each.channel): each for each in kept.memberships},
        "devices": {(each.account, each.name): each for each in kept.devices},
        "keys": {(each.account, each.key): each for each in kept.keys},
    }


class History:
    def __init__(self, seed: int, settings: Settings | None = None) -> None:
        self.random = Random(seed)
        self.settings = settings or Anything(self.random.randrange, Realm()).settings()
        self.realm = Realm(self.settings)
        self.mirror = Mirror()
        self.written: list[Written] = []
        self.index = 0
        for session, nick in zip(SESSIONS, ("alice", "b[]b", "carol"), strict=False):
            self.ask(None, RegisterAccount(nick, Credentials("x"), granted=True))
            self.ask(session, Connect(nick, "u", "x", "host", "10.0.0.1", nick, exempt=True))
            self.ask(session, Join("#a"))
        self.ask("s1", BecomeOperator("chief", tuple(Privilege)))

    def ask(self, actor: str | None, request: Request) -> None:
        self.index += 1
        try:
            events = self.realm.apply(Entry(self.index, self.index * 10, "node", actor, request))
        except Refusal:
            return
        found = changes_of(self.realm, events)
        if found:
            self.written.append(Written(self.index, tuple(found)))
        for change in found:
            self.mirror.apply(change)
        for name, wanted in expected(self.realm).items():
            held = getattr(self.mirror, name)
            assert held == wanted, (name, type(request).__name__, [type(event).__name__ for event in events])

    def go_on(self, entries: int) -> None:
        for _ in range(entries):
            anything = Anything(self.random.randrange, self.realm)
            actor = anything.actor()
            self.ask(actor, anything.request(actor))


@pytest.mark.parametrize("seed", range(6))
def test_after_each_entry_storage_holds_what_the_realm_has(seed: int) -> None:
    history = History(seed)
    history.go_on(1500)
    assert history.mirror.seen["PutAccount"] > 5


def test_among_them_is_everything_that_can_be_stored() -> None:
    # Records of what is said are history's.
    of_history = {changes.PutRecord, changes.EraseRecord}
    left = {change.__name__ for change in get_args(Change) if change not in of_history}
    for seed in range(100, 150):
        history = History(seed)
        history.go_on(1500)
        left.difference_update(history.mirror.seen)
        if not left:
            return
    raise AssertionError(f"never seen: {left}")


def test_what_a_database_gives_back_makes_the_same_realm(engine: Engine) -> None:
    history = History(11)
    history.go_on(1500)
    for number in range(0, len(history.written), 50):
        engine.apply(history.written[number : number + 50])
    kept = engine.load()
    assert kept.index == history.written[-1].index
    once, twice = Realm(history.settings), Realm(history.settings)
    load(once, kept)
    load(twice, kept_of(once))
    assert take(once) == take(twice)
    assert expected(once) == expected(history.realm)


def test_what_is_of_nobody_who_stays_is_not_written() -> None:
    history = History(1, Settings(casemapping="rfc1459"))
    before = len(history.written)
    for request in (Join("#c"), SetAway("tea"), ChangeNick("alicia"), Part("#c"), SetTopic("#a", "hi")):
        history.ask("s1", request)
    assert len(history.written) == before
