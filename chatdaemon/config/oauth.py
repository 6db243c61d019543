"""Whose access tokens are taken: a section of the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Flag, Lines, Surroundings, Text
from chatdaemon.config.quantities import Duration

_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SafeURL:
    """An address that secrets may be sent to: https://, or http:// on this machine. Or nothing."""

    says: str = field(default="an address with https://", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        if not text:
            return text
        try:
            parts = urlsplit(text)
            host = parts.hostname
            _ = parts.port
        except ValueError:
            host = None
        if not host or not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError(f'"{text}" is not an address such as https://sso.example.net/introspect')
        if parts.scheme != "https" and not (parts.scheme == "http" and host in _HERE):
            raise ValueError(f'"{text}" is not encrypted: it takes https://')
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """`[oauth]`: logging in with access tokens (SASL OAUTHBEARER), signed ones or others."""

    jwt_key: Annotated[
        tuple[str, ...],
        Key(
            Lines(),
            "The public key (PEM) that tokens are signed with, or a secret that the issuer shares with us.",
            file="jwt-key-file",
            secret=True,
            example="...",
        ),
    ] = ()
    introspection_url: Annotated[
        str,
        Key(
            SafeURL(),
            "Where the issuer is asked about tokens (RFC 7662), if they are not signed.",
            example="https://sso.example.net/introspect",
        ),
    ] = ""
    client_id: Annotated[
        str, Key(Text(), "Who we are there. Not set: nobody in particular.", example="chat")
    ] = ""
    client_secret: Annotated[
        str,
        Key(Text(), "The password for that.", file="client-secret-file", secret=True, example="..."),
    ] = ""
    issuer: Annotated[
        str,
        Key(
            Text(), "The issuer that tokens must name (iss). Not set: any.", example="https://sso.example.net"
        ),
    ] = ""
    audience: Annotated[
        str, Key(Text(), "Whom tokens must be for (aud). Not set: anybody.", example="chat")
    ] = ""
    account_claim: Annotated[
        str, Key(Text(empty=False, spaces=False), "What of a token is the name of the account.")
    ] = "preferred_username"
    autocreate: Annotated[
        bool, Key(Flag(), "Whether an account is made for who has a good token and no account.")
    ] = True
    discovery_url: Annotated[
        str,
        Key(
            SafeURL(),
            "Where clients without a good token find out how to get one (OpenID Connect Discovery).",
            example="https://sso.example.net/.well-known/openid-configuration",
        ),
    ] = ""
    timeout: Annotated[float, Key(Duration(1, 60), "How long the issuer may take to answer.")] = 10.0
