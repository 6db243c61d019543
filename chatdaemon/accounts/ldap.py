"""A checker that asks a directory (LDAP, RFC 4511): whoever can bind with the password is who it says.

The options: `url` (ldap://HOST:PORT or ldaps://HOST:PORT); `start-tls` (yes, unless it is ldaps://);
`ca-file` (PEM; else the system's authorities); and either `user-dn`, a DN with {name} in it, or `base` and
`filter` ("(uid={name})") to search for the person, with `bind-dn` and `bind-password` for the search itself;
`attribute` is the one whose value is the account's name (else it is what was typed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ldaptor.ldapfilter import InvalidLDAPFilter, parseFilter
from ldaptor.protocols import pureldap
from ldaptor.protocols.ldap import distinguishedname
from ldaptor.protocols.ldap.ldapclient import LDAPClient
from ldaptor.protocols.ldap.ldaperrors import LDAPException, LDAPInvalidCredentials, LDAPNoSuchObject
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatdaemon.accounts.checkers import Options
from chatdaemon.accounts.trust import client_tls

_PORTS: Final = {"ldap": 389, "ldaps": 636}
# Asked for where no attribute is wanted (RFC 4511 section 4.5.1.8).
_NO_ATTRIBUTES: Final = "1.1"


@dataclass(frozen=True, slots=True)
class Directory:
    """Where people are looked up, and how. Either `user_dn`, or `base` and `filter`."""

    host: str
    port: int
    tls: Any  # what verifies the server, or None for a connection in the clear
    start_tls: bool
    user_dn: str
    base: str
    filter: str
    bind_dn: str
    bind_password: str
    attribute: str


def ldap(options: Mapping[str, str]) -> LDAPChecker:
    """The checker of these options. Raises ValueError."""
    given = Options(options)
    url = given.text("url")
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        port = 0
    if not port or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f'"{url}" is not ldap://HOST:PORT or ldaps://HOST:PORT')
    encrypted = parts.scheme == "ldaps"
    start_tls = given.flag("start-tls", not encrypted)
    if start_tls and encrypted:
        raise ValueError("there is nothing to start with ldaps://")
    ca_file = given.text("ca-file", "")
    directory = Directory(
        host=parts.hostname,
        port=port,
        tls=client_tls(parts.hostname, Path(ca_file) if ca_file else None)
        if encrypted or start_tls
        else None,
        start_tls=start_tls,
        user_dn=given.text("user-dn", ""),
        base=given.text("base", ""),
        filter=given.text("filter", ""),
        bind_dn=given.text("bind-dn", ""),
        bind_password=given.text("bind-password", ""),
        attribute=given.text("attribute", ""),
    )
    given.end()
    _check(directory)
    return LDAPChecker(reactor, directory)


def _check(directory: Directory) -> None:
    """Raise ValueError where one option does not go with another, or is not what it says."""
    if bool(directory.user_dn) == bool(directory.base):
        raise ValueError('it takes either "user-dn", or "base" and "filter"')
    template = directory.user_dn or directory.filter
    if "{name}" not in template:
        raise ValueError(f'there is no {{name}} in "{template}"')
    try:
        if directory.user_dn:
            distinguishedname.DistinguishedName(directory.user_dn.replace("{name}", "x"))
        else:
            distinguishedname.DistinguishedName(directory.base)
            parseFilter(directory.filter.replace("{name}", "x"))
    except (distinguishedname.InvalidRelativeDistinguishedName, InvalidLDAPFilter):
        raise ValueError(f'LDAP does not understand "{directory.base or template}" or "{template}"') from None
    if directory.user_dn and directory.attribute:
        raise ValueError('"attribute" goes with "base" and "filter"')


@implementer(ICredentialsChecker)
class LDAPChecker:
    """Asks the directory, over a connection of its own for each login."""

    credentialInterfaces = (IUsernamePassword,)  # noqa: N815 - the interface's name

    def __init__(self, reactor: Any, directory: Directory) -> None:
        self._reactor = reactor
        self._directory = directory

    def requestAvatarId(self, credentials: Any) -> Deferred[bytes | tuple[()]]:
        return Deferred.fromCoroutine(self._ask(credentials.username, credentials.password))

    async def _ask(self, name: bytes, password: bytes) -> bytes | tuple[()]:
        # A bind without a password is one as nobody, and succeeds (RFC 4513 section 5.1.2).
        if not name or not password or b"\0" in name:
            raise UnauthorizedLogin
        client = await self._connected()
        try:
            if self._directory.user_dn:
                dn = self._directory.user_dn.replace("{name}", distinguishedname.escape(_text(name)))
                account = name
            else:
                dn, account = await self._found(client, name)
            await _bound(client, dn, password)
        finally:
            await client.end()
        return account

    async def _connected(self) -> Any:
        directory = self._directory
        endpoint: Any = HostnameEndpoint(self._reactor, directory.host, directory.port)
        if directory.tls is not None and not directory.start_tls:
            endpoint = wrapClientTLS(directory.tls, endpoint)
        client: Any = await connectProtocol(endpoint, _Client())
        if directory.start_tls:
            try:
                await client.startTLS(directory.tls)
            except BaseException:
                await client.end()
                raise
        return client

    async def _found(self, client: Any, name: bytes) -> tuple[str, bytes]:
        """The DN of the one person whom the filter finds, and the account's name."""
        directory = self._directory
        if directory.bind_dn:
            try:
                await _bound(client, directory.bind_dn, directory.bind_password.encode())
            except UnauthorizedLogin:
                raise RuntimeError('the directory refuses "bind-dn" and "bind-password"') from None
        entries: list[Any] = []
        finished: Deferred[Any] = client.send_multiResponse(
            pureldap.LDAPSearchRequest(
                baseObject=directory.base,
                scope=pureldap.LDAP_SCOPE_wholeSubtree,
                sizeLimit=2,
                filter=parseFilter(directory.filter.replace("{name}", pureldap.escape(_text(name)))),
                attributes=[directory.attribute or _NO_ATTRIBUTES],
            ),
            done := _Search(entries),
        )
        finished.addErrback(done.failed)
        await done.over
        if len(entries) != 1:
            raise UnauthorizedLogin
        entry = entries[0]
        account = name
        if directory.attribute:
            wanted = directory.attribute.lower().encode()
            values = [value for key, found in entry.attributes if key.lower() == wanted for value in found]
            if not values:
                raise RuntimeError(f'the directory does not show the attribute "{directory.attribute}"')
            account = values[0]
        return _text(entry.objectName), account


