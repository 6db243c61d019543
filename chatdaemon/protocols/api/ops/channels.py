"""Channels: being in them, and looking after them."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Limit, Op


class Join(Op):
    """Enters a channel, or makes it. `ok` has its topic and members. In a channel where you are already it
    changes nothing.

    :param members: `false`: without the members.
    """

    channel: str
    key: str | None = None
    members: bool = True


class Part(Op):
    """Leaves a channel."""

    channel: str
    reason: str | None = None


class Names(Op):
    """Tells who is in a channel, as far as you may know."""

    channel: str


class List(Op):
    """Tells which channels there are, by name, at most 500 at once. If `more` is true, ask again with
    `after`: the last name you got.

    :param mask: those whose names fit it (`*` and `?`).
    :param unlike: those whose names do not.
    :param members_above: with more members than so many.
    :param members_below: with fewer.
    :param created_after: a time: made since then.
    :param created_before: or earlier.
    :param topic_after: a time: whose topic was set since then.
    :param topic_before: or earlier.
    """

    after: str = ""
    limit: Limit | None = None
    mask: str | None = None
    unlike: str | None = None
    members_above: int | None = None
    members_below: int | None = None
    created_after: str | None = None
    created_before: str | None = None
    topic_after: str | None = None
    topic_before: str | None = None


class Topic(Op):
    """Sets the topic; `""` takes it away; without `text`, tells it.

    :param by_access: by what your account may do in a registered channel, wherever you are.
    """

    channel: str
    text: str | None = None
    by_access: bool = False


class Kick(Op):
    """Puts somebody out of a channel.

    :param by_access: by what your account may do in a registered channel, wherever you are.
    """

    channel: str
    nick: str
    reason: str | None = None
    by_access: bool = False


class Invite(Op):
    """Invites somebody to a channel. `away` in the `ok` is their text if they are away.

    :param by_access: by what your account may do in a registered channel, wherever you are.
    """

    nick: str
    channel: str
    by_access: bool = False


class Uninvite(Op):
    """Takes an invitation back."""

    nick: str
    channel: str


class Invitations(Op):
    """Tells to which channels you are invited."""


class Knock(Op):
    """Asks to be invited to a channel."""

    channel: str
    text: str | None = None
