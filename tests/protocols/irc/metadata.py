"""What tests of metadata have in common."""

from __future__ import annotations

from tests.world import Client

SECOND = "batch draft/metadata-2"
THIRD = "batch draft/metadata-3"


def set_values(client: Client, *keys: str, target: str = "*") -> None:
    for key in keys:
        (line,) = client.ask(f"METADATA {target} SET {key} :{key} it is")
        assert " 761 " in line


def batched(lines: list[str]) -> tuple[str, list[str]]:
    """What comes behind the reference of a batch, and its lines without their tag and server."""
    first, *inner, last = lines
    reference = first.partition(" BATCH +")[2].partition(" ")[0]
    assert last == f":irc.test BATCH -{reference}"
    head = f"@batch={reference} :irc.test "
    assert all(line.startswith(head) for line in inner)
    return first.partition(f" BATCH +{reference} ")[2], [line.removeprefix(head) for line in inner]


def unbatched(lines: list[str]) -> list[str]:
    """Lines without those that begin and end batches, their tags and the server."""
    plain = [line.partition(":irc.test ")[2] for line in lines if ":irc.test " in line]
    return [line for line in plain if not line.startswith("BATCH ")]


def told(caps: str, nick: str, target: str, key: str, value: str | None) -> str:
    """How a client is told, unasked, what a key is."""
    if caps == SECOND:
        return f":irc.test METADATA {target} {key} *" + ("" if value is None else f" :{value}")
    return (
        f":irc.test 766 {nick} {target} {key} :Key not set"
        if value is None
        else (f":irc.test 761 {nick} {target} {key} * :{value}")
    )
