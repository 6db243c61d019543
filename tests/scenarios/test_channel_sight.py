"""What is seen and what is not: secret channels, auditoriums, topics, nick changes."""

from __future__ import annotations

from chatdaemon.realm.modes import Privilege
from tests.protocols.irc.given import make_operator
from tests.world import Client, World

ALICE = ":alice!alice@192.0.2.1"
BOB = ":bob!bob@192.0.2.1"
CAROL = ":carol!carol@192.0.2.1"


def hall(world: World, modes: str) -> tuple[Client, Client, Client]:
    """Alice's #hall with these modes, and Bob and Carol in it."""
    people = (world.irc("alice"), world.irc("bob"), world.irc("carol"))
    for client in people:
        client.send("JOIN #hall")
    people[0].send(f"MODE #hall {modes}")
    for client in people:
        client.read()
    return people


def test_s_a_secret_channel_is_known_to_its_members_only(world: World) -> None:
    alice, bob, _ = hall(world, "+s")
    outsider = world.irc("outsider")
    bob.send("MODE bob -i")
    bob.read()
    assert outsider.ask("LIST")[1:] == [":irc.test 323 outsider :End of /LIST"]
    assert outsider.ask("NAMES #hall") == [":irc.test 366 outsider #hall :End of /NAMES list"]
    for line in ("MODE #hall", "TOPIC #hall", "KNOCK #hall"):
        assert outsider.ask(line) == [":irc.test 403 outsider #hall :No such channel"]
    assert bob.ask("LIST")[1] == ":irc.test 322 bob #hall 3 :"
    assert alice.ask("NAMES #hall")[0] == ":irc.test 353 alice @ #hall :@alice bob carol"
    # Who knows of it comes in.
    assert outsider.ask("JOIN #hall")[0] == ":outsider!outsider@192.0.2.1 JOIN #hall"


def test_t_who_has_no_rank_sets_the_topic_only_without_it(world: World) -> None:
    alice, bob, carol = hall(world, "+t")
    assert bob.ask("TOPIC #hall :hi") == [":irc.test 482 bob #hall :You must be a channel half-operator"]
    alice.send("MODE #hall -t")
    bob.read()
    assert bob.ask("TOPIC #hall :hi") == [f"{BOB} TOPIC #hall :hi"]
    assert carol.read()[-1] == f"{BOB} TOPIC #hall :hi"


def test_N_nobody_without_rank_changes_nick(world: World) -> None:  # the mode is a capital letter
    alice, bob, _ = hall(world, "+N")
    assert bob.ask("NICK robert") == [":irc.test 447 bob :Cannot change nickname while on #hall (+N)"]
    assert alice.ask("NICK alicia") == [f"{ALICE} NICK :alicia"]
    assert bob.read() == [f"{ALICE} NICK :alicia"]
    bob.send("PART #hall")
    assert bob.ask("NICK robert")[-1] == f"{BOB} NICK :robert"


def test_u_in_an_auditorium_the_audience_sees_the_stage_only(world: World) -> None:
    alice, bob, carol = hall(world, "+u")
    assert alice.ask("NAMES #hall")[0] == ":irc.test 353 alice = #hall :@alice bob carol"
    assert bob.ask("NAMES #hall")[0] == ":irc.test 353 bob = #hall :@alice bob"

    dave = world.irc("dave")
    assert dave.ask("JOIN #hall")[:2] == [
        ":dave!dave@192.0.2.1 JOIN #hall",
        ":irc.test 353 dave = #hall :@alice dave",
    ]
    assert alice.read() == [":dave!dave@192.0.2.1 JOIN #hall"]
    assert bob.read() == carol.read() == []

    assert dave.ask("PART #hall :boring") == [":dave!dave@192.0.2.1 PART #hall :boring"]
    assert alice.read() == [":dave!dave@192.0.2.1 PART #hall :boring"]
    assert bob.read() == carol.read() == []

    carol.send("QUIT :good night")
    assert alice.read() == [f"{CAROL} QUIT :Quit: good night"]
    assert bob.read() == []


def test_u_who_is_given_a_voice_steps_on_the_stage(world: World) -> None:
    alice, bob, carol = hall(world, "+u")
    assert alice.ask("MODE #hall +v bob") == [f"{ALICE} MODE #hall +v bob"]
    assert carol.read() == [f"{ALICE} MODE #hall +v bob"]
    assert carol.ask("NAMES #hall")[0] == ":irc.test 353 carol = #hall :@alice +bob carol"
    assert bob.ask("PART #hall") == [f"{BOB} PART #hall"]
    assert carol.read() == [f"{BOB} PART #hall"]


def test_u_what_the_audience_says_is_heard_by_all(world: World) -> None:
    alice, bob, carol = hall(world, "+u")
    bob.send("PRIVMSG #hall :a question")
    assert alice.read() == carol.read() == [f"{BOB} PRIVMSG #hall :a question"]


def test_u_a_kick_from_the_audience_is_between_the_operators_and_the_kicked(world: World) -> None:
    alice, bob, carol = hall(world, "+u")
    assert alice.ask("KICK #hall bob :quiet") == [f"{ALICE} KICK #hall bob :quiet"]
    assert bob.read() == [f"{ALICE} KICK #hall bob :quiet"]
    assert carol.read() == []


def test_what_an_operator_forces_is_seen_by_the_members(world: World) -> None:
    alice, bob, carol = hall(world, "+im")
    make_operator(carol, Privilege.OVERRIDE)
    dave = world.irc("dave")
    carol.send("SAJOIN dave #hall", "SAMODE #hall +v dave", "SAPART dave #hall :that will do")
    seen = [
        ":dave!dave@192.0.2.1 JOIN #hall",
        f"{CAROL} MODE #hall +v dave",
        ":dave!dave@192.0.2.1 PART #hall :that will do",
    ]
    assert alice.read() == bob.read() == seen
    assert [line for line in dave.read() if not line.startswith(":irc.test")] == seen


def test_limits_hold_and_are_said_in_isupport(world: World) -> None:
    welcome = world.irc("alice").ask("VERSION")
    tokens = {word for line in welcome if " 005 " in line for word in line.split(" ")}
    assert {"MODES=12", "MAXLIST=beI:100", "PREFIX=(qaohv)~&@%+", "STATUSMSG=~&@%+"} <= tokens
    assert {"CHANMODES=Ibe,k,fl,CEMNRTUcimnstu", "ELIST=CMNTU", "SAFELIST", "EXTBAN=~,acmrt"} <= tokens
    alice = world.irc("alice2")
    alice.send("JOIN #hall")
    for start in range(0, 96, 12):
        alice.send(f"MODE #hall +{'b' * 12} {' '.join(f'n{n}' for n in range(start, start + 12))}")
    assert len(alice.ask("MODE #hall b")) == 97
    full = alice.ask("MODE #hall +bbbbb a b c d e")
    assert full[-1] == ":irc.test 478 alice2 #hall e!*@* :Channel list is full"
    assert len(alice.ask("MODE #hall b")) == 101
