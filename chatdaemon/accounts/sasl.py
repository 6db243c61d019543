"""SASL mechanisms (RFC 4422), an exchange each: from what the client sent, base64 undone, to what it is told.

They know nothing of IRC's AUTHENTICATE. The client speaks first in each of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from scramp import ScramException, ScramMechanism
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.python.failure import Failure

from chatdaemon.accounts.credentials import SCRAM, ScramKeys
from chatdaemon.accounts.devices import split_device
from chatdaemon.accounts.login import LoginFailed, Why

# No client sends as much as this, however long its token.
LONGEST: Final = 16384
# Names, nonces and proofs are short, and to prepare a long name takes its time.
_LONGEST_SCRAM: Final = 1024


class Exchange(Protocol):
    """One client proving who it is by one mechanism. `device` is what its owner calls it (account@device), in
    the name that it logs in by or the one that it wants to act for; known when the exchange is over."""

    device: str

    def respond(self, data: bytes) -> Deferred[bytes | str]:
        """What comes of a response: bytes are the next challenge, a str is the name of the account that the
        client has proved to own; then the exchange is over, as it is when it fails, with LoginFailed."""

    def close(self) -> None:
        """The client has given up. A response that is under way fails with LoginFailed(ABORTED)."""


class Conversation:
    """An Exchange, by a coroutine that each response is given to."""

    def __init__(self) -> None:
        self.device = ""
        self._over = False
        self._under_way: Deferred[bytes | str] | None = None

    def respond(self, data: bytes) -> Deferred[bytes | str]:
        if self._over or self._under_way is not None or len(data) > LONGEST:
            return fail(malformed())
        step = self._under_way = Deferred.fromCoroutine(self._step(data))
        return step.addCallbacks(self._answered, self._failed)

    def close(self) -> None:
        self._over = True
        if self._under_way is not None:
            self._under_way.cancel()

    def _step(self, data: bytes) -> Coroutine[Deferred[Any], Any, bytes | str]:
        raise NotImplementedError

    def _wanted(self, identity: str) -> str:
        """The account of an authorization identity; its device, if it names one, is the client's."""
        account, device = split_device(identity)
        self.device = device or self.device
        return account

    def _answered(self, answer: bytes | str) -> bytes | str:
        self._under_way = None
        self._over = self._over or isinstance(answer, str)
        return answer

    def _failed(self, failure: Failure) -> Failure:
        self._under_way = None
        self._over = True
        if failure.check(CancelledError):
            return Failure(LoginFailed(Why.ABORTED, "The login was given up"))
        return failure


class Plain(Conversation):
    """PLAIN (RFC 4616): authorization identity, account and password, in one response."""

    def __init__(
        self, log_in: Callable[[str, str], Deferred[str]], permits: Callable[[str, str], bool]
    ) -> None:
        """
        :param log_in: takes account and password to the account's name, or fails with LoginFailed.
        :param permits: whether an authorization identity stands for an account.
        """
        super().__init__()
        self._log_in = log_in
        self._permits = permits

    async def _step(self, data: bytes) -> bytes | str:
        try:
            identity, name, password = data.split(b"\0")
            wanted, claimed = identity.decode(), name.decode()
        except ValueError:
            raise malformed() from None
        if not claimed:
            raise malformed()
        claimed, self.device = split_device(claimed)
        wanted = self._wanted(wanted)
        account = await self._log_in(claimed, password.decode("utf-8", "surrogateescape"))
        if not self._permits(wanted, account):
            raise wrong()
        return account


class External(Conversation):
    """EXTERNAL (RFC 4422 appendix A): the certificate that the client has shown says who it is."""

    def __init__(self, prove: Callable[[], str], permits: Callable[[str, str], bool]) -> None:
        """:param prove: the name of the account that the certificate belongs to; raises LoginFailed."""
        super().__init__()
        self._prove = prove
        self._permits = permits

    async def _step(self, data: bytes) -> bytes | str:
        try:
            wanted = self._wanted(data.decode())
        except ValueError:
            raise malformed() from None
        account = self._prove()
        if not self._permits(wanted, account):
            raise wrong()
        return account


