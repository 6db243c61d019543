from __future__ import annotations

import re

import pytest

from chatdaemon.protocols.irc.commands import COMMANDS
from chatdaemon.protocols.irc.help import INDEX, TOPICS
from chatdaemon.protocols.irc.modes import CHANNEL_MODES, USER_MODES
from chatdaemon.realm.masks import EXTBAN_LETTERS


def test_every_command_has_a_text_and_every_text_is_of_something_there_is() -> None:
    assert set(TOPICS) - {"CMODES", "UMODES", "EXTBANS"} == set(COMMANDS)


def test_the_index_names_every_subject() -> None:
    named = set(re.findall(r"\b[A-Z]{2,}\b", " ".join(INDEX[2:])))
    assert named == set(TOPICS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_text_of_a_command_begins_with_how_it_is_written(name: str) -> None:
    title, first, *_ = TOPICS[name]
    assert name in re.findall(r"[A-Z]+", title)
    assert first


def test_every_mode_is_told_of() -> None:
    channel = " ".join(TOPICS["CMODES"][1:])
    assert [each for each in CHANNEL_MODES if not re.search(rf"(?<!\S){each} ", channel)] == []
    user = " ".join(TOPICS["UMODES"][1:])
    assert [each for each in USER_MODES if not re.search(rf"(?<!\S){each} ", user)] == []


def test_every_extended_ban_is_told_of() -> None:
    assert [letter for letter in EXTBAN_LETTERS if f"~{letter}:" not in " ".join(TOPICS["EXTBANS"])] == []


def test_every_line_fits_whoever_asks() -> None:
    for name, lines in {"*": INDEX, **TOPICS}.items():
        for line in lines:
            assert len(f":{'s' * 63} 705 {'n' * 64} {name} :{line}".encode()) <= 510
            assert not line.endswith(" ")
