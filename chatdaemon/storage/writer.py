"""What the writer's thread does: one batch after the other, and finding its feet after a failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.failure import StorageFailed

T = TypeVar("T")


class Writer:
    """Owns an engine that is open, and knows what it has stored. Used by one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._index = engine.index()
        self._failed = False

    def write(self, batch: Sequence[Written], check: bool) -> list[tuple[Written, Exception]]:
        """Store a batch, or see whether anything can be stored. Raises StorageFailed; then the same has to be
        offered again, with more behind it if there is.

        What a bug keeps from ever being stored is left out, and returned.
        """
        try:
            if self._failed:
                self._recover(batch)
            left = [written for written in batch if written.index > self._index]
            refused = self._apply(left) if left else []
            if check and len(refused) == len(left):
                self.engine.check()
        except StorageFailed:
            self._failed = True
            raise
        self._failed = False
        return refused

    def run(self, job: Callable[[Engine], T]) -> T:
        """Do something else with the database. Raises StorageFailed, also where the last batch could not be
        stored: the next one is to find its feet first."""
        if self._failed:
            raise StorageFailed("it cannot be used at the moment")
        try:
            return job(self.engine)
        except StorageFailed:
            self._failed = True
            raise

    def close(self) -> None:
        self.engine.close()

    def _apply(self, batch: Sequence[Written]) -> list[tuple[Written, Exception]]:
        try:
            self.engine.apply(batch)
        except StorageFailed:
            raise
        except Exception as error:
            if len(batch) == 1:
                return [(batch[0], error)]
            # The others are not to suffer for it.
            return [refused for written in batch for refused in self._apply([written])]
        self._index = batch[-1].index
        return []

    def _recover(self, batch: Sequence[Written]) -> None:
        """Connect again. A transaction that failed may have been committed all the same, the answer being
        lost: the database says how far it is."""
        self.engine.close()
        self.engine.open()
        index = self.engine.index()
        if index != self._index and all(written.index != index for written in batch):
            raise StorageFailed(
                "something else has written to it, or an older copy was put there; restart the daemon"
            )
        self._index = index
