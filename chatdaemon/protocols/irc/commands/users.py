"""WHOIS, WHOWAS, USERHOST, ISON, AWAY and SETNAME: who somebody is, and what one says of oneself."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.modes import LETTER_OF_USER_MODE, PREFIX, PREFIXES
from chatdaemon.protocols.irc.services import Service, service_called
from chatdaemon.protocols.irc.wrap import room_for_text, wrap
from chatdaemon.realm import policy
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import Privilege, UserMode
from chatdaemon.realm.requests import SetAway, SetRealname
from chatdaemon.realm.state import User
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# Nicks that one USERHOST asks for (RFC 2812 section 4.8).
USERHOST_NICKS = 5
# Users that a WHOIS with wildcards tells of: more is a search, which is what WHO is for.
WHOIS_MATCHES = 10


def is_here(session: IRCSession, target: str) -> bool:
    """Whether this server is meant: by its name, a mask of it, or the nick of anybody. Says 402 if not."""
    name = session.server.name
    if compile_glob(target.lower())(name.lower()) or session.realm.user(target) is not None:
        return True
    session.numeric(n.ERR_NOSUCHSERVER, middle(target))
    return False


@command("WHOIS")
def whois(session: IRCSession, message: Message) -> Result:
    viewer = session.me
    params = message.params
    wanted = params[1] if len(params) > 1 else params[0] if params else ""
    # One nick is told of (TARGMAX); others behind a comma are left out, save in the end of the list.
    asked = middle(wanted)
    wanted = wanted.partition(",")[0]
    if not wanted:
        session.numeric(n.ERR_NONICKNAMEGIVEN)
        return None
    # "WHOIS nick nick" is how clients ask for the idle time: an unknown nick is what is wrong with it then.
    if len(params) > 1 and params[0] != params[1] and not is_here(session, params[0]):
        return None
    service = service_called(wanted, session.server.name)
    found = _matching(session, viewer, wanted)
    if service is not None:
        _tell_about_service(session, service)
    elif not found:
        session.numeric(n.ERR_NOSUCHNICK, middle(wanted))
    for user in found:
        _tell_about(session, viewer, user)
    session.numeric(n.RPL_ENDOFWHOIS, asked)
    return None


def _matching(session: IRCSession, viewer: User, wanted: str) -> list[User]:
    realm = session.realm
    if "*" not in wanted and "?" not in wanted:
        user = realm.user(wanted)
        return [] if user is None else [user]
    fits = compile_glob(realm.fold(wanted))
    seen = (user for user in realm.users.values() if fits(user.folded) and policy.sees_user(viewer, user))
    return list(islice(seen, WHOIS_MATCHES))


def _tell_about_service(session: IRCSession, service: Service) -> None:
    server = session.server
    nick = service.nick
    session.numeric(n.RPL_WHOISUSER, nick, nick, server.name, "*", f"It {service.description}")
    session.numeric(n.RPL_WHOISSERVER, nick, server.name, server.settings.description)
    session.numeric(n.RPL_WHOISSPECIAL, nick, "is a network service")


def _tell_about(session: IRCSession, viewer: User, user: User) -> None:
    """Everything about one user that the viewer may know."""
    server = session.server
    nick = user.nick
    private = policy.sees_address(viewer, user)
    session.numeric(n.RPL_WHOISUSER, nick, user.username, user.host, "*", user.realname)
    for names in wrap(_channels(session, viewer, user), room_for_text(session, nick)):
        session.numeric(n.RPL_WHOISCHANNELS, nick, names)
    session.numeric(n.RPL_WHOISSERVER, nick, server.name, server.settings.description)
    if user.away is not None:
        session.numeric(n.RPL_AWAY, nick, user.away)
    if user.operator is not None:
        session.numeric(n.RPL_WHOISOPERATOR, nick)
    if UserMode.BOT in user.modes:
        session.numeric(n.RPL_WHOISBOT, nick, f"is a bot on {server.settings.network}")
    if user.account is not None:
        owner = session.realm.owner(nick)
        if owner is not None and owner.name == user.account:
            session.numeric(n.RPL_WHOISREGNICK, nick)
        session.numeric(n.RPL_WHOISACCOUNT, nick, user.account, "is logged in as")
    if UserMode.SECURE in user.modes:
        session.numeric(n.RPL_WHOISSECURE, nick)
    if private:
        clients = user.sessions.values()
        # Of each client once; of the last one, where there is none now.
        for certificate in dict.fromkeys(each.certificate for each in clients):
            if certificate is not None:
                text = f"has client certificate fingerprint {certificate}"
                session.numeric(n.RPL_WHOISCERTFP, nick, text)
        for address in dict.fromkeys(each.real_host for each in clients) or (user.real_host,):
            session.numeric(n.RPL_WHOISACTUALLY, nick, f"{user.username}@{address}", address)
        letters = "".join(sorted(LETTER_OF_USER_MODE[mode] for mode in user.modes))
        session.numeric(n.RPL_WHOISMODES, nick, f"is using modes +{letters}")
    idle = max(0, int(server.now()) - user.active_at // 1000)
    session.numeric(n.RPL_WHOISIDLE, nick, str(idle), str(user.connected_at // 1000))


def _channels(session: IRCSession, viewer: User, user: User) -> list[str]:
    """The channels in which the viewer may know the user to be, with the user's prefixes there."""
    prefixes = PREFIXES if session.has("multi-prefix") else PREFIX
    return [
        prefixes[membership.ranks] + channel.name
        for channel, membership in user.channels.items()
        if policy.sees_member(channel, viewer, user)
    ]


