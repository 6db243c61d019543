"""The welcome: what a client is sent when its registration is complete, and again when it asks.

Nearly all of it is the same for everybody: it is made once for the settings of the server, and a client's
own is that with its nick put in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import isupport
from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.protocols.irc.metadata import introduce_self, understands
from chatdaemon.protocols.irc.modes import CHANNEL_KINDS, CHANNEL_MODES, USER_MODES
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.protocols.irc.persistence import CAPABILITY as PERSISTENCE
from chatdaemon.protocols.irc.persistence import send_status
from chatdaemon.wire.ircmodes import Kind
from chatdaemon.wire.ircmsg import MAX_LINE
from chatdaemon.wire.text import cut, size_of

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer
    from chatdaemon.protocols.irc.session import IRCSession

USER_LETTERS = "".join(sorted(USER_MODES))
CHANNEL_LETTERS = "".join(sorted(CHANNEL_MODES))
PARAMETER_LETTERS = "".join(sorted(x for x, kind in CHANNEL_KINDS.items() if kind is not Kind.FLAG))

Reply = tuple[Numeric, tuple[str, ...]]

# The capability to be told in a batch what is supported, and before registration.
EXTENDED_SUPPORT = "draft/extended-isupport"

# Stands for the nick in what is made beforehand: no line of the server can hold it.
_NICK = "\0"


def introduction(server: IRCServer) -> list[Reply]:
    """002 to 004."""
    created = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(server.started_at))
    version = server.version
    return [
        (n.RPL_YOURHOST, (f"Your host is {server.name}, running version {version}",)),
        (n.RPL_CREATED, (f"This server was started {created}",)),
        (n.RPL_MYINFO, (server.name, version, USER_LETTERS, CHANNEL_LETTERS, PARAMETER_LETTERS)),
    ]


def support(server: IRCServer) -> list[Reply]:
    """005."""
    return [(n.RPL_ISUPPORT, tuple(group)) for group in isupport.lines(server.tokens)]


def counts(server: IRCServer) -> list[Reply]:
    """LUSERS."""
    realm = server.realm
    users = len(realm.users)
    most = str(realm.most_users)
    seen = users - realm.invisible
    replies: list[Reply] = [
        (n.RPL_LUSERCLIENT, (f"There are {seen} users and {realm.invisible} invisible on 1 servers",))
    ]
    if realm.operators:
        replies.append((n.RPL_LUSEROP, (str(len(realm.operators)),)))
    if server.strangers:
        replies.append((n.RPL_LUSERUNKNOWN, (str(len(server.strangers)),)))
    if realm.channels:
        replies.append((n.RPL_LUSERCHANNELS, (str(len(realm.channels)),)))
    replies += (
        (n.RPL_LUSERME, (f"I have {users} clients and 0 servers",)),
        (n.RPL_LOCALUSERS, (str(users), most, f"Current local users {users}, max {most}")),
        (n.RPL_GLOBALUSERS, (str(users), most, f"Current global users {users}, max {most}")),
    )
    return replies


def motd(server: IRCServer) -> list[Reply]:
    """The message of the day."""
    text = server.settings.motd
    if not text:
        return [(n.ERR_NOMOTD, ())]
    return [
        (n.RPL_MOTDSTART, (f"- {server.name} Message of the day - ",)),
        *((n.RPL_MOTD, (f"- {line}",)) for line in text),
        (n.RPL_ENDOFMOTD, ()),
    ]


class Prepared:
    """Lines of the server for anybody, without tags and the reader's nick."""

    __slots__ = ("_size", "text")

    def __init__(self, server: str, replies: list[Reply]) -> None:
        lines = [numeric.line(server, _NICK, params) for numeric, params in replies]
        self.text = "".join([f"{line}\r\n" for line in lines])
        self._size = max((len(line.encode()) for line in lines), default=0) - len(_NICK)

    def fit(self, nick: str) -> bool:
        """Whether none of the lines is too long with this nick."""
        return self._size + size_of(nick) <= MAX_LINE - 2


class Greeting:
    """What a server says to everybody, prepared for its settings as they are now."""

    __slots__ = ("introduction", "motd", "support")

    def __init__(self, server: IRCServer) -> None:
        # The counts come before the last.
        self.introduction = Prepared(server.name, introduction(server))
        self.support = Prepared(server.name, support(server))
        self.motd = Prepared(server.name, motd(server))

    def texts(self, session: IRCSession) -> tuple[str, str, str, str]:
        """The whole welcome, in parts: 001 to 004, 005, the counts, and the message of the day."""
        server, nick = session.server, session.nick
        source = session.user.who.source if session.user is not None else nick
        hello = f"Welcome to the {server.settings.network} network, {source}"
        first = n.RPL_WELCOME.line(server.name, nick, (hello,))
        middle = [numeric.line(server.name, nick, params) for numeric, params in counts(server)]
        prepared = (self.introduction, self.support, self.motd)
        introduced, supported, said = [each.text.replace(_NICK, nick) for each in prepared]
        texts = f"{first}\r\n{introduced}", supported, "\r\n".join(middle) + "\r\n", said
        if all(each.fit(nick) for each in prepared) and len(first.encode()) <= MAX_LINE - 2:
            return texts
        introduced, supported, counted, said = map(_cut_lines, texts)
        return introduced, supported, counted, said


def _cut_lines(text: str) -> str:
    return "".join([f"{cut(line, MAX_LINE - 2)}\r\n" for line in text.split("\r\n")[:-1]])


def send_welcome(session: IRCSession) -> None:
    """001 to 005, the counts and the message of the day, in one piece; some clients want one part of it in a
    batch, others are told their own metadata within it."""
    text, supported, counted, said = session.server.greeting.texts(session)
    if session.has(EXTENDED_SUPPORT):
        session.prepared(text)
        send_support(session)
        text = ""
    else:
        text += supported
    text += counted
    if understands(session):
        session.prepared(text)
        introduce_self(session)
        text = ""
    if session.has(PERSISTENCE):
        session.prepared(text)
        send_status(session)
        text = ""
    session.prepared(text + said)


def send_support(session: IRCSession) -> None:
    """What the server supports (005)."""
    _send_tokens(session, isupport.lines(session.server.tokens))


def _send_tokens(session: IRCSession, groups: list[list[str]]) -> None:
    """With both capabilities, none of it comes outside of a batch (extended-isupport)."""
    if session.has(EXTENDED_SUPPORT) and groups:
        batch = Batch(session, "draft/isupport")
        for group in groups:
            batch.numeric(n.RPL_ISUPPORT, *group)
        batch.close()
        return
    for group in groups:
        session.numeric(n.RPL_ISUPPORT, *group)


def announce_support(server: IRCServer, before: list[str]) -> None:
    """Tell every client what has changed in what is supported; `before` are the tokens that they know."""
    groups = isupport.lines(isupport.changes(before, server.tokens))
    for session in tuple(server.sessions):
        if (session.registered or session.has(EXTENDED_SUPPORT)) and not session.closing:
            with session.unasked():
                _send_tokens(session, groups)


def send_counts(session: IRCSession) -> None:
    """LUSERS."""
    _send(session, counts(session.server))


def send_motd(session: IRCSession) -> None:
    """MOTD."""
    _send(session, motd(session.server))


def _send(session: IRCSession, replies: list[Reply]) -> None:
    for numeric, params in replies:
        session.numeric(numeric, *params)
