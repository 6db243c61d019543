"""A data directory with a past: as many messages, channels and people who are always on as one likes.

Unlike the rest of the bench this knows chatdaemon's own code: what is measured with it is its storage.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chatdaemon.history.record import Point, Record
from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.realm.accounts import (
    Account,
    AccountSetting,
    ChannelRecord,
    MembershipRecord,
    Registration,
    UserRecord,
)
from chatdaemon.realm.conversations import Conversation, in_channel
from chatdaemon.realm.entry import message_id
from chatdaemon.realm.events import Posted, Who
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests import Kind
from chatdaemon.storage.changes import Change, PutAccount, PutChannel, PutMembership, PutRecord, PutUser
from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.sqlite import FILE_NAME, SQLite

# 2026-01-01, in ms since 1970; a message a second from then on.
BEGIN = 1_767_225_600_000
BATCH = 4096
# A word in every second message, and one in every fifteen thousandth: 66 of a million.
COMMON = "common"
RARE = "rarissime"
RARITY = 15_000
# The other words: how many there are, and how many a message has.
WORDS = 20_000
LENGTH = 11
AUTHORS = 500


@dataclass(frozen=True, slots=True)
class Past:
    """`messages` are spread over the `channels` evenly, which are #c0, #c1 and so on, all registered; of the
    `users` who are always on, u0, u1 and so on, each is in `joined` channels."""

    messages: int = 0
    channels: int = 1
    users: int = 0
    joined: int = 5

    @property
    def owners(self) -> int:
        """The index of the first entry; all others follow: people, channels, memberships, messages."""
        return (1 << EPOCH_SHIFT) + 1

    def channel_id(self, number: int) -> str:
        return message_id(self.owners + 1 + 2 * self.users + number, 0)

    def conversation(self, number: int) -> Conversation:
        """What is said in #c`number`."""
        return in_channel(self.channel_id(number))

    @property
    def first_message(self) -> int:
        return self.owners + 1 + 2 * self.users + self.channels + self.users * self.joined


def directory(path: Path, past: Past) -> None:
    """Make a data directory that a daemon can start with, with SQLite's file in it."""
    engine = SQLite(path / FILE_NAME)
    engine.open()
    try:
        engine.begin(1)
        fill(engine, past)
    finally:
        engine.close()


def fill(engine: Engine, past: Past) -> None:
    """Put all of it into a database that is open and empty."""
    batch: list[Written] = []
    for written in _all(past):
        batch.append(written)
        if len(batch) == BATCH:
            engine.apply(batch)
            batch = []
    if batch:
        engine.apply(batch)


def _all(past: Past) -> Iterator[Written]:
    index = past.owners
    for written in (_people(past), _channels(past), _memberships(past), _records(past)):
        for change in written:
            yield Written(index, (change,))
            index += 1


def _people(past: Past) -> Iterator[Change]:
    yield PutAccount(Account(past.owners, "owner", BEGIN))
    for number in range(past.users):
        id_ = past.owners + 1 + 2 * number
        yield PutAccount(Account(id_, f"u{number}", BEGIN, settings={AccountSetting.ALWAYS_ON: "on"}))
        yield PutUser(_user(id_, number))


def _user(account: int, number: int) -> UserRecord:
    host = f"10.0.{number // 256 % 256}.{number % 256}"
    return UserRecord(account + 1, account, f"u{number}", f"u{number}", "Somebody", host, host, host, BEGIN)


def _channels(past: Past) -> Iterator[Change]:
    for number in range(past.channels):
        yield PutChannel(
            ChannelRecord(
                past.channel_id(number),
                f"#c{number}",
                BEGIN,
                Registration("owner", BEGIN),
                topic="What everybody here talks about",
                topic_by="owner",
                topic_at=BEGIN,
            )
        )


def _memberships(past: Past) -> Iterator[Change]:
    index = past.owners + 1 + 2 * past.users + past.channels
    for number in range(past.users):
        for joined in range(past.joined):
            channel = past.channel_id((number + joined) % past.channels)
            user = past.owners + 2 + 2 * number
            yield PutMembership(MembershipRecord(user, channel, Rank.NONE, BEGIN, index))
            index += 1


def _records(past: Past) -> Iterator[Change]:
    for record in records(past.first_message, past.messages, past):
        yield PutRecord(record)


def records(first: int, count: int, past: Past) -> Iterator[Record]:
    """Messages, from the entry with the index `first` on; always the same."""
    chance = random.Random(1)
    words = [f"{chance.choice('bcdfghklmnprstvw')}{chance.randrange(36**3):o}" for _ in range(WORDS)]
    # Words are as frequent as they are in languages: the second half as often as the first, and so on.
    weights = [1 / (place + 10) for place in range(WORDS)]
    some = chance.choices(words, weights, k=100_000)
    conversations = [past.conversation(number) for number in range(past.channels)]
    authors = [_author(number) for number in range(AUTHORS)]
    for number in range(count):
        start = chance.randrange(len(some) - LENGTH)
        text = " ".join(some[start : start + LENGTH])
        if number % 2:
            text = f"{COMMON} {text}"
        if number % RARITY == RARITY // 2:
            text = f"{text} {RARE}"
        channel = number % past.channels
        who = authors[chance.randrange(AUTHORS)]
        event = Posted(past.channel_id(channel), who, f"#c{channel}", text, Kind.MESSAGE, None, Rank.NONE)
        at = BEGIN + 1000 * number
        yield Record(conversations[channel], Point(first + number, 0), at, who.id, Rank.NONE, True, event)


def _author(number: int) -> Who:
    nick = f"author{number}"
    return Who(number + 1, nick, nick, "192.0.2.1", None, "Somebody", False, f"{nick}!{nick}@192.0.2.1")
