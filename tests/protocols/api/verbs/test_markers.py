"""How far one has read."""

from __future__ import annotations

from typing import cast

from twisted.internet.defer import Deferred, fail

from chatdaemon.history.history import Archive
from chatdaemon.storage.failure import StorageFailed
from tests.protocols.api.acting import error
from tests.world import World


def test_a_marker_is_set_to_a_message_and_told_to_ones_other_clients(world: World) -> None:
    world.account("alice")
    alice = world.connect_json()
    alice.ok(op="login", account="alice", password="sesame")
    alice.ok(op="hello", nick="alice")
    phone = world.connect_json()
    phone.ok(op="login", account="alice@phone", password="sesame")
    phone.ok(op="hello")
    alice.ok(op="join", channel="#x")
    sent = alice.ok(op="send", target="#x", text="hi")
    world.pass_time(5)
    phone.hear()
    ok = alice.ok(op="mark", target="#x", to=sent["msgid"])
    assert ok == {"target": "#x", "to": sent["time"]}
    (event,) = phone.hear()
    assert (event["event"], event["target"], event["to"]) == ("mark", "#x", sent["time"])
    assert phone.ok(op="mark", target="#x") == ok
    assert phone.ok(op="mark") == {"markers": [ok]}


def test_a_marker_only_moves_forward_and_says_where_it_is(world: World) -> None:
    alice = world.json("alice")
    first = alice.ok(op="ping")["time"]
    world.pass_time(5)
    second = alice.ok(op="ping")["time"]
    assert alice.ok(op="mark", target="bob") == {"target": "bob"}
    assert alice.ok(op="mark", target="bob", to=second)["to"] == second
    assert alice.ok(op="mark", target="bob", to=first) == {"target": "bob", "to": second}
    # As people are written.
    world.json("Bob")
    assert alice.ok(op="mark", target="BOB") == {"target": "Bob", "to": second}


def test_irc_clients_of_the_same_account_are_told(world: World) -> None:
    world.account("alice")
    alice = world.connect_json()
    alice.ok(op="login", account="alice", password="sesame")
    alice.ok(op="hello", nick="alice")
    irc = world.connect_irc()
    irc.send("CAP LS 302", "CAP REQ :sasl draft/read-marker", "AUTHENTICATE PLAIN")
    irc.send("AUTHENTICATE AGFsaWNlAHNlc2FtZQ==", "NICK alice", "USER a 0 * :A", "CAP END")
    irc.read()
    now = alice.ok(op="ping")["time"]
    alice.ok(op="mark", target="bob", to=now)
    assert irc.read() == [f":irc.test MARKREAD bob timestamp={now}"]


def test_what_cannot_be_marked_is_refused(world: World) -> None:
    alice = world.json("alice")
    assert error(alice, op="mark", to="2026-01-01T00:00:00.000Z") == {"code": "bad_request", "at": "$.target"}
    assert error(alice, op="mark", target="#x", to="yesterday") == {"code": "bad_request", "at": "$.to"}
    assert error(alice, op="mark", target="bob smith")["code"] == "bad_nick"
    assert error(alice, op="mark", target="#", to="2026-01-01T00:00:00.000Z")["code"] == "bad_channel_name"
    assert error(alice, op="mark", target="bob", to="0000010000000099") == {
        "code": "unknown_message",
        "subject": "bob",
        "detail": "0000010000000099",
    }


def test_a_message_that_is_not_the_targets_is_not_there(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    for client in (bob, carol):
        client.ok(op="join", channel="#x")
    alice.ok(op="join", channel="#y")
    elsewhere = bob.ok(op="send", target="#x", text="hi")["msgid"]
    between_others = bob.ok(op="send", target="carol", text="psst")["msgid"]
    for client, target, message in (
        (alice, "#x", elsewhere),
        (alice, "#y", elsewhere),
        (carol, "#y", elsewhere),
        (alice, "bob", between_others),
        (alice, "carol", between_others),
        (carol, "#x", between_others),
    ):
        no = error(client, op="mark", target=target, to=message)
        assert (no["code"], no["subject"], no["detail"]) == ("unknown_message", target, message)
    assert carol.ok(op="mark", target="#X", to=elsewhere)["target"] == "#x"
    assert carol.ok(op="mark", target="bob", to=between_others)["to"]
    assert bob.ok(op="mark", target="carol", to=between_others)["to"]


def test_what_is_not_for_ones_rank_cannot_be_marked_by_others(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    bob.ok(op="join", channel="#x")
    message = bob.ok(op="send", target="#x", text="help", rank="op")["msgid"]
    carol = world.json("carol")
    carol.ok(op="join", channel="#x")
    assert error(carol, op="mark", target="#x", to=message)["code"] == "unknown_message"
    assert alice.ok(op="mark", target="#x", to=message)["to"]
    assert bob.ok(op="mark", target="#x", to=message)["to"]


def test_a_message_that_cannot_be_looked_up_marks_nothing(world: World) -> None:
    class Broken:
        def find(self, point: object) -> Deferred[None]:
            return fail(StorageFailed("the disk is gone"))

    alice = world.json("alice")
    world.history.archive = cast(Archive, Broken())
    assert error(alice, op="mark", target="bob", to="0000010000000099") == {"code": "unavailable"}
    assert alice.ok(op="mark") == {"markers": []}
