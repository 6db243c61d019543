"""PRIVMSG, NOTICE and TAGMSG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.modes import RANK_OF_PREFIX
from chatdaemon.protocols.irc.numerics import ERR_NORECIPIENT, ERR_NOTEXTTOSEND, ERR_TOOMANYTARGETS
from chatdaemon.realm.requests import Kind, Post, Request
from chatdaemon.wire.ircmsg import Message, Tags, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# The client-only tags that are passed on; ISUPPORT's CLIENTTAGDENY says the same.
CLIENT_TAGS = ("+typing", "+draft/typing", "+reply", "+draft/reply", "+draft/react", "+draft/unreact")


def client_only(tags: Tags) -> dict[str, str] | None:
    """The client-only tags among these that are passed on."""
    return {name: tags[name] for name in CLIENT_TAGS if name in tags} or None


def post(session: IRCSession, message: Message, kind: Kind, text: str) -> Result:
    """One Post for each target."""
    tags = client_only(message.tags) if message.tags and session.renderer.message_tags else None
    target = message.params[0]
    if "," not in target:
        return addressed(target, text, kind, tags)
    targets = [each for each in dict.fromkeys(target.split(",")) if each]
    most = session.server.settings.targets
    if most is not None and len(targets) > most:
        session.numeric(ERR_TOOMANYTARGETS, middle(target), f"Too many targets (at most {most})")
        return None
    posts: list[Request] = [addressed(each, text, kind, tags) for each in targets]
    return posts


def addressed(target: str, text: str, kind: Kind, tags: dict[str, str] | None) -> Post:
    """A Post to a target as IRC writes it: a prefix before a channel means its members of that rank."""
    rank = RANK_OF_PREFIX.get(target[:1])
    if rank is not None and target[1:2] == "#":
        return Post(target[1:], text, kind, tags, rank)
    return Post(target, text, kind, tags)


@command("PRIVMSG")
def privmsg(session: IRCSession, message: Message) -> Result:
    params = message.params
    if len(params) < 2 or not params[1]:
        session.numeric(
            *((ERR_NOTEXTTOSEND,) if params else (ERR_NORECIPIENT, "No recipient given (PRIVMSG)"))
        )
        return None
    return post(session, message, Kind.MESSAGE, params[1])


@command("NOTICE")
def notice(session: IRCSession, message: Message) -> Result:
    params = message.params
    if len(params) < 2 or not params[1]:
        session.numeric(
            *((ERR_NOTEXTTOSEND,) if params else (ERR_NORECIPIENT, "No recipient given (NOTICE)"))
        )
        return None
    return post(session, message, Kind.NOTICE, params[1])


@command("TAGMSG", 1)
def tagmsg(session: IRCSession, message: Message) -> Result:
    return post(session, message, Kind.TAG, "")
