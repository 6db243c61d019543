"""What services say, without the head of each notice."""

from __future__ import annotations

from tests.world import Client


def says(client: Client, service: str, words: str) -> list[str]:
    """The texts that the service answers, and whatever else the client is sent then as it is."""
    return texts(client.ask(f"PRIVMSG {service} :{words}"), service)


def texts(lines: list[str], service: str) -> list[str]:
    """Lines, those that are notices of the service as their texts alone."""
    head = f":{service}!{service}@irc.test NOTICE "
    return [line.partition(" :")[2] if line.startswith(head) else line for line in lines]
