from __future__ import annotations

import pytest

from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

STAGE = "npc.fakeuser.invalid"
BOTH = Settings(channel_flags=(), roleplay=True)


@pytest.fixture
def people(make_world: MakeWorld) -> tuple[World, Client, Client]:
    """alice, an operator of #x, and bob, on a server with roleplay."""
    world = make_world(settings=BOTH)
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x", "MODE #x +E")
    bob.send("JOIN #x")
    alice.read()
    bob.read()
    return world, alice, bob


def test_a_character_speaks_acts_and_things_happen(people: tuple[World, Client, Client]) -> None:
    _, alice, bob = people
    lines = [
        f":*gandalf*!bob@{STAGE} PRIVMSG #x :You cannot pass!",
        f":*gandalf*!bob@{STAGE} PRIVMSG #x :\x01ACTION stands still\x01",
        f":=Scene=!bob@{STAGE} PRIVMSG #x :The bridge breaks.",
    ]
    # Whoever speaks so sees it, too: no client shows its own NPC by itself.
    assert (
        bob.ask(
            "NPC #X gandalf :You cannot pass!",
            "NPCA #x gandalf :stands still",
            "SCENE #x :The bridge breaks.",
        )
        == lines
    )
    assert alice.read() == lines


def test_what_is_said_on_a_stage_is_one_answer(people: tuple[World, Client, Client]) -> None:
    world, alice, _ = people
    carol = world.irc("carol", caps="batch labeled-response message-tags echo-message")
    carol.send("JOIN #x")
    alice.read()
    (line,) = carol.ask("@label=7 SCENE #x :Night falls.")
    tags, _, rest = line.partition(" ")
    assert tags.startswith("@label=7;msgid=")
    assert [rest] == alice.read() == [f":=Scene=!carol@{STAGE} PRIVMSG #x :Night falls."]


def test_programs_are_told_who_speaks(people: tuple[World, Client, Client]) -> None:
    world, _, bob = people
    robot = world.json("robot")
    robot.ok(op="join", channel="#x")
    bob.send("NPC #x gandalf :hm")
    (event,) = robot.hear()
    assert (event["event"], event["character"], event["text"]) == ("portrayed", "gandalf", "hm")
    assert event["from"]["nick"] == "bob"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (
            "NPC #x 1st :hm",
            ":irc.test 573 bob #x :A nickname must begin with a letter or one of [ ] \\ ` _ ^ { | }",
        ),
        ("NPC #x x :\x01VERSION\x01", ":irc.test 573 bob #x :Nobody on a stage sends CTCP"),
        ("NPC #none x :hm", ":irc.test 403 bob #none :No such channel"),
        ("NPC alice x :hm", ":irc.test 403 bob alice :No such channel"),
        ("NPC #x x", ":irc.test 461 bob NPC :Not enough parameters"),
        ("SCENE #x", ":irc.test 461 bob SCENE :Not enough parameters"),
        ("SCENE #x :", ":irc.test 412 bob :No text to send"),
    ],
)
def test_what_cannot_be_played_is_refused(
    people: tuple[World, Client, Client], line: str, answer: str
) -> None:
    _, alice, bob = people
    assert bob.ask(line) == [answer]
    assert alice.read() == []


def test_a_character_stays_out_of_the_line_it_is_refused_in(people: tuple[World, Client, Client]) -> None:
    _, _, bob = people
    (line,) = bob.ask(f"NPC #x :{'x y' * 100} :hm", f"NPC #x {'x' * 300} :hm")[1:]
    assert line.startswith(":irc.test 573 bob #x :")


def test_the_channel_says_whether_there_is_roleplay(people: tuple[World, Client, Client]) -> None:
    _, alice, bob = people
    alice.send("MODE #x -E")
    bob.read()
    assert bob.ask("NPC #x x :hm") == [":irc.test 573 bob #x :The channel has no roleplay (mode E)"]


def test_the_server_says_whether_there_is_roleplay(world: World, make_world: MakeWorld) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #x", "MODE #x +E")
    assert alice.ask("SCENE #x :hm") == [":irc.test 573 alice #x :This server has no roleplay"]
    for made, told in ((world, False), (make_world(settings=BOTH), True)):
        client = made.connect_irc()
        client.send("NICK bob", "USER bob 0 * :Bob")
        assert any(" RPCHAN=E " in line for line in client.read()) == told


def test_what_is_said_in_secret_on_a_stage_is_for_the_operators(people: tuple[World, Client, Client]) -> None:
    world, alice, bob = people
    carol = world.irc("carol")
    carol.send("JOIN #x")
    alice.send("MODE #x +mU")
    for client in (alice, bob, carol):
        client.read()
    line = f":*x*!bob@{STAGE} PRIVMSG @#x :hm"
    assert bob.ask("NPC #x x :hm") == [line]
    assert (alice.read(), carol.read()) == ([line], [])
