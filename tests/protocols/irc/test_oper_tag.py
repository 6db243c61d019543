"""Who sees that an operator of the server did something (draft/oper-tag), and the tags of one's own lines."""

from __future__ import annotations

from chatdaemon.realm.modes import Privilege
from tests.protocols.irc.given import log_in, make_operator
from tests.world import World


def test_what_an_operator_does_is_marked_until_they_are_none(world: World) -> None:
    olga, carol, dave = world.irc("olga"), world.irc("carol", caps="draft/oper-tag"), world.irc("dave")
    for client in (olga, carol, dave):
        client.send("JOIN #x")
    for client in (olga, carol, dave):
        client.read()
    make_operator(olga, Privilege.KILL)
    olga.send("PRIVMSG #x :hi", "TOPIC #x :tea")
    assert carol.read() == [
        "@draft/oper :olga!olga@192.0.2.1 PRIVMSG #x :hi",
        "@draft/oper :olga!olga@192.0.2.1 TOPIC #x :tea",
    ]
    assert not any("draft/oper" in line for line in dave.read())
    olga.send("MODE olga -o", "PRIVMSG #x :just me")
    assert carol.read() == [":olga!olga@192.0.2.1 PRIVMSG #x :just me"]


def test_one_s_own_modes_have_one_s_own_tags(world: World) -> None:
    robot = world.irc("robot", caps="account-tag message-tags draft/oper-tag")
    log_in(robot, "robot")
    assert robot.ask("MODE robot +B") == ["@account=robot;bot :robot MODE robot :+B"]
    make_operator(robot)
    assert robot.ask("MODE robot -B") == ["@account=robot;draft/oper :robot MODE robot :-B"]


def test_monitor_s_numerics_have_the_tags_of_whom_they_are_about(world: World) -> None:
    watcher = world.irc("watcher", caps="account-tag message-tags")
    watcher.send("MONITOR + robot,bob")
    robot = world.irc("robot")
    watcher.read()
    log_in(robot, "robot")
    robot.send("MODE robot +B")
    watcher.read()
    robot.send("QUIT")
    assert watcher.read() == ["@account=robot;bot :irc.test 731 watcher :robot"]
    world.irc("bob")
    assert watcher.read() == [":irc.test 730 watcher :bob!bob@192.0.2.1"]


def test_who_would_write_to_somebody_is_told_of_with_their_tags(world: World) -> None:
    bob, robot = world.irc("bob", caps="account-tag message-tags"), world.irc("robot")
    log_in(robot, "robot")
    robot.send("MODE robot +B")
    bob.send("MODE bob +g")
    bob.read()
    robot.send("PRIVMSG bob :hello")
    (line,) = bob.read()
    assert line.startswith("@account=robot;bot :irc.test 718 bob robot robot@192.0.2.1 :")
