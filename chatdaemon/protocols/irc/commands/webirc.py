"""WEBIRC: a gateway says where its client comes from (IRCv3 webirc)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.numerics import ERR_ALREADYREGISTERED
from chatdaemon.source import is_among
from chatdaemon.wire.ircmsg import Message, unescape_tag

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import GatewayAccess
    from chatdaemon.protocols.irc.session import IRCSession

log = Logger(namespace="chatdaemon.gateways")

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
# What is shown in place of an address: the name of a host, with a dot in it, no longer than HOSTLEN says.
_HOSTNAME = re.compile(rf"(?=.{{1,63}}\Z){_LABEL}(?:\.{_LABEL})+")


class _Client:
    """What a gateway says of one client."""

    __slots__ = ("address", "hostname", "secure")

    def __init__(self, hostname: str, ip: str, options: str) -> None:
        """Raises ValueError for what is no IP address."""
        found = ipaddress.ip_address(ip)
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if "%" in ip:
            raise ValueError("the name of an interface means something on one machine only")
        names = {unescape_tag(option.partition("=")[0]).lower(): option for option in options.split()}
        port = unescape_tag(names.get("remote-port", "").partition("=")[2])
        number = int(port) if re.fullmatch("[0-9]{1,5}", port) else 0
        self.address: IPv4Address | IPv6Address
        if isinstance(found, ipaddress.IPv4Address):
            self.address = IPv4Address("TCP", str(found), number)
        else:
            self.address = IPv6Address("TCP", str(found), number)
        self.hostname = hostname if _is_name(hostname) else None
        self.secure = "secure" in names


def _is_name(hostname: str) -> bool:
    """Whether this is the name of a host. What looks like an address is none: it could be another's."""
    return _HOSTNAME.fullmatch(hostname) is not None and not hostname.rpartition(".")[2].isdigit()


@command("WEBIRC", 4, early=True)
def webirc(session: IRCSession, message: Message) -> Result:
    """The first line of a connection (webirc, "Format"). Whoever is no gateway is told so and let go."""
    registration = session.registration
    if registration is None:
        session.numeric(ERR_ALREADYREGISTERED)
        return None
    if not registration.untouched:
        _refuse(session, "WEBIRC comes first, and once")
        return None
    password, _, hostname, ip, *options = message.params
    try:
        client = _Client(hostname, ip, " ".join(options))
    except ValueError:
        _refuse(session, "Invalid WEBIRC address")
        return None
    fitting = (
        each
        for each in session.server.settings.gateways
        if is_among(session.host, each.hosts)
        and (not each.fingerprints or session.certificate in each.fingerprints)
    )
    return _try_next(session, fitting, password, client)


def _try_next(session: IRCSession, left: Iterator[GatewayAccess], password: str, client: _Client) -> Result:
    """See whether it is this gateway, or another that is at the same address."""
    gateway = next(left, None)
    if gateway is None:
        _refuse(session, "Invalid WEBIRC password")
        return None
    if gateway.password_hash is None:
        return _forward(session, gateway, client)

    def decided(right: bool) -> Result:
        if session.closing:
            return None
        return _forward(session, gateway, client) if right else _try_next(session, left, password, client)

    def failed(failure: Failure) -> Result:
        failure.trap(QueueFull, Stopped)
        session.drop("Too many people are logging in, try again later")
        return None

    checked: Deferred[Result] = session.server.passwords.verify(gateway.password_hash, password).addCallbacks(
        decided, failed
    )
    return checked


def _forward(session: IRCSession, gateway: GatewayAccess, client: _Client) -> Result:
    registration = session.registration
    through = session.peer
    reason = session.forwarded(client.address)
    if reason is not None:
        session.drop(reason)
        return None
    # Only as safe as both of its halves (webirc, "Options").
    session.secure = session.secure and client.secure
    # What is promised of this host is nothing to somebody who came to another.
    session.sts = ""
    if registration is not None:
        registration.gateway = gateway.name
        registration.host = client.hostname
    log.info("{peer} comes by the gateway {gateway} at {through}", peer=session.peer, gateway=gateway.name,
             through=through)  # fmt: skip
    return None


def _refuse(session: IRCSession, reason: str) -> None:
    log.warn("WEBIRC from {peer} was refused: {reason}", peer=session.peer, reason=reason)
    session.drop(reason)
