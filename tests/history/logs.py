"""Small histories and what can be asked of them, for hypothesis: a few people, places, words and moments, so that
everything meets everything."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chatdaemon.history.query import Query, Search, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.realm.conversations import Conversation, between
from chatdaemon.realm.events import Joined, Posted, PostedLines, Relayed, TopicChanged, Who
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading
from chatdaemon.realm.requests import Kind, Line

CHANNELS = (Conversation(100), Conversation(101))
PEOPLE = (7, 8, 9)
PLACES = (*CHANNELS, between(7, 8), between(7, 9), between(7, 7))
NICKS = {7: "Alice", 8: "bob", 9: "Zoë"}
# Some are the same in one case, some only look so, some have characters that mean something to a database.
WORDS = (
    "tea", "Tea", "teapot", "TEAPOT!", "Straße", "STRASSE", "café", "cafe", "don't", "a_b", "a-b", "AND", "NEAR(tea",
    '"', "*", "日本語", "x:y", "(tea)", "’", "ﬁn", "FIN", "\\", "'tea'", "%s", "1.5",
)  # fmt: skip
LAST = 24

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
asked_words = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(["te*", "t*", "*", "stras*", "nothing", "'", "caf*"]),
        texts.map('"{}"'.format),
        texts.map('"{}*'.format),
        texts.map('"{}*"'.format),
    ),
    max_size=3,
).map(" ".join)


def who(identity: int) -> Who:
    nick = NICKS[identity]
    account = None if identity == 9 else nick.upper()
    return Who(identity, nick, "u", "h", account, "", False, f"{nick}!u@h")


def _told(kind: str, place: Conversation, by: Who, text: str, rank: int) -> Any:
    channel = f"{place.first:016x}"
    audience: Any = () if place.private else channel
    seen = Rank.NONE if place.private else Rank(rank)
    if kind == "join":
        return Joined(channel, by, channel, "#x", None, False)
    if kind == "topic":
        return TopicChanged(channel, by, channel, "#x", text)
    if kind == "relay":
        return Relayed(channel, by, "Zoë/d", channel, "#x", text, None)
    if kind == "lines":
        lines = (Line(text), Line("tea"))
        return PostedLines(audience, by, "#x", f"{text}\ntea", Kind.MESSAGE, None, seen, lines)
    if kind == "tag":
        return Posted(audience, by, "#x", "", Kind.TAG, {"+draft/react": "x"}, seen)
    if kind == "action":
        text = f"\x01ACTION {text}\x01"
    return Posted(audience, by, "#x", text, Kind.NOTICE if kind == "notice" else Kind.MESSAGE, None, seen)


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    """Records in the order of the log."""
    found: list[Record] = []
    entry = at = 0
    for _ in range(draw(st.integers(0, LAST))):
        place = draw(st.sampled_from(PLACES))
        kinds = ["message", "message", "notice", "action", "lines", "tag"]
        if not place.private:
            kinds += ["join", "topic", "relay"]
        kind = draw(st.sampled_from(kinds))
        rank = draw(st.sampled_from([0, 0, 0, 1] if place.private else [0, 0, 0, 2, 4]))
        sender = draw(st.sampled_from(place if place.private else PEOPLE))
        # Several of one entry, and several of one moment.
        if not found or draw(st.booleans()):
            entry += draw(st.integers(1, 2))
            at += draw(st.integers(0, 2))
            ordinal = 0
        else:
            ordinal = found[-1].point.ordinal + 1
        message = kind not in ("join", "topic", "tag")
        told = _told(kind, place, who(sender), draw(texts), rank)
        found.append(Record(place, Point(entry, ordinal), at, sender, rank, message, told))
    return found


points = st.builds(Point, st.integers(0, LAST), st.integers(0, 3))
times = st.integers(0, LAST)
bounds = st.none() | points | times
ranks = st.sampled_from([Rank.NONE, Rank.VOICE, Rank.HALFOP, Rank.OP | Rank.VOICE])


def readings(place: Conversation) -> st.SearchStrategy[Reading]:
    """What somebody may read of a conversation."""
    if place.private:
        return st.builds(
            Reading, st.just(place), st.just(""), st.just(0), st.just(Rank.NONE), st.sampled_from(place)
        )
    since = st.just(0) | times
    return st.builds(Reading, st.just(place), st.just("#x"), since, ranks, st.sampled_from(PEOPLE))


queries = st.builds(
    Query,
    st.sampled_from(PLACES).flatmap(readings),
    bounds,
    bounds,
    st.integers(1, 6),
    st.booleans(),
    st.booleans(),
)

# With many there are other ways than with few.
ELSEWHERE = tuple(Reading(Conversation(500 + number), "#y", 0, Rank.NONE, 7) for number in range(20))
_some_readings = st.lists(st.sampled_from(PLACES), unique=True, max_size=4).flatmap(
    lambda places: st.tuples(*map(readings, places))
)
_some_readings |= st.tuples(_some_readings, st.just(ELSEWHERE)).map(lambda both: both[0] + both[1])
searches = st.builds(
    Search,
    _some_readings,
    asked_words,
    st.none() | st.sampled_from(["alice", "bob", "zoë", "zoë/d", "nobody", "%", "'"]),
    bounds,
    bounds,
    st.integers(1, 6),
    st.booleans(),
)


@st.composite
def targets_queries(draw: st.DrawFn) -> TargetsQuery:
    reader = draw(st.sampled_from(PEOPLE))
    several = draw(st.lists(st.sampled_from(CHANNELS), unique=True))
    own = tuple(Reading(place, "#x", draw(st.just(0) | times), draw(ranks), reader) for place in several)
    return TargetsQuery(
        reader, own, draw(st.integers(-1, LAST)), draw(times), draw(st.integers(1, 3)), draw(st.booleans())
    )
