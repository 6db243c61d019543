"""`chatdaemon export`: what is kept, as JSON lines. `docs/operator.md` says what is in a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chatdaemon.history.record import Point
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.history_tables import STORED
from chatdaemon.storage.holds import Fold, accounts_called, channels_called, reading, windows
from chatdaemon.storage.tables import Row

_PLAIN: Final = ("target", "sender", "nick", "account", "text")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: of a channel, of a person (what they wrote, and their private conversations),
    from `since` to before `until` (ms since 1970). `hidden`: also what was taken back and is held."""

    channel: str | None = None
    account: str | None = None
    since: int | None = None
    until: int | None = None
    hidden: bool = False


def export(engine: Engine, wanted: Wanted, fold: Fold) -> Iterator[bytes]:
    """Lines, each with its newline, in the order of the log. Raises NotThere and StorageFailed."""
    with reading(engine) as reader:
        conditions: list[str] = []
        values: list[int] = []
        if not wanted.hidden:
            conditions.append("hidden = 0")
        if wanted.channel is not None:
            channels = list(channels_called(reader, wanted.channel, fold))
            conditions.append(f"second = 0 AND first IN ({marks(channels)})")
            values += channels
        if wanted.account is not None:
            accounts = list(accounts_called(reader, wanted.account, fold))
            conditions.append(of_people(accounts))
            values += accounts * 3
        if wanted.since is not None:
            conditions.append("at >= ?")
            values.append(wanted.since)
        if wanted.until is not None:
            conditions.append("at < ?")
            values.append(wanted.until)
        for row in windows(
            reader, STORED, " AND ".join(f"({each})" for each in conditions) or "1 = 1", tuple(values)
        ):
            yield line_of(row)


def marks(several: list[int]) -> str:
    return ", ".join("?" * len(several))


def of_people(accounts: list[int]) -> str:
    """The condition that somebody wrote something, or could read it in private; their identities three times
    are its values."""
    some = marks(accounts)
    return f"sender IN ({some}) OR (second != 0 AND (first IN ({some}) OR second IN ({some})))"


def line_of(row: Row) -> bytes:
    """A row of `history_tables.STORED` as a line."""
    names = STORED.split(", ")
    given: dict[str, Any] = dict(zip(names, row, strict=True))
    first, second = given["first"], given["second"]
    at = datetime.fromtimestamp(given["at"] / 1000, UTC)
    line: dict[str, Any] = {
        "msgid": Point(given["entry"], given["ordinal"]).msgid,
        "time": f"{at:%Y-%m-%dT%H:%M:%S}.{given['at'] % 1000:03d}Z",
        "kind": given["kind"],
    }
    if second:
        line["between"] = [first, second]
    else:
        line["channel"] = f"{first:016x}"
    line.update((name, given[name]) for name in _PLAIN if given[name] is not None)
    if given["rank"]:
        line["rank"] = given["rank"]
    line.update(
        (name, value) for name, value in msgspec.json.decode(given["details"]).items() if name not in line
    )
    if given["hidden"]:
        line["hidden"] = True
    return msgspec.json.encode(line) + b"\n"
