"""Whoever else is asked who somebody is, made ready from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chatdaemon.accounts.checkers import Checkers, CheckerSettings, made
from chatdaemon.accounts.mail import MailSettings, Relay, relay
from chatdaemon.accounts.oauth import OAuthSettings, Tokens


class Unusable(Exception):
    """Checkers or keys that are of no use; the text says which and why, a line each."""


@dataclass(frozen=True, slots=True)
class Vouchers:
    """`tokens` is None where none are taken, `relay` where no mail is sent."""

    checkers: Checkers
    tokens: Tokens | None
    relay: Relay | None


def vouchers(
    reactor: Any,
    now: Callable[[], float],
    checkers: Sequence[CheckerSettings],
    oauth: OAuthSettings,
    mail: MailSettings | None,
    before: Vouchers | None = None,
) -> Vouchers:
    """Make them, save those that are the same as `before`. Raises Unusable."""
    mistakes: list[str] = []
    known = dict(before.checkers.ready) if before is not None else {}
    ready: list[tuple[CheckerSettings, Any]] = []
    for settings in checkers:
        try:
            ready.append((settings, known[settings] if settings in known else made(settings)))
        except ValueError as error:
            mistakes.append(f"[checker {settings.name}] {error}")
    tokens: Tokens | None = None
    if before is not None and before.tokens is not None and before.tokens.settings == oauth:
        tokens = before.tokens
    elif oauth.used:
        try:
            tokens = Tokens(reactor, oauth, now)
        except ValueError as error:
            mistakes.append(f"[oauth] jwt-key: {error}")
    try:
        sending = relay(mail)
    except ValueError as error:
        mistakes.append(f"[mail] ca-file: {error}")
    if mistakes:
        raise Unusable("\n".join(mistakes))
    return Vouchers(Checkers(reactor, ready), tokens, sending)
