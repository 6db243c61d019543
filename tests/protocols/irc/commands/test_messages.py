from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

ALICE = ":alice!alice@192.0.2.1"


def channel(world: World, *clients: Client, name: str = "#x") -> None:
    for client in clients:
        client.send(f"JOIN {name}")
    for client in clients:
        client.read()


def untagged(lines: list[str]) -> list[str]:
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]


def tags(line: str) -> dict[str, str]:
    words = line[1:].partition(" ")[0].split(";") if line.startswith("@") else []
    return dict(word.partition("=")[::2] for word in words)


# Who gets what


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_a_message_reaches_the_members_but_not_its_sender(world: World, command: str) -> None:
    alice, bob, carol, dave = (world.irc(nick) for nick in ("alice", "bob", "carol", "dave"))
    channel(world, alice, bob, carol)
    assert alice.ask(f"{command} #X :hello there") == []
    assert bob.read() == carol.read() == [f"{ALICE} {command} #x :hello there"]
    assert dave.read() == []


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_a_message_reaches_a_user(world: World, command: str) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    assert alice.ask(f"{command} BOB hello") == []
    assert bob.read() == [f"{ALICE} {command} bob :hello"]
    assert carol.read() == []


def test_several_targets_are_each_sent_the_message_in_order(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    channel(world, alice, bob)
    answer = alice.ask("PRIVMSG bob,nobody,,#x,carol,bob :hi")
    assert answer == [":irc.test 401 alice nobody :No such nick/channel"]
    assert bob.read() == [f"{ALICE} PRIVMSG bob :hi", f"{ALICE} PRIVMSG #x :hi"]
    assert carol.read() == [f"{ALICE} PRIVMSG carol :hi"]


def test_too_many_targets_are_refused_whole(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(targets=2))
    alice, bob = world.irc("alice"), world.irc("bob")
    assert alice.ask("PRIVMSG bob,a,b :hi") == [":irc.test 407 alice bob,a,b :Too many targets (at most 2)"]
    assert bob.read() == []
    assert alice.ask("PRIVMSG bob,bob,bob,alice :hi") == [f"{ALICE} PRIVMSG alice :hi"]
    assert len(bob.read()) == 1


def test_targets_may_be_without_limit(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(targets=None))
    alice = world.irc("alice")
    assert len(alice.ask("PRIVMSG " + ",".join("abcdefghij") + " :hi")) == 10


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_a_message_needs_a_recipient_and_a_text(world: World, command: str) -> None:
    alice = world.irc("alice")
    nobody = f":irc.test 411 alice :No recipient given ({command})"
    assert alice.ask(command, f"{command} :", f"{command} , :x") == [nobody] * 3
    assert alice.ask(f"{command} alice", f"{command} alice :") == [":irc.test 412 alice :No text to send"] * 2


@pytest.mark.parametrize("target", ["$*", "$irc.test", "bob@irc.test", "#nowhere", "*", "@bob", "@#nowhere"])
def test_a_target_that_is_nowhere_is_named(world: World, target: str) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    named = target.lstrip("@") if "#" in target else target
    assert alice.ask(f"PRIVMSG {target} :x") == [f":irc.test 401 alice {named} :No such nick/channel"]
    assert bob.read() == []


def test_messages_to_members_of_a_rank_reach_them_alone(world: World) -> None:
    alice, bob, carol, dave = (world.irc(nick) for nick in ("alice", "bob", "carol", "dave"))
    channel(world, alice, bob, carol, dave)
    alice.send("MODE #x +v bob", "MODE #x +o carol")
    for client in (alice, bob, carol, dave):
        client.read()
    assert alice.ask("PRIVMSG +#x :voices") == []
    assert bob.read() == carol.read() == [f"{ALICE} PRIVMSG +#x :voices"]
    assert alice.ask("NOTICE @#x :operators") == []
    assert (bob.read(), carol.read()) == ([], [f"{ALICE} NOTICE @#x :operators"])
    assert alice.ask("PRIVMSG @+#x :the lower rank counts") == []
    assert bob.read() == [f"{ALICE} PRIVMSG +#x :the lower rank counts"]
    assert carol.read() == [f"{ALICE} PRIVMSG +#x :the lower rank counts"]
    assert dave.read() == []


def test_a_channel_refuses_those_outside(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    channel(world, alice)
    assert bob.ask("PRIVMSG #x :x") == [":irc.test 404 bob #x :Cannot send to channel"]
    assert bob.ask("TAGMSG #x") == []
    assert alice.read() == []


# Notices are never answered


def test_nothing_comes_back_for_a_notice_that_cannot_be_delivered(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    channel(world, bob)
    bob.send("AWAY :gone")
    assert alice.ask("NOTICE #x :x", "NOTICE nobody :x", "NOTICE #x,nobody :x", "NOTICE bob :x") == []
    # The next command is answered as ever.
    assert alice.ask("PRIVMSG #x :x") == [":irc.test 404 alice #x :Cannot send to channel"]


def test_a_label_asks_for_an_answer_to_a_notice_too(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    assert alice.ask("@label=1 NOTICE nobody :x") == [
        "@label=1 :irc.test 401 alice nobody :No such nick/channel"
    ]


# Away


def test_who_writes_to_somebody_away_is_told(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("AWAY :gone fishing")
    assert alice.ask("PRIVMSG bob :x") == [":irc.test 301 alice bob :gone fishing"]
    bob.send("AWAY")
    assert alice.ask("PRIVMSG bob :x") == []


def test_the_away_text_comes_with_the_echo_in_one_labelled_answer(world: World) -> None:
    alice, bob = world.irc("alice", caps="labeled-response batch echo-message"), world.irc("bob")
    bob.send("AWAY :gone")
    assert alice.ask("@label=a PRIVMSG bob :x") == [
        "@label=a :irc.test BATCH +b1 labeled-response",
        f"@batch=b1 {ALICE} PRIVMSG bob :x",
        "@batch=b1 :irc.test 301 alice bob :gone",
        ":irc.test BATCH -b1",
    ]


# Echo


def test_an_echo_is_what_others_see_with_the_same_message_id(world: World) -> None:
    alice = world.irc("alice", caps="echo-message message-tags server-time")
    bob = world.irc("bob", caps="message-tags server-time")
    channel(world, alice, bob)
    echo = alice.ask("PRIVMSG #x :one", "NOTICE bob :two")
    assert echo == bob.read()
    assert untagged(echo) == [f"{ALICE} PRIVMSG #x :one", f"{ALICE} NOTICE bob :two"]
    assert all(set(tags(line)) == {"time", "msgid"} for line in echo)


def test_an_echo_comes_once_among_other_messages_in_order(world: World) -> None:
    alice, bob = world.irc("alice", caps="echo-message"), world.irc("bob")
    channel(world, alice, bob)
    alice.connection.dataReceived(b"PRIVMSG #x :1\r\nPING x\r\n")
    bob.connection.dataReceived(b"PRIVMSG #x :2\r\n")
    alice.connection.dataReceived(b"PRIVMSG #x :3\r\n")
    world.settle()
    assert [line.split(" :", 1)[1] for line in alice.read() if "PRIVMSG" in line] == ["1", "2", "3"]


def test_a_message_from_outside_a_channel_is_echoed(world: World) -> None:
    alice, bob = world.irc("alice", caps="echo-message"), world.irc("bob")
    channel(world, bob)
    bob.send("MODE #x -n")
    bob.read()
    assert alice.ask("PRIVMSG #x :hi") == bob.read() == [f"{ALICE} PRIVMSG #x :hi"]


def test_a_message_to_a_rank_is_echoed_also_to_one_without_it(world: World) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", caps="echo-message")
    channel(world, bob, alice)
    assert alice.ask("PRIVMSG @#x :help") == bob.read() == [f"{ALICE} PRIVMSG @#x :help"]
    assert bob.ask("PRIVMSG @#x :to myself") == []


def test_a_refused_message_is_not_echoed(world: World) -> None:
    alice = world.irc("alice", caps="echo-message")
    assert alice.ask("PRIVMSG nobody :x") == [":irc.test 401 alice nobody :No such nick/channel"]


def test_what_was_stripped_is_stripped_in_the_echo(world: World) -> None:
    alice = world.irc("alice", caps="echo-message")
    channel(world, alice)
    alice.send("MODE #x +c")
    alice.read()
    assert alice.ask("PRIVMSG #x :\x02bold\x02") == [f"{ALICE} PRIVMSG #x :bold"]


def test_a_message_to_oneself_arrives_beside_the_echo_and_only_that_is_labelled(world: World) -> None:
    line = f"{ALICE} PRIVMSG alice :me"
    plain = world.irc("alice")
    assert plain.ask("PRIVMSG alice :me") == [line]
    plain.send("CAP REQ :echo-message")
    plain.read()
    assert plain.ask("PRIVMSG alice :me") == [line, line]
    plain.send("CAP REQ :labeled-response batch")
    plain.read()
    assert sorted(plain.ask("@label=z PRIVMSG alice :me")) == [line, f"@label=z {line}"]
    plain.send("CAP REQ :-echo-message")
    plain.read()
    assert plain.ask("@label=z PRIVMSG alice :me") == [line, "@label=z :irc.test ACK"]


def test_a_labelled_echo_has_the_label_and_others_do_not(world: World) -> None:
    alice = world.irc("alice", caps="echo-message labeled-response batch message-tags")
    bob = world.irc("bob", caps="message-tags")
    channel(world, alice, bob)
    (echo,) = alice.ask("@label=ä\\s1 PRIVMSG #x :hi")
    (seen,) = bob.read()
    assert tags(echo) == {"label": "ä\\s1", **tags(seen)}
    assert untagged([echo]) == untagged([seen])


def test_a_label_without_echo_is_acknowledged(world: World) -> None:
    alice, bob = world.irc("alice", caps="labeled-response batch"), world.irc("bob")
    channel(world, alice, bob)
    assert alice.ask("@label=1 PRIVMSG #x :hi") == ["@label=1 :irc.test ACK"]
    assert bob.read() == [f"{ALICE} PRIVMSG #x :hi"]


# Tags


def test_client_only_tags_reach_those_with_message_tags_and_nobody_else(world: World) -> None:
    alice, bob, carol = (
        world.irc("alice", caps="message-tags"),
        world.irc("bob", caps="message-tags"),
        world.irc("carol", caps="server-time"),
    )
    channel(world, alice, bob, carol)
    alice.send("@+reply=12;+draft/react=:);+unknown=x;+typing;time=1;label=2 PRIVMSG #x :hi")
    (line,) = bob.read()
    assert tags(line).keys() == {"msgid", "+typing", "+reply", "+draft/react"}
    assert tags(line)["+reply"] == "12"
    # Tags of the server's come before those of the client (message-tags, "Client-only tags").
    assert line.startswith("@msgid=")
    assert tags(carol.read()[0]).keys() == {"time"}


def test_tag_values_are_passed_on_escaped(world: World) -> None:
    alice, bob = world.irc("alice", caps="message-tags"), world.irc("bob", caps="message-tags")
    alice.send(r"@+reply=a\:b\sc\\d\r\n PRIVMSG bob :hi")
    (line,) = bob.read()
    assert r"+reply=a\:b\sc\\d\r\n " in line


def test_tags_of_a_client_without_the_capability_are_dropped(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob", caps="message-tags")
    alice.send("@+reply=1 PRIVMSG bob :hi", "@+typing=active TAGMSG bob")
    (line,) = bob.read()
    assert tags(line).keys() == {"msgid"}


def test_tagmsg_reaches_those_with_message_tags(world: World) -> None:
    alice = world.irc("alice", caps="message-tags echo-message")
    bob, carol = world.irc("bob", caps="message-tags"), world.irc("carol", caps="server-time")
    channel(world, alice, bob, carol)
    echo = alice.ask("@+typing=active TAGMSG #x", "@+typing=done TAGMSG bob,carol")
    assert untagged(echo) == [f"{ALICE} TAGMSG #x", f"{ALICE} TAGMSG bob", f"{ALICE} TAGMSG carol"]
    assert bob.read() == echo[:2]
    assert carol.read() == []


def test_a_tagmsg_with_nothing_to_pass_on_goes_nowhere(world: World) -> None:
    alice = world.irc("alice", caps="message-tags labeled-response batch")
    bob = world.irc("bob", caps="message-tags")
    assert alice.ask("TAGMSG bob", "@+unknown=1 TAGMSG bob", "@label=5 TAGMSG bob") == [
        "@label=5 :irc.test ACK"
    ]
    assert bob.read() == []


def test_tagmsg_is_refused_like_a_message(world: World) -> None:
    alice = world.irc("alice", caps="message-tags")
    assert alice.ask("@+typing=active TAGMSG nobody", "TAGMSG") == [
        ":irc.test 401 alice nobody :No such nick/channel",
        ":irc.test 411 alice :No recipient given (TAGMSG)",
    ]


def test_an_echo_of_a_tagmsg_needs_message_tags(world: World) -> None:
    alice, bob = world.irc("alice", caps="message-tags echo-message"), world.irc("bob")
    channel(world, bob)
    bob.send("MODE #x -n")
    alice.send("CAP REQ :-message-tags")
    alice.read()
    assert alice.ask("@+typing=active TAGMSG #x") == []


# Long texts


def pieces(lines: list[str]) -> list[str]:
    assert all(
        len(line.partition(" ")[2].encode() if line[0] == "@" else line.encode()) <= 510 for line in lines
    )
    return [line.split(" :", 1)[1] for line in lines]


def test_what_irssi_takes_for_a_line_arrives_whole(world: World) -> None:
    alice, bob = world.irc("alice", address="2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"), world.irc("bob")
    text = "ü" * 212
    alice.send(f"PRIVMSG bob :{text}")
    assert pieces(bob.read()) == [text]


@pytest.mark.parametrize("letter", ["x", "ü", "語", "👍"])
def test_a_text_too_long_for_its_sender_comes_in_pieces_of_whole_characters(
    world: World, letter: str
) -> None:
    nick = "n" * 30
    sender = world.irc(nick, caps="echo-message", address="2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff")
    bob = world.irc("bob")
    name = "#" + "c" * 63
    channel(world, sender, bob, name=name)
    text = letter * (424 // len(letter.encode()))
    echo = sender.ask(f"PRIVMSG {name} :{text}")
    found = pieces(echo)
    assert len(found) == 2
    assert "".join(found) == text
    assert bob.read() == echo


def test_only_the_first_piece_has_the_message_id(world: World) -> None:
    alice, bob = world.irc("alice", caps="message-tags"), world.irc("bob", caps="message-tags server-time")
    alice.send("@+reply=1 PRIVMSG bob :" + "x" * 490)
    first, second = bob.read()
    assert tags(first).keys() == {"time", "msgid", "+reply"}
    assert "msgid" not in tags(second)


def test_a_ctcp_that_is_too_long_is_cut_and_stays_one(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("PRIVMSG bob :\x01CLIENTINFO " + "ü" * 235 + "\x01")
    (text,) = pieces(bob.read())
    assert text.startswith("\x01CLIENTINFO üüü")
    assert text.endswith("ü\x01")


def test_an_action_that_is_too_long_is_several(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("PRIVMSG bob :\x01ACTION " + "ü" * 240 + "\x01")
    first, second = pieces(bob.read())
    assert all(each.startswith("\x01ACTION ü") and each.endswith("ü\x01") for each in (first, second))
    assert (first + second).count("ü") == 240


def test_the_longest_labelled_echo_is_a_batch_of_its_pieces(world: World) -> None:
    alice = world.irc("alice", caps="echo-message labeled-response batch")
    lines = alice.ask("@label=1 PRIVMSG alice :" + "x" * 490)
    assert lines[0] == f"{ALICE} PRIVMSG alice :" + lines[0].split(" :", 1)[1]
    assert lines[2] == "@label=1 :irc.test BATCH +b1 labeled-response"
    assert [line.partition(" ")[0] for line in lines[3:]] == ["@batch=b1", "@batch=b1", ":irc.test"]
