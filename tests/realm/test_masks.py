from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatdaemon.realm.masks import (
    EXTBAN_LETTERS,
    LONGEST_TIME,
    MAX_MASK,
    Mask,
    MaskError,
    compile_mask,
    extban_letter,
    glob_match,
    normalise,
)
from chatdaemon.realm.names import fold_rfc1459

RANKS = "voaq"


@dataclass(frozen=True)
class Somebody:
    hostmask: str = "alice!~al@cloak/x"
    real_hostmask: str = "alice!~al@10.1.2.3"
    folded_account: str | None = None
    realname: str = "Alice Liddell"
    channels: dict[str, str | None] = field(default_factory=dict)

    def in_channel(self, name: str, rank: str | None) -> bool:
        if name not in self.channels:
            return False
        own = self.channels[name]
        return rank is None or (own is not None and RANKS.index(own) >= RANKS.index(rank))


ALICE = Somebody()


def matches(text: str, who: Somebody = ALICE) -> bool:
    return compile_mask(text).matches(who)


@pytest.mark.parametrize(
    ("pattern", "fits", "others"),
    [
        ("", [""], ["a"]),
        ("*", ["", "anything", "two\nlines"], []),
        ("a?c", ["abc", "a?c", "a\nc"], ["ac", "abbc", "abcd"]),
        ("a*c", ["ac", "abc", "acc"], ["a", "c", "acb", "bac"]),
        ("*@127.0.0.1", ["coolguy!ab@127.0.0.1"], ["coolguy!ab@127.0.0.5", "coolguy!ab@127a0b0c1"]),
        ("cool!?username@*", ["cool!~username@x"], ["cool!username@x"]),
        ("cool!a?*@*", ["cool!ab@x", "cool!abc@x"], ["cool!a@x"]),
        ("cool[guy]!*@*", ["cool[guy]!guy@x"], ["coolg!ab@x", "cool[!ab@x"]),
        ("a\\*b", ["a\\b", "a\\xxb"], ["a*b"]),
        ("*a*b*", ["ab", "xaxbx", "aab", "aba", "abab"], ["ba", "a", "b"]),
        ("*ab?b", ["abab", "xabxb", "ababxb"], ["abb", "ababb"]),
        ("ab*ba", ["abba", "abxba"], ["aba"]),
        ("a", ["a"], ["A", "a\n"]),
    ],
)
def test_a_glob_has_stars_and_question_marks_and_nothing_else(
    pattern: str, fits: list[str], others: list[str]
) -> None:
    for text in fits:
        assert glob_match(pattern, text), text
    for text in others:
        assert not glob_match(pattern, text), text


def slow_match(pattern: str, text: str) -> bool:
    """What a glob means, said as plainly as can be."""

    @cache
    def from_here(p: int, t: int) -> bool:
        if p == len(pattern):
            return t == len(text)
        if pattern[p] == "*":
            return from_here(p + 1, t) or (t < len(text) and from_here(p, t + 1))
        return t < len(text) and pattern[p] in ("?", text[t]) and from_here(p + 1, t + 1)

    return from_here(0, 0)


@settings(max_examples=500)
@given(st.text("ab**?", max_size=10), st.text("ab", max_size=10))
def test_a_glob_matches_what_it_means(pattern: str, text: str) -> None:
    assert glob_match(pattern, text) == slow_match(pattern, text)


