"""ChanServ: looking after a channel by the access to it."""

from __future__ import annotations

import pytest

from chatdaemon.realm.modes import ChannelList
from tests.protocols.irc.given import channel
from tests.protocols.irc.services.chanserv.told import ALICE, access, give, tell
from tests.world import Client, World


@pytest.mark.parametrize(
    ("name", "letter"), [("OWNER", "q"), ("ADMIN", "a"), ("OP", "o"), ("HALFOP", "h"), ("VOICE", "v")]
)
def test_every_rank_can_be_given_and_taken(alice: Client, bob: Client, name: str, letter: str) -> None:
    assert tell(alice, f"{name} #tea bob") == [f":{ALICE} MODE #tea +{letter} bob", "Done in #tea."]
    assert tell(alice, f"DE{name} #tea bob") == [f":{ALICE} MODE #tea -{letter} bob", "Done in #tea."]
    assert tell(bob, f"{name} #tea") == ["Your account does not have the access to #tea that this needs."]


def test_ranks_are_given_to_several_and_from_outside(world: World, alice: Client, bob: Client) -> None:
    world.irc("dave").send("JOIN #tea")
    alice.send("PART #tea")
    assert tell(alice, "VOICE #tea bob dave") == ["Done in #tea."]
    assert f":{ALICE} MODE #tea +vv bob dave" in bob.read()
    # What is wrong with one of them does not keep the others.
    assert tell(alice, "DEVOICE #tea bob nobody") == [":irc.test 401 alice nobody :No such nick/channel"]
    assert f":{ALICE} MODE #tea -v bob" in bob.read()
    assert tell(alice, "OP #tea nobody") == ["Nobody is called nobody."]


def test_up_and_down(alice: Client, bob: Client) -> None:
    assert tell(alice, "DOWN #tea") == [f":{ALICE} MODE #tea -qo alice alice", "Done in #tea."]
    assert tell(alice, "DOWN #tea") == ["Nothing has to change in #tea."]
    assert tell(alice, "UP #tea") == [f":{ALICE} MODE #tea +q alice", "Done in #tea."]
    assert tell(alice, "UP #tea bob") == ["Nothing has to change in #tea."]
    assert tell(bob, "UP #tea") == ["Your account does not have the access to #tea that this needs."]
    assert tell(alice, "DOWN #tea nobody") == ["Nobody is called nobody."]


def test_kick_with_a_reason_or_without(world: World, alice: Client, bob: Client) -> None:
    assert tell(bob, "KICK #tea alice") == ["Your account does not have the access to #tea that this needs."]
    assert tell(alice, "KICK #tea bob for  coffee") == [
        f":{ALICE} KICK #tea bob :for  coffee",
        "bob is out of #tea.",
    ]
    assert tell(alice, "KICK #tea bob") == ["bob is not in #tea."]
    bob.send("JOIN #tea")
    alice.read()
    assert tell(alice, "KICK #tea bob")[0] == f":{ALICE} KICK #tea bob :alice"


def bans(world: World) -> list[str]:
    return [entry.mask for entry in channel(world, "#tea").entries(ChannelList.BAN)]


def test_ban_and_unban(world: World, alice: Client, bob: Client) -> None:
    assert tell(alice, "BAN #tea bob") == [f":{ALICE} MODE #tea +b *!*@192.0.2.1", "Done in #tea."]
    tell(alice, "BAN #tea b?b!*@*")
    tell(alice, "BAN #tea spam!*@*")
    assert bans(world) == ["*!*@192.0.2.1", "b?b!*@*", "spam!*@*"]
    assert tell(alice, "UNBAN #tea bob") == [
        f":{ALICE} MODE #tea -bb *!*@192.0.2.1 b?b!*@*",
        "Done in #tea.",
    ]
    assert tell(alice, "UNBAN #tea") == ["No ban of #tea fits alice."]
    assert tell(alice, "UNBAN #tea spam!*@*")[-1] == "Done in #tea."
    assert bans(world) == []
    for words in ("BAN #tea alice", "UNBAN #tea"):
        assert tell(bob, words) == ["Your account does not have the access to #tea that this needs."]


