"""A process seen from outside: its CPU time, its memory, the core it runs on, its start and end."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CPUCLOCK_SCHED = 2


def cpu_seconds(pid: int) -> float:
    """User and system seconds that all threads of `pid`, living and ended, have used, to the nanosecond.

    This is the clock that clock_getcpuclockid(3) gives for another process; /proc/PID/stat holds the same
    sum rounded to clock ticks. Raises ProcessLookupError when the process is gone.
    """
    try:
        return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)
    except OSError as error:
        raise ProcessLookupError(f"process {pid} has ended") from error


def _ticks(pid: int) -> tuple[int, int]:
    """User and system time in clock ticks (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]), int(fields[12])


def _ksoftirqd(pid: int) -> int | None:
    """The kernel thread for soft interrupts of the one core that `pid` is on; None where it is not seen."""
    wanted = f"ksoftirqd/{min(os.sched_getaffinity(pid))}"
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text().strip() == wanted:
                return int(comm.parent.name)
    return None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a stretch of time took, in seconds: the server's CPU, the clock on the wall, the driver's CPU.

    `ksoftirqd_cpu` is what the kernel's own thread used on the server's core. On a quiet machine it is
    nearly nothing: loopback's receiving work is done inside send(2) and charged to the server. When others
    load that core it can move to the kernel's thread, and the server's figure comes out too low.
    """

    cpu: float
    wall: float
    kernel_share: float
    driver_cpu: float
    ksoftirqd_cpu: float

    def details(self) -> dict[str, float | int | str]:
        """The kernel's share of the CPU time, and how busy either side was."""
        return {
            "kernel": self.kernel_share,
            "server_busy": self.cpu / self.wall,
            "driver_busy": self.driver_cpu / self.wall,
            "ksoftirqd": self.ksoftirqd_cpu / self.cpu,
        }


class Meter:
    """Reads what `pid` and this process use from the moment it is made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ksoftirqd = _ksoftirqd(pid)
        self._softirq = cpu_seconds(self._ksoftirqd) if self._ksoftirqd else 0.0
        self._ticks = _ticks(pid)
        self._wall = time.perf_counter()
        self._driver = time.process_time()
        self._cpu = cpu_seconds(pid)

    def read(self) -> Usage:
        """The use since the meter was made."""
        cpu = cpu_seconds(self._pid) - self._cpu
        driver = time.process_time() - self._driver
        wall = time.perf_counter() - self._wall
        softirq = cpu_seconds(self._ksoftirqd) - self._softirq if self._ksoftirqd else 0.0
        user, system = _ticks(self._pid)
        user, system = user - self._ticks[0], system - self._ticks[1]
        share = system / (user + system) if user + system else 0.0
        return Usage(cpu, wall, share, driver, softirq)


def _status(pid: int, key: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024
    raise KeyError(key)


def resident_bytes(pid: int) -> int:
    """Resident memory (VmRSS). Kernel memory, such as socket buffers, is not in it."""
    return _status(pid, "VmRSS")


def thread_count(pid: int) -> int:
    """How many threads `pid` has now."""
    return len(os.listdir(f"/proc/{pid}/task"))


def raise_file_limit() -> int:
    """Raise this process's open-file limit (children inherit it) as far as allowed; return the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the two sides run. On a machine with one core they share it."""

    server: int
    driver: int

    @classmethod
    def choose(cls) -> Cores:
        """The first and the last core that this process may use."""
        allowed = sorted(os.sched_getaffinity(0))
        return cls(server=allowed[0], driver=allowed[-1])

    @contextlib.contextmanager
    def for_server(self) -> Iterator[None]:
        """A process started inside is on the server's core."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.server})
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)

    def pin_driver(self) -> None:
        """Put this process on the driver's core."""
        os.sched_setaffinity(0, {self.driver})


def start(
    command: Sequence[str],
    cores: Cores,
    log: Path,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in `directory` on the server's core, its output going to the file `log`."""
    with cores.for_server(), log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
            cwd=directory,
        )


def stop(process: subprocess.Popen[bytes], patience: float = 5.0) -> None:
    """End a process that `start` began: SIGTERM, then SIGKILL after `patience` seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
