"""Gateways that people come through: a section of the configuration, and the kinds of value that it needs."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Fingerprints, PasswordHash, Surroundings, split_words

_NAME = re.compile(r"[A-Za-z0-9.*?:-]+")
_LONGEST_URL = 300


@dataclass(frozen=True, slots=True)
class Addresses:
    """IP addresses, networks of them (192.0.2.0/24), and names that stand for some ("localhost": Unix
    sockets), with * and ?."""

    says: str = field(default="addresses and networks such as 192.0.2.0/24", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        return tuple(_address(word) for word in split_words(text))

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)


def _address(word: str) -> str:
    try:
        if "/" in word:
            return str(ipaddress.ip_network(word, strict=False))
        return str(ipaddress.ip_address(word))
    except ValueError:
        # With wildcards, or a name. What has digits and dots alone was meant as an address.
        if "/" in word or not _NAME.fullmatch(word) or re.fullmatch(r"[0-9.]+", word):
            raise ValueError(f'"{word}" is neither an address nor a network such as 192.0.2.0/24') from None
        return word.lower()


@dataclass(frozen=True, slots=True)
class PictureURL:
    """Nothing, or an address of the Web that fits a line of IRC."""

    says: str = field(default="an address with https://", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        if text and not re.fullmatch(r"https?://[!-~]+", text):
            raise ValueError(f'"{text}" is not an address such as https://example.net/icon.svg')
        if len(text) > _LONGEST_URL:
            raise ValueError(f"the address is longer than {_LONGEST_URL} characters")
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """`[webirc NAME]`: a gateway, such as a web client's, that says where its people come from (WEBIRC). It
    takes a hash or a fingerprint; all that is given must fit."""

    name: str
    hosts: Annotated[
        tuple[str, ...],
        Key(
            Addresses(),
            "Where the gateway is. It can have as many connections from there as it has people;"
            " localhost: it comes by a Unix socket.",
            example="192.0.2.7, 2001:db8::/64",
        ),
    ]
    password_hash: Annotated[
        str | None,
        Key(
            PasswordHash(),
            "The hash of the password that it gives.",
            file="password-hash-file",
            secret=True,
            example="$argon2id$...",
        ),
    ] = None
    certificate_fingerprint: Annotated[
        tuple[str, ...],
        Key(
            Fingerprints(),
            "Certificates of which it must show one (client-certificates = yes).",
            example="01:23:...:EF",
        ),
    ] = ()
