"""Whom and what a name means in what is stored; and what is held: kept whatever else says that it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatdaemon.realm.conversations import in_channel
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.opening import engine_for
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.sqlite import FILE_NAME
from chatdaemon.storage.tables import Row, Table

Fold = Callable[[str], str]
"""Names that are the same become the same by it."""

HOLDS: Final = Table("holds", ("kind", "subject", "name", "set_by", "set_at", "note"), 2)

# Rows that one question looks at: no question takes long, however much there is.
WINDOW: Final = 5000


class NotThere(Exception):
    """Nothing that is stored has this name."""


class Held(Exception):
    """It is under a hold."""


@contextmanager
def reached(url: str, directory: Path) -> Iterator[Engine]:
    """The database of a data directory, beside a daemon that may be running. Raises CannotOpen."""
    if not url and not (directory / FILE_NAME).exists():
        raise CannotOpen(
            f"there is no database {directory / FILE_NAME}; name the data directory by --config or"
            " --data-directory"
        )
    engine = engine_for(url, directory)
    try:
        engine.open(alone=False)
        yield engine
    except StorageFailed as failed:
        raise CannotOpen(f"{engine.where} cannot be used: {failed}") from None
    finally:
        engine.close()


@contextmanager
def reading(engine: Engine) -> Iterator[Reader]:
    reader = engine.reader()
    try:
        yield reader
    finally:
        reader.close()


def windows(
    reader: Reader, columns: str, condition: str, values: Row = (), *, columns_values: Row = ()
) -> Iterator[Row]:
    """All rows of the history of which the condition is true, in the order of the log, a few in memory at a
    time. What comes while it is read may be missing."""
    with reader.snapshot():
        ((first, last),) = reader.rows("SELECT min(id), max(id) FROM history")
    start, end = int(first or 0), int(last or 0)
    while start <= end:
        with reader.snapshot():
            found = reader.rows(
                f"SELECT {columns} FROM history WHERE id >= ? AND id < ? AND ({condition}) ORDER BY id",
                (*columns_values, start, start + WINDOW, *values),
            )
        yield from found
        start += WINDOW


def channels_called(reader: Reader, name: str, fold: Fold) -> dict[int, str]:
    """The channels that have the name, or had it when something was said there, by their identity: one that
    was dropped and made again is another. Raises NotThere."""
    with reader.snapshot():
        registered = reader.rows("SELECT id, name FROM channels ORDER BY id")
    found = {
        in_channel(str(id)).first: str(known) for id, known in registered if fold(str(known)) == fold(name)
    }
    seen = windows(reader, "first, target", "second = 0 AND target IS NOT NULL")
    for first, target in dict.fromkeys(seen):
        if fold(str(target)) == fold(name):
            found.setdefault(int(first or 0), str(target))
    if not found:
        raise NotThere(f"there is no channel {name}, and nothing is kept of one")
    return found


def accounts_called(reader: Reader, name: str, fold: Fold) -> dict[int, str]:
    """The account that has the name; where there is none, those that had it, as far as anything of them is
    kept. By their identity. Raises NotThere."""
    with reader.snapshot():
        registered = reader.rows("SELECT id, name FROM accounts ORDER BY id")
    found = {int(id or 0): str(known) for id, known in registered if fold(str(known)) == fold(name)}
    if not found:
        seen = windows(reader, "sender, account", "account IS NOT NULL")
        found = {
            int(id or 0): str(known) for id, known in dict.fromkeys(seen) if fold(str(known)) == fold(name)
        }
    if not found:
        raise NotThere(f"there is no account {name}, and nothing is kept of one")
    return found


CALLED: Final = {"channel": channels_called, "account": accounts_called}


@dataclass(frozen=True, slots=True)
class Hold:
    """`at` is in ms since 1970, `by` the name of who set it on the server's machine."""

    kind: str
    subject: int
    name: str
    by: str
    at: int
    note: str


def holds(engine: Engine) -> list[Hold]:
    with reading(engine) as reader, reader.snapshot():
        return [
            Hold(str(kind), int(subject or 0), str(name), str(by), int(at or 0), str(note))
            for kind, subject, name, by, at, note in reader.rows(HOLDS.all)
        ]


def hold(engine: Engine, kind: str, name: str, fold: Fold, by: str, note: str) -> list[Hold]:
    """Hold all that a channel or an account of this name is now; what was set. Raises NotThere."""
    with reading(engine) as reader:
        found = CALLED[kind](reader, name, fold)
    at = int(time.time() * 1000)
    several = [Hold(kind, subject, known, by, at, note) for subject, known in found.items()]
    with engine.changing() as tables:
        tables.run(HOLDS.put, [(each.kind, each.subject, each.name, by, at, note) for each in several])
    return several


def release(engine: Engine, kind: str, name: str, fold: Fold) -> list[Hold]:
    """Hold what has this name no longer, and let go what was only kept for that; what was released. Raises
    NotThere."""
    found = [each for each in holds(engine) if each.kind == kind and fold(each.name) == fold(name)]
    if not found:
        raise NotThere(f"there is no hold on the {kind} {name}")
    with engine.changing() as tables:
        tables.run(HOLDS.drop_one, [(each.kind, each.subject) for each in found])
    with reading(engine) as reader:
        ids = [int(id or 0) for (id,) in windows(reader, "id", "hidden = 1")]
    for start in range(0, len(ids), 200):
        with engine.changing() as tables:
            held = tables.holds()
            tables.delete(
                [each for each in tables.with_ids(ids[start : start + 200]) if not held.cover(each)]
            )
    return found
