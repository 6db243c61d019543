"""A proxy that cuts connections at random places: in the middle of what goes to the server or comes from it, by
FIN or by RST, with or without what was on its way."""

from __future__ import annotations

import random
import select
import socket
import struct
import threading

# Bytes after which a connection is cut, on average.
MEAN = 6000
RESET = struct.pack("ii", 1, 0)


class Cutting:
    """Passes connections on to a port; as a context, it listens. `calm`: it cuts nothing. A connection that is
    cut on one side may seem alive on the other for a while, as with a network that has gone."""

    def __init__(self, to: int, seed: int) -> None:
        self.to = to
        self.calm = True
        self.cuts = 0
        self._random = random.Random(seed)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Cutting:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # Wakes who waits for a connection.
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while True:
            near, _ = self._socket.accept()
            if self._over.is_set():
                near.close()
                return
            left = None if self.calm else int(self._random.expovariate(1 / MEAN))
            seed = self._random.randrange(1 << 32)
            threading.Thread(target=self._carry, args=(near, left, random.Random(seed)), daemon=True).start()

    def _carry(self, near: socket.socket, left: int | None, chance: random.Random) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            near.close()
            return
        try:
            while not self._over.is_set():
                for ready in select.select([near, far], [], [], 0.5)[0]:
                    data = ready.recv(chance.choice((7, 400, 65536)))
                    other = far if ready is near else near
                    if left is not None and len(data) >= left:
                        other.sendall(data[:left])
                        self._cut(near, far, chance)
                        return
                    if left is not None:
                        left -= len(data)
                    if not data:
                        return
                    other.sendall(data)
        except OSError:
            pass  # one side has gone
        finally:
            near.close()
            far.close()

    def _cut(self, near: socket.socket, far: socket.socket, chance: random.Random) -> None:
        self.cuts += 1
        both = [near, far]
        chance.shuffle(both)
        for each in both:
            if chance.random() < 0.5:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            each.close()
            # The other side notices later, and perhaps only when its place was taken.
            self._over.wait(chance.choice((0, 0, 0.002, 0.02)))
