"""Devices: what people call their clients, which they say where they log in (account@device)."""

from __future__ import annotations

import re
from typing import Final

# Longer names are none; and none has a dot, so that an e-mail address, which some checkers take for a name,
# is not one with a device.
LONGEST: Final = 32
_DEVICE: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")


def is_device(text: str) -> bool:
    """Whether a device can be called so: by letters, digits, - and _."""
    return _DEVICE.fullmatch(text) is not None


def split_device(name: str) -> tuple[str, str]:
    """The account and the device, in small letters, that somebody means who logs in as `name`; "" where none
    is named, and then all of it is the account."""
    account, _, device = name.rpartition("@")
    if account and is_device(device):
        return account, device.lower()
    return name, ""
