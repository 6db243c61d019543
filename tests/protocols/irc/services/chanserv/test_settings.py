"""ChanServ: what founders set of a channel, and who sees it."""

from __future__ import annotations

import pytest

from tests.protocols.irc.services.chanserv.told import ALICE, BOB, give, tell
from tests.protocols.irc.services.said import texts
from tests.world import Client, World


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DESCRIPTION", "Green and black", "Green and black"),
        ("DESC", "x", "x"),
        ("URL", "https://tea.example/", "https://tea.example/"),
        ("EMAIL", "us@tea.example", "us@tea.example"),
        ("ENTRYMSG", "Milk comes first", "Milk comes first"),
        ("entry-message", "x", "x"),
        ("MLOCK", "+nt-k", "ntk"),
        ("KEEP-MODES", "t", "t"),
        ("PRIVATE", "ON", "on"),
    ],
)
def test_settings_are_set_shown_and_taken_away(alice: Client, name: str, value: str, shown: str) -> None:
    *_, said = tell(alice, f"SET #tea {name} {value}")
    assert said.endswith(f" of #tea is set to: {value}")
    called = said.partition(" ")[0]
    assert tell(alice, f"GET #tea {name}") == [f"{called} of #tea: {shown}"]
    assert tell(alice, f"SET #tea {name}") == [f"{called} of #tea is not set any more."]
    assert tell(alice, f"GET #tea {name}") == [f"{called} of #tea is not set."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("NONSENSE x", "NONSENSE cannot be set so: there are DESCRIPTION, "),
        ("MLOCK o", "MLOCK cannot be set so: no mode to be kept is o."),
        ("MLOCK n!", "MLOCK cannot be set so: no mode to be kept is !."),
        ("PRIVATE maybe", "private cannot be set so: on or off."),
        ("URL here", "url cannot be set so: an address such as"),
        ("EMAIL me", "email cannot be set so: an e-mail address."),
    ],
)
def test_what_cannot_be_set_is_said(alice: Client, words: str, said: str) -> None:
    (line,) = tell(alice, f"SET #tea {words}")
    assert line.startswith(said)


def test_settings_are_for_founders(alice: Client, bob: Client) -> None:
    give(alice, "+a")
    refused = ["Your account does not have the access to #tea that this needs."]
    assert tell(bob, "SET #tea DESC x") == refused
    assert tell(bob, "GET #tea DESC") == refused


def test_who_joins_is_told_the_address_and_the_message(world: World, alice: Client) -> None:
    tell(alice, "SET #tea URL https://tea.example/")
    tell(alice, "SET #tea ENTRYMSG Milk comes first")
    dave = world.irc("dave")
    assert texts(dave.ask("JOIN #tea"), "ChanServ")[-2:] == [
        ":irc.test 328 dave #tea :https://tea.example/",
        "[#tea] Milk comes first",
    ]
    assert not [line for line in alice.read() if "Milk" in line]


def test_kept_modes_have_a_numeric(alice: Client, bob: Client) -> None:
    tell(alice, "SET #tea MLOCK m")
    give(alice, "+o")
    bob.read()
    assert bob.ask("MODE #tea +ms") == [
        f":{BOB} MODE #tea +s",
        ":irc.test 742 bob #tea m m :The founder of the channel keeps this mode as it is",
    ]
    assert alice.ask("MODE #tea +m")[-1] == f":{ALICE} MODE #tea +m"
