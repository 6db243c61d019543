"""The commands for people and scripts: ``chatdaemon talk`` and ``chatdaemon send``."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from getpass import getpass
from typing import Any

# Where a daemon on this machine listens, as it comes.
SERVER = "tcp:127.0.0.1:6690"


def add_commands(commands: Any) -> None:
    """:param commands: what argparse calls subparsers."""
    command = commands.add_parser(
        "talk",
        help="chat from a terminal",
        description="What you type goes to the channel; a line that begins with / is a command: see /help."
        " Lines of a pipe or a file are sent, and then it ends.",
    )
    command.add_argument("channel", metavar="CHANNEL", nargs="?", help="a channel, or somebody's nick")
    _connecting(command)
    command.set_defaults(run=_talk)
    command = commands.add_parser(
        "send",
        help="say something, for scripts",
        description="Sends a text, or every line of standard input, and ends when all of it is stored: with"
        " status 0, or with 1 and a line on standard error.",
    )
    command.add_argument("target", metavar="TARGET", help="a channel, or somebody's nick")
    command.add_argument("text", metavar="TEXT", nargs="*", help="what to say; without it, standard input")
    command.add_argument("--notice", action="store_true", help="as a notice, which programs do not answer")
    command.add_argument("--verbose", "-v", action="store_true", help="print the ids of the messages")
    _connecting(command)
    command.set_defaults(run=_send)


def _connecting(command: ArgumentParser) -> None:
    command.add_argument(
        "--server",
        default=os.environ.get("CHATDAEMON_SERVER", SERVER),
        metavar="ENDPOINT",
        help="where: tcp:HOST:PORT, tls:HOST:PORT, ws://HOST:PORT or wss://HOST:PORT; default:"
        f" $CHATDAEMON_SERVER, or {SERVER}",
    )
    command.add_argument("--fingerprint", metavar="SHA256", help="the certificate that a TLS server has")
    command.add_argument(
        "--binary", action="store_true", help="speak binary frames, not JSON, as the server does there"
    )
    command.add_argument("--nick", help="what to be called")
    command.add_argument(
        "--account",
        default=os.environ.get("CHATDAEMON_ACCOUNT"),
        help="log in to it, with the password in $CHATDAEMON_PASSWORD, or asked for; default:"
        " $CHATDAEMON_ACCOUNT. An access token can be in $CHATDAEMON_TOKEN instead",
    )


def options_of(options: Namespace) -> dict[str, Any]:
    """What `Client` is to be made with."""
    token = os.environ.get("CHATDAEMON_TOKEN")
    password = os.environ.get("CHATDAEMON_PASSWORD") if options.account else None
    if options.account and password is None and token is None:
        password = getpass(f"Password of {options.account}: ")
    return {
        "server": options.server,
        "nick": options.nick,
        "account": options.account,
        "password": password,
        "token": token if password is None else None,
        "fingerprint": options.fingerprint,
        "protocol": "binary" if options.binary else "json",
    }


def _talk(options: Namespace) -> None:
    # Twisted is not for those who came for something else.
    from chatdaemon.client.talk import talk  # noqa: PLC0415 - see above

    talk(options_of(options), options.channel)


def _send(options: Namespace) -> None:
    from chatdaemon.client.talk import send  # noqa: PLC0415 - see above

    text = " ".join(options.text)
    lines = [text] if options.text else [line.rstrip("\r\n") for line in sys.stdin]
    kind = "notice" if options.notice else "message"
    send(options_of(options), options.target, [line for line in lines if line], kind, options.verbose)
