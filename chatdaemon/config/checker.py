"""Who else knows people's passwords: sections of the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Flag, Surroundings, Text
from chatdaemon.config.quantities import Duration

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Options:
    """Lines of the form "name = value"; what they mean is the checker's."""

    says: str = field(default='lines of "name = value", indented', init=False)

    def read(self, text: str, at: Surroundings) -> tuple[tuple[str, str], ...]:
        options: dict[str, str] = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            name, equals, value = (part.strip() for part in line.partition("="))
            if not equals or not _NAME.fullmatch(name):
                raise ValueError(f'"{name}" is not of the form "name = value"')
            if name in options:
                raise ValueError(f'"{name}" is there twice')
            options[name] = value
        return tuple(options.items())

    def write(self, value: tuple[tuple[str, str], ...]) -> str:
        return "\n".join(f"{name} = {text}" for name, text in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """`[checker NAME]`: who else knows passwords: a directory, a script. They are asked in this order."""

    name: str
    type: Annotated[
        str,
        Key(
            Text(64, empty=False, spaces=False),
            "What is asked: script, ldap (needs chatdaemon[ldap]), or what another package has brought.",
            example="script",
        ),
    ]
    options: Annotated[
        tuple[tuple[str, str], ...],
        Key(
            Options(),
            "What it needs to know; the operator's manual says what script and ldap do.",
            file="options-file",
            secret=True,
            example="command = /usr/local/bin/check-password",
        ),
    ] = ()
    autocreate: Annotated[
        bool, Key(Flag(), "Whether an account is made for who has a password there and no account.")
    ] = True
    timeout: Annotated[float, Key(Duration(0.1, 60), "How long an answer may take.")] = 10.0
