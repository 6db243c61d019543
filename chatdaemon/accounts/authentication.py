"""Logging in and registering: what a protocol asks, whichever way somebody proves who it is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeVar

from argon2.exceptions import InvalidHashError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatdaemon.accounts.credentials import (
    ScramKeys,
    check_new,
    decoded,
    decoy_keys,
    prepared,
    scram_keys,
)
from chatdaemon.accounts.login import BadEmail, BadPassword, Client, LoginFailed, Why
from chatdaemon.accounts.sasl import Exchange, External, Plain, Scram, wrong
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.accounts.throttle import Attempts, Buckets, too_many
from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.realm.accounts import Account, Code, Credentials, Standing
from chatdaemon.realm.events import AccountRegistered, Event, Stamp
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.requests import ChangeEmail, RegisterAccount, RenewCode, Request
from chatdaemon.source import source_of_host

T = TypeVar("T")

# RFC 5321 section 4.5.3.1.3.
_LONGEST_EMAIL: Final = 254
# What relays take (RFC 5321's Mailbox without quoted local parts and address literals), and nothing that
# could be more than an address in a header.
_EMAIL: Final = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[\w-]+\.)+[\w-]+", re.ASCII
)
# No letters or digits that are taken for one another; 60 bits, so that nobody guesses one.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH: Final = 12
# Codes sent to one address without waiting, and then one in so much time, seconds.
_MAIL_BURST: Final = 3
_MAIL_INTERVAL: Final = 1800.0
# Failed logins of one address that are logged without waiting, and then one in so much time, seconds.
_LOG_BURST: Final = 20
_LOG_INTERVAL: Final = 10.0


class Orders(Protocol):
    """The part of a Node that is used: what it knows, and what it is asked for on the server's own behalf."""

    realm: Realm
    observers: list[Callable[[Stamp, Event], None]]

    def submit(self, session: None, request: Request, /) -> None: ...


class Hashing(Protocol):
    """The part of Passwords that is used, for tests to stand in for. Each fails with QueueFull or Stopped."""

    def work(self, task: Callable[[], T], /) -> Deferred[T]: ...

    def hash(self, password: str, /) -> Deferred[str]: ...

    def verify(self, encoded: str | None, password: str, /) -> Deferred[bool]: ...


