"""The commands about what is kept of what people said: ``chatdaemon export``, ``erase`` and ``hold``."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from getpass import getuser
from typing import Any

from chatdaemon.config import load
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.erasure import Erased, erase
from chatdaemon.storage.export import Wanted, export
from chatdaemon.storage.failure import CannotOpen
from chatdaemon.storage.holds import Held, Hold, NotThere, hold, holds, reached, release

MISTAKES = (CannotOpen, Held, NotThere)
"""What the person at the terminal can put right."""


def add_commands(commands: Any, stored: Callable[[ArgumentParser], None]) -> None:
    """:param commands: what argparse calls subparsers; `stored` adds the options that name a database."""
    command = commands.add_parser(
        "export",
        help="write what is kept of what was said as JSON lines",
        description="Writes one JSON object a line to standard output, in the order in which it happened,"
        " while the daemon runs or not.",
    )
    command.add_argument("--channel", metavar="NAME", help="only what was said and done in this channel")
    command.add_argument(
        "--account", metavar="NAME", help="only what this person wrote, and their private conversations"
    )
    command.add_argument(
        "--since", metavar="TIME", type=time_of, help="from then on: 2026-11-22, or 2026-11-22T16:58"
    )
    command.add_argument(
        "--until", metavar="TIME", type=time_of, help="only what was before then; times are UTC"
    )
    command.add_argument(
        "--hidden", action="store_true", help="also what was taken back and is kept because of a hold"
    )
    stored(command)
    command.set_defaults(run=_export)
    command = commands.add_parser(
        "erase",
        help="erase what a person wrote, and that they were there",
        description="Erases what a person wrote, their private conversations, and what names them among what"
        " happened. While no daemon runs the account goes as well.",
    )
    command.add_argument("account", metavar="ACCOUNT", help="the person's account")
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    stored(command)
    command.set_defaults(run=_erase)
    command = commands.add_parser(
        "hold",
        help="keep what is stored of a channel or a person, whatever else says that it is to go",
        description="A hold keeps all of a channel, or what a person wrote and their private conversations,"
        " from being deleted by age, by number, by those who take it back, and by erase.",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="hold it from now on")
    remove = actions.add_parser("remove", help="hold it no longer; what was taken back meanwhile is deleted")
    for action, run in ((add, _hold), (remove, _release)):
        action.add_argument("kind", choices=("channel", "account"), help="channel or account")
        action.add_argument("name", metavar="NAME", help="its name")
        stored(action)
        action.set_defaults(run=run)
    add.add_argument("--note", default="", help="why, for whoever reads the list")
    listing = actions.add_parser("list", help="say what is held")
    stored(listing)
    listing.set_defaults(run=_list)


def time_of(text: str) -> int:
    """A date, or a date with a time, in ms since 1970; UTC where nothing else is said."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no time: 2026-11-22, or 2026-11-22T16:58") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


class _Place:
    """Where a command finds the database, and how names are compared there."""

    def __init__(self, options: Namespace) -> None:
        # All of the daemon comes with this, and other commands do not need it.
        from chatdaemon.settings import realm_settings  # noqa: PLC0415 - see above

        config = load(options.config, environ=os.environ)
        self.url = config.storage.url
        # As for the other commands: a directory alone means its own database, whatever else there is.
        if options.config is None and options.data_directory is not None:
            self.url = ""
        self.directory = options.data_directory or config.server.data_directory
        self.settings: Settings = realm_settings(config)
        self.fold = Realm(self.settings).fold

    def use(self, command: Callable[[Engine], str]) -> str:
        with reached(self.url, self.directory) as engine:
            return command(engine)


def _export(options: Namespace) -> None:
    place = _Place(options)
    wanted = Wanted(options.channel, options.account, options.since, options.until, options.hidden)
    with reached(place.url, place.directory) as engine:
        for line in export(engine, wanted, place.fold):
            sys.stdout.write(line.decode())


def _erase(options: Namespace) -> str:
    place = _Place(options)
    done = erase(place.url, place.directory, options.account, place.settings, dry_run=options.dry_run)
    return "\n".join(_told(done, options.dry_run))


def _told(done: Erased, dry_run: bool) -> list[str]:
    name = done.names[-1]
    lines = [f"messages and events erased: {done.rows}"]
    if dry_run:
        lines = [f"messages and events that would be erased: {done.rows}"]
    if done.held:
        lines.append(f"kept, since what they are part of is held (chatdaemon hold list): {done.held}")
    if done.account:
        lines.append(f"the account {name} is gone")
    if done.why:
        lines.append(f"the account {name} is still there: {done.why}")
        lines.append(f"An operator drops it while the daemon runs: /msg NickServ DROP {name}")
    if dry_run:
        lines.append("Nothing was changed (--dry-run).")
    return lines


def _hold(options: Namespace) -> str:
    place = _Place(options)
    return place.use(
        lambda engine: _listed(hold(engine, options.kind, options.name, place.fold, getuser(), options.note))
    )


def _release(options: Namespace) -> str:
    place = _Place(options)
    released = place.use(lambda engine: _listed(release(engine, options.kind, options.name, place.fold)))
    return f"no longer held:\n{released}"


def _list(options: Namespace) -> str:
    return _Place(options).use(lambda engine: _listed(holds(engine)) or "nothing is held")


def _listed(several: list[Hold]) -> str:
    return "\n".join(
        f"{each.kind} {each.name} ({each.subject:x}), held since"
        f" {datetime.fromtimestamp(each.at / 1000, UTC):%Y-%m-%d %H:%M} UTC by {each.by}"
        + (f": {each.note}" if each.note else "")
        for each in several
    )
