from __future__ import annotations

import pytest

from tests.client.scene import Server
from tests.world import World


@pytest.fixture(params=[0.0, 0.5], ids=["at-once", "late"])
def server(request: pytest.FixtureRequest) -> Server:
    """A server whose log answers at once, and one whose log answers late."""
    return Server(World(late=request.param))
