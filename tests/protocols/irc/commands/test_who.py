from __future__ import annotations

import pytest

from chatdaemon.protocols import people
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import SetAccount
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access, operator
from tests.world import Client, World


def log_in(world: World, client: Client, account: str) -> None:
    session = world.irc_server.sessions
    (mine,) = [each for each in session if each is client.connection]
    world.account(account, nicks=(mine.nick,))
    world.node.submit(mine, SetAccount(account))
    world.settle()


def nicks(lines: list[str]) -> list[str]:
    """The nicks of 352 lines."""
    return [line.split(" ")[7] for line in lines if " 352 " in line]


def test_the_members_of_a_channel_are_listed_with_all_that_is_known_of_them(world: World) -> None:
    alice = world.irc("alice")
    bob = world.irc("bob", address="192.0.2.2")
    alice.send("JOIN #x")
    bob.send("JOIN #x", "AWAY :lunch")
    assert alice.ask("WHO #x") == [
        ":irc.test 352 alice #x alice 192.0.2.1 irc.test alice H@ :0 Alice Example",
        ":irc.test 352 alice #x bob 192.0.2.2 irc.test bob G :0 Bob Example",
        ":irc.test 315 alice #x :End of WHO list",
    ]


def test_a_channel_is_found_in_any_case_and_called_by_its_name(world: World) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #Chat")
    assert alice.ask("WHO #cHAT") == [
        ":irc.test 352 alice #Chat alice 192.0.2.1 irc.test alice H@ :0 Alice Example",
        ":irc.test 315 alice #cHAT :End of WHO list",
    ]


def test_a_channel_that_does_not_exist_has_nobody_in_it(world: World) -> None:
    assert world.irc("alice").ask("WHO #x") == [":irc.test 315 alice #x :End of WHO list"]


