"""Access tokens that were made for a time end with it, also when nobody asks."""

from __future__ import annotations

from chatdaemon.expiry import TokenExpiry
from chatdaemon.realm.requests import CreateToken
from tests.world import World

ONE, TWO = "1" * 64, "2" * 64


def made(world: World, name: str, digest: str, seconds: int | None) -> None:
    until = None if seconds is None else int((world.clock.seconds() + seconds) * 1000)
    world.node.submit(None, CreateToken(name, digest, expires_at=until, account="alice"))


def test_each_ends_when_its_time_is_over() -> None:
    world = World()
    world.account("alice")
    expiry = TokenExpiry(world.node, world.deadlines)
    made(world, "before", ONE, 20)
    expiry.start()
    made(world, "later", TWO, 10)
    made(world, "ever", "3" * 64, None)
    world.pass_time(12)
    assert [token.name for token in world.realm.tokens.values()] == ["before", "ever"]
    world.pass_time(10)
    assert [token.name for token in world.realm.tokens.values()] == ["ever"]
