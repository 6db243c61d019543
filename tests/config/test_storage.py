"""`[storage]`: which database."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdaemon.config import ConfigError, load

URL = "postgresql://chat:hunter2@db.example/talk"


def test_without_a_url_it_is_sqlite() -> None:
    assert load(None, environ={}).storage.url == ""


@pytest.mark.parametrize("url", [URL, "postgres:///talk?host=/run/postgresql"])
def test_a_url_is_one_of_postgresql(tmp_path: Path, url: str) -> None:
    ini = tmp_path / "x.ini"
    ini.write_text(f"[storage]\nurl = {url}\n")
    assert load(ini, environ={}).storage.url == url


def test_it_can_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{URL}\n")
    (tmp_path / "url").chmod(0o600)
    ini = tmp_path / "x.ini"
    ini.write_text("[storage]\nurl-file = url\n")
    assert load(ini, environ={}).storage.url == URL


@pytest.mark.parametrize(
    "url", ["mysql://chat:hunter2@db.example/talk", "chat:hunter2@db.example", f"{URL} x"]
)
def test_anything_else_is_refused_without_showing_a_password(tmp_path: Path, url: str) -> None:
    ini = tmp_path / "x.ini"
    ini.write_text(f"[storage]\nurl = {url}\n")
    with pytest.raises(
        ConfigError, match=r"x.ini:2: .*(begins with \"postgresql://\"|cannot hold a space)"
    ) as raised:
        load(ini, environ={})
    assert "hunter2" not in str(raised.value)
