"""Whatever happens, what is stored is what the realm would have to know after a restart."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, get_args

import pytest

from chatdaemon.realm.accounts import ChannelRecord, Credentials, Marker
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, channel_record, load
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import BecomeOperator, Connect, Join, RegisterAccount, Request
from chatdaemon.realm.snapshot import take
from chatdaemon.storage import changes
from chatdaemon.storage.changes import Change
from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.projection import changes_of
from tests.realm.anything import SESSIONS, Anything


class Mirror:
    """What storage would hold, as dictionaries."""

    def __init__(self) -> None:
        self.accounts: dict[Any, Any] = {}
        self.channels: dict[Any, Any] = {}
        self.invitations: dict[Any, Any] = {}
        self.markers: dict[Any, Any] = {}
        self.seen: Counter[str] = Counter()

    def apply(self, change: Change) -> None:
        self.seen[type(change).__name__] += 1
        match change:
            case changes.PutAccount(account):
                self.accounts[account.id] = account
            case changes.DropAccount(id):
                del self.accounts[id]
                for key in [key for key in self.markers if key[0] == id]:
                    del self.markers[key]
            case changes.PutChannel(channel):
                self.channels[channel.id] = lasting(channel)
            case changes.DropChannel(id):
                del self.channels[id]
            case changes.PutInvitation(invitation):
                self.invitations[invitation.code] = invitation
            case changes.DropInvitation(code):
                del self.invitations[code]
            case changes.PutMarker(marker):
                assert marker.account in self.accounts
                self.markers[marker.account, marker.target] = marker
            case changes.DropMarker(account, target):
                self.markers.pop((account, target), None)


def lasting(record: ChannelRecord) -> tuple[Any, ...]:
    """All of a channel, whether its empty lists are there or not."""
    lists = {which: entries for which, entries in record.lists.items() if entries}
    return (*(getattr(record, name) for name in ChannelRecord.__slots__ if name != "lists"), lists)


def expected(realm: Realm) -> tuple[dict[Any, Any], ...]:
    """What the realm would have to know."""
    records = [channel_record(each) for each in realm.channels.values() if each.registration is not None]
    return (
        {account.id: account for account in realm.accounts.values()},
        {record.id: lasting(record) for record in records},
        dict(realm.invitations),
        {
            (account, target): Marker(account, target, at)
            for account, several in realm.markers.items()
            for target, at in several.items()
        },
    )


class History:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.settings = Anything(self.random.randrange, Realm()).settings()
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
        stored = (self.mirror.accounts, self.mirror.channels, self.mirror.invitations, self.mirror.markers)
        for held, wanted in zip(stored, expected(self.realm), strict=True):
            assert held == wanted, (type(request).__name__, [type(event).__name__ for event in events])

    def go_on(self, entries: int) -> None:
        for _ in range(entries):
            anything = Anything(self.random.randrange, self.realm)
            actor = anything.actor()
            self.ask(actor, anything.request(actor))


@pytest.mark.parametrize("seed", range(6))
def test_after_each_entry_storage_holds_what_the_realm_has(seed: int) -> None:
    history = History(seed)
    history.go_on(1500)
    assert history.mirror.seen["PutAccount"] > 10


def test_among_them_is_everything_that_can_be_stored() -> None:
    left = {change.__name__ for change in get_args(Change)}
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
    load(twice, Kept(kept.index, *(tuple(each) for each in of(once))))
    assert take(once) == take(twice)
    for held, wanted in zip(expected(once), expected(history.realm), strict=True):
        assert held == wanted


def of(realm: Realm) -> tuple[list[Any], ...]:
    records = [channel_record(each) for each in realm.channels.values()]
    accounts, _, invitations, markers = expected(realm)
    return list(accounts.values()), records, list(invitations.values()), list(markers.values())
