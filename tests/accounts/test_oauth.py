"""Access tokens: those that are signed, those whose issuer is asked, and OAUTHBEARER around them."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.accounts.oauth import OAuthSettings, Tokens, algorithms
from tests.accounts.scene import HERE, PLAIN, Scene

SECRET = "a secret that the issuer and we share"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
# Five seconds before the test that it stands in is run.
JUST_OVER = object()
SOON = 4_000_000_000


def public(key: Any) -> str:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def private(key: Any) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def token(key: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode({"preferred_username": "dora", "exp": SOON, **claims}, key, algorithm)


def owner(token: str, **settings: Any) -> str | None:
    """Whose a signed token is."""
    seen: list[Any] = []
    tokens = Tokens(Clock(), OAuthSettings(**{"key": SECRET, **settings}), time.time)
    Deferred.fromCoroutine(tokens.owner(token)).addBoth(seen.append)
    answer: str | None = seen[0]
    return answer


# Signed tokens.


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS512"), (EC, "ES256"), (ED, "EdDSA")])
def test_a_token_is_good_by_the_public_key_that_fits(key: Any, algorithm: str) -> None:
    assert owner(token(key, algorithm), key=public(key)) == "dora"
    other = {RSA: rsa.generate_private_key(65537, 2048), EC: ec.generate_private_key(ec.SECP256R1()),
             ED: ed25519.Ed25519PrivateKey.generate()}[key]  # fmt: skip
    assert owner(token(other, algorithm), key=public(key)) is None


def test_a_shared_secret_is_a_key_as_well() -> None:
    assert owner(token()) == "dora"
    assert owner(token("another secret that nobody shares")) is None


def test_a_token_cannot_choose_how_it_is_checked() -> None:
    # Signed with the text of the public key, as if that were a secret; or not signed at all.
    parts = {"preferred_username": "dora", "exp": SOON}
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT"}')
    body = jwt.utils.base64url_encode(json.dumps(parts).encode())
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = jwt.utils.base64url_encode(signer.sign(head + b"." + body, public(RSA).encode()))
    assert owner((head + b"." + body + b"." + signature).decode(), key=public(RSA)) is None
    assert owner(jwt.encode(parts, "", "none"), key=public(RSA)) is None
    assert owner(jwt.encode(parts, "", "none")) is None


@pytest.mark.parametrize(
    ("claims", "settings", "good"),
    [
        ({"exp": 1}, {}, False),
        ({"exp": None}, {}, False),
        ({"nbf": SOON}, {}, False),
        ({"exp": JUST_OVER}, {}, True),  # clocks differ
        ({"aud": "chat"}, {"audience": "chat"}, True),
        ({"aud": ["web", "chat"]}, {"audience": "chat"}, True),
        ({"aud": "web"}, {"audience": "chat"}, False),
        ({}, {"audience": "chat"}, False),
        ({"aud": "web"}, {}, True),
        ({"iss": "us"}, {"issuer": "us"}, True),
        ({"iss": "them"}, {"issuer": "us"}, False),
        ({}, {"issuer": "us"}, False),
        ({"preferred_username": ""}, {}, False),
        ({"preferred_username": ["dora"]}, {}, False),
        ({"nick": "dora"}, {"claim": "nick"}, True),
        ({}, {"claim": "nick"}, False),
    ],
)
def test_a_token_is_good_for_us_and_now_or_not_at_all(
    claims: dict[str, Any], settings: dict[str, str], good: bool
) -> None:
    made = {key: value for key, value in {"exp": SOON, **claims}.items() if value is not None}
    if made.get("exp") is JUST_OVER:
        made["exp"] = int(time.time()) - 5
    signed = jwt.encode({"preferred_username": "dora", **made}, SECRET, "HS256")
    assert owner(signed, **settings) == ("dora" if good else None)


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "\x00", "\u00e9.\u00e9.\u00e9", token()[:-4], f"{token()}x.y"]
)
def test_what_is_no_token_is_nobody_s(text: str) -> None:
    assert owner(text) is None


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("short", "32 characters"),
        ("-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", "no public key"),
        (private(RSA), "no public key"),
        (public(dsa.generate_private_key(2048)), "of this kind"),
        (public(ec.generate_private_key(ec.SECP256K1())), "of this kind"),
    ],
)
def test_a_key_that_is_of_no_use_is_refused(key: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        algorithms(key)


# OAUTHBEARER.


def bearer(text: str, identity: str = "") -> bytes:
    return f"n,{identity},\1host=irc.test\1port=6697\1auth=Bearer {text}\1\1".encode()


@pytest.fixture
def oauth() -> Scene:
    scene = Scene()
    settings = OAuthSettings(key=SECRET, discovery_url="https://sso.example.net/x")
    scene.authentication.tokens = Tokens(scene.clock, settings, time.time)
    return scene


def respond(scene: Scene, *responses: bytes) -> bytes | str:
    exchange = scene.authentication.begin("OAUTHBEARER", HERE)
    for response in responses[:-1]:
        scene.result(exchange.respond(response))
    return scene.result(exchange.respond(responses[-1]))


def test_it_is_offered_where_tokens_are_taken_and_nobody_else_reads_them(oauth: Scene) -> None:
    assert "OAUTHBEARER" in oauth.authentication.mechanisms(HERE)
    assert "OAUTHBEARER" not in oauth.authentication.mechanisms(PLAIN)
    oauth.authentication.tokens = None
    assert "OAUTHBEARER" not in oauth.authentication.mechanisms(HERE)


@pytest.mark.parametrize("identity", ["", "a=dora", "a=DORA"])
def test_a_good_token_logs_in_and_makes_the_account(oauth: Scene, identity: str) -> None:
    assert respond(oauth, bearer(token(), identity)) == "dora"
    assert oauth.realm.account("dora") is not None


def test_the_scheme_s_case_does_not_matter(oauth: Scene) -> None:
    assert respond(oauth, f"n,,\1auth=bearer {token()}\1\1".encode()) == "dora"


@pytest.mark.parametrize("response", [bearer("x"), bearer(token(), "a=alice"), b"n,,\1\1", b"n,,\1auth=\1\1",
                                      b"n,,\1auth=Basic x\1\1", b"n,,\1host=x\1\1"])  # fmt: skip
def test_without_a_good_one_the_client_is_told_whom_to_ask_and_then_refused(
    oauth: Scene, response: bytes
) -> None:
    exchange = oauth.authentication.begin("OAUTHBEARER", HERE)
    said = oauth.result(exchange.respond(response))
    assert isinstance(said, bytes)
    assert json.loads(said) == {
        "status": "invalid_token",
        "openid-configuration": "https://sso.example.net/x",
    }
    assert oauth.why(exchange.respond(b"\1")) is Why.WRONG


def test_there_need_not_be_anybody_to_ask(oauth: Scene) -> None:
    oauth.authentication.tokens = Tokens(oauth.clock, OAuthSettings(key=SECRET), time.time)
    said = respond(oauth, bearer("x"))
    assert isinstance(said, bytes)
    assert json.loads(said) == {"status": "invalid_token"}


@pytest.mark.parametrize(
    "response",
    [b"", b"\1", b"n,,", b"n,,\1auth=Bearer x\1", b"p=x,,\1auth=Bearer x\1\1", b"n\1auth=Bearer x\1\1", b"\xff",
     b"n,b=x,\1auth=Bearer x\1\1", b"n,,x\1auth=Bearer x\1\1"],
)  # fmt: skip
def test_what_is_no_such_response_is_refused(oauth: Scene, response: bytes) -> None:
    exchange = oauth.authentication.begin("OAUTHBEARER", HERE)
    assert oauth.why(exchange.respond(response)) is Why.MALFORMED


def test_trying_tokens_is_slowed_by_address(oauth: Scene) -> None:
    for _ in range(5):
        respond(oauth, bearer("x"))
    assert not oauth.authentication.begin("OAUTHBEARER", HERE).respond(bearer("x")).called
    for _ in range(9):
        elsewhere = HERE._replace(address="198.51.100.1")
        good = oauth.authentication.begin("OAUTHBEARER", elsewhere).respond(bearer(token()))
        assert oauth.result(good) == "dora"


def test_who_has_no_account_gets_none_where_none_are_made(oauth: Scene) -> None:
    settings = OAuthSettings(key=SECRET, autocreate=False)
    oauth.authentication.tokens = Tokens(oauth.clock, settings, time.time)
    assert respond(oauth, bearer(token())) == b'{"status": "invalid_token"}'
    assert respond(oauth, bearer(token(preferred_username="ali"))) == "Alice"


# Issuers that are asked.


class Issuer(Resource):
    """Knows one token, and what it was asked."""

    isLeaf = True  # noqa: N815 - twisted.web's name

    def __init__(self) -> None:
        Resource.__init__(self)
        self.answer: object = {"active": True, "username": "dora"}
        self.code = 200
        self.asked: list[tuple[bytes, bytes | None]] = []
        self.silent = False

    def render_POST(self, request: Request) -> bytes | int:
        assert request.content is not None
        self.asked.append((request.content.read(), request.getHeader(b"authorization")))
        if self.silent:
            return NOT_DONE_YET
        request.setResponseCode(self.code)
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


class IntrospectionTest(TestCase):
    timeout = 60.0

    async def setUp(self) -> None:  # type: ignore[override]  # trial waits for it
        self.issuer = Issuer()
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        self.port: Any = await endpoint.listen(Site(self.issuer))
        self.addCleanup(self.port.stopListening)

    def tokens(self, **settings: Any) -> Tokens:
        url = f"http://127.0.0.1:{self.port.getHost().port}/introspect"
        given = {"introspection_url": url, "claim": "username", "timeout": 20.0, **settings}
        return Tokens(reactor, OAuthSettings(**given), time.time)

    async def owner(self, answer: object, **settings: Any) -> str | None:
        self.issuer.answer = answer
        return await self.tokens(**settings).owner("the token")

    async def unavailable(self, tokens: Tokens) -> None:
        with pytest.raises(LoginFailed) as failed:
            await tokens.owner("the token")
        assert failed.value.why is Why.UNAVAILABLE

    async def test_the_issuer_says_whose_a_token_is(self) -> None:
        tokens = self.tokens(client_id="we:", client_secret="p s")
        assert await tokens.owner("a&b") == "dora"
        ((body, authorization),) = self.issuer.asked
        assert body == b"token=a%26b&token_type_hint=access_token"
        assert authorization is not None
        assert b64decode(authorization.removeprefix(b"Basic ")) == b"we%3A:p%20s"

    async def test_we_need_not_be_anybody_there(self) -> None:
        assert await self.tokens().owner("x") == "dora"
        assert self.issuer.asked[0][1] is None

    async def test_a_token_is_good_for_us_and_now_or_not_at_all(self) -> None:
        good = {"active": True, "username": "dora"}
        now = time.time()
        for more, settings, wanted in (
            ({}, {}, "dora"),
            ({"active": False}, {}, None),
            ({"active": "true"}, {}, None),
            ({"exp": now + 60, "nbf": now - 60}, {}, "dora"),
            ({"exp": now - 60}, {}, None),
            ({"nbf": now + 60}, {}, None),
            ({"exp": "later"}, {}, None),
            ({"nbf": []}, {}, None),
            ({"iss": "us"}, {"issuer": "us"}, "dora"),
            ({}, {"issuer": "us"}, None),
            ({"aud": "chat"}, {"audience": "chat"}, "dora"),
            ({"aud": ["web", "chat"]}, {"audience": "chat"}, "dora"),
            ({"aud": ["web"]}, {"audience": "chat"}, None),
            ({}, {"audience": "chat"}, None),
            ({"username": 7}, {}, None),
        ):
            assert await self.owner({**good, **more}, **settings) == wanted, (more, settings)

    async def test_an_answer_that_is_none_is_no_no(self) -> None:
        for answer in (b"", b"yes", b"[]", b'{"active": true' + b" " * 70_000 + b"}", b"[" * 60_000):
            self.issuer.answer = answer
            await self.unavailable(self.tokens())
        self.issuer.answer = {"active": True, "username": "dora"}
        for self.issuer.code in (401, 500, 302):
            await self.unavailable(self.tokens())

    async def test_an_issuer_that_does_not_answer_is_not_waited_for_long(self) -> None:
        self.issuer.silent = True
        await self.unavailable(self.tokens(timeout=0.05))

    async def test_one_that_is_not_there_is_no_no(self) -> None:
        tokens = self.tokens()
        await self.port.stopListening()
        await self.unavailable(tokens)

    async def test_who_leaves_meanwhile_ends_the_asking(self) -> None:
        self.issuer.silent = True
        asked = Deferred.fromCoroutine(self.tokens().owner("x"))
        asked.cancel()
        with pytest.raises(CancelledError):
            await asked
