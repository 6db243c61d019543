"""MODE, for channels and users, and SAMODE."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.given import channel, make_operator, seconds
from tests.world import Client, World

MakeWorld = Callable[..., World]

ALICE = ":alice!alice@192.0.2.1"
BOB = ":bob!bob@192.0.2.1"


def two(world: World) -> tuple[Client, Client]:
    """Alice, who made #x and is its operator, and Bob, who is in it too; what they were told so far is read."""
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.read()
    bob.read()
    return alice, bob


# What is set


def test_mode_shows_what_is_set_and_when_the_channel_was_made(world: World) -> None:
    alice, bob = two(world)
    made = seconds(channel(world, "#x").created_at)
    assert alice.ask("MODE #X") == [":irc.test 324 alice #x +nt", f":irc.test 329 alice #x {made}"]
    alice.send("MODE #x +ksl secret 9")
    assert bob.ask("MODE #x")[-2] == ":irc.test 324 bob #x +klnst secret 9"
    assert bob.ask("MODE #x :")[0] == ":irc.test 324 bob #x +klnst secret 9"
    alice.send("MODE #x -kslnt x")
    assert bob.ask("MODE #x")[-2] == ":irc.test 324 bob #x +"


def test_outsiders_do_not_see_the_key(world: World) -> None:
    alice, _ = two(world)
    carol = world.irc("carol")
    alice.send("MODE #x +kl secret 9")
    assert carol.ask("MODE #x")[0] == ":irc.test 324 carol #x +klnt * 9"
    make_operator(carol, Privilege.SEE_HIDDEN)
    assert carol.ask("MODE #x")[0] == ":irc.test 324 carol #x +klnt secret 9"


def test_a_secret_channel_is_none_to_outsiders(world: World) -> None:
    alice, _ = two(world)
    carol = world.irc("carol")
    alice.send("MODE #x +s")
    refused = [":irc.test 403 carol #x :No such channel"]
    assert carol.ask("MODE #x") == refused
    assert carol.ask("MODE #x +b") == refused
    assert carol.ask("MODE #none") == [":irc.test 403 carol #none :No such channel"]
    assert carol.ask("MODE #none +b") == [":irc.test 403 carol #none :No such channel"]


# Changes


def test_several_modes_in_a_line_are_changed_together_and_seen_by_all(world: World) -> None:
    alice, bob = two(world)
    line = f"{ALICE} MODE #x +mv-t+kl bob key 5"
    assert alice.ask("MODE #x +mv-t+kl BOB key 5") == [line]
    assert bob.read() == [line]


def test_what_changes_nothing_is_not_said(world: World) -> None:
    alice, bob = two(world)
    assert alice.ask("MODE #x +nt-m") == []
    assert alice.ask("MODE #x +") == []
    assert bob.read() == []


def test_the_answer_to_a_labelled_change_has_the_label(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    alice.send("JOIN #x")
    assert alice.ask("@label=m MODE #x +m") == [f"@label=m {ALICE} MODE #x +m"]
    assert alice.ask("@label=n MODE #x +m") == ["@label=n :irc.test ACK"]


def test_changes_are_refused_to_outsiders_and_those_without_rank(world: World) -> None:
    alice, bob = two(world)
    carol = world.irc("carol")
    assert carol.ask("MODE #x +m") == [":irc.test 442 carol #x :You're not on that channel"]
    assert carol.ask("MODE #none +m") == [":irc.test 403 carol #none :No such channel"]
    assert bob.ask("MODE #x +mi-t") == [":irc.test 482 bob #x :You must be a channel half-operator"]
    assert alice.read() == []


def test_what_is_refused_is_said_after_what_is_done(world: World) -> None:
    alice, _bob = two(world)
    alice.send("MODE #x +h bob")
    world.irc("dave")
    assert alice.ask("MODE #x +mov dave nobody") == [
        f"{ALICE} MODE #x +m",
        ":irc.test 441 alice dave #x :They aren't on that channel",
        ":irc.test 401 alice nobody :No such nick/channel",
    ]


def test_unknown_letters_are_named_once_and_the_rest_is_done(world: World) -> None:
    alice, _ = two(world)
    assert alice.ask("MODE #x yyz+m") == [
        ":irc.test 472 alice y :is unknown mode char to me",
        ":irc.test 472 alice z :is unknown mode char to me",
        f"{ALICE} MODE #x +m",
    ]
    assert alice.ask("MODE #x :+:é ") == [
        ":irc.test 472 alice * :is unknown mode char to me",
        ":irc.test 472 alice é :is unknown mode char to me",
        ":irc.test 472 alice * :is unknown mode char to me",
    ]
    assert len(alice.ask(f"MODE #x {''.join(chr(0x400 + n) for n in range(200))}")) == 10


def test_a_mode_without_the_parameter_that_it_needs_is_named(world: World) -> None:
    alice, _ = two(world)
    assert alice.ask("MODE #x +klo") == [
        f":irc.test 696 alice #x {letter} * :You must give a parameter for mode {letter}" for letter in "klo"
    ]


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ("+l none", ":irc.test 696 alice #x l none :A limit is a number"),
        ("+l 0", ":irc.test 696 alice #x l 0 :"),
        ("+l -3", ":irc.test 696 alice #x l -3 :"),
        ("+k a,b", ":irc.test 696 alice #x k a,b :A key is at most 32 ASCII characters"),
        ("+k :a b", ":irc.test 696 alice #x k a :A key is at most"),
        ("+k " + "k" * 400, f":irc.test 696 alice #x k {'k' * 100} :A key is at most"),
        ("+b ~x:y", ":irc.test 696 alice #x b ~x:y :There is no such extended ban"),
        ("+b ::", ":irc.test 696 alice #x b * :A mask cannot begin with a colon"),
        ("+f x", ":irc.test 696 alice #x f x :This channel cannot be forwarded to"),
        ("+f #x", ":irc.test 696 alice #x f #x :This channel cannot be forwarded to"),
        ("+f #none", ":irc.test 403 alice #none :No such channel"),
    ],
)
def test_a_bad_value_is_repeated_with_what_is_wrong_with_it(world: World, change: str, start: str) -> None:
    alice, bob = two(world)
    (line,) = alice.ask(f"MODE #x {change}")
    assert line.startswith(start)
    assert len(line.encode()) <= 510
    assert bob.read() == []


