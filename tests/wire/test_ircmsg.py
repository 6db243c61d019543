import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.wire.ircmsg import (
    MAX_CLIENT_TAGS,
    MAX_INPUT,
    NO_TAGS,
    Code,
    ProtocolError,
    escape_tag,
    line,
    middle,
    parse,
    parse_tags,
    tags_text,
    unescape_tag,
)
from chatdaemon.wire.lines import TOO_LONG

Atoms = tuple[dict[str, str], str, str, list[str]]


def atoms(text: str | bytes) -> Atoms:
    message = parse(text.encode() if isinstance(text, str) else text)
    return (dict(message.tags), message.source, message.command, message.params)


def refusal(text: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as e:
        parse(text)
    return e.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QUIT", ({}, "", "QUIT", [])),
        ("one two three four", ({}, "", "ONE", ["two", "three", "four"])),
        ("join #chan", ({}, "", "JOIN", ["#chan"])),
        ("JOIN :#chan", ({}, "", "JOIN", ["#chan"])),
        ("JOIN :", ({}, "", "JOIN", [""])),
        ("CAP :END", ({}, "", "CAP", ["END"])),
        ("CAP REQ : sasl", ({}, "", "CAP", ["REQ", " sasl"])),
        ("PRIVMSG #chan :hello there", ({}, "", "PRIVMSG", ["#chan", "hello there"])),
        ("PRIVMSG #chan :  spaces kept  ", ({}, "", "PRIVMSG", ["#chan", "  spaces kept  "])),
        ("PRIVMSG #chan ::-) :-)", ({}, "", "PRIVMSG", ["#chan", ":-) :-)"])),
        ("PRIVMSG  #chan   :spaces between", ({}, "", "PRIVMSG", ["#chan", "spaces between"])),
        ("MODE #chan +o nick  ", ({}, "", "MODE", ["#chan", "+o", "nick"])),
        ("MODE #chan a:b:c +k", ({}, "", "MODE", ["#chan", "a:b:c", "+k"])),
        ("  PING  token", ({}, "", "PING", ["token"])),
        ("PRIVMSG #a\tb :x", ({}, "", "PRIVMSG", ["#a\tb", "x"])),
        ("USER x \u00a0 * :r\u00e9al", ({}, "", "USER", ["x", "\u00a0", "*", "r\u00e9al"])),
        (":nick!user@host AWAY ", ({}, "nick!user@host", "AWAY", [])),
        (":cool\tsource   FOO bar", ({}, "cool\tsource", "FOO", ["bar"])),
        (": FOO", ({}, "", "FOO", [])),
        ("001 a b", ({}, "", "001", ["a", "b"])),
        ("@a=b;c=32;k;rt=ql7 foo", ({"a": "b", "c": "32", "k": "", "rt": "ql7"}, "", "FOO", [])),
        ("@c;h=;a=b :quux ab cd", ({"c": "", "h": "", "a": "b"}, "quux", "AB", ["cd"])),
        ("@a=b   :src   FOO :x", ({"a": "b"}, "src", "FOO", ["x"])),
        ("@+example.com/a=x;+b FOO", ({"+example.com/a": "x", "+b": ""}, "", "FOO", [])),
        ("@a=1;b=2;a=3 FOO", ({"a": "3", "b": "2"}, "", "FOO", [])),
        ("@a=b=c FOO", ({"a": "b=c"}, "", "FOO", [])),
        ("@ FOO", ({}, "", "FOO", [])),
    ],
)
def test_a_line_is_taken_apart(text: str, expected: Atoms) -> None:
    assert atoms(text) == expected


def test_more_than_fifteen_parameters_are_all_kept() -> None:
    params = [str(n) for n in range(120)]
    assert parse(f"ISON {' '.join(params)}".encode()).params == params


def test_only_ascii_letters_of_a_command_become_upper_case() -> None:
    assert parse(b"privMSG x").command == "PRIVMSG"
    assert parse("jo\u0131n #x".encode()).command == "jo\u0131n"


