"""What people are called and whether they are there."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Nick(Op):
    """Be called otherwise."""

    nick: str


class Away(Op):
    """Be away with a text, or back without one."""

    text: str | None = None