def test_no_glob_takes_for_ever() -> None:
    assert not glob_match("*a" * 100 + "*b", "a" * 5000)
    assert not glob_match("*?a" * 60 + "*b", "a" * 5000)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("nick", "nick!*@*"),
        ("nick!user", "nick!user@*"),
        ("user@host", "*!user@host"),
        ("Nick!User@Host", "Nick!User@Host"),
        ("!user@", "*!user@*"),
        ("nick!@host", "nick!*@host"),
        ("@host", "*!*@host"),
        ("host.example", "*!*@host.example"),
        ("2001:db8::1", "*!*@2001:db8::1"),
        ("some/cloak", "*!*@some/cloak"),
        ("*", "*!*@*"),
        ("a**b!***@*?*", "a*b!*@?*"),
        ("a?**??*b", "a???*b!*@*"),
        ("~user@host", "*!~user@host"),
        ("~user@2001:db8::1", "*!~user@2001:db8::1"),
        ("~a@host", "*!~a@host"),
        ("~!x!y@host", "~!x!y@host"),
        ("~a", "~a"),
        ("~Account:Bob", "~a:Bob"),
        ("~a:b**", "~a:b*"),
        ("~!a", "~!a"),
        ("~!account:bob", "~!a:bob"),
        ("~realname:*a:b*", "~r:*a:b*"),
        ("~channel:#Chan", "~c:#Chan"),
        ("~c:@#chan", "~c:@#chan"),
        ("~mute:nick", "~m:nick!*@*"),
        ("~m:~account:bob", "~m:~a:bob"),
        ("~m:~!a", "~m:~!a"),
        ("n\u00efck", "n\u00efck!*@*"),
    ],
)
def test_a_mask_has_a_canonical_form(text: str, canonical: str) -> None:
    assert normalise(text) == canonical
    assert normalise(canonical) == canonical
    assert compile_mask(text).text == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a\x02",
        "a\x7f",
        "a\x9f",
        ":a",
        "a\n",
        "~z:x",
        "~nobody",
        "~",
        "~:x",
        "~a:",
        "~r",
        "~r:",
        "~c:",
        "~c",
        "~c:nochannel",
        "~c:@",
        "~c:##a,b",
        "~m",
        "~m:",
        "~m:~m:x",
        "~m:~mute:x",
        "~!m:x",
        "~m:~z:x",
        "x" * (MAX_MASK + 1),
        "x" * MAX_MASK,
        "é" * (MAX_MASK // 2),
        "~m:" + "x" * (MAX_MASK - 6),
    ],
)
def test_what_is_no_mask_is_refused(text: str) -> None:
    with pytest.raises(MaskError):
        normalise(text)
    with pytest.raises(MaskError):
        compile_mask(text)


@given(st.text("ab*?!@.:~#cmr/ ", max_size=15))
def test_every_mask_is_canonical_after_once_and_can_be_compiled(text: str) -> None:
    try:
        canonical = normalise(text)
    except MaskError:
        return
    assert normalise(canonical) == canonical
    assert compile_mask(text) == compile_mask(canonical)
    compile_mask(canonical).matches(ALICE)


def test_the_longest_mask_stays_one() -> None:
    longest = "x" * (MAX_MASK - 4)
    assert normalise(normalise(longest)) == longest + "!*@*"


def test_masks_are_the_same_that_differ_in_case_only() -> None:
    assert compile_mask("ALICE") == compile_mask("alice!*@*")
    assert len({compile_mask("~A:Bob"), compile_mask("~account:bob")}) == 1
    assert compile_mask("alice").key == "alice!*@*"
    assert compile_mask("alice") != compile_mask("alicia")


def test_a_host_mask_matches_what_others_see_and_what_is_behind_it() -> None:
    assert matches("ALICE!*@*")
    assert matches("*!*@cloak/x")
    assert matches("10.1.*")
    assert not matches("10.2.*")
    assert not matches("al")


def test_an_account_is_matched_by_name_or_by_having_one() -> None:
    bob = replace(ALICE, folded_account="bob")
    assert matches("~a:BOB", bob)
    assert matches("~a:b*", bob)
    assert matches("~a", bob)
    assert not matches("~a:bo", bob)
    assert not matches("~a:*")
    assert not matches("~a")


def test_a_negated_mask_matches_everybody_else() -> None:
    bob = replace(ALICE, folded_account="bob")
    assert matches("~!a")
    assert not matches("~!a", bob)
    assert matches("~!a:bob")
    assert not matches("~!a:bob", bob)
    assert not matches("~!r:alice*")


def test_a_realname_is_matched_without_case_and_with_question_marks_for_spaces() -> None:
    assert matches("~r:alice?LIDDELL")
    assert not matches("~r:alice")


def test_a_channel_is_matched_with_or_without_a_rank() -> None:
    member = replace(ALICE, channels={"#tea": None})
    op = replace(ALICE, channels={"#tea": "o"})
    assert matches("~c:#Tea", member)
    assert matches("~c:#Tea", op)
    assert not matches("~c:#tea")
    assert not matches("~c:@#tea", member)
    assert matches("~c:@#TEA", op)
    assert matches("~c:+#tea", op)
    assert not matches("~c:~#tea", op)


