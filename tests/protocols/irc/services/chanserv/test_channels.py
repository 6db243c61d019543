"""ChanServ: whose a channel is, what is known of it, and that every subcommand has its help."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.services import CHANSERV
from chatdaemon.realm.modes import Privilege
from tests.protocols.irc.given import channel, log_in, make_operator
from tests.protocols.irc.services.chanserv.told import give, tell
from tests.world import Client, World


@pytest.mark.parametrize(
    ("name", "least"), [(each.name, each.least) for each in CHANSERV.subcommands.values() if each.least]
)
def test_too_few_words_are_answered_with_the_syntax(world: World, name: str, least: int) -> None:
    lines = tell(world.irc("dave"), " ".join([name, *["#tea"] * (least - 1)]))
    assert lines == [
        f"Syntax: {name} {CHANSERV.subcommands[name].syntax}",
        f"/msg ChanServ HELP {name} says more.",
    ]


@pytest.mark.parametrize("name", CHANSERV.subcommands)
def test_there_is_help_on_everything_and_none_is_too_long(world: World, name: str) -> None:
    lines = tell(world.irc("dave"), f"HELP {name}")
    assert lines[0] == f"Syntax: {name} {CHANSERV.subcommands[name].syntax}".rstrip()
    assert lines[1:] == list(CHANSERV.subcommands[name].help)


def test_the_list_of_commands_is_what_is_not_hidden(world: World) -> None:
    _, *rows, _ = tell(world.irc("dave"), "HELP")
    listed = [each.name for each in CHANSERV.subcommands.values() if not each.hidden]
    assert [row.split()[0] for row in rows] == listed
    assert listed[0] == "REGISTER"
    assert not {"DEOP", "SOP", "AKICK"}.intersection(listed)


@pytest.mark.parametrize("name", [name for name in CHANSERV.subcommands if name not in ("LIST", "REGISTER")])
def test_every_command_is_about_a_registered_channel(world: World, name: str) -> None:
    dave = world.irc("dave")
    rest = "LIST x y" if name in ("ACCESS", "QOP", "SOP", "AOP", "HOP", "VOP") else "x y z"
    assert tell(dave, f"{name} #none {rest}") == ["There is no channel #none."]
    dave.send("JOIN #open")
    assert tell(dave, f"{name} #open {rest}") == ["#open is not registered."]


def test_a_channel_is_registered_by_an_operator_who_is_logged_in(world: World) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #tea")
    assert tell(alice, "REGISTER #tea") == ["You must be logged in to an account."]
    log_in(alice, "alice")
    assert tell(alice, "REGISTER #tea") == [
        ":irc.test MODE #tea +q alice",
        "#tea is registered now, and yours.",
    ]
    assert tell(alice, "REGISTER #tea") == ["#tea is registered already."]
    bob = world.irc("bob")
    log_in(bob, "bob")
    assert tell(bob, "REGISTER #none") == ["There is no channel #none."]


def test_a_channel_can_be_described_as_it_is_registered(world: World) -> None:
    alice = world.irc("alice")
    log_in(alice, "alice")
    alice.send("JOIN #tea")
    assert tell(alice, "REGISTER #tea All  about tea")[1:] == [
        "#tea is registered now, and yours.",
        "#tea has its description.",
    ]
    assert "  Description  All  about tea" in tell(alice, "INFO #tea")


def code_in(lines: list[str]) -> str:
    how = lines[-1]
    assert how.startswith("To go on: /msg ChanServ ")
    return how.split()[-1]


def test_dropping_has_to_be_confirmed(world: World, alice: Client, bob: Client) -> None:
    assert tell(bob, "DROP #tea") == ["Your account does not have the access to #tea that this needs."]
    lines = tell(alice, "DROP #tea")
    assert lines[0] == "This ends the registration of #tea, and all access to it."
    code = code_in(lines)
    assert tell(alice, "DROP #tea wrong") == lines
    assert tell(alice, f"DROP #tea {code}") == ["#tea is not registered any more."]
    assert channel(world, "#tea").registration is None


def test_handing_over_has_to_be_confirmed(world: World, alice: Client, bob: Client) -> None:
    assert tell(bob, "TRANSFER #tea bob") == [
        "Your account does not have the access to #tea that this needs."
    ]
    assert tell(alice, "TRANSFER #tea nobody") == ["There is no account nobody."]
    lines = tell(alice, "TRANSFER #tea bob")
    assert lines[0] == "This makes bob the founder of #tea in place of alice."
    assert tell(alice, f"TRANSFER #tea bob {code_in(lines)}") == [
        ":irc.test MODE #tea -q alice",
        ":irc.test MODE #tea +q bob",
        "#tea belongs to bob now.",
    ]
    assert tell(alice, "DROP #tea") == ["Your account does not have the access to #tea that this needs."]


def test_founder_is_a_setting_that_hands_over(alice: Client, bob: Client) -> None:
    assert tell(alice, "SET #tea FOUNDER")[0].startswith("Syntax: SET ")
    lines = tell(alice, "SET #tea FOUNDER bob")
    assert lines[1].startswith("To go on: /msg ChanServ TRANSFER #tea bob ")
    assert tell(alice, f"SET #tea FOUNDER bob {code_in(lines)}")[-1] == "#tea belongs to bob now."


def test_operators_of_the_server_drop_any_channel(world: World, alice: Client) -> None:
    olga = world.irc("olga")
    assert tell(olga, "DROP #tea") == ["You must be logged in to an account."]
    make_operator(olga, Privilege.CHANNELS)
    code = code_in(tell(olga, "DROP #tea"))
    assert tell(olga, f"DROP #tea {code}") == [
        ":irc.test NOTICE * :*** olga dropped #tea of alice",
        "#tea is not registered any more.",
    ]


def test_info_tells_what_is_known(alice: Client, bob: Client) -> None:
    for words in ("URL https://tea.example/", "EMAIL us@tea.example", "MLOCK nt", "ENTRYMSG Hello"):
        tell(alice, f"SET #tea {words}")
    day = "2026-01-01 00:00:00 UTC"
    everybody = [
        "#tea is registered.",
        "  Founder      alice",
        f"  Registered   {day}",
        f"  Made         {day}",
        "  URL           https://tea.example/",
        "  E-mail        us@tea.example",
        "  Entry message Hello",
        "  Kept modes   nt",
        "  History      members read all of it",
    ]
    found = [" ".join(line.split()) for line in tell(bob, "INFO #tea")]
    expected = [" ".join(line.split()) for line in everybody]
    assert [line for line in found if "2026" not in line] == [line for line in expected if "2026" not in line]
    assert sum("2026-01-01" in line for line in found) == 2
    assert tell(alice, "INFO #tea")[-1] == "  Your access  +q"


def test_of_a_private_channel_outsiders_learn_little(world: World, alice: Client, bob: Client) -> None:
    tell(alice, "SET #tea PRIVATE on")
    dave = world.irc("dave")
    assert tell(dave, "INFO #tea") == ["#tea is registered."]
    assert "  Private      outsiders do not learn this" in tell(bob, "INFO #tea")
    make_operator(dave, Privilege.CHANNELS)
    assert len(tell(dave, "INFO #tea")) > 1


def test_of_a_secret_channel_outsiders_learn_nothing(world: World, alice: Client, bob: Client) -> None:
    alice.send("MODE #tea +s")
    assert tell(world.irc("dave"), "INFO #tea") == ["There is no channel #tea."]
    give(alice, "+v")
    bob.send("PART #tea")
    assert tell(bob, "INFO #tea")[0] == "#tea is registered."


def test_everybody_can_list_what_they_have_access_to(world: World, alice: Client, bob: Client) -> None:
    alice.send("JOIN #milk", "CS REGISTER #milk")
    give(alice, "+v")
    assert tell(alice, "LIST") == ["  #tea         +q", "  #milk        +q", "2 channels."]
    assert tell(bob, "LIST") == ["  #tea         +v", "1 channel."]
    assert tell(world.irc("dave"), "LIST") == ["You must be logged in to an account."]


def test_operators_of_the_server_list_all_that_fit(world: World, alice: Client) -> None:
    alice.send("JOIN #milk", "CS REGISTER #milk", "JOIN #teapot")
    assert tell(alice, "LIST #t*") == ["You are not an operator of this server."]
    olga = world.irc("olga")
    make_operator(olga, Privilege.CHANNELS)
    lines = tell(olga, "LIST #T*")
    assert [line.partition(",")[0] for line in lines] == ["  #tea         alice", "1 channel."]


def test_status_tells_access_and_ranks(world: World, alice: Client, bob: Client) -> None:
    assert tell(alice, "STATUS #tea") == ["Your access to #tea: +q.", "Your ranks in #tea: +qo."]
    bob.send("PART #tea")
    assert tell(bob, "STATUS #tea") == [
        "Your access to #tea: none.",
        "Your ranks in #tea: you are not there.",
    ]
    give(alice, "+hv")
    assert tell(alice, "STATUS #tea BOB") == ["The access of bob to #tea: none."]
    give(alice, "+h")
    assert tell(bob, "STATUS #tea alice") == ["The access of alice to #tea: +q."]
    assert tell(bob, "STATUS #tea nobody") == ["There is no account nobody."]
    give(alice, "-h+v", "bob bob")
    assert tell(bob, "STATUS #tea alice") == [
        "Your account does not have the access to #tea that this needs."
    ]
