from __future__ import annotations

import socket
import sys

import pytest

from chatdaemon.protocols.irc.traffic import traffic


class Transport:
    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts in this way")
def test_a_tcp_connection_has_its_bytes_counted_both_ways() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        served, _ = listening.accept()
        with served:
            client.sendall(b"x" * 1000)
            assert len(served.recv(1000, socket.MSG_WAITALL)) == 1000
            served.sendall(b"y" * 3000)
            assert len(client.recv(3000, socket.MSG_WAITALL)) == 3000
            # Answering takes the acknowledgement along, so that it is there for certain.
            client.sendall(b"z")
            assert served.recv(1) == b"z"
            assert traffic(Transport(served)) == (3000, 1001)


def test_another_kind_of_connection_has_nothing_counted() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert traffic(Transport(ours)) is None
    assert traffic(Transport(ours)) is None
    assert traffic(object()) is None
