"""What says that a delivery is ours, and of when: an HMAC of its time and body with the hook's secret."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

SIGNATURE: Final = "X-Chatdaemon-Signature"
TIMESTAMP: Final = "X-Chatdaemon-Timestamp"
DELIVERY: Final = "X-Chatdaemon-Delivery"
EVENT: Final = "X-Chatdaemon-Event"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA-256, hex, of the time (seconds since 1970), a full stop and the body. With
    the time in it, what somebody has recorded cannot be sent again later."""
    signed = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def headers(secret: str, timestamp: int, delivery: str, event: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery, whose name stays the same however often it is tried."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "chatdaemon",
        TIMESTAMP: str(timestamp),
        SIGNATURE: signature(secret, timestamp, body),
        DELIVERY: delivery,
        EVENT: event,
    }
