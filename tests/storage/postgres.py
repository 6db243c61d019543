"""A PostgreSQL server of the tests' own: in a directory of its own, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

# How long the server may take to start or stop, seconds: for a busy machine.
PATIENCE = "60"

# Nothing here has to survive the machine; what is said goes to a file.
OPTIONS = "-c listen_addresses='' -c fsync=off -c log_min_messages=fatal -c max_connections=20"


def programs() -> Path | None:
    """Where Debian or the PATH has the server's programs."""
    for directory in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (directory / "initdb").exists():
            return directory
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Server:
    """As a context: it has been made, and runs. It refuses to run as root, so then it is Debian's user's."""

    def __init__(self, directory: Path) -> None:
        """:param directory: of the programs."""
        self._programs = directory
        self._home = Path(tempfile.mkdtemp(prefix="chatdaemon-pg-"))
        self._data = self._home / "data"
        self._as = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self._as:
            shutil.chown(self._home, "postgres")

    def __enter__(self) -> Server:
        self._run("initdb", "-D", self._data, "-U", "chat", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._home)

    def start(self) -> None:
        options = f"{OPTIONS} -k {self._home}"
        log = self._home / "log"
        self._run("pg_ctl", "start", "-w", "-t", PATIENCE, "-D", self._data, "-l", log, "-o", options)

    def stop(self) -> None:
        """At once: whoever is connected no longer is."""
        self._run("pg_ctl", "stop", "-w", "-t", PATIENCE, "-m", "fast", "-D", self._data)

    def url(self, schema: str) -> str:
        """Where tables are in a schema of this name."""
        return f"postgresql:///postgres?user=chat&host={self._home}&options=-csearch_path%3D{schema}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        # The server holds on to whatever it inherits, so nothing of it is read.
        subprocess.run(
            [*self._as, self._programs / program, *arguments],
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
