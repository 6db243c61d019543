"""Each test with a `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatdaemon.storage.engine import Engine
from tests.storage.databases import Database, PostgreSQLSchema, SQLiteFile, schema_names
from tests.storage.postgres import Server, programs

NAMES = schema_names()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server. At a desk without one the tests are skipped, in CI never."""
    directory = programs()
    if directory is None:
        if "CI" in os.environ:
            pytest.fail("PostgreSQL is not installed (tools/need_programs.sh)")
        pytest.skip("PostgreSQL is not installed")
    with Server(directory) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return SQLiteFile(tmp_path)
    return PostgreSQLSchema(request.getfixturevalue("server"), next(NAMES))


@pytest.fixture
def file(tmp_path: Path) -> SQLiteFile:
    return SQLiteFile(tmp_path)


@pytest.fixture
def schema(server: Server) -> PostgreSQLSchema:
    return PostgreSQLSchema(server, next(NAMES))


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """One that is open."""
    engine = database.engine()
    engine.open()
    yield engine
    engine.close()
