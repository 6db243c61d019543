"""What is told of the server."""

from __future__ import annotations

from chatdaemon import __version__
from chatdaemon.protocols.api.server import APISettings
from tests.protocols.api.acting import operator
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_the_server_tells_of_itself(make_world: MakeWorld) -> None:
    admin = ("Ada", "", "ada@x.test")
    world = make_world(api=APISettings(description="Ours", motd=("Be nice.", ""), admin=admin))
    world.pass_time(60)
    alice, oper = world.json("alice"), operator(world)
    oper.ok(op="join", channel="#x")
    alice.ok(op="user_modes", changes=[{"mode": "invisible", "add": False}])
    told = alice.ok(op="server")
    assert told.pop("time").startswith("2026-01-01T00:01:0")
    assert told == {
        "server": "irc.test",
        "network": "ChatNet",
        "description": "Ours",
        "version": f"chatdaemon-{__version__}",
        "started": "2026-01-01T00:00:00.000Z",
        "motd": ["Be nice.", ""],
        "users": 2,
        "invisible": 1,
        "most_users": 2,
        "operators": 1,
        "channels": 1,
        "admin": {"name": "Ada", "email": "ada@x.test"},
    }


def test_where_nobody_looks_after_it_nobody_is_named(world: World) -> None:
    assert "admin" not in world.json("alice").ok(op="server")
