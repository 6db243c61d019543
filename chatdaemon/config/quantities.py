"""The kinds of value that count something: numbers, rates, times and sizes, each within its range, or off."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chatdaemon.config.kinds import Kind, Surroundings

_NUMBER = re.compile(r"[0-9]{1,12}")
_QUANTITY = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([a-z]*)", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "k": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mib": 1 << 20, "g": 1 << 30, "gib": 1 << 30}
_MOST = 1_000_000  # where nothing else bounds a number


def _within(value: float, least: float, most: float, write: Callable[[Any], str]) -> None:
    if not least <= value <= most:
        raise ValueError(f"{write(value)} is out of range: from {write(least)} to {write(most)}")


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `least` to `most`."""

    least: int
    most: int = _MOST

    @property
    def says(self) -> str:
        return f"a number from {self.least}" + (f" to {self.most}" if self.most < _MOST else "")

    def read(self, text: str, at: Surroundings) -> int:
        if not _NUMBER.fullmatch(text):
            raise ValueError(f'"{text}" is not a whole number')
        value = int(text)
        _within(value, self.least, self.most, self.write)
        return value

    def write(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second, from `least` to `most`; fractions are allowed."""

    least: float
    most: float = _MOST

    @property
    def says(self) -> str:
        return f"a number from {self.write(self.least)}, fractions allowed"

    def read(self, text: str, at: Surroundings) -> float:
        quantity = _QUANTITY.fullmatch(text)
        if quantity is None or quantity[2]:
            raise ValueError(f'"{text}" is not a number')
        value = float(quantity[1])
        _within(value, self.least, self.most, self.write)
        return value

    def write(self, value: float) -> str:
        return f"{value:.6f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds, from `least` to `most`; written 30, 30s, 5m, 1h or 1d."""

    least: float
    most: float

    @property
    def says(self) -> str:
        return f"a time from {self.write(self.least)} to {self.write(self.most)}"

    def read(self, text: str, at: Surroundings) -> float:
        quantity = _QUANTITY.fullmatch(text)
        if quantity is None or quantity[2].lower() not in _SECONDS:
            raise ValueError(f'"{text}" is not a time such as 30s, 5m or 1h')
        value = float(quantity[1]) * _SECONDS[quantity[2].lower()]
        _within(value, self.least, self.most, self.write)
        return value

    def write(self, value: float) -> str:
        for unit in ("d", "h", "m"):
            if value and value % _SECONDS[unit] == 0:
                return f"{int(value) // _SECONDS[unit]}{unit}"
        return f"{value:.6f}".rstrip("0").rstrip(".") + "s"


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes, from `least` to `most`; written 65536, 64K or 1M."""

    least: int
    most: int

    @property
    def says(self) -> str:
        return f"a size from {self.write(self.least)} to {self.write(self.most)}"

    def read(self, text: str, at: Surroundings) -> int:
        quantity = _QUANTITY.fullmatch(text)
        if quantity is None or quantity[2].lower() not in _BYTES:
            raise ValueError(f'"{text}" is not a size such as 65536, 64K or 1M')
        value = int(float(quantity[1]) * _BYTES[quantity[2].lower()])
        _within(value, self.least, self.most, self.write)
        return value

    def write(self, value: int) -> str:
        for unit in ("g", "m", "k"):
            if value and value % _BYTES[unit] == 0:
                return f"{value // _BYTES[unit]}{unit.upper()}"
        return str(value)


@dataclass(frozen=True, slots=True)
class Off:
    """`kind`, or "off" for no limit at all, which is None."""

    kind: Kind

    @property
    def says(self) -> str:
        return f"{self.kind.says}, or off"

    def read(self, text: str, at: Surroundings) -> object:
        if text.lower() == "off":
            return None
        try:
            return self.kind.read(text, at)
        except ValueError as error:
            raise ValueError(f'{error} (or "off")') from None

    def write(self, value: Any) -> str:
        return "off" if value is None else self.kind.write(value)
