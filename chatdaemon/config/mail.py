"""How mail is sent: a section of the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Choice, Files, Lines, Surroundings, Text
from chatdaemon.config.quantities import Duration, Number

_MAILBOX = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An e-mail address, or nothing."""

    says: str = field(default="an e-mail address", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        if text and not _MAILBOX.fullmatch(text):
            raise ValueError(f'"{text}" is not an e-mail address')
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`[mail]`: the relay that takes what the server sends: codes that confirm people's e-mail addresses."""

    relay: Annotated[
        str,
        Key(
            Text(253, spaces=False),
            "The host that takes mail. Not set: none is sent.",
            example="mail.example.net",
        ),
    ] = ""
    port: Annotated[
        int, Key(Number(1, 65535), "Its port; 587 is usual with starttls, 465 with tls, and 25 without.")
    ] = 587
    security: Annotated[
        str,
        Key(
            Choice(("starttls", "tls", "none")),
            "Whether the connection is encrypted: after STARTTLS, from the beginning, or not at all.",
        ),
    ] = "starttls"
    ca_file: Annotated[
        tuple[Path, ...],
        Key(
            Files(),
            "The authority (PEM) that the relay's certificate is from. Not set: those of the system.",
            example="relay-ca.pem",
        ),
    ] = ()
    username: Annotated[
        str, Key(Text(), "Who the server logs in to the relay as. Not set: it does not.", example="chat")
    ] = ""
    password: Annotated[
        str,
        Key(Text(), "The password for that.", file="password-file", secret=True, example="..."),
    ] = ""
    sender: Annotated[
        str,
        Key(Mailbox(), "The address that mail comes from. Needed with a relay.", example="chat@example.net"),
    ] = ""
    timeout: Annotated[float, Key(Duration(1, 600), "How long each answer of the relay may take.")] = 30.0
    subject: Annotated[
        str, Key(Text(empty=False), "The subject of a mail with a code; {network} is filled in.")
    ] = "Your account on {network}"
    text: Annotated[
        tuple[str, ...],
        Key(
            Lines(),
            "What it says, where {account}, {network}, {server}, {code} and {until} are filled in. Not set: a"
            " text in English.",
            file="text-file",
            example="Welcome, {account}. Your code is {code}.",
        ),
    ] = ()
