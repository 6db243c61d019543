from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import SetAccount
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access, operator
from tests.world import Client, World


def log_in(world: World, client: Client, account: str | None) -> None:
    (session,) = [each for each in world.irc_server.sessions if each is client.connection]
    if account is not None:
        world.account(account, nicks=(session.nick,))
    world.node.submit(session, SetAccount(account))
    world.settle()


def signon(world: World, nick: str) -> int:
    return world.realm.nicks[nick].connected_at // 1000


def numbers(lines: list[str]) -> list[str]:
    return [line.split(" ")[1] for line in lines]


# WHOIS


def test_whois_tells_who_somebody_is(world: World) -> None:
    alice = world.irc("alice")
    world.irc("bob", address="192.0.2.2")
    lines = alice.ask("WHOIS bob")
    idle = lines[2].split(" ")[4]
    assert lines == [
        ":irc.test 311 alice bob bob 192.0.2.2 * :Bob Example",
        ":irc.test 312 alice bob irc.test :A chat server",
        f":irc.test 317 alice bob {idle} {signon(world, 'bob')} :seconds idle, signon time",
        ":irc.test 318 alice bob :End of /WHOIS list",
    ]
    assert int(idle) <= 1


def test_whois_tells_everything_there_can_be_in_order(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(network="TestNet", operators=access()))
    alice = world.irc("alice")
    bob = world.irc("bob", secure=True)
    world.realm.nicks["bob"].certificate = "ab" * 32
    bob.send("OPER boss secret", "MODE bob +B", "JOIN #x", "AWAY :lunch")
    alice.send("JOIN #x")
    log_in(world, bob, "bobby")
    lines = alice.ask("WHOIS bob")
    assert lines[:9] == [
        ":irc.test 311 alice bob bob 192.0.2.1 * :Bob Example",
        ":irc.test 319 alice bob :@#x",
        ":irc.test 312 alice bob irc.test :A chat server",
        ":irc.test 301 alice bob :lunch",
        ":irc.test 313 alice bob :is an IRC operator",
        ":irc.test 335 alice bob :is a bot on TestNet",
        ":irc.test 307 alice bob :has logged in to the account of this nick",
        ":irc.test 330 alice bob bobby :is logged in as",
        ":irc.test 671 alice bob :is using a secure connection",
    ]
    assert numbers(lines[9:]) == ["317", "318"]


def show_certificate(world: World, nick: str, fingerprint: str) -> None:
    """Whoever is called so has connected with this client certificate."""
    sessions = world.realm.nicks[nick].sessions
    for name, client in sessions.items():
        sessions[name] = replace(client, certificate=fingerprint)


def test_whois_of_oneself_tells_the_address_the_certificate_and_the_modes(world: World) -> None:
    alice = world.irc("alice")
    show_certificate(world, "alice", "ab" * 32)
    lines = alice.ask("WHOIS alice")
    assert lines[2:5] == [
        f":irc.test 276 alice alice :has client certificate fingerprint {'ab' * 32}",
        ":irc.test 338 alice alice alice@192.0.2.1 192.0.2.1 :Is actually using host",
        ":irc.test 379 alice alice :is using modes +i",
    ]


def test_operators_with_see_hidden_learn_the_same_of_others_and_no_other_operator_does(
    make_world: MakeWorld,
) -> None:
    world = make_world(
        irc=IRCSettings(
            operators=access(Privilege.SEE_HIDDEN) | access(Privilege.KILL, name="lesser", vhost="staff.test")
        )
    )
    boss, lesser, bob = operator(world, "boss"), operator(world, "small", name="lesser"), world.irc("bob")
    show_certificate(world, "small", "cd" * 32)
    bob.send("JOIN #x", "MODE #x +s")
    lines = boss.ask("WHOIS small")
    assert f":irc.test 276 boss small :has client certificate fingerprint {'cd' * 32}" in lines
    assert ":irc.test 338 boss small small@192.0.2.1 192.0.2.1 :Is actually using host" in lines
    assert ":irc.test 379 boss small :is using modes +ios" in lines
    assert ":irc.test 319 boss bob :@#x" in boss.ask("WHOIS bob")
    assert numbers(lesser.ask("WHOIS boss")) == ["311", "312", "313", "317", "318"]
    assert numbers(lesser.ask("WHOIS bob")) == ["311", "312", "317", "318"]


