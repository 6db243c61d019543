"""The secret of a server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chatdaemon.accounts.secret import secret_of


def test_it_is_made_once_and_kept_for_the_owner_s_eyes(tmp_path: Path) -> None:
    first = secret_of(tmp_path)
    assert len(first) == 32
    assert secret_of(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_two_servers_have_two(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert secret_of(tmp_path / "a") != secret_of(tmp_path / "b")


def test_a_start_that_ended_in_the_middle_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".secret.new").write_text("half")
    assert len(secret_of(tmp_path)) == 32


@pytest.mark.parametrize("text", ["", "x", "ab" * 31, "ab" * 33, "\u00e9" * 64])
def test_a_file_with_something_else_is_not_overwritten(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)
    with pytest.raises(ValueError, match="remove it"):
        secret_of(tmp_path)
    assert (tmp_path / "secret").read_text() == text


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        secret_of(tmp_path / "nowhere")
