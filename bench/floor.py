"""The floor: a bare loop over sockets, with no protocol, no queue and no state. `floor.c` is the same in C.

    python -m bench.floor PORT MEMBERS [CERTIFICATE KEY]

It accepts MEMBERS connections and one more, the sender; whatever the sender says goes to every member.
It ends when the sender does.
"""

from __future__ import annotations

import socket
import ssl
import sys

_READ_BYTES = 65536


def serve(port: int, members: int, certificate: str | None = None, key: str | None = None) -> None:
    """Accept everybody, then pass on what the last one sends until it closes."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listening:
        sockets: list[socket.socket] = []
        for _ in range(members + 1):
            sock, _address = listening.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets.append(context.wrap_socket(sock, server_side=True) if context else sock)
    sender = sockets.pop()
    try:
        while data := sender.recv(_READ_BYTES):
            for sock in sockets:
                sock.sendall(data)
    except OSError:
        # The driver resets its connections when it is done.
        return


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
