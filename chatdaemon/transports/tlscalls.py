"""The few OpenSSL calls of a connection, made through pyOpenSSL's own binding or through its public API.

A call through the public API costs an exception for each WANT_READ and a copy for each read; the binding that
pyOpenSSL itself uses has neither. ``RAW`` is None where that binding is not as expected.

Contract: outcomes are values, never exceptions, and after a failure OpenSSL's queue of errors (one for the
whole thread) is empty again, so that one connection's error never shows up in another's call.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from OpenSSL import SSL

__all__ = ["BEST", "CLOSED", "PUBLIC", "RAW", "RECORD", "WANT_READ", "WANT_WRITE", "Halt", "TLSCalls"]

# The most plaintext that one TLS record holds, in bytes (RFC 8446, section 5.1).
RECORD = 16384


@dataclass(frozen=True, slots=True, eq=False)
class Halt:
    """Why a call did not complete; ``text`` is for people. The three below are told apart by identity."""

    text: str


WANT_READ = Halt("waits for the peer")
WANT_WRITE = Halt("waits for room to send")
CLOSED = Halt("the peer sent close_notify")

# Many clients end like this; people are told what they are told of every other end.
_TRUNCATED = "Connection closed"


@dataclass(frozen=True, slots=True)
class TLSCalls:
    """One way of calling OpenSSL. A handle is what ``handle(connection)`` returned."""

    handle: Callable[[SSL.Connection], Any]
    clear: Callable[[], object]
    """Empty the thread's queue of errors, which other code may have left something in."""
    handshake: Callable[[Any], Halt | None]
    read: Callable[[Any, int], bytes | Halt]
    """Up to so many bytes (at most RECORD) of plaintext, never empty."""
    write: Callable[[Any, bytes, int], int]
    """Send the first so many bytes (1 to RECORD) as a record. The number taken, or 0 or less: ask ``why``.

    Fewer are taken when the peer asked for short records (RFC 6066, section 4)."""
    why: Callable[[Any, int], Halt]
    """What the ``write`` just made, which returned that number, stopped at."""
    pending: Callable[[Any], int]
    """Bytes of plaintext inside OpenSSL, of which the kernel knows nothing."""
    shutdown: Callable[[Any], Halt | None]
    """Send close_notify. None once it is sent."""


def _raw_calls(lib: Any, ffi: Any) -> TLSCalls:
    """The calls by the binding. Raises AttributeError or TypeError where it is not as expected."""
    ssl_read, get_error, peek_error = lib.SSL_read, lib.SSL_get_error, lib.ERR_peek_error
    clear, do_handshake, ssl_shutdown = lib.ERR_clear_error, lib.SSL_do_handshake, lib.SSL_shutdown
    reason_of, text_of, null = lib.ERR_reason_error_string, ffi.string, ffi.NULL
    # One for all connections: it is copied from before anything else is called.
    buffer = ffi.new("char[]", RECORD)
    content = ffi.buffer(buffer, RECORD)
    halts = {
        lib.SSL_ERROR_WANT_READ: WANT_READ,
        lib.SSL_ERROR_WANT_WRITE: WANT_WRITE,
        lib.SSL_ERROR_ZERO_RETURN: CLOSED,
    }
    syscall = lib.SSL_ERROR_SYSCALL

    def why(ssl: Any, result: int) -> Halt:
        number = ffi.errno
        error = get_error(ssl, result)
        halt = halts.get(error)
        if halt is not None:
            return halt
        queued = peek_error()
        clear()
        if queued:
            reason = reason_of(queued)
            return Halt(_reason_text("" if reason == null else text_of(reason).decode("ascii", "replace")))
        return Halt(os.strerror(number) if error == syscall and result < 0 and number else _TRUNCATED)

    def handshake(ssl: Any) -> Halt | None:
        result = do_handshake(ssl)
        return None if result == 1 else why(ssl, result)

    def read(ssl: Any, size: int) -> bytes | Halt:
        result = ssl_read(ssl, buffer, size)
        return content[:result] if result > 0 else why(ssl, result)

    def shutdown(ssl: Any) -> Halt | None:
        result = ssl_shutdown(ssl)
        return None if result >= 0 else why(ssl, result)

    calls = TLSCalls(
        handle=lambda connection: connection._ssl,
        clear=clear,
        handshake=handshake,
        read=read,
        write=lib.SSL_write,
        why=why,
        pending=lib.SSL_pending,
        shutdown=shutdown,
    )
    trial = SSL.Connection(SSL.Context(SSL.TLS_METHOD))
    trial.set_accept_state()
    handle = calls.handle(trial)
    if why(handle, calls.write(handle, b"x", 1)) is not WANT_READ or calls.pending(handle) != 0:
        raise TypeError("the binding does not behave as expected")
    return calls


def _public_calls() -> TLSCalls:
    """The same by pyOpenSSL's documented API, whose exceptions become outcomes."""
    # Set by a failed write, asked for right after it.
    failed: list[Halt] = [WANT_WRITE]

    def halt_of(error: SSL.Error) -> Halt:
        if isinstance(error, SSL.WantReadError):
            return WANT_READ
        if isinstance(error, SSL.WantWriteError):
            return WANT_WRITE
        if isinstance(error, SSL.ZeroReturnError):
            return CLOSED
        if isinstance(error, SSL.SysCallError):
            number = error.args[0]
            return Halt(os.strerror(number) if number > 0 else _TRUNCATED)
        entries = error.args[0] if error.args else None
        return Halt(_reason_text(entries[0][-1]) if entries else _TRUNCATED)

    def handshake(connection: SSL.Connection) -> Halt | None:
        try:
            connection.do_handshake()
        except SSL.Error as error:
            return halt_of(error)
        return None

    def read(connection: SSL.Connection, size: int) -> bytes | Halt:
        try:
            return connection.recv(size)
        except SSL.Error as error:
            return halt_of(error)

    def write(connection: SSL.Connection, data: bytes, size: int) -> int:
        try:
            return connection.send(memoryview(data)[:size])
        except SSL.Error as error:
            failed[0] = halt_of(error)
            return -1

    def shutdown(connection: SSL.Connection) -> Halt | None:
        try:
            connection.shutdown()
        except SSL.Error as error:
            return halt_of(error)
        return None

    return TLSCalls(
        handle=lambda connection: connection,
        clear=lambda: None,  # raising an exception empties the queue, in pyOpenSSL
        handshake=handshake,
        read=read,
        write=write,
        why=lambda connection, result: failed[0],
        pending=lambda connection: connection.pending(),
        shutdown=shutdown,
    )


def _reason_text(reason: str) -> str:
    """OpenSSL's words, or plainer ones for what people are likely to see."""
    if not reason or reason.startswith("unexpected eof"):
        return _TRUNCATED
    return _PLAINER.get(reason, reason)


_PLAINER = {
    "http request": "not TLS but HTTP was spoken",
    "https proxy request": "not TLS but HTTP was spoken",
    "wrong version number": "no TLS was spoken",
    "packet length too long": "no TLS was spoken",
    "bad record type": "no TLS was spoken",
    "unknown protocol": "no TLS was spoken",
    "unsupported protocol": "the peer's TLS version is too old",
    "no shared cipher": "no cipher in common",
}

PUBLIC = _public_calls()
try:
    RAW: TLSCalls | None = _raw_calls(getattr(SSL, "_lib"), getattr(SSL, "_ffi"))  # noqa: B009 - not in the stubs
except (AttributeError, TypeError):
    RAW = None
BEST = RAW or PUBLIC
