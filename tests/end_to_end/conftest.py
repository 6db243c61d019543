"""A PostgreSQL server, and a process that forks daemons."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.end_to_end.prefork import Prefork
from tests.storage.conftest import NAMES
from tests.storage.databases import PostgreSQLSchema
from tests.storage.postgres import Server, programs


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    directory = programs()
    if directory is None:
        assert "CI" not in os.environ, "PostgreSQL is not installed (tools/need_programs.sh)"
        pytest.skip("PostgreSQL is not installed")
    with Server(directory) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> str:
    """The part of a configuration that gives a daemon an empty database: once of each kind."""
    if request.param == "sqlite":
        return ""
    schema = PostgreSQLSchema(request.getfixturevalue("server"), f"end_to_end_{next(NAMES)}")
    return f"[storage]\nurl = {schema.url}\n"


@pytest.fixture(scope="session")
def prefork() -> Iterator[Prefork]:
    with Prefork() as process:
        yield process