def test_idle_time_runs_from_the_last_message(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    world.pass_time(100)
    idle = [line.split(" ")[4] for line in alice.ask("WHOIS bob") if " 317 " in line]
    assert 100 <= int(idle[0]) <= 101
    bob.send("PRIVMSG alice :hi")
    idle = [line.split(" ")[4] for line in alice.ask("WHOIS bob") if " 317 " in line]
    assert int(idle[0]) <= 1


def test_channels_are_told_as_far_as_the_asker_may_know(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #open,#secret,#common,#hall", "MODE #secret +s", "MODE #hall +u", "MODE #hall -o bob")
    alice.send("JOIN #common,#hall")
    # Invisible: in common channels only, and in an auditorium only if of rank.
    assert ":irc.test 319 alice bob :@#common" in alice.ask("WHOIS bob")
    bob.send("MODE bob -i")
    assert ":irc.test 319 alice bob :@#open @#common" in alice.ask("WHOIS bob")
    assert ":irc.test 319 bob bob :@#open @#secret @#common #hall" in bob.ask("WHOIS bob")


def test_all_prefixes_are_told_with_multi_prefix(world: World) -> None:
    alice, bob = world.irc("alice", caps="multi-prefix"), world.irc("bob")
    bob.send("JOIN #x", "MODE #x +v bob")
    alice.send("JOIN #x")
    assert ":irc.test 319 alice bob :@+#x" in alice.ask("WHOIS bob")
    assert ":irc.test 319 bob bob :@#x" in bob.ask("WHOIS bob")


def test_many_channels_take_several_lines(world: World) -> None:
    alice = world.irc("alice")
    names = [f"#{'x' * 60}{i:02}" for i in range(20)]
    alice.send(*(f"JOIN {name}" for name in names))
    lines = [line for line in alice.ask("WHOIS alice") if " 319 " in line]
    assert len(lines) == 3
    assert all(len(line) <= 510 for line in lines)
    assert " ".join(line.split(" :")[1] for line in lines) == " ".join(f"@{name}" for name in names)


@pytest.mark.parametrize(
    "ask", ["WHOIS nobody", "WHOIS nobody nobody", "WHOIS irc.test nobody", "WHOIS * nobody"]
)
def test_an_unknown_nick_is_said_and_the_list_ended(world: World, ask: str) -> None:
    assert world.irc("alice").ask(ask) == [
        ":irc.test 401 alice nobody :No such nick/channel",
        ":irc.test 318 alice nobody :End of /WHOIS list",
    ]


@pytest.mark.parametrize("target", ["bob", "BOB", "irc.test", "IRC.*", "alice"])
def test_a_server_may_be_named_by_its_name_a_mask_or_somebody_on_it(world: World, target: str) -> None:
    alice = world.irc("alice")
    world.irc("bob")
    assert numbers(alice.ask(f"WHOIS {target} bob")) == ["311", "312", "317", "318"]


def test_another_server_does_not_exist(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("WHOIS other.test alice") == [":irc.test 402 alice other.test :No such server"]


@pytest.mark.parametrize("ask", ["WHOIS", "WHOIS :", "WHOIS ,bob", "WHOIS irc.test :"])
def test_whois_needs_a_nick(world: World, ask: str) -> None:
    assert world.irc("alice").ask(ask) == [":irc.test 431 alice :No nickname given"]


def test_of_several_nicks_the_first_is_told_of(world: World) -> None:
    alice = world.irc("alice")
    world.irc("bob")
    lines = alice.ask("WHOIS bob,alice")
    assert numbers(lines) == ["311", "312", "317", "318"]
    assert lines[-1] == ":irc.test 318 alice bob,alice :End of /WHOIS list"


def test_wildcards_find_those_who_may_be_seen(world: World) -> None:
    alice, bob, _ = world.irc("alice"), world.irc("bob"), world.irc("bill")
    assert alice.ask("WHOIS b*") == [
        ":irc.test 401 alice b* :No such nick/channel",
        ":irc.test 318 alice b* :End of /WHOIS list",
    ]
    bob.send("MODE bob -i")
    lines = alice.ask("WHOIS B??")
    assert lines[0] == ":irc.test 311 alice bob bob 192.0.2.1 * :Bob Example"
    assert numbers(lines) == ["311", "312", "317", "318"]


def test_wildcards_tell_of_ten_users_at_most(world: World) -> None:
    clients = [world.irc(f"user{i}") for i in range(12)]
    for i, each in enumerate(clients):
        each.send(f"MODE user{i} -i")
    assert numbers(clients[0].ask("WHOIS user*")).count("311") == 10


# WHOWAS


def test_whowas_tells_of_those_who_left_the_newest_first(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(reserve_nicks=False))
    alice = world.irc("alice")
    for address in ("192.0.2.2", "192.0.2.3", "192.0.2.4"):
        bob = world.irc("bob", address=address)
        log_in(world, bob, "bobby" if address == "192.0.2.3" else None)
        bob.send("QUIT")
        world.pass_time(20)
    left = "2026-01-01 00:0"
    lines = alice.ask("WHOWAS BOB")
    assert [line[: line.index(left) + len(left)] if " 312 " in line else line for line in lines] == [
        ":irc.test 314 alice bob bob 192.0.2.4 * :Bob Example",
        f":irc.test 312 alice bob irc.test :{left}",
        ":irc.test 314 alice bob bob 192.0.2.3 * :Bob Example",
        ":irc.test 330 alice bob bobby :was logged in as",
        f":irc.test 312 alice bob irc.test :{left}",
        ":irc.test 314 alice bob bob 192.0.2.2 * :Bob Example",
        f":irc.test 312 alice bob irc.test :{left}",
        ":irc.test 369 alice BOB :End of WHOWAS",
    ]
    assert lines[1].endswith("UTC")


@pytest.mark.parametrize(
    ("count", "found"), [("1", 1), ("2", 2), ("0", 3), ("-1", 3), ("x", 3), ("9" * 30, 3), ("²", 3)]
)
def test_whowas_tells_of_so_many(world: World, count: str, found: int) -> None:
    alice = world.irc("alice")
    for _ in range(3):
        world.irc("bob").send("QUIT")
    assert numbers(alice.ask(f"WHOWAS bob {count}")).count("314") == found


def test_a_nick_that_was_given_up_was_somebodys(world: World) -> None:
    alice = world.irc("alice")
    alice.send("NICK alison")
    assert alice.ask("WHOWAS alice")[0] == ":irc.test 314 alison alice alice 192.0.2.1 * :Alice Example"


def test_a_nick_that_nobody_had_is_said(world: World) -> None:
    assert world.irc("alice").ask("WHOWAS nobody") == [
        ":irc.test 406 alice nobody :There was no such nickname",
        ":irc.test 369 alice nobody :End of WHOWAS",
    ]


@pytest.mark.parametrize("ask", ["WHOWAS", "WHOWAS :"])
def test_whowas_needs_a_nick(world: World, ask: str) -> None:
    assert world.irc("alice").ask(ask) == [":irc.test 431 alice :No nickname given"]


def test_operators_who_see_what_is_hidden_learn_where_somebody_really_came_from(
    make_world: MakeWorld,
) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.SEE_HIDDEN, vhost="staff.test")))
    boss, other, bob = operator(world, "boss"), operator(world, "other"), world.irc("bob")
    other.send("QUIT")
    line = ":irc.test 338 boss other other@192.0.2.1 192.0.2.1 :Is actually using host"
    lines = boss.ask("WHOWAS other")
    assert lines[:2] == [":irc.test 314 boss other other staff.test * :Other Example", line]
    assert numbers(bob.ask("WHOWAS other")) == ["314", "312", "369"]


