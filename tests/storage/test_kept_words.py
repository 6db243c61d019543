"""Metadata and read markers, after a restart."""

from __future__ import annotations

from contextlib import closing

import pytest

from chatdaemon.storage.engine import Engine
from tests.storage.databases import Database
from tests.world import Client, World

EARLIER = "timestamp=2025-12-24T18:30:00.123Z"


@pytest.mark.parametrize("late", [0.0, 0.3], ids=["at once", "late"])
def test_what_belongs_to_accounts_and_registered_channels_is_there(
    engine: Engine, database: Database, late: float
) -> None:
    world = World(late=late, database=engine)
    alice, guest = world.irc("alice"), world.irc("guest")
    alice.send("REGISTER * * correct-horse", "JOIN #hall,#barn", "CS REGISTER #hall")
    for target in ("*", "#hall", "#barn"):
        alice.send(f"METADATA {target} SET url :kept", f"METADATA {target} SET gone :soon")
    alice.send("METADATA * SET gone", "METADATA #hall SET gone")
    guest.send("METADATA * SET url :passing", f"MARKREAD bob {EARLIER}")
    alice.send(f"MARKREAD #hall {EARLIER}", f"MARKREAD #barn {EARLIER}", "CS OP #hall", "RENAME #hall #Home")
    alice.read()
    engine.close()
    second = database.engine()
    second.open()
    with closing(second):
        again = World(late=late, database=second)
        alice, guest = again.irc("alice2"), again.irc("guest")
        alice.send("NS IDENTIFY alice correct-horse")
        alice.read()
        assert metadata(alice, "*") == ["761 alice alice url * :kept"]
        assert metadata(alice, "#home") == ["761 alice #Home url * :kept"]
        assert metadata(guest, "*") == []
        alice.send("JOIN #barn")
        assert metadata(alice, "#barn") == []
        assert alice.ask("MARKREAD #home", "MARKREAD #hall", "MARKREAD #barn") == [
            f":irc.test MARKREAD #Home {EARLIER}",
            ":irc.test MARKREAD #hall *",
            f":irc.test MARKREAD #barn {EARLIER}",
        ]
        assert guest.ask("MARKREAD bob") == [":irc.test MARKREAD bob *"]


def metadata(client: Client, target: str) -> list[str]:
    return [line.removeprefix(":irc.test ") for line in client.ask(f"METADATA {target} LIST")]
