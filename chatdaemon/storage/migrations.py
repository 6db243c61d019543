"""The versions of the tables: `schema/<dialect>/NNNN_what.sql`, each applied once, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files

from chatdaemon.storage.failure import CannotOpen
from chatdaemon.storage.tables import META

_NAME = re.compile(r"(\d{4})_\w+\.sql")


def migrations(dialect: str) -> list[str]:
    """The scripts, oldest first: the first makes version 1 of nothing."""
    found = {
        int(match[1]): file.read_text("utf-8")
        for file in (files(__package__) / "schema" / dialect).iterdir()
        if (match := _NAME.fullmatch(file.name))
    }
    # A gap would be a script that no database has seen and none will.
    return [found[number] for number in range(1, len(found) + 1)]


def up_to_date(dialect: str, version: int) -> None:
    """Raises CannotOpen unless a database is of the version that is ours."""
    known = len(migrations(dialect))
    if version != known:
        raise CannotOpen(
            f"its tables are of version {version}, and this program's of {known}: start the daemon once with"
            " this program, or use the daemon's"
        )


def migrate(dialect: str, version: int, apply: Callable[[str], None]) -> None:
    """Bring a database from the version that it has to ours.

    :param apply: runs a script of several statements as one transaction.
    Raises CannotOpen when the database is of a version that we do not know.
    """
    scripts = migrations(dialect)
    if version > len(scripts):
        raise CannotOpen(
            f"it was written by a newer chatdaemon (its tables are version {version}, this program knows"
            f" {len(scripts)}): install that one again, or restore a backup from before"
        )
    for number, script in enumerate(scripts[version:], start=version + 1):
        apply(
            f"{script}\nINSERT INTO {META.name} (name, value) VALUES ('schema', {number})"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
        )
