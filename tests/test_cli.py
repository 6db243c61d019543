from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from chatdaemon import __version__, cli


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def types_at_the_terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[str]:
    typed = iter(answers)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(cli, "getpass", lambda prompt: next(typed))
    return typed


def test_a_password_typed_twice_becomes_its_hash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types_at_the_terminal(monkeypatch, "correct horse", "correct horse")
    assert cli.main(["hash-password"]) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.endswith("\n")
    assert PasswordHasher().verify(output.strip(), "correct horse")


def test_the_hash_is_argon2id_with_two_passes_over_19_mebibytes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    cli.main(["hash-password"])
    encoded = capsys.readouterr().out.strip()
    parameters = extract_parameters(encoded)
    assert encoded.startswith("$argon2id$")
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (2, 19456, 1)


def test_two_passwords_that_differ_make_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types_at_the_terminal(monkeypatch, "one", "other")
    assert cli.main(["hash-password"]) == 1
    assert capsys.readouterr() == ("", "chatdaemon: the two passwords differ; nothing was made\n")


def test_an_empty_password_is_refused_without_asking_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = types_at_the_terminal(monkeypatch, "", "never asked")
    assert cli.main(["hash-password"]) == 1
    assert next(left) == "never asked"
    assert capsys.readouterr() == ("", "chatdaemon: an empty password is refused\n")


@pytest.mark.parametrize(
    ("given", "password"),
    [("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("  two words \nmore\n", "  two words "), ("é", "é")],
)
def test_from_a_pipe_the_first_line_is_the_password(
    given: str, password: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    assert cli.main(["hash-password"]) == 0
    assert PasswordHasher().verify(capsys.readouterr().out.strip(), password)


def test_an_empty_pipe_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli.main(["hash-password"]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, EOFError])
def test_an_interruption_ends_it_without_a_traceback(
    interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(prompt: str) -> str:
        raise interruption

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(cli, "getpass", interrupted)
    assert cli.main(["hash-password"]) == 1
    assert capsys.readouterr() == ("", "chatdaemon: interrupted\n")


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"chatdaemon {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["serve"], ["hash-password", "secret"]])
def test_anything_else_is_answered_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: chatdaemon")
