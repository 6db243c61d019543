"""Services as such, by one that is made here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.services import SERVICES
from chatdaemon.protocols.irc.services.service import Face, Service, confirmation
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import SendWallops, SetAway
from tests.protocols.irc.given import make_operator
from tests.protocols.irc.services.said import says
from tests.world import Client, World

TEASERV = Service("TeaServ", "makes tea", ("TS",))


@TEASERV.subcommand(
    "BREW", "<sort> [<minutes>]", "Makes tea.\nThree minutes, if you do not say how many.", least=1
)
def brew(session: IRCSession, words: list[str], face: Face) -> Result:
    face.say(f"{words} {face.text(1)!r}")
    return None


@TEASERV.subcommand("SLEEP", "", "You are away.")
def sleep(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(SetAway("asleep"), "Sleep well")


@TEASERV.subcommand("CALL", "", "Calls everybody.")
def call(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(SendWallops("tea!"), "Called")


@TEASERV.subcommand("SPILL", "<pot> [<code>]", "Spills a pot.", hidden=True, least=1)
def spill(session: IRCSession, words: list[str], face: Face) -> Result:
    code = words[1] if len(words) > 1 else None
    if face.confirmed(code, words[0], "That makes a mess"):
        face.say("Splash")
    return None


@TEASERV.subcommand("CLOSE", "", "Ends tea time.", privilege=Privilege.CHANNELS)
def close(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(SetAway("closed"), lambda _, happenings: face.say(f"{len(happenings)} things happened"))


@pytest.fixture(autouse=True)
def _open() -> Iterator[None]:
    SERVICES["teaserv"] = TEASERV
    yield
    del SERVICES["teaserv"]


@pytest.fixture
def alice(world: World) -> Client:
    return world.irc("alice")


def test_a_service_answers_by_notices(alice: Client) -> None:
    assert alice.ask("PRIVMSG TeaServ :BREW green 4 or  5") == [
        """:TeaServ!TeaServ@irc.test NOTICE alice :['green', '4', 'or', '5'] '4 or  5'"""
    ]


@pytest.mark.parametrize(
    "line", ["PRIVMSG teaserv :brew x", "PRIVMSG TEASERV@irc.TEST :Brew   x ", "PRIVMSG TeaServ : brew x"]
)
def test_it_is_called_by_its_nick_in_any_case_and_at_this_server(alice: Client, line: str) -> None:
    assert alice.ask(line) == [":TeaServ!TeaServ@irc.test NOTICE alice :['x'] ''"]


def test_there_is_none_at_another_server(alice: Client) -> None:
    assert alice.ask("PRIVMSG TeaServ@irc.example :BREW x") == [
        ":irc.test 401 alice TeaServ@irc.example :No such nick/channel"
    ]


@pytest.mark.parametrize("line", ["NOTICE TeaServ :BREW x", "PRIVMSG TeaServ :\x01VERSION\x01"])
def test_what_programs_say_is_not_answered(alice: Client, line: str) -> None:
    assert alice.ask(line) == []


def test_tags_are_nothing_to_it(world: World) -> None:
    assert world.irc("alice", caps="message-tags").ask("@+typing=active TAGMSG TeaServ") == []


def test_it_is_not_one_of_several_targets(world: World, alice: Client) -> None:
    bob = world.irc("bob")
    no = [":irc.test 407 alice bob,TeaServ :A service is written to alone"]
    assert alice.ask("PRIVMSG bob,TeaServ :BREW x") == no
    assert bob.read() == []


def test_a_word_that_is_missing_is_answered_by_the_syntax(alice: Client) -> None:
    assert says(alice, "TeaServ", "BREW") == [
        "Syntax: BREW <sort> [<minutes>]",
        "/msg TeaServ HELP BREW says more.",
    ]


def test_what_is_not_understood_is_answered_by_where_the_help_is(alice: Client) -> None:
    assert says(alice, "TeaServ", "coffee please") == [
        'There is no command "coffee".',
        "/msg TeaServ HELP lists the commands.",
    ]
    assert says(alice, "TeaServ", " ") == ["TeaServ: makes tea.", "/msg TeaServ HELP lists the commands."]


def test_help_lists_what_one_may_do(alice: Client) -> None:
    assert says(alice, "TeaServ", "help") == [
        "TeaServ: makes tea. The commands are:",
        "  BREW         Makes tea.",
        "  SLEEP        You are away.",
        "  CALL         Calls everybody.",
        "/msg TeaServ HELP <command> says more of one of them.",
    ]
    make_operator(alice, Privilege.CHANNELS)
    assert "  CLOSE        Ends tea time." in says(alice, "TeaServ", "HELP")


def test_help_says_more_of_one_command(alice: Client) -> None:
    assert says(alice, "TeaServ", "HELP brew") == [
        "Syntax: BREW <sort> [<minutes>]",
        "Makes tea.",
        "Three minutes, if you do not say how many.",
    ]
    assert says(alice, "TeaServ", "HELP CLOSE")[-1] == "It needs the privilege channels."
    assert says(alice, "TeaServ", "HELP SPILL") == ["Syntax: SPILL <pot> [<code>]", "Spills a pot."]
    assert says(alice, "TeaServ", "HELP me") == [
        'There is no help on "ME". /msg TeaServ HELP lists the commands.'
    ]


def test_what_is_done_is_said_behind_what_happened(alice: Client) -> None:
    assert says(alice, "TeaServ", "SLEEP") == [
        ":irc.test 306 alice :You have been marked as being away",
        "Sleep well.",
    ]


def test_what_the_realm_refuses_is_said_in_a_sentence(alice: Client) -> None:
    assert says(alice, "TeaServ", "CALL") == ["You are not an operator of this server."]


def test_a_privilege_is_asked_for(alice: Client) -> None:
    assert says(alice, "TeaServ", "CLOSE") == ["You are not an operator of this server."]
    make_operator(alice, Privilege.KILL)
    assert says(alice, "TeaServ", "CLOSE") == ["You need the privilege channels."]
    make_operator(alice, Privilege.CHANNELS)
    assert says(alice, "TeaServ", "CLOSE")[-1] == "1 things happened"


def test_what_cannot_be_undone_is_confirmed_by_a_code(alice: Client) -> None:
    code = confirmation("TeaServ SPILL pot")
    asked = ["That makes a mess.", f"To go on: /msg TeaServ SPILL pot {code}"]
    assert says(alice, "TeaServ", "SPILL pot") == asked
    assert says(alice, "TeaServ", "SPILL pot wrong") == asked
    assert says(alice, "TeaServ", f"SPILL pot {code}") == ["Splash"]
    assert says(alice, "TeaServ", f"SPILL mug {code}")[0] == "That makes a mess."


def test_a_long_text_is_told_in_lines_that_are_not_too_long(alice: Client) -> None:
    words = " ".join(["täglich"] * 48)
    lines = alice.ask(f"PRIVMSG TeaServ :BREW {words}")
    assert len(lines) > 1
    assert all(len(line.encode()) <= 510 for line in lines)
    told = " ".join(line.partition(" :")[2] for line in lines)
    assert told.count("täglich") == 95
    assert all(not line.endswith(" ") for line in lines)


def test_echo_message_shows_the_sender_alone_what_was_said(world: World) -> None:
    alice = world.irc("alice", caps="echo-message message-tags")
    assert alice.ask("PRIVMSG teaserv :BREW x") == [
        ":alice!alice@192.0.2.1 PRIVMSG TeaServ :BREW x",
        ":TeaServ!TeaServ@irc.test NOTICE alice :['x'] ''",
    ]


def test_a_label_is_answered(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    assert alice.ask("@label=a PRIVMSG TeaServ :BREW x") == [
        "@label=a :TeaServ!TeaServ@irc.test NOTICE alice :['x'] ''"
    ]
    assert alice.ask("@label=b NOTICE TeaServ :BREW x") == ["@label=b :irc.test ACK"]
    assert alice.ask("@label=c PRIVMSG TeaServ :SLEEP") == [
        "@label=c :irc.test BATCH +b3 labeled-response",
        "@batch=b3 :irc.test 306 alice :You have been marked as being away",
        "@batch=b3 :TeaServ!TeaServ@irc.test NOTICE alice :Sleep well.",
        ":irc.test BATCH -b3",
    ]


def test_two_subcommands_have_two_names() -> None:
    with pytest.raises(ValueError, match="BREW"):
        TEASERV.subcommand("BREW", "", "again")
    with pytest.raises(ValueError, match="HELP"):
        TEASERV.subcommand("HELP", "", "again")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_its_shortcuts_and_is_somebody(alice: Client, name: str) -> None:
    service = SERVICES[name]
    for shortcut in service.shortcuts:
        assert alice.ask(f"{shortcut} HELP")[0] == (
            f":{service.nick}!{service.nick}@irc.test NOTICE alice :{service.nick}: {service.description}."
            " The commands are:"
        )
    assert alice.ask(f"WHOIS {name}") == [
        f":irc.test 311 alice {service.nick} {service.nick} irc.test * :It {service.description}",
        f":irc.test 312 alice {service.nick} irc.test :A chat server",
        f":irc.test 320 alice {service.nick} :is a network service",
        f":irc.test 318 alice {name} :End of /WHOIS list",
    ]
    assert alice.ask(f"ISON {name} bob alice") == [f":irc.test 303 alice :{service.nick} alice"]
    assert alice.ask(f"USERHOST alice {name}") == [
        f":irc.test 302 alice :alice=+alice@192.0.2.1 {service.nick}=+{service.nick}@irc.test"
    ]


@pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
def test_every_subcommand_has_a_help_that_reads_well(service: Service) -> None:
    for each in service.subcommands.values():
        assert each.name == each.name.upper()
        assert len(each.help[0]) <= 80
        assert all(line.strip() == line and line for line in each.help)
        assert each.help[0].endswith(".")
        assert each.least <= len(each.syntax.split())
