"""Registering: what to ask of the realm for who wants an account, and how often somebody may."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReactorTime

from chatdaemon.accounts.credentials import SCRAM, check_new, scram_keys
from chatdaemon.accounts.login import BadEmail, Client, LoginFailed, Why
from chatdaemon.accounts.orders import Hashing, Orders, too_busy
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.accounts.throttle import Attempts, Buckets, too_many
from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.realm.accounts import Code, Credentials
from chatdaemon.realm.events import AccountRegistered, Event, Stamp
from chatdaemon.realm.requests import ChangeEmail, RegisterAccount, RenewCode
from chatdaemon.source import source_of_host

# RFC 5321 section 4.5.3.1.3.
_LONGEST_EMAIL: Final = 254
# What relays take (RFC 5321's Mailbox without quoted local parts and address literals), and nothing that
# could be more than an address in a header.
_EMAIL: Final = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[\w-]+\.)+[\w-]+", re.ASCII
)
# No letters or digits that are taken for one another; nearly 60 bits, so that nobody guesses one.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH: Final = 12
# Codes sent for one account, or to one address, without waiting, and then one in so much time, seconds.
_MAIL_BURST: Final = 3
_MAIL_INTERVAL: Final = 1800.0
# Registrations whose outcome is still to come that are remembered.
_MOST_REGISTERING: Final = 1024


class Newcomers:
    """Owns how many accounts were registered from where, and how many codes were sent."""

    def __init__(
        self,
        node: Orders,
        passwords: Hashing,
        settings: AuthenticationSettings,
        clock: IReactorTime,
        now: Callable[[], float],
        attempts: Attempts,
    ) -> None:
        """:param attempts: what a registration counts as until it is known that it was none too many."""
        self.settings = settings
        self._realm = node.realm
        self._passwords = passwords
        self._now = now
        self._attempts = attempts
        self._registered = Buckets(clock, settings.registration_burst, settings.registration_interval)
        self._mails = Buckets(clock, _MAIL_BURST, _MAIL_INTERVAL)
        # Who is registering just now: the folded account name, and from where.
        self._registering: dict[str, str] = {}
        node.observers.append(self._observe)

    def configure(self, settings: AuthenticationSettings) -> None:
        """Use these settings from now on."""
        self.settings = settings
        self._registered.configure(settings.registration_burst, settings.registration_interval)

    async def register(
        self, account: str, password: str, email: str | None, invitation: str | None, client: Client
    ) -> RegisterAccount:
        """What to ask of the realm; see Authentication.registration."""
        if not self.settings.passwords:
            raise LoginFailed(Why.UNAVAILABLE, "Accounts are not registered here")
        if wait := self._registered.wait(source_of_host(client.address)):
            raise too_many(wait)
        if email is not None:
            check_email(email)
        by_certificate = password == "*" and client.certificate is not None
        ready = "" if by_certificate else check_new(password, self.settings.password_length, account)
        code = self.code() if email is not None and self.settings.verify_email else None
        if code is not None and (wait := self._mails.wait(_mailbox(email))):
            raise too_many(wait)
        # One that the realm refuses costs a try, as a failed login does.
        folded = self._realm.fold(account)
        await self._attempts.turn(client.address, folded)
        credentials = Credentials() if by_certificate else await self.hashed(ready)
        if len(self._registering) >= _MOST_REGISTERING:
            del self._registering[next(iter(self._registering))]
        self._registering[folded] = client.address
        return RegisterAccount(
            account,
            credentials,
            email,
            code,
            invitation,
            client.certificate if by_certificate else None,
        )

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, AccountRegistered):
            folded = self._realm.fold(event.account)
            address = self._registering.pop(folded, None)
            if address is not None:
                self._registered.take(source_of_host(address))
                self._attempts.succeeded(address, folded)
            if event.code is not None:
                self._mails.take(_mailbox(event.email))

    async def credentials(self, password: str) -> Credentials:
        """What is to be kept of a password that somebody chose. Raises BadPassword and LoginFailed(WAIT)."""
        return await self.hashed(check_new(password, self.settings.password_length))

    async def hashed(self, ready: str) -> Credentials:
        """What is to be kept of a password that is prepared. Raises LoginFailed(WAIT)."""
        scram: str | None = None
        try:
            if SCRAM in self.settings.mechanisms:
                scram = (await self._passwords.work(lambda: scram_keys(ready))).encoded()
            return Credentials(await self._passwords.hash(ready), scram)
        except (QueueFull, Stopped):
            raise too_busy() from None

    def code(self) -> Code:
        """A code to be sent to an e-mail address, good from now on for as long as is configured."""
        text = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        return Code(text, int((self._now() + self.settings.verification_timeout) * 1000))

    def renewal(self, account: str) -> RenewCode:
        """See Authentication.renew_code."""
        return RenewCode(account, self._code_to(self._realm.fold(account)))

    def _code_to(self, key: str) -> Code:
        """A code for an account or an address. Raises LoginFailed(WAIT) after too many: nobody's mailbox is
        to be filled."""
        if wait := self._mails.wait(key):
            raise too_many(wait)
        self._mails.take(key)
        return self.code()

    def email(self, email: str | None, account: str) -> ChangeEmail:
        """See Authentication.new_email."""
        if email is None:
            return ChangeEmail(None, None, account)
        check_email(email)
        if not self.settings.verify_email:
            return ChangeEmail(email, None, account)
        return ChangeEmail(email, self._code_to(email.lower()), account)


def _mailbox(email: str | None) -> str | None:
    """What codes to an address are counted by."""
    return email.lower() if email is not None else None


def check_email(email: str) -> None:
    """Raise BadEmail unless it is an address that mail can be sent to, and nothing else."""
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadEmail("That is not an e-mail address")