class Authentication:
    """Who somebody is, for all protocols of a daemon. Its methods are called on the reactor's thread."""

    log = Logger(namespace="chatdaemon.accounts")

    def __init__(
        self,
        node: Orders,
        passwords: Hashing,
        settings: AuthenticationSettings,
        clock: IReactorTime,
        now: Callable[[], float],
        secret: bytes | None = None,
    ) -> None:
        """
        :param clock: does not jump; what is waited for.
        :param now: seconds since 1970, for the end of codes.
        :param secret: known to this server only, and the same after a restart: what SCRAM tells of accounts
            that do not exist is derived from it. Not given: another one each time.
        """
        self.settings = settings
        self._node = node
        self._realm = node.realm
        self._passwords = passwords
        self._now = now
        self._secret = secret or secrets.token_bytes(32)
        self._attempts = Attempts(clock, settings.login_burst, settings.login_interval)
        self._registrations = Buckets(clock, settings.registration_burst, settings.registration_interval)
        self._mails = Buckets(clock, _MAIL_BURST, _MAIL_INTERVAL)
        self._logged = Buckets(clock, _LOG_BURST, _LOG_INTERVAL)
        # Who is registering just now: the folded account name, and from where.
        self._registering: dict[str, str | None] = {}
        node.observers.append(self._observe)

    def configure(self, settings: AuthenticationSettings) -> None:
        """Use these settings from now on."""
        self.settings = settings
        self._attempts.configure(settings.login_burst, settings.login_interval)
        self._registrations.burst = settings.registration_burst
        self._registrations.interval = settings.registration_interval

    # Logging in.

    def mechanisms(self, client: Client) -> tuple[str, ...]:
        """The SASL mechanisms on offer for this connection, preferred first."""
        possible = {
            "EXTERNAL": client.certificate is not None,
            "SCRAM-SHA-256": self.settings.passwords,
            "PLAIN": self.settings.passwords and self._may_send_secrets(client),
        }
        return tuple(each for each in self.settings.mechanisms if possible.get(each))

    def begin(self, mechanism: str, client: Client) -> Exchange:
        """Begin to prove who the client is. Raises KeyError when the mechanism is not on offer for it."""
        if mechanism not in self.mechanisms(client):
            raise KeyError(mechanism)
        permits = partial(self._permits, client)
        match mechanism:
            case "PLAIN":
                return Plain(lambda account, password: self.log_in(account, password, client), permits)
            case "EXTERNAL":
                return External(lambda: self._by_certificate(client), permits)
            case _:
                return Scram(_ScramAccounts(self, client))

    def log_in(self, account: str, password: str, client: Client) -> Deferred[str]:
        """The name of the account that this is the password of. `account` may be any of its nicks. Fails with
        LoginFailed. Cancelling ends the waiting."""
        return Deferred.fromCoroutine(self._log_in(account, password, client))

    async def _log_in(self, name: str, password: str, client: Client) -> str:
        self._refuse_in_the_clear(client)
        await self._attempts.turn(client.address, self.key(name))
        account = self._realm.owner(name)
        fits = await self._fits(account, password)
        if not fits or account is None:
            raise self.failure(name, client)
        return self.proven(name, account, client)

    async def _fits(self, account: Account | None, password: str) -> bool:
        """Whether this is the password of the account; it takes as long when there is no account."""
        if not self.settings.passwords:
            return False
        encoded = account.credentials.password if account is not None else None
        try:
            return await self._passwords.verify(encoded, prepared(password))
        except InvalidHashError:
            return False
        except (QueueFull, Stopped):
            raise too_busy() from None

    def _by_certificate(self, client: Client) -> str:
        folded = self._realm.certificates.get(client.certificate or "")
        if folded is None:
            raise self.failure("", client)
        return usable(self._realm.accounts[folded])

    def key(self, name: str) -> str:
        """What tries at an account are counted by, whichever of its nicks is given."""
        folded = self._realm.fold(name)
        return self._realm.reserved.get(folded, folded)

    def scram_keys(self, name: str) -> ScramKeys:
        """The keys of an account, or a decoy's."""
        account = self._realm.owner(name)
        if account is not None and account.credentials.scram is not None:
            try:
                return decoded(account.credentials.scram)
            except ValueError:
                self.log.warn("the SCRAM keys of {account} cannot be read", account=account.name)
        return decoy_keys(self._secret, self.key(name))

    def proven(self, name: str, before: Account, client: Client) -> str:
        """The account's name, after somebody has proved to be its owner as it was when that began. Raises
        LoginFailed when it cannot be used, or is another one by now."""
        account = self._realm.owner(name)
        if account is None or account.id != before.id or account.credentials != before.credentials:
            raise wrong()
        self._attempts.succeeded(client.address, self.key(name))
        return usable(account)

    def turn(self, name: str, client: Client) -> Deferred[None]:
        """Fires when it is this client's turn to try to be `name`."""
        return self._attempts.turn(client.address, self.key(name))

    def owner(self, name: str) -> Account | None:
        """The account that somebody means who logs in as `name`."""
        return self._realm.owner(name)

    def failure(self, name: str, client: Client) -> LoginFailed:
        """What to tell somebody who failed; the log says it in a form that programs can read."""
        if not self._logged.wait(client.address):
            self._logged.take(client.address)
            # What is not the name of an account may be a password in the wrong place.
            known = self._realm.owner(name)
            self.log.info(
                "failed login to {account} from {address}",
                account=known.name if known is not None else "*",
                address=client.address,
            )
        return wrong()

    def _permits(self, client: Client, identity: str, account: str) -> bool:
        """Whether somebody who is the owner of an account may name `identity` as who it wants to be."""
        fold = self._realm.fold
        return (
            identity in ("", client.nick)
            or fold(identity) == fold(account)
            or self._realm.reserved.get(fold(identity)) == fold(account)
        )

    def _may_send_secrets(self, client: Client) -> bool:
        return client.secure or client.local or self.settings.plain_without_tls

    def _refuse_in_the_clear(self, client: Client) -> None:
        if not self._may_send_secrets(client):
            raise LoginFailed(Why.TOO_WEAK, "Passwords are taken over encrypted connections (TLS) only")

    # Registering.

    def new_credentials(self, password: str) -> Deferred[Credentials]:
        """What is to be kept of a password that somebody chose. Fails with BadPassword (a ValueError), or
        LoginFailed(WAIT) when too many are being hashed."""
        return Deferred.fromCoroutine(self._new_credentials(password))

    def registration(
        self, account: str, password: str, email: str | None, invitation: str | None, client: Client
    ) -> Deferred[RegisterAccount]:
        """What to ask of the realm for somebody who wants an account.

        The password may be "*" where the client has shown a certificate, which then logs in to the account.
        Where e-mail addresses are to be confirmed the code is in it. Fails with BadPassword or BadEmail (both
        ValueErrors), or LoginFailed: WAIT, when too many have been registered from this address, TOO_WEAK or
        UNAVAILABLE.
        """
        return Deferred.fromCoroutine(self._registration(account, password, email, invitation, client))

    async def _registration(
        self, account: str, password: str, email: str | None, invitation: str | None, client: Client
    ) -> RegisterAccount:
        self._refuse_in_the_clear(client)
        if not self.settings.passwords:
            raise LoginFailed(Why.UNAVAILABLE, "Accounts are not registered here")
        source = source_of_host(client.address)
        if wait := self._registrations.wait(source):
            raise too_many(wait)
        if email is not None:
            check_email(email)
        by_certificate = password == "*" and client.certificate is not None
        ready = "" if by_certificate else check_new(password, self.settings.password_length, account)
        # One that the realm refuses costs a try, as a failed login does.
        await self._attempts.turn(client.address, self.key(account))
        credentials = Credentials() if by_certificate else await self._hash(ready)
        if len(self._registering) >= _MOST_REGISTERING:
            del self._registering[next(iter(self._registering))]
        self._registering[self._realm.fold(account)] = client.address
        return RegisterAccount(
            account,
            credentials,
            email,
            self.new_code() if email is not None and self.settings.verify_email else None,
            invitation,
            client.certificate if by_certificate else None,
        )

    def renew_code(self, account: str) -> RenewCode:
        """What to ask of the realm for another code to be sent. Raises LoginFailed(WAIT) after too many."""
        if wait := self._mails.wait(self.key(account)):
            raise too_many(wait)
        self._mails.take(self.key(account))
        return RenewCode(account, self.new_code())

    def new_email(self, email: str | None, account: str) -> ChangeEmail:
        """What to ask of the realm for another e-mail address of an account, or none. Raises BadEmail, or
        LoginFailed(WAIT) when too many codes were sent."""
        if email is None:
            return ChangeEmail(None, None, account)
        check_email(email)
        if not self.settings.verify_email:
            return ChangeEmail(email, None, account)
        return ChangeEmail(email, self.renew_code(account).code, account)

    def new_code(self) -> Code:
        """A code to be sent to an e-mail address, good from now on for as long as is configured."""
        text = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        return Code(text, int((self._now() + self.settings.verification_timeout) * 1000))

    async def _new_credentials(self, password: str) -> Credentials:
        return await self._hash(check_new(password, self.settings.password_length))

    async def _hash(self, ready: str) -> Credentials:
        keys: ScramKeys | None = None
        try:
            if "SCRAM-SHA-256" in self.settings.mechanisms:
                keys = await self._passwords.work(lambda: scram_keys(ready))
            encoded = await self._passwords.hash(ready)
        except (QueueFull, Stopped):
            raise too_busy() from None
        return Credentials(encoded, keys.encoded() if keys is not None else None)

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, AccountRegistered):
            address = self._registering.pop(self._realm.fold(event.account), None)
            if address is not None:
                self._registrations.take(source_of_host(address))
                self._attempts.succeeded(address, self.key(event.account))


