"""Requests over real connections, to a server on this machine."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase
from twisted.web.client import ResponseFailed

from chatdaemon.outgoing.addresses import InternalAddress
from chatdaemon.outgoing.posting import Answer, Poster
from chatdaemon.transports.certificates import ensure_self_signed
from tests.push.https import PushService

# As Twisted's HTTP client calls it, by when it happens.
TLS_FAILED = ("RequestTransmissionFailed", "ResponseNeverReceived", "ResponseFailed")


async def name_of_failure(posted: Deferred[Answer]) -> str:
    """The kind of failure, or the answer in its place."""
    try:
        return str(await posted)
    except Exception as error:
        return type(error).__name__


class PosterTest(TestCase):
    timeout = 60.0

    async def service(self, interface: str = "127.0.0.1") -> PushService:
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        self.certificate, _ = ensure_self_signed(directory, ["localhost"])
        service = PushService(self.certificate)
        await service.start(interface)
        self.addCleanup(service.stop)
        return service

    def services(self, timeout: float = 20.0, *, allow_internal: bool = True) -> Poster:
        return Poster(reactor, timeout, allow_internal=allow_internal, ca_file=self.certificate)

    async def test_a_body_is_posted_with_its_headers(self) -> None:
        service = await self.service()
        answer = await self.services().post(service.url("/a?b=c"), {"TTL": "60", "Urgency": "high"}, b"body")
        assert answer == Answer(201, 0.0)
        (taken,) = service.taken
        assert (taken.path, taken.body) == ("/a?b=c", b"body")
        assert taken.headers["ttl"] == "60"
        assert taken.headers["urgency"] == "high"
        assert taken.headers["host"] == f"localhost:{service.port}"

    async def test_nothing_connects_to_an_internal_address(self) -> None:
        service = await self.service()
        services = self.services(allow_internal=False)
        for host in ("localhost", "127.0.0.1"):
            await self.assertFailure(services.post(service.url("/", host), {}, b"body"), InternalAddress)
        assert service.taken == []

    async def test_a_certificate_must_be_for_the_name_and_from_somebody_trusted(self) -> None:
        service = await self.service()
        untrusting = Poster(reactor, 20.0, allow_internal=True)
        assert await name_of_failure(untrusting.post(service.url("/"), {}, b"body")) in TLS_FAILED
        # The certificate is not for this address.
        elsewhere = await self.service("127.0.0.2")
        url = elsewhere.url("/", "127.0.0.2")
        assert await name_of_failure(self.services().post(url, {}, b"body")) in TLS_FAILED
        assert service.taken == elsewhere.taken == []

    async def test_redirections_are_not_followed(self) -> None:
        service = await self.service()
        service.answers = [(307, {"Location": service.url("/elsewhere")})]
        assert (await self.services().post(service.url("/"), {}, b"body")).status == 307
        assert len(service.taken) == 1

    async def test_when_to_come_again_is_understood_in_seconds(self) -> None:
        service = await self.service()
        for value, seconds in (("120", 120.0), ("Fri, 31 Dec 2027 23:59:59 GMT", 0.0), ("9" * 50, 0.0)):
            service.answers = [(429, {"Retry-After": value})]
            assert await self.services().post(service.url("/"), {}, b"x") == Answer(429, seconds)

    async def test_an_answer_is_not_read_beyond_its_status(self) -> None:
        service = await self.service()
        service.body = b"x" * (4 << 20)
        assert (await self.services().post(service.url("/"), {}, b"x")).status == 201

    async def test_who_does_not_answer_is_given_up(self) -> None:
        service = await self.service()
        service.silent = True
        posted = self.services(timeout=0.5).post(service.url("/"), {}, b"x")
        await self.assertFailure(posted, TimeoutError, ResponseFailed)

    async def test_a_request_can_be_cancelled(self) -> None:
        service = await self.service()
        service.silent = True
        posted = self.services().post(service.url("/"), {}, b"x")
        await service.until(1)
        posted.cancel()
        await self.assertFailure(posted, CancelledError)

    async def test_headers_without_end_fill_no_memory(self) -> None:
        """Whoever is at the other end, even before TLS is made."""
        await self.service()
        heard: list[int] = []
        ended: Deferred[None] = Deferred()

        class Endless(Protocol):
            def connectionMade(self) -> None:
                assert self.transport is not None
                self.transport.write(b"\x16\x03\x01\x40\x00" + bytes(1 << 20))

            def connectionLost(self, reason: Any = None) -> None:
                heard.append(1)
                ended.callback(None)

        port: Any = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(
            Factory.forProtocol(Endless)
        )
        self.addCleanup(port.stopListening)
        url = f"https://localhost:{port.getHost().port}/"
        assert await name_of_failure(self.services().post(url, {}, b"x")) in TLS_FAILED
        await ended
        assert heard == [1]

    def test_a_file_without_authorities_is_told_at_once(self) -> None:
        with self.assertRaisesRegex(ValueError, "No such file"):
            Poster(reactor, 1.0, ca_file=Path("/nonexistent/ca.pem"))
