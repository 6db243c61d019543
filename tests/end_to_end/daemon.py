"""A real daemon, run by twistd in a process of its own, and clients on real sockets."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.end_to_end.prefork import Forked, Prefork

# How long anything may take, seconds: for a busy machine, not for a fast one.
PATIENCE = 30.0

TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
OPTIONS = ["--nodaemon", "--pidfile="]


def environment(**more: str) -> dict[str, str]:
    """Ours, without what a service manager may have said to this process."""
    ours = {
        name: value for name, value in os.environ.items() if name not in ("NOTIFY_SOCKET", "JOURNAL_STREAM")
    }
    return {**ours, **more}


class Daemon:
    """`twistd chatdaemon` with a configuration in `directory`; as a context, it is running and ready."""

    def __init__(
        self,
        directory: Path,
        config: str,
        *,
        command: list[str] | None = None,
        environ: Mapping[str, str] | None = None,
        prefork: Prefork | None = None,
    ) -> None:
        """
        :param command: what to run the daemon by: a program that executes its arguments.
        :param prefork: what to have it forked by, for tests that start it very often.
        """
        self.directory = directory
        self._environ = environ or {}
        self.ini = directory / "chatdaemon.ini"
        self.log = directory / "log"
        self.configure(config)
        self._arguments = [*OPTIONS, "chatdaemon", "--config", str(self.ini)]
        self._command = [*(command or []), *TWISTD, *self._arguments]
        self._prefork = prefork
        self._states = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._states.settimeout(0.5)
        self.process: subprocess.Popen[bytes] | Forked

    def configure(self, config: str) -> None:
        """Write the file; `signal(SIGHUP)` is what makes it true."""
        self.ini.write_text(f"[chatdaemon]\nserver-name = irc.test\ndata-directory = var\n{config}")

    def __enter__(self) -> Daemon:
        address = str(self.directory / "notify")
        self._states.bind(address)
        environ = environment(NOTIFY_SOCKET=address, **self._environ)
        if self._prefork is not None:
            self.process = self._prefork.start(self.directory, environ, self.log, self._arguments)
        else:
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(
                    self._command,
                    cwd=self.directory,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    close_fds=False,
                )
        try:
            self.expect_state("READY=1")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._states.close()
        (self.directory / "notify").unlink()

    def expect_state(self, wanted: str) -> list[str]:
        """Wait until the daemon tells its service manager this; all that it says with it."""
        end = time.monotonic() + PATIENCE
        while True:
            over = self.process.poll() is not None or time.monotonic() > end
            try:
                said = self._states.recv(4096).decode().split("\n")
            except TimeoutError:
                if over:
                    raise AssertionError(f"the daemon never said {wanted}:\n{self.log.read_text()}") from None
            else:
                if wanted in said:
                    return said

    def reload(self, config: str) -> list[str]:
        """Give it another configuration by SIGHUP; what it tells when it is done."""
        self.configure(config)
        self.process.send_signal(signal.SIGHUP)
        self.expect_state("RELOADING=1")
        return self.expect_state("READY=1")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it by a signal; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def port(self, listener: str) -> int:
        """Where the listener of this name listens now."""
        found = re.findall(rf"\[listener {listener}\] .* on \S+:(\d+)\n", self.log.read_text())
        return int(found[-1])

    def memory(self) -> int:
        """Resident bytes of the process."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def complaints(self) -> list[str]:
        """What is in the log that no client may cause."""
        bad = ("Traceback", " error: ", " critical: ", "Unhandled")
        return [line for line in self.log.read_text().splitlines() if any(word in line for word in bad)]


class Client:
    """A person at a socket: sends lines, and waits for lines."""

    def __init__(
        self,
        port: int,
        *,
        tls: bool = False,
        receive_buffer: int | None = None,
        certificate: Path | None = None,
        name: str | None = None,
    ) -> None:
        """
        :param certificate: a file with what the client shows of itself, over TLS.
        :param name: the server that it asks for, over TLS.
        """
        sock = socket.socket()
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", port))
        context = trusting()
        if certificate is not None:
            context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(sock, server_hostname=name) if tls else sock
        self.buffer = b""
        self.seen: list[str] = []

    @classmethod
    def registered(cls, port: int, nick: str, *channels: str, tls: bool = False) -> Client:
        """Someone who has said who they are, and has joined these channels."""
        client = cls(port, tls=tls)
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        client.expect(" 001 ")
        for channel in channels:
            client.send(f"JOIN {channel}")
            client.expect(" 366 ")
        return client

    def send(self, *lines: str) -> None:
        self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def expect(self, wanted: str) -> str:
        """Read until a line that holds `wanted`, answering PINGs; that line. Raises EOFError at the end."""
        while True:
            line = self.line()
            if wanted in line:
                return line

    def line(self) -> str:
        """The next line that is no PING. Raises EOFError."""
        while True:
            while b"\n" not in self.buffer:
                data = self.socket.recv(65536)
                if not data:
                    raise EOFError(f"the connection was closed after {self.seen[-5:]}")
                self.buffer += data
            raw, _, self.buffer = self.buffer.partition(b"\n")
            line = raw.decode().rstrip("\r")
            self.seen.append(line)
            if not line.startswith("PING "):
                return line
            self.send(f"PONG {line[5:]}")

    def rest(self) -> list[str]:
        """All that comes until the connection ends, in whatever way."""
        found = []
        try:
            while True:
                found.append(self.line())
        except (EOFError, ConnectionError, ssl.SSLError):
            return found

    def settled(self) -> list[str]:
        """All that has come up to now: what comes before the answer to a PING of ours."""
        self.send("PING :settled")
        found = []
        while not (line := self.line()).endswith(" :settled"):
            found.append(line)
        return found

    @property
    def certificate(self) -> bytes:
        """The server's certificate (DER)."""
        assert isinstance(self.socket, ssl.SSLSocket)
        shown = self.socket.getpeercert(binary_form=True)
        assert shown is not None
        return shown

    def close(self) -> None:
        self.socket.close()


def trusting() -> ssl.SSLContext:
    """A client's context that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def run_twistd(*options: str, cwd: Path, environ: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run `twistd chatdaemon` to its end; exit status and all that it wrote."""
    done = subprocess.run(
        [*TWISTD, *OPTIONS, "chatdaemon", *options],
        cwd=cwd,
        env=environment(**(environ or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout
