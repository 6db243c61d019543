"""Hooks and access tokens: a section of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Files, Flag
from chatdaemon.config.quantities import Duration, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """`[hooks]`: programs that post to channels and are told what happens there, and access tokens."""

    outgoing: Annotated[
        bool,
        Key(
            Flag(),
            "Whether what happens in a channel is sent to the addresses that its founder has named. The"
            " server then connects to them.",
        ),
    ] = True
    allow_internal: Annotated[
        bool,
        Key(
            Flag(),
            "Whether these may be inside of a private network, and without TLS. Whoever has registered a"
            " channel could then have the server send requests there.",
        ),
    ] = False
    timeout: Annotated[float, Key(Duration(1, 60), "How long somebody there may take to answer.")] = 10.0
    lifetime: Annotated[
        float,
        Key(Duration(1, 7 * 86400), "For how long it is tried again where nobody answers, ever more rarely."),
    ] = 3600.0
    queue: Annotated[
        int, Key(Number(1, 100_000), "What may wait for one hook; with more, the oldest is not sent.")
    ] = 1000
    per_channel: Annotated[int, Key(Number(0, 1000), "Hooks of one channel.")] = 20
    ca_file: Annotated[
        tuple[Path, ...],
        Key(
            Files(),
            "The authority (PEM) that certificates there are from. Not set: those of the system.",
            example="hooks-ca.pem",
        ),
    ] = ()
    tokens_per_account: Annotated[int, Key(Number(0, 10_000), "Access tokens of one account.")] = 50
