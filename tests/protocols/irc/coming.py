"""Clients of one account: how they come to their user."""

from __future__ import annotations

from tests.world import Client, World


def come(
    world: World, caps: str = "", device: str = "", *, nick: str = "alice", secure: bool = False
) -> Client:
    """One more client of the account "alice" (password "sesame"), its welcome not read yet."""
    world.account("alice")
    client = world.connect_irc(secure=secure, address="192.0.2.9")
    if caps:
        client.send("CAP LS 302", f"CAP REQ :{caps}")
        client.read()
    name = f"alice@{device}" if device else "alice"
    client.send(f"PASS {name}:sesame", f"NICK {nick}", "USER alice 0 * :Alice Example")
    if caps:
        client.send("CAP END")
    return client


def here(world: World, caps: str = "", device: str = "") -> Client:
    """The same, and its welcome is read."""
    client = come(world, caps, device)
    assert any(" 001 alice " in line for line in client.read())
    return client