# Registrations whose outcome is still to come that are remembered.
_MOST_REGISTERING: Final = 1024


class _ScramAccounts:
    """The accounts, as one exchange of SCRAM sees them."""

    def __init__(self, authentication: Authentication, client: Client) -> None:
        self._authentication = authentication
        self._client = client

    def keys(self, name: str) -> ScramKeys:
        return self._authentication.scram_keys(name)

    async def decide(self, name: str, keys: ScramKeys, proof: Callable[[], bool]) -> str:
        authentication = self._authentication
        await authentication.turn(name, self._client)
        account = authentication.owner(name)
        if not proof() or account is None or account.credentials.scram != keys.encoded():
            raise authentication.failure(name, self._client)
        return authentication.proven(name, account, self._client)


def usable(account: Account) -> str:
    """The account's name; raises LoginFailed when it cannot be used at present."""
    match account.standing:
        case Standing.ACTIVE:
            return account.name
        case Standing.UNVERIFIED:
            raise LoginFailed(Why.NOT_VERIFIED, "Confirm the e-mail address of your account first")
        case Standing.AWAITING:
            raise LoginFailed(Why.NOT_APPROVED, "An operator has to approve of your account first")
        case Standing.SUSPENDED:
            reason = f": {account.note}" if account.note else ""
            raise LoginFailed(Why.SUSPENDED, f"Your account has been suspended{reason}")


def too_busy() -> LoginFailed:
    return LoginFailed(Why.WAIT, "Too many people are logging in, try again later", 5.0)


def check_email(email: str) -> None:
    """Raise BadEmail unless it is an address that mail can be sent to, and nothing else."""
    if not email.isprintable() or len(email.encode("utf-8", "surrogatepass")) > _LONGEST_EMAIL:
        raise BadEmail("That is not an e-mail address")
    if not _EMAIL.fullmatch(email):
        raise BadEmail("That is not an e-mail address")


__all__ = ["Authentication", "BadEmail", "BadPassword", "check_email"]
