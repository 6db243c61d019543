"""ChanServ: what founders set of a channel, and who sees it."""

from __future__ import annotations

import pytest

from chatdaemon.history.settings import Channels, HistorySettings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in
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
        ("DESC", "on", "on"),
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
    ("name", "value", "shown", "default"),
    [
        ("HISTORY", "OFF", "off", "what is said is kept"),
        ("CUTOFF", "join", "join", "members read all of it"),
        ("HISTORY-CUTOFF", "registration", "registration", "members read all of it"),
        ("MAXAGE", "30d", "30d (the server's limit: for ever)", "for ever"),
        ("MAX-AGE", "1d12h", "36h (the server's limit: for ever)", "for ever"),
        ("MAXMESSAGES", "500", "500 (the server's limit: all messages)", "all messages"),
    ],
)
def test_what_is_kept_is_set_shown_and_taken_away(
    alice: Client, name: str, value: str, shown: str, default: str
) -> None:
    said = tell(alice, f"SET #tea {name} {value}")
    called = said[0].partition(" ")[0]
    assert said[0] == f"{called} of #tea is set to: {value}"
    assert tell(alice, f"GET #tea {name}") == [f"{called} of #tea: {shown}"]
    nothing = "on" if called == "HISTORY" else "default"
    assert tell(alice, f"SET #tea {name} {nothing}")[0] == f"{called} of #tea is set to: {nothing}"
    assert tell(alice, f"GET #tea {name}") == [f"{called} of #tea is not set: {default}."]


def test_info_tells_what_is_kept(alice: Client) -> None:
    def told() -> str:
        (line,) = [line for line in tell(alice, "INFO #tea") if line.startswith("  History")]
        return line.removeprefix("  History").strip()

    assert told() == "members read all of it"
    tell(alice, "SET #tea CUTOFF join")
    tell(alice, "SET #tea MAXAGE 2d")
    tell(alice, "SET #tea MAXMESSAGES 10")
    assert told() == (
        "members read what was said since they joined; messages are kept for 2d; the last 10 are kept"
    )
    tell(alice, "SET #tea HISTORY off")
    assert told() == "nothing that is said is kept"


def test_the_servers_limits_are_told(make_world: MakeWorld) -> None:
    world = make_world(history=HistorySettings(channels=Channels.NONE, max_age=86_400_000, max_messages=9))
    alice = world.irc("alice")
    log_in(alice, "alice")
    alice.send("JOIN #tea", "CS REGISTER #tea")
    alice.read()
    limit = "What the server has is the most there can be:"
    assert tell(alice, "SET #tea MAXAGE 30d")[1] == f"{limit} 1d."
    assert tell(alice, "SET #tea MAXMESSAGES 30")[1] == f"{limit} 9."
    assert tell(alice, "GET #tea HISTORY") == [
        "HISTORY of #tea is not set: the last messages are kept in memory."
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("HISTORY maybe", "history cannot be set so: off or on."),
        ("CUTOFF yesterday", "cutoff cannot be set so: none, join, registration or default."),
        ("MAXAGE 5", "max-age cannot be set so: a number from 60 to 3153600000, or default."),
        ("MAXAGE soon", "max-age cannot be set so: a number from 60"),
        ("MAXMESSAGES 0", "max-messages cannot be set so: a number from 1"),
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
