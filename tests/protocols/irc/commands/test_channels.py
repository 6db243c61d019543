"""JOIN, PART, TOPIC, KICK, INVITE, KNOCK, SAJOIN and SAPART."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.given import channel, make_operator, seconds
from tests.world import World

MakeWorld = Callable[..., World]

ALICE = ":alice!alice@192.0.2.1"
BOB = ":bob!bob@192.0.2.1"
CAROL = ":carol!carol@192.0.2.1"


# JOIN


def test_who_joins_sees_the_join_the_topic_and_the_names(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    assert alice.ask("JOIN #x") == [
        f"{ALICE} JOIN #x",
        ":irc.test 353 alice = #x :@alice",
        ":irc.test 366 alice #x :End of /NAMES list",
    ]
    alice.ask("TOPIC #x :Welcome to all")
    set_at = seconds(channel(world, "#x").topic_at)
    assert bob.ask("JOIN #X") == [
        f"{BOB} JOIN #x",
        ":irc.test 332 bob #x :Welcome to all",
        f":irc.test 333 bob #x alice!alice@192.0.2.1 {set_at}",
        ":irc.test 353 bob = #x :@alice bob",
        ":irc.test 366 bob #x :End of /NAMES list",
    ]
    assert alice.read() == [f"{BOB} JOIN #x"]


def test_join_takes_lists_of_channels_and_keys(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.ask("JOIN #a,#b,#c", "MODE #a +k one", "MODE #c +k three")
    joined = [line for line in bob.ask("JOIN #a,#b,#c one,,three") if " JOIN " in line]
    assert joined == [f"{BOB} JOIN #a", f"{BOB} JOIN #b", f"{BOB} JOIN #c"]


def test_keys_beyond_the_channels_and_empty_names_are_ignored(world: World) -> None:
    alice = world.irc("alice")
    assert [
        line for line in alice.ask("JOIN ,#a,, x,y,z,w,v") if " 353 " not in line and " 366 " not in line
    ] == [f"{ALICE} JOIN #a"]


def test_joining_again_says_nothing(world: World) -> None:
    alice = world.irc("alice")
    alice.send("JOIN #x")
    assert alice.ask("JOIN #x") == []


def test_a_name_that_no_channel_can_have_is_refused_and_the_rest_is_joined(world: World) -> None:
    alice = world.irc("alice")
    lines = alice.ask("JOIN x,#y")
    assert lines[:2] == [":irc.test 476 alice x :A channel's name must begin with #", f"{ALICE} JOIN #y"]


@pytest.mark.parametrize("line", ["JOIN", "JOIN :", "JOIN ,,"])
def test_join_without_a_channel_is_refused(world: World, line: str) -> None:
    assert world.irc("alice").ask(line) == [":irc.test 461 alice JOIN :Not enough parameters"]


def test_an_empty_join_before_registration_is_passed_over(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("JOIN :") == []
    assert client.ask("JOIN #x") == [":irc.test 451 * :You have not registered"]
    assert client.ask("JOIN") == [":irc.test 451 * :You have not registered"]


def test_join_0_leaves_all_channels(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #a,#b")
    bob.send("JOIN #b")
    assert alice.ask("JOIN 0") == [f"{ALICE} PART #a", f"{ALICE} PART #b"]
    assert bob.read()[-1] == f"{ALICE} PART #b"
    assert alice.ask("JOIN 0") == []


def test_too_many_channels_are_refused(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(channels_per_user=1))
    alice = world.irc("alice")
    alice.send("JOIN #a")
    assert alice.ask("JOIN #b") == [":irc.test 405 alice #b :You have joined too many channels"]


def test_the_answer_to_a_labelled_join_is_one_batch(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    assert alice.ask("@label=j JOIN #x") == [
        "@label=j :irc.test BATCH +b1 labeled-response",
        f"@batch=b1 {ALICE} JOIN #x",
        "@batch=b1 :irc.test 353 alice = #x :@alice",
        "@batch=b1 :irc.test 366 alice #x :End of /NAMES list",
        ":irc.test BATCH -b1",
    ]


def test_no_implicit_names_leaves_the_names_out(world: World) -> None:
    alice = world.irc("alice", caps="no-implicit-names")
    assert alice.ask("JOIN #x") == [f"{ALICE} JOIN #x"]


def test_extended_join_shows_the_account_and_the_realname(world: World) -> None:
    alice, bob = world.irc("alice", caps="extended-join away-notify"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("AWAY :at lunch")
    alice.read()
    bob.send("JOIN #x")
    assert alice.read() == [f"{BOB} JOIN #x * :Bob Example", f"{BOB} AWAY :at lunch"]


# PART


def test_who_parts_and_who_stays_see_the_part(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    for client in (alice, bob):
        client.send("JOIN #x,#y")
        client.read()
    alice.read()
    assert alice.ask("PART #x,#y :see you later") == [
        f"{ALICE} PART #x :see you later",
        f"{ALICE} PART #y :see you later",
    ]
    assert bob.read() == [f"{ALICE} PART #x :see you later", f"{ALICE} PART #y :see you later"]
    assert bob.ask("PART #x :") == [f"{BOB} PART #x"]
    assert world.realm.channel("#x") is None


def test_part_says_where_one_is_not(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    assert bob.ask("PART #x,#none") == [
        ":irc.test 442 bob #x :You're not on that channel",
        ":irc.test 403 bob #none :No such channel",
    ]


def test_part_needs_a_channel(world: World) -> None:
    alice = world.irc("alice")
    need = [":irc.test 461 alice PART :Not enough parameters"]
    assert alice.ask("PART") == need
    assert alice.ask("PART :") == need


@pytest.mark.parametrize(
    "line", ["PART #x", "TOPIC #x", "KICK #x bob", "INVITE bob #x", "KNOCK #x", "SAJOIN #x", "SAPART bob #x"]
)
def test_channel_commands_need_registration(world: World, line: str) -> None:
    assert world.connect_irc().ask(line) == [":irc.test 451 * :You have not registered"]


# TOPIC


def test_a_topic_is_set_shown_and_cleared(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    bob.read()
    assert alice.ask("TOPIC #x") == [":irc.test 331 alice #x :No topic is set"]
    assert alice.ask("TOPIC #x :All about #x") == [f"{ALICE} TOPIC #x :All about #x"]
    assert bob.read() == [f"{ALICE} TOPIC #x :All about #x"]
    set_at = seconds(channel(world, "#x").topic_at)
    assert bob.ask("TOPIC #X") == [
        ":irc.test 332 bob #x :All about #x",
        f":irc.test 333 bob #x alice!alice@192.0.2.1 {set_at}",
    ]
    assert alice.ask("TOPIC #x :") == [f"{ALICE} TOPIC #x :"]
    assert bob.ask("TOPIC #x")[-1] == ":irc.test 331 bob #x :No topic is set"


def test_a_topic_is_refused_to_those_who_may_not_set_it(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    assert bob.ask("TOPIC #x :mine") == [":irc.test 442 bob #x :You're not on that channel"]
    bob.send("JOIN #x")
    assert bob.ask("TOPIC #x :mine") == [":irc.test 482 bob #x :You must be a channel half-operator"]
    assert bob.ask("TOPIC #none :mine") == [":irc.test 403 bob #none :No such channel"]
    assert bob.ask("TOPIC") == [":irc.test 461 bob TOPIC :Not enough parameters"]


def test_outsiders_may_read_a_topic_but_not_that_of_a_secret_channel(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x", "TOPIC #x :All welcome")
    assert bob.ask("TOPIC #x")[0] == ":irc.test 332 bob #x :All welcome"
    alice.send("MODE #x +s")
    assert bob.ask("TOPIC #x") == [":irc.test 403 bob #x :No such channel"]
    assert bob.ask("TOPIC :no such") == [":irc.test 403 bob no :No such channel"]


# KICK


def test_a_kick_is_seen_by_all_with_its_reason(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    for client in (alice, bob, carol):
        client.send("JOIN #x")
    for client in (bob, carol):
        client.read()
    assert alice.ask("KICK #x BOB :no more of that") == [f"{ALICE} KICK #x bob :no more of that"]
    assert bob.read() == carol.read() == [f"{ALICE} KICK #x bob :no more of that"]
    assert alice.ask("KICK #x carol") == [f"{ALICE} KICK #x carol :alice"]
    assert list(channel(world, "#x").members) == [world.realm.user("alice")]


def test_kick_takes_several_nicks_for_one_channel_or_one_for_each(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    for client in (alice, bob, carol):
        client.send("JOIN #x,#y")
    assert alice.ask("KICK #x bob,carol,dave :out") == [
        f"{ALICE} KICK #x bob :out",
        f"{ALICE} KICK #x carol :out",
        ":irc.test 401 alice dave :No such nick/channel",
    ]
    assert alice.ask("KICK #x,#y bob,carol :out") == [
        ":irc.test 441 alice bob #x :They aren't on that channel",
        f"{ALICE} KICK #y carol :out",
    ]
    need = [":irc.test 461 alice KICK :Not enough parameters"]
    assert alice.ask("KICK #x,#y bob") == need
    assert alice.ask("KICK #x ,") == need
    assert alice.ask("KICK #x") == need


def test_a_kick_is_refused_to_outsiders_members_without_rank_and_of_higher_ones(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x")
    assert bob.ask("KICK #x alice") == [":irc.test 442 bob #x :You're not on that channel"]
    bob.send("JOIN #x")
    assert bob.ask("KICK #x alice") == [":irc.test 482 bob #x :You must be a channel half-operator"]
    alice.send("MODE #x +h bob")
    assert (
        bob.ask("KICK #x alice")
        == [
            f"{ALICE} MODE #x +h bob",
            ":irc.test 482 bob #x :alice has a rank that you cannot act on",
        ][1:]
    )
    assert carol.ask("KICK #none bob") == [":irc.test 403 carol #none :No such channel"]


# INVITE


def test_an_invitation_reaches_the_invited_and_is_answered(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol", caps="invite-notify")
    alice.send("JOIN #x", "MODE #x +i")
    assert alice.ask("INVITE Bob #X") == [":irc.test 341 alice bob #x"]
    assert bob.read() == [f"{ALICE} INVITE bob :#x"]
    assert bob.ask("INVITE") == [":irc.test 336 bob #x", ":irc.test 337 bob :End of /INVITE list"]
    assert bob.ask("JOIN #x")[0] == f"{BOB} JOIN #x"
    assert bob.ask("INVITE") == [":irc.test 337 bob :End of /INVITE list"]
    assert carol.read() == []


def test_invite_notify_tells_the_other_operators(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="invite-notify")
    world.irc("carol")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.send("MODE #x +o bob")
    bob.read()
    alice.send("INVITE carol #x")
    assert bob.read() == [f"{ALICE} INVITE carol :#x"]


def test_who_invites_somebody_away_is_told_so(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("AWAY :back soon")
    assert alice.ask("INVITE bob #x") == [":irc.test 341 alice bob #x", ":irc.test 301 alice bob :back soon"]


def test_invitations_are_refused_with_the_reason(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    carol = world.irc("carol")
    alice.send("JOIN #x")
    assert alice.ask("INVITE nobody #x") == [":irc.test 401 alice nobody :No such nick/channel"]
    assert alice.ask("INVITE bob #none") == [":irc.test 403 alice #none :No such channel"]
    assert alice.ask("INVITE bob") == [":irc.test 461 alice INVITE :Not enough parameters"]
    assert bob.ask("INVITE carol #x") == [":irc.test 442 bob #x :You're not on that channel"]
    bob.send("JOIN #x")
    assert alice.ask("INVITE bob #x") == [":irc.test 443 alice bob #x :is already on channel"]
    alice.send("MODE #x +i")
    assert bob.ask("INVITE carol #x") == [":irc.test 482 bob #x :You must be a channel half-operator"]
    assert carol.read() == []


def test_invitations_to_channels_that_are_gone_are_not_listed(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x", "INVITE bob #x", "PART #x")
    assert bob.ask("INVITE") == [":irc.test 337 bob :End of /INVITE list"]


# KNOCK


def test_a_knock_is_heard_by_those_who_can_invite(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.send("MODE #x +i")
    alice.read()
    bob.read()
    assert carol.ask("KNOCK #x :please let me in") == [
        ":irc.test 711 carol #x :Your KNOCK has been delivered."
    ]
    (heard,) = alice.read()
    assert heard == (":irc.test 710 #x #x carol!carol@192.0.2.1 :has asked for an invite: please let me in")
    assert bob.read() == []
    assert carol.ask("KNOCK #x") == [":irc.test 712 carol #x :Too many KNOCKs (user)."]


def test_knocks_are_refused_with_the_reason(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    assert alice.ask("KNOCK #x") == [":irc.test 714 alice #x :You are already on that channel."]
    assert bob.ask("KNOCK #x") == [":irc.test 713 bob #x :Channel is open."]
    assert bob.ask("KNOCK #none") == [":irc.test 403 bob #none :No such channel"]
    assert bob.ask("KNOCK") == [":irc.test 461 bob KNOCK :Not enough parameters"]
    alice.send("MODE #x +ib bob")
    assert bob.ask("KNOCK #x") == [":irc.test 480 bob #x :Cannot knock: you are banned"]
    alice.send("MODE #x +s-b bob")
    assert bob.ask("KNOCK #x") == [":irc.test 403 bob #x :No such channel"]


# SAJOIN and SAPART


def test_an_operator_joins_somebody_past_every_restriction(world: World) -> None:
    alice, bob, root = world.irc("alice"), world.irc("bob"), world.irc("root")
    alice.send("JOIN #x", "MODE #x +ib bob")
    alice.read()
    make_operator(root, Privilege.OVERRIDE)
    root.send("SAJOIN bob #x")
    assert bob.read() == [
        f"{BOB} JOIN #x",
        ":irc.test 353 bob = #x :@alice bob",
        ":irc.test 366 bob #x :End of /NAMES list",
    ]
    assert alice.read() == [f"{BOB} JOIN #x"]
    assert root.read() == [":irc.test NOTICE * :*** root made bob join #x"]


def test_an_operator_can_join_by_force_itself_and_make_a_channel(world: World) -> None:
    alice, root = world.irc("alice"), world.irc("root")
    alice.send("JOIN #x", "MODE #x +k secret")
    make_operator(root, Privilege.OVERRIDE)
    assert root.ask("SAJOIN #x,#new")[0] == ":root!root@192.0.2.1 JOIN #x"
    assert world.realm.channel("#new") is not None


def test_an_operator_has_somebody_part(world: World) -> None:
    alice, bob, root = world.irc("alice"), world.irc("bob"), world.irc("root")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.read()
    bob.read()
    make_operator(root, Privilege.OVERRIDE)
    root.send("SAPART bob #x :enough")
    assert alice.read() == bob.read() == [f"{BOB} PART #x :enough"]
    assert root.read() == [":irc.test NOTICE * :*** root made bob leave #x"]


@pytest.mark.parametrize(
    "line", ["SAJOIN bob #x", "SAPART bob #x", "SAMODE #x +o bob", "SAMODE #none +o bob"]
)
def test_what_operators_force_is_refused_to_others(world: World, line: str) -> None:
    alice, _bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    assert alice.ask(line) == [":irc.test 481 alice :Permission denied: you are not an IRC operator"]
    make_operator(alice, Privilege.KILL)
    assert alice.ask(line) == [":irc.test 723 alice override :Insufficient oper privileges."]


def test_what_operators_force_is_refused_where_it_cannot_be(world: World) -> None:
    root, _bob = world.irc("root"), world.irc("bob")
    make_operator(root, Privilege.OVERRIDE)
    root.send("JOIN #x")
    assert root.ask("SAJOIN nobody #x") == [":irc.test 401 root nobody :No such nick/channel"]
    assert root.ask("SAJOIN bob x")[0].startswith(":irc.test 476 root x :")
    assert root.ask("SAJOIN root #x") == [":irc.test 443 root root #x :is already on channel"]
    assert root.ask("SAPART bob #x") == [":irc.test 441 root bob #x :They aren't on that channel"]
    assert root.ask("SAPART bob #none") == [":irc.test 403 root #none :No such channel"]
    assert root.ask("SAPART bob") == [":irc.test 461 root SAPART :Not enough parameters"]
    assert root.ask("SAJOIN") == [":irc.test 461 root SAJOIN :Not enough parameters"]
