"""History on a disk that is full, a file that is damaged, a server that drops its connections: it is stored by
itself when that is over, each message once and in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from twisted.internet.task import Clock

from chatdaemon.storage.changes import PutRecord
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.sqlite import connect
from chatdaemon.storage.store import LINGER, LONGEST_DELAY, Store
from chatdaemon.storage.writer import Writer
from tests.storage.databases import Database, PostgreSQLSchema, SQLiteFile
from tests.storage.records import said
from tests.storage.test_history_tables import found, kept
from tests.world import SlowDisk


class Chat:
    """People who speak, a store, and how far it says that all is stored."""

    def __init__(self, engine: Engine) -> None:
        self.clock = Clock()
        self.store = Store(self.clock, Writer(engine), SlowDisk(self.clock, 0))
        self.stored = [0]
        self.store.observers.append(self.stored.append)
        self.told: list[str] = []

    def say(self, *numbers: int) -> None:
        for number in numbers:
            self.store.write(number, [PutRecord(said(number, f"number {number}"))], soon=False)

    def wait(self) -> None:
        """Somebody wants to know that what was said is stored."""
        self.store.flushed().addCallbacks(
            lambda _: self.told.append("stored"), lambda failure: self.told.append(str(failure.value))
        )


def goes_on(chat: Chat, database: Database, over: Callable[[], object], why: str) -> None:
    """What is said while it fails is stored, with the rest, once that is over."""
    chat.say(2, 3)
    chat.wait()
    (told,) = chat.told
    assert why in told
    assert chat.store.failing
    chat.say(4)
    assert chat.stored[-1] == 1
    over()
    chat.clock.advance(LONGEST_DELAY)
    assert not chat.store.failing
    assert chat.stored[-1] == 4
    chat.say(5)
    chat.clock.advance(LINGER)
    assert kept(database) == [said(number, f"number {number}") for number in range(1, 6)]
    assert found(database, "number") == [1, 2, 3, 4, 5]


def test_a_lock_of_another_program(file: SQLiteFile) -> None:
    engine = file.engine()
    engine.open()
    chat = Chat(engine)
    chat.say(1)
    chat.clock.advance(LINGER)
    with closing(connect(file.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        goes_on(chat, file, lambda: other.execute("COMMIT"), "another program has locked it")
    chat.store.close(1)


def test_a_disk_that_is_full(file: SQLiteFile) -> None:
    engine = file.engine()
    engine.open()
    chat = Chat(engine)
    chat.say(1)
    chat.clock.advance(LINGER)

    def pages() -> int:
        ((found,),) = engine._open.execute("PRAGMA page_count")
        return int(found)

    # As many as there are: the next message that needs one finds the disk full.
    engine._open.execute(f"PRAGMA max_page_count = {pages()}")
    long = [said(number, f"number {number} " + "x" * 5000) for number in (2, 3)]
    for record in long:
        chat.store.write(record.point.entry, [PutRecord(record)], soon=False)
    chat.wait()
    assert "the disk is full; make room" in chat.told[0]
    engine._open.execute("PRAGMA max_page_count = 100000")
    chat.clock.advance(LONGEST_DELAY)
    assert chat.stored[-1] == 3
    assert kept(file) == [said(1, "number 1"), *long]
    chat.store.close(1)


def test_a_file_that_is_damaged_and_put_right(file: SQLiteFile) -> None:
    engine = file.engine()
    engine.open()
    chat = Chat(engine)
    chat.say(1)
    chat.clock.advance(LINGER)
    # A connection of another: what is in the write-ahead log comes into the file.
    file.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.close()
    engine.open()
    whole = file.path.read_bytes()
    with file.path.open("r+b") as damaged:
        damaged.write(b"\0" * len(whole))

    def restored() -> None:
        with file.path.open("r+b") as mended:
            mended.write(whole)

    goes_on(chat, file, restored, "it is damaged")
    chat.store.close(1)


def test_a_connection_that_is_cut(schema: PostgreSQLSchema) -> None:
    engine = schema.engine()
    engine.open()
    chat = Chat(engine)
    chat.say(1)
    chat.clock.advance(LINGER)
    schema.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'chatdaemon'")
    goes_on(chat, schema, lambda: None, "connection")
    chat.store.close(1)


def test_what_was_committed_without_an_answer_is_there_once(engine: Engine, database: Database) -> None:
    writer = Writer(engine)
    commit = engine.apply

    def unheard(batch: object) -> None:
        commit(batch)  # type: ignore[arg-type]  # it is what apply was given
        raise StorageFailed("the connection was lost")

    engine.apply = unheard  # type: ignore[method-assign]  # the answer gets lost this once
    store = Store(Clock(), writer, SlowDisk(Clock(), 0))
    store.write(1, [PutRecord(said(1, "once"))])
    engine.apply = commit  # type: ignore[method-assign]  # as it was
    store.check()
    assert [record.point.entry for record in kept(database)] == [1]
    assert store.waiting == 0
