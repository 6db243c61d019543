"""The ``chatdaemon`` command: what an operator needs beside ``twistd chatdaemon`` itself."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

from chatdaemon import __version__, control_cli, history_cli
from chatdaemon.client import cli as client_cli
from chatdaemon.config import ConfigError, load
from chatdaemon.importing.found import NotImportable
from chatdaemon.passwords import hash_password
from chatdaemon.storage.backup import backup, restore


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
    command = commands.add_parser(
        "backup",
        help="copy accounts and channels into one file, while the daemon runs",
        description="Copies the database of SQLite, as it is at one moment. PostgreSQL has pg_dump.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="the file to write")
    command.add_argument("--force", action="store_true", help="replace FILE if it is there")
    _stored(command)
    command.set_defaults(run=_backup)
    command = commands.add_parser(
        "restore",
        help="put a backup in place of the database, while no daemon runs",
        description="Checks the backup first, and changes nothing when anything is wrong with it.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="what chatdaemon backup has written")
    command.add_argument(
        "--force", action="store_true", help="replace a database that is there; it is kept under another name"
    )
    _stored(command)
    command.set_defaults(run=_restore)
    command = commands.add_parser(
        "import",
        help="take over the accounts and channels of another server, while no daemon runs",
        description="Takes over accounts, nicks, channels and access lists, all of it or nothing, and says"
        " what it had to leave out. What is here already is kept.",
    )
    command.add_argument(
        "source", metavar="SERVER", choices=("ergo", "anope"), help="whose file it is: ergo or anope"
    )
    command.add_argument("file", metavar="FILE", type=Path, help="Ergo's ircd.db; Anope's data/anope.db")
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    _stored(command)
    command.set_defaults(run=_import)
    history_cli.add_commands(commands, _stored)
    control_cli.add_commands(commands, _stored)
    client_cli.add_commands(commands)
    options = parser.parse_args(arguments)
    try:
        done = options.run(options)
        if done is not None:
            sys.stdout.write(f"{done}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has enough. Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (_Mistake, ConfigError, NotImportable, control_cli.NotDone, *history_cli.MISTAKES) as mistake:
        sys.stderr.write("".join(f"chatdaemon: {line}\n" for line in str(mistake).splitlines()))
        return 1
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("chatdaemon: interrupted\n")
        return 1
    return 0


class _Mistake(Exception):
    """What the person at the terminal can put right."""


def _hash_password(_: Namespace) -> str:
    if sys.stdin.isatty():
        password = getpass("Password: ")
        if password and getpass("The same again: ") != password:
            raise _Mistake("the two passwords differ; nothing was made")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise _Mistake("an empty password is refused")
    return hash_password(password)


def _stored(command: ArgumentParser) -> None:
    """The options that say which database is meant."""
    command.add_argument("--config", "-c", metavar="FILE", type=Path, help="the daemon's configuration file")
    command.add_argument(
        "--data-directory",
        metavar="DIRECTORY",
        type=Path,
        help="where the daemon keeps its data, if --config does not say so (systemd: /var/lib/chatdaemon)",
    )


def _data_directory(options: Namespace) -> Path:
    """Raises ConfigError, and _Mistake when the data are elsewhere."""
    directory: Path | None = options.data_directory
    if options.config is None and directory is not None:
        return directory
    config = load(options.config, environ=os.environ)
    if config.storage.url:
        raise _Mistake(
            "this daemon keeps its data in PostgreSQL ([storage] url), which has tools of its own for that:"
            " pg_dump while it runs, and pg_restore while it does not"
        )
    return directory or config.server.data_directory


def _backup(options: Namespace) -> str:
    return backup(_data_directory(options), options.file, force=options.force)


def _restore(options: Namespace) -> str:
    return restore(options.file, _data_directory(options), force=options.force)


def _import(options: Namespace) -> str:
    # All of the daemon comes with these, and nobody else needs it here.
    from chatdaemon.importing.taking import READERS, take  # noqa: PLC0415 - see above
    from chatdaemon.settings import realm_settings  # noqa: PLC0415

    found = READERS[options.source](options.file)
    config = load(options.config, environ=os.environ)
    directory = options.data_directory or config.server.data_directory
    return take(found, config.storage.url, directory, realm_settings(config), dry_run=options.dry_run)