def test_a_mute_matches_like_what_it_holds() -> None:
    mute = compile_mask("~m:~r:alice*")
    assert mute.mute
    assert mute.matches(ALICE)
    assert not compile_mask("~m:bob").matches(ALICE)
    assert not compile_mask("~r:alice*").mute
    assert not compile_mask("alice").mute


def test_masks_follow_the_casemapping_in_what_they_match_and_not_in_what_they_are() -> None:
    who = Somebody(
        hostmask="al{}!^x@host", real_hostmask="al{}!^x@host", folded_account="bob|", realname="[x]"
    )
    who = replace(who, channels={"#a{": "q"})

    def fits(text: str) -> bool:
        return compile_mask(text, fold_rfc1459).matches(who)

    assert fits("AL[]!~x@*")
    assert fits("~a:BOB\\")
    assert fits("~r:{X}")
    assert fits("~c:~#A[")
    assert fits("~m:~c:~#a{")
    assert compile_mask("~M:[", fold_rfc1459).key == "^m:{!*@*"


def test_a_mask_shows_its_text_and_cannot_be_changed() -> None:
    mask = compile_mask("alice")
    assert repr(mask) == "Mask(text='alice!*@*', key='alice!*@*', mute=False, seconds=0)"
    with pytest.raises(AttributeError):
        mask.mute = True  # type: ignore[misc]  # that it cannot be set is the point


def test_each_letter_that_isupport_names_is_an_extended_ban() -> None:
    masks = [compile_mask(f"~{letter}:{'5:' if letter == 't' else ''}#a") for letter in EXTBAN_LETTERS]
    assert all(isinstance(mask, Mask) and mask.text.startswith("~") for mask in masks)


@pytest.mark.parametrize(
    ("text", "canonical", "seconds"),
    [
        ("~t:5:alice", "~t:5:alice!*@*", 300),
        ("~time:05:alice", "~t:5:alice!*@*", 300),
        ("~t:90s:alice", "~t:90s:alice!*@*", 90),
        ("~t:120s:alice", "~t:2:alice!*@*", 120),
        ("~T:2h30m:10.0.0.1", "~t:150:*!*@10.0.0.1", 9000),
        ("~t:1w1d1s:alice", "~t:691201s:alice!*@*", 691201),
        ("~t:1d:~m:~a", "~t:1440:~m:~a", 86400),
        ("~t:5:~!a:bob", "~t:5:~!a:bob", 300),
        ("~t:5:~c:@#x", "~t:5:~c:@#x", 300),
    ],
)
def test_a_mask_for_a_time(text: str, canonical: str, seconds: int) -> None:
    mask = compile_mask(text)
    assert (mask.text, mask.seconds) == (canonical, seconds)
    assert compile_mask(canonical) == mask
    # It is the same mask as the one without a time, and matches as that does.
    plain = compile_mask(canonical.split(":", 2)[2])
    assert (mask.key, mask.mute, plain.seconds) == (plain.key, plain.mute, 0)
    for who in (ALICE, replace(ALICE, folded_account="bob", channels={"#x": "o"})):
        assert mask.matches(who) == plain.matches(who)


@pytest.mark.parametrize(
    "text",
    [
        "~t", "~t:", "~t:5", "~t:5:", "~t::alice", "~t:0:alice", "~t:0s:alice", "~t:x:alice", "~t:5x:alice",
        "~t:-5:alice", "~t:1.5h:alice", "~t:h:alice", "~t:٣:alice", "~t:6000000d:alice", "~t:1826d:alice",
        "~t:1234567890:alice", "~!t:5:alice", "~t:5:~t:5:alice", "~m:~t:5:alice", "~t:5:~z:x",
    ],
)  # fmt: skip
def test_a_time_that_is_none_or_in_the_wrong_place(text: str) -> None:
    with pytest.raises(MaskError):
        compile_mask(text)


@given(st.integers(1, LONGEST_TIME))
def test_any_time_is_written_so_that_it_is_read_again(seconds: int) -> None:
    mask = compile_mask(f"~t:{seconds}s:alice")
    assert mask.seconds == seconds
    assert compile_mask(mask.text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "letter"), [("alice", None), ("~a", "a"), ("~!a:x", "a"), ("~u!x@y", None), ("~t:5:alice", "t")]
)
def test_the_letter_of_an_extended_mask(text: str, letter: str | None) -> None:
    assert extban_letter(compile_mask(text).text) == letter
