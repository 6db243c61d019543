from __future__ import annotations

import pytest

from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Redaction, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import make_operator
from tests.world import Client, World

CAPS = "draft/message-redaction message-tags"


def id_of(line: str) -> str:
    """The message id of a line."""
    tags = line[1:].partition(" ")[0].split(";")
    (found,) = [tag.removeprefix("msgid=") for tag in tags if tag.startswith("msgid=")]
    return found


def without_id(lines: list[str]) -> list[str]:
    return [line.partition(" ")[2] if line.startswith("@msgid=") else line for line in lines]


@pytest.fixture
def people(world: World) -> tuple[Client, Client, Client]:
    """alice is operator of #x; bob and carol are members, and carol does not know of redaction."""
    alice, bob, carol = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS), world.irc("carol")
    for client in (alice, bob, carol):
        client.send("JOIN #x")
    for client in (alice, bob, carol):
        client.read()
    return alice, bob, carol


def test_everybody_who_understands_it_is_told_what_was_taken_back(
    people: tuple[Client, Client, Client],
) -> None:
    alice, bob, carol = people
    bob.send("PRIVMSG #x :oops")
    msgid = id_of(alice.read()[0])
    carol.read()
    assert without_id(bob.ask(f"REDACT #X {msgid} :a slip")) == [
        f":bob!bob@192.0.2.1 REDACT #x {msgid} :a slip"
    ]
    (line,) = alice.read()
    assert without_id([line]) == [f":bob!bob@192.0.2.1 REDACT #x {msgid} :a slip"]
    assert id_of(line) > msgid
    assert carol.read() == []


def test_without_a_reason_none_is_made_up(people: tuple[Client, Client, Client]) -> None:
    alice, bob, _ = people
    bob.send("NOTICE #x :spam")
    msgid = id_of(alice.read()[0])
    assert without_id(alice.ask(f"REDACT #x {msgid}")) == [f":alice!alice@192.0.2.1 REDACT #x {msgid}"]
    assert without_id(bob.read()) == [f":alice!alice@192.0.2.1 REDACT #x {msgid}"]


def test_what_was_taken_back_is_not_there_to_be_taken_back_again(
    people: tuple[Client, Client, Client],
) -> None:
    alice, bob, _ = people
    bob.send("PRIVMSG #x :oops")
    msgid = id_of(alice.read()[0])
    bob.send(f"REDACT #x {msgid}")
    unknown = f":irc.test FAIL REDACT UNKNOWN_MSGID #x {msgid} :This message does not exist or is too old"
    assert bob.ask(f"REDACT #x {msgid}") == [unknown]


def test_a_private_message_is_taken_back_from_its_receiver(people: tuple[Client, Client, Client]) -> None:
    alice, bob, _ = people
    bob.send("PRIVMSG alice :oops")
    msgid = id_of(alice.read()[0])
    assert alice.ask(f"REDACT bob {msgid}") == [
        f":irc.test FAIL REDACT REDACT_FORBIDDEN bob {msgid} :You may not delete this message"
    ]
    assert without_id(bob.ask(f"REDACT ALICE {msgid}")) == [f":bob!bob@192.0.2.1 REDACT alice {msgid}"]
    assert without_id(alice.read()) == [f":bob!bob@192.0.2.1 REDACT alice {msgid}"]


def test_a_reaction_is_taken_back(people: tuple[Client, Client, Client]) -> None:
    alice, bob, _ = people
    bob.send("@+draft/react=x;+draft/reply=00 TAGMSG #x")
    msgid = id_of(alice.read()[0])
    bob.send(f"REDACT #x {msgid}")
    assert without_id(alice.read()) == [f":bob!bob@192.0.2.1 REDACT #x {msgid}"]