def test_outsiders_see_nobody_in_a_secret_channel(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x", "MODE #x +s", "MODE alice -i")
    assert nicks(bob.ask("WHO #x")) == []
    assert nicks(alice.ask("WHO #x")) == ["alice"]


def test_outsiders_see_the_visible_members_of_a_channel_only(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x", "MODE alice -i")
    bob.send("JOIN #x")
    assert nicks(carol.ask("WHO #x")) == ["alice"]


def test_an_auditorium_shows_ordinary_members_themselves_and_those_of_rank(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x", "MODE #x +u")
    bob.send("JOIN #x")
    carol.send("JOIN #x")
    assert nicks(bob.ask("WHO #x")) == ["alice", "bob"]
    assert nicks(alice.ask("WHO #x")) == ["alice", "bob", "carol"]


def test_one_prefix_is_shown_and_all_of_them_with_multi_prefix(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="multi-prefix")
    alice.send("JOIN #x", "MODE #x +v alice")
    bob.send("JOIN #x")
    assert ":irc.test 352 bob #x alice 192.0.2.1 irc.test alice H@+ :0 Alice Example" in bob.ask("WHO #x")
    assert ":irc.test 352 alice #x alice 192.0.2.1 irc.test alice H@ :0 Alice Example" in alice.ask("WHO #x")


def test_operators_have_a_star_and_bots_a_b(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access()))
    alice, robot = operator(world, "alice"), world.irc("robot")
    robot.send("MODE robot +B")
    alice.send("JOIN #x")
    robot.send("JOIN #x")
    assert alice.ask("WHO #x") == [
        ":irc.test 352 alice #x alice 192.0.2.1 irc.test alice H*@ :0 Alice Example",
        ":irc.test 352 alice #x robot 192.0.2.1 irc.test robot HB :0 Robot Example",
        ":irc.test 315 alice #x :End of WHO list",
    ]


def test_the_flag_o_leaves_operators_only(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access()))
    alice, bob = operator(world, "alice"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    assert nicks(bob.ask("WHO #x o")) == ["alice"]
    assert nicks(bob.ask("WHO * o")) == ["alice"]
    assert bob.ask("WHO #x o%n") == [":irc.test 354 bob alice", ":irc.test 315 bob #x :End of WHO list"]


def test_a_nick_finds_its_user_even_when_invisible(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #x")
    assert alice.ask("WHO BOB") == [
        ":irc.test 352 alice * bob 192.0.2.1 irc.test bob H :0 Bob Example",
        ":irc.test 315 alice BOB :End of WHO list",
    ]


def test_the_channel_named_beside_a_user_is_one_that_both_are_in_if_there_is_any(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #other,#common", "MODE bob -i")
    assert "352 alice #other " in alice.ask("WHO bob")[0]
    alice.send("JOIN #common")
    assert "352 alice #common " in alice.ask("WHO bob")[0]


def test_a_secret_channel_is_not_named_beside_its_member(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #x", "MODE #x +s", "MODE bob -i")
    assert "352 alice * bob" in alice.ask("WHO bob")[0]


@pytest.mark.parametrize("ask", ["WHO", "WHO *", "WHO 0", "WHO **", "WHO :"])
def test_without_a_mask_everybody_visible_is_listed(world: World, ask: str) -> None:
    alice, bob, _ = world.irc("alice"), world.irc("bob"), world.irc("carol")
    bob.send("MODE bob -i")
    assert nicks(alice.ask(ask)) == ["alice", "bob"]


@pytest.mark.parametrize(
    "mask",
    [
        "b*",
        "B?B",
        "192.0.2.2",
        "*.0.2.2",
        "*uncle*",
        "bobby",
        "b*!*@*",
        "*@192.0.2.2",
        "bob!bobby@192.0.2.2",
        "BAC*",
    ],
)
def test_a_mask_fits_nick_username_host_realname_or_account(world: World, mask: str) -> None:
    alice = world.irc("alice")
    bob = world.connect_irc(address="192.0.2.2")
    bob.send("NICK bob", "USER bobby 0 * :Your uncle", "MODE bob -i")
    log_in(world, bob, "bacon")
    assert nicks(alice.ask(f"WHO {mask}")) == ["bob"]


def test_a_mask_of_the_server_fits_everybody_visible(world: World) -> None:
    alice = world.irc("alice")
    world.irc("bob").send("MODE bob -i")
    assert nicks(alice.ask("WHO *.TEST")) == ["alice", "bob"]


def test_a_mask_that_fits_nobody_finds_nobody(world: World) -> None:
    assert world.irc("alice").ask("WHO z*") == [":irc.test 315 alice z* :End of WHO list"]


def test_a_search_finds_invisible_users_only_in_common_channels(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    assert nicks(alice.ask("WHO b*")) == []
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    assert nicks(alice.ask("WHO b*")) == ["bob"]


def test_operators_who_see_what_is_hidden_find_invisible_users_by_their_real_host(
    make_world: MakeWorld,
) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.SEE_HIDDEN, vhost="staff.test")))
    boss, other = operator(world, "boss"), operator(world, "other")
    bob = world.irc("bob")
    assert nicks(boss.ask("WHO o*")) == ["other"]
    assert nicks(boss.ask("WHO 192.0.2.1")) == ["boss", "other", "bob"]
    assert nicks(boss.ask("WHO *!*@192.0.2.1")) == ["boss", "other", "bob"]
    other.send("MODE other -i")
    assert nicks(bob.ask("WHO 192.0.2.1")) == ["bob"]
    assert nicks(bob.ask("WHO *@staff.test")) == ["other"]


def test_a_search_ends_after_so_many_users(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_MATCHES", 2)
    alice = world.irc("alice")
    for nick in ("bob", "carol", "dave"):
        world.irc(nick).send(f"MODE {nick} -i")
    assert nicks(alice.ask("WHO")) == ["alice", "bob"]


def test_a_mask_with_spaces_is_answered_by_its_first_word(world: World) -> None:
    assert world.irc("alice").ask("WHO :a b") == [":irc.test 315 alice a :End of WHO list"]


def test_whox_sends_every_field_in_the_order_of_the_specification(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", address="192.0.2.2")
    alice.send("JOIN #x")
    log_in(world, bob, "bobby")
    bob.send("JOIN #x", "PRIVMSG #x :hi")
    world.pass_time(8)
    before = world.clock.seconds()
    lines = alice.ask("WHO bob %roaldfnshiuct,042")
    idle = int(lines[0].split(" ")[12])
    since = world.realm.nicks["bob"].active_at / 1000
    assert 7 <= before - since - 1 <= idle <= world.clock.seconds() - since + 1
    assert lines == [
        f":irc.test 354 alice 042 #x bob 192.0.2.2 192.0.2.2 irc.test bob H 0 {idle} bobby n/a :Bob Example",
        ":irc.test 315 alice bob :End of WHO list",
    ]


def test_whox_sends_only_what_was_asked_for(world: World) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #x")
    assert alice.ask("WHO #x %cna") == [
        ":irc.test 354 alice #x alice 0",
        ":irc.test 315 alice #x :End of WHO list",
    ]
    assert alice.ask("WHO alice %r")[0] == ":irc.test 354 alice :Alice Example"


@pytest.mark.parametrize("fields", ["%tn", "%tn,", "%tn,1234", "%tn,x1", "%tn,²"])
def test_whox_takes_a_token_of_up_to_three_digits_only(world: World, fields: str) -> None:
    assert world.irc("alice").ask(f"WHO alice {fields}")[0] == ":irc.test 354 alice 0 alice"


def test_whox_passes_over_fields_that_do_not_exist(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("WHO alice %Zn!")[0] == ":irc.test 354 alice alice"
    assert alice.ask("WHO alice %Z") == [":irc.test 315 alice alice :End of WHO list"]
    assert alice.ask("WHO alice %") == [":irc.test 315 alice alice :End of WHO list"]


def test_whox_tells_no_channel_and_no_account_by_their_placeholders(world: World) -> None:
    assert world.irc("alice").ask("WHO alice %ca")[0] == ":irc.test 354 alice * 0"


def test_whox_tells_the_address_behind_another_host_to_its_owner_and_those_who_may_see_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.SEE_HIDDEN, vhost="staff.test")))
    boss, other, bob = operator(world, "boss"), operator(world, "other"), world.irc("bob")
    assert bob.ask("WHO boss %ih")[0] == ":irc.test 354 bob 255.255.255.255 staff.test"
    assert other.ask("WHO boss %ih")[0] == ":irc.test 354 other 192.0.2.1 staff.test"
    assert boss.ask("WHO boss %ih")[0] == ":irc.test 354 boss 192.0.2.1 staff.test"


def test_a_labelled_who_is_answered_in_one_batch(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    assert alice.ask("@label=w1 WHO alice") == [
        "@label=w1 :irc.test BATCH +b1 labeled-response",
        "@batch=b1 :irc.test 352 alice * alice 192.0.2.1 irc.test alice H :0 Alice Example",
        "@batch=b1 :irc.test 315 alice alice :End of WHO list",
        ":irc.test BATCH -b1",
    ]
    assert alice.ask("@label=w2 WHO zed") == ["@label=w2 :irc.test 315 alice zed :End of WHO list"]


def test_replies_carry_the_time_with_server_time(world: World) -> None:
    alice = world.irc("alice", caps="server-time")
    assert all(line.startswith("@time=2026-01-01T00:") for line in alice.ask("WHO alice"))


def test_a_large_channel_is_listed_whole_though_members_leave_meanwhile(world: World) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #x")
    others = [world.irc(f"user{i}") for i in range(40)]
    for each in others:
        each.send("JOIN #x")
    alice.read()
    alice.connection.dataReceived(b"WHO #x\r\n")
    others[20].vanish()
    lines = alice.read()
    assert len(nicks(lines)) == 41
    assert ":irc.test 315 alice #x :End of WHO list" in lines


def test_a_reply_that_is_too_long_for_a_line_is_cut(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(realname_length=600))
    client = world.connect_irc()
    client.send("NICK a", f"USER a 0 * :{'é' * 240}")
    client.read()
    line = client.ask("WHO a")[0]
    assert len(line.encode()) in (509, 510)
    assert line.endswith("é")


def test_who_needs_registration(world: World) -> None:
    assert world.connect_irc().ask("WHO *") == [":irc.test 451 * :You have not registered"]
