"""What is spoken over WebSocket is what is spoken elsewhere, and all meet in the same channels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.websocket.connection import TOLERANCE
from tests.protocols.api.conftest import failures
from tests.protocols.irc.conftest import late, make_world, world
from tests.protocols.websocket.browser import Browser
from tests.protocols.websocket.scene import BINARY, CLOSE, TEXT, closing, sent
from tests.world import World

__all__ = ["failures", "late", "make_world", "world"]

DEFLATE = "permessage-deflate"


def irc(world: World, nick: str, subprotocol: str = "text.ircv3.net", deflate: str = "") -> Browser:
    browser = Browser(world, subprotocol, deflate=deflate)
    kind = TEXT if subprotocol.startswith("text") else BINARY
    for line in (f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #x"):
        browser.arrive(sent(kind, line.encode()))
    welcome = browser.frames()
    assert all(each.opcode == kind for each in welcome)
    assert any(f" 001 {nick} ".encode() in each.payload for each in welcome)
    return browser


def json(world: World, nick: str, deflate: str = "") -> Browser:
    browser = Browser(world, "json.chatdaemon", deflate=deflate)
    browser.say(id=1, op="hello", nick=nick)
    browser.say(id=2, op="join", channel="#x")
    hello, join = browser.hear()
    assert ("ok" in hello, "ok" in join) == (True, True)
    return browser


def binary(world: World, nick: str, deflate: str = "") -> Browser:
    browser = Browser(world, "binary.chatdaemon", deflate=deflate)
    browser.say_binary(id=1, op="hello", nick=nick)
    browser.say_binary(id=2, op="join", channel="#x")
    hello, join = browser.hear_binary()
    assert ("ok" in hello, "ok" in join) == (True, True)
    return browser


@pytest.mark.parametrize("text", ["tea?", "tea " * 90], ids=["short", "long"])
def test_one_message_reaches_them_all(world: World, text: str) -> None:
    text = text.strip()
    plain = world.irc("plain")
    plain.send("JOIN #x")
    in_text = [irc(world, "ann"), irc(world, "bea", deflate=DEFLATE)]
    in_bytes = [irc(world, "cat", "binary.ircv3.net"), irc(world, "dot", "binary.ircv3.net", DEFLATE)]
    in_json = [json(world, "eve"), json(world, "fay", DEFLATE)]
    in_frames = [binary(world, "gwen"), binary(world, "hana", DEFLATE)]
    for browser in (*in_text, *in_bytes, *in_json, *in_frames):
        browser.frames()
    plain.send(f"PRIVMSG #x :{text}")
    line = f":plain!plain@192.0.2.1 PRIVMSG #x :{text}"
    assert [browser.read() for browser in in_text] == [[line]] * 2
    assert [[each.payload.decode() for each in browser.frames()] for browser in in_bytes] == [[line]] * 2
    heard = [browser.hear() for browser in in_json] + [browser.hear_binary() for browser in in_frames]
    assert [event["text"] for (event,) in heard] == [text] * 4
    assert len({event["msgid"] for (event,) in heard}) == 1
    plain.read()
    in_frames[0].say_binary(op="send", target="#x", text="yes")
    assert plain.read() == [":gwen!gwen@192.0.2.1 PRIVMSG #x :yes"]
    assert in_text[0].read() == [":gwen!gwen@192.0.2.1 PRIVMSG #x :yes"]
    in_text[0].send("PRIVMSG #x :no")
    assert [event["text"] for event in in_json[0].hear()] == ["yes", "no"]


def test_capabilities_that_are_asked_for_late_hold_for_what_comes_after(world: World) -> None:
    ann, bea = irc(world, "ann"), irc(world, "bea")
    ann.read()
    assert ann.ask("CAP REQ :message-tags server-time")[0].endswith("CAP ann ACK :message-tags server-time")
    bea.send("PRIVMSG #x :hi")
    (line,) = ann.read()
    assert line.startswith("@")
    assert line.endswith(" :bea!bea@192.0.2.1 PRIVMSG #x :hi")


def test_one_message_is_one_line_whatever_is_in_it(world: World, failures: Callable[[], int]) -> None:
    ann, bea = irc(world, "ann"), irc(world, "bea")
    ann.read()
    (refused,) = bea.ask("PRIVMSG #x :hi\r\nQUIT :pasted")
    assert " 421 " in refused or "FAIL" in refused or " 400 " in refused
    assert ann.read() == []
    assert bea.ask("PING a\r\n", "", "PING b") == [":irc.test PONG irc.test :a", ":irc.test PONG irc.test :b"]
    assert len(bea.ask("PRIVMSG #x :\0")) == 1
    assert not bea.closed
    assert failures() == 0


def test_a_long_line_is_answered_and_a_longer_one_ends_the_connection(world: World) -> None:
    ann = irc(world, "ann")
    (answer,) = ann.ask("PRIVMSG #x :" + "x" * 5000)
    assert " 417 " in answer
    ann.send("x" * 100_000)
    assert ann.close_frame().code == 1009
    assert ann.closed


def test_who_has_not_said_hello_has_little_room(world: World) -> None:
    browser = Browser(world, "json.chatdaemon", deflate=DEFLATE)
    browser.send(" " * (MAX_FIRST_MESSAGE + 1))
    assert browser.hear()[0]["error"]["code"] == "line_too_long"
    browser.send(" " * (MAX_FIRST_MESSAGE * TOLERANCE + 1))
    assert browser.close_frame().code == 1009


def test_json_may_have_line_ends_between_its_words(world: World) -> None:
    eve = json(world, "eve")
    eve.send('{\r\n  "id": 7,\n  "op": "ping"\n}\n')
    (reply,) = eve.hear()
    assert reply["id"] == 7
    eve.send('{"op":"send","target":"#x","text":"a\nb"}')
    (reply,) = eve.hear()
    assert reply["error"]["code"] == "bad_json"


def test_who_leaves_is_told_and_closed_in_order(world: World) -> None:
    ann, eve = irc(world, "ann"), json(world, "eve")
    ann.read()
    eve.say(id=3, op="bye", reason="Tea time")
    said = eve.frames()
    assert said[-1].opcode == CLOSE
    assert said[-1].code == 1000
    assert not eve.closed
    assert ann.read() == [":eve!eve@192.0.2.1 QUIT :Quit: Tea time"] or not eve.closed
    eve.arrive(closing(1000))
    assert eve.closed


@pytest.mark.parametrize("end", ["close", "vanish"])
def test_who_is_gone_is_gone_for_the_others(world: World, end: str) -> None:
    ann, bea = irc(world, "ann"), irc(world, "bea")
    ann.read()
    if end == "close":
        bea.arrive(closing(1001))
    else:
        bea.transport.lose(ConnectionError())
        world.settle()
    (line,) = ann.read()
    assert line.startswith(":bea!bea@192.0.2.1 QUIT :")
    assert world.realm.user("bea") is None


def test_a_message_is_made_once_for_all_browsers_that_are_alike(world: World) -> None:
    browsers = [irc(world, f"user{number}") for number in range(5)]
    sessions = [browser.transport.protocol._session for browser in browsers]  # type: ignore[attr-defined]
    assert len({id(session.delivered_as) for session in sessions}) == 1
    audience = next(iter(world.node._audiences.values()))
    ((_, group),) = audience.groups.items()
    # The innermost loop writes to the sockets' own transports.
    assert [id(each) for each in group.values()] == [id(browser.transport) for browser in browsers]
