"""A realm with accounts, and Authentication over it, on a clock that stands still."""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatdaemon.accounts.authentication import Authentication
from chatdaemon.accounts.login import Client, LoginFailed, Why
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.log import LocalLog
from chatdaemon.node import Node
from chatdaemon.outbox import Outlet
from chatdaemon.realm.accounts import Account, Credentials, Standing
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, load
from chatdaemon.realm.settings import Settings
from tests.accounts.quick import QuickPasswords

T = TypeVar("T")

ALICE = "alice's password"
FINGERPRINT = "ab" * 32
HERE = Client("192.0.2.1", True, False, None)
PLAIN = Client("192.0.2.1", False, False, None)


class Scene:
    """One daemon's worth of accounts. There is "Alice", whose password is ALICE, with the nick "ali"."""

    def __init__(self, settings: AuthenticationSettings | None = None, realm: Settings | None = None) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.realm = Realm(realm)
        self.node = Node(self.realm, LocalLog("test", 1, self.clock.seconds), Outlet(self.clock.callLater))
        self.passwords = QuickPasswords()
        self.authentication = Authentication(
            self.node,
            self.passwords,
            settings or AuthenticationSettings(),
            self.clock,
            self.clock.seconds,
            b"secret",
        )
        self.keep("Alice", Credentials(f"hash of {ALICE}"), nicks=("ali",))

    def keep(self, name: str, credentials: Credentials | None = None, **more: Any) -> Account:
        """An account that is there from the start."""
        before = self.realm.account(name)
        id = before.id if before is not None else len(self.realm.accounts) + 1
        account = Account(id, name, 0, credentials=credentials or Credentials(), **more)
        load(self.realm, Kept(accounts=(account,)))
        return account

    def result(self, deferred: Deferred[T]) -> T:
        """What it has fired with by now."""
        seen: list[Any] = []
        deferred.addBoth(seen.append)
        assert seen, "it has not fired"
        if isinstance(seen[0], Failure):
            seen[0].raiseException()
        answer: T = seen[0]
        return answer

    def why(self, deferred: Deferred[Any]) -> Why:
        """Why it has failed by now."""
        try:
            answer = self.result(deferred)
        except LoginFailed as error:
            return error.why
        raise AssertionError(f"it has not failed: {answer!r}")


STANDINGS = {
    Standing.UNVERIFIED: Why.NOT_VERIFIED,
    Standing.AWAITING: Why.NOT_APPROVED,
    Standing.SUSPENDED: Why.SUSPENDED,
}
