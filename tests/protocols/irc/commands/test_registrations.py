"""RENAME and AMODE."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.commands.registrations import MOST_OF_NAME
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import channel, log_in, make_operator
from tests.world import Client, World

ALICE, BOB = "alice!alice@192.0.2.1", "bob!bob@192.0.2.1"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(settings=Settings(channel_flags=(), user_modes=()))


@pytest.fixture
def alice(world: World) -> Client:
    """The operator of #old; she knows of renamed channels."""
    alice = world.irc("alice", caps="draft/channel-rename message-tags")
    alice.send("JOIN #old")
    alice.read()
    return alice


def without_tags(lines: list[str]) -> list[str]:
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]


def test_who_knows_it_sees_a_rename(world: World, alice: Client) -> None:
    bob = world.irc("bob", caps="draft/channel-rename")
    bob.send("JOIN #old")
    (line,) = alice.ask("RENAME #old #new :Typo fix")
    assert without_tags([line]) == [f":{ALICE} RENAME #old #new :Typo fix"]
    assert line.startswith("@msgid=")
    assert bob.read()[-1] == f":{ALICE} RENAME #old #new :Typo fix"
    world.pass_time(60)
    assert without_tags(alice.ask("RENAME #new #newer")) == [f":{ALICE} RENAME #new #newer :"]


def test_the_others_leave_and_enter(world: World, alice: Client) -> None:
    alice.send("TOPIC #old :Tea")
    bob = world.irc("bob", caps="extended-join multi-prefix")
    bob.send("JOIN #old")
    bob.read()
    alice.send("RENAME #old #new :Typo fix")
    assert bob.read()[:3] == [
        f":{BOB} PART #old :Typo fix",
        f":{BOB} JOIN #new * :Bob Example",
        ":irc.test 332 bob #new :Tea",
    ]
    world.pass_time(60)
    bob.read()
    alice.send("RENAME #new #old")
    lines = bob.read()
    assert lines[:2] == [f":{BOB} PART #new", f":{BOB} JOIN #old * :Bob Example"]
    assert lines[-2:] == [
        ":irc.test 353 bob = #old :@alice bob",
        ":irc.test 366 bob #old :End of /NAMES list",
    ]


def test_who_asks_without_knowing_it_leaves_and_enters_too(world: World) -> None:
    bob = world.irc("bob", caps="no-implicit-names labeled-response batch message-tags server-time")
    bob.send("JOIN #old")
    first, part, join, last = bob.ask("@label=L1 RENAME #old #new")
    assert "label=L1" in first
    assert "BATCH +b" in first
    assert f":{BOB} PART #old" in part
    assert f":{BOB} JOIN #new" in join
    # Two lines with one message id would be taken for the same.
    assert "msgid=" in part
    assert "msgid=" not in join
    assert "BATCH -b" in last


def test_what_is_said_next_goes_to_the_new_name(world: World, alice: Client) -> None:
    bob = world.irc("bob")
    bob.send("JOIN #old")
    alice.send("RENAME #old #new", "PRIVMSG #new :hi")
    assert bob.read()[-1] == f":{ALICE} PRIVMSG #new :hi"
    assert bob.ask("PRIVMSG #new :hello", "PRIVMSG #old :hello") == [
        ":irc.test 401 bob #old :No such nick/channel"
    ]
    assert without_tags(alice.read())[-1] == f":{BOB} PRIVMSG #new :hello"


def test_of_a_change_of_case_only_those_hear_who_know_renames(world: World, alice: Client) -> None:
    bob = world.irc("bob")
    bob.send("JOIN #old")
    bob.read()
    alice.read()
    assert without_tags(alice.ask("RENAME #old #Old")) == [f":{ALICE} RENAME #old #Old :"]
    assert bob.read() == []
    assert alice.ask("RENAME #old #Old") == []
    assert channel(world, "#old").name == "#Old"


def test_a_large_channel_has_its_names_in_lines_that_fit_the_new_name(world: World, alice: Client) -> None:
    for number in range(60):
        world.irc(f"somebody{number}").send("JOIN #old")
    bob = world.irc("bob")
    bob.send("JOIN #old")
    bob.read()
    alice.send(f"RENAME #old #{'x' * 60}")
    lines = bob.read()
    names = [line.partition(" :")[2].split() for line in lines if " 353 " in line]
    assert sum(len(each) for each in names) == 62
    assert all(len(line) <= 510 for line in lines)


