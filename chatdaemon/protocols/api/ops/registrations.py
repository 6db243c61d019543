"""Registered channels."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.modes import ChannelRank


class ChannelRegister(Op):
    """Makes a channel your account's: you have to be one of its operators. From then on it keeps its topic,
    its modes and its lists, and you are its founder whenever you join."""

    channel: str


class ChannelDrop(Op):
    """Ends the registration of your channel. It is gone as soon as nobody is in it."""

    channel: str


class ChannelTransfer(Op):
    """Makes your channel another account's."""

    channel: str
    account: str


class ChannelInfo(Op):
    """Tells what you may know of a registered channel: whose it is, what is set of it, and your access."""

    channel: str


class ChannelSet(Op):
    """Sets something of a registered channel.

    :param value: of `keep-modes` the names of modes, with spaces between; of `private` and `history` `on` or
        `off`; of `cutoff` `none`, `join` or `registration`; of `max-age` seconds. Without it nothing is set.
    """

    channel: str
    setting: RegistrationSetting
    value: str | None = None


class ChannelRename(Op):
    """Gives a channel another name. It stays the same channel."""

    channel: str
    name: str
    reason: str = ""


class AccessList(Op):
    """Tells which accounts have which ranks in a registered channel whenever they join. For those with
    access."""

    channel: str


class AccessSet(Op):
    """Gives an account ranks in a registered channel, which it has whenever it joins.

    :param ranks: all that it is to have; none takes its access away.
    """

    channel: str
    account: str
    ranks: list[ChannelRank] = []


class AccessSync(Op):
    """Gives somebody who is in a channel the ranks that their account has there, or takes away those that
    they hold.

    :param nick: without it, you.
    :param down: takes them away.
    """

    channel: str
    nick: str | None = None
    down: bool = False


class Channels(Op):
    """Tells in which registered channels your account has access.

    :param mask: `*` and `?` in it; all registered channels that fit, for operators with the privilege
        `channels`.
    :param after: those behind this name.
    """

    mask: str | None = None
    after: str = ""