def test_a_relayed_message_is_taken_back_by_who_relayed_it(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} draft/relaymsg")
    alice.send("JOIN #x")
    msgid = id_of(alice.ask("RELAYMSG #x zoe/d :hi")[0].replace("draft/relaymsg=alice;", ""))
    assert without_id(alice.ask(f"REDACT #x {msgid}")) == [f":alice!alice@192.0.2.1 REDACT #x {msgid}"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("REDACT #none 00ab", "INVALID_TARGET #none :You cannot delete messages in #none"),
        ("REDACT nobody 00ab", "INVALID_TARGET nobody :You cannot delete messages in nobody"),
        ("REDACT :a b c", None),
        ("REDACT #x 00ab", "UNKNOWN_MSGID #x 00ab :This message does not exist or is too old"),
        ("REDACT #x :00 :ab", "UNKNOWN_MSGID #x 00 :This message does not exist or is too old"),
        (
            f"REDACT #x {'a' * 400}",
            f"UNKNOWN_MSGID #x {'a' * 64} :This message does not exist or is too old",
        ),
    ],
)
def test_what_cannot_be_is_said(
    people: tuple[Client, Client, Client], command: str, said: str | None
) -> None:
    wanted = "461 bob REDACT :Not enough parameters" if said is None else f"FAIL REDACT {said}"
    assert people[1].ask(command) == [f":irc.test {wanted}"]


def test_what_others_said_is_theirs(people: tuple[Client, Client, Client]) -> None:
    alice, bob, _ = people
    alice.send("PRIVMSG #x :hi")
    msgid = id_of(bob.read()[0])
    forbidden = f":irc.test FAIL REDACT REDACT_FORBIDDEN #x {msgid} :"
    assert bob.ask(f"REDACT #x {msgid}") == [f"{forbidden}You may not delete this message"]


def test_who_may_not_speak_cannot_do_it_by_a_reason(people: tuple[Client, Client, Client]) -> None:
    alice, bob, _ = people
    bob.send("PRIVMSG #x :oops")
    msgid = id_of(alice.read()[0])
    alice.send("MODE #x +b ~m:bob")
    assert bob.ask(f"REDACT #x {msgid} :but still")[-1] == (
        f":irc.test FAIL REDACT REDACT_FORBIDDEN #x {msgid} :You are banned or muted in #x"
    )


def test_after_the_window_it_is_too_late(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(redaction=Redaction.AUTHORS, redaction_window=60_000))
    alice = world.irc("alice", caps=f"{CAPS} echo-message")
    alice.send("JOIN #x")
    msgid = id_of(alice.ask("PRIVMSG #x :oops")[0])
    world.pass_time(61)
    late = f":irc.test FAIL REDACT REDACT_WINDOW_EXPIRED #x {msgid} 60 :This message can no longer be deleted"
    assert alice.ask(f"REDACT #x {msgid}") == [late]
    make_operator(alice, Privilege.OVERRIDE)
    assert without_id(alice.ask(f"REDACT #x {msgid}")) == [f":alice!alice@192.0.2.1 REDACT #x {msgid}"]


def test_without_the_capability_there_is_no_such_command(people: tuple[Client, Client, Client]) -> None:
    carol = people[2]
    assert carol.ask("REDACT #x 00ab") == [":irc.test 421 carol REDACT :Unknown command"]


def test_before_registration_there_is_nothing_to_take_back(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("REDACT #x 00ab") == [":irc.test 451 * :You have not registered"]


def test_the_answer_has_the_label(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} batch labeled-response echo-message")
    alice.send("JOIN #x")
    msgid = id_of(alice.ask("PRIVMSG #x :oops")[0])
    (done,) = alice.ask(f"@label=a1 REDACT #x {msgid}")
    assert done.startswith("@label=a1;msgid=")
    assert done.endswith(f":alice!alice@192.0.2.1 REDACT #x {msgid}")
    (refused,) = alice.ask(f"@label=a2 REDACT #x {msgid}")
    assert refused.startswith("@label=a2 :irc.test FAIL REDACT UNKNOWN_MSGID ")
