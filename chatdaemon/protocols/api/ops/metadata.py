"""What people tell of themselves and of their channels for programs to show."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Metadata(Op):
    """Tells what is set of a channel or a user, or sets it. Without `target`, it is about you.

    :param key: only this one.
    :param value: what it is to be from now on; `""` takes it away.
    :param clear: take away all that there is.
    :param members: of a channel: also what its members have.
    """

    target: str | None = None
    key: str | None = None
    value: str | None = None
    clear: bool = False
    members: bool = False
