"""What reads a database without changing it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from chatdaemon.storage.tables import Row

# Seconds that one question may take.
PATIENCE: Final = 5.0


class Reader(Protocol):
    """A connection that changes nothing. Used by one thread at a time; all but `close` raise StorageFailed.

    `dialect` is "sqlite" or "postgresql".
    """

    @property
    def dialect(self) -> str: ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it all that is asked is answered from one state of the database, and in time (PATIENCE)."""

    def rows(self, sql: str, values: Sequence[Any] = (), *, planned: bool = True) -> list[Row]:
        """What a SELECT gives, with a ? for each value. Not `planned`: the plan depends on the values."""

    def close(self) -> None:
        """Never raises."""
