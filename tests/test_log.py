from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chatdaemon.log import EPOCH_SHIFT, LocalLog, next_epoch
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.requests import Join, Part


class Recorded:
    """A log on a clock of the test's own, and what it has committed."""

    def __init__(self, epoch: int = 3) -> None:
        self.now = 1000.0
        self.entries: list[Entry] = []
        self.then: list[Callable[[], None]] = []  # what each commit sets off
        self.log = LocalLog("node", epoch, lambda: self.now)
        self.log.follow(self.commit)

    def commit(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self.then:
            self.then.pop(0)()

    @property
    def channels(self) -> list[str]:
        return [entry.request.channel for entry in self.entries if isinstance(entry.request, Join)]


def test_an_entry_is_committed_at_once_with_index_time_origin_and_actor() -> None:
    recorded = Recorded()
    request = Join("#x")
    recorded.log.append("s1", request)
    (entry,) = recorded.entries
    assert (entry.index, entry.at, entry.origin) == ((3 << EPOCH_SHIFT) + 1, 1_000_000, "node")
    assert (entry.actor, entry.request) == ("s1", request)
    recorded.log.append(None, Part("#x"))
    assert recorded.entries[1].index == entry.index + 1
    assert recorded.entries[1].actor is None


def test_time_is_in_milliseconds_and_never_goes_back() -> None:
    recorded = Recorded()
    for now in (1.5, 1.2509, 0.0, 1.7499, 1.6):
        recorded.now = now
        recorded.log.append("s1", Join("#x"))
    assert [entry.at for entry in recorded.entries] == [1500, 1500, 1500, 1749, 1749]


def test_requests_that_come_while_one_is_applied_queue_behind_it() -> None:
    recorded = Recorded()

    def more() -> None:
        recorded.log.append("s1", Join("#b"))
        recorded.log.append("s1", Join("#c"))
        # Not yet: the first is still being applied.
        assert recorded.channels == ["#a"]

    recorded.then = [more, lambda: recorded.log.append("s1", Join("#d"))]
    recorded.log.append("s1", Join("#a"))
    assert recorded.channels == ["#a", "#b", "#c", "#d"]
    assert [entry.index & 7 for entry in recorded.entries] == [1, 2, 3, 4]


def test_a_failure_to_commit_leaves_the_log_in_order() -> None:
    recorded = Recorded()

    def broken() -> None:
        recorded.log.append("s1", Join("#b"))
        raise RuntimeError("broken")

    recorded.then = [broken]
    with pytest.raises(RuntimeError, match="broken"):
        recorded.log.append("s1", Join("#a"))
    recorded.log.append("s1", Join("#c"))
    assert recorded.channels == ["#a", "#b", "#c"]
    assert [entry.index & 7 for entry in recorded.entries] == [1, 2, 3]


def test_a_log_that_nobody_follows_says_so() -> None:
    with pytest.raises(RuntimeError, match="nobody follows"):
        LocalLog("node", 1, lambda: 0.0).append("s1", Join("#x"))


# The epoch


def test_each_start_has_the_next_number(tmp_path: Path) -> None:
    assert [next_epoch(tmp_path) for _ in range(3)] == [1, 2, 3]
    assert (tmp_path / "epoch").read_text() == "3\n"
    assert [path.name for path in tmp_path.iterdir()] == ["epoch"]


def test_ids_of_a_later_start_are_higher_however_many_there_were_before(tmp_path: Path) -> None:
    first = (next_epoch(tmp_path) << EPOCH_SHIFT) + (1 << EPOCH_SHIFT) - 1
    assert next_epoch(tmp_path) << EPOCH_SHIFT > first


def test_what_a_crash_left_half_written_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "epoch").write_text("41\n")
    (tmp_path / "epoch.new").write_text("4")
    assert next_epoch(tmp_path) == 42


@pytest.mark.parametrize("text", ["", "\n", "x", "-3", "1.5", "1_000", "٣", "\udc80"])
def test_a_file_with_anything_else_is_left_alone(tmp_path: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    (tmp_path / "epoch").write_bytes(data)
    with pytest.raises(ValueError, match="should hold a number"):
        next_epoch(tmp_path)
    assert (tmp_path / "epoch").read_bytes() == data


def test_a_directory_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next_epoch(tmp_path / "missing")


@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
def test_a_disk_that_fails_gives_no_epoch_and_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    assert next_epoch(tmp_path) == 1

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    target: object = {"fsync": os, "replace": Path, "open": Path}[call]
    with monkeypatch.context() as broken:
        broken.setattr(target, call, full)
        with pytest.raises(OSError, match="No space"):
            next_epoch(tmp_path)
    assert (tmp_path / "epoch").read_text() in {"1\n", "2\n"}
    assert next_epoch(tmp_path) > 1


def test_the_file_and_the_directory_are_on_the_disk_before_the_number_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    next_epoch(tmp_path)
    assert synced == [str(tmp_path / "epoch.new"), str(tmp_path)]