def test_a_message_without_tags_has_the_shared_empty_ones() -> None:
    assert parse(b"QUIT").tags is NO_TAGS
    with pytest.raises(TypeError):
        NO_TAGS["a"] = "b"  # type: ignore[index]  # that it cannot be written to is the point


def test_tags_whose_name_breaks_the_grammar_are_left_out() -> None:
    assert parse_tags("+;=x;;a\u00e9=1;a b;++c;good=1;+ok-1./x") == {"good": "1", "+ok-1./x": ""}


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("", ""),
        ("plain", "plain"),
        (r"a\:b\sc\\d\re\nf", "a;b c\\d\re\nf"),
        (r"\\\\\:\\s\s\r\n", "\\\\;\\s \r\n"),
        (r"value\\ntest", "value\\ntest"),
        (r"value\1", "value1"),
        ("value\\", "value"),
        (r"value\\", "value\\"),
        ("\\\\\\", "\\"),
    ],
)
def test_tag_values_are_unescaped_a_character_at_a_time(escaped: str, plain: str) -> None:
    assert unescape_tag(escaped) == plain
    assert parse(f"@t={escaped} FOO".encode()).tags == {"t": plain}


@pytest.mark.parametrize(
    "text",
    [b"", b" ", b"    ", b":src", b":src ", b": :x", b":src :FOO", b":src  :FOO", b"@a=b", b"@a=b :src :x"],
)
def test_a_line_without_a_command_is_refused(text: bytes) -> None:
    assert refusal(text).code == "no-command"


@pytest.mark.parametrize("character", [b"\0", b"\r", b"\n"])
@pytest.mark.parametrize("text", [b"PRIVMSG #a :b%bc", b"FOO%b", b"@a=%b FOO", b":%b FOO"])
def test_nul_cr_and_lf_are_refused_anywhere(text: bytes, character: bytes) -> None:
    assert refusal(text % character).code == "bad-character"
    assert refusal(b"\n" + text).code == "bad-character"


@pytest.mark.parametrize(
    ("text", "command", "tags"),
    [
        (b"PRIVMSG #a :caf\xe9", "PRIVMSG", {}),
        (b"@label=7;a=\xff privmsg #a :x", "PRIVMSG", {"label": "7", "a": "\ufffd"}),
        (b"caf\xe9 x", "*", {}),
        (b"FOO-BAR \xe9", "*", {}),
        (b"@label=7 :\xe9", "*", {"label": "7"}),
        (b"@label=7 :src :\xe9", "*", {"label": "7"}),
        (b"A \xed\xa0\x80", "A", {}),
        (b"A \xc0\x80", "A", {}),
    ],
)
def test_what_is_not_utf8_is_refused_and_says_what_it_was_about(
    text: bytes, command: str, tags: dict[str, str]
) -> None:
    error = refusal(text)
    assert (error.code, error.command, error.tags) == ("invalid-utf8", command, tags)


def test_a_line_of_512_bytes_with_its_line_end_fits_and_one_more_is_refused() -> None:
    text = b"PRIVMSG #a :"
    text += b"x" * (510 - len(text))
    assert len(parse(text).params[1]) == 498
    assert refusal(text + b"x").code == "too-long"
    assert refusal(b"\xc3\xa9" * 256).code == "too-long", "bytes count, not characters"


def test_tags_of_4096_bytes_fit_beside_a_full_line_and_one_more_is_refused() -> None:
    tags = b"@a=" + b"x" * 4092
    rest = b"PRIVMSG #a :" + b"y" * 498
    assert len(tags) + 1 == MAX_CLIENT_TAGS
    longest = tags + b" " + rest
    assert len(longest) == MAX_INPUT
    message = parse(longest)
    assert (len(message.tags["a"]), len(message.params[1])) == (4092, 498)
    assert refusal(tags + b"x " + rest).code == "too-long"
    assert refusal(tags + b" " + rest + b"y").code == "too-long"
    assert refusal(tags + b"  " + rest).code == "too-long"
    assert refusal(b"@a " + rest + b"y").code == "too-long"
    assert refusal(tags * 2).code == "too-long"


def test_what_the_splitter_found_too_long_is_refused_as_that() -> None:
    assert refusal(TOO_LONG).code == "too-long"


