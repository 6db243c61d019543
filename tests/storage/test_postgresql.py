"""What only a server can do to us."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
import pytest

from chatdaemon.storage.changes import PutAccount
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.opening import engine_for
from chatdaemon.storage.postgresql import PostgreSQL
from chatdaemon.storage.writer import Writer
from tests.storage.anything import ALICE, BOB, names, written
from tests.storage.databases import PostgreSQLSchema


@pytest.fixture
def engine(schema: PostgreSQLSchema) -> Engine:
    engine = schema.engine()
    engine.open()
    engine.apply([written(1, PutAccount(ALICE))])
    return engine


def test_it_is_one_daemon_s_at_a_time(engine: Engine, schema: PostgreSQLSchema) -> None:
    other = schema.engine()
    with pytest.raises(CannotOpen, match="another daemon or program has locked it; stop that one"):
        other.open()
    engine.close()
    other.open()
    assert names(other.load()) == ["Alice"]
    other.close()


def test_two_daemons_can_share_a_database_in_schemas_of_their_own(
    engine: Engine, schema: PostgreSQLSchema
) -> None:
    other = PostgreSQLSchema(schema.server, "somebody_else_s")
    second = other.engine()
    second.open()
    assert names(second.load()) == []
    second.close()
    engine.close()


def test_a_server_that_goes_away_is_a_failure_until_it_is_back(
    engine: Engine, schema: PostgreSQLSchema
) -> None:
    writer = Writer(engine)
    batch = [written(2, PutAccount(BOB))]
    schema.server.stop()
    try:
        with pytest.raises(StorageFailed, match=r"cannot be reached|server refuses"):
            writer.write(batch, False)
        with pytest.raises(StorageFailed, match=r"cannot be reached, or has closed .* look whether it runs"):
            writer.write(batch, True)
    finally:
        schema.server.start()
    assert writer.write(batch, True) == []
    assert names(engine.load()) == ["Alice", "bob"]
    # The lock as well was taken again.
    with pytest.raises(CannotOpen, match="has locked it"):
        schema.engine().open()
    writer.close()


def test_a_connection_that_is_cut_is_made_again(engine: Engine, schema: PostgreSQLSchema) -> None:
    writer = Writer(engine)
    schema.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'chatdaemon'")
    with pytest.raises(StorageFailed):
        writer.write([written(2, PutAccount(BOB))], False)
    assert writer.write([written(2, PutAccount(BOB))], False) == []
    writer.close()


def test_tables_that_another_program_has_locked_are_a_failure(
    engine: Engine, schema: PostgreSQLSchema
) -> None:
    with psycopg.connect(schema.url) as other:
        other.execute("LOCK TABLE accounts, meta")
        with pytest.raises(StorageFailed, match="has locked it"):
            engine.apply([written(2, PutAccount(BOB))])
        with pytest.raises(StorageFailed, match="has locked it"):
            engine.check()
    engine.apply([written(2, PutAccount(BOB))])
    engine.close()


def test_a_database_that_is_read_only_is_said(engine: Engine, schema: PostgreSQLSchema) -> None:
    engine.close()
    # As a standby would have it.
    standby = PostgreSQL(schema.url.replace("options=", "options=-cdefault_transaction_read_only%3Don%20"))
    standby.open()
    with pytest.raises(StorageFailed, match="cannot be written to; its role must own the tables"):
        standby.check()
    standby.close()


def test_where_it_is_said_without_the_password() -> None:
    engine = PostgreSQL("postgresql://chat:hunter2@db.example:5433/talk")
    assert engine.where == "the PostgreSQL database talk on db.example"
    with pytest.raises(CannotOpen) as raised:
        PostgreSQL("postgresql://chat:hunter%2@db.example/talk")
    assert "hunter" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_server_that_is_not_there_is_said_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="cannot be reached") as raised:
        PostgreSQL(f"postgresql:///x?user=chat&host={tmp_path}").open()
    assert "\n" not in str(raised.value)


def test_without_the_driver_its_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chatdaemon.storage.postgresql")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CannotOpen, match=r"pip install chatdaemon\[postgres\]"):
        engine_for("postgresql://chat@db.example/talk", tmp_path)
