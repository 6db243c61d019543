"""Real IRC clients as processes of their own: told things as a person tells them, read by what they log."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from tests.end_to_end.daemon import PATIENCE, environment

# How long to wait before looking into a client's log again, seconds.
GLANCE = 0.03


def complete_lines(log: Path) -> list[str]:
    """The lines of a file that grows. Raises UnicodeError for what is no UTF-8."""
    data = log.read_bytes() if log.exists() else b""
    return data[: data.rfind(b"\n") + 1].decode().split("\n")[:-1]


class Program:
    """A client that has its home in a new directory; as a context, it is running and takes commands."""

    def __init__(self, home: Path, nick: str) -> None:
        self.home = home
        self.nick = nick
        self.process: subprocess.Popen[bytes]
        self._undo = ExitStack()
        home.mkdir()

    def command(self, line: str) -> None:
        """Give a command as one types it, for what does not go by the window where it is typed."""
        raise NotImplementedError

    def say(self, target: str, line: str) -> None:
        """Type a text or a command in the window of a channel or a nick."""
        raise NotImplementedError

    def lines(self) -> list[str]:
        """All that it has logged up to now."""
        raise NotImplementedError

    def expect(self, pattern: str) -> str:
        """Wait until it has logged a line in which this is found; the first such line."""
        self._wait(pattern, lambda: any(re.search(pattern, line) for line in self.lines()))
        return next(line for line in self.lines() if re.search(pattern, line))

    def expect_pieces(self, pattern: str, text: str) -> list[str]:
        """Wait until what the pattern's group finds, line after line, makes up this text; the pieces."""
        self._wait(f"{pattern}, of {text}", lambda: "".join(self.found(pattern)) == text)
        return self.found(pattern)

    def found(self, pattern: str) -> list[str]:
        """What the pattern's group finds in each line in which the pattern is found."""
        return [found[1] for line in self.lines() if (found := re.search(pattern, line))]

    def quit(self, reason: str) -> int:
        """Leave; the exit status."""
        self.command(f"/quit {reason}")
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        with self._undo as undo:
            self._open(undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _open(self, undo: ExitStack) -> None:
        raise NotImplementedError

    def _start(self, undo: ExitStack, command: list[str], packages: str, terminal: int) -> None:
        # A missing client is a failure, not a reason to skip.
        assert shutil.which(command[0]), f"{command[0]} is not installed; on Debian: apt install {packages}"
        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment(HOME=str(self.home), TERM="xterm", LC_ALL="C.UTF-8"),
            start_new_session=True,
        )
        undo.callback(self.process.wait)
        undo.callback(self.process.kill)

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            over = self.process.poll() is not None or time.monotonic() > end
            if over and not done():
                seen = "\n".join(self.lines()[-40:])
                raise AssertionError(f"{type(self).__name__} never logged {what}; its last lines:\n{seen}")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GLANCE)


class Irssi(Program):
    """irssi in a pseudo-terminal. One log has all its windows, most lines with the channel or nick in front."""

    def lines(self) -> list[str]:
        return complete_lines(self.home / "log")

    def command(self, line: str) -> None:
        data = f"{line}\r".encode()
        while data:
            data = data[os.write(self._terminal, data) :]

    def say(self, target: str, line: str) -> None:
        self.command(f"/window goto {target}")
        self.command(line)

    def _open(self, undo: ExitStack) -> None:
        # By itself it sends a command every 2.2 seconds after the first five, and asks before it pastes.
        (self.home / "config").write_text(
            f"""
            settings = {{
              core = {{
                nick = "{self.nick}"; user_name = "{self.nick}"; real_name = "{self.nick.title()}";
                log_timestamp = "- ";
              }};
              "irc/core" = {{ cmd_queue_speed = "0"; }};
              "fe-text" = {{ paste_verify_line_count = "0"; }};
            }};
            logs = {{ "{self.home / "log"}" = {{ auto_open = "yes"; level = "ALL"; }}; }};
            """
        )
        self._terminal, theirs = pty.openpty()
        undo.callback(os.close, self._terminal)
        screen = threading.Thread(target=self._watch, daemon=True)
        with os.fdopen(theirs):
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
            screen.start()
            undo.callback(screen.join, PATIENCE)
            self._start(undo, ["irssi", f"--home={self.home}"], "irssi", theirs)
        self.expect("Irssi v")

    def _watch(self) -> None:
        """Look at the terminal: it would wait for that once it is full."""
        with suppress(OSError):  # the program has ended
            while os.read(self._terminal, 65536):
                pass


class Weechat(Program):
    """weechat-headless, driven by its fifo. Lines of its logs, with tabs: buffer, who or what, text."""

    @staticmethod
    def tls() -> str:
        """What its options about TLS begin with."""
        version = subprocess.run(
            ["weechat-headless", "--version"], capture_output=True, text=True, check=True
        )
        return "tls" if int(version.stdout.partition(".")[0]) >= 4 else "ssl"

    def connect(self, port: int, fingerprint: str, options: str = "") -> None:
        """Connect over TLS to the server whose certificate has this SHA-256 fingerprint (hexadecimal).

        :param options: more of what it is told of the server, a space before each.
        """
        tls = self.tls()
        self.command(
            f"/server add chat 127.0.0.1/{port} -{tls} -{tls}_fingerprint={fingerprint}"
            f" -nicks={self.nick} -username={self.nick}{options}"
        )
        self.command("/connect chat")

    def lines(self) -> list[str]:
        found = []
        for log in sorted((self.home / "logs").glob("*.weechatlog")):
            buffer = log.name.removeprefix("irc.").removesuffix(".weechatlog")
            for line in complete_lines(log):
                _, _, rest = line.partition("\t")  # the time
                found.append(f"{buffer}\t{rest}")
        return found

    def command(self, line: str) -> None:
        self._write("core.weechat", line)

    def say(self, target: str, line: str) -> None:
        self._write(f"irc.chat.{target}", line)

    def _write(self, buffer: str, line: str) -> None:
        data = f"{buffer} *{line}\n".encode()
        assert os.write(self._fifo, data) == len(data)

    def _open(self, undo: ExitStack) -> None:
        settings = {
            "logger.file.flush_delay": "0",
            # Seconds between two commands. Versions differ in what they call it.
            "irc.server_default.anti_flood_prio_high": "0",
            "irc.server_default.anti_flood_prio_low": "0",
            "irc.server_default.anti_flood": "0",
            # Last, since it says that the others are done.
            "fifo.file.path": str(self.home / "fifo"),
        }
        command = ["weechat-headless", "--dir", str(self.home), "--plugins", "fifo,irc,logger"]
        for name, value in settings.items():
            command += ["--run-command", f"/set {name} {value}"]
        with open(os.devnull, "r+b") as nowhere:
            self._start(undo, command, "weechat-headless weechat-plugins", nowhere.fileno())
        loaded = self.expect("Plugins loaded: ")
        assert "fifo" in loaded, "weechat-headless has no fifo plugin; on Debian: apt install weechat-plugins"
        self.expect("fifo.file.path = ")
        self._fifo = os.open(self.home / "fifo", os.O_WRONLY | os.O_NONBLOCK)
        undo.callback(os.close, self._fifo)
