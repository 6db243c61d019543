"""How people log in and register: the part of the configuration that concerns it."""

from __future__ import annotations

from dataclasses import dataclass

MECHANISMS = ("EXTERNAL", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER")
"""The SASL mechanisms that there are, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class AuthenticationSettings:
    """Times are in seconds; None is no limit.

    `passwords`: accounts have passwords here. Otherwise only checkers and issuers of tokens are asked, and
    nobody registers.
    """

    mechanisms: tuple[str, ...] = MECHANISMS
    passwords: bool = True
    password_length: int = 8
    plain_without_tls: bool = False
    login_burst: int = 5
    login_interval: float | None = 6.0
    registration_burst: int = 3
    registration_interval: float | None = 1200.0
    verify_email: bool = False
    verification_timeout: float = 86400.0
