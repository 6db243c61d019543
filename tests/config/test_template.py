"""The example files, held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatdaemon.config import Configuration, Limits, Listener, Motd, Operator, Server, load
from chatdaemon.config.read import keys_of
from chatdaemon.config.template import commented, main

CONF = Path(__file__).parents[2] / "conf"


def read(path: Path) -> Configuration:
    return load(path, environ={}, hostname=lambda: "localhost")


def test_the_commented_file_is_what_the_code_writes() -> None:
    assert (CONF / "chatdaemon.ini").read_text() == commented(), (
        "python -m chatdaemon.config.template > conf/chatdaemon.ini"
    )


def test_it_is_written_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert capsys.readouterr().out == commented()


def test_the_commented_file_means_the_defaults() -> None:
    found = read(CONF / "chatdaemon.ini")
    assert found == load(None, environ={}, hostname=lambda: "localhost")
    assert not found.warnings


def test_its_defaults_can_be_taken_as_they_stand(tmp_path: Path) -> None:
    fixed = {
        spec.name
        for model in (Server, Listener, Limits)
        for spec in keys_of(model)
        if spec.key.example is None
    }
    uncomment = re.compile(r"^#([a-z-]+)( =.*)$", re.MULTILINE)
    text = uncomment.sub(lambda match: match[1] + match[2] if match[1] in fixed else "", commented())
    path = tmp_path / "x.ini"
    path.write_text(text)
    assert read(path) == load(None, environ={}, hostname=lambda: "localhost")
    assert len(re.findall(r"^[a-z-]+ =", text, re.MULTILINE)) > len(keys_of(Limits)) + 10


def test_every_key_is_in_the_commented_file_and_explained() -> None:
    text = commented()
    for model in (Server, Listener, Limits, Operator, Motd):
        for spec in keys_of(model):
            assert re.search(rf"^# .*\n#?{spec.name} =", text, re.MULTILINE), spec.name
            if spec.key.file:
                assert re.search(rf"^#{spec.key.file} = FILE$", text, re.MULTILINE), spec.key.file


def test_the_minimal_file_gives_a_name_and_tls() -> None:
    found = read(CONF / "minimal.ini")
    assert found.server.server_name == "irc.example.net"
    assert found.listeners == (Listener(name="ircs", endpoint="tcp:6697", tls=True),)
    assert not found.warnings
