"""A checker that is a program of the operator's: name and password go in as JSON, the answer comes out.

    > {"accountName": "alice", "passphrase": "..."}
    < {"success": true, "accountName": "alice"}

One line each. `accountName` in the answer may be another name, or missing. Scripts that were written for
Ergo's `auth-script` work.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from typing import Any, Final

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IProcessTransport, IReactorProcess
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatdaemon.accounts.checkers import Options

_LONGEST_ANSWER: Final = 65536


def script(options: Mapping[str, str]) -> ScriptChecker:
    """The checker of the options `command` (a program and its arguments) and `concurrency` (8)."""
    given = Options(options)
    command = shlex.split(given.text("command"))
    concurrency = int(given.number("concurrency", 8))
    given.end()
    program = shutil.which(command[0]) if command else None
    if program is None:
        raise ValueError(f'the program of "command" cannot be run: {command[0] if command else ""}')
    return ScriptChecker(reactor, [program, *command[1:]], max(1, concurrency))


@implementer(ICredentialsChecker)
class ScriptChecker:
    """Runs the program once for each login, at most `concurrency` at the same time; the others wait."""

    credentialInterfaces = (IUsernamePassword,)  # noqa: N815 - the interface's name

    def __init__(self, reactor: Any, command: list[str], concurrency: int) -> None:
        self._reactor: IReactorProcess = reactor
        self._command = command
        self._turns = DeferredSemaphore(concurrency)

    def requestAvatarId(self, credentials: Any) -> Deferred[bytes | tuple[()]]:
        question = {
            "accountName": credentials.username.decode("utf-8", "replace"),
            "passphrase": credentials.password.decode("utf-8", "replace"),
        }
        return self._turns.run(self._run, json.dumps(question).encode() + b"\n", question["accountName"])

    def _run(self, question: bytes, name: str) -> Deferred[bytes | tuple[()]]:
        run = _Run(question)
        self._reactor.spawnProcess(run, self._command[0], self._command, {"PATH": os.defpath})
        return run.answer.addCallback(_decide, name)


class _Run(ProcessProtocol):
    """One run of the program. Cancelling `answer` kills it."""

    transport: IProcessTransport

    def __init__(self, question: bytes) -> None:
        self.answer: Deferred[bytes] = Deferred(lambda _: self._kill())
        self._question = question
        self._out = bytearray()

    def connectionMade(self) -> None:
        self.transport.writeToChild(0, self._question)
        self.transport.closeChildFD(0)

    def outReceived(self, data: bytes) -> None:
        self._out += data
        if len(self._out) > _LONGEST_ANSWER:
            self._kill()

    def processEnded(self, reason: Failure) -> None:
        if self.answer.called:
            return
        if reason.check(ProcessDone) and len(self._out) <= _LONGEST_ANSWER:
            self.answer.callback(bytes(self._out))
        else:
            self.answer.errback(RuntimeError(f"the program has failed: {reason.getErrorMessage()}"))

    def _kill(self) -> None:
        try:
            self.transport.signalProcess("KILL")
        except ProcessExitedAlready:
            pass


def _decide(out: bytes, name: str) -> bytes | tuple[()]:
    try:
        answer = json.loads(out)
        good, account = answer["success"] is True, answer.get("accountName") or name
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RuntimeError("the program has not answered with JSON of the form that is asked for") from None
    if not good:
        raise UnauthorizedLogin
    if not isinstance(account, str):
        raise RuntimeError("the accountName of the program's answer is no text")
    return account.encode()
