"""CAP: which extensions a client wants (IRCv3 capability negotiation, versions 301 and 302)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.capabilities import METADATA, VALUES_VERSION, may_request, offers
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.registration import proceed
from chatdaemon.wire.ircmsg import MAX_LINE, Message, middle
from chatdaemon.wire.text import cut, size_of

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer
    from chatdaemon.protocols.irc.session import IRCSession

# No version has more digits; what has is no number that is worth reading.
VERSION_DIGITS = 9


@command("CAP", 1, early=True)
def cap(session: IRCSession, message: Message) -> Result:
    subcommand = message.params[0].upper()
    # One parameter by the specification; clients that leave out its colon send several.
    words = " ".join(message.params[1:]).split()
    if subcommand == "LS":
        _list_offered(session, words)
    elif subcommand == "LIST":
        enabled = (name for name in session.server.offered if name in session.capabilities)
        send_words(session, "LIST", enabled, session.cap_version)
    elif subcommand == "REQ":
        _request(session, words)
    elif subcommand == "END":
        if session.registration is not None:
            session.registration.negotiating = False
            return proceed(session)
    else:
        session.numeric(n.ERR_INVALIDCAPCMD, middle(message.params[0]))
    return None


def _list_offered(session: IRCSession, words: list[str]) -> None:
    version = 301
    if words and words[0].isascii() and words[0].isdigit() and len(words[0]) <= VERSION_DIGITS:
        version = int(words[0])
    session.cap_version = max(session.cap_version, version)
    if session.registration is not None:
        session.registration.negotiating = True
    if version >= VALUES_VERSION and "cap-notify" in session.server.offered:
        session.set_capabilities(session.capabilities | {"cap-notify"})
    # What everybody wants comes first: there are clients that look at the first line alone.
    words = sorted(offers(session, version).values(), key=lambda word: word.startswith("draft/"))
    session.offered = offers(session, session.cap_version)
    send_words(session, "LS", words, version)


def _request(session: IRCSession, words: list[str]) -> None:
    """All of it or nothing; what is asked for comes back word for word."""
    if session.offered is None:
        session.offered = offers(session, session.cap_version)
    if session.registration is not None:
        session.registration.negotiating = True
    wanted = dict.fromkeys(session.capabilities)
    for word in words:
        name = word.removeprefix("-")
        implied = name == "cap-notify" and session.cap_version >= VALUES_VERSION
        # What is on may be turned off, whatever has become of the offer.
        possible = may_request(session, name) or (word != name and name in session.capabilities)
        if not possible or (implied and word != name):
            send_words(session, "NAK", words)
            return
        if word == name:
            wanted[name] = None
        else:
            wanted.pop(name, None)
    if wanted.keys() >= METADATA:
        # One or the other: they tell the same in two ways.
        send_words(session, "NAK", words)
        return
    send_words(session, "ACK", words)
    # Only now: nothing may look different before the last ACK is sent.
    session.set_capabilities(frozenset(wanted))


def announce(server: IRCServer) -> None:
    """Tell every client what is offered otherwise than it knows (cap-notify), a value that has changed as
    well as what has come or gone.

    What is gone is gone for those too who do not want to be told.
    """
    for session in tuple(server.sessions):
        known = session.offered
        if known is None:
            continue
        now = session.offered = offers(session, session.cap_version)
        new = [text for name, text in now.items() if known.get(name) != text]
        gone = [name for name in known if name not in now]
        notify = "cap-notify" in session.capabilities
        with session.unasked():
            # Who has a policy of transport security keeps it for as long as it was told (sts, "Mechanism").
            deleted = [name for name in gone if name != "sts"]
            if notify and deleted:
                send_words(session, "DEL", deleted)
            if not session.capabilities.isdisjoint(gone):
                session.set_capabilities(session.capabilities.difference(gone))
            if notify and new:
                send_words(session, "NEW", new)


def send_words(session: IRCSession, subcommand: str, words: Iterable[str], version: int = 301) -> None:
    """Send a CAP reply on as few lines as hold it; clients of version 302 are told when more lines follow."""
    head = f":{session.server.name} CAP {session.nick} {subcommand}"
    room = MAX_LINE - 2 - size_of(f"{head} * :")
    lines: list[str] = []
    for word in words:
        # Only what a client made up can be this long.
        fitting = cut(word, room)
        if lines and len(f"{lines[-1]} {fitting}".encode()) <= room:
            lines[-1] += f" {fitting}"
        else:
            lines.append(fitting)
    more = " *" if version >= VALUES_VERSION else ""
    for line in lines[:-1]:
        session.reply(f"{head}{more} :{line}")
    session.reply(f"{head} :{lines[-1] if lines else ''}")
