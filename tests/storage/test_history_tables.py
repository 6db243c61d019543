"""What goes into the history's tables and out of them, in both databases."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatdaemon.history.record import Point, Record
from chatdaemon.storage.changes import EraseRecord, PutRecord
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.history_rows import COLUMNS, record_of, sender_lexeme, sender_word
from chatdaemon.storage.history_tables import Holds, Stored
from tests.storage.anything import written
from tests.storage.databases import Database, SQLiteFile
from tests.storage.records import (
    ALICE_IS,
    BOB_IS,
    HALL_PLACE,
    joined,
    records,
    said,
    whispered,
)

ON_ONE_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def keep(engine: Engine, *several: Record) -> None:
    """As the writer does, the entries being those of the records."""
    entries: dict[int, list[PutRecord]] = {}
    for record in several:
        entries.setdefault(record.point.entry, []).append(PutRecord(record))
    engine.apply([written(index, *changes) for index, changes in entries.items()])


def kept(database: Database) -> list[Record]:
    """What anybody may read."""
    columns = ", ".join(COLUMNS)
    return [
        record_of(row) for row in database.ask(f"SELECT {columns} FROM history WHERE hidden = 0 ORDER BY id")
    ]


def found(database: Database, word: str, column: str = "words") -> list[int]:
    """The entries of the messages with this word."""
    if isinstance(database, SQLiteFile):
        index = f"SELECT rowid FROM history_words WHERE history_words MATCH '{column} : {word}'"
        return [
            entry for (entry,) in database.ask(f"SELECT entry FROM history WHERE id IN ({index}) ORDER BY id")
        ]
    lexeme = {"words": "", "place": "@", "sender": "%"}[column] + word
    rows = database.ask(f"SELECT entry FROM history WHERE words @@ '''{lexeme}'''::tsquery ORDER BY id")
    return [entry for (entry,) in rows]


def direct(database: Database) -> list[tuple[Any, ...]]:
    return database.ask("SELECT account, other, entry, at FROM history_direct ORDER BY account, other")


def hold(database: Database, kind: str, subject: int) -> None:
    database.ask(f"INSERT INTO holds VALUES ('{kind}', {subject}, 'x', 'root', 1, '')")


@ON_ONE_DATABASE
@given(several=st.lists(records(), max_size=6))
def test_whatever_is_kept_is_there_in_its_order(
    engine: Engine, database: Database, several: list[Record]
) -> None:
    for table in ("history", "history_direct"):
        database.ask(f"DELETE FROM {table}")
    engine.apply([written(1, *map(PutRecord, several))])
    assert kept(database) == several


def test_more_than_fits_into_one_statement_is_kept_whole(engine: Engine, database: Database) -> None:
    several = [said(number, f"number {number}") for number in range(1, 600)]
    keep(engine, *several)
    keep(engine, said(600, "one more"))
    assert kept(database) == [*several, said(600, "one more")]
    assert found(database, "number") == list(range(1, 600))


def test_messages_are_found_by_word_place_and_sender(engine: Engine, database: Database) -> None:
    keep(
        engine,
        said(1, "Hello all"),
        joined(2),
        said(3, "HELLO", by=BOB_IS),
        said(4, "bye", where="0" * 15 + "b"),
    )
    assert found(database, "hello") == [1, 3]
    assert found(database, "c11x0", "place") == [4]
    assert found(database, sender_word("bob"), "sender") == [3]


def test_a_text_cannot_pretend_to_be_a_place_or_a_sender(engine: Engine, database: Database) -> None:
    keep(engine, said(1, f"@c11x0 c11x0 {sender_lexeme('bob')} {sender_word('bob')}"))
    assert found(database, "c11x0", "place") == []
    assert found(database, sender_word("bob"), "sender") == []


def test_what_is_no_message_is_not_found_by_words(engine: Engine, database: Database) -> None:
    keep(engine, joined(1))
    assert found(database, "c10x0", "place") == []


def test_private_conversations_are_known_to_both_by_their_last_message(
    engine: Engine, database: Database
) -> None:
    keep(engine, whispered(5, "psst"), whispered(6, "yes?", by=BOB_IS, to=ALICE_IS))
    assert direct(database) == [(7, 9, 6, 6), (9, 7, 6, 6)]


def test_what_never_reached_the_other_is_no_conversation_to_them(engine: Engine, database: Database) -> None:
    keep(engine, whispered(5, "psst", rank=1))
    assert direct(database) == [(7, 9, 5, 5)]


def test_notes_to_oneself_are_one_conversation(engine: Engine, database: Database) -> None:
    keep(engine, whispered(5, "milk", to=ALICE_IS))
    assert direct(database) == [(7, 7, 5, 5)]


def test_what_was_taken_back_is_gone_from_rows_and_words(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "oops"), said(2, "fine"))
    engine.apply([written(3, EraseRecord(Point(1, 0)))])
    assert kept(database) == [said(2, "fine")]
    assert found(database, "oops") == []
    assert database.ask("SELECT count(*) FROM history") == [(1,)]


def test_what_is_said_and_taken_back_in_one_batch_is_gone(engine: Engine, database: Database) -> None:
    engine.apply([written(1, PutRecord(said(1, "oops"))), written(2, EraseRecord(Point(1, 0)))])
    assert kept(database) == []


def test_taking_back_what_is_not_there_changes_nothing(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "fine"))
    engine.apply([written(3, EraseRecord(Point(2, 0)))])
    assert kept(database) == [said(1, "fine")]


def test_a_conversation_ends_with_what_is_left_of_it(engine: Engine, database: Database) -> None:
    keep(engine, whispered(5, "psst"), whispered(6, "oops", by=BOB_IS, to=ALICE_IS))
    engine.apply([written(7, EraseRecord(Point(6, 0)))])
    assert direct(database) == [(7, 9, 5, 5), (9, 7, 5, 5)]
    engine.apply([written(8, EraseRecord(Point(5, 0)))])
    assert direct(database) == []


def test_what_is_held_is_hidden_when_it_is_taken_back(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "oops"), whispered(2, "psst"))
    hold(database, "channel", HALL_PLACE.first)
    hold(database, "account", 9)
    engine.apply([written(3, EraseRecord(Point(1, 0)), EraseRecord(Point(2, 0)))])
    assert kept(database) == []
    assert found(database, "oops") == []
    assert direct(database) == []
    assert database.ask("SELECT entry, text FROM history WHERE hidden = 1 ORDER BY id") == [
        (1, "oops"),
        (2, "psst"),
    ]
    # Once more, as after a lost answer: it has no words that could be forgotten.
    engine.apply([written(4, EraseRecord(Point(1, 0)))])
    assert database.ask("SELECT count(*) FROM history") == [(2,)]


def test_a_hold_covers_a_channel_what_somebody_wrote_and_their_private_conversations() -> None:
    def stored(record: Record) -> Stored:
        first, second = record.conversation
        return Stored(1, (first, second, 1, 1, 0, 1, record.sender), False)

    nothing = Holds()
    assert not nothing
    assert not nothing.cover(stored(said(1, "hi")))
    assert Holds(channels=frozenset({10})).cover(stored(said(1, "hi")))
    assert Holds(accounts=frozenset({7})).cover(stored(said(1, "hi")))
    assert not Holds(accounts=frozenset({9})).cover(stored(said(1, "hi")))
    assert Holds(accounts=frozenset({9})).cover(stored(whispered(1, "hi")))
    # The numbers of channels and of accounts have nothing to do with one another.
    assert not Holds(channels=frozenset({7})).cover(stored(whispered(1, "hi")))


def test_ids_are_not_used_again(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "one"), said(2, "two"))
    engine.apply([written(3, EraseRecord(Point(2, 0)))])
    engine.close()
    engine.open()
    keep(engine, said(4, "three"))
    assert database.ask("SELECT id, entry FROM history ORDER BY id") == [(1, 1), (3, 4)]


def test_what_is_changed_in_a_transaction_of_its_own_is_there_afterwards(
    engine: Engine, database: Database
) -> None:
    with engine.changing() as tables:
        tables.put([said(1, "hi")])
    assert kept(database) == [said(1, "hi")]
