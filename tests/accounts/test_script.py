"""A program of the operator's that knows passwords, really run."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import pytest
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from chatdaemon.accounts.script import ScriptChecker, script

HEAD = f"#!{sys.executable}\nimport json, sys, os, time\n"
READ = "asked = json.loads(sys.stdin.readline())\n"
KNOWS = (
    READ + "good = asked == {'accountName': 'alice', 'passphrase': 'sesame\\u00e9'}\n"
    "print(json.dumps({'success': good, 'accountName': 'Alice' if good else '', 'error': 'x'}))\n"
)


class ScriptTest(TestCase):
    timeout = 60.0

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def checker(self, text: str, concurrency: int = 8) -> ScriptChecker:
        path = self.directory / "check"
        path.write_text(HEAD + text)
        path.chmod(stat.S_IRWXU)
        return script({"command": f"{path} 'an argument'", "concurrency": str(concurrency)})

    def ask(self, checker: ScriptChecker, password: str = "sesame\u00e9") -> Deferred[object]:
        return checker.requestAvatarId(UsernamePassword(b"alice", password.encode()))  # type: ignore[return-value]  # bytes

    async def fails(self, asked: Deferred[object], kind: type[Exception]) -> str:
        with pytest.raises(kind) as failed:
            await asked
        return str(failed.value)

    async def test_the_right_password_gives_the_account(self) -> None:
        assert await self.ask(self.checker(KNOWS)) == b"Alice"

    async def test_a_wrong_one_does_not(self) -> None:
        await self.fails(self.ask(self.checker(KNOWS), "wrong"), UnauthorizedLogin)

    async def test_without_a_name_in_the_answer_it_is_what_was_typed(self) -> None:
        assert await self.ask(self.checker("print('{\"success\": true}')")) == b"alice"

    async def test_it_has_its_arguments_and_nothing_of_our_environment(self) -> None:
        os.environ["CHATDAEMON_SECRET"] = "x"
        self.addCleanup(os.environ.pop, "CHATDAEMON_SECRET")
        checker = self.checker(
            "print(json.dumps({'success': sys.argv[1:] == ['an argument'] and"
            " set(os.environ) <= {'PATH', 'LC_CTYPE'}}))"
        )
        assert await self.ask(checker) == b"alice"

    async def test_an_answer_that_is_none_is_a_failure(self) -> None:
        for text in (
            "",
            "print('yes')",
            "print('[]')",
            "print('{}')",
            'print(\'{"success": true, "accountName": 7}\')',
            "print('[' * 50000)",
        ):
            await self.fails(self.ask(self.checker(text)), RuntimeError)

    async def test_success_that_is_not_exactly_true_is_no_success(self) -> None:
        await self.fails(self.ask(self.checker('print(\'{"success": "false"}\')')), UnauthorizedLogin)

    async def test_a_program_that_fails_is_a_failure_whatever_it_says(self) -> None:
        said = await self.fails(
            self.ask(self.checker("print('{\"success\": true}', flush=True); sys.exit(3)")), RuntimeError
        )
        assert "exit code 3" in said

    async def test_one_that_reads_nothing_or_writes_errors_may_do_so(self) -> None:
        text = "sys.stdin.close(); print('warning', file=sys.stderr); print('{\"success\": true}')"
        assert await self.ask(self.checker(text)) == b"alice"

    async def test_one_that_talks_without_end_is_killed(self) -> None:
        await self.fails(self.ask(self.checker("while True: print('x' * 1000)")), RuntimeError)

    async def test_one_that_is_not_waited_for_any_more_is_killed(self) -> None:
        pid = self.directory / "pid"
        text = f"open({str(pid)!r}, 'w').write(str(os.getpid()) + chr(10)); time.sleep(600)"
        asked = self.ask(self.checker(text))
        while not pid.exists() or not pid.read_text().endswith("\n"):
            await later(0.01)
        asked.cancel()
        await self.fails(asked, CancelledError)
        while running(int(pid.read_text())):
            await later(0.01)

    async def test_no_more_run_at_the_same_time_than_are_allowed(self) -> None:
        # Each run finds the file of another that has not ended, if there is one.
        text = READ + (
            f"path = {str(self.directory / 'running')!r}\n"
            "os.close(os.open(path, os.O_CREAT | os.O_EXCL))\n"
            "time.sleep(0.05)\nos.unlink(path)\nprint(json.dumps({'success': True}))\n"
        )
        checker = self.checker(text, concurrency=1)
        asked = [self.ask(checker) for _ in range(4)]
        assert [await each for each in asked] == [b"alice"] * 4

    def test_what_cannot_be_run_is_said_at_once(self) -> None:
        for options, says in (
            ({}, "missing"),
            ({"command": "/nowhere/check"}, "cannot be run"),
            ({"command": "'unbalanced"}, "quotation"),
            ({"command": "true", "concurrency": "0"}, "number"),
            ({"command": "true", "x": "y"}, "no option"),
        ):
            with pytest.raises(ValueError, match=says):
                script(options)


def later(seconds: float) -> Deferred[None]:
    waiting: Deferred[None] = Deferred()
    reactor.callLater(seconds, waiting.callback, None)
    return waiting


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
