"""What was found in another server's database, in our words, before it is asked whether it can be here."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatdaemon.realm.accounts import AccountSetting, RegistrationSetting
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank


class NotImportable(Exception):
    """A file is not what it should be. The text is for whoever typed the command: what, where, what to do."""


@dataclass(slots=True)
class FoundAccount:
    """An account. Times are ms since 1970, 0 where unknown. `password` is as `accounts.schemes` has it, or
    what that does not know; `scram` as RFC 5803 has it. `suspended` is why it is; None: it is not."""

    name: str
    registered_at: int = 0
    last_seen_at: int = 0
    password: str | None = None
    scram: str | None = None
    certificates: list[str] = field(default_factory=list)
    nicks: list[str] = field(default_factory=list)
    email: str = ""
    vhost: str = ""
    asked_vhost: str = ""
    suspended: str | None = None
    settings: dict[AccountSetting, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    markers: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class FoundAccess:
    account: str
    ranks: Rank
    by: str = ""
    at: int = 0


@dataclass(slots=True)
class FoundChannel:
    """A registered channel. `successor` is who gets it where the founder cannot be here."""

    name: str
    founder: str
    registered_at: int = 0
    successor: str = ""
    topic: str = ""
    topic_by: str = ""
    topic_at: int = 0
    flags: dict[ChannelFlag, None] = field(default_factory=dict)
    settings: dict[ChannelSetting, str] = field(default_factory=dict)
    lists: dict[ChannelList, list[ListEntry]] = field(default_factory=dict)
    access: list[FoundAccess] = field(default_factory=list)
    registration: dict[RegistrationSetting, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    def enter(self, which: ChannelList, mask: str, by: str = "", at: int = 0) -> None:
        """Put a mask into a list."""
        self.lists.setdefault(which, []).append(ListEntry(mask, by, at))


@dataclass(slots=True)
class Found:
    """All of it, and what could not be read or has no place here: one line each, for operators."""

    accounts: list[FoundAccount] = field(default_factory=list)
    channels: list[FoundChannel] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def about(self, subject: str, text: str) -> None:
        self.problems.append(f"{subject}: {text}")


def milliseconds(number: int) -> int:
    """A time in seconds or nanoseconds since 1970 as ms. Which of the two it is shows: so many seconds would
    be three million years, so few nanoseconds a day."""
    return number // 1_000_000 if number > 10**14 else number * 1000
