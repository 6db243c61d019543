"""The kinds of value: what each reads, and what it says of the rest."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.config import PRIVILEGES
from chatdaemon.config.kinds import (
    Choice,
    Directory,
    Files,
    Fingerprints,
    Flag,
    Kind,
    Letters,
    Lines,
    Masks,
    PasswordHash,
    Patterns,
    ServerName,
    Subset,
    Surroundings,
    Text,
)
from chatdaemon.config.quantities import Duration, Number, Off, Rate, Size
from chatdaemon.passwords import hash_password
from tests.config.files import FINGERPRINT, HASH

AT = Surroundings(Path("/etc/chat"), {"CREDENTIALS_DIRECTORY": "/run/credentials/chat"})
COLONS = ":".join(FINGERPRINT[i : i + 2] for i in range(0, 64, 2)).upper()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Text(), "Ein Grüßchen 👋", "Ein Grüßchen 👋"),
        (Text(), "", ""),
        (ServerName(), "irc.example.net", "irc.example.net"),
        (ServerName(), "a-1.b", "a-1.b"),
        (Lines(), "\n one\n\n\ttwo\n", (" one", "", "        two")),
        (Lines(), "", ()),
        (Flag(), "yes", True),
        (Flag(), "On", True),
        (Flag(), "no", False),
        (Flag(), "0", False),
        (Choice(("irc", "json")), "IRC", "irc"),
        (Letters("imnt"), "+ntn", "nt"),
        (Letters("imnt"), "", ""),
        (Number(1, 64), "64", 64),
        (Rate(0.1), "2.5", 2.5),
        (Duration(0.1, 86400), "30", 30.0),
        (Duration(0.1, 86400), "30s", 30.0),
        (Duration(0.1, 86400), "1.5 m", 90.0),
        (Duration(0.1, 86400), "1h", 3600.0),
        (Duration(0.1, 86400), "1D", 86400.0),
        (Size(1, 1 << 30), "65536", 65536),
        (Size(1, 1 << 30), "64K", 65536),
        (Size(1, 1 << 30), "1 MiB", 1 << 20),
        (Size(1, 1 << 30), "1g", 1 << 30),
        (Off(Number(1)), "OFF", None),
        (Off(Number(1)), "5", 5),
        (Directory(), "var", Path("/etc/chat/var")),
        (Directory(), "/var/lib/chat", Path("/var/lib/chat")),
        (Patterns(), "a b.ini, c.ini\nd/*.ini", ("a b.ini", "c.ini", "d/*.ini")),
        (PasswordHash(), HASH, HASH),
        (Fingerprints(), f"{COLONS}, {'a' * 64} {FINGERPRINT}", (FINGERPRINT, "a" * 64)),
        (Masks(), "*@192.0.2.*,bob@*.example.net", ("*@192.0.2.*", "bob@*.example.net")),
        (Subset(PRIVILEGES), "Kill, see-hidden", frozenset({"kill", "see-hidden"})),
        (Subset(PRIVILEGES), "all", frozenset(PRIVILEGES)),
        (Subset(PRIVILEGES), "", frozenset()),
    ],
)
def test_a_value_is_read_and_what_it_writes_reads_the_same(kind: Kind, text: str, value: object) -> None:
    assert kind.read(text, AT) == value
    assert kind.read(kind.write(value), AT) == value
    assert kind.says


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Text(), "a\nb", "the value must be one line"),
        (Text(), "a\x02b", "the value holds a control character"),
        (Text(empty=False), "", "the value is missing"),
        (Text(spaces=False), "Chat Net", "the value cannot hold a space"),
        (Text(3), "äö", "the value is longer than 3 bytes"),
        (
            ServerName(),
            "localhost",
            '"localhost" is not a host name with a dot, of letters, digits and "-", up to 63',
        ),
        (ServerName(), "-a.b", '"-a.b" is not a host name with a dot, of letters, digits and "-", up to 63'),
        (ServerName(), "a..b", '"a..b" is not a host name with a dot, of letters, digits and "-", up to 63'),
        (Lines(), "a\0", "the text holds a NUL"),
        (Flag(), "maybe", '"maybe" is neither yes nor no'),
        (Choice(("irc", "json")), "jsn", '"jsn" is not one of irc, json; did you mean "json"?'),
        (Letters("imnt"), "nx", '"x" is not a mode that can be a default; these can: imnt'),
        (Number(1, 64), "0", "0 is out of range: from 1 to 64"),
        (Number(1, 64), "-1", '"-1" is not a whole number'),
        (Number(1, 64), "1.5", '"1.5" is not a whole number'),
        (Number(1, 64), "²", '"²" is not a whole number'),
        (Rate(0.1), "0", "0 is out of range: from 0.1 to 1000000"),
        (Rate(0.1), "4s", '"4s" is not a number'),
        (Duration(1, 60), "2m", "2m is out of range: from 1s to 1m"),
        (Duration(1, 60), "5 weeks", '"5 weeks" is not a time such as 30s, 5m or 1h'),
        (Duration(1, 60), "", '"" is not a time such as 30s, 5m or 1h'),
        (Size(1024, 65536), "1M", "1M is out of range: from 1K to 64K"),
        (Size(1024, 65536), "1T", '"1T" is not a size such as 65536, 64K or 1M'),
        (Off(Number(1, 64)), "none", '"none" is not a whole number (or "off")'),
        (Directory(), "", "the name of a file is missing"),
        (Directory(), "a\0b", "a file's name cannot hold a NUL"),
        (Files(), "/etc/chat\0", "a file's name cannot hold a NUL"),
        (Files(), "credential:../x", '"../x" is not the name of a credential'),
        (Files(), "credential:", '"" is not the name of a credential'),
        (Files(), "credential:..", '".." is not the name of a credential'),
        (Files(), "credential:x", "/run/credentials/chat/x: No such file or directory"),
        (Files(), "none.pem", "/etc/chat/none.pem: No such file or directory"),
        (Files(), "/", "/ is not a file"),
        (Files(), "/" + "x" * 300, f"/{'x' * 300}: File name too long"),
        (PasswordHash(), "secret", "the value is not an argon2id hash; `chatdaemon hash-password` makes one"),
        (
            PasswordHash(),
            HASH.replace("argon2id", "argon2i"),
            "the value is not an argon2id hash; `chatdaemon hash-password` makes one",
        ),
        (Fingerprints(), "ab:cd", '"ab:cd" is not a SHA-256 fingerprint of 64 hexadecimal digits'),
        (Masks(), "example.net", '"example.net" is not a mask of the form user@host'),
        (Masks(), "nick!user@host", '"nick!user@host" is not a mask of the form user@host'),
        (
            Subset(("kill", "die")),
            "kil",
            '"kil" is not one of kill, die, all; did you mean "kill"?',
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_reason(kind: Kind, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        kind.read(text, AT)


def test_a_hash_that_the_command_line_makes_is_taken() -> None:
    made = hash_password("secret")
    assert PasswordHash().read(made, AT) == made


def test_a_credential_needs_the_directory_that_systemd_names() -> None:
    with pytest.raises(ValueError, match=r'"credential:x" needs \$CREDENTIALS_DIRECTORY'):
        Surroundings(Path("/etc"), {}).path("credential:x")
    assert AT.path("credential:x") == Path("/run/credentials/chat/x")


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"
    path.write_text("")
    assert Files().read(str(path), AT) == (path,)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root, whom tests may run as, may read everything
    with pytest.raises(ValueError, match=r"key\.pem: no permission to read it"):
        Files().read(str(path), AT)


@given(st.integers(1, 86400 * 1000).map(lambda ms: ms / 1000))
def test_a_duration_survives_being_written(seconds: float) -> None:
    kind = Duration(0, 86400)
    assert kind.read(kind.write(seconds), AT) == seconds


@given(st.integers(0, 1 << 30))
def test_a_size_survives_being_written(size: int) -> None:
    kind = Size(0, 1 << 30)
    assert kind.read(kind.write(size), AT) == size


KINDS = [
    Text(),
    ServerName(),
    Lines(),
    Flag(),
    Letters("nt"),
    Number(1),
    Rate(1),
    Duration(0, 9),
    Size(0, 9),
    Files(),
]
KINDS += [
    Off(Number(1)),
    Directory(),
    Patterns(),
    PasswordHash(),
    Fingerprints(),
    Masks(),
    Subset(PRIVILEGES),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
@given(text=st.text(max_size=40))
def test_no_text_raises_anything_but_value_error(kind: Kind, text: str) -> None:
    try:
        value = kind.read(text, AT)
    except ValueError:
        return
    assert kind.read(kind.write(value), AT) == value
