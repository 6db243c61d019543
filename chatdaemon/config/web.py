"""The web listener: a section of the configuration, and the kinds of value that it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated

from chatdaemon.config.gateways import Addresses
from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Choice, Flag, Surroundings, split_words
from chatdaemon.config.quantities import Duration

_HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_PORT = re.compile(r"(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Names of hosts, of which each may begin with `*.`; or `*` for any."""

    says: str = field(default="names of hosts, separated by commas", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        return tuple(self._host(word) for word in split_words(text))

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)

    def _host(self, word: str) -> str:
        name = word.lower()
        if name != "*" and not _HOST.fullmatch(name):
            raise ValueError(f'"{word}" is not the name of a host, such as chat.example.net, without a port')
        return name


@dataclass(frozen=True, slots=True)
class Origins:
    """Where pages come from: https://HOST, with the port unless it is the usual one; or `*` for anywhere."""

    says: str = field(default="such as https://chat.example.net, separated by commas", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        return tuple(self._origin(word) for word in split_words(text))

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)

    def _origin(self, word: str) -> str:
        origin = word.lower().rstrip("/")
        scheme, slashes, place = origin.partition("://")
        host = re.match(_HOST, place)
        if origin == "*":
            return origin
        if not slashes or scheme not in ("https", "http") or host is None or host[0].startswith("*"):
            raise ValueError(f'"{word}" is not an origin such as https://chat.example.net')
        port = place[host.end() :]
        if not _PORT.fullmatch(port):
            raise ValueError(f'"{word}" is not an origin: there is nothing behind its host but a port')
        usual = ":443" if scheme == "https" else ":80"
        return origin.removesuffix(usual) if port == usual else origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`[web]`: what listeners with protocol = web serve: the page, WebSocket, the HTTP API."""

    page: Annotated[bool, Key(Flag(), "Whether there is a page to chat with in a browser.")] = True
    hosts: Annotated[
        tuple[str, ...],
        Key(
            Hosts(),
            "Names by which browsers may call the server, beside server-name, localhost, those in its"
            " certificates, and addresses. It keeps pages of other servers from reaching it by a name that"
            " points here; * allows any.",
            example="chat.example.net, *.chat.example.org",
        ),
    ] = ()
    origins: Annotated[
        tuple[str, ...],
        Key(
            Origins(),
            "Where pages of other servers that may use this one come from; * for anywhere. The server's own"
            " page always may, and so may programs, which come from no page.",
            example="https://www.example.net",
        ),
    ] = ()
    token_idle_time: Annotated[
        float,
        Key(
            Duration(1, 86400),
            "How long somebody who asks over the HTTP API, by an access token, stays when nothing is asked.",
        ),
    ] = 300.0
    proxies: Annotated[
        tuple[str, ...],
        Key(
            Addresses(),
            "Reverse proxies, which are believed when they say who asks. localhost: they come by a Unix"
            " socket.",
            example="127.0.0.1, ::1",
        ),
    ] = ()
    forwarded_header: Annotated[
        str,
        Key(
            Choice(("x-forwarded-for", "forwarded")),
            "How they say it: X-Forwarded-For, -Proto and -Host, or Forwarded (RFC 7239). What a client sends"
            " of the one that is chosen here, the proxy must replace or add to.",
        ),
    ] = "x-forwarded-for"
