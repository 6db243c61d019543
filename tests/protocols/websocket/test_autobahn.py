"""The cases of the Autobahn test suite, by their numbers, against an echo. (The suite itself needs Python 2.)

Each runs in pieces of one byte, of a few, and whole; with permessage-deflate agreed on, and without. Of 9
(limits and performance) the sizes are those that a chat server takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack

import pytest

from tests.protocols.websocket.scene import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    EchoScene,
    Got,
    closing,
    deflate,
    inflate,
    sent,
)

HELLO = "Hello-µ@ßöäüàá-UTF-8!!".encode()
KIND = {TEXT: "text", BINARY: "binary"}


@dataclass(frozen=True, slots=True)
class Case:
    """`close` is the code of the server's Close frame; None: the connection stays. `silent`: the connection
    ends without one of the server's own, since the client's has been answered."""

    send: list[bytes]
    expect: list[Got]
    close: int | None = None
    kind: int = TEXT


def text(payload: bytes) -> Got:
    return Got(TEXT, payload)


def pong(payload: bytes = b"") -> Got:
    return Got(PONG, payload)


def parts(*payloads: bytes, kind: int = TEXT) -> list[bytes]:
    """One message in fragments."""
    last = len(payloads) - 1
    return [
        sent(kind if number == 0 else CONT, payload, fin=number == last)
        for number, payload in enumerate(payloads)
    ]


CASES: dict[str, Case] = {}

# 1: framing.
for number, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
    CASES[f"1.1.{number}"] = Case([sent(TEXT, b"*" * size)], [text(b"*" * size)])
    CASES[f"1.2.{number}"] = Case([sent(BINARY, b"\xfe" * size)], [Got(BINARY, b"\xfe" * size)], kind=BINARY)

# 2: pings and pongs.
CASES |= {
    "2.1": Case([sent(PING)], [pong()]),
    "2.2": Case([sent(PING, b"Hello, world!")], [pong(b"Hello, world!")]),
    "2.3": Case(
        [sent(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")], [pong(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")]
    ),
    "2.4": Case([sent(PING, b"\xfe" * 125)], [pong(b"\xfe" * 125)]),
    "2.5": Case([sent(PING, b"\xfe" * 126)], [], 1002),
    "2.7": Case([sent(PONG)], []),
    "2.8": Case([sent(PONG, b"unsolicited pong payload")], []),
    "2.9": Case([sent(PONG, b"unsolicited"), sent(PING, b"ping payload")], [pong(b"ping payload")]),
    "2.10": Case([sent(PING, b"%d" % n) for n in range(10)], [pong(b"%d" % n) for n in range(10)]),
}

# 3: reserved bits. (Of 1, with deflate, see below: it says that a message is compressed.)
CASES |= {
    "3.2": Case([sent(TEXT, HELLO), sent(TEXT, HELLO, rsv=2), sent(PING)], [text(HELLO)], 1002),
    "3.3": Case([sent(TEXT, HELLO), sent(TEXT, HELLO, rsv=3), sent(PING)], [text(HELLO)], 1002),
    "3.4": Case([sent(TEXT, HELLO), sent(TEXT, HELLO, rsv=2), sent(PING)], [text(HELLO)], 1002),
    "3.5": Case([sent(BINARY, b"\x00\xff", rsv=2)], [], 1002, BINARY),
    "3.6": Case([sent(PING, HELLO, rsv=6)], [], 1002),
    "3.7": Case([sent(CLOSE, b"", rsv=7)], [], 1002),
}

# 4: reserved opcodes.
for number, opcode in enumerate((3, 4, 5, 6, 7), 1):
    CASES[f"4.1.{number}"] = Case(
        [sent(TEXT, HELLO), sent(opcode, b"reserved"), sent(PING)], [text(HELLO)], 1002
    )
for number, opcode in enumerate((11, 12, 13, 14, 15), 1):
    CASES[f"4.2.{number}"] = Case(
        [sent(TEXT, HELLO), sent(opcode, b"reserved"), sent(PING)], [text(HELLO)], 1002
    )

# 5: fragmentation.
CASES |= {
    "5.1": Case([sent(PING, b"fragment1", fin=False), sent(CONT, b"fragment2")], [], 1002),
    "5.2": Case([sent(PONG, b"fragment1", fin=False), sent(CONT, b"fragment2")], [], 1002),
    "5.3": Case(parts(b"fragment1", b"fragment2"), [text(b"fragment1fragment2")]),
    "5.6": Case(
        [sent(TEXT, b"fragment1", fin=False), sent(PING, b"ping"), sent(CONT, b"fragment2")],
        [pong(b"ping"), text(b"fragment1fragment2")],
    ),
    "5.9": Case([sent(CONT, b"non-continuation payload"), sent(TEXT, HELLO)], [], 1002),
    "5.12": Case([sent(CONT, b"non-continuation payload", fin=False), sent(TEXT, HELLO)], [], 1002),
    "5.15": Case(
        [*parts(b"fragment1", b"fragment2"), sent(CONT, b"fragment3", fin=False), sent(TEXT, b"fragment4")],
        [text(b"fragment1fragment2")],
        1002,
    ),
    "5.16": Case([sent(CONT, b"fragment1", fin=False), sent(TEXT, b"fragment2", fin=False)] * 2, [], 1002),
    "5.17": Case([sent(CONT, b"fragment1"), sent(TEXT, b"fragment2", fin=False)] * 2, [], 1002),
    "5.18": Case([sent(TEXT, b"fragment1", fin=False), sent(TEXT, b"fragment2")], [], 1002),
    "5.19": Case(
        [
            sent(TEXT, b"fragment1", fin=False),
            sent(CONT, b"fragment2", fin=False),
            sent(PING, b"pongme 1!"),
            sent(CONT, b"fragment3", fin=False),
            sent(CONT, b"fragment4", fin=False),
            sent(PING, b"pongme 2!"),
            sent(CONT, b"fragment5"),
        ],
        [pong(b"pongme 1!"), pong(b"pongme 2!"), text(b"fragment1fragment2fragment3fragment4fragment5")],
    ),
}

# 6: UTF-8.
KOSME = "κόσμε".encode()
CASES |= {
    "6.1.1": Case([sent(TEXT)], [text(b"")]),
    "6.1.2": Case(parts(b"", b"", b""), [text(b"")]),
    "6.1.3": Case(parts(b"", b"middle frame payload", b""), [text(b"middle frame payload")]),
    "6.2.1": Case([sent(TEXT, HELLO)], [text(HELLO)]),
    "6.2.2": Case(parts(HELLO[:12], HELLO[12:]), [text(HELLO)]),
    "6.2.3": Case(parts(*(bytes([byte]) for byte in HELLO)), [text(HELLO)]),
    "6.2.4": Case(parts(*(bytes([byte]) for byte in KOSME)), [text(KOSME)]),
    "6.3.1": Case([sent(TEXT, KOSME + b"\xed\xa0\x80edited")], [], 1007),
    "6.3.2": Case(parts(*(bytes([byte]) for byte in KOSME + b"\xed\xa0\x80edited")), [], 1007),
    # Fail fast: what is wrong is said before the message ends.
    "6.4.1": Case(parts(KOSME, b"\xf4\x90\x80\x80", b"edited")[:2], [], 1007),
    "6.4.2": Case(parts(KOSME + b"\xf4", b"\x90", b"\x80\x80edited")[:2], [], 1007),
}
VALID = [
    "\x00", "\x7f", "κόσμε", "\u0080", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff", "\ud7ff", "\ue000",
    "\ufffd", "\ufffe", "\U0001fffe", "\U0010fffe", "\ufdd0",
]  # fmt: skip
INVALID = [
    b"\x80", b"\xbf", b"\x80\xbf", b"\x80\xbf\x80\xbf\x80\xbf", bytes(range(0x80, 0xC0)),
    b"\xc0 \xc1 \xc2 ", b"\xe0 \xe1 \xef ", b"\xf0 \xf7 ", b"\xf8 \xfb ", b"\xfc \xfd ",
    b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf",
    b"\xfe", b"\xff", b"\xfe\xfe\xff\xff",
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80",
    b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce", b"\xe1\xbd",
]  # fmt: skip
for number, letters in enumerate(VALID, 1):
    CASES[f"6.5-23 valid {number}"] = Case([sent(TEXT, letters.encode())], [text(letters.encode())])
for number, octets in enumerate(INVALID, 1):
    CASES[f"6.6-21 invalid {number}"] = Case([sent(TEXT, octets)], [], 1007)

# 7: closing.
CASES |= {
    "7.1.1": Case([sent(TEXT, HELLO), closing(1000)], [text(HELLO)], 1000),
    "7.1.2": Case([closing(1000), closing(1000)], [], 1000),
    "7.1.3": Case([closing(1000), sent(PING)], [], 1000),
    "7.1.4": Case([closing(1000), sent(TEXT, HELLO)], [], 1000),
    "7.1.5": Case([sent(TEXT, b"fragment1", fin=False), closing(1000), sent(CONT, b"fragment2")], [], 1000),
    "7.1.6": Case(
        [sent(TEXT, b"BAsd7&jh23" * 6554), closing(1000), sent(PING)], [text(b"BAsd7&jh23" * 6554)], 1000
    ),
    "7.3.1": Case([sent(CLOSE)], [], 1005),
    "7.3.2": Case([sent(CLOSE, b"a")], [], 1002),
    "7.3.3": Case([closing(1000)], [], 1000),
    "7.3.4": Case([closing(1000, b"Hello World!")], [], 1000),
    "7.3.5": Case([closing(1000, b"*" * 123)], [], 1000),
    "7.3.6": Case([closing(1000, b"*" * 124)], [], 1002),
    "7.5.1": Case(
        [closing(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited")], [], 1007
    ),
}
for number, code in enumerate(
    (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999), 1
):
    CASES[f"7.7.{number}"] = Case([closing(code)], [], code)
for number, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
    CASES[f"7.9.{number}"] = Case([closing(code)], [], 1002)
CASES |= {"7.13.1": Case([closing(5000)], [], 1002), "7.13.2": Case([closing(65535)], [], 1002)}

# 9: limits: long messages, whole, in fragments, and many of them.
for number, size in enumerate((4096, 16384, 65536, 131072), 1):
    payload = b"BAsd7&jh23" * (size // 10)
    CASES[f"9.1.{number}"] = Case([sent(TEXT, payload)], [text(payload)])
    CASES[f"9.2.{number}"] = Case([sent(BINARY, payload)], [Got(BINARY, payload)], kind=BINARY)
for number, size in enumerate((64, 256, 1024, 4096), 1):
    payload = b"BAsd7&jh23" * 6554
    pieces = [payload[start : start + size] for start in range(0, len(payload), size)]
    CASES[f"9.3.{number}"] = Case(parts(*pieces), [text(payload)])
CASES["9.7"] = Case([sent(TEXT, b"*" * 64)] * 1000, [text(b"*" * 64)] * 1000)

# 10: fragments as a proxy would make them.
payload = b"*" * 65536
pieces = [payload[start : start + 1300] for start in range(0, len(payload), 1300)]
CASES["10.1.1"] = Case(parts(*pieces), [text(payload)])


def play(case: Case, size: int, window: int) -> None:
    scene = EchoScene(case.kind, deflates=window)
    scene.send(b"".join(case.send), size)
    got = scene.read()
    close = got.pop() if got and got[-1].opcode == CLOSE else None
    got = [Got(each.opcode, inflate(each.payload)) if each.compressed else each for each in got]
    assert _sorted(got) == _sorted(case.expect)
    if case.close is None:
        assert close is None
        assert not scene.closed
        assert scene.session.reasons == []
        # It goes on.
        scene.send(sent(case.kind, b"and on"))
        assert scene.read() == [Got(case.kind, b"and on")]
    else:
        assert close is not None
        assert close.code == case.close
        scene.turn()
        assert scene.transport.gone
        assert len(scene.session.reasons) == 1


def _sorted(got: list[Got]) -> list[Got]:
    """Messages in their order, pongs in theirs; which of them comes first is the server's choice when both
    come in one piece."""
    return [each for each in got if each.opcode != PONG] + [each for each in got if each.opcode == PONG]


SHORT = {name: case for name, case in CASES.items() if sum(map(len, case.send)) < 2000}


@pytest.mark.parametrize("window", [0, 15], ids=["plain", "deflate"])
@pytest.mark.parametrize("name", CASES)
def test_case_whole(name: str, window: int) -> None:
    play(CASES[name], 0, window)


@pytest.mark.parametrize("window", [0, 15], ids=["plain", "deflate"])
@pytest.mark.parametrize("name", SHORT)
def test_case_in_every_chunking(name: str, window: int) -> None:
    for size in (1, 2, 3, 5, 7, 64):
        play(CASES[name], size, window)


def test_case_1_1_8_and_9_5_long_messages_in_pieces() -> None:
    for size in (997, 1460, 64):
        play(CASES["1.1.7"], size, 0)
        play(CASES["9.1.3"], size, 15)


def test_case_3_1_a_compressed_message_where_none_was_agreed_on() -> None:
    for rsv in (1, 4, 5):
        play(Case([sent(TEXT, HELLO, rsv=4 if rsv == 1 else rsv)], [], 1002), 1, 0)


@pytest.mark.parametrize("size", [16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072])
@pytest.mark.parametrize("kind", [TEXT, BINARY], ids=KIND.get)
def test_case_12_compressed_messages(kind: int, size: int) -> None:
    scene = EchoScene(kind, deflates=15)
    for number in range(5):
        payload = (b"%d " % number + b"the quick brown fox jumps over " * (size // 31 + 1))[:size]
        scene.send(sent(kind, deflate(payload), rsv=4))
        (got,) = scene.read()
        assert got.compressed == (size >= 1024)
        assert (inflate(got.payload) if got.compressed else got.payload) == payload


@pytest.mark.parametrize("window", range(9, 16))
def test_case_13_compressed_messages_with_every_window(window: int) -> None:
    scene = EchoScene(TEXT, deflates=window)
    payload = b"".join(b"%d green bottles standing on the wall, " % number for number in range(500))
    for _ in range(3):
        scene.send(sent(TEXT, deflate(payload, 15), rsv=4), 100)
        (got,) = scene.read()
        assert got.compressed
        assert inflate(got.payload, window) == payload


def test_case_12_fragments_of_a_compressed_message() -> None:
    payload = HELLO * 100
    compressed = deflate(payload)
    pieces = [compressed[start : start + 7] for start in range(0, len(compressed), 7)]
    scene = EchoScene(TEXT, deflates=15)
    for number, piece in enumerate(pieces):
        first, last = number == 0, number == len(pieces) - 1
        scene.send(sent(TEXT if first else CONT, piece, fin=last, rsv=4 if first else 0))
        scene.send(sent(PING, b"%d" % number))
    *pongs, got = scene.read()[:-1], scene.read()
    assert len(pongs[0]) == len(pieces)
    assert got == []
    assert scene.session.heard == [payload]


def test_a_fragment_that_says_again_that_it_is_compressed_is_refused() -> None:
    compressed = deflate(HELLO)
    data = sent(TEXT, compressed[:5], fin=False, rsv=4) + sent(CONT, compressed[5:], rsv=4)
    play(Case([data], [], 1002), 1, 15)


def test_what_cannot_be_inflated_is_refused() -> None:
    play(Case([sent(TEXT, b"\xff" * 20, rsv=4)], [], 1002), 3, 15)


def test_a_frame_that_is_not_masked_is_refused() -> None:
    play(Case([b"\x81\x02hi"], [], 1002), 1, 0)


def test_a_length_beyond_measure_is_refused_before_it_comes() -> None:
    play(Case([pack("!BBQ", 0x81, 0xFF, 1 << 63)], [], 1009), 1, 0)
    play(Case([pack("!BBQ", 0x81, 0xFF, 1 << 20)], [], 1009), 1, 15)
