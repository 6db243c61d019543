"""Sending a message again by the same key."""

from __future__ import annotations

from tests.protocols.api.acting import error
from tests.protocols.irc.conftest import MakeWorld
from tests.world import JSONClient, World


def joined(world: World, *names: str) -> list[JSONClient]:
    """Guests in #x."""
    clients = [world.json(name) for name in names]
    for client in clients:
        client.ok(op="join", channel="#x")
    for client in clients:
        client.hear()
    return clients


def texts(client: JSONClient) -> list[str]:
    return [event["text"] for event in client.hear() if event["event"] == "message"]


def test_the_same_key_is_the_same_message_which_others_see_once(world: World) -> None:
    alice, bob = joined(world, "alice", "bob")
    first = alice.ok(op="send", target="#x", text="hi", key="1")
    assert alice.ok(op="send", target="#x", text="hi", key="1") == first
    assert texts(bob) == ["hi"]
    assert alice.ok(op="send", target="#x", text="hi", key="2")["msgid"] > first["msgid"]
    assert texts(bob) == ["hi"]


def test_another_message_by_the_same_key_is_an_error_that_names_the_first(world: World) -> None:
    alice, bob = joined(world, "alice", "bob")
    first = alice.ok(op="send", target="#x", text="hi", key="1")
    for op in ({"text": "ho"}, {"text": "hi", "kind": "notice"}, {"text": "hi", "target": "bob"},
               {"text": "hi", "tags": {"+reply": "5"}}, {"text": "hi", "rank": "op"}, {"text": "hi\nho"}):  # fmt: skip
        no = error(alice, **{"op": "send", "target": "#x", "key": "1", **op})
        assert (no["code"], no["subject"], no["detail"]) == ("key_reused", "1", first["msgid"])
    assert texts(bob) == ["hi"]


def test_what_is_refused_can_be_sent_again_by_the_same_key(world: World) -> None:
    (alice,) = joined(world, "alice")
    assert error(alice, op="send", target="bob", text="hi", key="1")["code"] == "no_such_target"
    bob = world.json("bob")
    alice.ok(op="send", target="bob", text="hi", key="1")
    assert texts(bob) == ["hi"]


def test_several_lines_actions_reactions_and_typing_have_keys_as_well(world: World) -> None:
    alice, bob = joined(world, "alice", "bob")
    hi = alice.ok(op="send", target="#x", text="hi")["msgid"]
    bob.hear()
    for number, op in enumerate(
        (
            {"text": "a\nb"},
            {"text": "waves", "kind": "action"},
            {"react": "+1", "reply": hi},
            {"typing": "active"},
        )
    ):
        sent = {"op": "send", "target": "#x", "key": f"k{number}", **op}
        assert alice.ok(**sent) == alice.ok(**sent)
        assert len(bob.hear()) == 1


def test_a_key_has_one_to_sixty_four_characters(world: World) -> None:
    (alice,) = joined(world, "alice")
    alice.ok(op="send", target="#x", text="hi", key="é" * 64)
    for key in ("", "x" * 65, 5):
        no = error(alice, op="send", target="#x", text="hi", key=key)
        assert (no["code"], no["at"]) == ("bad_request", "$.key")


def test_two_clients_of_one_account_have_their_keys_in_common(make_world: MakeWorld) -> None:
    world = make_world()
    world.account("alice")
    (bob,) = joined(world, "bob")
    clients = []
    for _ in range(2):
        client = world.connect_json(secure=True)
        client.ok(op="login", account="alice", password="sesame")
        client.ok(op="hello", nick="alice")
        clients.append(client)
    clients[0].ok(op="join", channel="#x")
    sent = [client.ok(op="send", target="#x", text="hi", key="1") for client in clients]
    assert sent[0]["msgid"] == sent[1]["msgid"]
    assert texts(bob) == ["hi"]


def test_who_is_told_only_that_somebody_writes_gets_it_by_the_same_key_later(world: World) -> None:
    alice, _ = joined(world, "alice", "bob")
    irc = world.irc("carol")
    irc.send("MODE carol +g")
    assert error(alice, op="send", target="carol", text="hi", key="1")["code"] == "not_accepted"
    irc.send("ACCEPT alice")
    irc.read()
    alice.ok(op="send", target="carol", text="hi", key="1")
    assert any("PRIVMSG carol :hi" in line for line in irc.read())
