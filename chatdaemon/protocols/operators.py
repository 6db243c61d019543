"""Who may become an operator of the server, and what operators can have it do, whatever they speak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chatdaemon.realm.masks import glob_match
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.state import User

# How long the answer to a wrong password takes, seconds: guessing is slow, a slip of the finger is no matter.
WRONG_DELAY = 2.0


@dataclass(frozen=True, slots=True)
class OperatorAccess:
    """Who may become this operator: whoever fits all that is given."""

    name: str
    password_hash: str | None
    fingerprints: tuple[str, ...]
    hosts: tuple[str, ...]
    privileges: tuple[Privilege, ...]
    vhost: str | None = None


class Control(Protocol):
    """What operators can have the daemon do."""

    def rehash(self) -> list[str]:
        """Read the configuration again; what was wrong with it, if anything, and then nothing has changed."""

    def die(self, reason: str) -> None:
        """Stop, in order."""


def may_come_from(access: OperatorAccess, user: User, fold: Callable[[str], str]) -> bool:
    """Whether the operator may be where the user is."""
    if not access.hosts:
        return True
    sources = {fold(f"{user.username}@{host}") for host in (user.host, user.real_host)}
    return any(glob_match(fold(mask), source) for mask in access.hosts for source in sources)


def is_proven(
    access: OperatorAccess,
    user: User,
    certificate: str | None,
    password_right: bool,
    fold: Callable[[str], str],
) -> bool:
    """Whether all fits that is given."""
    if access.password_hash is None and not access.fingerprints:
        return False
    return (
        may_come_from(access, user, fold)
        and (access.password_hash is None or password_right)
        and (not access.fingerprints or certificate in access.fingerprints)
    )
