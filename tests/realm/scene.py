"""A small stage for the realm's tests: people by name, requests in, events out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatdaemon.realm import records
from chatdaemon.realm.accounts import Account, Credentials
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Audience, Event
from chatdaemon.realm.modes import (
    ChannelMode,
    ChannelRank,
    ModeChange,
    Privilege,
    Rank,
    UserMode,
    UserModeChange,
)
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeModes,
    ChangeUserModes,
    Connect,
    Join,
    RegisterAccount,
    Request,
    SetAccount,
)
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.snapshot import take
from chatdaemon.realm.state import Channel, User

START = 1_700_000_000_000  # ms since 1970

# Channels as they come, with no modes and their maker an operator, are the least in the way of a test.
PLAIN = Settings(channel_flags=(), user_modes=())

RANKS = {rank.rank: rank for rank in ChannelRank}


def on(mode: ChannelMode, value: str | None = None) -> ModeChange:
    return ModeChange(mode, True, value)


def off(mode: ChannelMode, value: str | None = None) -> ModeChange:
    return ModeChange(mode, False, value)


class Scene:
    """A realm and the people in it. Each goes by the nick that it came with, which names its session."""

    def __init__(self, settings: Settings = PLAIN) -> None:
        self.realm = Realm(settings)
        self.index = 0
        self.at = START
        self.people: dict[str, User] = {}

    def __call__(self, actor: str | None, request: Request) -> tuple[Event, ...]:
        """What happened when `actor` (None: the server) asked for this."""
        self.index += 1
        return self.realm.apply(Entry(self.index, self.at, "node", actor, request))

    def refused(self, actor: str | None, request: Request) -> Refusal:
        """The refusal that the request meets; nothing may have changed with it."""
        before = self.snapshot()
        with pytest.raises(Refusal) as caught:
            self(actor, request)
        assert self.snapshot() == before
        return caught.value

    def snapshot(self) -> dict[str, Any]:
        """All of the realm but the index, which grows with refused entries too."""
        return {**take(self.realm), "index": 0}

    def connect(self, *nicks: str, **more: Any) -> None:
        """People arrive. `more` replaces fields of the Connect."""
        for nick in nicks:
            usual: dict[str, Any] = {
                "nick": nick, "username": "u", "realname": "R", "host": "host", "real_host": "10.0.0.1",
            }  # fmt: skip
            self(nick, Connect(**{**usual, **more}))
            self.people[nick] = self.realm.sessions[nick]

    def join(self, channel: str, *nicks: str) -> None:
        """People join a channel one after the other, coming first where they are not there yet."""
        for nick in nicks:
            if nick not in self.people:
                self.connect(nick)
            assert self(nick, Join(channel))

    def rank(self, channel: str, nick: str, rank: Rank) -> None:
        """Give somebody exactly this rank, whoever could have done it."""
        user = self.people[nick]
        self.channel(channel).members[user].ranks = rank
        user.identity += 1

    def mode(self, actor: str, channel: str, *changes: ModeChange) -> tuple[Event, ...]:
        return self(actor, ChangeModes(channel, changes))

    def user_mode(self, actor: str, *modes: UserMode) -> tuple[Event, ...]:
        return self(actor, ChangeUserModes(tuple(UserModeChange(mode, True) for mode in modes)))

    def oper(self, nick: str, *privileges: Privilege) -> None:
        """Make somebody an operator, coming first if need be."""
        if nick not in self.people:
            self.connect(nick)
        self(nick, BecomeOperator("chief", privileges))

    def account(self, name: str, *nicks: str, **more: Any) -> Account:
        """The account of this name, registered by the server unless it is there. `nicks` belong to it, too, from
        now on, and `more` replaces fields of it."""
        if self.realm.account(name) is None:
            self(None, RegisterAccount(name, Credentials(f"hash of {name}"), granted=True))
        account = self.realm.accounts[self.realm.fold(name)]
        new = tuple(nick for nick in nicks if self.realm.owner(nick) is None)
        records.keep(self.realm, replace(account, nicks=(*account.nicks, *new), **more))
        return self.realm.accounts[self.realm.fold(name)]

    def log_in(self, nick: str, account: str) -> tuple[Event, ...]:
        """Somebody logs in to an account that their nick belongs to."""
        self.account(account, self.people[nick].nick)
        return self(nick, SetAccount(account))

    def channel(self, name: str) -> Channel:
        channel = self.realm.channel(name)
        assert channel is not None
        return channel

    def membership_ranks(self, channel: str, nick: str) -> Rank:
        return self.channel(channel).members[self.people[nick]].ranks

    def id(self, nick: str) -> int:
        return self.people[nick].id

    def audience(self, event: Event) -> Audience | list[str]:
        """Whom an event is for: the nicks they came with, in order, or the id of a channel."""
        audience = event.audience
        if isinstance(audience, str):
            return audience
        names = {user.id: nick for nick, user in self.people.items()}
        return [names[id] for id in audience]
