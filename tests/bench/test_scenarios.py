"""Every scenario, made tiny, over real sockets on loopback, against the servers that the bench brings along."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench import __main__, irc, servers
from bench.figure import BenchError
from bench.process import Cores
from bench.target import Sizes

TINY = Sizes(
    members=6,
    rate=500.0,
    paced_messages=5,
    window=4,
    saturated_messages=40,
    deep_window=20,
    deep_messages=60,
    pairs=3,
    pair_messages=20,
    pair_window=4,
    connects=12,
    connects_at_once=4,
    idle=10,
    joiners=8,
    slow_messages=50,
    login_messages=40,
    logins=20.0,
    patience=30.0,
)


@pytest.mark.parametrize("scenario", [name for name, each in irc.SCENARIOS.items() if not each.accounts])
def test_a_scenario_runs_through_on_the_thread_per_client_server(scenario: str) -> None:
    figure = irc.measure("threads", scenario, tls=False, sizes=TINY, cores=Cores.choose())
    assert figure.server == "threads"
    assert figure.cpu_seconds > 0
    assert figure.count > 0


@pytest.mark.parametrize(
    ("scenario", "tls"),
    [("fanout-saturated", True), ("pairs-single", False), ("join", False), ("logins", False)],
)
def test_a_scenario_runs_through_on_the_daemon(scenario: str, tls: bool) -> None:
    figure = irc.measure("chatdaemon", scenario, tls, TINY, Cores.choose())
    assert figure.server == "chatdaemon"
    assert figure.cpu_seconds > 0


def test_the_daemon_drops_a_reader_that_stops_and_the_others_get_everything() -> None:
    sizes = replace(TINY, slow_messages=2500, slow_send_queue=64 * 1024)
    figure = irc.measure("chatdaemon", "slow-reader", tls=False, sizes=sizes, cores=Cores.choose())
    assert figure.value == sizes.slow_messages
    assert figure.details["reader_dropped"] == "true"


def test_everything_reaches_everybody_beside_a_slow_reader_while_the_kernel_has_room() -> None:
    figure = irc.measure("threads", "slow-reader", tls=False, sizes=TINY, cores=Cores.choose())
    assert figure.value == TINY.slow_messages
    assert figure.details["reader_dropped"] == "false"


def test_a_reader_that_stops_holds_up_everybody_on_the_thread_per_client_server() -> None:
    sizes = replace(TINY, slow_messages=2500, slow_stall=1.0)
    figure = irc.measure("threads", "slow-reader", tls=False, sizes=sizes, cores=Cores.choose())
    assert figure.value < sizes.slow_messages
    assert figure.details["reader_dropped"] == "false"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("scenario", [name for name, scenario in irc.SCENARIOS.items() if scenario.floor])
def test_a_floor_delivers_everything(scenario: str, tls: bool) -> None:
    figure = irc.measure("floor-python", scenario, tls, TINY, Cores.choose())
    assert figure.transport == ("tls" if tls else "plain")
    assert figure.count % TINY.members == 0


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_the_floor_in_c_delivers_everything() -> None:
    figure = irc.measure("floor-c", "fanout-saturated", tls=False, sizes=TINY, cores=Cores.choose())
    assert figure.count == TINY.members * TINY.saturated_messages


def test_a_server_without_tls_says_so() -> None:
    with pytest.raises(BenchError, match="no TLS"):
        irc.measure("threads", "connects", tls=True, sizes=TINY, cores=Cores.choose())


def test_an_unknown_server_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BenchError, match="inspircd"):
        servers.launcher("nonesuch")


def test_a_server_that_is_already_running_is_measured_by_its_pid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cores, "pin_driver", lambda self: None)
    with servers.running("threads", Cores.choose(), tmp_path) as target:
        place = f"{target.address[0]}:{target.address[1]}"
        sizes = ["--members", "3", "--paced-messages", "2", "--rate", "100"]
        assert irc.main(["--server", place, "--pid", str(target.pid), "fanout-paced", *sizes]) == 0
    assert "fanout-paced" in capsys.readouterr().out


def test_the_whole_bench_leaves_out_what_makes_no_sense() -> None:
    runs = list(
        __main__.planned(["threads", "floor-c"], ["fanout-paced", "connects"], ["plain", "tls"], TINY)
    )
    many = replace(TINY, members=10, rate=300.0, paced_messages=3)
    assert [(run.server, run.scenario, run.tls) for run in runs] == [
        ("threads", "fanout-paced", False),
        ("threads", "fanout-paced", False),
        ("floor-c", "fanout-paced", False),
        ("floor-c", "fanout-paced", True),
        ("threads", "connects", False),
    ]
    assert runs[1].sizes.members == many.members
    assert runs[1].sizes.rate == pytest.approx(many.rate)
    assert runs[1].sizes.paced_messages == many.paced_messages
