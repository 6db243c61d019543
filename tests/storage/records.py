"""Anything that history could keep, for hypothesis, and a few records that are easy to read."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chatdaemon.history.record import Point, Record
from chatdaemon.realm.conversations import Conversation, in_channel
from chatdaemon.realm.events import (
    Joined,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    Relayed,
    TopicChanged,
    Who,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelRank, ChannelSetting, ModeChange, Rank
from chatdaemon.realm.requests import Kind, Line
from tests.storage.anything import mappings, maybe_texts, several, texts

HALL_ID = "000000000000000a"
HALL_PLACE = in_channel(HALL_ID)
HOUR = 3_600_000


def who_is(account: int, nick: str) -> Who:
    """Somebody whose session has the number of their account and a thousand."""
    source = f"{nick}!~{nick}@host.example"
    return Who(1000 + account, nick, f"~{nick}", "host.example", nick.lower(), nick, False, source)


ALICE_IS = who_is(7, "Alice")
BOB_IS = who_is(9, "bob")


def said(entry: int, text: str, *, by: Who = ALICE_IS, at: int | None = None, where: str = HALL_ID) -> Record:
    """A message in a channel."""
    event = Posted(where, by, "#hall", text, Kind.MESSAGE, None, Rank.NONE)
    return Record(
        in_channel(where), Point(entry, 0), entry if at is None else at, by.id - 1000, 0, True, event
    )


def whispered(entry: int, text: str, *, by: Who = ALICE_IS, to: Who = BOB_IS, rank: int = 0) -> Record:
    """A message between two people."""
    one, other = sorted((by.id - 1000, to.id - 1000))
    event = Posted((), by, to.nick, text, Kind.MESSAGE, None, Rank.NONE)
    return Record(Conversation(one, other), Point(entry, 0), entry, by.id - 1000, rank, True, event)


def joined(entry: int, who: Who = ALICE_IS, *, where: str = HALL_ID) -> Record:
    event = Joined(where, who, where, "#hall", None, False)
    return Record(in_channel(where), Point(entry, 0), entry, who.id - 1000, 0, False, event)


ids = st.integers(1, 2**63 - 1)
ranks = st.sampled_from([*Rank, Rank.OP | Rank.VOICE])
whos = st.builds(
    Who, ids, texts, texts, texts, maybe_texts, texts, st.booleans(), texts.filter(bool), st.booleans()
)
maybe_tags = st.none() | mappings(texts)
modes = st.builds(
    ModeChange,
    st.sampled_from([*ChannelFlag, *ChannelSetting, *ChannelList, *ChannelRank]),
    st.booleans(),
    maybe_texts,
)
lines = st.builds(Line, texts, st.booleans())


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Of every kind, as the projection makes them: see `history_rows.record_of` for the audience."""
    private = draw(st.booleans())
    first = draw(ids)
    conversation = Conversation(first, draw(st.integers(first, 2**63 - 1)) if private else 0)
    channel = f"{first:016x}"
    audience: Any = () if private else channel
    rank = draw(st.sampled_from([0, 1]) if private else ranks.map(int))
    event_rank = Rank.NONE if private else Rank(rank)
    by = draw(whos)
    sender = draw(st.just(by.id) | ids)
    maybe_by = st.none() if sender == 0 else st.just(by)
    told: st.SearchStrategy[Any] = st.one_of(
        st.builds(Posted, st.just(audience), st.just(by), texts, texts, st.sampled_from(Kind), maybe_tags,
                  st.just(event_rank)),
        st.builds(PostedLines, st.just(audience), st.just(by), texts, texts, st.sampled_from(Kind), maybe_tags,
                  st.just(event_rank), several(lines)),
        st.lists(texts.filter(lambda text: "\n" not in text), min_size=1).map(
            lambda some: PostedLines(audience, by, "#x", "\n".join(some), Kind.MESSAGE, None, event_rank,
                                     tuple(map(Line, some)))
        ),
    )  # fmt: skip
    if not private:
        there = (st.just(audience), st.just(by))
        ruled = (st.just(audience), st.none() | maybe_by, st.just(channel), texts)
        told |= st.one_of(
            st.builds(Relayed, *there, texts, st.just(channel), texts, texts, maybe_tags),
            st.builds(Portrayed, *there, texts, maybe_texts, texts, st.booleans(), st.just(event_rank)),
            st.builds(Joined, *there, st.just(channel), texts, maybe_texts, st.booleans()),
            st.builds(Parted, *there, st.just(channel), texts, maybe_texts),
            st.builds(Kicked, *ruled, whos, texts),
            st.builds(Quit, *there, texts, st.just((channel,))),
            st.builds(NickChanged, *there, texts),
            st.builds(TopicChanged, *ruled, texts),
            st.builds(ModesChanged, *ruled, several(modes)),
        )
    event = draw(told)
    message = isinstance(event, (Posted, PostedLines, Relayed, Portrayed))
    if isinstance(event, Posted) and event.kind is Kind.TAG:
        message = False
    if getattr(event, "who", None) is None:
        sender = 0
    point = Point(draw(ids), draw(st.integers(0, 2**31 - 1)))
    return Record(conversation, point, draw(st.integers(0, 2**53)), sender, rank, message, event)
