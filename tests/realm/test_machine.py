"""Whatever anybody asks of a realm, in whatever order: it holds together, and does the same again."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Credentials, Standing
from chatdaemon.realm.confusables import skeleton
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event
from chatdaemon.realm.hooks import Hook, hooks_of
from chatdaemon.realm.masks import compile_mask
from chatdaemon.realm.modes import Privilege, UserMode
from chatdaemon.realm.presence import ALONE, may_stay
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import load
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    Configure,
    Connect,
    ExpireAccount,
    ExpireBans,
    ExpirePresence,
    Join,
    Kill,
    Post,
    RegisterAccount,
    Request,
    ResumePresence,
)
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.snapshot import restore, take
from tests.realm.anything import SESSIONS, Anything
from tests.realm.keeping import kept_of

Outcome = tuple[Event, ...] | Refusal


class AnyRealm(RuleBasedStateMachine):
    """One realm, everything that was asked of it, and a twin that is restored from its snapshot now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self.at = 1_700_000_000_000
        self.log: list[tuple[Entry, Outcome]] = []
        self.realm = self.twin = Realm()

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        """Three people in two channels, the first of them an operator, each but one logged in."""
        self.settings = Anything(Random(seed).randrange, self.realm).settings()
        self.realm = Realm(self.settings)
        self.twin = Realm(self.settings)
        for session, nick in zip(SESSIONS, ("alice", "b[]b", "carol"), strict=False):
            self.ask(None, RegisterAccount(nick, Credentials("x"), granted=True))
            account = nick if session != "s2" else None
            self.ask(session, Connect(nick, "u", "x", "host", "10.0.0.1", account, exempt=True))
            self.ask(session, Join("#a"))
            self.ask(session, Join("#b"))
        self.ask("s1", BecomeOperator("chief", tuple(Privilege)))
        self.a_crowd_asks(seed)

    def ask(self, actor: str | None, request: Request) -> None:
        entry = Entry(len(self.log) + 1, self.at, "node", actor, request)
        before = everything(self.realm)
        known = audiences(self.realm)
        result = outcome(self.realm, entry)
        if isinstance(result, Refusal):
            assert everything(self.realm) == before
        else:
            for event in result:
                heard = event.audience
                if isinstance(heard, tuple):
                    assert len(set(heard)) == len(heard), "nobody is told twice"
                    assert known.union(audiences(self.realm)).issuperset(heard)
                else:
                    assert heard in known or heard in audiences(self.realm)
        if not isinstance(request, Post):
            self.a_kept_verdict_is_what_a_new_one_would_be()
        assert outcome(self.twin, entry) == result
        self.log.append((entry, result))

    @rule(data=st.data())
    def somebody_asks(self, data: st.DataObject) -> None:
        anything = Anything(lambda most: data.draw(st.integers(0, most - 1)), self.realm)
        actor = anything.actor()
        self.ask(actor, anything.request(actor))

    @rule(seed=st.integers(0, 2**32))
    def a_crowd_asks(self, seed: int) -> None:
        # Far more, and more varied, than what is drawn one by one, if less easily made small.
        random = Random(seed)
        for _ in range(60):
            anything = Anything(random.randrange, self.realm)
            actor = anything.actor()
            self.ask(actor, anything.request(actor))
            self.at += random.choice((0, 0, 1, 3))

    @rule(seed=st.integers(0, 1000))
    def the_server_asks(self, seed: int) -> None:
        anything = Anything(Random(seed).randrange, self.realm)
        self.at += anything.pick(0, 0, 0, 1500)
        self.ask(
            None,
            anything.one_of(
                Kill(anything.nick(), "x"),
                Configure(anything.settings()),
                ExpireBans(anything.channel()),
                ExpireBans(anything.channel()),
                ExpireAccount(anything.account()),
                ExpirePresence(anything.account()),
                ExpirePresence(anything.account()),
                ResumePresence(),
                anything.move(),
                anything.talk(),
                anything.own_account(),
                anything.any_account(),
            ),
        )

    @rule(passed=st.integers(0, 10))
    def time_passes(self, passed: int) -> None:
        self.at += passed

    @rule()
    def the_twin_is_restored_from_a_snapshot(self) -> None:
        data = take(self.realm)
        self.twin = restore(json.loads(json.dumps(data)))
        assert json.dumps(take(self.twin)) == json.dumps(data), "in the same order as well"

    @invariant()
    def everybody_is_where_they_are_looked_for(self) -> None:
        realm = self.realm
        assert {user.id: user for user in realm.users.values()} == realm.users
        assert {realm.fold(user.nick): user for user in realm.users.values()} == realm.nicks
        assert {name: user for user in realm.users.values() for name in user.sessions} == realm.sessions
        assert all(user.sessions or user.always_on for user in realm.users.values())
        assert {realm.fold(channel.name): channel for channel in realm.channels.values()} == realm.channels
        assert len({channel.id for channel in realm.channels.values()}) == len(realm.channels)

    @invariant()
    def a_membership_is_the_same_from_both_sides_and_no_channel_is_empty(self) -> None:
        realm = self.realm
        for channel in realm.channels.values():
            assert channel.members or channel.registration is not None
            for user, membership in channel.members.items():
                assert realm.users[user.id].channels[channel] is membership
        for user in realm.users.values():
            for channel, membership in user.channels.items():
                assert realm.channels[channel.folded] is channel
                assert channel.members[user] is membership

    @invariant()
    def what_is_counted_and_kept_ready_is_right(self) -> None:
        realm = self.realm
        users = realm.users.values()
        assert realm.invisible == sum(UserMode.INVISIBLE in user.modes for user in users)
        assert set(realm.operators) == {user.id for user in users if user.operator is not None}
        assert realm.most_users >= len(users)
        assert len(realm.departed) <= realm.settings.whowas_entries
        for user in users:
            assert (UserMode.OPERATOR in user.modes) == (user.operator is not None)
            assert len(set(user.modes)) == len(user.modes)
            kept = [getattr(user, name) for name in DERIVED]
            user.refresh(realm.fold)
            user.identity -= 1  # or no verdict would ever be a kept one
            assert [getattr(user, name) for name in DERIVED] == kept
        for channel in realm.channels.values():
            assert channel.guarded == policy.is_guarded(channel)
            assert all(channel.lists.values()), "an empty list is none"
            for which, entries in channel.lists.items():
                for key, (entry, mask) in entries.items():
                    again = compile_mask(entry.mask, realm.fold)
                    assert (again.key, again.text, again.mute) == (key, entry.mask, mask.mute), which

    @invariant()
    def who_is_always_on_is_who_may_be_and_so_are_the_channels(self) -> None:
        realm = self.realm
        for user in realm.users.values():
            assert user.always_on == may_stay(realm, user)
            assert (user.left_at == 0) == bool(user.sessions)
            assert not user.auto_away or (user.away == ALONE and not user.sessions)
            clients = tuple(user.sessions.values())
            if clients:
                assert (user.real_host, user.certificate) == (clients[0].real_host, clients[0].certificate)
                assert (UserMode.SECURE in user.modes) == all(client.secure for client in clients)
                assert user.exempt == all(client.exempt for client in clients)
        for channel in realm.channels.values():
            assert channel.residents == sum(user.always_on for user in channel.members)
            entries = [membership.entry for membership in channel.members.values()]
            assert sorted(set(entries)) == entries
        for id, devices in realm.devices.items():
            assert devices, "of an account with none nothing is there"
            assert any(account.id == id for account in realm.accounts.values())

    @invariant()
    def what_is_kept_makes_the_same_of_it(self) -> None:
        realm = self.realm
        kept = kept_of(realm)
        again = Realm(realm.settings)
        load(again, kept)
        assert kept_of(again) == kept
        for channel in again.channels.values():
            members = [user.id for user in realm.channels[channel.folded].members if user.always_on]
            assert [user.id for user in channel.members] == members, "in the same order"
            assert channel.residents == len(members)
        for user in again.users.values():
            there = [channel.id for channel in realm.users[user.id].channels]
            assert [channel.id for channel in user.channels] == there

    @invariant()
    def a_kept_verdict_is_what_a_new_one_would_be(self) -> None:
        for channel in self.realm.channels.values():
            for user, membership in channel.members.items():
                fresh = policy.is_silenced(channel, user, None)
                assert policy.is_silenced(channel, user, membership) == fresh
                assert policy.is_silenced(channel, user, membership) == fresh

    @invariant()
    def the_ways_to_an_account_lead_there_and_nowhere_else(self) -> None:
        realm = self.realm
        assert {realm.fold(account.name): account for account in realm.accounts.values()} == realm.accounts
        assert len({account.id for account in realm.accounts.values()}) == len(realm.accounts)
        reserved: dict[str, str] = {}
        skeletons: dict[str, dict[str, str]] = {}
        certificates: dict[str, str] = {}
        for folded, account in realm.accounts.items():
            for nick in (account.name, *account.nicks):
                name = realm.fold(nick)
                assert name not in reserved, "a nick belongs to one account, and once"
                reserved[name] = skeletons.setdefault(skeleton(nick), {})[name] = folded
            for fingerprint in account.certificates:
                assert fingerprint not in certificates
                certificates[fingerprint] = folded
            # What waits to be confirmed has a code, and the other way round.
            assert (account.asked_email is None) or (account.code is not None)
            assert account.standing is not Standing.UNVERIFIED or account.code is not None
        assert realm.reserved == reserved
        assert realm.skeletons == skeletons
        assert realm.certificates == certificates

    @invariant()
    def whose_users_and_channels_are_known(self) -> None:
        realm = self.realm
        logged_in: dict[str, set[int]] = {}
        for user in realm.users.values():
            if user.folded_account is not None:
                account = realm.accounts[user.folded_account]
                assert account.name == user.account
                assert account.standing is Standing.ACTIVE
                assert user.host in (account.vhost, user.plain_host)
                logged_in.setdefault(user.folded_account, set()).add(user.id)
            else:
                assert user.host == user.plain_host
        assert {name: {user.id for user in users} for name, users in realm.logged_in.items()} == logged_in
        founded: dict[str, set[str]] = {}
        for channel in realm.channels.values():
            registration = channel.registration
            if registration is not None:
                assert realm.fold(registration.founder) in realm.accounts
                assert set(registration.access) <= set(realm.accounts)
                founded.setdefault(realm.fold(registration.founder), set()).add(channel.id)
        assert {name: {each.id for each in there} for name, there in realm.founded.items()} == founded

    @invariant()
    def tokens_and_hooks_are_of_what_there_is(self) -> None:
        realm = self.realm
        ways = {
            hook.digest: channel
            for channel in realm.channels.values()
            for hook in hooks_of(channel)
            if isinstance(hook, Hook)
        }
        assert realm.hooks == ways
        assert {token.digest: token for token in realm.tokens.values()} == realm.tokens
        assert all(token.account_id in realm.numbered for token in realm.tokens.values())

    def all_invariants(self) -> None:
        self.tokens_and_hooks_are_of_what_there_is()
        self.who_is_always_on_is_who_may_be_and_so_are_the_channels()
        self.what_is_kept_makes_the_same_of_it()
        self.the_ways_to_an_account_lead_there_and_nowhere_else()
        self.whose_users_and_channels_are_known()
        self.everybody_is_where_they_are_looked_for()
        self.a_membership_is_the_same_from_both_sides_and_no_channel_is_empty()
        self.what_is_counted_and_kept_ready_is_right()
        self.a_kept_verdict_is_what_a_new_one_would_be()

    def teardown(self) -> None:
        """The same entries, in a new realm, do the same."""
        again = Realm(self.settings)
        for entry, result in self.log:
            assert outcome(again, entry) == result
        assert json.dumps(take(again)) == json.dumps(take(self.realm))
        assert json.dumps(take(self.twin)) == json.dumps(take(self.realm))


DERIVED = ("folded", "guarded", "hostmask", "real_hostmask", "folded_account", "who")


def outcome(realm: Realm, entry: Entry) -> Outcome:
    """What applying the entry gives; any exception but a Refusal is a bug, and gets through."""
    try:
        return realm.apply(entry)
    except Refusal as refusal:
        return refusal


def everything(realm: Realm) -> dict[str, Any]:
    """A snapshot without the index, which refused entries move as well."""
    return {**take(realm), "index": 0}


def audiences(realm: Realm) -> set[int | str]:
    """The ids that an audience can hold."""
    return {*realm.users, *(channel.id for channel in realm.channels.values())}


TestAnyRealm = AnyRealm.TestCase
TestAnyRealm.settings = settings(
    max_examples=50,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("seed", range(20))
def test_a_long_life_holds_together(seed: int) -> None:
    # What hypothesis draws is often short; these are long every time.
    machine = AnyRealm()
    machine.begin(seed)
    for number in range(8):
        machine.a_crowd_asks(seed * 100 + number)
        machine.the_server_asks(number)
        machine.all_invariants()
        machine.the_twin_is_restored_from_a_snapshot()
    machine.teardown()
