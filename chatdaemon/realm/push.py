"""Push subscriptions: where an account is told of messages while no client of it is connected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from chatdaemon.realm.entry import AccountId

# As long as a line of IRC can hold beside the command and the keys.
ENDPOINT_LENGTH: Final = 400
CAPABILITIES: Final = 50
CAPABILITY_LENGTH: Final = 64

_SERVICE = re.compile(r"https://[A-Za-z0-9.\[\]:-]+(?:[/?][!-~]*)?")
_WORD = re.compile(r"[!-~]+")
# URL-safe base64 (RFC 4648 section 5), unpadded: of 65 bytes, an uncompressed point of P-256, and of 16.
_PUBLIC_KEY = re.compile(r"B[A-Za-z0-9_-]{86}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an account has asked a push service for (RFC 8030), and how what is sent there is encrypted (RFC
    8291).

    `public_key` and `secret` are "p256dh" and "auth" of the client, in URL-safe base64 without padding.
    `capabilities` are those that the client had when it subscribed, which what is sent has to go by. `at` is
    when it was made, or last renewed, in ms since 1970.
    """

    account: AccountId
    endpoint: str
    public_key: str
    secret: str
    capabilities: tuple[str, ...]
    at: int


def subscription_fault(
    endpoint: str, public_key: str, secret: str, capabilities: tuple[str, ...]
) -> str | None:
    """What is wrong with a subscription, if anything. It does not say whether the key is one."""
    if len(endpoint) > ENDPOINT_LENGTH:
        return f"The endpoint is longer than {ENDPOINT_LENGTH} bytes"
    if not _SERVICE.fullmatch(endpoint):
        return "The endpoint has to be an address with https://"
    if not _PUBLIC_KEY.fullmatch(public_key):
        return "p256dh is not a public key"
    if not _SECRET.fullmatch(secret):
        return "auth does not have 16 bytes"
    if len(capabilities) > CAPABILITIES or not all(
        len(each) <= CAPABILITY_LENGTH and _WORD.fullmatch(each) for each in capabilities
    ):
        return "There are no such capabilities"
    return None
