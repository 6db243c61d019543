"""Daemons by the hundred: a process that has imported everything and forks them, each in a tenth of the time.

What is forked is a daemon like any other, from the reading of its configuration on: a process of its own that
`twistd chatdaemon` runs in, and that ends by itself or by a signal. Only its reactor is poll's, which keeps nothing
in the kernel that processes would share.

    python -m tests.end_to_end.prefork

reads one line of JSON for each daemon ([directory, environment, log, arguments]), answers with its process id, and
with its exit status when it has ended. Only then it reads the next.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType

from twisted.application.service import IServiceMaker
from twisted.internet import pollreactor
from twisted.plugin import getPlugins

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """One daemon; used as subprocess.Popen is."""

    def __init__(self, parent: subprocess.Popen[str], pid: int) -> None:
        self._parent = parent
        self._status: int | None = None
        self.pid = pid

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("the daemon", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        # It stays a zombie until the next one is started, so that nobody else has its number.
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        said = self._parent.stdout
        assert said is not None
        if self._status is None and select.select([said], [], [], timeout)[0]:
            self._status = int(said.readline())
        return self._status


class Prefork:
    """As a context: the process is there. It runs one daemon at a time."""

    def __enter__(self) -> Prefork:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.prefork"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            pass

    def start(
        self, directory: Path, environ: Mapping[str, str], log: Path, arguments: Sequence[str]
    ) -> Forked:
        """Run `twistd` with these arguments, writing to the file `log`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = [str(directory), dict(environ), str(log), list(arguments)]
        self._process.stdin.write(f"{json.dumps(order)}\n")
        return Forked(self._process, int(self._process.stdout.readline()))


def main() -> None:
    pollreactor.install()
    twistd = import_module("twisted.scripts.twistd")
    import_module("chatdaemon.service")
    # What twistd looks through for the service's name.
    list(getPlugins(IServiceMaker))
    pid = 0
    for line in sys.stdin:
        if pid:
            os.waitpid(pid, 0)
        directory, environ, log, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.chdir(directory)
            os.environ.clear()
            os.environ.update(environ)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            sys.stdin.close()
            sys.argv = ["twistd", *arguments]
            twistd.run()
            sys.exit()
        os.write(1, b"%d\n" % pid)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        os.write(1, b"%d\n" % status)


if __name__ == "__main__":
    main()