def test_a_message_shows_neither_parameters_nor_tags() -> None:
    assert repr(parse(b"@a=secret PASS hunter2")) == "<Message PASS of 1 parameters>"


@given(st.one_of(st.binary(max_size=700), st.text(" :@;=\\\r\n\0a\u0131\xe9", max_size=40).map(str.encode)))
def test_any_bytes_are_a_message_or_a_protocol_error(data: bytes) -> None:
    try:
        message = parse(data)
    except ProtocolError as e:
        code: Code | None = e.code
        command = e.command
    else:
        code = None
        command = message.command
        assert not any(" " in param or param[:1] in ("", ":") for param in message.params[:-1])
    assert code in (None, "too-long", "invalid-utf8", "bad-character", "no-command")
    assert command
    assert " " not in command


def test_a_line_is_built_with_a_colon_where_it_needs_one() -> None:
    assert line("src", "AWAY") == ":src AWAY\r\n"
    assert line("", "PING", "token") == "PING token\r\n"
    assert line("src", "001", "nick", "Welcome") == ":src 001 nick Welcome\r\n"
    assert line("src", "001", "nick", "Welcome here") == ":src 001 nick :Welcome here\r\n"
    assert line("src", "AWAY", "") == ":src AWAY :\r\n"
    assert line("src", "X", "a:b", ":c") == ":src X a:b ::c\r\n"


def test_a_line_is_built_with_a_colon_where_it_is_wanted() -> None:
    assert line("src", "CAP", "*", "ACK", "sasl", colon=True) == ":src CAP * ACK :sasl\r\n"


@pytest.mark.parametrize(
    "words",
    [
        ("src", ""),
        ("src", "A B"),
        ("src", ":A"),
        ("src", "A", "", "b"),
        ("src", "A", "b c", "d"),
        ("src", "A", ":b", "c"),
        ("a b", "A"),
        ("s\n", "A"),
        ("s", "A\r"),
        ("s", "A", "\0", "b"),
        ("s", "A", "b", "c\r\nQUIT"),
    ],
)
def test_what_cannot_be_sent_is_not_built(words: tuple[str, str, *tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"line|source"):
        line(*words)


@pytest.mark.parametrize(
    ("text", "word"),
    [("#chan", "#chan"), ("a b", "a"), (" a", "a"), (": :a:b c", "a:b"), ("", "*"), (" :", "*")],
)
def test_any_text_can_be_made_a_parameter_for_the_middle(text: str, word: str) -> None:
    assert middle(text) == word
    assert line("src", "401", middle(text), "No such nick")


def test_tags_are_rendered_with_an_empty_value_left_out() -> None:
    assert tags_text({}) == ""
    assert tags_text({"a": "b;c d", "e": ""}) == "@a=b\\:c\\sd;e "


def test_a_nul_cannot_be_sent_in_a_tag() -> None:
    with pytest.raises(ValueError, match="NUL"):
        escape_tag("a\0")


words = st.text(
    st.characters(exclude_characters=" \r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=8
)
middles = words.filter(lambda word: word[0] != ":")
trailing = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=20)
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
keys = st.from_regex(r"\A\+?[a-zA-Z0-9./-]{1,8}\Z")


@given(
    st.dictionaries(keys, values, max_size=4),
    st.one_of(st.just(""), words),
    st.from_regex(r"\A([A-Z]{1,10}|[0-9]{3})\Z"),
    st.lists(middles, max_size=5),
    st.lists(trailing, max_size=1),
    st.booleans(),
)
def test_what_is_rendered_is_parsed_again(
    tags: dict[str, str], source: str, command: str, params: list[str], last: list[str], colon: bool
) -> None:
    text = tags_text(tags) + line(source, command, *params, *last, colon=colon)
    assert text.endswith("\r\n")
    assert atoms(text[:-2]) == (tags, source, command, params + last)


@given(values)
def test_an_escaped_tag_value_is_one_and_unescapes_to_itself(value: str) -> None:
    escaped = escape_tag(value)
    assert not set(escaped) & set("; \r\n\0")
    assert unescape_tag(escaped) == value
