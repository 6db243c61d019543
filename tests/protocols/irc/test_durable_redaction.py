"""Taking back what was said is answered when it can no longer come again."""

from __future__ import annotations

from tests.disk import Disk
from tests.world import World

CAPS = "message-tags echo-message draft/message-redaction"


def test_who_takes_something_back_waits_for_the_disk_and_the_others_do_not(world: World) -> None:
    disk = Disk.of(world)
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    alice.read()
    (said,) = alice.ask("PRIVMSG #tea :oh no")
    msgid = said.split("msgid=")[1].split(" ")[0]
    bob.read()
    disk.hold()
    assert alice.ask(f"REDACT #tea {msgid}") == []
    (told,) = bob.read()
    assert told.endswith(f" :alice!alice@192.0.2.1 REDACT #tea {msgid}")
    disk.go_on()
    world.settle()
    assert alice.read() == [told]
