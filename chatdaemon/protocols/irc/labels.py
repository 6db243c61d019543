"""Labeled responses: the answer to a command as one logical message (IRCv3 labeled-response, batch)."""

from __future__ import annotations

from chatdaemon.wire.ircmsg import escape_tag


def tagged(line: bytes, tag: bytes) -> bytes:
    """A rendered line with one more tag in front."""
    if line.startswith(b"@"):
        return b"@" + tag + b";" + line[1:]
    return b"@" + tag + b" " + line


def labelled(label: str, collected: list[bytes], batch: str, server: str, time: str) -> bytes:
    """What answers a labelled command: an ACK for nothing, the line itself for one, a batch for more.

    `time` is a server-time tag, or empty.
    """
    lines = _lines(collected)
    if len(lines) > 1:
        return opening(label, batch, server, time) + members(collected, batch) + closing(batch, server, time)
    line = lines[0] if lines else _line(server, "ACK", time)
    return tagged(line, _label_tag(label)) + b"\r\n"


def opening(label: str, batch: str, server: str, time: str) -> bytes:
    """The first line of the batch that answers a labelled command."""
    return tagged(_line(server, f"BATCH +{batch} labeled-response", time), _label_tag(label)) + b"\r\n"


def members(collected: list[bytes], batch: str) -> bytes:
    """Lines as part of a batch."""
    tag = f"batch={batch}".encode()
    return b"".join([tagged(line, tag) + b"\r\n" for line in _lines(collected)])


def closing(batch: str, server: str, time: str) -> bytes:
    """The last line of a batch."""
    return _line(server, f"BATCH -{batch}", time) + b"\r\n"


def _label_tag(label: str) -> bytes:
    return f"label={escape_tag(label)}".encode()


def _line(server: str, rest: str, time: str) -> bytes:
    return (f"@{time} :{server} {rest}" if time else f":{server} {rest}").encode()


def _lines(collected: list[bytes]) -> list[bytes]:
    return [line for data in collected for line in data.split(b"\r\n") if line]
