"""Tests with a `database` run on SQLite and on PostgreSQL, as those of storage do."""

from __future__ import annotations

from tests.storage.conftest import database, server

__all__ = ["database", "server"]