def test_kickban_and_akick(world: World, alice: Client, bob: Client) -> None:
    expected = [
        f":{ALICE} MODE #tea +b *!*@192.0.2.1",
        f":{ALICE} KICK #tea bob :for coffee",
        "bob is out of #tea.",
    ]
    assert tell(alice, "KICKBAN #tea bob for coffee") == expected
    assert tell(alice, "AKICK #tea DEL *!*@192.0.2.1")[-1] == "Done in #tea."
    bob.send("JOIN #tea")
    alice.read()
    assert tell(alice, "AKICK #tea ADD bob for coffee") == expected
    assert tell(alice, "AKICK #tea ADD bob!*@*")[-1] == "Done in #tea."
    assert bans(world) == ["*!*@192.0.2.1", "bob!*@*"]
    assert tell(alice, "AKICK #tea LIST x")[0].startswith("Syntax: AKICK ")


def test_invite_opens_a_closed_channel_from_outside(world: World, alice: Client, bob: Client) -> None:
    dave = world.irc("dave")
    alice.send("MODE #tea +i", "PART #tea")
    assert tell(alice, "INVITE #tea dave") == [
        ":irc.test 341 alice dave #tea",
        "dave is invited to #tea.",
    ]
    assert dave.read() == [f":{ALICE} INVITE dave :#tea"]
    assert dave.ask("JOIN #tea")[0] == ":dave!dave@192.0.2.1 JOIN #tea"
    assert tell(alice, "INVITE #tea") == [f":{ALICE} INVITE alice :#tea", "alice is invited to #tea."]
    assert tell(alice, "INVITE #tea dave") == ["dave is in #tea already."]
    assert tell(bob, "INVITE #tea alice") == [
        "Your account does not have the access to #tea that this needs."
    ]


def test_topic_is_set_and_taken_away(world: World, alice: Client, bob: Client) -> None:
    assert tell(alice, "TOPIC #tea Green  tea") == [f":{ALICE} TOPIC #tea :Green  tea", "Done in #tea."]
    assert tell(alice, "TOPIC #tea") == [f":{ALICE} TOPIC #tea :", "Done in #tea."]
    assert tell(bob, "TOPIC #tea x") == ["Your account does not have the access to #tea that this needs."]


def test_clear_empties_lists(world: World, alice: Client, bob: Client) -> None:
    alice.send("MODE #tea +bb a!*@* b!*@*", "MODE #tea +e c!*@*", "MODE #tea +I d!*@*")
    assert tell(alice, "CLEAR #tea BANS") == [f":{ALICE} MODE #tea -bb a!*@* b!*@*", "Done in #tea."]
    assert tell(alice, "CLEAR #tea EXCEPTIONS")[0] == f":{ALICE} MODE #tea -e c!*@*"
    assert tell(alice, "CLEAR #tea INVITES")[0] == f":{ALICE} MODE #tea -I d!*@*"
    assert tell(bob, "CLEAR #tea BANS") == ["Your account does not have the access to #tea that this needs."]
    assert tell(alice, "CLEAR #tea NONSENSE")[0].startswith("Syntax: CLEAR ")


def test_clear_takes_all_access_away_ones_own_last(world: World, alice: Client, bob: Client) -> None:
    world.account("carol")
    give(alice, "+q")
    give(alice, "+o", "carol")
    assert list(access(world)) == ["bob", "carol"]
    assert tell(bob, "CLEAR #tea ACCESS") == [
        "Taking away the access of 2 accounts to #tea.",
        ":irc.test MODE #tea -q bob",
    ]
    assert access(world) == {}
    assert tell(bob, "CLEAR #tea ACCESS") == [
        "Your account does not have the access to #tea that this needs."
    ]


def test_clear_puts_those_without_access_out(world: World, alice: Client, bob: Client) -> None:
    give(alice, "+v")
    dave = world.irc("dave")
    dave.send("JOIN #tea")
    bob.read()
    assert tell(bob, "CLEAR #tea USERS") == ["Your account does not have the access to #tea that this needs."]
    alice.read()
    assert tell(alice, "CLEAR #tea USERS") == [
        "Putting 1 users out of #tea.",
        f":{ALICE} KICK #tea dave :CLEAR USERS by alice",
    ]
    assert [user.nick for user in channel(world, "#tea").members] == ["alice", "bob"]


def test_a_large_channel_can_be_cleared(world: World, alice: Client) -> None:
    for number in range(60):
        world.irc(f"guest{number}").send("JOIN #tea")
    lines = tell(alice, "CLEAR #tea USERS")
    assert len(lines) == 61
    assert [user.nick for user in channel(world, "#tea").members] == ["alice"]
