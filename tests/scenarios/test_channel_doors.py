"""Who gets into a channel: keys, limits, invitations, bans, accounts, forwards."""

from __future__ import annotations

from tests.protocols.irc.given import log_in
from tests.world import Client, World

ALICE = ":alice!alice@192.0.2.1"
BOB = ":bob!bob@192.0.2.1"
CAROL = ":carol!carol@192.0.2.1"


def opened(world: World, modes: str) -> Client:
    """Alice's #club, with these modes."""
    alice = world.irc("alice")
    alice.send("JOIN #club", f"MODE #club {modes}")
    alice.read()
    return alice


def gets_in(client: Client, line: str = "JOIN #club") -> bool:
    return any(" JOIN #club" in each for each in client.ask(line))


def test_k_a_key_opens_the_door(world: World) -> None:
    alice = opened(world, "+k sesame")
    bob = world.irc("bob")
    no = [":irc.test 475 bob #club :Cannot join channel (+k): bad key"]
    assert bob.ask("JOIN #club") == no
    assert bob.ask("JOIN #club Sesame") == no
    assert gets_in(bob, "JOIN #club sesame")
    assert alice.read() == [f"{BOB} JOIN #club"]
    # The key may be named, left out or wrong: taking it away takes rank, not knowledge.
    assert alice.ask("MODE #club -k") == [f"{ALICE} MODE #club -k sesame"]
    assert gets_in(world.irc("carol"))


def test_l_a_full_channel_takes_nobody_until_somebody_leaves(world: World) -> None:
    alice = opened(world, "+l 2")
    bob, carol = world.irc("bob"), world.irc("carol")
    assert gets_in(bob)
    assert carol.ask("JOIN #club") == [":irc.test 471 carol #club :Cannot join channel (+l): channel is full"]
    bob.send("PART #club")
    assert gets_in(carol)
    alice.send("MODE #club -l")
    assert gets_in(bob)


def test_i_only_the_invited_come_in_and_once(world: World) -> None:
    alice = opened(world, "+i")
    bob = world.irc("bob")
    no = [":irc.test 473 bob #club :Cannot join channel (+i): you must be invited"]
    assert bob.ask("JOIN #club") == no
    alice.send("INVITE bob #club")
    assert bob.read() == [f"{ALICE} INVITE bob :#club"]
    assert gets_in(bob)
    bob.send("PART #club")
    assert bob.ask("JOIN #club")[-1] == no[0]


def test_an_invitation_opens_every_door_but_a_ban(world: World) -> None:
    alice = opened(world, "+iklR sesame 1")
    bob, carol = world.irc("bob"), world.irc("carol")
    alice.send("INVITE bob #club", "INVITE carol #club", "MODE #club +b carol")
    bob.read()
    carol.read()
    assert gets_in(bob)
    assert carol.ask("JOIN #club") == [":irc.test 474 carol #club :Cannot join channel (+b): you are banned"]


def test_I_who_is_on_the_invite_exceptions_needs_no_invitation(world: World) -> None:
    opened(world, "+iI *!bob@*")
    assert gets_in(world.irc("bob"))
    assert not gets_in(world.irc("carol"))


def test_a_knock_an_invitation_and_in(world: World) -> None:
    alice = opened(world, "+i")
    bob = world.irc("bob")
    assert bob.ask("KNOCK #club :it is me") == [":irc.test 711 bob #club :Your KNOCK has been delivered."]
    (knock,) = alice.read()
    assert knock == ":irc.test 710 #club #club bob!bob@192.0.2.1 :has asked for an invite: it is me"
    alice.send("INVITE bob #club")
    assert gets_in(bob)
    world.pass_time(61)
    carol = world.irc("carol")
    assert carol.ask("KNOCK #club") == [":irc.test 711 carol #club :Your KNOCK has been delivered."]
    assert alice.read()[-1] == ":irc.test 710 #club #club carol!carol@192.0.2.1 :has asked for an invite."


