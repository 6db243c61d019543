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
    tag = f"label={escape_tag(label)}".encode()
    stamp = f"@{time} " if time else ""
    lines = [line for data in collected for line in data.split(b"\r\n") if line]
    if not lines:
        lines = [f"{stamp}:{server} ACK".encode()]
    if len(lines) == 1:
        return tagged(lines[0], tag) + b"\r\n"
    member = f"batch={batch}".encode()
    first = tagged(f"{stamp}:{server} BATCH +{batch} labeled-response".encode(), tag)
    last = f"{stamp}:{server} BATCH -{batch}".encode()
    return b"\r\n".join([first, *(tagged(line, member) for line in lines), last, b""])