@command("WHOWAS")
def whowas(session: IRCSession, message: Message) -> Result:
    viewer = session.me
    params = message.params
    if not params or not params[0]:
        session.numeric(n.ERR_NONICKNAMEGIVEN)
        return None
    realm, server = session.realm, session.server
    folded = realm.fold(params[0])
    most = params[1] if len(params) > 1 else ""
    count = int(most) if most.isascii() and most.isdigit() and len(most) < 10 else 0
    gone = (each for each in realm.departed if realm.fold(each.who.nick) == folded)
    found = list(islice(gone, count or None))
    if not found:
        session.numeric(n.ERR_WASNOSUCHNICK, middle(params[0]))
    for each in found:
        who = each.who
        session.numeric(n.RPL_WHOWASUSER, who.nick, who.username, who.host, "*", who.realname)
        if who.account is not None:
            session.numeric(n.RPL_WHOISACCOUNT, who.nick, who.account, "was logged in as")
        if viewer.may(Privilege.SEE_HIDDEN):
            address = each.real_host
            session.numeric(n.RPL_WHOISACTUALLY, who.nick, f"{who.username}@{address}", address)
        left = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(each.at // 1000))
        session.numeric(n.RPL_WHOISSERVER, who.nick, server.name, left)
    session.numeric(n.RPL_ENDOFWHOWAS, middle(params[0]))
    return None


@command("USERHOST", 1)
def userhost(session: IRCSession, message: Message) -> Result:
    nicks = " ".join(message.params).split()[:USERHOST_NICKS]
    words = []
    for nick in nicks:
        user = session.realm.user(nick)
        service = service_called(nick, session.server.name)
        if service is not None:
            words.append(f"{service.nick}=+{service.nick}@{session.server.name}")
        elif user is not None:
            operator, away = "*" if user.operator is not None else "", "+" if user.away is None else "-"
            words.append(f"{user.nick}{operator}={away}{user.username}@{user.host}")
    for users in wrap(words, room_for_text(session)) or [""]:
        session.numeric(n.RPL_USERHOST, users)
    return None


@command("ISON", 1)
def ison(session: IRCSession, message: Message) -> Result:
    nicks = " ".join(message.params).split()
    here = [service_called(nick, session.server.name) or session.realm.user(nick) for nick in nicks]
    found = [each.nick for each in here if each is not None]
    for users in wrap(found, room_for_text(session)) or [""]:
        session.numeric(n.RPL_ISON, users)
    return None


@command("AWAY", early=True)
def away(session: IRCSession, message: Message) -> Result:
    """Before registration for those who asked for that (draft/pre-away). "*" stands for no reason given."""
    text = (message.params[0] if message.params else "") or None
    if session.registration is None:
        return SetAway(text)
    if not session.has("draft/pre-away"):
        session.numeric(n.ERR_NOTREGISTERED)
        return None
    session.registration.away = text
    session.numeric(n.RPL_UNAWAY if text is None else n.RPL_NOWAWAY)
    return None


@command("SETNAME", 1)
def setname(session: IRCSession, message: Message) -> Result:
    return SetRealname(message.params[0])