def test_b_and_e_who_is_banned_stays_out_unless_excepted(world: World) -> None:
    alice = opened(world, "+b *!*@192.0.2.1")
    bob, carol = world.irc("bob"), world.irc("carol", address="198.51.100.7")
    assert bob.ask("JOIN #club") == [":irc.test 474 bob #club :Cannot join channel (+b): you are banned"]
    assert gets_in(carol)
    alice.send("MODE #club +e bob")
    assert gets_in(bob)
    alice.send("MODE #club -b *!*@192.0.2.1", "MODE #club +b *!*@198.51.100.*")
    # A ban does not put out who is in.
    assert carol.ask("NAMES #club")[0] == ":irc.test 353 carol = #club :@alice carol bob"
    carol.send("PART #club")
    assert not gets_in(carol)


def test_R_only_who_is_logged_in_joins(world: World) -> None:
    opened(world, "+R")
    bob = world.irc("bob")
    assert bob.ask("JOIN #club") == [
        ":irc.test 477 bob #club :Cannot join channel (+R): you must be logged in"
    ]
    log_in(bob, "bobby")
    assert gets_in(bob)


def test_extended_bans_look_at_accounts_realnames_and_channels(world: World) -> None:
    alice = opened(world, "+b ~a:bad*")
    bob, carol = world.irc("bob"), world.irc("carol")
    log_in(bob, "BadBob")
    assert not gets_in(bob)
    assert gets_in(carol)
    alice.send("MODE #club -b ~a:bad*", "MODE #club +b ~r:Bob?Example")
    assert not gets_in(bob)
    alice.send("MODE #club -b ~r:Bob?Example", "MODE #club +b ~c:#pit")
    assert gets_in(bob)
    bob.send("PART #club", "JOIN #pit")
    assert not gets_in(bob)
    bob.send("PART #pit")
    assert gets_in(bob)


def test_extended_bans_turn_round_and_serve_as_exceptions(world: World) -> None:
    alice = opened(world, "+b ~!a")
    bob, carol = world.irc("bob"), world.irc("carol")
    log_in(bob, "bob")
    assert gets_in(bob)
    assert not gets_in(carol)
    alice.send("MODE #club +e ~r:Carol*")
    assert gets_in(carol)
    alice.send("MODE #club +iI ~account:dave")
    dave = world.irc("dave")
    assert not gets_in(dave)
    log_in(dave, "dave")
    alice.send("MODE #club -b ~!a")
    assert gets_in(dave)


def test_f_who_cannot_come_in_is_led_to_another_channel(world: World) -> None:
    alice = opened(world, "+i")
    alice.send("JOIN #lobby", "MODE #club +f #Lobby")
    alice.read()
    bob = world.irc("bob")
    assert bob.ask("JOIN #club") == [
        ":irc.test 470 bob #club #lobby :Forwarding to another channel",
        f"{BOB} JOIN #lobby",
        ":irc.test 353 bob = #lobby :@alice bob",
        ":irc.test 366 bob #lobby :End of /NAMES list",
    ]
    assert alice.read() == [f"{BOB} JOIN #lobby"]
    # Who is in the other channel already is told why not, and so is who cannot enter either.
    no = ":irc.test 473 {} #club :Cannot join channel (+i): you must be invited"
    assert bob.ask("JOIN #club") == [no.format("bob")]
    alice.send("MODE #lobby +i")
    assert world.irc("carol").ask("JOIN #club") == [no.format("carol")]


def test_f_a_forward_needs_rank_in_both_channels(world: World) -> None:
    alice, bob = opened(world, "+i"), world.irc("bob")
    bob.send("JOIN #lobby")
    assert alice.ask("MODE #club +f #lobby") == [":irc.test 482 alice #lobby :You must be a channel operator"]
    bob.send("JOIN #other")
    bob.ask("INVITE alice #other")
    alice.ask("JOIN #other")
    assert bob.ask("MODE #other +h alice") == [f"{BOB} MODE #other +h alice"]
    assert (
        alice.ask("MODE #other +f #club")[-1] == ":irc.test 482 alice #other :You must be a channel operator"
    )


def test_a_channel_that_is_left_by_all_starts_afresh(world: World) -> None:
    alice = opened(world, "+kmb sesame carol")
    alice.send("PART #club")
    carol = world.irc("carol")
    assert gets_in(carol)
    assert carol.ask("MODE #club")[0] == ":irc.test 324 carol #club +nt"
