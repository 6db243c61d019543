"""The client's side, for bots and bridges: `Client`, on Twisted, with async and await.

    from chatdaemon.client import Client, run

    async def main() -> None:
        async with Client("tcp:127.0.0.1:6690", nick="parrot") as client:
            await client.join("#tea")
            async for event in client:
                if event["event"] == "message":
                    await client.send("#tea", event["text"])

    run(main)

It imports nothing of the server. `docs/protocol-json.md` says what ops and events there are.
"""

from chatdaemon.client.client import Client
from chatdaemon.client.errors import ChatError, Disconnected, Refused, TimedOut
from chatdaemon.client.formats import Object as Event
from chatdaemon.client.running import run

__all__ = ["ChatError", "Client", "Disconnected", "Event", "Refused", "TimedOut", "run"]
