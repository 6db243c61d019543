"""Logging in and registering: what a protocol asks, whichever way somebody proves who it is."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Final

from argon2.exceptions import InvalidHashError
from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatdaemon.accounts import schemes
from chatdaemon.accounts.checkers import Checkers, Vouched
from chatdaemon.accounts.credentials import SCRAM, ScramKeys, decoded, decoy_keys, prepared
from chatdaemon.accounts.login import Client, LoginFailed, Why
from chatdaemon.accounts.newcomers import Newcomers
from chatdaemon.accounts.oauth import Tokens
from chatdaemon.accounts.orders import Hashing, Orders, too_busy
from chatdaemon.accounts.sasl import Exchange, External, OAuthBearer, Plain, Scram, wrong
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.accounts.throttle import Attempts, Buckets
from chatdaemon.passwords import QueueFull, Stopped, is_outdated
from chatdaemon.realm.accounts import Account, Credentials, Standing
from chatdaemon.realm.events import AccountRegistered, Event, Stamp
from chatdaemon.realm.requests import ChangeCredentials, ChangeEmail, RegisterAccount, RenewCode

_log = Logger(namespace="chatdaemon.accounts")

# Failed logins of one address that are logged without waiting, and then one in so much time, seconds.
_LOG_BURST: Final = 20
_LOG_INTERVAL: Final = 10.0
# Nobody has a longer name or password, and to prepare one takes its time.
_LONGEST: Final = 1024
# How long an account that somebody else vouches for may take to be made, seconds.
_MAKING: Final = 10.0


class Authentication:
    """Who somebody is, for all protocols of a daemon. Its methods are called on the reactor's thread.

    `checkers` and `tokens` are whoever else may say so; a reload replaces them.
    """

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
        self.checkers = Checkers(clock)
        self.tokens: Tokens | None = None
        self._node = node
        self._realm = node.realm
        self._passwords = passwords
        self._clock = clock
        self._secret = secret or secrets.token_bytes(32)
        self._attempts = Attempts(clock, settings.login_burst, settings.login_interval)
        self._newcomers = Newcomers(node, passwords, settings, clock, now, self._attempts)
        self._logged = Buckets(clock, _LOG_BURST, _LOG_INTERVAL)
        # Accounts that are to be made, by folded name, and who waits for them.
        self._making: dict[str, dict[Deferred[None], None]] = {}
        node.observers.append(self._observe)

    def configure(self, settings: AuthenticationSettings) -> None:
        """Use these settings from now on."""
        self.settings = settings
        self._attempts.configure(settings.login_burst, settings.login_interval)
        self._newcomers.configure(settings)

    # Logging in.

    def mechanisms(self, client: Client) -> tuple[str, ...]:
        """The SASL mechanisms on offer for this connection, preferred first."""
        in_the_open = self._may_send_secrets(client)
        possible = {
            "EXTERNAL": client.certificate is not None,
            SCRAM: self.settings.passwords,
            "PLAIN": in_the_open and (self.settings.passwords or bool(self.checkers)),
            "OAUTHBEARER": in_the_open and self.tokens is not None,
        }
        return tuple(each for each in self.settings.mechanisms if possible[each])

    def begin(self, mechanism: str, client: Client) -> Exchange:
        """Begin to prove who the client is. Raises KeyError when the mechanism is not on offer for it."""
        if mechanism not in self.mechanisms(client):
            raise KeyError(mechanism)
        permits = partial(self._permits, client)
        if mechanism == "PLAIN":
            return Plain(lambda account, password: self.log_in(account, password, client), permits)
        if mechanism == "EXTERNAL":
            return External(lambda: self._by_certificate(client), permits)
        if mechanism == "OAUTHBEARER" and self.tokens is not None:
            tokens = self.tokens
            return OAuthBearer(
                lambda token: Deferred.fromCoroutine(self._by_token(tokens, token, client)),
                permits,
                tokens.settings.discovery_url,
            )
        return Scram(_ScramAccounts(self, client))

    def log_in(self, account: str, password: str, client: Client) -> Deferred[str]:
        """The name of the account that this is the password of. `account` may be any of its nicks. Fails with
        LoginFailed. Cancelling ends the waiting."""
        return Deferred.fromCoroutine(self._log_in(account, password, client))

    async def _log_in(self, name: str, password: str, client: Client) -> str:
        self._refuse_in_the_clear(client)
        if len(name) > _LONGEST or len(password) > _LONGEST:
            raise wrong()
        await self.turn(name, client)
        account = self.owner(name)
        fits = self.settings.passwords and await self._fits(account, password)
        if fits and account is not None:
            proven = self.proven(name, account, client)
            self._renew(account, password)
            return proven
        vouched = await self.checkers.ask(name, password)
        if vouched is None:
            raise self.failure(name, client)
        self._attempts.succeeded(client.address, self.key(name))
        return await self._vouched(vouched)

    async def _fits(self, account: Account | None, password: str) -> bool:
        """Whether this is the password of the account; it takes as long when there is no account."""
        encoded = account.credentials.password if account is not None else None
        try:
            if encoded is not None and not _is_ours(encoded) and schemes.known(encoded):
                foreign = encoded
                return await self._passwords.work(lambda: schemes.verify(foreign, password) or False)
            return await self._passwords.verify(encoded, prepared(password))
        except InvalidHashError:
            return False
        except (QueueFull, Stopped):
            raise too_busy() from None

    def _renew(self, account: Account, password: str) -> None:
        """Keep of a password that was right what is kept of new ones, where that is more or better."""
        known = account.credentials
        encoded = known.password
        if encoded is None or not (_is_ours(encoded) or schemes.known(encoded)):
            return
        lacks_keys = SCRAM in self.settings.mechanisms and known.scram is None
        if _is_ours(encoded) and not is_outdated(encoded) and not lacks_keys:
            return
        renewed = Deferred.fromCoroutine(self._newcomers.hashed(prepared(password)))
        renewed.addCallbacks(self._change, lambda failure: failure.trap(LoginFailed), (account,))

    def _change(self, credentials: Credentials, account: Account) -> None:
        self._node.submit(None, ChangeCredentials(credentials, account.name, only_if=account.credentials))

    def _by_certificate(self, client: Client) -> str:
        folded = self._realm.certificates.get(client.certificate or "")
        if folded is None:
            # Nobody can guess one: it is no attack, but somebody whose certificate is not known yet.
            raise wrong()
        return usable(self._realm.accounts[folded])

    async def _by_token(self, tokens: Tokens, token: str, client: Client) -> str:
        # Whose token it is is not known before it is looked at.
        await self._attempts.turn(client.address, None)
        name = await tokens.owner(token)
        if name is None:
            raise self.failure("", client)
        self._attempts.succeeded(client.address, None)
        return await self._vouched(Vouched(name, tokens.settings.autocreate))

    async def _vouched(self, vouched: Vouched) -> str:
        """The account that somebody else says is this person's, made if need be."""
        account = self._realm.owner(vouched.name)
        if account is None and vouched.autocreate:
            await self._made(vouched.name)
            account = self._realm.owner(vouched.name)
        if account is None:
            raise wrong()
        return usable(account)

    async def _made(self, name: str) -> None:
        """Have an account made that nobody has the password of here."""
        fault = self._realm.naming.nick_fault(name, self._realm.settings.nick_length)
        if fault:
            raise LoginFailed(Why.UNAVAILABLE, f"You cannot have an account here: {fault}")
        made: Deferred[None] = Deferred()
        folded = self._realm.fold(name)
        self._making.setdefault(folded, {})[made] = None
        made.addTimeout(_MAKING, self._clock)
        self._node.submit(None, RegisterAccount(name, Credentials(), granted=True))
        try:
            await made
        except defer.TimeoutError:
            raise LoginFailed(Why.UNAVAILABLE, "Your account could not be made, try again later") from None
        finally:
            waiting = self._making.get(folded, {})
            waiting.pop(made, None)
            if not waiting:
                self._making.pop(folded, None)

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, AccountRegistered):
            for made in tuple(self._making.get(self._realm.fold(event.account), ())):
                made.callback(None)

    # What the mechanisms share.

    def key(self, name: str) -> str:
        """What tries at an account are counted by, whichever of its nicks is given."""
        owner = self._realm.owner(name)
        return self._realm.fold(owner.name if owner is not None else name)

    def turn(self, name: str, client: Client) -> Deferred[None]:
        """Fires when it is this client's turn to try to be `name`."""
        return self._attempts.turn(client.address, self.key(name))

    def owner(self, name: str) -> Account | None:
        """The account that somebody means who logs in as `name`."""
        return self._realm.owner(name)

    def scram_keys(self, name: str) -> ScramKeys:
        """The keys of an account, or a decoy's."""
        account = self.owner(name)
        if account is not None and account.credentials.scram is not None:
            try:
                return decoded(account.credentials.scram)
            except ValueError:
                _log.warn("the SCRAM keys of {account} cannot be read", account=account.name)
        return decoy_keys(self._secret, self.key(name))

    def proven(self, name: str, before: Account, client: Client) -> str:
        """The account's name, after somebody has proved to be its owner as it was when that began. Raises
        LoginFailed when it cannot be used, or is another one by now."""
        account = self.owner(name)
        if account is None or account.id != before.id or account.credentials != before.credentials:
            raise wrong()
        self._attempts.succeeded(client.address, self.key(name))
        return usable(account)

    def failure(self, name: str, client: Client) -> LoginFailed:
        """What to tell somebody who failed; the log says it in a form that programs can read."""
        if not self._logged.wait(client.address):
            self._logged.take(client.address)
            # What is not the name of an account may be a password in the wrong place.
            known = self.owner(name)
            _log.info(
                "failed login to {account} from {address}",
                account=known.name if known is not None else "*",
                address=client.address,
            )
        return wrong()

    def _permits(self, client: Client, identity: str, account: str) -> bool:
        """Whether somebody who is the owner of an account may name `identity` as who it wants to be."""
        return identity in ("", client.nick) or self.key(identity) == self._realm.fold(account)

    def _may_send_secrets(self, client: Client) -> bool:
        return client.secure or client.local or self.settings.plain_without_tls

    def _refuse_in_the_clear(self, client: Client) -> None:
        if not self._may_send_secrets(client):
            raise LoginFailed(Why.TOO_WEAK, "Passwords are taken over encrypted connections (TLS) only")

    # Registering.

    def new_credentials(self, password: str) -> Deferred[Credentials]:
        """What is to be kept of a password that somebody chose. Fails with BadPassword (a ValueError), or
        LoginFailed(WAIT) when too many are being hashed."""
        return Deferred.fromCoroutine(self._newcomers.credentials(password))

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
        return await self._newcomers.register(account, password, email, invitation, client)

    def renew_code(self, account: str) -> RenewCode:
        """What to ask of the realm for another code to be sent. Raises LoginFailed(WAIT) after too many."""
        return self._newcomers.renewal(account)

    def new_email(self, email: str | None, account: str) -> ChangeEmail:
        """What to ask of the realm for another e-mail address of an account, or none. Raises BadEmail, or
        LoginFailed(WAIT) when too many codes were sent."""
        return self._newcomers.email(email, account)


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
        changed = account is None or account.credentials.scram is None or self.keys(name) != keys
        if not proof() or changed or account is None:
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


def _is_ours(encoded: str) -> bool:
    return encoded.startswith("$argon2id$")
