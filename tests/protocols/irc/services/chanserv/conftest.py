"""A registered channel, its founder and somebody else."""

from __future__ import annotations

import pytest

from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in
from tests.world import Client, World


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(settings=Settings(channel_flags=(), user_modes=()))


@pytest.fixture
def alice(world: World) -> Client:
    """The founder of #tea."""
    alice = world.irc("alice")
    log_in(alice, "alice")
    alice.send("JOIN #tea", "CS REGISTER #tea")
    alice.read()
    return alice


@pytest.fixture
def bob(world: World, alice: Client) -> Client:
    """Logged in, in #tea, with no access to it."""
    bob = world.irc("bob")
    log_in(bob, "bob")
    bob.send("JOIN #tea")
    alice.read()
    bob.read()
    return bob
