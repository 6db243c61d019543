"""Each transcript in `transcripts/` is what really happens, on a log that answers at once and on a late one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatdaemon.protocols.irc import numerics
from chatdaemon.protocols.irc.capabilities import CAPABILITIES
from chatdaemon.protocols.irc.commands import COMMANDS
from chatdaemon.protocols.irc.modes import CHANNEL_MODES, RANK_OF_PREFIX, USER_MODES
from chatdaemon.realm.masks import EXTBAN_LETTERS
from chatdaemon.realm.requests import CLIENT_TAGS
from chatdaemon.wire.ircmsg import Message, parse
from tests.protocols.irc.conftest import MakeWorld
from tests.scenarios.transcript import Play

HERE = Path(__file__).parent
TRANSCRIPTS = sorted((HERE / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: str(path.stem))
def test_a_transcript_is_what_really_happens(path: Path, make_world: MakeWorld) -> None:
    script = path.read_text().splitlines()
    assert list(Play(make_world).lines(script)) == script


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 6


def sent() -> list[Message]:
    """Every line of IRC that somebody sends in some transcript."""
    lines = [line for path in TRANSCRIPTS for line in path.read_text().splitlines()]
    found = [re.fullmatch(r"\w+ > ([^{].*)", line) for line in lines]
    return [parse(match[1].encode()) for match in found if match is not None]


def set_in_modes(*, channels: bool) -> tuple[set[str], set[str]]:
    """The letters that some MODE sets and takes away."""
    letters: dict[bool, set[str]] = {True: set(), False: set()}
    for message in sent():
        if message.command in ("MODE", "SAMODE") and message.params[0].startswith("#") == channels:
            add = True
            for letter in "".join(message.params[1:2]):
                add = letter == "+" if letter in "+-" else add
                letters[add].add(letter)
    return letters[True], letters[False]


def test_every_command_is_used_in_some_transcript() -> None:
    assert {message.command for message in sent()} >= set(COMMANDS)


def test_every_capability_is_asked_for_in_some_transcript() -> None:
    lines = [line for path in TRANSCRIPTS for line in path.read_text().splitlines()]
    asked = {word for line in lines if re.match(r"\+ \w+ irc ", line) for word in line.split()}
    asked |= {word for message in sent() if message.command == "CAP" for word in message.params[-1].split()}
    assert asked >= set(CAPABILITIES)


def test_every_mode_of_channels_is_set_and_taken_away() -> None:
    added, removed = set_in_modes(channels=True)
    assert added >= set(CHANNEL_MODES)
    # How ranks are taken by others is in test_channel_ranks.
    assert removed >= set(CHANNEL_MODES) - set("av")


def test_every_mode_of_users_is_asked_for() -> None:
    added, _ = set_in_modes(channels=False)
    assert added >= set(USER_MODES)


def test_every_prefix_addresses_its_rank() -> None:
    targets = {message.params[0][0] for message in sent() if message.command in ("PRIVMSG", "NOTICE")}
    assert targets >= set(RANK_OF_PREFIX)


def test_every_extended_ban_keeps_somebody_out_or_silent() -> None:
    masks = " ".join(" ".join(message.params[2:]) for message in sent() if message.command == "MODE")
    assert all(re.search(rf"~!?{letter}\w*:?", masks) for letter in EXTBAN_LETTERS)


def test_every_kind_of_client_only_tag_is_passed_on() -> None:
    tags = {name for message in sent() for name in message.tags}
    assert tags >= set(CLIENT_TAGS)


def test_every_numeric_is_seen_by_somebody_in_some_test() -> None:
    tests = HERE.parent / "protocols" / "irc"
    shown = "\n".join(path.read_text() for path in [*TRANSCRIPTS, *tests.rglob("*.py"), *HERE.glob("*.py")])
    codes = {each.code for each in vars(numerics).values() if isinstance(each, numerics.Numeric)}
    assert {code for code in codes if not re.search(rf"irc\.test {code} |{code} me ", shown)} == set()