def test_no_more_changes_with_a_parameter_than_isupport_says(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(modes_per_line=2))
    alice, _ = two(world)
    assert alice.ask("MODE #x +vbbm bob a!*@* b!*@*") == [
        ":irc.test 400 alice MODE :At most 2 modes with a parameter at a time; not done: b",
        f"{ALICE} MODE #x +vbm bob a!*@*",
    ]


def test_with_no_limit_on_modes_all_of_a_line_is_done(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(modes_per_line=None))
    alice, _ = two(world)
    masks = [f"n{number}!*@*" for number in range(20)]
    (line,) = alice.ask(f"MODE #x +{'b' * 20} {' '.join(masks)}")
    assert line == f"{ALICE} MODE #x +{'b' * 20} {' '.join(masks)}"


# Lists


@pytest.mark.parametrize(
    ("letter", "row", "end"),
    [
        ("b", 367, "368 alice #x :End of channel ban list"),
        ("e", 348, "349 alice #x :End of channel exception list"),
        ("I", 346, "347 alice #x :End of channel invite exception list"),
    ],
)
def test_a_list_is_shown_with_who_set_each_mask_and_when(
    world: World, letter: str, row: int, end: str
) -> None:
    alice, bob = two(world)
    assert alice.ask(f"MODE #x +{letter}") == [f":irc.test {end}"]
    set_line = f"{ALICE} MODE #x +{letter}{letter} Eve!*@* *!*@example.org"
    assert alice.ask(f"MODE #x +{letter}{letter} Eve example.org") == [set_line]
    assert bob.read() == [set_line]
    entries = [entry for which in channel(world, "#x").lists.values() for entry, _ in which.values()]
    by = "alice!alice@192.0.2.1"
    shown = [
        f":irc.test {row} alice #x Eve!*@* {by} {seconds(entries[0].at)}",
        f":irc.test {row} alice #x *!*@example.org {by} {seconds(entries[1].at)}",
        f":irc.test {end}",
    ]
    for query in (f"+{letter}", letter, f"-{letter}", f"+{letter}{letter}", f"+{letter} :"):
        assert alice.ask(f"MODE #x {query}") == shown
    assert alice.ask(f"MODE #x -{letter} eve!*@*") == [f"{ALICE} MODE #x -{letter} Eve!*@*"]


def test_everybody_reads_the_bans_and_half_operators_the_exceptions(world: World) -> None:
    alice, bob = two(world)
    carol = world.irc("carol")
    alice.send("MODE #x +beI x!*@* y!*@* z!*@*")
    for client, nick in ((bob, "bob"), (carol, "carol")):
        ban, end = client.ask("MODE #x b")
        assert ban.startswith(f":irc.test 367 {nick} #x x!*@* ")
        assert end == f":irc.test 368 {nick} #x :End of channel ban list"
        assert client.ask("MODE #x +e") == [
            f":irc.test 482 {nick} #x :You must be a channel half-operator",
            f":irc.test 349 {nick} #x :End of channel exception list",
        ]
        assert client.ask("MODE #x I") == [
            f":irc.test 482 {nick} #x :You must be a channel half-operator",
            f":irc.test 347 {nick} #x :End of channel invite exception list",
        ]
    alice.send("MODE #x +h bob")
    assert len(bob.ask("MODE #x e")) == 2
    make_operator(carol, Privilege.SEE_HIDDEN)
    assert len(carol.ask("MODE #x I")) == 2


def test_lists_and_changes_in_one_line_are_both_answered(world: World) -> None:
    alice, bob = two(world)
    assert alice.ask("MODE #x bm+Iy") == [
        ":irc.test 472 alice y :is unknown mode char to me",
        ":irc.test 368 alice #x :End of channel ban list",
        ":irc.test 347 alice #x :End of channel invite exception list",
        f"{ALICE} MODE #x +m",
    ]
    assert bob.read() == [f"{ALICE} MODE #x +m"]


