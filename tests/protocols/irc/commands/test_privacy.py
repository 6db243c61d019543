from __future__ import annotations

import pytest

from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import UNLIMITED, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.world import World

HI = ":bob!bob@192.0.2.1 PRIVMSG alice :hi"
REFUSED = ":irc.test 716 bob alice :is in +g mode (server-side ignore)."
TOLD = ":irc.test 717 bob alice :has been informed that you messaged them."
CALLED = (
    ":irc.test 718 alice bob bob@192.0.2.1"
    " :is messaging you, and you have user mode +g set: use /ACCEPT to allow."
)

# Caller-id.


def test_who_is_not_accepted_is_announced(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    assert alice.ask("MODE alice +g") == [":alice MODE alice :+g"]
    assert bob.ask("PRIVMSG alice :hi") == [REFUSED, TOLD]
    assert alice.read() == [CALLED]
    assert bob.ask("PRIVMSG alice :hi") == [REFUSED]
    assert carol.ask("PRIVMSG alice :hi") == [REFUSED.replace("bob", "carol")]
    assert alice.read() == []
    world.pass_time(60)
    assert bob.ask("PRIVMSG alice :hi")[-1] == TOLD


def test_who_is_accepted_is_heard(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    assert alice.ask("MODE alice +g", "ACCEPT BOB")[1:] == []
    assert bob.ask("PRIVMSG alice :hi") == []
    assert alice.read() == [HI]
    assert alice.ask("ACCEPT -bob") == []
    assert bob.ask("PRIVMSG alice :hi") == [REFUSED, TOLD]


def test_a_notice_is_announced_and_not_answered(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="batch labeled-response message-tags")
    alice.ask("MODE alice +g")
    assert bob.ask("NOTICE alice :hi") == []
    assert alice.read() == [CALLED]
    world.pass_time(60)
    # With a label it is.
    opening, refused, told, closing = bob.ask("@label=x NOTICE alice :hi")
    assert opening == "@label=x :irc.test BATCH +b1 labeled-response"
    assert (refused, told) == (f"@batch=b1 {REFUSED}", f"@batch=b1 {TOLD}")
    assert closing == ":irc.test BATCH -b1"


def test_a_message_that_is_held_up_is_not_echoed(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="echo-message")
    alice.ask("MODE alice +g")
    assert bob.ask("PRIVMSG alice :hi") == [REFUSED, TOLD]


def test_what_is_typed_is_held_up(world: World) -> None:
    alice, bob = world.irc("alice", caps="message-tags"), world.irc("bob", caps="message-tags")
    alice.ask("MODE alice +g")
    assert bob.ask("@+typing=active TAGMSG alice") == [REFUSED]
    assert alice.read() == []


def test_the_list_is_shown_as_people_are_called_now(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    end = ":irc.test 282 alice :End of /ACCEPT list."
    assert alice.ask("ACCEPT *") == alice.ask("ACCEPT") == alice.ask("ACCEPT ,") == [end]
    log_in(carol, "Caroline")
    assert alice.ask("ACCEPT bob,+carol") == []
    bob.send("NICK robert")
    assert alice.ask("ACCEPT *") == [":irc.test 281 alice robert", ":irc.test 281 alice Caroline", end]
    # The list as it was, then the change.
    assert alice.ask("ACCEPT -robert,*,-Caroline")[-1] == end
    assert alice.ask("ACCEPT *") == [end]


def test_what_cannot_be_done_is_said_and_the_rest_is_done(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(accept_entries=1))
    alice = world.irc("alice")
    for nick in ("bob", "carol"):
        world.irc(nick)
    assert alice.ask("ACCEPT nobody,bob,carol,-dave,bob") == [
        ":irc.test 458 alice dave :is not on your accept list",
        ":irc.test 401 alice nobody :No such nick/channel",
        ":irc.test 456 alice :Accept list is full",
    ]
    assert alice.ask("ACCEPT bob") == [":irc.test 457 alice bob :is already on your accept list"]


def test_operators_need_not_be_accepted(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.ask("MODE alice +gRT")
    make_operator(bob)
    bob.send("PRIVMSG alice :hi", "PRIVMSG alice :\x01VERSION\x01")
    assert alice.read() == [HI, HI.replace(":hi", ":\x01VERSION\x01")]


def test_who_is_written_to_may_answer(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("MODE alice +g", "PRIVMSG bob :hello?")
    alice.read()
    bob.send("PRIVMSG alice :hi")
    assert alice.read() == [HI]


def test_a_program_is_refused_and_announced_too(world: World) -> None:
    alice, bob = world.irc("alice"), world.json("bob")
    alice.ask("MODE alice +g")
    reply = bob.do(op="send", target="alice", text="hi")
    assert reply == {
        "error": {
            "code": "not_accepted",
            "message": "alice takes messages only from those who were accepted",
            "subject": "alice",
        }
    }
    assert alice.read() == [CALLED]
    assert "error" in bob.do(op="send", target="alice", text="hi")
    alice.send("ACCEPT bob")
    assert "msgid" in bob.ok(op="send", target="alice", text="hi")


# No CTCP.


def test_who_takes_no_ctcp_takes_actions(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    assert alice.ask("MODE alice +T") == [":alice MODE alice :+T"]
    assert bob.ask("PRIVMSG alice :\x01VERSION\x01") == [
        ":irc.test 531 bob alice :Cannot send CTCP to this user (+T)"
    ]
    assert bob.ask("NOTICE alice :\x01VERSION x\x01") == []
    assert bob.ask("PRIVMSG alice :\x01ACTION waves\x01") == []
    assert alice.read() == [":bob!bob@192.0.2.1 PRIVMSG alice :\x01ACTION waves\x01"]


# Silences.


@pytest.mark.parametrize("line", ["PRIVMSG alice :hi", "NOTICE alice :hi", "@+typing=done TAGMSG alice"])
def test_who_is_silenced_is_not_heard_and_does_not_learn_of_it(world: World, line: str) -> None:
    alice = world.irc("alice", caps="message-tags")
    bob, carol = (world.irc(nick, caps="echo-message message-tags") for nick in ("bob", "carol"))
    (told,) = alice.ask("SILENCE +bob")
    assert told.endswith(" :alice!alice@192.0.2.1 SILENCE +bob!*@*")
    alice.send("AWAY :lunch")
    alice.read()
    heard, unheard = carol.ask(line), bob.ask(line)
    assert [each.replace("carol", "bob").partition(" ")[2] for each in heard] == [
        each.partition(" ")[2] for each in unheard
    ]
    assert [" :carol!" in each for each in alice.read()] == [True]


def test_silences_are_listed_and_taken_away(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    end = ":irc.test 272 alice alice :End of silence list"
    assert alice.ask("SILENCE") == alice.ask("SILENCE alice") == alice.ask("SILENCE ,") == [end]
    assert alice.ask("SILENCE bob,+~account:spammer", "SILENCE +*!*@10.0.0.1 -nobody") == [
        ":alice!alice@192.0.2.1 SILENCE +bob!*@*",
        ":alice!alice@192.0.2.1 SILENCE +~a:spammer",
        ":alice!alice@192.0.2.1 SILENCE +*!*@10.0.0.1",
        ":irc.test 400 alice SILENCE :You have not silenced nobody!*@*",
    ]
    assert alice.ask("SILENCE") == [
        ":irc.test 271 alice alice bob!*@*",
        ":irc.test 271 alice alice ~a:spammer",
        ":irc.test 271 alice alice *!*@10.0.0.1",
        end,
    ]
    assert alice.ask("SILENCE -BOB") == [":alice!alice@192.0.2.1 SILENCE -bob!*@*"]
    bob.send("PRIVMSG alice :hi")
    assert alice.read() == [HI]


def test_what_is_silenced_already_is_passed_over(world: World) -> None:
    alice = world.irc("alice")
    alice.send("SILENCE +bob")
    assert alice.ask("SILENCE +BOB!*@*") == []
    assert alice.ask("SILENCE +") == []


def test_what_cannot_be_silenced_is_said(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(silence_entries=1))
    alice = world.irc("alice", caps="standard-replies")
    assert alice.ask("SILENCE +~c:#x") == [
        ":irc.test FAIL SILENCE BAD_SILENCE :~c:#x cannot be silenced: This extended mask is for channels"
    ]
    assert alice.ask("SILENCE +a,b") == [
        ":alice!alice@192.0.2.1 SILENCE +a!*@*",
        ":irc.test 511 alice b!*@* :Your silence list is full",
    ]


def test_who_is_silenced_invites_in_vain(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #x")
    alice.send("SILENCE bob")
    alice.read()
    assert bob.ask("INVITE alice #x") == [":irc.test 341 bob alice #x"]
    assert alice.read() == []
    assert alice.ask("INVITE") == [":irc.test 337 alice :End of /INVITE list"]


def test_writing_to_oneself_is_not_silenced(world: World) -> None:
    alice = world.irc("alice", caps="echo-message")
    alice.send("SILENCE *!*@*")
    alice.read()
    assert alice.ask("PRIVMSG alice :note") == [":alice!alice@192.0.2.1 PRIVMSG alice :note"] * 2


def test_the_limits_are_told(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(accept_entries=UNLIMITED, silence_entries=UNLIMITED))
    client = world.connect_irc()
    client.send("NICK alice", "USER alice 0 * :Alice")
    words = " ".join(line for line in client.read() if " 005 " in line).split()
    assert {"ACCEPT", "SILENCE", "CALLERID=g"} <= set(words)


# Invitations taken back.


def test_an_invitation_is_taken_back(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x", "MODE #x +i", "INVITE bob #x")
    bob.read()
    assert alice.ask("UNINVITE bob #X") == [":irc.test 494 alice #x bob :Uninvited"]
    assert bob.read() == [":irc.test 653 bob :You were uninvited from #x by alice"]
    assert bob.ask("JOIN #x") == [":irc.test 473 bob #x :Cannot join channel (+i): you must be invited"]
    assert alice.ask("UNINVITE bob #x") == [":irc.test 505 alice bob #x :is not invited to this channel"]
    assert carol.ask("UNINVITE bob #x") == [":irc.test 442 carol #x :You're not on that channel"]
    assert carol.ask("UNINVITE bob") == [":irc.test 461 carol UNINVITE :Not enough parameters"]


# Nicks given by operators.


def test_an_operator_gives_somebody_another_nick(world: World) -> None:
    world.account("Dora")
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("JOIN #x")
    bob.read()
    assert alice.ask("SANICK bob Dora") == [
        ":irc.test 481 alice :Permission denied: you are not an IRC operator"
    ]
    make_operator(alice, Privilege.OVERRIDE)
    assert alice.ask("SANICK bob Dora") == [":irc.test NOTICE * :*** alice had bob be called Dora"]
    assert bob.read() == [":bob!bob@192.0.2.1 NICK :Dora"]
    assert bob.ask("WHOIS Dora")[0].startswith(":irc.test 311 Dora Dora ")
    assert alice.ask("SANICK Dora alice") == [":irc.test 433 alice alice :Nickname is already in use"]
    assert alice.ask("SANICK nobody x") == [":irc.test 401 alice nobody :No such nick/channel"]
    assert alice.ask("SANICK Dora 1st")[0].startswith(":irc.test 432 alice 1st :")
