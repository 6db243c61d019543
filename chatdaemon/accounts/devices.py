"""Devices: what people call their clients, which they say where they log in (account@device)."""

from __future__ import annotations

import re
from typing import Final

# Letters, digits, - and _. None has a dot, so that an e-mail address, which some checkers take for a name, is
# not one with a device.
DEVICE: Final = r"\A[A-Za-z0-9_-]{1,32}\Z"
_DEVICE: Final = re.compile(DEVICE)


def split_device(name: str) -> tuple[str, str]:
    """The account and the device, in small letters, that somebody means who logs in as `name`; "" where none
    is named, and then all of it is the account."""
    account, _, device = name.rpartition("@")
    if account and _DEVICE.match(device):
        return account, device.lower()
    return name, ""
