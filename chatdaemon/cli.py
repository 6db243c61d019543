"""The ``chatdaemon`` command: what an operator needs beside ``twistd chatdaemon`` itself."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from getpass import getpass

from chatdaemon import __version__
from chatdaemon.passwords import hash_password


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns the exit status: 0, or 1 with a line on standard error."""
    parser = ArgumentParser(
        prog="chatdaemon", description="A chat server. The server itself is started by: twistd -n chatdaemon"
    )
    parser.add_argument("--version", action="version", version=f"chatdaemon {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command = commands.add_parser(
        "hash-password",
        help="make the password-hash of an [operator NAME] section",
        description="Reads a password twice from the terminal, or one line of standard input, and prints"
        " its argon2id hash for the configuration file.",
    )
    command.set_defaults(run=_hash_password)
    options = parser.parse_args(arguments)
    try:
        sys.stdout.write(f"{options.run()}\n")
    except _Mistake as mistake:
        sys.stderr.write(f"chatdaemon: {mistake}\n")
        return 1
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("chatdaemon: interrupted\n")
        return 1
    return 0


class _Mistake(Exception):
    """What the person at the terminal can put right."""


def _hash_password() -> str:
    if sys.stdin.isatty():
        password = getpass("Password: ")
        if password and getpass("The same again: ") != password:
            raise _Mistake("the two passwords differ; nothing was made")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise _Mistake("an empty password is refused")
    return hash_password(password)
