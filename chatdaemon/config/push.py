"""Web push: a section of the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Files, Flag, Surroundings
from chatdaemon.config.quantities import Duration, Number

_MAILBOX = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)
_PAGE = re.compile(r"https://[\w.:\[\]-]+(?:[/?#][!-~]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contact:
    """An e-mail address or one with https://, or nothing."""

    says: str = field(default="an e-mail address, or an address with https://", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        if text and not _MAILBOX.fullmatch(text) and not _PAGE.fullmatch(text):
            raise ValueError(f'"{text}" is neither an e-mail address nor one with https://')
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """`[push]`: telling people of messages by the push services of their devices and browsers (web push)."""

    enabled: Annotated[
        bool,
        Key(
            Flag(),
            "Whether clients can ask for it. The server then connects to the push services that they name.",
        ),
    ] = False
    contact: Annotated[
        str,
        Key(
            Contact(),
            "Whom the push services can turn to when something is wrong. Needed with enabled = yes.",
            example="chat@example.net",
        ),
    ] = ""
    delay: Annotated[
        float,
        Key(
            Duration(0, 3600),
            "How long people have to read a message elsewhere, with a client that tells (draft/read-marker),"
            " before they are told of it.",
        ),
    ] = 5.0
    lifetime: Annotated[
        float,
        Key(
            Duration(60, 28 * 86400),
            "How long push services keep what they cannot deliver, as with a phone off.",
        ),
    ] = 7 * 86400.0
    subscriptions_per_account: Annotated[
        int,
        Key(Number(1, 1000), "Devices and browsers of one account; with more, the oldest is told no longer."),
    ] = 10
    timeout: Annotated[float, Key(Duration(1, 60), "How long a push service may take to answer.")] = 10.0
    allow_internal: Annotated[
        bool,
        Key(
            Flag(),
            "Whether a push service may be inside of a private network. Whoever has an account could then"
            " have the server send requests there.",
        ),
    ] = False
    ca_file: Annotated[
        tuple[Path, ...],
        Key(
            Files(),
            "The authority (PEM) that push services' certificates are from. Not set: those of the system.",
            example="push-ca.pem",
        ),
    ] = ()
