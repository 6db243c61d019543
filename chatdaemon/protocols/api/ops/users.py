"""What people are called, whether they are there, and who they are."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatdaemon.protocols.api.ops.op import Limit, Op

# Names in one request.
MOST_NAMES = 500
Nicks = Annotated[list[str], Meta(max_length=MOST_NAMES)]


class Nick(Op):
    """Changes your nick."""

    nick: str


class Away(Op):
    """You are away, with this text; without `text`, you are back."""

    text: str | None = None


class Realname(Op):
    """Changes your realname."""

    realname: str


class Whois(Op):
    """Tells all that you may know of somebody who is here."""

    nick: str


class Whowas(Op):
    """Tells who had a nick before, the last first."""

    nick: str
    limit: Limit | None = None


class Who(Op):
    """Finds people, at most 500 by a mask, or tells who is in a channel.

    :param mask: the name of a channel, a nick, or a mask (`*` and `?`) of nick!username@host, or of any of
        nick, username, host, realname, account and server.
    :param operators: only operators of the server.
    """

    mask: str = "*"
    operators: bool = False


class Ison(Op):
    """Tells which of these nicks are here."""

    nicks: Nicks


class Monitor(Op):
    """Has you told when people come and go (`online`, `offline`), and tells which of those whom you watch are
    here. Who leaves ends it.

    :param add: nicks to be watched.
    :param remove: nicks that are not to be watched any more.
    :param clear: watch nobody but those in `add`.
    """

    add: Nicks = []
    remove: Nicks = []
    clear: bool = False


class Accept(Op):
    """Accepts messages from people in spite of your mode `caller_id`, or no more, and tells from whom.

    :param add: nicks.
    :param remove: nicks or accounts.
    """

    add: Nicks = []
    remove: Nicks = []


class Silence(Op):
    """Has you hear nothing from those who fit masks, or something again, and tells which.

    :param add: masks: nick!username@host, or an extended one (`$a:account`).
    :param remove: the same.
    """

    add: Nicks = []
    remove: Nicks = []
