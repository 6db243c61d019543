"""docs/protocol-irc.md: its tables hold all that the code has, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from chatdaemon.config import Configuration
from chatdaemon.protocols.irc import isupport
from chatdaemon.protocols.irc.capabilities import CAPABILITIES
from chatdaemon.protocols.irc.commands import COMMANDS
from chatdaemon.protocols.irc.commands.server import OPEN_STATS, STATS
from chatdaemon.protocols.irc.commands.users import WHOIS_MATCHES
from chatdaemon.protocols.irc.help import TOPICS
from chatdaemon.protocols.irc.modes import CHANNEL_KINDS, CHANNEL_MODES, PREFIX_OF_RANK, USER_MODES
from chatdaemon.protocols.irc.refusals import ANSWERS
from chatdaemon.protocols.irc.speech import MAX_LABEL
from chatdaemon.protocols.line import LineLimits
from chatdaemon.protocols.operators import WRONG_DELAY
from chatdaemon.protocols.people import MOST_MATCHES
from chatdaemon.realm import policy
from chatdaemon.realm.masks import EXTBAN_LETTERS, normalise
from chatdaemon.realm.modes import ChannelRank, Rank
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import CLIENT_TAGS
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import Channel, Membership
from chatdaemon.settings import irc_settings, line_limits, realm_settings
from chatdaemon.wire.ircmodes import Kind
from chatdaemon.wire.ircmsg import MAX_CLIENT_TAGS, MAX_LINE

REFERENCE = (Path(__file__).parents[2] / "docs" / "protocol-irc.md").read_text()
TEXT = " ".join(REFERENCE.split())


def table(heading: str) -> list[list[str]]:
    """The cells of each row of the table that begins so, as plain text."""
    _, found, rest = REFERENCE.partition(f"\n| {heading} |")
    assert found, heading
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
    return [[_plain(cell.strip(" ").replace("\\|", "|")) for cell in row] for row in cells]


def _plain(cell: str) -> str:
    """What is all code, without its backquotes."""
    return cell[1:-1] if re.fullmatch("`[^`]*`", cell) else cell


def test_every_command_is_listed_as_help_writes_it() -> None:
    written = {name: TOPICS[name][0].removeprefix(name).strip() for name in COMMANDS}
    assert {row[0]: row[1] for row in table("command")} == written


def test_what_each_command_needs_is_said() -> None:
    needs = {}
    for name, command in COMMANDS.items():
        privilege = re.search(r"It needs the privilege (\S+)\.$", TOPICS[name][-1])
        needs[name] = privilege[1] if privilege is not None else "–" if command.early else ""
    # Before registration a JOIN is only put up with.
    needs["JOIN"] = ""
    assert {row[0]: row[2] for row in table("command")} == needs


def test_every_capability_is_listed_with_its_specification() -> None:
    rows = [re.fullmatch(r"\[`(\S+)`\]\(https://\S+\)", row[0]) for row in table("capability")]
    assert [row[1] for row in rows if row is not None] == list(CAPABILITIES)


def needed_rank(letter: str) -> str:
    """The lowest rank that may set this mode."""
    channel = Channel("c1", "#x", "#x", 0)
    for rank in Rank:
        try:
            policy.check_mode_change(channel, Membership(rank, 0), CHANNEL_MODES[letter])
        except Refusal:
            continue
        return (rank.name or "").lower()
    raise AssertionError(letter)


def test_every_mode_of_channels_is_listed_with_the_rank_that_it_needs() -> None:
    rows = table("mode | parameter")
    assert [(row[0], row[2]) for row in rows] == [(letter, needed_rank(letter)) for letter in CHANNEL_MODES]
    assert all(bool(row[1]) == (CHANNEL_KINDS[row[0]] is not Kind.FLAG) for row in rows)


def test_every_prefix_is_named_with_its_rank() -> None:
    for letter, _, _, text in table("mode | parameter"):
        mode = CHANNEL_MODES[letter]
        if isinstance(mode, ChannelRank):
            assert text.endswith(f"`{PREFIX_OF_RANK[mode.rank]}`.")


def test_every_mode_of_users_is_listed() -> None:
    assert sorted(row[0] for row in table("mode | set by")) == sorted(USER_MODES)


def test_every_extended_ban_is_listed_with_both_names() -> None:
    rows = table("mask")
    assert "".join(row[0][1] for row in rows) == EXTBAN_LETTERS
    for short, long, _ in rows:
        value = short[3:].replace("MASK", "nick")
        assert normalise(f"{long}{value}") == normalise(f"{short[:3]}{value}")


def test_every_token_is_listed_with_its_default() -> None:
    config = Configuration()
    assert [row[0] for row in table("token")] == isupport.tokens(irc_settings(config), realm_settings(config))


def test_every_numeric_of_a_refusal_is_listed() -> None:
    codes = {answer(Refusal(reason, "#x", "x"))[0].code for reason, answer in ANSWERS.items()}
    assert [row[0] for row in table("numeric")] == sorted(codes)


def test_the_client_only_tags_are_those_that_are_passed_on() -> None:
    listed = re.search(r"\*\*Client-only tags\*\* that are passed on: (.*?)\. ", TEXT)
    assert listed is not None
    assert listed[1].replace("`", "").split(", ") == list(CLIENT_TAGS)


def test_the_numbers_are_right() -> None:
    limits = line_limits(Configuration())
    assert limits == LineLimits()
    for text in (
        f"at most {MAX_LINE} bytes with its end",
        f"at most {MAX_CLIENT_TAGS:,}",
        f"{MOST_MATCHES} people at most",
        f"A label has {MAX_LABEL} bytes at most",
        f"a burst of {limits.flood_burst} lines, then {limits.flood_rate:g} a second",
        f"above {(limits.input_queue or 0) >> 10} KiB",
        f"after {limits.ping_interval:g} seconds the server sends PING",
        f"{limits.ping_timeout:g} seconds without a line later",
        f"at {(limits.send_queue or 0) >> 20} MiB of unread output",
        f"({(limits.send_queue_unregistered or 0) >> 10} KiB before registration)",
        f"It has to be over in {limits.registration_timeout:g} seconds",
    ):
        assert text in TEXT, text
    assert "tells of ten people at most" in TEXT
    assert WHOIS_MATCHES == 10
    assert "answered after two seconds" in TEXT
    assert WRONG_DELAY == 2
    assert "Once a minute" in TEXT
    assert Settings().knock_interval == 60_000


def test_the_reports_of_stats_are_named() -> None:
    row = next(row for row in table("command") if row[0] == "STATS")
    assert set(re.findall(r"`(\w)`", row[3])) == set(STATS)
    assert all(f"`{letter}` for everybody" in row[3] for letter in OPEN_STATS)


def test_what_the_reference_points_to_is_there() -> None:
    here = Path(__file__).parents[2] / "docs"
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", REFERENCE):
        assert (here / target).exists(), target