# USERHOST and ISON


def test_userhost_tells_host_operators_and_who_is_away(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access()))
    boss, alice = operator(world, "boss"), world.irc("alice", address="192.0.2.2")
    alice.send("AWAY :lunch")
    assert boss.ask("USERHOST ALICE nobody boss") == [
        ":irc.test 302 boss :alice=-alice@192.0.2.2 boss*=+boss@192.0.2.1"
    ]


def test_userhost_answers_for_five_nicks(world: World) -> None:
    for nick in ("a", "b", "c", "d", "e", "f"):
        client = world.irc(nick)
    (line,) = client.ask("USERHOST a b c d e f")
    assert [each.partition("=")[0] for each in line.split(" :")[1].split(" ")] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("ask", "number"), [("USERHOST nobody", "302"), ("ISON nobody", "303"), ("ISON :", "303")]
)
def test_nobody_is_an_empty_list(world: World, ask: str, number: str) -> None:
    assert world.irc("alice").ask(ask) == [f":irc.test {number} alice :"]


@pytest.mark.parametrize("command", ["USERHOST", "ISON", "SETNAME"])
def test_some_commands_need_a_parameter(world: World, command: str) -> None:
    assert world.irc("alice").ask(command) == [f":irc.test 461 alice {command} :Not enough parameters"]


