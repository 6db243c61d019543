"""The commands that have a running daemon do something: ``chatdaemon token`` and ``chatdaemon hook``."""

from __future__ import annotations

import errno
import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chatdaemon.config import load
from chatdaemon.history_cli import time_of

Answer = dict[str, Any]


class NotDone(Exception):
    """The daemon does not do it, or there is none; the text is for the person at the terminal."""


def add_commands(commands: Any, stored: Callable[[ArgumentParser], None]) -> None:
    """:param commands: what argparse calls subparsers; `stored` adds the options that name a directory."""
    command = commands.add_parser(
        "token",
        help="make, list and revoke access tokens, while the daemon runs",
        description="An access token lets a program be somebody without their password: over HTTP, and by"
        " login in JSON and binary. Its secret is shown once.",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make one, and print its secret")
    add.add_argument("account", metavar="ACCOUNT", help="whom whoever has the secret is to be")
    add.add_argument("--name", required=True, help="what the token is called")
    add.add_argument("--verbs", default="*", help="what it allows, such as send,events; *: all (default)")
    add.add_argument(
        "--channels", default="", help="where, such as '#a,#b'; @: between people (default: everywhere)"
    )
    add.add_argument("--expires", metavar="TIME", type=time_of, help="until when it is good: 2027-01-01")
    add.set_defaults(run=_token_add)
    listing = actions.add_parser("list", help="say which tokens there are")
    listing.add_argument("account", metavar="ACCOUNT", nargs="?", help="only those of this account")
    listing.set_defaults(run=_token_list)
    revoke = actions.add_parser("revoke", help="have one be good no longer; who uses it is disconnected")
    revoke.add_argument("account", metavar="ACCOUNT")
    revoke.add_argument("name", metavar="NAME")
    revoke.set_defaults(run=_token_revoke)
    command = commands.add_parser(
        "hook",
        help="make, list and remove the hooks of registered channels, while the daemon runs",
        description="By a hook programs post to a channel (POST /hook/SECRET at the web listener), or are"
        " sent what happens there (--url).",
    )
    hooks = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    hook_add = hooks.add_parser("add", help="make one, and print its secret")
    hook_add.add_argument("channel", metavar="CHANNEL")
    hook_add.add_argument("--name", required=True, help="what the hook is called")
    hook_add.add_argument("--url", help="where what happens is sent; without it, the hook is a way in")
    hook_add.add_argument("--events", default="message", help="which events, such as message,join; *: all")
    hook_add.set_defaults(run=_hook_add)
    hook_list = hooks.add_parser("list", help="say which hooks a channel has")
    hook_list.add_argument("channel", metavar="CHANNEL")
    hook_list.set_defaults(run=_hook_list)
    hook_remove = hooks.add_parser("remove", help="remove one")
    hook_remove.add_argument("channel", metavar="CHANNEL")
    hook_remove.add_argument("name", metavar="NAME")
    hook_remove.add_argument("--direction", choices=("in", "out"), default="in", help="in (default) or out")
    hook_remove.set_defaults(run=_hook_remove)
    for action in (add, listing, revoke, hook_add, hook_list, hook_remove):
        stored(action)


def ask(options: Namespace, what: str, **fields: Any) -> Answer:
    """Have the daemon do something. Raises NotDone, and ConfigError."""
    # All of the daemon comes with this, and other commands do not need it.
    from chatdaemon.control import reach  # noqa: PLC0415 - see above

    directory: Path | None = options.data_directory
    if directory is None:
        directory = load(options.config, environ=os.environ).server.data_directory
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        with reach(directory) as connected:
            connected.sendall(json.dumps({"do": what, **given}).encode() + b"\n")
            line = connected.makefile("rb").readline()
    except OSError as error:
        raise NotDone(_unreachable(directory, error)) from None
    if not line:
        raise NotDone("the daemon ended before it has answered")
    answer: Answer = json.loads(line)
    if "error" in answer:
        raise NotDone(str(answer["error"]))
    found: Answer = answer["ok"]
    return found


def _unreachable(directory: Path, error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"the daemon in {directory} listens to its own user only: try sudo -u USER, or sudo"
    if error.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR):
        return (
            f"no daemon runs with the data directory {directory}: start it first, or say by --config or"
            " --data-directory which one is meant"
        )
    return f"the daemon in {directory} cannot be asked: {error.strerror or error}"


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _token_add(options: Namespace) -> str:
    answer = ask(
        options, "token_add", account=options.account, name=options.name, verbs=_words(options.verbs),
        channels=_words(options.channels), expires_at=options.expires,
    )  # fmt: skip
    return str(answer["secret"])


def _token_list(options: Namespace) -> str:
    tokens = ask(options, "token_list", account=options.account)["tokens"]
    return "\n".join(map(_token_line, tokens)) or "there are no tokens"


def _token_line(token: Answer) -> str:
    where = f" in {','.join(token['channels'])}" if token["channels"] else ""
    until = f", until {token['expires']}" if "expires" in token else ""
    used = f", used {token['used']}" if "used" in token else ", never used"
    return f"{token['account']} {token['name']}: {','.join(token['verbs'])}{where}{until}{used}"


def _token_revoke(options: Namespace) -> str:
    ask(options, "token_revoke", account=options.account, name=options.name)
    return f"the token {options.name} of {options.account} is good no longer"


def _hook_add(options: Namespace) -> str:
    events = _words(options.events) if options.url is not None else None
    answer = ask(
        options, "hook_add", channel=options.channel, name=options.name, url=options.url, events=events
    )
    return str(answer["path"] if options.url is None else answer["secret"])


def _hook_list(options: Namespace) -> str:
    hooks = ask(options, "hook_list", channel=options.channel)["hooks"]
    return "\n".join(map(_hook_line, hooks)) or f"{options.channel} has no hooks"


def _hook_line(hook: Answer) -> str:
    where = f": {','.join(hook['events'])} to {hook['url']}" if "url" in hook else ""
    return f"{hook['direction']} {hook['name']}, by {hook['by']}, {hook['created']}{where}"


def _hook_remove(options: Namespace) -> str:
    ask(options, "hook_remove", channel=options.channel, name=options.name, direction=options.direction)
    return f"the hook {options.name} of {options.channel} is removed"
