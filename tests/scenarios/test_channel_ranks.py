"""What each rank may do: founder ~, administrator &, operator @, half-operator %, voice +."""

from __future__ import annotations

import pytest

from chatdaemon.realm.modes import Rank
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

RANKS = "qaohv"
PREFIXES = "~&@%+"


class Staff:
    """#deck with one member of each rank, and a member with none. Each is named after the rank."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = {
            nick: world.irc(nick) for nick in ("founder", "admin", "op", "halfop", "voice", "nobody")
        }
        for client in self.people.values():
            client.send("JOIN #deck")
        self["founder"].send("MODE #deck +aohv admin op halfop voice")
        self.hush()

    def __getitem__(self, nick: str) -> Client:
        return self.people[nick]

    def hush(self) -> None:
        for client in self.people.values():
            client.read()

    def does(self, nick: str, line: str) -> bool:
        """Whether what somebody asks is done: everybody sees it, and nothing is refused."""
        self.hush()
        answer = self[nick].ask(line)
        seen = self["nobody"].read()
        done = all(each.startswith(f":{nick}!") for each in answer) and bool(answer)
        assert done == bool(seen) or nick == "nobody"
        if not done:
            assert all(" 482 " in each for each in answer), answer
        return done


@pytest.fixture
def deck(make_world: MakeWorld) -> Staff:
    return Staff(make_world(settings=Settings(creator_rank=Rank.FOUNDER)))


def test_each_rank_has_its_prefix(deck: Staff) -> None:
    assert deck["nobody"].ask("NAMES #deck")[0] == (
        ":irc.test 353 nobody = #deck :~founder &admin @op %halfop +voice nobody"
    )


def test_of_several_ranks_the_highest_is_shown_and_all_with_multi_prefix(deck: Staff) -> None:
    founder = deck["founder"]
    assert founder.ask("MODE #deck +qaohv op op op op op") == [
        ":founder!founder@192.0.2.1 MODE #deck +qahv op op op op"
    ]
    assert "~op" in founder.ask("NAMES #deck")[0].split(" ")
    multi = deck.world.irc("multi", caps="multi-prefix")
    assert "~&@%+op" in multi.ask("JOIN #deck", "NAMES #deck")[-2].split(" ")


@pytest.mark.parametrize(
    ("letter", "givers"),
    [
        ("q", ["founder"]),
        ("a", ["founder"]),
        ("o", ["founder", "admin", "op"]),
        ("h", ["founder", "admin", "op"]),
        ("v", ["founder", "admin", "op", "halfop"]),
    ],
)
def test_who_gives_and_takes_each_rank(deck: Staff, letter: str, givers: list[str]) -> None:
    for nick in ("nobody", "voice", "halfop", "op", "admin", "founder"):
        assert deck.does(nick, f"MODE #deck +{letter} nobody") == (nick in givers)
        deck["founder"].send(f"MODE #deck -{letter} nobody")
    assert deck.does("founder", f"MODE #deck +{letter} nobody")
    assert deck.does("founder", f"MODE #deck -{letter} nobody")


def test_nobody_takes_a_rank_from_above(deck: Staff) -> None:
    assert not deck.does("op", "MODE #deck -q founder")
    assert not deck.does("op", "MODE #deck -a admin")
    assert not deck.does("halfop", "MODE #deck -o op")
    deck["founder"].send("MODE #deck +v founder")
    deck.hush()
    assert deck["halfop"].ask("MODE #deck -v founder") == [
        ":irc.test 482 halfop #deck :founder has a rank that you cannot act on"
    ]


def test_everybody_may_step_down(deck: Staff) -> None:
    for nick, letter in (("founder", "q"), ("admin", "a"), ("op", "o"), ("halfop", "h"), ("voice", "v")):
        assert deck.does(nick, f"MODE #deck -{letter} {nick}")


@pytest.mark.parametrize(
    ("nick", "kicks"),
    [
        ("founder", ["admin", "op", "halfop", "voice", "nobody"]),
        ("admin", ["op", "halfop", "voice", "nobody"]),
        ("op", ["halfop", "voice", "nobody"]),
        ("halfop", ["voice", "nobody"]),
        ("voice", []),
    ],
)
def test_who_kicks_whom(deck: Staff, nick: str, kicks: list[str]) -> None:
    kicked = []
    for target in ("founder", "admin", "op", "halfop", "voice", "nobody"):
        deck.hush()
        if target != nick:
            (answer,) = deck[nick].ask(f"KICK #deck {target}")
            if answer == f":{nick}!{nick}@192.0.2.1 KICK #deck {target} :{nick}":
                kicked.append(target)
            else:
                assert " 482 " in answer
    assert kicked == kicks


@pytest.mark.parametrize(
    ("change", "least"),
    [
        *((f"+{letter}", "halfop") for letter in "imsCcRMTN"),
        *((f"-{letter}", "halfop") for letter in "nt"),
        ("+k key", "halfop"),
        ("+l 20", "halfop"),
        ("+b mask", "halfop"),
        ("+e mask", "halfop"),
        ("+I mask", "halfop"),
        ("+u", "op"),
    ],
)
def test_the_rank_that_each_mode_needs(deck: Staff, change: str, least: str) -> None:
    order = ["voice", "halfop", "op"]
    for nick in order:
        done = deck.does(nick, f"MODE #deck {change}")
        assert done == (order.index(nick) >= order.index(least))
        if done:
            break


def test_half_operators_set_the_topic_and_invite(deck: Staff) -> None:
    deck["op"].send("MODE #deck +i")
    outsider = deck.world.irc("outsider")
    for nick in ("nobody", "voice"):
        deck.hush()
        assert deck[nick].ask("TOPIC #deck :mine") == [
            f":irc.test 482 {nick} #deck :You must be a channel half-operator"
        ]
        assert deck[nick].ask("INVITE outsider #deck") == [
            f":irc.test 482 {nick} #deck :You must be a channel half-operator"
        ]
    assert deck.does("halfop", "TOPIC #deck :ours")
    assert deck["halfop"].ask("INVITE outsider #deck") == [":irc.test 341 halfop outsider #deck"]
    assert outsider.read() == [":halfop!halfop@192.0.2.1 INVITE outsider :#deck"]
