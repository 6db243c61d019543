"""What the bench writes for the servers that it starts."""

from pathlib import Path

import pytest

from bench import servers
from bench.figure import BenchError
from bench.process import Cores, start
from chatdaemon.config.load import load


@pytest.mark.parametrize("tls", [False, True])
def test_the_daemon_takes_the_benchs_configuration_with_its_limits_off(tmp_path: Path, tls: bool) -> None:
    plan = servers.Plan(tmp_path, port=6667, tls=tls, send_queue=1024 * 1024, members=10)
    plan.certificate.touch()
    plan.key.touch()
    servers.chatdaemon(plan)
    configuration = load(tmp_path / "chatdaemon.ini", environ={})
    [listener] = configuration.listeners
    assert listener.endpoint == "tcp:6667:interface=127.0.0.1"
    assert listener.tls is tls
    assert configuration.limits.flood_rate is None
    assert configuration.limits.send_queue == 1024 * 1024


def test_another_checkout_runs_its_own_code(tmp_path: Path) -> None:
    checkout, files = tmp_path / "before", tmp_path / "files"
    (checkout / "chatdaemon").mkdir(parents=True)
    (checkout / "chatdaemon" / "__init__.py").touch()
    files.mkdir()
    plan = servers.Plan(files, port=6667, tls=False, send_queue=1024, members=10)
    launch = servers.launcher(str(checkout))(plan)
    assert launch.command[-2:] == ["--config", str(files / "chatdaemon.ini")]
    log = tmp_path / "log"
    show = [launch.command[0], "-c", "import chatdaemon; print(chatdaemon.__file__)"]
    assert start(show, Cores.choose(), log, launch.environment, launch.checkout).wait(30) == 0
    assert log.read_text().strip() == str(checkout / "chatdaemon" / "__init__.py")


def test_a_server_that_does_not_start_is_reported_with_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        servers.LAUNCHERS,
        "broken",
        lambda plan: servers.Launch(["/bin/sh", "-c", "echo no luck; exit 3"]),
    )
    with (
        pytest.raises(BenchError, match=r"status 3:\nno luck"),
        servers.running("broken", Cores.choose(), tmp_path),
    ):
        pass
