"""README.md and docs/webhooks.md: what they have one type is done by the server, at the addresses that it has as it comes."""

from __future__ import annotations

import re
from pathlib import Path

from chatdaemon.config import DEFAULT_LISTENERS
from tests.disk import Disk
from tests.world import JSONClient, World

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WEBHOOKS = (ROOT / "docs" / "webhooks.md").read_text()


def typed(text: str) -> list[str]:
    """The objects that stand on lines of their own."""
    return re.findall(r'^ +(\{"op":.*\})$', text, re.MULTILINE)


def taken(client: JSONClient, lines: list[str]) -> bool:
    """Whether the client is told that all of it is done."""
    client.send(*lines)
    replies = [each for each in client.hear() if "event" not in each]
    return len(replies) == len(lines) and all("ok" in each for each in replies)


def test_what_is_typed_into_nc_reaches_who_is_on_irc() -> None:
    world = World()
    bob = world.irc("bob")
    bob.send("JOIN #tea")
    assert len(typed(README)) == 3
    assert taken(world.connect_json(), typed(README))
    assert ":carol!carol@192.0.2.1 PRIVMSG #tea :Hello from nc" in bob.read()


def test_a_hook_is_made_as_it_says() -> None:
    world = World()
    Disk.of(world)
    assert len(typed(WEBHOOKS)) == 5
    assert taken(world.connect_json(), typed(WEBHOOKS)[:-1])


def test_the_ports_are_those_of_a_server_as_it_comes() -> None:
    ports = {each.name: each.endpoint.split(":")[1] for each in DEFAULT_LISTENERS}
    assert f"irssi -c 127.0.0.1 -p {ports['irc']}`" in README
    assert f"127.0.0.1 {ports['ircs']}\n" in README
    assert f"`nc 127.0.0.1 {ports['json']}`" in README
    assert f"http://127.0.0.1:{ports['web']}/" in README
