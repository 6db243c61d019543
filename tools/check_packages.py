"""Builds what people install, installs it as they do, and holds a conversation with what then runs.

sdist, a wheel made from that sdist, and an editable install: each has to carry the twistd plugin, accept the
commented configuration, register an IRC client and leave in order on SIGTERM, on a port of its own and on one
that it is given as systemd would. Everything happens in a temporary directory and on loopback.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = "twisted/plugins/chatdaemon_plugin.py"
PATIENCE = 60.0  # seconds for each step of a conversation


def main() -> int:
    with TemporaryDirectory(prefix="chatdaemon-packages-") as directory:
        work = Path(directory)
        sdist, wheel = build(work / "dist")
        check_sdist(sdist)
        check_wheel(wheel)
        for kind, requirement in (("wheel", [str(wheel)]), ("editable install", ["--editable", str(ROOT)])):
            environment = work / kind.replace(" ", "-")
            binaries = install(environment, requirement)
            check_conf(binaries, work)
            check_own_port(binaries, environment)
            check_given_port(binaries, environment)
            say(f"{kind}: checked its configuration, served a client, and left on SIGTERM")
    return 0


def build(directory: Path) -> tuple[Path, Path]:
    """Builds the sdist, and the wheel out of it, which proves that the sdist is whole."""
    run([sys.executable, "-m", "build", "--outdir", str(directory), str(ROOT)], cwd=ROOT)
    (sdist,) = directory.glob("*.tar.gz")
    (wheel,) = directory.glob("*.whl")
    return sdist, wheel


def check_sdist(path: Path) -> None:
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listing = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    ours = set(listing.split("\0")) - {""}
    demand(not (missing := ours - names), f"the sdist lacks {sorted(missing)}")
    demand(not (stray := names - ours - {"", "PKG-INFO"}), f"the sdist has more than git: {sorted(stray)}")
    say(f"sdist: {len(ours)} files, all that git knows")


def check_wheel(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    package = {str(file.relative_to(ROOT)) for file in (ROOT / "chatdaemon").rglob("*.py")}
    demand(not (missing := (package | {PLUGIN}) - names), f"the wheel lacks {sorted(missing)}")
    foreign = {
        name for name in names if name.partition("/")[0] not in {"chatdaemon"} and ".dist-info/" not in name
    }
    # An __init__.py under twisted/ would hide Twisted itself.
    demand(foreign == {PLUGIN}, f"the wheel installs outside of chatdaemon/: {sorted(foreign)}")
    say(f"wheel: {len(names)} files")


def install(environment: Path, requirement: list[str]) -> Path:
    """Installs into an empty environment; answers with its directory of programs."""
    venv.create(environment, with_pip=True)
    binaries = environment / "bin"
    run(
        [
            str(binaries / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *requirement,
        ]
    )
    demand(
        run([str(binaries / "chatdaemon"), "--version"]).startswith("chatdaemon "), "the command does not run"
    )
    return binaries


def check_conf(binaries: Path, work: Path) -> None:
    for name in ("chatdaemon.ini", "minimal.ini"):
        shutil.copy(ROOT / "conf" / name, work)
        run(twistd(binaries, "--check", "--config", str(work / name)), cwd=work)
    wrong = work / "wrong.ini"
    wrong.write_text("[chatdaemon]\nserver-nmae = irc.example.net\n")
    refused = subprocess.run(
        twistd(binaries, "--check", "--config", str(wrong)),
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    demand(
        refused.returncode == 1, f"--check of a mistake ended with {refused.returncode}:\n{refused.stdout}"
    )
    demand("wrong.ini:2:" in refused.stdout, f"--check did not say where the mistake is:\n{refused.stdout}")
    demand("Traceback" not in refused.stdout, f"--check left a traceback:\n{refused.stdout}")


def check_own_port(binaries: Path, work: Path) -> None:
    port = free_port()
    conf = write_conf(work, f"tcp:{port}:interface=127.0.0.1")
    check_conversation(twistd(binaries, "--config", str(conf)), port, work)


def check_given_port(binaries: Path, work: Path) -> None:
    """Socket activation: the port is opened here and handed over as descriptor 3."""
    conf = write_conf(work, "systemd:domain=INET:name=irc")
    with socket.create_server(("127.0.0.1", 0)) as given:
        port: int = given.getsockname()[1]
        activate = f'exec 3<&{given.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=irc exec "$@"'
        command = ["sh", "-c", activate, "sh", *twistd(binaries, "--config", str(conf))]
        check_conversation(command, port, work, pass_fds=(given.fileno(),))


def write_conf(work: Path, endpoint: str) -> Path:
    path = work / "chatdaemon.ini"
    path.write_text(
        "[chatdaemon]\n"
        "server-name = irc.example.net\n"
        f"data-directory = {work / 'var'}\n"
        "[listener irc]\n"
        f"endpoint = {endpoint}\n"
    )
    return path


def check_conversation(command: list[str], port: int, work: Path, pass_fds: tuple[int, ...] = ()) -> None:
    log = work / "log"
    with running(command, work, log, pass_fds) as (daemon, states):
        await_state("READY=1", states, daemon, log)
        client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        with client, client.makefile("rb") as lines:
            client.sendall(b"NICK alice\r\nUSER alice 0 * :Alice\r\n")
            expect(client, lines, b" 001 alice ", log)
            client.sendall(b"JOIN #hall\r\n")
            expect(client, lines, b" 366 alice #hall ", log)
            daemon.send_signal(signal.SIGTERM)
            expect(client, lines, b"ERROR ", log)
        await_state("STOPPING=1", states, daemon, log)
        status = daemon.wait(PATIENCE)
    output = log.read_text()
    demand(status == 0, f"SIGTERM ended it with status {status}:\n{output}")
    demand("Traceback" not in output, f"it left a traceback:\n{output}")


def twistd(binaries: Path, *options: str) -> list[str]:
    command = [str(binaries / "twistd"), "--nodaemon", "--pidfile=", "--logger=chatdaemon.logs.observer"]
    return [*command, "chatdaemon", *options]


@contextmanager
def running(
    command: list[str], work: Path, log: Path, pass_fds: tuple[int, ...]
) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """The process, and the socket on which it tells its service manager (us) how it is."""
    address = work / "notify"
    address.unlink(missing_ok=True)
    with log.open("wb") as output, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as states:
        states.bind(str(address))
        states.settimeout(0.5)
        process = subprocess.Popen(
            command,
            cwd=work,
            env={**clean_environment(), "NOTIFY_SOCKET": str(address)},
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            yield process, states
        finally:
            process.kill()
            process.wait()


def await_state(wanted: str, states: socket.socket, daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended = daemon.poll() is not None
        try:
            if wanted in states.recv(4096).decode().split("\n"):
                return
        except TimeoutError:
            if ended:
                break
    raise SystemExit(f"check_packages: the daemon never said {wanted}; its log:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def expect(client: socket.socket, lines: Iterator[bytes], wanted: bytes, log: Path) -> None:
    seen: list[bytes] = []
    for line in lines:
        if line.startswith(b"PING "):
            client.sendall(b"PONG " + line[5:])
        seen.append(line)
        if wanted in line:
            return
    raise SystemExit(f"check_packages: no {wanted!r} in {seen}; the log:\n{log.read_text()}")


def clean_environment() -> dict[str, str]:
    """Ours without what would let a package be found that is not installed."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }


def run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    demand(done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def demand(condition: bool, complaint: str) -> None:
    if not condition:
        raise SystemExit(f"check_packages: {complaint}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
