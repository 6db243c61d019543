"""Speaking to ChanServ, and what comes of it."""

from __future__ import annotations

from chatdaemon.realm.modes import Rank
from tests.protocols.irc.given import channel
from tests.protocols.irc.services.said import says
from tests.world import Client, World

ALICE, BOB = "alice!alice@192.0.2.1", "bob!bob@192.0.2.1"


def tell(client: Client, words: str) -> list[str]:
    return says(client, "ChanServ", words)


def give(alice: Client, ranks: str, account: str = "bob") -> None:
    """Have alice give, or take, access."""
    alice.ask(f"AMODE #tea {ranks} {account}")


def access(world: World) -> dict[str, Rank]:
    """Who is on the access list of #tea, with what."""
    registration = channel(world, "#tea").registration
    assert registration is not None
    return {account: each.ranks for account, each in registration.access.items()}