def test_a_full_list_takes_no_more(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(list_entries=2))
    alice, _ = two(world)
    assert alice.ask("MODE #x +beI a!*@* b!*@* c!*@*") == [
        f"{ALICE} MODE #x +be a!*@* b!*@*",
        ":irc.test 478 alice #x c!*@* :Channel list is full",
    ]


def test_a_long_list_is_shown_whole(world: World) -> None:
    alice, _ = two(world)
    for number in range(60):
        alice.send(f"MODE #x +b n{number}!*@*")
    rows = [line.split(" ")[4] for line in alice.ask("MODE #x +b")[:-1]]
    assert rows == [f"n{number}!*@*" for number in range(60)]


def test_where_a_line_has_no_room_for_who_set_a_mask_it_has_the_nick(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_length=70, channel_length=80))
    nick, name, mask = "n" * 70, "#" + "c" * 79, "m" * 246 + "!*@*"
    client = world.irc(nick)
    client.send(f"JOIN {name}", f"MODE {name} +b {mask}")
    row, _end = client.ask(f"MODE {name} b")
    assert row.startswith(f":irc.test 367 {nick} {name} {mask} {nick} 1767225")


# Users


def test_a_user_sees_and_changes_its_own_modes(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("MODE Alice") == [":irc.test 221 alice +i"]
    assert alice.ask("MODE alice +Bw-i") == [":alice MODE alice :+Bw-i"]
    assert alice.ask("MODE alice") == [":irc.test 221 alice +Bw"]
    assert alice.ask("MODE alice :") == [":irc.test 221 alice +Bw"]
    assert alice.ask("MODE alice +B") == []
    assert alice.ask("MODE alice -Bw") == [":alice MODE alice :-Bw"]
    assert alice.ask("MODE alice") == [":irc.test 221 alice +"]


def test_the_modes_of_others_are_nobodys_business(world: World) -> None:
    alice, _bob = world.irc("alice"), world.irc("bob")
    for line in ("MODE bob", "MODE bob +i"):
        assert alice.ask(line) == [":irc.test 502 alice :Cannot change mode for other users"]
    for line in ("MODE nobody", "MODE nobody +i"):
        assert alice.ask(line) == [":irc.test 401 alice nobody :No such nick/channel"]
    assert alice.ask("MODE :") == [":irc.test 401 alice * :No such nick/channel"]


def test_unknown_user_modes_are_said_once_and_the_rest_is_done(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("MODE alice +xwy") == [
        ":irc.test 501 alice :Unknown MODE flag",
        ":alice MODE alice :+w",
    ]
    assert alice.ask("MODE alice +x") == [":irc.test 501 alice :Unknown MODE flag"]


def test_nobody_makes_themselves_operator_or_secure_or_reads_server_notices(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("MODE alice +oZ-Z") == []
    assert alice.ask("MODE alice +s") == [
        ":irc.test 481 alice :Permission denied: you are not an IRC operator"
    ]
    assert alice.ask("MODE alice") == [":irc.test 221 alice +i"]


def test_the_server_sets_secure_on_who_comes_over_tls(world: World) -> None:
    assert world.irc("alice", secure=True).ask("MODE alice") == [":irc.test 221 alice +Zi"]


def test_an_operator_can_step_down(world: World) -> None:
    alice = world.irc("alice")
    make_operator(alice, Privilege.KILL)
    assert alice.ask("MODE alice") == [":irc.test 221 alice +ios"]
    assert alice.ask("MODE alice -o") == [":alice MODE alice :-os"]
    assert alice.ask("MODE alice") == [":irc.test 221 alice +i"]


def test_mode_needs_a_target_and_registration(world: World) -> None:
    assert world.irc("alice").ask("MODE") == [":irc.test 461 alice MODE :Not enough parameters"]
    assert world.connect_irc().ask("MODE #x") == [":irc.test 451 * :You have not registered"]


# SAMODE


def test_samode_changes_modes_without_rank_and_members_see_it(world: World) -> None:
    alice, bob = two(world)
    make_operator(bob, Privilege.OVERRIDE)
    assert bob.ask("SAMODE #x +o-o bob alice") == [
        f"{BOB} MODE #x +o-o bob alice",
        ":irc.test NOTICE * :*** bob changed the modes of #x as an operator",
    ]
    assert alice.read() == [f"{BOB} MODE #x +o-o bob alice"]


def test_samode_works_from_outside_the_channel(world: World) -> None:
    alice, bob = two(world)
    root = world.irc("root")
    make_operator(root, Privilege.OVERRIDE)
    assert root.ask("SAMODE #x +v bob") == [
        ":irc.test NOTICE * :*** root changed the modes of #x as an operator"
    ]
    assert alice.read() == bob.read() == [":root!root@192.0.2.1 MODE #x +v bob"]
    assert root.ask("SAMODE #none +m") == [":irc.test 403 root #none :No such channel"]
    assert root.ask("SAMODE root +m") == [":irc.test 403 root root :No such channel"]
    assert root.ask("SAMODE #x") == [":irc.test 461 root SAMODE :Not enough parameters"]
