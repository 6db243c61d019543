"""The server itself."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Server(Op):
    """Tells of the server: what it is, its message of the day, and how many people are here."""
