"""What both databases do alike."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatdaemon.realm.accounts import Invitation, Marker
from chatdaemon.realm.records import Kept
from chatdaemon.storage.changes import (
    Change,
    DropAccount,
    DropChannel,
    DropDevice,
    DropInvitation,
    DropMarker,
    DropMembership,
    DropSubscription,
    DropToken,
    DropUser,
    EraseRecord,
    PutAccount,
    PutChannel,
    PutInvitation,
    PutMarker,
    PutRecord,
)
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.migrations import migrations
from chatdaemon.storage.statements import STATEMENTS
from tests.storage.anything import (
    ALICE,
    BOB,
    HALL,
    accounts,
    anything_kept,
    changes_for,
    channels,
    names,
    written,
)
from tests.storage.databases import Database

# Each example begins with what the one before has left behind, which is the point.
ON_ONE_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def again(engine: Engine) -> Kept:
    """What it holds for a daemon that starts now."""
    engine.close()
    engine.open()
    return engine.load()


def cleared(engine: Engine) -> tuple[Change, ...]:
    kept = engine.load()
    return (
        *(DropMarker(each.account, each.target) for each in kept.markers),
        *(DropSubscription(each.account, each.endpoint) for each in kept.subscriptions),
        *(DropToken(each.digest) for each in kept.tokens),
        *(DropDevice(each.account, each.name) for each in kept.devices),
        *(DropMembership(each.user, each.channel) for each in kept.memberships),
        *(DropUser(each.id) for each in kept.users),
        *(DropAccount(each.id) for each in kept.accounts),
        *(DropChannel(each.id) for each in kept.channels),
        *(DropInvitation(each.code) for each in kept.invitations),
    )


def test_a_new_database_holds_nothing(engine: Engine) -> None:
    assert engine.load() == Kept()
    assert engine.epoch() == 0


@ON_ONE_DATABASE
@given(kept=anything_kept())
def test_whatever_is_stored_is_loaded_again(engine: Engine, kept: Kept) -> None:
    engine.apply([written(1, *cleared(engine))])
    engine.apply([written(kept.index, *changes_for(kept))])
    assert engine.load() == kept


@ON_ONE_DATABASE
@given(account=accounts, channel=channels, other=st.data())
def test_what_is_put_again_is_what_it_is_now_and_nothing_of_before(
    engine: Engine, account: Any, channel: Any, other: Any
) -> None:
    engine.apply([written(1, *cleared(engine), PutAccount(account), PutChannel(channel))])
    now = replace(other.draw(accounts), id=account.id)
    then = replace(other.draw(channels), id=channel.id)
    engine.apply([written(2, PutAccount(now), PutChannel(then))])
    assert engine.load() == Kept(2, (now,), (then,))


def test_it_is_there_after_it_was_closed(engine: Engine) -> None:
    engine.apply([written(5, PutAccount(ALICE), PutChannel(HALL)), written(6, PutAccount(BOB))])
    assert again(engine) == Kept(6, (ALICE, BOB), (HALL,))
    assert engine.index() == 6


def test_with_an_account_goes_all_that_belongs_to_it(engine: Engine, database: Database) -> None:
    engine.apply(
        [
            written(
                1, PutAccount(ALICE), PutAccount(BOB), *(PutMarker(Marker(each, "#x", 1)) for each in (7, 9))
            )
        ]
    )
    engine.apply([written(2, DropAccount(ALICE.id))])
    assert engine.load() == Kept(2, (BOB,), markers=(Marker(BOB.id, "#x", 1),))
    for table in ("account_nicks", "account_certificates"):
        assert database.ask(f"SELECT * FROM {table}") == []


def test_with_a_channel_goes_all_that_belongs_to_it(engine: Engine, database: Database) -> None:
    engine.apply([written(1, PutChannel(HALL)), written(2, DropChannel(HALL.id))])
    assert engine.load() == Kept(2)
    for table in ("channel_masks", "channel_access", "channel_flags"):
        assert database.ask(f"SELECT * FROM {table}") == []


def test_one_marker_and_one_invitation_can_go(engine: Engine) -> None:
    kept = [PutMarker(Marker(ALICE.id, target, 1)) for target in ("#x", "#y")]
    codes = [PutInvitation(Invitation(code, "root")) for code in ("c1", "c2")]
    engine.apply([written(1, PutAccount(ALICE), *kept, *codes)])
    engine.apply([written(2, DropMarker(ALICE.id, "#x"), DropInvitation("c2"))])
    assert engine.load() == Kept(2, (ALICE,), (), (Invitation("c1", "root"),), (Marker(ALICE.id, "#y", 1),))


def test_operators_can_read_the_tables(engine: Engine, database: Database) -> None:
    engine.apply([written(1, PutAccount(ALICE), PutChannel(HALL))])
    assert database.ask("SELECT id, name, standing FROM accounts") == [(7, "Alice", "active")]
    assert database.ask("SELECT account, ranks, given_by FROM channel_access") == [
        ("bob", "voice op", "Alice")
    ]
    assert database.ask("SELECT list, mask, until FROM channel_masks ORDER BY position") == [
        ("ban", "*!*@bad", 9),
        ("ban", "x!*@*", 0),
    ]


def test_of_a_batch_all_or_nothing_is_stored(engine: Engine) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key") as raised:
        engine.apply([written(1, PutAccount(ALICE)), written(2, PutMarker(Marker(404, "#x", 1)))])
    # To try it again would not help.
    assert not isinstance(raised.value, StorageFailed)
    assert engine.load() == Kept()
    engine.apply([written(3, PutAccount(BOB))])
    assert names(engine.load()) == ["bob"]


def test_what_no_database_takes_is_no_failure_of_the_storage(engine: Engine) -> None:
    for nonsense in (replace(BOB, id=2**64), replace(BOB, name="\ud800")):
        with pytest.raises(Exception, match=r".") as raised:
            engine.apply([written(1, PutAccount(nonsense))])
        assert not isinstance(raised.value, StorageFailed)
    engine.apply([written(2, PutAccount(BOB))])
    assert engine.index() == 2


def test_a_check_leaves_nothing_behind(engine: Engine) -> None:
    for _ in range(3):
        engine.check()
    assert again(engine) == Kept()


def test_the_number_of_the_start_is_kept(engine: Engine) -> None:
    engine.begin(4)
    engine.begin(5)
    again(engine)
    assert (engine.epoch(), engine.index()) == (5, 0)


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    first = database.engine()
    first.open()
    first.close()
    known = len(migrations("sqlite"))
    database.ask(f"UPDATE meta SET value = {known + 1} WHERE name = 'schema'")
    with pytest.raises(
        CannotOpen, match=rf"newer chatdaemon .* version {known + 1}, this program knows {known}"
    ):
        database.engine().open()


def test_a_word_that_nobody_knows_keeps_it_from_being_loaded(engine: Engine, database: Database) -> None:
    engine.apply([written(1, PutAccount(ALICE), PutChannel(HALL))])
    for table, column, was in (("accounts", "standing", "active"), ("channel_access", "ranks", "voice op")):
        database.ask(f"UPDATE {table} SET {column} = 'grand duke'")
        with pytest.raises(CannotOpen, match=r"what this program does not know: .*grand"):
            engine.load()
        database.ask(f"UPDATE {table} SET {column} = '{was}'")
    assert engine.load() == Kept(1, (ALICE,), (HALL,))


def test_a_database_that_lost_its_tables_is_not_made_anew(engine: Engine, database: Database) -> None:
    engine.apply([written(1, PutAccount(ALICE))])
    engine.close()
    for table in tables(database):
        database.ask(f"DROP TABLE {table}" + (" CASCADE" if database.url else ""))
    with pytest.raises(CannotOpen, match=r"restore a backup"):
        engine.open()


def tables(database: Database) -> list[str]:
    catalogue = (
        # But for what belongs to SQLite itself, and to its index of words, and goes with it.
        "sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'history_words_%'"
        if not database.url
        else "pg_tables WHERE schemaname = current_schema()"
    )
    column = "name" if not database.url else "tablename"
    found = [name for (name,) in database.ask(f"SELECT {column} FROM {catalogue}")]
    # What belongs to others goes first.
    return sorted(found, key=lambda name: ("_" not in name, name))


def test_what_is_not_open_says_so(database: Database) -> None:
    engine = database.engine()
    engine.close()
    for use in (engine.index, engine.check, lambda: engine.apply([written(1)])):
        with pytest.raises(StorageFailed, match="not open"):
            use()


def test_every_change_has_its_statements() -> None:
    # The history goes by statements of its own (history_tables.py).
    assert {*STATEMENTS, PutRecord, EraseRecord} == set(get_args(Change))


def test_both_databases_have_the_same_versions() -> None:
    assert len(migrations("sqlite")) == len(migrations("postgresql"))


def test_random_histories_end_in_the_same(engine: Engine) -> None:
    """Puts and drops in any order and any batches, against a dictionary."""
    chance = random.Random(1)
    known: dict[int, Any] = {}
    index = 0
    for _ in range(40):
        batch = []
        for _ in range(chance.randrange(1, 6)):
            index += 1
            id = chance.randrange(5)
            if chance.random() < 0.3:
                known.pop(id, None)
                batch.append(written(index, DropAccount(id)))
            else:
                nicks = tuple(f"n{chance.randrange(9)}" for _ in range(chance.randrange(4)))
                known[id] = replace(BOB, id=id, nicks=nicks)
                batch.append(written(index, PutAccount(known[id])))
        engine.apply(batch)
    assert again(engine) == Kept(index, tuple(known[id] for id in sorted(known)))
