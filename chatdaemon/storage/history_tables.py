"""The tables of the history while they are changed: what is put there, taken away, or only hidden.

Everything that deletes goes this way, so that the index of words and the list of private conversations always
say the same as the rows, and what somebody holds stays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chatdaemon.history.record import Point, Record
from chatdaemon.realm.conversations import Conversation
from chatdaemon.storage.history_rows import COLUMNS
from chatdaemon.storage.tables import Row

STORED = ", ".join(("id", *COLUMNS, "hidden"))
"""The columns of a `Stored`, for a SELECT."""

_PUT_DIRECT = (
    "INSERT INTO history_direct (account, other, entry, at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (account, other) DO UPDATE SET entry = excluded.entry, at = excluded.at"
)
_DROP_DIRECT = "DELETE FROM history_direct WHERE account = ? AND other = ?"
_LAST_DIRECT = (
    "SELECT entry, at FROM history WHERE first = ? AND second = ? AND message = 1 AND hidden = 0"
    " AND (rank = 0 OR sender = ?) ORDER BY entry DESC, ordinal DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A row that is there: its `id`, what `history_rows.record_of` reads, and whether it is hidden."""

    id: int
    row: Row
    hidden: bool

    @classmethod
    def of(cls, found: Sequence[Any]) -> Stored:
        """From a row of `STORED`."""
        return cls(found[0], tuple(found[1:-1]), bool(found[-1]))

    @property
    def conversation(self) -> Conversation:
        return Conversation(self._number(0), self._number(1))

    @property
    def message(self) -> bool:
        return bool(self.row[2])

    @property
    def point(self) -> Point:
        return Point(self._number(3), self._number(4))

    @property
    def at(self) -> int:
        return self._number(5)

    @property
    def sender(self) -> int:
        return self._number(6)

    def _number(self, column: int) -> int:
        found = self.row[column]
        assert isinstance(found, int)
        return found


@dataclass(frozen=True, slots=True)
class Holds:
    """What nobody may delete: all of these channels, and what these accounts have written or could read in
    private."""

    channels: frozenset[int] = frozenset()
    accounts: frozenset[int] = frozenset()

    def cover(self, stored: Stored) -> bool:
        first, second = stored.conversation
        if not second:
            return first in self.channels or stored.sender in self.accounts
        return not self.accounts.isdisjoint((first, second))

    def __bool__(self) -> bool:
        return bool(self.channels or self.accounts)


class HistoryTables(ABC):
    """The history of one database, in a transaction that is begun and ended elsewhere. Used by one thread."""

    @abstractmethod
    def ask(self, sql: str, values: Row = ()) -> list[Any]:
        """The rows of a SELECT, with a ? for each value."""

    @abstractmethod
    def run(self, sql: str, several: Sequence[Row]) -> None:
        """Run a statement with each of these values."""

    @abstractmethod
    def _put(self, records: Sequence[Record]) -> None:
        """Append rows, and what is found of them by words."""

    @abstractmethod
    def _unindex(self, several: Sequence[Stored]) -> None:
        """Have rows found by words no longer."""

    def put(self, records: Sequence[Record]) -> None:
        """Append records, which come in the order of the log."""
        self._put(records)
        direct: dict[tuple[int, int], Row] = {}
        for record in records:
            conversation = record.conversation
            if conversation.second and record.message:
                for one, other in _both_ways(conversation):
                    if not record.rank or record.sender == one:
                        direct[one, other] = (one, other, record.point.entry, record.at)
        if direct:
            self.run(_PUT_DIRECT, list(direct.values()))

    def erase(self, points: Iterable[Point]) -> None:
        """Take away what happened there, as whoever took it back wants it. What is held is hidden only."""
        # Two may take the same back at once; an index of words that is told so twice is damaged.
        found = [each for point in dict.fromkeys(points) for each in self.at(point) if not each.hidden]
        if not found:
            return
        holds = self.holds()
        self.delete([each for each in found if not holds.cover(each)])
        self.hide([each for each in found if holds.cover(each)])

    def at(self, point: Point) -> list[Stored]:
        """All that there is of one event."""
        return self.rows("entry = ? AND ordinal = ?", tuple(point))

    def rows(self, where: str, values: Row = (), most: int | None = None) -> list[Stored]:
        """The rows of which this is true, `most` of them at most."""
        limit = "" if most is None else f" LIMIT {most}"
        return list(map(Stored.of, self.ask(f"SELECT {STORED} FROM history WHERE {where}{limit}", values)))

    def with_ids(self, ids: Sequence[int]) -> list[Stored]:
        """Those of these rows that are there."""
        return self.rows(f"id IN ({', '.join('?' * len(ids))}) ORDER BY id", tuple(ids))

    def holds(self) -> Holds:
        rows = self.ask("SELECT kind, subject FROM holds ORDER BY kind, subject")
        return Holds(
            frozenset(subject for kind, subject in rows if kind == "channel"),
            frozenset(subject for kind, subject in rows if kind == "account"),
        )

    def delete(self, several: Sequence[Stored]) -> None:
        """Take rows away, whatever is held."""
        if not several:
            return
        self._unindex([each for each in several if each.message and not each.hidden])
        self.run("DELETE FROM history WHERE id = ?", [(each.id,) for each in several])
        self._look_again(several)

    def hide(self, several: Sequence[Stored]) -> None:
        """Keep rows that nobody may read any more."""
        if not several:
            return
        self._unindex([each for each in several if each.message])
        self.run("UPDATE history SET hidden = 1 WHERE id = ?", [(each.id,) for each in several])
        self._look_again(several)

    def _look_again(self, several: Sequence[Stored]) -> None:
        """Have the private conversations in which something has gone say what their last message is now."""
        conversations = dict.fromkeys(each.conversation for each in several if each.conversation.second)
        for conversation in conversations:
            for one, other in _both_ways(conversation):
                last = self.ask(_LAST_DIRECT, (*conversation, one))
                if last:
                    self.run(_PUT_DIRECT, [(one, other, *last[0])])
                else:
                    self.run(_DROP_DIRECT, [(one, other)])


def _both_ways(conversation: Conversation) -> tuple[tuple[int, int], ...]:
    first, second = conversation
    return ((first, second),) if first == second else ((first, second), (second, first))
