"""How much a connection has carried, for STATS l: the kernel counts that anyway, so the server need not."""

from __future__ import annotations

import socket
import struct
import sys

# struct tcp_info of Linux (4.2 and newer): tcpi_bytes_acked and tcpi_bytes_received, and where they stand.
_COUNTERS = struct.Struct("=QQ")
_COUNTERS_AT = 120


def traffic(transport: object) -> tuple[int, int] | None:
    """Bytes that the peer has acknowledged and bytes received, of TCP and with TLS's own; None where that is
    not counted (UNIX sockets, other systems)."""
    sock = getattr(transport, "socket", None)
    if sys.platform != "linux" or not isinstance(sock, socket.socket):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTERS_AT + _COUNTERS.size)
    except OSError:
        return None
    if len(info) < _COUNTERS_AT + _COUNTERS.size:
        return None
    sent, received = _COUNTERS.unpack_from(info, _COUNTERS_AT)
    return sent, received