class _Client(LDAPClient):  # type: ignore[misc]  # ldaptor has no type hints
    """A connection whose end can be waited for."""

    def __init__(self) -> None:
        LDAPClient.__init__(self)
        self._ended: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        LDAPClient.connectionLost(self, reason)
        self._ended.callback(None)

    def end(self) -> Deferred[None]:
        """Hang up; fires when that is done."""
        self.transport.abortConnection()
        return self._ended


class _Search:
    """Gathers what a search finds. `over` fires at its end."""

    def __init__(self, entries: list[Any]) -> None:
        self.over: Deferred[None] = Deferred()
        self._entries = entries

    def __call__(self, response: Any) -> bool:
        """True when this response is the last one."""
        if isinstance(response, pureldap.LDAPSearchResultEntry):
            self._entries.append(response)
            return False
        if not isinstance(response, pureldap.LDAPSearchResultDone):
            return False  # a referral to another directory, which is not followed
        if response.resultCode in (0, LDAPNoSuchObject.resultCode, _SIZE_LIMIT):
            self._end(None)
        else:
            self._end(RuntimeError(f"the directory did not search: error {response.resultCode}"))
        return True

    def failed(self, failure: Any) -> None:
        self._end(failure.value)

    def _end(self, error: BaseException | None) -> None:
        if not self.over.called:
            if error is None:
                self.over.callback(None)
            else:
                self.over.errback(error)


# RFC 4511 section 4.1.9: more were found than were asked for.
_SIZE_LIMIT: Final = 4


async def _bound(client: Any, dn: str, password: bytes) -> None:
    """Bind; raises UnauthorizedLogin when the directory says that the password is wrong."""
    try:
        await client.bind(dn, password)
    except (LDAPInvalidCredentials, LDAPNoSuchObject):
        raise UnauthorizedLogin from None
    except LDAPException as error:
        raise RuntimeError(f"the directory did not bind: {type(error).__name__}") from None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
