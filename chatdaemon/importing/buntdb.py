"""BuntDB's file, which Ergo keeps its data in: each change appended as a command, as Redis would be sent it.

    *3 CRLF $3 CRLF set CRLF $<bytes> CRLF <key> CRLF $<bytes> CRLF <value> CRLF

`set KEY VALUE`, the same with `ex SECONDS` or `ae TIME` behind it, `del KEY`, and `flushdb`. Between commands
there may be NULs. A last command that is not whole was never finished; the server forgets it as well.
"""

from __future__ import annotations

from chatdaemon.importing.found import NotImportable

# Longer numbers are somebody's joke, and Python refuses to read the longest.
_LONGEST_NUMBER = 18


class _Unfinished(Exception):
    """The file ends within a command."""


def read(data: bytes, changed_at: float = 0.0, now: float = 0.0) -> dict[str, str]:
    """What the database holds, by key.

    :param changed_at: when the file was last written to, and `now`: seconds since 1970. What was to be kept
        for so many seconds is counted from the former, as BuntDB does.
    Raises NotImportable where it is no such file, or damaged.
    """
    kept: dict[bytes, bytes] = {}
    at = 0
    while True:
        while data[at : at + 1] == b"\0":
            at += 1
        if at == len(data):
            break
        try:
            parts, at = _command(data, at)
        except _Unfinished:
            break
        _apply(kept, parts, at, changed_at, now)
    return {_text(key): _text(value) for key, value in kept.items()}


def _apply(kept: dict[bytes, bytes], parts: list[bytes], at: int, changed_at: float, now: float) -> None:
    if not parts:
        return
    name, *rest = parts
    name = name.lower()
    if name == b"set" and len(rest) in (2, 4):
        if len(rest) == 4 and _is_over(rest[2], rest[3], at, changed_at, now):
            # What it was before is over as well: this took its place.
            kept.pop(rest[0], None)
            return
        kept[rest[0]] = rest[1]
    elif name == b"del" and len(rest) == 1:
        kept.pop(rest[0], None)
    elif name == b"flushdb" and not rest:
        kept.clear()
    else:
        raise _damaged(at)


def _is_over(how: bytes, text: bytes, at: int, changed_at: float, now: float) -> bool:
    if not (text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise _damaged(at)
    if how.lower() == b"ex":
        return changed_at + int(text) <= now
    if how.lower() == b"ae":
        return int(text) <= now
    raise _damaged(at)


def _command(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The parts of the command that begins there, and where the next one does. Raises _Unfinished."""
    count, at = _number(data, at, b"*")
    parts = []
    for _ in range(count):
        length, at = _number(data, at, b"$")
        end = at + length
        if end + 2 > len(data):
            raise _Unfinished
        if data[end : end + 2] != b"\r\n":
            raise _damaged(at)
        parts.append(data[at:end])
        at = end + 2
    return parts, at


def _number(data: bytes, at: int, mark: bytes) -> tuple[int, int]:
    end = data.find(b"\n", at)
    if end < 0:
        # Not whole, unless it could not be the beginning of a number either.
        left = data[at:].removesuffix(b"\r")
        if left[:1] not in (b"", mark) or (left[1:] and not left[1:].isdigit()):
            raise _damaged(at)
        raise _Unfinished
    line = data[at:end]
    digits = line[1:-1]
    if line[:1] != mark or line[-1:] != b"\r" or not digits.isdigit() or len(digits) > _LONGEST_NUMBER:
        raise _damaged(at)
    return int(digits), end + 1


def _damaged(at: int) -> NotImportable:
    return NotImportable(f"it is no database of Ergo, or damaged (at byte {at})")


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")
