"""Who can be seen by whom: invisible users, secret channels, bots, operators."""

from __future__ import annotations

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.modes import Privilege, UserMode
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access, operator
from tests.world import Client, World


def found(client: Client, mask: str) -> list[str]:
    """The nicks that a WHO finds."""
    return [line.split(" ")[3] for line in client.ask(f"WHO {mask} %n") if " 354 " in line]


def named(client: Client, channel: str) -> set[str]:
    """The nicks that NAMES shows, without prefixes."""
    lines = [line for line in client.ask(f"NAMES {channel}") if " 353 " in line]
    return {word.lstrip("~&@%+") for line in lines for word in line.split(" :")[1].split()}


def whois_channels(client: Client, nick: str) -> str:
    return " ".join(line.split(" :")[1] for line in client.ask(f"WHOIS {nick}") if " 319 " in line)


def test_an_invisible_user_is_found_by_companions_and_those_who_know_the_nick(world: World) -> None:
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    bob.send("JOIN #x")
    carol.send("JOIN #x")
    assert found(alice, "b*") == []
    assert found(alice, "#x") == []
    assert named(alice, "#x") == set()
    assert whois_channels(alice, "bob") == ""
    assert found(carol, "b*") == ["bob"]
    assert found(carol, "#x") == ["bob", "carol"]
    assert named(carol, "#x") == {"bob", "carol"}
    assert whois_channels(carol, "bob") == "@#x"
    # Whoever knows a nick may use it.
    assert found(alice, "bob") == ["bob"]
    assert alice.ask("ISON bob") == [":irc.test 303 alice :bob"]
    assert alice.ask("WHOIS bob")[0].startswith(":irc.test 311 alice bob ")
    bob.send("MODE bob -i")
    assert found(alice, "b*") == ["bob"]
    assert found(alice, "#x") == ["bob"]
    assert named(alice, "#x") == {"bob"}
    assert whois_channels(alice, "bob") == "@#x"


def test_counts_follow_invisibility(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(user_modes=()))
    alice, bob = world.irc("alice"), world.irc("bob")
    first = ":irc.test 251 alice :There are {} users and {} invisible on 1 servers"
    assert alice.ask("LUSERS")[0] == first.format(2, 0)
    bob.send("MODE bob +i")
    assert alice.ask("LUSERS")[0] == first.format(1, 1)
    bob.send("QUIT")
    assert alice.ask("LUSERS")[0] == first.format(1, 0)


def test_a_secret_channel_is_known_to_its_members_only(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.SEE_HIDDEN)))
    alice, bob, boss = world.irc("alice"), world.irc("bob"), operator(world, "boss")
    bob.send("MODE bob -i", "JOIN #secret", "MODE #secret +s")
    assert found(alice, "#secret") == []
    assert whois_channels(alice, "bob") == ""
    assert found(boss, "#secret") == ["bob"]
    assert whois_channels(boss, "bob") == "@#secret"
    alice.send("JOIN #secret")
    assert found(alice, "#secret") == ["bob", "alice"]
    assert whois_channels(alice, "bob") == "@#secret"
    alice.send("PART #secret")
    assert whois_channels(alice, "bob") == ""


def test_a_bot_is_known_as_one(world: World) -> None:
    robot, alice = world.irc("robot"), world.irc("alice", caps="message-tags")
    for each in (robot, alice):
        each.send("JOIN #x")
    assert ":robot MODE robot :+B" in robot.ask("MODE robot +B")
    assert ":irc.test 335 alice robot :is a bot on ChatNet" in alice.ask("WHOIS robot")
    assert alice.ask("WHO robot %nf")[0] == ":irc.test 354 alice robot H@B"
    robot.send("PRIVMSG #x :beep")
    (line,) = alice.read()
    tags, _, rest = line.partition(" ")
    assert "bot" in tags.removeprefix("@").split(";")
    assert rest == ":robot!robot@192.0.2.1 PRIVMSG #x :beep"
    robot.send("MODE robot -B", "PRIVMSG #x :boop")
    assert "bot" not in alice.read()[0].partition(" ")[0].removeprefix("@").split(";")
    assert not any(" 335 " in line for line in alice.ask("WHOIS robot"))


def test_a_bots_tag_is_not_sent_to_clients_without_tags(world: World) -> None:
    robot, alice = world.irc("robot"), world.irc("alice")
    robot.send("MODE robot +B", "PRIVMSG alice :beep")
    assert alice.read() == [":robot!robot@192.0.2.1 PRIVMSG alice :beep"]


def test_a_secure_connection_is_told_of_and_cannot_be_pretended(world: World) -> None:
    alice, bob = world.irc("alice", secure=True), world.irc("bob")
    bob.send("MODE bob +Z")
    assert ":irc.test 671 bob alice :is using a secure connection" in bob.ask("WHOIS alice")
    assert not any(" 671 " in line for line in alice.ask("WHOIS bob"))
    assert UserMode.SECURE not in world.realm.nicks["bob"].modes


def test_an_operator_is_known_as_one_until_it_gives_that_up(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.SEE_HIDDEN, Privilege.STATS)))
    boss, alice = operator(world, "boss"), world.irc("alice")
    alice.send("JOIN #secret", "MODE #secret +s")
    assert ":irc.test 313 alice boss :is an IRC operator" in alice.ask("WHOIS boss")
    assert alice.ask("USERHOST boss") == [":irc.test 302 alice :boss*=+boss@192.0.2.1"]
    assert found(boss, "#secret") == ["alice"]
    boss.send("MODE boss -o")
    assert not any(" 313 " in line for line in alice.ask("WHOIS boss"))
    assert alice.ask("USERHOST boss") == [":irc.test 302 alice :boss=+boss@192.0.2.1"]
    assert found(boss, "#secret") == []
    assert boss.ask("STATS m")[0].startswith(":irc.test 481 boss :")


def test_who_left_can_be_asked_about_by_every_nick_they_had(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("NICK robert", "NICK ROBERT", "QUIT")
    assert [line.split(" ")[1] for line in alice.ask("WHOWAS bob")] == ["314", "312", "369"]
    assert [line.split(" ")[1] for line in alice.ask("WHOWAS robert")] == ["314", "312", "369"]
    assert alice.ask("WHOIS robert")[0] == ":irc.test 401 alice robert :No such nick/channel"