@pytest.mark.parametrize("caps", ["draft/channel-rename", "standard-replies"])
def test_refusals_of_their_own_name_both_channels(world: World, caps: str) -> None:
    bob = world.irc("bob", caps=caps)
    bob.send("JOIN #old", "JOIN #new")
    assert bob.ask("RENAME #old #NEW") == [
        ":irc.test FAIL RENAME CHANNEL_NAME_IN_USE #old #NEW :There is a channel #NEW already"
    ]
    (line,) = bob.ask("RENAME #old new")
    assert line.startswith(":irc.test FAIL RENAME CANNOT_RENAME #old new :#old cannot be renamed: ")
    (line,) = bob.ask(f"RENAME #old #{'y' * 300}")
    assert f" #{'y' * (MOST_OF_NAME - 1)} :#old cannot be renamed: " in line
    (line,) = bob.ask("RENAME #old ::")
    assert line.startswith(":irc.test FAIL RENAME CANNOT_RENAME #old ")


def test_who_understands_no_standard_replies_is_told_by_a_numeric(world: World) -> None:
    bob = world.irc("bob")
    bob.send("JOIN #old", "JOIN #new")
    assert bob.ask("RENAME #old #new") == [":irc.test 400 bob RENAME :There is a channel #new already"]


def test_refusals_that_have_a_numeric_are_said_by_it(world: World, alice: Client) -> None:
    bob = world.irc("bob", caps="draft/channel-rename")
    assert bob.ask("RENAME #old #new") == [":irc.test 442 bob #old :You're not on that channel"]
    bob.send("JOIN #old")
    bob.read()
    assert bob.ask("RENAME #old #new") == [":irc.test 482 bob #old :You must be a channel operator"]
    assert bob.ask("RENAME #none #new") == [":irc.test 403 bob #none :No such channel"]
    assert bob.ask("RENAME #old") == [":irc.test 461 bob RENAME :Not enough parameters"]
    log_in(alice, "alice")
    alice.send("CS REGISTER #old")
    log_in(bob, "bob")
    bob.read()
    assert bob.ask("RENAME #old #new") == [
        ":irc.test 482 bob #old :Your account does not have the access that this needs"
    ]


def test_who_renames_from_outside_is_told_that_it_is_done(world: World, alice: Client) -> None:
    olga = world.irc("olga")
    make_operator(olga, Privilege.CHANNELS)
    assert olga.ask("RENAME #old #new") == [
        ":irc.test NOTICE * :*** olga renamed #old to #new as an operator",
        ":irc.test NOTICE olga :#old is called #new now",
    ]


def test_a_channel_of_json_and_irc_is_renamed_for_all(world: World, alice: Client) -> None:
    carol = world.json("carol")
    carol.ok(op="join", channel="#old")
    carol.hear()
    alice.send("RENAME #old #new :tidier")
    (event,) = carol.hear()
    assert (event["event"], event["channel"], event["name"], event["reason"]) == (
        "channel_renamed", "#old", "#new", "tidier",
    )  # fmt: skip
    assert "members" not in event


def test_an_empty_registered_channel_is_listed_for_those_who_see_everything(
    world: World, alice: Client
) -> None:
    log_in(alice, "alice")
    alice.send("CS REGISTER #old", "PART #old")
    bob, carol = world.irc("bob"), world.json("carol")
    assert not [line for line in bob.ask("LIST") if " 322 " in line]
    assert carol.ok(op="list")["channels"] == []
    assert bob.ask("NAMES #old") == [":irc.test 366 bob #old :End of /NAMES list"]
    make_operator(bob, Privilege.SEE_HIDDEN)
    assert [line for line in bob.ask("LIST") if " 322 " in line] == [":irc.test 322 bob #old 0 :"]


def test_an_invitation_to_an_empty_registered_channel_is_shown(world: World, alice: Client) -> None:
    log_in(alice, "alice")
    bob = world.irc("bob")
    alice.send("CS REGISTER #old", "INVITE bob #old", "PART #old")
    assert ":irc.test 336 bob #old" in bob.ask("INVITE")


def test_amode_is_what_chanserv_does(world: World, alice: Client) -> None:
    log_in(alice, "alice")
    alice.send("CS REGISTER #old")
    alice.read()
    world.account("bob")
    notice = "ChanServ!ChanServ@irc.test NOTICE alice"
    assert without_tags(alice.ask("AMODE #old +o bob")) == [
        f":{notice} :The access of bob to #old is now: +o."
    ]
    assert without_tags(alice.ask("AMODE #old"))[0] == f":{notice} :Access to #old:"
    assert alice.ask("AMODE") == [":irc.test 461 alice AMODE :Not enough parameters"]
