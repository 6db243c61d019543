"""Strict transport security: told by the listener, and never asked for (IRCv3 sts)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.world import World


@pytest.mark.parametrize("policy", ["port=6697", "duration=2592000", "duration=0,preload"])
def test_the_policy_of_the_listener_is_told_to_those_who_see_values(world: World, policy: str) -> None:
    client = world.connect_irc(sts=policy)
    words = [word for line in client.ask("CAP LS 302") for word in line.split(" :", 1)[1].split(" ")]
    assert f"sts={policy}" in words
    assert not any("sts" in line for line in world.connect_irc(sts=policy).ask("CAP LS"))


def test_without_a_policy_there_is_no_such_capability(world: World) -> None:
    client = world.connect_irc()
    assert not any(" sts" in line or ":sts" in line for line in client.ask("CAP LS 302"))


def test_it_cannot_be_asked_for(world: World) -> None:
    client = world.connect_irc(sts="port=6697")
    assert client.ask("CAP REQ :sts") == [":irc.test CAP * NAK :sts"]
    assert client.ask("CAP REQ :-sts") == [":irc.test CAP * NAK :-sts"]
    assert client.ask("CAP LIST") == [":irc.test CAP * LIST :"]


def test_it_is_never_taken_back(world: World) -> None:
    client = world.connect_irc(sts="duration=2592000")
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :x", "CAP END")
    client.read()
    settings = world.irc_server.settings
    world.irc_server.configure(replace(settings, withheld_capabilities=frozenset({"sts", "setname"})))
    world.settle()
    assert client.read() == [":irc.test CAP alice DEL :setname"]
