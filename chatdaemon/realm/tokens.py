"""Access tokens: how a program is somebody, without their password and with no more than it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from chatdaemon.realm.entry import AccountId

# The index of the entry that made it.
TokenId = int

EVERYTHING: Final = "*"
"""All verbs but those about the account itself, which a token has only where they are named."""
PEOPLE: Final = "@"
"""Among a token's channels: also what is said between people."""

MOST_VERBS: Final = 100
MOST_CHANNELS: Final = 100
# How often it is noted that a token was used; ms.
USE_NOTED: Final = 3_600_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERB = re.compile(r"[a-z][a-z0-9_]{0,31}|\*")


@dataclass(frozen=True, slots=True)
class Token:
    """What whoever shows the secret may do in the name of an account.

    `digest` is the SHA-256 of the secret, hex; the secret itself is kept nowhere. `verbs` are the names of
    ops, or EVERYTHING; `channels` are folded names, none for everywhere, PEOPLE among them for private
    messages. Times are ms since 1970; `expires_at` None is never, `used_at` 0 not yet, and to the hour.
    """

    id: TokenId
    account_id: AccountId
    account: str
    name: str
    digest: str
    verbs: tuple[str, ...]
    channels: tuple[str, ...]
    created_at: int
    expires_at: int | None = None
    used_at: int = 0

    def allows(self, verb: str, *, named_only: bool = False) -> bool:
        """Whether this verb is the token's. `named_only`: one that EVERYTHING does not have in it."""
        return verb in self.verbs or (not named_only and EVERYTHING in self.verbs)

    def reaches(self, target: str) -> bool:
        """Whether a channel, by its folded name, or somebody (PEOPLE) is within what the token is for."""
        return not self.channels or target in self.channels

    def is_over(self, at: int) -> bool:
        """Whether it is good no longer."""
        return self.expires_at is not None and self.expires_at <= at


def name_fault(name: str) -> str | None:
    """What is wrong with the name of a token or of a hook, if anything."""
    if _NAME.fullmatch(name):
        return None
    return "A name has up to 32 letters, digits and . _ -, and begins with a letter or digit"


def token_fault(name: str, digest: str, verbs: tuple[str, ...], channels: tuple[str, ...]) -> str | None:
    """What is wrong with a token that is to be made, but for the names of its channels."""
    fault = name_fault(name)
    if fault is not None:
        return fault
    if not _DIGEST.fullmatch(digest):
        return "A digest is a SHA-256, 64 hexadecimal digits in small letters"
    if not verbs:
        return f"A token without verbs is good for nothing: {EVERYTHING} stands for all"
    if len(verbs) > MOST_VERBS or not all(_VERB.fullmatch(verb) for verb in verbs):
        return f"Verbs are the names of ops, or {EVERYTHING}, {MOST_VERBS} at most"
    if len(channels) > MOST_CHANNELS:
        return f"A token has {MOST_CHANNELS} channels at most"
    return None