class Accounts(Protocol):
    """What SCRAM asks of those who know the accounts."""

    def keys(self, name: str) -> ScramKeys:
        """The keys of an account; of one that does not exist, such as nobody can tell from real ones."""

    async def decide(self, name: str, keys: ScramKeys, proof: Callable[[], bool]) -> str:
        """The account's name, when it is this client's turn and `proof` is true; raises LoginFailed."""


class Scram(Conversation):
    """SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__()
        self._accounts = accounts
        self._name = ""
        self._keys: ScramKeys
        self._account: str | None = None
        self._server = ScramMechanism(SCRAM).make_server(self._look_up)

    def _look_up(self, name: str) -> tuple[bytes, bytes, bytes, int]:
        self._name, self.device = split_device(name)
        self._keys = self._accounts.keys(self._name)
        return self._keys

    async def _step(self, data: bytes) -> bytes | str:
        if self._account is not None:
            # The client has nothing more to say, and the server has proved itself as well.
            if data:
                raise malformed()
            return self._account
        if len(data) > _LONGEST_SCRAM:
            raise malformed()
        try:
            text = data.decode()
            if not self._name:
                self._server.set_client_first(text)
                return str(self._server.get_server_first()).encode()
        except (ScramException, ValueError):
            raise malformed() from None
        self._account = await self._accounts.decide(self._name, self._keys, lambda: self._proven(text))
        return str(self._server.get_server_final()).encode()

    def _proven(self, text: str) -> bool:
        try:
            self._server.set_client_final(text)
        except (ScramException, ValueError):
            return False
        return True


class OAuthBearer(Conversation):
    """OAUTHBEARER (RFC 7628): an access token, which somebody else has given to the client."""

    def __init__(
        self,
        prove: Callable[[str], Deferred[str]],
        permits: Callable[[str, str], bool],
        discovery_url: str = "",
    ) -> None:
        """
        :param prove: takes a token to the name of the account, or fails with LoginFailed.
        :param discovery_url: where a client that is refused finds whom to ask for a token.
        """
        super().__init__()
        self._prove = prove
        self._permits = permits
        self._discovery_url = discovery_url
        self._refused = False

    async def _step(self, data: bytes) -> bytes | str:
        if self._refused:
            # Whatever it is: the client has read why.
            raise wrong()
        wanted, token = _bearer(data)
        wanted = self._wanted(wanted)
        try:
            if not token:
                raise wrong()
            account = await self._prove(token)
            if not self._permits(wanted, account):
                raise wrong()
        except LoginFailed as error:
            if error.why is not Why.WRONG:
                raise
            self._refused = True
            said = {"status": "invalid_token"}
            if self._discovery_url:
                said["openid-configuration"] = self._discovery_url
            return json.dumps(said).encode()
        return account


def _bearer(data: bytes) -> tuple[str, str]:
    """The authorization identity and the token of a client's response (RFC 7628 section 3.1); no token stands
    for a client that asks for whom to ask."""
    try:
        text = data.decode()
        header, *pairs = text.split("\1")
        flag, identity, end = header.split(",") if header else ("n", "", "")
    except ValueError:
        raise malformed() from None
    # It ends in an empty pair, which the last separator closes.
    if flag not in ("n", "y") or end or (identity and identity[:2] != "a=") or pairs[-2:] != ["", ""]:
        raise malformed()
    wanted = identity[2:].replace("=2C", ",").replace("=3D", "=")
    for pair in pairs[:-2]:
        key, _, value = pair.partition("=")
        if key == "auth":
            scheme, _, token = value.partition(" ")
            return wanted, token.strip() if scheme.lower() == "bearer" else ""
    return wanted, ""


def wrong() -> LoginFailed:
    """Nothing is said of what was wrong."""
    return LoginFailed(Why.WRONG, "Invalid account credentials")


def malformed() -> LoginFailed:
    return LoginFailed(Why.MALFORMED, "That is not what this mechanism wants")
