"""PRIVMSG, NOTICE and TAGMSG (modern.ircdocs.horse "Sending Messages"; IRCv3 message-tags)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.modes import RANK_OF_PREFIX
from chatdaemon.protocols.irc.numerics import ERR_NORECIPIENT, ERR_NOTEXTTOSEND, ERR_TOOMANYTARGETS
from chatdaemon.protocols.irc.services import Service, service_addressed
from chatdaemon.realm.events import Stamp
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.requests import CLIENT_TAGS, Kind, Post, Request
from chatdaemon.wire.ircmsg import MAX_LINE, Message, Tags, middle
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


# Python 3.11 takes a tenth of a microsecond to find a member in its enumeration.
MESSAGE = Kind.MESSAGE


def client_only(tags: Tags) -> dict[str, str] | None:
    """The client-only tags among these that are passed on."""
    return {name: tags[name] for name in CLIENT_TAGS if name in tags} or None


def post(session: IRCSession, message: Message, kind: Kind) -> Result:
    """One Post for each target."""
    params = message.params
    target = params[0] if params else ""
    if not target.strip(","):
        session.numeric(ERR_NORECIPIENT, f"No recipient given ({message.command})")
        return None
    tags = client_only(message.tags) if message.tags and session.renderer.message_tags else None
    if kind is Kind.TAG:
        if tags is None:
            # Nothing that would be passed on.
            return None
        text = ""
    elif len(params) < 2 or not params[1]:
        session.numeric(ERR_NOTEXTTOSEND)
        return None
    else:
        text = params[1]
    if "," not in target:
        service = service_addressed(target, session.server.name) if target[0] != CHANTYPES else None
        if service is not None:
            return to_service(session, service, text, kind)
        return addressed(target, text, kind, tags)
    targets = [each for each in dict.fromkeys(target.split(",")) if each]
    most = session.server.settings.targets
    if most is not None and len(targets) > most:
        session.numeric(ERR_TOOMANYTARGETS, middle(target), f"Too many targets (at most {most})")
        return None
    if any(service_addressed(each, session.server.name) is not None for each in targets):
        session.numeric(ERR_TOOMANYTARGETS, middle(target), "A service is written to alone")
        return None
    posts: list[Request] = [addressed(each, text, kind, tags) for each in targets]
    return posts


def to_service(session: IRCSession, service: Service, text: str, kind: Kind) -> Result:
    """What a service is told. It takes neither notices nor tags: programs send those to one another.

    Nobody else ever sees it, and it is kept nowhere: there may be a password in it.
    """
    if kind is not MESSAGE:
        return None
    if session.echo:
        tags = session.renderer.tags(Stamp(int(session.server.now() * 1000), ""), session.me.who)
        line = cut(f":{session.me.who.source} PRIVMSG {service.nick} :{text}", MAX_LINE - 2)
        session.send(f"{tags}{line}\r\n".encode())
    return service.hear(session, text)


def addressed(target: str, text: str, kind: Kind, tags: Tags | None) -> Post:
    """A Post to a target as IRC writes it: prefixes before a channel mean its members from the lowest of
    these ranks on (STATUSMSG)."""
    if target[0] in RANK_OF_PREFIX:
        name = target.lstrip("".join(RANK_OF_PREFIX))
        if name[:1] == CHANTYPES:
            rank = min(RANK_OF_PREFIX[prefix] for prefix in target[: -len(name)])
            return Post(name, text, kind, tags, Rank(rank))
    return Post(target, text, kind, tags)


@command("PRIVMSG")
def privmsg(session: IRCSession, message: Message) -> Result:
    params = message.params
    if len(params) == 2 and not message.tags:
        # The common line, straight on.
        target, text = params
        if text and target and "," not in target:
            service = service_addressed(target, session.server.name) if target[0] != CHANTYPES else None
            if service is not None:
                return to_service(session, service, text, MESSAGE)
            return addressed(target, text, MESSAGE, None)
    return post(session, message, MESSAGE)


@command("NOTICE")
def notice(session: IRCSession, message: Message) -> Result:
    """No automatic reply goes back to the sender of a notice, not even why it could not be delivered (RFC
    2812 section 3.3.2): two programs would answer one another for ever. A label asks for one, though."""
    session.keep_quiet()
    return post(session, message, Kind.NOTICE)


@command("TAGMSG")
def tagmsg(session: IRCSession, message: Message) -> Result:
    return post(session, message, Kind.TAG)
