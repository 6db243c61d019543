"""From whom people want to hear."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangeAccepted:
    """Accept people in spite of the mode CALLER_ID (ACCEPT), and others no more.

    Each is a nick. Somebody who is logged in is accepted as the account, at any time and under any nick;
    somebody who is not, as long as they stay.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSilences:
    """Hear nothing more from those who fit masks (SILENCE), and of others again.

    A mask is nick!user@host, or an extended one for accounts or realnames. It never matches an address that
    is not shown.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
