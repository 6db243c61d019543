"""What the tests of the configuration share: a file with a text, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatdaemon.config import ConfigError, Configuration, load

HASH = "$argon2id$v=19$m=19456,t=2,p=1$K1Hn46VDiqdXHZA0AN+NKw$sraUyyTklG2fdxToH6ex8kkOoy9pW5qquNcgGV3LNl8"
FINGERPRINT = "0123456789abcdef" * 4


def config(directory: Path, text: str, environ: Mapping[str, str] | None = None) -> Configuration:
    """The configuration that `text` is, read from `chatdaemon.ini` in `directory`."""
    path = directory / "chatdaemon.ini"
    path.write_text(text)
    return load(path, environ=environ or {}, hostname=lambda: "localhost")


def mistakes(directory: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Every mistake in `text`, each as `LINE: TEXT` (or `FILE:LINE: TEXT` if it is in another file)."""
    try:
        config(directory, text, environ)
    except ConfigError as error:
        found = [str(mistake).removeprefix(f"{directory}/") for mistake in error.mistakes]
        return [each.removeprefix("chatdaemon.ini:").replace(f"{directory}/", "") for each in found]
    return []


def warnings(directory: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Every warning about `text`, as `LINE: TEXT`."""
    found = config(directory, text, environ).warnings
    return [str(each).replace(f"{directory}/", "").removeprefix("chatdaemon.ini:") for each in found]
