from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.irc import numerics
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.protocols.irc.refusals import ANSWERS, code_for, numeric_for
from chatdaemon.realm.modes import ChannelSetting, ModeChange
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.wire.ircmsg import parse

TEXT = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=300)
KEY = ModeChange(ChannelSetting.KEY, True, "a key")

LINES = {
    Reason.NOT_CONNECTED: "451 me :You have not registered",
    Reason.ALREADY_CONNECTED: "462 me :You may not reregister",
    Reason.NO_SUCH_NICK: "401 me subject :No such nick/channel",
    Reason.NO_SUCH_CHANNEL: "403 me subject :No such channel",
    Reason.NO_SUCH_TARGET: "401 me subject :No such nick/channel",
    Reason.BAD_NICK: "432 me subject :detail",
    Reason.NICK_IN_USE: "433 me subject :Nickname is already in use",
    Reason.BAD_CHANNEL_NAME: "476 me subject :detail",
    Reason.NICK_CHANGE_FORBIDDEN: "447 me :Cannot change nickname while on subject (+N)",
    Reason.BANNED_NICK_CHANGE: (
        "435 me subject detail :Cannot change nickname while banned or muted on channel"
    ),
    Reason.TOO_MANY_CHANNELS: "405 me subject :You have joined too many channels",
    Reason.BANNED: "474 me subject :Cannot join channel (+b): you are banned",
    Reason.INVITE_ONLY: "473 me subject :Cannot join channel (+i): you must be invited",
    Reason.BAD_KEY: "475 me subject :Cannot join channel (+k): bad key",
    Reason.CHANNEL_FULL: "471 me subject :Cannot join channel (+l): channel is full",
    Reason.LOGIN_TO_JOIN: "477 me subject :Cannot join channel (+R): you must be logged in",
    Reason.NOT_ON_CHANNEL: "442 me subject :You're not on that channel",
    Reason.TARGET_NOT_ON_CHANNEL: "441 me subject detail :They aren't on that channel",
    Reason.ALREADY_ON_CHANNEL: "443 me subject detail :is already on channel",
    Reason.NEEDS_HALFOP: "482 me subject :You must be a channel half-operator",
    Reason.NEEDS_OP: "482 me subject :You must be a channel operator",
    Reason.NEEDS_FOUNDER: "482 me subject :You must be a channel founder",
    Reason.OUTRANKED: "482 me subject :detail has a rank that you cannot act on",
    Reason.CANNOT_SPEAK: "404 me subject :Cannot send to channel",
    Reason.MUTED: "404 me subject :Cannot send to channel (+b): you are banned or muted",
    Reason.LOGIN_TO_SPEAK: "404 me subject :Cannot send to channel (+M): you must be logged in",
    Reason.NO_CTCP: "404 me subject :Cannot send CTCP to channel (+C)",
    Reason.NO_NOTICE: "404 me subject :Cannot send notice to channel (+T)",
    Reason.LOGIN_TO_MESSAGE: "486 me subject :You must be logged in to message this user",
    Reason.NO_CTCP_TO_USER: "531 me subject :Cannot send CTCP to this user (+T)",
    Reason.NOT_ACCEPTED: "716 me subject :is in +g mode (server-side ignore).",
    Reason.CANNOT_PORTRAY: "573 me subject :detail",
    Reason.NOT_INVITED: "505 me subject detail :is not invited to this channel",
    Reason.ACCEPTED_ALREADY: "457 me subject :is already on your accept list",
    Reason.NOT_ON_ACCEPT_LIST: "458 me subject :is not on your accept list",
    Reason.ACCEPT_FULL: "456 me :Accept list is full",
    Reason.SILENCE_FULL: "511 me subject :Your silence list is full",
    Reason.NO_TEXT: "412 me :No text to send",
    Reason.CHANNEL_OPEN: "713 me subject :Channel is open.",
    Reason.KNOCKED_ALREADY: "712 me subject :Too many KNOCKs (user).",
    Reason.CANNOT_KNOCK: "480 me subject :Cannot knock: you are banned",
    Reason.BAD_MODE_VALUE: "696 me subject k a :detail",
    Reason.LIST_FULL: "478 me subject detail :Channel list is full",
    Reason.BAD_FORWARD: "696 me detail k a :This channel cannot be forwarded to",
    Reason.NOT_AN_OPERATOR: "481 me :Permission denied: you are not an IRC operator",
    Reason.NEEDS_PRIVILEGE: "723 me subject :Insufficient oper privileges.",
    Reason.NEEDS_ACCESS: "482 me subject :Your account does not have the access that this needs",
    Reason.MODE_KEPT: "742 me subject k * :The founder of the channel keeps this mode as it is",
    Reason.NICK_RESERVED: "433 me subject :Nickname belongs to an account: log in to use it",
    Reason.NICK_CONFUSABLE: "433 me subject :Nickname looks too much like one that is registered",
}


