"""A directory that knows passwords: OpenLDAP's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ldaptor.protocols import pureldap
from ldaptor.protocols.ldap.ldaperrors import LDAPException
from ldaptor.protocols.ldap.ldapserver import BaseLDAPServer
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from chatdaemon.accounts.ldap import LDAPChecker, ldap
from chatdaemon.transports.certificates import ensure_self_signed
from tests.accounts.directory import ADMIN, ADMIN_PASSWORD, PASSWORD, SUFFIX, Slapd, free_port

USER_DN = {"user-dn": f"uid={{name}},ou=people,{SUFFIX}"}
SEARCH = {"base": SUFFIX, "filter": "(uid={name})"}


class LDAPTest(TestCase):
    timeout = 60.0
    directory: ClassVar[Path]
    slapd: ClassVar[Slapd]

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(tempfile.mkdtemp())
        cls.slapd = Slapd(cls.directory)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.slapd.stop()
        shutil.rmtree(cls.directory)

    def checker(self, **options: str) -> LDAPChecker:
        """One that asks over LDAPS, unless the options say otherwise."""
        here = {"url": f"ldaps://localhost:{self.slapd.tls_port}", "ca-file": str(self.slapd.ca_file)}
        return ldap({**here, **options})

    def ask(self, checker: LDAPChecker, name: str = "alice", password: str = PASSWORD) -> Deferred[object]:
        return checker.requestAvatarId(UsernamePassword(name.encode(), password.encode()))  # type: ignore[return-value]  # bytes

    async def refuses(self, checker: LDAPChecker, name: str = "alice", password: str = PASSWORD) -> None:
        with pytest.raises(UnauthorizedLogin):
            await self.ask(checker, name, password)

    async def test_who_can_bind_is_who_it_says(self) -> None:
        assert await self.ask(self.checker(**USER_DN)) == b"alice"
        await self.refuses(self.checker(**USER_DN), password="wrong")
        await self.refuses(self.checker(**USER_DN), name="nobody")

    async def test_a_bind_without_a_password_is_none(self) -> None:
        await self.refuses(self.checker(**USER_DN), password="")
        await self.refuses(self.checker(**SEARCH), password="")
        await self.refuses(self.checker(**USER_DN), name="")

    async def test_names_are_names_and_no_part_of_a_dn_or_filter(self) -> None:
        assert await self.ask(self.checker(**USER_DN), "bob, the first") == b"bob, the first"
        assert await self.ask(self.checker(**SEARCH), "bob, the first") == b"bob, the first"
        await self.refuses(self.checker(**SEARCH), "ali*")
        await self.refuses(self.checker(**SEARCH), "*)(uid=alice")
        await self.refuses(self.checker(**USER_DN), "alice,ou=people")
        await self.refuses(self.checker(**USER_DN), "alice\0")

    async def test_people_are_found_by_a_filter_and_called_by_an_attribute(self) -> None:
        by_mail = self.checker(base=SUFFIX, filter="(mail={name})", attribute="UID")
        assert await self.ask(by_mail, "alice@example.net") == b"alice"
        await self.refuses(by_mail, "alice@example.net", "wrong")
        await self.refuses(by_mail, "nobody@example.net")

    async def test_a_filter_that_finds_two_finds_nobody(self) -> None:
        await self.refuses(
            self.checker(base=SUFFIX, filter="(mail={name})", attribute="uid"), "shared@example.net"
        )
        # More than are asked for: the directory says that it stops.
        await self.refuses(self.checker(base=SUFFIX, filter="(|(sn=Example)(uid={name}))"))

    async def test_the_search_can_be_somebody_s(self) -> None:
        asking = {"bind-dn": ADMIN, "bind-password": ADMIN_PASSWORD}
        assert await self.ask(self.checker(**SEARCH, **asking)) == b"alice"
        wrong = {**asking, "bind-password": "wrong"}
        with pytest.raises(RuntimeError, match="bind-dn"):
            await self.ask(self.checker(**SEARCH, **wrong))

    async def test_an_attribute_that_is_not_there_is_for_the_operator_to_know(self) -> None:
        with pytest.raises(RuntimeError, match="description"):
            await self.ask(self.checker(**SEARCH, attribute="description"))

    async def test_a_place_that_is_not_there_holds_nobody(self) -> None:
        await self.refuses(self.checker(base=f"ou=nowhere,{SUFFIX}", filter="(uid={name})"))

    async def test_a_connection_can_become_encrypted_or_stay_in_the_clear(self) -> None:
        plain = f"ldap://localhost:{self.slapd.plain_port}"
        assert await self.ask(self.checker(url=plain, **USER_DN)) == b"alice"
        in_the_clear = {"url": plain, "start-tls": "no", **USER_DN}
        assert await self.ask(self.checker(**in_the_clear)) == b"alice"

    async def test_a_directory_that_cannot_be_verified_is_told_nothing(self) -> None:
        other = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, other)
        authority, _ = ensure_self_signed(other, ["localhost"])
        for url in (f"ldaps://localhost:{self.slapd.tls_port}", f"ldap://localhost:{self.slapd.plain_port}"):
            with pytest.raises(Exception, match=r"certificate|SSL|Connection") as failed:
                await self.ask(self.checker(url=url, **{"ca-file": str(authority)}, **USER_DN))
            assert not isinstance(failed.value, UnauthorizedLogin)

    async def test_one_that_is_not_there_is_no_refusal(self) -> None:
        number = free_port()
        with pytest.raises(Exception, match="refused"):
            await self.ask(self.checker(url=f"ldap://127.0.0.1:{number}", **{"start-tls": "no"}, **USER_DN))

    async def test_one_that_hangs_up_is_no_refusal(self) -> None:
        class HangsUp(Protocol):
            def dataReceived(self, data: bytes) -> None:
                assert self.transport is not None
                self.transport.loseConnection()

        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port: Any = await endpoint.listen(Factory.forProtocol(HangsUp))
        self.addCleanup(port.stopListening)
        url = f"ldap://127.0.0.1:{port.getHost().port}"
        for how in (USER_DN, SEARCH):
            with pytest.raises(Exception, match="closed"):
                await self.ask(self.checker(url=url, **{"start-tls": "no"}, **how))

    async def answering(self, answer: Callable[[Any, Any], Any]) -> str:
        """The address of a directory that answers so: it is given the request, and a way to say more."""

        class Answers(BaseLDAPServer):  # type: ignore[misc]  # ldaptor has no type hints
            def handleUnknown(self, request: Any, controls: Any, reply: Any) -> Any:
                return answer(request, reply)

        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port: Any = await endpoint.listen(Factory.forProtocol(Answers))
        self.addCleanup(port.stopListening)
        return f"ldap://127.0.0.1:{port.getHost().port}"

    async def test_a_directory_that_does_not_encrypt_is_told_nothing(self) -> None:
        asked: list[Any] = []

        def answer(request: Any, reply: Any) -> Any:
            asked.append(request)
            return pureldap.LDAPExtendedResponse(resultCode=52, responseName=pureldap.LDAPStartTLSRequest.oid)

        with pytest.raises(LDAPException):
            await self.ask(self.checker(url=await self.answering(answer), **USER_DN))
        assert [type(each) for each in asked] == [pureldap.LDAPExtendedRequest]

    async def test_a_search_that_fails_is_for_the_operator_to_know(self) -> None:
        url = await self.answering(lambda request, reply: pureldap.LDAPSearchResultDone(resultCode=50))
        with pytest.raises(RuntimeError, match="error 50"):
            await self.ask(self.checker(url=url, **{"start-tls": "no"}, **SEARCH))

    async def test_a_bind_that_fails_is_no_refusal(self) -> None:
        url = await self.answering(lambda request, reply: pureldap.LDAPBindResponse(resultCode=51))
        with pytest.raises(RuntimeError, match="LDAPBusy"):
            await self.ask(self.checker(url=url, **{"start-tls": "no"}, **USER_DN))

    def test_what_does_not_go_together_is_said_at_once(self) -> None:
        url = {"url": "ldap://localhost"}
        wrong: tuple[tuple[dict[str, str], str], ...] = (
            ({}, "missing"),
            ({"url": "http://localhost", **USER_DN}, "ldap://HOST"),
            ({"url": "ldap://", **USER_DN}, "ldap://HOST"),
            ({"url": "ldap://localhost:x", **USER_DN}, "ldap://HOST"),
            ({"url": "ldap://localhost/dc=x", **USER_DN}, "ldap://HOST"),
            (url, "either"),
            ({**url, **USER_DN, **SEARCH}, "either"),
            ({**url, "user-dn": f"uid=alice,{SUFFIX}"}, "{name}"),
            ({**url, "base": SUFFIX, "filter": "(uid=alice)"}, "{name}"),
            ({**url, "base": SUFFIX, "filter": "uid={name}"}, "understand"),
            ({**url, "base": "nothing", "filter": "(uid={name})"}, "understand"),
            ({**url, "user-dn": "{name}"}, "understand"),
            ({**url, **USER_DN, "attribute": "uid"}, "attribute"),
            ({"url": "ldaps://localhost", "start-tls": "yes", **USER_DN}, "ldaps"),
            ({**url, **USER_DN, "x": "y"}, "no option"),
            ({**url, **USER_DN, "ca-file": "/nowhere"}, "No such file"),
            ({**url, **USER_DN, "ca-file": __file__}, "no certificate"),
        )
        for options, says in wrong:
            with pytest.raises(ValueError, match=says):
                ldap(options)
