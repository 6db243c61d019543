"""Who may speak in a channel, and how."""

from __future__ import annotations

from tests.protocols.irc.given import log_in
from tests.world import Client, World

ALICE = ":alice!alice@192.0.2.1"
BOB = ":bob!bob@192.0.2.1"
CAROL = ":carol!carol@192.0.2.1"
BOLD, COLOUR, CTCP = "\x02", "\x03", "\x01"


def stage(world: World, modes: str) -> tuple[Client, Client]:
    """Alice's #talk with these modes, and Bob in it."""
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #talk")
    bob.send("JOIN #talk")
    alice.send(f"MODE #talk {modes}")
    alice.read()
    bob.read()
    return alice, bob


def says(client: Client, text: str, command: str = "PRIVMSG") -> list[str]:
    """What somebody is told who says this in the channel: nothing where it goes out."""
    return client.ask(f"{command} #talk :{text}")


def test_m_in_a_moderated_channel_the_voiced_speak(world: World) -> None:
    alice, bob = stage(world, "+m")
    assert says(bob, "hello") == [":irc.test 404 bob #talk :Cannot send to channel"]
    assert says(alice, "one at a time") == []
    assert bob.read() == [f"{ALICE} PRIVMSG #talk :one at a time"]
    alice.send("MODE #talk +v bob")
    assert says(bob, "thank you") == []
    assert alice.read()[-1] == f"{BOB} PRIVMSG #talk :thank you"


def test_n_messages_from_outside_come_in_only_without_it(world: World) -> None:
    alice, _ = stage(world, "+n")
    carol = world.irc("carol")
    assert says(carol, "psst") == [":irc.test 404 carol #talk :Cannot send to channel"]
    alice.ask("MODE #talk -n")
    assert says(carol, "psst") == []
    assert alice.read() == [f"{CAROL} PRIVMSG #talk :psst"]
    alice.send("MODE #talk +m")
    assert says(carol, "psst") == [":irc.test 404 carol #talk :Cannot send to channel"]


def test_M_only_who_is_logged_in_or_has_a_voice_speaks(world: World) -> None:
    alice, bob = stage(world, "+M")
    assert says(bob, "hi") == [":irc.test 404 bob #talk :Cannot send to channel (+M): you must be logged in"]
    log_in(bob, "bobby")
    assert says(bob, "hi") == []
    carol = world.irc("carol")
    carol.send("JOIN #talk")
    alice.send("MODE #talk +v carol")
    assert says(carol, "hi") == []


def test_C_no_ctcp_but_actions(world: World) -> None:
    alice, bob = stage(world, "+C")
    assert says(bob, f"{CTCP}VERSION{CTCP}") == [":irc.test 404 bob #talk :Cannot send CTCP to channel (+C)"]
    assert says(bob, f"{CTCP}ACTION waves{CTCP}") == []
    assert alice.read() == [f"{BOB} PRIVMSG #talk :{CTCP}ACTION waves{CTCP}"]
    # Rank is no help: this mode is there for those who would answer.
    assert says(alice, f"{CTCP}VERSION{CTCP}") == [
        ":irc.test 404 alice #talk :Cannot send CTCP to channel (+C)"
    ]


def test_c_colours_are_taken_out(world: World) -> None:
    alice, bob = stage(world, "+c")
    assert says(bob, f"{BOLD}so{BOLD} {COLOUR}04,12colourful") == []
    assert alice.read() == [f"{BOB} PRIVMSG #talk :so colourful"]
    assert says(bob, f"{COLOUR}4{BOLD}") == [":irc.test 412 bob :No text to send"]
    alice.send("MODE #talk -c")
    says(bob, f"{BOLD}so")
    assert alice.read()[-1] == f"{BOB} PRIVMSG #talk :{BOLD}so"


def test_T_no_notices_but_from_those_who_look_after_the_channel(world: World) -> None:
    alice, bob = stage(world, "+T")
    # A notice is never answered, not even by the server.
    assert says(bob, "beep", "NOTICE") == []
    assert says(bob, "hello") == []
    assert alice.read() == [f"{BOB} PRIVMSG #talk :hello"]
    assert says(alice, "closing soon", "NOTICE") == []
    assert bob.read() == [f"{ALICE} NOTICE #talk :closing soon"]


def test_b_who_is_banned_or_muted_in_the_channel_is_silent_there(world: World) -> None:
    alice, bob = stage(world, "+b bob")
    silent = [":irc.test 404 bob #talk :Cannot send to channel (+b): you are banned or muted"]
    assert says(bob, "hello") == silent
    assert bob.ask("NICK robert") == [
        ":irc.test 435 bob robert #talk :Cannot change nickname while banned or muted on channel"
    ]
    alice.send("MODE #talk -b+b bob ~m:*!*@192.0.2.*")
    bob.read()
    assert says(bob, "hello") == silent
    alice.send("MODE #talk +v bob")
    bob.read()
    assert says(bob, "hello") == []


def test_a_mute_lets_people_in_and_an_exception_lets_them_speak(world: World) -> None:
    alice, _ = stage(world, "+b ~mute:carol!*@*")
    carol = world.irc("carol")
    assert carol.ask("JOIN #talk")[0] == f"{CAROL} JOIN #talk"
    assert says(carol, "hi") == [
        ":irc.test 404 carol #talk :Cannot send to channel (+b): you are banned or muted"
    ]
    alice.send("MODE #talk +e ~m:carol")
    carol.read()
    assert says(carol, "hi") == []


def test_extended_mutes_look_at_accounts_realnames_and_channels(world: World) -> None:
    alice, bob = stage(world, "+b ~m:~!a")
    silent = [":irc.test 404 bob #talk :Cannot send to channel (+b): you are banned or muted"]
    assert says(bob, "hi") == silent
    log_in(bob, "bobby")
    assert says(bob, "hi") == []
    alice.send("MODE #talk +b ~m:~r:Bob*")
    bob.read()
    assert says(bob, "hi") == silent
    alice.send("MODE #talk -b+b ~m:~r:Bob* ~m:~c:@#pit")
    bob.read()
    assert says(bob, "hi") == []
    bob.send("JOIN #pit")
    assert says(bob, "hi") == silent


def test_a_message_to_a_rank_reaches_that_rank_and_those_above(world: World) -> None:
    alice, bob = stage(world, "+v bob")
    carol, dave = world.irc("carol"), world.irc("dave", caps="echo-message")
    for client in (carol, dave):
        client.send("JOIN #talk")
    alice.send("MODE #talk +h carol")
    for client in (alice, bob, carol, dave):
        client.read()
    assert bob.ask("PRIVMSG @#talk :for operators") == []
    assert alice.read() == [f"{BOB} PRIVMSG @#talk :for operators"]
    assert carol.read() == dave.read() == []
    assert alice.ask("NOTICE %#talk :for half-operators") == []
    assert carol.read() == [f"{ALICE} NOTICE %#talk :for half-operators"]
    assert bob.read() == []
    assert carol.ask("PRIVMSG +#talk :for the voiced") == []
    assert bob.read() == alice.read() == [f"{CAROL} PRIVMSG +#talk :for the voiced"]
    # Who has no rank there still sees its own echo.
    assert dave.ask("PRIVMSG @#talk :help") == [":dave!dave@192.0.2.1 PRIVMSG @#talk :help"]
    assert alice.read() == [":dave!dave@192.0.2.1 PRIVMSG @#talk :help"]
