"""What holds for the project as a whole, beside what import-linter, systemd-analyze and check_packages.py say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from twisted.application.service import IServiceMaker, ServiceMaker
from twisted.plugin import getPlugins
from twisted.python.reflect import namedAny

from chatdaemon import logs
from chatdaemon.config import Server

ROOT = Path(__file__).resolve().parent.parent

PURE = {
    *(
        "__future__",
        "abc",
        "bisect",
        "collections",
        "copy",
        "dataclasses",
        "enum",
        "fnmatch",
        "functools",
        "heapq",
    ),
    *("itertools", "math", "operator", "re", "string", "types", "typing", "unicodedata"),
    # Tables of names in any script (tests/realm/test_purity.py says which module may).
    *("precis_i18n", "base64", "zlib"),
}
"""What the realm may import: nothing that does I/O, or knows the time or chance."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom when the program runs."""
    return grimp.build_graph(
        "chatdaemon", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )


def modules(graph: grimp.ImportGraph, package: str) -> list[str]:
    return sorted(name for name in graph.modules if name == package or name.startswith(package + "."))


def test_no_module_imports_itself_through_others(graph: grimp.ImportGraph) -> None:
    imports = {
        name: sorted(graph.find_modules_directly_imported_by(name)) for name in modules(graph, "chatdaemon")
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_realm_imports_itself_and_pure_modules_only(graph: grimp.ImportGraph) -> None:
    outside = {
        f"{name} imports {imported}"
        for name in modules(graph, "chatdaemon.realm")
        for imported in graph.find_modules_directly_imported_by(name)
        if not imported.startswith("chatdaemon.realm") and imported not in PURE
    }
    assert outside == set()


def test_no_module_is_longer_than_500_lines() -> None:
    lengths = {file: len(file.read_text().splitlines()) for file in (ROOT / "chatdaemon").rglob("*.py")}
    assert {str(file.relative_to(ROOT)): length for file, length in lengths.items() if length > 500} == {}


def test_twistd_finds_the_plugin() -> None:
    makers = [maker for maker in getPlugins(IServiceMaker) if isinstance(maker, ServiceMaker)]
    found = {maker.tapname: maker.module for maker in makers}
    assert found["chatdaemon"] == "chatdaemon.service"


def test_finding_the_plugin_imports_nothing_of_the_daemon() -> None:
    # twistd loads every plugin there is, only to list them.
    code = (
        "import sys, twisted.plugins.chatdaemon_plugin; print([m for m in sys.modules if 'chatdaemon' in m])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout == "['twisted.plugins.chatdaemon_plugin']\n"


def test_no_package_hides_twisted() -> None:
    assert list((ROOT / "twisted").rglob("__init__.py")) == []


def unit(name: str) -> dict[str, list[str]]:
    """The unit's keys with all their values, in order."""
    keys: dict[str, list[str]] = {}
    for line in (ROOT / "systemd" / name).read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            keys.setdefault(key, []).append(value)
    return keys


def test_the_unit_starts_twistd_in_the_foreground_with_our_log() -> None:
    (command,) = unit("chatdaemon.service")["ExecStart"]
    program, *options = command.split()
    assert program == "/opt/chatdaemon/bin/twistd"
    assert options[:2] == ["--nodaemon", "--pidfile="]
    assert namedAny(options[2].removeprefix("--logger=")) is logs.observer
    assert options[3:] == ["chatdaemon", "--config", "/etc/chatdaemon/chatdaemon.ini"]


def test_the_unit_waits_longer_for_the_end_than_the_daemon_takes_by_default() -> None:
    (seconds,) = unit("chatdaemon.service")["TimeoutStopSec"]
    assert int(seconds) > Server().shutdown_timeout


def test_the_unit_leaves_out_what_breaks_pyopenssl_and_what_may_be_missing() -> None:
    keys = unit("chatdaemon.service")
    assert "MemoryDenyWriteExecute" not in keys
    assert "LoadCredential" not in keys


def test_the_unit_s_notifications_are_those_that_debian_12_knows() -> None:
    keys = unit("chatdaemon.service")
    assert keys["Type"] == ["notify"]
    assert keys["NotifyAccess"] == ["main"]
    assert keys["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert int(keys["WatchdogSec"][0]) > 0


def test_the_socket_unit_names_the_socket_as_its_example_does() -> None:
    (name,) = unit("chatdaemon.socket")["FileDescriptorName"]
    text = (ROOT / "systemd" / "chatdaemon.socket").read_text()
    assert re.findall(r"endpoint = (.*)", text) == [f"systemd:domain=INET6:name={name}"]


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], **environment}
    )


def test_without_python_one_is_told_what_to_install(tmp_path: Path) -> None:
    done = run(ROOT / "tools/make_venv.sh", "python-of-dreams", tmp_path / "venv")
    assert done.returncode == 1
    assert "no python-of-dreams here" in done.stderr


def test_an_old_python_is_refused_with_the_version_that_is_needed(tmp_path: Path) -> None:
    old = program(tmp_path / "python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    done = run(ROOT / "tools/make_venv.sh", old, tmp_path / "venv")
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.9.2 is too old: 3.11 or newer is needed.")


def test_a_python_without_venv_is_met_with_the_package_s_name(tmp_path: Path) -> None:
    bare = program(
        tmp_path / "python3",
        'case "$2" in *ensurepip*) exit 1;; *version_info\\[:2\\]*) echo 3.11;; esac',
    )
    done = run(ROOT / "tools/make_venv.sh", bare, tmp_path / "venv")
    assert done.returncode == 1
    assert "sudo apt install python3.11-venv" in done.stderr


def test_missing_programs_are_named_by_their_packages_to_those_who_may_not_install(tmp_path: Path) -> None:
    program(tmp_path / "id", "echo 1000")
    for present in ("openssl", "irssi", "systemd-analyze", "slapd"):
        program(tmp_path / present, "exit 0")
    done = subprocess.run(
        ["/bin/bash", ROOT / "tools/need_programs.sh"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert done.stderr.endswith(
        "sudo apt install netcat-openbsd curl postgresql chromium fonts-noto-color-emoji"
        " weechat-headless weechat-plugins\n"
    )


def test_nothing_is_said_when_every_program_is_there(tmp_path: Path) -> None:
    for present in (
        "openssl",
        "irssi",
        "systemd-analyze",
        "nc",
        "curl",
        "weechat-headless",
        "pg_ctlcluster",
        "slapd",
        "chromium",
    ):
        program(tmp_path / present, "exit 0")
    done = subprocess.run(
        ["/bin/bash", ROOT / "tools/need_programs.sh"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ci_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()
    steps = run("make", "--dry-run", "--always-make", "-C", ROOT, "test").stdout
    for step in (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "check_units",
        "check_packages",
        "pytest",
    ):
        assert step in steps
