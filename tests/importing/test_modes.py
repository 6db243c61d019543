"""Masks as other servers write them."""

from __future__ import annotations

import pytest

from chatdaemon.importing.modes import ANOPE_FLAGS, ERGO_FLAGS, mask_here
from chatdaemon.protocols.irc.modes import CHANNEL_MODES


@pytest.mark.parametrize(
    ("theirs", "here"),
    [
        ("*!*@bad.example", "*!*@bad.example"),
        ("nick", "nick"),
        ("m:*!*@loud", "~m:*!*@loud"),
        ("mute:*!*@loud", "~m:*!*@loud"),
        ("R:bob", "~a:bob"),
        ("!R:bob", "~!a:bob"),
        ("account:bob", "~a:bob"),
        ("j:#x", "~c:#x"),
        ("r:*spam*", "~r:*spam*"),
        ("~q:*!*@loud", "~m:*!*@loud"),
        ("~quiet:*!*@loud", "~m:*!*@loud"),
        ("~account:bob", "~account:bob"),
        ("Z:x", "~Z:x"),
        ("2001:db8::1", "2001:db8::1"),
        ("*!*@2001:db8::*", "*!*@2001:db8::*"),
    ],
)
def test_a_mask_is_what_it_was(theirs: str, here: str) -> None:
    assert mask_here(theirs) == here


def test_ergo_s_letters_are_ours() -> None:
    assert all(CHANNEL_MODES[letter] is flag for letter, flag in ERGO_FLAGS.items())


def test_every_flag_but_roleplay_has_a_name_in_anope() -> None:
    missing = {mode.value for mode in CHANNEL_MODES.values()} & {flag.value for flag in ERGO_FLAGS.values()}
    assert missing - {flag.value for flag in ANOPE_FLAGS.values()} == {"roleplay"}