def line(refusal: Refusal) -> str:
    numeric, params = numeric_for(refusal)
    return numeric.line("irc.test", "me", params)


def test_every_reason_with_a_numeric_has_a_line_here() -> None:
    assert set(ANSWERS) == set(LINES)


@pytest.mark.parametrize("reason", LINES)
def test_each_reason_is_said_with_its_parameters_in_order(reason: Reason) -> None:
    assert line(Refusal(reason, "subject", "detail", KEY)) == f":irc.test {LINES[reason]}"


@pytest.mark.parametrize("reason", Reason)
@given(subject=TEXT, detail=TEXT)
def test_whatever_is_refused_the_line_can_be_parsed(reason: Reason, subject: str, detail: str) -> None:
    said = line(Refusal(reason, subject, detail))
    head, colon, _ = said.partition(" :")
    words = head.split(" ")
    assert colon
    assert "" not in words
    # The server, the code, the nick and what the numeric names before its text.
    numeric = numeric_for(Refusal(reason, subject, detail))[0]
    middles = len([name for name in numeric.names if not name.startswith(":")])
    assert len(words) == 3 + middles
    assert not any(word.startswith(":") for word in words[1:])


def test_every_reason_has_a_code_of_its_own() -> None:
    codes = [code_for(reason) for reason in Reason]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[A-Z_]+", code) for code in codes)
    assert code_for(Reason.BAD_REALNAME) == "INVALID_REALNAME"
    assert code_for(Reason.NICK_IN_USE) == "NICK_IN_USE"


def test_the_reasons_without_a_numeric_are_those_with_the_catch_all() -> None:
    catch_all = {reason for reason in Reason if numeric_for(Refusal(reason))[0] is numerics.ERR_UNKNOWNERROR}
    assert catch_all == set(Reason) - set(ANSWERS)


ALL = {name: value for name, value in vars(numerics).items() if isinstance(value, Numeric)}


def test_numerics_have_three_digits_and_each_its_own() -> None:
    assert all(re.fullmatch("[0-9]{3}", numeric.code) for numeric in ALL.values())
    codes = [numeric.code for numeric in ALL.values()]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("name", ALL)
def test_numerics_end_in_a_colon_text_or_in_words_for_programs(name: str) -> None:
    numeric = ALL[name]
    params = tuple(f"p{n}" for n in range(len(numeric.names)))
    said = numeric.line("irc.test", "me", params)
    if numeric.text is not None:
        assert said.endswith(f" :{numeric.text}")
    elif numeric.names and numeric.names[-1].startswith(":"):
        assert said.endswith(f" :{params[-1]}")
    else:
        assert said == " ".join((":irc.test", numeric.code, "me", *params))
    # Only the last parameter can be text.
    assert not any(each.startswith(":") for each in numeric.names[:-1])


def test_a_numeric_without_its_parameters_is_an_error_here() -> None:
    with pytest.raises(ValueError, match="433"):
        numerics.ERR_NICKNAMEINUSE.line("irc.test", "me", ())
    with pytest.raises(ValueError, match="431"):
        numerics.ERR_NONICKNAMEGIVEN.line("irc.test", "me", ("x",))
    assert numerics.RPL_ISUPPORT.line("s", "me", ("A", "B")).endswith("A B :are supported by this server")


@pytest.mark.parametrize("sizes", [(10, 10), (600, 10), (10, 600), (600, 600), (300, 300)])
@given(data=st.data())
def test_what_is_too_long_is_cut_where_it_is_longest(sizes: tuple[int, int], data: st.DataObject) -> None:
    nick, text = (
        data.draw(st.text("xüß語👍", min_size=1, max_size=5)) * size + data.draw(st.text("xü", max_size=3))
        for size in sizes
    )
    said = numerics.ERR_ERRONEUSNICKNAME.line("irc.test", "me", (nick, text))
    _, kept_nick, kept_text = parse(said.encode()).params
    assert nick.startswith(kept_nick)
    assert text.startswith(kept_text)
    uncut = f":irc.test 432 me {nick} :{text}"
    assert (said == uncut) == (len(uncut.encode()) <= 510)


def test_the_text_stays_behind_a_long_word() -> None:
    said = numerics.ERR_NOSUCHNICK.line("irc.test", "me", ("x" * 490,))
    assert len(said) == 510
    assert said.endswith("xxx :No such nick/channel")


def test_the_modes_that_a_founder_keeps_are_named_by_their_letters() -> None:
    refusal = Refusal(Reason.MODE_KEPT, "#x", "key moderated", KEY)
    assert line(refusal) == ":irc.test 742 me #x k km :The founder of the channel keeps this mode as it is"
