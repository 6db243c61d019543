"""The options of twistd chatdaemon, and the service that they make. tests/end_to_end runs it for real."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.application.service import Application, IServiceCollection
from twisted.internet import reactor
from twisted.logger import ILogObserver
from twisted.plugin import IPlugin
from twisted.python import usage
from twisted.python.components import Componentized
from zope.interface import providedBy

from chatdaemon import logs, service
from chatdaemon.config import load
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.service import OTHER_FILES, ChatService, Options, makeService, raise_file_limit

PLAIN = "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n"


class RecordingReactor:
    """The reactor, but what would begin with it running, or end it, is only written down."""

    def __init__(self) -> None:
        self.begins: list[Callable[[], None]] = []
        self.stopped = 0

    def callWhenRunning(self, function: Callable[[], None]) -> None:
        self.begins.append(function)

    def stop(self) -> None:
        self.stopped += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)


def options(*arguments: str) -> Options:
    make: Any = Options
    parsed: Options = make()
    usage.Options.parseOptions(parsed, list(arguments))
    return parsed


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    path = tmp_path / "chatdaemon.ini"
    path.write_text(f"[chatdaemon]\ndata-directory = var\n{PLAIN}")
    return path


@pytest.fixture
def chat(ini: Path) -> Iterator[ChatService]:
    made = ChatService(load(ini, environ={}), reactor=RecordingReactor())
    yield made
    if made.running:
        made.stopService()
    turn: Any = getattr(reactor, "iterate")  # noqa: B009 - the type checker takes the reactor for a module
    turn()


def check(*arguments: str) -> int:
    """Exit status of --check."""
    with pytest.raises(SystemExit) as end:
        makeService(options("--check", *arguments))
    assert isinstance(end.value.code, int)
    return end.value.code


def test_the_plugin_is_ours_and_loads_these_options() -> None:
    from twisted.plugins.chatdaemon_plugin import chatdaemon  # noqa: PLC0415 - twistd finds it by its path

    assert IPlugin in providedBy(chatdaemon)
    assert chatdaemon.options is Options
    assert chatdaemon.makeService is makeService


def test_the_file_is_found_whatever_the_working_directory_will_be(
    ini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ini.parent)
    assert options("--config", ini.name).path == ini
    assert options("-c", str(ini)).path == ini
    assert options().path is None


def test_what_is_no_option_is_refused() -> None:
    with pytest.raises(usage.UsageError):
        options("--confg", "x")


def test_check_is_content_with_a_good_file(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--config", str(ini)) == 0
    assert capsys.readouterr() == ("", "")
    assert [path.name for path in ini.parent.iterdir()] == [ini.name]


def test_check_says_what_is_wrong(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini.write_text("[chatdaemon]\nserver-nmae = x\n[limits]\nnick-length = 0\n")
    assert check("--config", str(ini)) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"{ini}:2", f"{ini}:4"]


def test_check_says_what_is_unwise(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini.write_text("[listener irc]\nendpoint = tcp:6667\n")
    assert check("--config", str(ini)) == 0
    assert capsys.readouterr().err.endswith("tls = yes hides them (warning)\n")


def test_check_looks_into_certificates(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini.write_text(f"[listener ircs]\nendpoint = tcp:6697\ntls = yes\ncertificate = {ini}\n")
    assert check("--config", str(ini)) == 1
    assert capsys.readouterr().err.startswith("[listener ircs] ")


def test_a_mistake_ends_it_without_check_as_well(ini: Path) -> None:
    ini.write_text("nonsense")
    with pytest.raises(SystemExit) as end:
        makeService(options("--config", str(ini)))
    assert end.value.code == 1


@pytest.mark.parametrize(
    ("given", "own"),
    [({}, True), ({"logfile": "x.log"}, False), ({"syslog": 1}, False), ({"logfile": "-"}, False)],
)
def test_the_log_is_ours_unless_twistd_is_told_of_another(
    ini: Path, given: dict[str, Any], own: bool
) -> None:
    parsed = options("--config", str(ini))
    parsed.parent = given  # type: ignore[assignment]  # twistd's own options, of which these are looked at
    application = Application("chatdaemon")
    # What twistd gives is the application itself.
    makeService(parsed).setServiceParent(cast(IServiceCollection, application))
    assert isinstance(application, Componentized)
    assert (application.getComponent(ILogObserver) is logs.observer()) == own


def test_it_opens_its_ports_before_twistd_gives_up_its_rights_and_begins_with_the_reactor(
    chat: ChatService,
) -> None:
    chat.privilegedStartService()
    assert list(chat.daemon.listeners.addresses) == ["irc"]
    assert chat.reactor.begins == []
    chat.startService()
    assert len(chat.reactor.begins) == 1


def test_the_data_directory_is_given_to_whom_twistd_will_run_it_as(
    ini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, int, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((Path(path).name, user, group)))
    chat = ChatService(load(ini, environ={}), reactor=RecordingReactor(), owner=(1234, None))
    chat.privilegedStartService()
    assert {name for name, *_ in given} >= {"var", "epoch", "lock", "chatdaemon.db", "chatdaemon.db-wal"}
    assert {(user, group) for _, user, group in given} == {(1234, -1)}
    chat.daemon.stop("over")


def test_a_directory_that_cannot_be_given_away_ends_it(ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    chat = ChatService(load(ini, environ={}), reactor=RecordingReactor(), owner=(1234, 1234))
    with pytest.raises(SystemExit) as end:
        chat.privilegedStartService()
    assert end.value.code == 1
    chat.daemon.stop("over")


def test_die_stops_the_reactor_and_is_told_to_everybody(
    chat: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.privilegedStartService()
    chat.startService()
    chat.die("maintenance")
    assert chat.reactor.stopped == 1
    said: list[str] = []
    stop = chat.daemon.stop

    def recorded(reason: str) -> object:
        said.append(reason)
        return stop(reason)

    monkeypatch.setattr(chat.daemon, "stop", recorded)
    chat.stopService()
    assert said == ["maintenance"]


def test_asked_a_second_time_it_waits_no_longer(chat: ChatService, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.privilegedStartService()
    chat.startService()
    chat.stopService()
    hurried: list[bool] = []
    monkeypatch.setattr(chat.daemon, "hurry", lambda: hurried.append(True))
    chat.die("again")
    assert hurried == [True]
    assert chat.reactor.stopped == 0


def test_asked_twice_in_one_turn_it_stops_once(chat: ChatService) -> None:
    chat.privilegedStartService()
    chat.startService()
    chat.die("first")
    chat.die("second")
    assert chat.reactor.stopped == 1
    assert chat.rehash() == ["the server is stopping"]


def test_systemd_is_told_that_a_reload_is_over_even_when_it_failed(
    chat: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[str]:
        raise ZeroDivisionError

    chat.privilegedStartService()
    chat.startService()
    told: list[str] = []
    monkeypatch.setattr(service, "reload", fail)
    monkeypatch.setattr(chat.notifier, "ready", told.append)
    with pytest.raises(ZeroDivisionError):
        chat.rehash()
    assert told == ["Not reloaded: an error of the server's own, which is in the log"]


def test_rehash_reads_the_file_again(chat: ChatService, ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.privilegedStartService()
    chat.startService()
    before = logs.observer().level
    told: list[str] = []
    monkeypatch.setattr(chat.notifier, "ready", told.append)
    ini.write_text(ini.read_text().replace("data", "log-level = warn\ndata") + "[motd]\ntext = hello\n")
    assert chat.rehash() == []
    assert chat.daemon.irc.settings.motd == ("hello",)
    assert logs.observer().level == "warn"
    ini.write_text(ini.read_text().replace("warn", "loud"))
    assert len(chat.rehash()) == 1
    assert told[0] == "Listening: irc"
    assert told[1].startswith("Not reloaded: ")
    assert logs.observer().level == "warn"
    logs.observer().level = before
    chat.stopService()
    assert chat.rehash() == ["the server is stopping"]


def test_it_may_open_as_many_files_as_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"soft": 256, "hard": 4096}

    def setrlimit(_: int, wanted: tuple[int, int]) -> None:
        limits["soft"], limits["hard"] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _: (limits["soft"], limits["hard"]))
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    assert raise_file_limit() == 4096 - OTHER_FILES
    assert limits == {"soft": 4096, "hard": 4096}
    limits["hard"] = resource.RLIM_INFINITY
    assert raise_file_limit() == UNLIMITED


def test_a_limit_that_cannot_be_raised_is_lived_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_file_limit() == 256 - OTHER_FILES
