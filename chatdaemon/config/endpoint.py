"""Twisted endpoint strings: whether one makes sense, and by whom it is reached. Nothing is opened here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chatdaemon.config.mistakes import did_you_mean

# The arguments of the endpoints that Twisted brings along, in the order in which they go without a name.
_ARGUMENTS = {
    "tcp": ("port", "interface", "backlog"),
    "tcp6": ("port", "backlog", "interface"),
    "unix": ("address", "mode", "backlog", "lockfile"),
    "systemd": ("domain", "index", "name"),
}
_INSTEAD = {
    "ssl": "say tls = yes and certificate = FILE instead",
    "tls": "say tls = yes and certificate = FILE instead",
    "haproxy": "it would believe whatever address anybody claims",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The kind of a value that is a server endpoint string; see `chatdaemon.config.kinds`."""

    says: str = field(default="a Twisted endpoint", init=False)

    def read(self, text: str, at: object) -> str:
        check_endpoint(text)
        return text

    def write(self, value: str) -> str:
        return value


def check_endpoint(text: str) -> None:
    """Raise ValueError, with a text for people, unless `text` is a server endpoint that makes sense."""
    prefix, fields = _split(text)
    if prefix in _INSTEAD:
        raise ValueError(f'"{prefix}:" cannot be used here: {_INSTEAD[prefix]}')
    if prefix in _ARGUMENTS:
        _check_arguments(prefix, _arguments(prefix, fields))
    if prefix == "systemd":
        return  # its sockets are systemd's to hand over, and not there when a file is only checked
    # Importing this consumes $LISTEN_FDS, which importing the configuration must not do.
    from twisted.internet.endpoints import serverFromString  # noqa: PLC0415

    try:
        serverFromString(None, text)
    except Exception as error:  # plugins parse as they please: ValueError, TypeError, KeyError, ...
        if str(error).startswith("Unknown endpoint type"):
            raise ValueError(f'"{prefix}" is not an endpoint{did_you_mean(prefix, _ARGUMENTS)}') from None
        raise ValueError(f'"{text}" is not an endpoint: {error}') from None


def is_exposed(text: str) -> bool:
    """Whether others than this machine can reach the sound endpoint `text`, as far as it says so itself."""
    prefix, fields = _split(text)
    if prefix not in ("tcp", "tcp6"):
        return False
    interface = _arguments(prefix, fields).get("interface", "")
    try:
        return interface != "localhost" and not ipaddress.ip_address(interface).is_loopback
    except ValueError:
        return True


def with_backlog(text: str, backlog: int) -> str:
    """The sound endpoint `text`, with this backlog unless it says one, or cannot."""
    prefix, fields = _split(text)
    names = _ARGUMENTS.get(prefix, ())
    if "backlog" not in names or "backlog" in _arguments(prefix, fields):
        return text
    return f"{text}:backlog={backlog}"


def _check_arguments(prefix: str, arguments: Mapping[str, str]) -> None:
    """Refuse here what Twisted would take without a look, or refuse in words for programmers."""
    needed = _ARGUMENTS[prefix][0]
    if not arguments.get(needed):
        raise ValueError(f'a "{prefix}:" endpoint needs its {needed}')
    for name, most in (("port", 65535), ("backlog", 1 << 20), ("index", 1 << 16), ("lockfile", 1)):
        value = arguments.get(name, "0")
        if not re.fullmatch("[0-9]{1,9}", value) or int(value) > most:
            raise ValueError(f'the {name} "{value}" is not a number from 0 to {most}')
    if not re.fullmatch("[0-7]{1,4}", arguments.get("mode", "666")):
        raise ValueError(f'the mode "{arguments["mode"]}" is not an octal number such as 660')
    if prefix == "systemd":
        if arguments["domain"] not in ("INET", "INET6", "UNIX"):
            raise ValueError(f'the domain is INET, INET6 or UNIX, not "{arguments["domain"]}"')
        if ("index" in arguments) == ("name" in arguments):
            raise ValueError('a "systemd:" endpoint has either an index or a name')


def _arguments(prefix: str, fields: list[list[str]]) -> dict[str, str]:
    """The arguments of one of Twisted's own endpoints, each by its name."""
    names = _ARGUMENTS[prefix]
    given: dict[str, str] = {}
    unnamed = iter(names)
    for argument in fields:
        name = argument[0] if len(argument) > 1 else next(unnamed, "")
        if not name:
            raise ValueError(f'a "{prefix}:" endpoint has at most {len(names)} arguments: {", ".join(names)}')
        if name not in names:
            raise ValueError(f'a "{prefix}:" endpoint has no "{name}"{did_you_mean(name, names)}')
        if name in given:
            raise ValueError(f'the {name} is given twice in "{prefix}:"')
        given[name] = argument[-1]
    return given


def _split(text: str) -> tuple[str, list[list[str]]]:
    """The prefix and the arguments, each [value] or [name, value], escaped as Twisted does it."""
    fields = [[""]]
    characters = iter(text)
    for character in characters:
        if character == ":":
            fields.append([""])
        elif character == "=" and len(fields[-1]) == 1:
            fields[-1].append("")
        else:
            fields[-1][-1] += next(characters, "") if character == "\\" else character
    return fields[0][0].lower(), fields[1:]
