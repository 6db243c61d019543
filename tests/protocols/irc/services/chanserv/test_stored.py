"""What became of registered channels by ChanServ and RENAME, on a server that starts again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.modes import ChannelFlag, Rank
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.sqlite import SQLite
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import channel, log_in
from tests.protocols.irc.services.chanserv.told import tell
from tests.world import World


@contextmanager
def started(make_world: MakeWorld, path: Path) -> Iterator[tuple[World, SQLite]]:
    """A server on this database, until it is gone."""
    database = SQLite(path / "chatdaemon.db", patience=0.05)
    database.open()
    with closing(database):
        yield make_world(database=database), database


def test_a_renamed_channel_is_there_with_all_that_was_set(make_world: MakeWorld, tmp_path: Path) -> None:
    with started(make_world, tmp_path) as (world, _):
        alice = world.irc("alice")
        log_in(alice, "alice")
        world.account("bob")
        alice.send("JOIN #old", "CS REGISTER #old", "AMODE #old +ov bob bob", "CS SET #old ENTRYMSG Hello")
        alice.send("CS SET #old MLOCK nt", "MODE #old -t", "RENAME #old #new", "TOPIC #new :Tea")
        before = channel(world, "#new")
        assert before.topic == "Tea"
    with started(make_world, tmp_path) as (world, _):
        assert world.realm.channel("#old") is None
        after = channel(world, "#new")
        assert (after.id, after.name, after.topic, after.members) == (before.id, "#new", "Tea", {})
        assert ChannelFlag.TOPIC_PROTECTED not in after.flags
        registration = after.registration
        assert registration == before.registration
        assert registration is not None
        assert registration.access["bob"].ranks is Rank.OP | Rank.VOICE
        assert registration.settings[RegistrationSetting.ENTRY_MESSAGE] == "Hello"
        assert world.realm.founded == {"alice": {after: None}}


def test_what_was_dropped_or_handed_over_stays_so(make_world: MakeWorld, tmp_path: Path) -> None:
    with started(make_world, tmp_path) as (world, _):
        alice = world.irc("alice")
        log_in(alice, "alice")
        world.account("bob")
        alice.send("JOIN #one,#two", "CS REGISTER #one", "CS REGISTER #two")
        alice.read()
        for words in ("DROP #one", "TRANSFER #two bob"):
            code = tell(alice, words)[-1].split()[-1]
            tell(alice, f"{words} {code}")
    with started(make_world, tmp_path) as (world, _):
        assert [each.name for each in world.realm.channels.values()] == ["#two"]
        assert list(world.realm.founded) == ["bob"]


def test_what_cannot_be_stored_is_not_done(
    make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageFailed("the disk is full")

    with started(make_world, tmp_path) as (world, database):
        alice = world.irc("alice")
        log_in(alice, "alice")
        alice.send("JOIN #tea")
        with monkeypatch.context() as broken:
            broken.setattr(database, "check", fail)
            broken.setattr(database, "apply", fail)
            assert tell(alice, "REGISTER #tea") == [
                "Nothing can be stored at the moment, and nothing was changed: try later."
            ]
            assert channel(world, "#tea").registration is None
        assert tell(alice, "REGISTER #tea")[-1] == "#tea is registered now, and yours."
