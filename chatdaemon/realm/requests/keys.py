"""Saying something once."""

from __future__ import annotations

from typing import NamedTuple

from chatdaemon.realm.requests.messages import Post
from chatdaemon.realm.requests.multiline import PostLines


class PostOnce(NamedTuple):
    """Say something unless the actor has said it by this key already; then it is told which message that was.

    The `fingerprint` is the same for the same message, and hardly for another (up to 2**53).
    """

    key: str
    fingerprint: int
    post: Post | PostLines
