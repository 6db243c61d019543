"""Labeled responses: the answer to a command as one logical message (IRCv3 labeled-response, batch)."""

from __future__ import annotations

from chatdaemon.wire.ircmsg import escape_tag

# Where the tag stands on every line that is part of a batch.
BATCHED = b"@batch="


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
    if len(lines) > 1 and _is_one_batch(lines):
        # One that has a type of its own is the answer as it is (labeled-response, "Tags").
        return b"".join([line + b"\r\n" for line in (tagged(lines[0], _label_tag(label)), *lines[1:])])
    if len(lines) > 1:
        return opening(label, batch, server, time) + members(collected, batch) + closing(batch, server, time)
    line = lines[0] if lines else _line(server, "ACK", time)
    return tagged(line, _label_tag(label)) + b"\r\n"


def opening(label: str, batch: str, server: str, time: str) -> bytes:
    """The first line of the batch that answers a labelled command."""
    return tagged(_line(server, f"BATCH +{batch} labeled-response", time), _label_tag(label)) + b"\r\n"


def members(collected: list[bytes], batch: str) -> bytes:
    """Lines as part of a batch; those of a batch within it stay what they are."""
    tag = f"batch={batch}".encode()
    return b"".join(
        [(line if line.startswith(BATCHED) else tagged(line, tag)) + b"\r\n" for line in _lines(collected)]
    )


def _is_one_batch(lines: list[bytes]) -> bool:
    """Whether the first line begins a batch that the last one ends."""
    reference = _batch_parameter(lines[0], b"+")
    return reference is not None and reference == _batch_parameter(lines[-1], b"-")


def _batch_parameter(line: bytes, sign: bytes) -> bytes | None:
    """What a BATCH line with this sign is about; None for any other line."""
    if line.startswith(b"@"):
        _, _, line = line.partition(b" ")
    words = line.split(b" ", 3)
    if len(words) < 3 or words[1] != b"BATCH" or not words[2].startswith(sign):
        return None
    return words[2][1:]


def closing(batch: str, server: str, time: str) -> bytes:
    """The last line of a batch."""
    return _line(server, f"BATCH -{batch}", time) + b"\r\n"


def _label_tag(label: str) -> bytes:
    return f"label={escape_tag(label)}".encode()


def _line(server: str, rest: str, time: str) -> bytes:
    return (f"@{time} :{server} {rest}" if time else f":{server} {rest}").encode()


def _lines(collected: list[bytes]) -> list[bytes]:
    return [line for data in collected for line in data.split(b"\r\n") if line]
