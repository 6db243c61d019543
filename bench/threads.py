"""The classical chat server, for comparison: a thread for each client, one lock, a dictionary of channels.

    python -m bench.threads PORT

It speaks as much IRC as the scenarios need, over plain TCP on loopback. It is not part of chatdaemon:
docs/architecture.md uses its figures to say why every client there is a session on one event loop.
"""

from __future__ import annotations

import socket
import sys
import threading

_HOST = "threads.bench"


class Room:
    """Everything that is shared, and the one lock around it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clients: dict[str, socket.socket] = {}
        self.channels: dict[str, dict[str, socket.socket]] = {}


def serve_client(room: Room, sock: socket.socket) -> None:
    """The life of one client, on its own thread: reads its lines and acts on each under the lock."""
    nick = ""

    def reply(text: str) -> None:
        sock.sendall(f":{_HOST} {text}\r\n".encode())

    try:
        for raw in sock.makefile("rb"):
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            command, _, rest = line.partition(" ")
            target, _, text = rest.partition(" ")
            source = f":{nick}!{nick}@127.0.0.1"
            with room.lock:
                match command.upper():
                    case "NICK":
                        nick = target
                        room.clients[nick] = sock
                    case "USER":
                        reply(f"001 {nick} :Welcome")
                        reply(f"422 {nick} :No message of the day")
                    case "PING":
                        reply(f"PONG {_HOST} :{target.removeprefix(':')}")
                    case "JOIN":
                        members = room.channels.setdefault(target, {})
                        members[nick] = sock
                        for member in members.values():
                            member.sendall(f"{source} JOIN {target}\r\n".encode())
                        reply(f"353 {nick} = {target} :{' '.join(members)}")
                        reply(f"366 {nick} {target} :End of names")
                    case "PRIVMSG":
                        data = f"{source} PRIVMSG {target} {text}\r\n".encode()
                        if target in room.clients:
                            room.clients[target].sendall(data)
                        for name, member in room.channels.get(target, {}).items():
                            if name != nick:
                                member.sendall(data)
                    case "QUIT":
                        break
    except OSError:
        pass
    finally:
        with room.lock:
            room.clients.pop(nick, None)
            for members in room.channels.values():
                members.pop(nick, None)
        sock.close()


def main(port: int) -> None:
    """Accept clients for ever, a thread for each."""
    room = Room()
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listening:
        while True:
            sock, _ = listening.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve_client, args=(room, sock), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
