"""Both databases, made and looked into from outside."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg

from chatdaemon.storage.engine import Engine
from chatdaemon.storage.postgresql import PostgreSQL
from chatdaemon.storage.sqlite import SQLite, connect
from tests.storage.postgres import Server


class Database(Protocol):
    """A database of a test's own, empty at first."""

    url: str

    @abstractmethod
    def engine(self) -> Engine:
        """A new engine for it; not open yet."""

    @abstractmethod
    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What another program is answered, over a connection of its own; what it changes, stays."""


class SQLiteFile:
    url = ""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "chatdaemon.db"

    def engine(self) -> SQLite:
        return SQLite(self.path, patience=0.05)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(connect(self.path)) as connection:
            return connection.execute(sql).fetchall()


class PostgreSQLSchema:
    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.url = server.url(name)
        self.ask(f"CREATE SCHEMA {name}")

    def engine(self) -> PostgreSQL:
        return PostgreSQL(self.url, patience=0.2)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


def schema_names() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"test_{number}"