def test_a_long_userhost_takes_two_lines(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_length=200))
    client = world.irc("z")
    nicks = [f"{letter * 95}" for letter in "abcde"]
    for nick in nicks:
        other = world.connect_irc()
        other.send(f"NICK {nick}", "USER u 0 * :u")
    lines = client.ask(f"USERHOST {' '.join(nicks)}")
    assert len(lines) == 2
    assert all(len(line) <= 510 for line in lines)
    assert " ".join(line.split(" :")[1] for line in lines) == " ".join(
        f"{nick}=+u@192.0.2.1" for nick in nicks
    )


def test_ison_tells_who_is_there_as_they_write_their_nicks(world: World) -> None:
    alice = world.irc("alice")
    world.irc("Bob")
    assert alice.ask("ISON bob nobody ALICE") == [":irc.test 303 alice :Bob alice"]
    assert alice.ask("ISON :bob  nobody ALICE") == [":irc.test 303 alice :Bob alice"]


# AWAY and SETNAME


def test_going_away_and_coming_back_is_answered(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("AWAY :lunch") == [":irc.test 306 alice :You have been marked as being away"]
    assert world.realm.nicks["alice"].away == "lunch"
    for ask in ("AWAY", "AWAY :"):
        assert alice.ask(ask) == [":irc.test 305 alice :You are no longer marked as being away"]
        assert world.realm.nicks["alice"].away is None


def test_a_long_away_text_is_cut_on_a_character(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(away_length=9))
    world.irc("alice").send("AWAY :ééééééé")
    assert world.realm.nicks["alice"].away == "éééé"


def test_setname_is_answered_with_the_new_realname(world: World) -> None:
    alice = world.irc("alice", caps="setname")
    assert alice.ask("SETNAME :Alice Liddell") == [":alice!alice@192.0.2.1 SETNAME :Alice Liddell"]
    assert world.realm.nicks["alice"].realname == "Alice Liddell"


def test_a_realname_that_is_not_valid_fails(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(realname_length=20))
    # The specification of setname says FAIL: it needs no standard-replies.
    alice = world.irc("alice", caps="setname")
    assert alice.ask("SETNAME :") == [":irc.test FAIL SETNAME INVALID_REALNAME :A realname cannot be empty"]
    (line,) = alice.ask(f"SETNAME :{'x' * 21}")
    assert line.startswith(":irc.test FAIL SETNAME INVALID_REALNAME :")
    assert world.realm.nicks["alice"].realname == "Alice Example"


def test_labelled_answers_carry_their_label(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    assert alice.ask("@label=a AWAY :x") == [
        "@label=a :irc.test 306 alice :You have been marked as being away"
    ]
    assert alice.ask("@label=i ISON alice") == ["@label=i :irc.test 303 alice :alice"]
    lines = alice.ask("@label=w WHOIS nobody")
    assert lines[0] == "@label=w :irc.test BATCH +b3 labeled-response"
    assert lines[1] == "@batch=b3 :irc.test 401 alice nobody :No such nick/channel"


@pytest.mark.parametrize("command", ["WHOIS x", "WHOWAS x", "USERHOST x", "ISON x", "AWAY", "SETNAME x"])
def test_these_commands_need_registration(world: World, command: str) -> None:
    assert world.connect_irc().ask(command) == [":irc.test 451 * :You have not registered"]
