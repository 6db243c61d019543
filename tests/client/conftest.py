from __future__ import annotations

import pytest

from tests.client.scene import Server
from tests.world import World


@pytest.fixture(params=[0.0, 0.5], ids=["at-once", "late"])
def late(request: pytest.FixtureRequest) -> float:
    """Seconds after which the log answers."""
    return float(request.param)


@pytest.fixture(
    params=[("json", False), ("binary", False), ("json", True), ("binary", True)],
    ids=["json", "binary", "json-websocket", "binary-websocket"],
)
def server(late: float, request: pytest.FixtureRequest) -> Server:
    """A server that speaks JSON, and one that speaks binary frames, over a stream and over WebSocket."""
    return Server(World(late=late), *request.param)
