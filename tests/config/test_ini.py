"""The syntax: what configparser reads, with lines, and with every fault."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.config import ini
from chatdaemon.config.mistakes import Mistake
from tests.config.files import config, mistakes

HERE = Path("x.ini")

typical = st.sampled_from(
    [
        "[a]",
        "[b c]",
        "  [a]",
        "k = v",
        "k=v",
        "K2 = v=w",
        " k3 = indented",
        "   more",
        "\tmore",
        "",
        "   ",
        "# comment",
        "  ; comment",
        "k4 =",
        "= v",
        "word",
        "[open",
        "k5 = a ; b",
        "[]",
        "key: value",
        "][",
    ]
)
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)
lines = st.lists(st.one_of(typical, anything), max_size=12)


def values(sections: dict[str, ini.Section]) -> dict[str, dict[str, list[str]]]:
    return {
        name: {
            key: [line.strip() for line in entry.value.split("\n")] for key, entry in section.entries.items()
        }
        for name, section in sections.items()
    }


@given(lines)
def test_what_configparser_reads_is_read_alike(content: list[str]) -> None:
    text = "\n".join(content)
    peer = configparser.RawConfigParser(
        interpolation=None, delimiters=("=",), strict=True, default_section="no such section"
    )
    try:
        peer.read_string(text)
    except configparser.Error:
        return
    found: list[Mistake] = []
    sections = ini.parse(text, HERE, found)
    if any(line.lstrip().startswith("[") and not line.rstrip().endswith("]") for line in content):
        return  # configparser overlooks what follows the bracket; here it is a mistake
    if any(character in text for character in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        return  # nor does a line end there, here
    assert not found
    expected = {
        " ".join(name.split()): {
            key: [line.strip() for line in value.strip("\n").split("\n")] for key, value in peer.items(name)
        }
        for name in peer.sections()
    }
    assert values(sections) == expected


@given(lines)
def test_every_text_is_read_or_has_mistakes_in_its_own_lines(content: list[str]) -> None:
    found: list[Mistake] = []
    text = "\n".join(content)
    sections = ini.parse(text, HERE, found)
    places = [mistake.line for mistake in found]
    places += [entry.line for section in sections.values() for entry in section.entries.values()]
    assert all(place is not None and 1 <= place <= text.count("\n") + 1 for place in places)


def test_keys_values_and_sections_carry_their_lines() -> None:
    sections = ini.parse("# c\n\n[one]\na = 1\n\n[two]\nB = 2\n", HERE, [])
    assert (sections["one"].line, sections["two"].line) == (3, 6)
    assert [(key, entry.value, entry.line) for key, entry in sections["two"].entries.items()] == [
        ("b", "2", 7)
    ]


def test_a_value_goes_on_in_indented_lines_and_keeps_their_shape() -> None:
    sections = ini.parse("[a]\nk = one\n    two\n      three\n\n    # not this\n    four\nl = x\n", HERE, [])
    assert sections["a"].entries["k"].value == "one\ntwo\n  three\n\nfour"
    assert sections["a"].entries["l"].value == "x"


def test_a_value_may_begin_in_the_line_after_its_key() -> None:
    assert ini.parse("[a]\nk =\n  one\n  two\n", HERE, [])["a"].entries["k"].value == "one\ntwo"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a\nk = 1", ['1: a section\'s line is "[NAME]", not "[a"']),
        ("[a]\n[b]\n[a]\nk = 1", ["3: [a] is there twice, first in line 1"]),
        ("[a]\nk = 1\nK = 2", ['3: "k" is there twice, first in line 2']),
        ("k = 1", ['1: "k" stands before the first [section]']),
        ("[a]\nk: 1", ['2: a line is "key = value" or "[section]", not "k: 1"']),
        ("[a]\n= 1\n  more", ['2: a line is "key = value" or "[section]", not "= 1"']),
        (
            "x\n[a\n[a]\ny",
            [
                '1: a line is "key = value" or "[section]", not "x"',
                '2: a section\'s line is "[NAME]", not "[a"',
                "3: [a] is there twice, first in line 2",
                '4: a line is "key = value" or "[section]", not "y"',
            ],
        ),
    ],
)
def test_each_fault_of_syntax_is_reported_at_its_line(text: str, expected: list[str]) -> None:
    found: list[Mistake] = []
    ini.parse(text, HERE, found)
    assert [f"{mistake.line}: {mistake.text}" for mistake in found] == expected


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.ini"
    path.write_bytes(b"\xef\xbb\xbf[motd]\r\ntext = one\r\n  two\r\n")
    found: list[Mistake] = []
    assert ini.read(path, found)["motd"].entries["text"].value == "one\ntwo"
    assert not found


def test_text_that_is_not_utf8_or_holds_a_nul_is_reported_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.ini"
    path.write_bytes(b"[motd]\ntext = \xff\n\n[limits]\nnick-length = \0\n")
    found: list[Mistake] = []
    ini.read(path, found)
    assert [(mistake.line, mistake.text) for mistake in found] == [
        (2, "the text is not UTF-8"),
        (5, "the text holds a NUL"),
    ]


class TestInclude:
    def test_included_files_are_read_in_order_and_win(self, tmp_path: Path) -> None:
        (tmp_path / "conf.d").mkdir()
        (tmp_path / "conf.d/20.ini").write_text("[limits]\nnick-length = 20\n")
        (tmp_path / "conf.d/10.ini").write_text("[limits]\nnick-length = 10\ntargets = 7\n")
        (tmp_path / "conf.d/30.txt").write_text("[limits]\nnick-length = 9\n")
        text = "[chatdaemon]\ninclude = conf.d/*.ini\n[limits]\nnick-length = 15\nkey-length = 8\n"
        limits = config(tmp_path, text).limits
        assert (limits.nick_length, limits.targets, limits.key_length) == (20, 7, 8)

    def test_names_are_relative_to_the_file_that_has_them(self, tmp_path: Path) -> None:
        (tmp_path / "a [1]").mkdir()
        (tmp_path / "a [1]/one.ini").write_text("[chatdaemon]\ninclude = two.ini\n[motd]\nfile = motd.txt\n")
        (tmp_path / "a [1]/two.ini").write_text("[limits]\ntargets = 9\n")
        (tmp_path / "a [1]/motd.txt").write_text("hello\n")
        (tmp_path / "start.ini").write_text("")
        found = config(tmp_path, "[chatdaemon]\ninclude =\n  a [[]1]/o*.ini,\n  start.ini\n")
        assert found.limits.targets == 9
        assert found.motd.text == ("hello",)

    def test_a_pattern_may_match_nothing_but_a_name_must_be_there(self, tmp_path: Path) -> None:
        text = "[chatdaemon]\ninclude = none/*.ini, none.ini"
        assert mistakes(tmp_path, text) == ["2: include: none.ini cannot be read: No such file or directory"]

    def test_a_file_that_includes_itself_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "b.ini").write_text("[chatdaemon]\n\ninclude = chatdaemon.ini\n")
        text = "[chatdaemon]\ninclude = b.ini"
        assert mistakes(tmp_path, text) == ["b.ini:3: include: chatdaemon.ini includes itself"]

    def test_a_file_that_two_others_include_is_read_once(self, tmp_path: Path) -> None:
        (tmp_path / "a.ini").write_text("[chatdaemon]\ninclude = c.ini\n")
        (tmp_path / "b.ini").write_text("[chatdaemon]\ninclude = c.ini\n[limits]\ntargets = 2\n")
        (tmp_path / "c.ini").write_text("[limits]\ntargets = x\n")
        assert mistakes(tmp_path, "[chatdaemon]\ninclude = a.ini, b.ini") == []

    def test_includes_too_deep_are_refused(self, tmp_path: Path) -> None:
        for number in range(20):
            (tmp_path / f"{number}.ini").write_text(f"[chatdaemon]\ninclude = {number + 1}.ini\n")
        expected = ["14.ini:2: include: 15.ini is more than 16 files deep"]
        assert mistakes(tmp_path, "[chatdaemon]\ninclude = 0.ini") == expected

    def test_a_mistake_in_an_included_file_names_that_file(self, tmp_path: Path) -> None:
        (tmp_path / "b.ini").write_text("\n[limits]\ntargets = x\n")
        text = "[chatdaemon]\ninclude = b.ini\nx-y-z = 1"
        assert mistakes(tmp_path, text) == [
            'b.ini:3: targets: "x" is not a whole number (or "off")',
            '3: unknown key "x-y-z" in [chatdaemon]',
        ]
