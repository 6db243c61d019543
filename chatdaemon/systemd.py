"""Telling the service manager how we are: the datagrams of sd_notify(3), without a library.

Outside systemd (no ``NOTIFY_SOCKET``) everything here is silent and free.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall


class Notifier:
    """Sends state to the address in ``NOTIFY_SOCKET``; a dead or full socket is never an error for us."""

    def __init__(self, address: str | None) -> None:
        """:param address: a path, or ``@name`` for an abstract socket; anything else means nobody listens."""
        self._address = address if address and address[0] in "/@" and len(address) > 1 else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Notifier:
        return cls(environ.get("NOTIFY_SOCKET"))

    def ready(self, status: str = "") -> None:
        """Started, or done with a reload."""
        self._send("READY=1", _status(status))

    def reloading(self, status: str = "") -> None:
        """A reload begins; :meth:`ready` must follow. The time is what Type=notify-reload compares."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}", _status(status))

    def stopping(self, status: str = "") -> None:
        self._send("STOPPING=1", _status(status))

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(_status(text))

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, *assignments: str) -> None:
        if self._address is None:
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        datagram = "\n".join(filter(None, assignments)).encode("utf-8", "backslashreplace")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                # The reactor must not wait for a manager that is slow to read.
                out.sendto(datagram, socket.MSG_DONTWAIT, address)
        except OSError:
            pass


def _status(text: str) -> str:
    # A newline would begin another assignment, such as one that says we are stopping.
    return "STATUS=" + " ".join(text.split()) if text else ""


def watchdog_interval(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds between keep-alives (half of ``WATCHDOG_USEC``), or None when nobody watches this process."""
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", ""))
        watched = int(environ.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    if microseconds <= 0 or watched != os.getpid():
        return None
    return microseconds / 2_000_000


class Watchdog:
    """Keeps saying that the reactor turns, so that systemd restarts a daemon that hangs."""

    def __init__(self, notifier: Notifier, interval: float | None, clock: IReactorTime) -> None:
        """:param interval: seconds, from :func:`watchdog_interval`; None makes start and stop do nothing."""
        self._interval = interval
        self._loop = LoopingCall(notifier.watchdog)
        self._loop.clock = clock

    def start(self) -> None:
        if self._interval is not None and not self._loop.running:
            self._loop.start(self._interval)

    def stop(self) -> None:
        if self._loop.running:
            self._loop.stop()
