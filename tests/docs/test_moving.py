"""docs/moving.md: the keys, commands and services that it names are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from chatdaemon import cli
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV
from chatdaemon.protocols.irc.services.hostserv import HOSTSERV
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV
from chatdaemon.protocols.irc.services.service import Service
from tests.importing.files import ERGO_NEW, database

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "moving.md").read_text()


def configured() -> set[str]:
    """All keys of the example, as "[section] key"."""
    keys = set()
    section = ""
    for line in (ROOT / "conf" / "chatdaemon.ini").read_text().splitlines():
        if match := re.fullmatch(r"#?(\[[a-z]+(?: \w+)?\])", line):
            section = match[1]
        elif match := re.match(r"#?([a-z-]+) =", line):
            keys.add(f"{section} {match[1]}")
    return keys


def test_every_key_that_is_named_is_a_key_of_the_configuration() -> None:
    named = set(re.findall(r"`(\[[a-z]+(?: \w+)?\] [a-z-]+)`", TEXT))
    assert len(named) > 60
    assert named - configured() == set()


@pytest.mark.parametrize(
    ("service", "subcommands"),
    [("NickServ", NICKSERV), ("ChanServ", CHANSERV), ("HostServ", HOSTSERV)],
    ids=["NickServ", "ChanServ", "HostServ"],
)
def test_every_command_of_a_service_is_one(service: str, subcommands: Service) -> None:
    named = set(re.findall(rf"{service} ([A-Z]+)", TEXT))
    assert named
    assert named - set(subcommands.subcommands) == set()


def test_every_import_that_is_shown_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.findall(r"^ +chatdaemon (import .*)$", TEXT, re.MULTILINE)
    assert len(shown) == 2
    (tmp_path / "ircd.db").write_bytes(database(ERGO_NEW))
    config = tmp_path / "chatdaemon.ini"
    config.write_text(f"[chatdaemon]\ndata-directory = {tmp_path}\n")
    for line in shown:
        words = [
            word.replace("/etc/chatdaemon", str(tmp_path))
            .replace("/var/lib/chatdaemon", str(tmp_path))
            .replace("ircd.db", str(tmp_path / "ircd.db"))
            for word in shlex.split(line)
        ]
        assert cli.main(words) == 0
        assert "accounts: 2 of 2, channels: 1 of 1" in capsys.readouterr().out
