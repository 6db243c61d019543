"""The same worlds as for IRC, with a web server."""

from __future__ import annotations

import pytest

from tests.protocols.api.conftest import failures
from tests.protocols.irc.conftest import late, make_world, world
from tests.protocols.web.asking import Web
from tests.world import World

__all__ = ["failures", "late", "make_world", "web", "world"]


@pytest.fixture
def web(world: World) -> Web:
    return Web(world)
