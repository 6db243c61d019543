"""A bot that speaks JSON by the package's own client, which comes back after every loss: it answers !roll.

python examples/json_bot.py '#dice'
"""

import os
import random
import sys

from chatdaemon.client import Client, run

SERVER = os.environ.get("CHATDAEMON_SERVER", "tcp:127.0.0.1:6690")


async def main() -> None:
    async with Client(SERVER, nick="dice") as client:
        await client.join(sys.argv[1])
        async for event in client:
            if event["event"] == "message" and event.get("text") == "!roll":
                await client.send(event["target"], f"{event['from']['nick']}: {random.randint(1, 6)}")


run(main)
