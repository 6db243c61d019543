"""A bot that speaks IRC with nothing but a socket: it tells the time.

python examples/irc_bot.py '#clock' 6667
"""

import socket
import sys
from datetime import UTC, datetime

connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))


def say(line: str) -> None:
    connection.sendall(f"{line}\r\n".encode())


say("NICK clock")
say("USER clock 0 * :Tells the time")
for raw in connection.makefile("rb"):
    source, _, rest = raw.decode("utf-8", "replace").strip().rpartition(" :")
    words = source.split(" ")
    if words[0] == "PING" or raw.startswith(b"PING"):
        say(f"PONG :{rest}")
    elif words[1:2] == ["001"]:
        say(f"JOIN {sys.argv[1]}")
    elif words[1:2] == ["PRIVMSG"] and rest == "!time":
        say(f"PRIVMSG {words[2]} :{datetime.now(UTC):%H:%M} UTC")
