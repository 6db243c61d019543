"""Names of any script (`casemapping = rfc8265`), from the line in to the lines out."""

import pytest

from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    limits = LineLimits(flood_rate=None, ping_interval=None)
    return make_world(settings=Settings(casemapping="rfc8265"), limits=limits)


def test_isupport_says_how_names_fold(world: World) -> None:
    client = world.connect_irc()
    client.send("NICK alice", "USER a 0 * :a")
    assert any(" CASEMAPPING=rfc8265 " in line for line in client.read())


def test_people_and_channels_have_names_of_any_script(world: World) -> None:
    zoe, kon = world.irc("Zo\u00eb"), world.irc("\u041a\u043e\u043d")
    zoe.send("JOIN #\u041a\u0430\u043d\u0430\u043b")
    kon.send("JOIN #\u043a\u0430\u043d\u0430\u043b")
    assert ":\u041a\u043e\u043d!\u041a\u043e\u043d" not in zoe.read()[0], "user names are ASCII"
    assert kon.ask("PRIVMSG zo\u00cb :hello", "PRIVMSG #\u041a\u0410\u041d\u0410\u041b :all") == []
    lines = zoe.read()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "PRIVMSG Zo\u00eb :hello",
        "PRIVMSG #\u041a\u0430\u043d\u0430\u043b :all",
    ]
    assert kon.ask("ISON ZO\u00cb nobody") == [":irc.test 303 \u041a\u043e\u043d :Zo\u00eb"]


def test_the_same_name_in_another_form_is_in_use(world: World) -> None:
    world.irc("Zo\u00eb")
    other = world.irc("bob")
    assert other.ask("NICK ZOE\u0308") == [":irc.test 433 bob ZOE\u0308 :Nickname is already in use"]
    assert other.ask("NICK zoe\u2603")[0].startswith(":irc.test 432 bob zoe\u2603 :")


def test_a_ban_matches_in_any_case(world: World) -> None:
    zoe, kon = world.irc("zo\u00eb"), world.irc("\u041a\u043e\u043d")
    zoe.send("JOIN #x", "MODE #x +b \u043a*!*@*")
    assert kon.ask("JOIN #x")[0].startswith(":irc.test 474 ")


def test_no_line_of_names_is_too_long(world: World) -> None:
    for number in range(300):
        nick = "\u540d\u524d" + "".join(
            "\u3042\u3044\u3046\u3048\u304a\u304b\u304d\u304f\u3051\u3053"[int(d)] for d in str(number)
        )
        world.irc(nick).send("JOIN #x")
    last = world.irc("\u5f8c\u3067")
    last.transport.received = b""
    last.connection.dataReceived(b"JOIN #x\r\n")
    world.settle()
    lines = last.transport.received.split(b"\r\n")
    assert sum(b" 353 " in line for line in lines) > 5
    assert max(map(len, lines)) <= 510
    names = [name for line in lines if b" 353 " in line for name in line.split(b" :")[1].split()]
    assert len(names) == 301
