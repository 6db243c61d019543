"""Clients and devices."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Clients(Op):
    """Tells with which clients the owner of your account is connected.

    :param account: somebody else's, for operators with the privilege `accounts`.
    """

    account: str | None = None


class Devices(Op):
    """Tells which devices your account has, and up to when each has been told what there was."""


class DeviceForget(Op):
    """Has nothing known of one of your devices any more.

    :param device: `""` for clients that have not said what they are called.
    """

    device: str
