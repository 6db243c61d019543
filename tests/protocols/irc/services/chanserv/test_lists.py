"""ChanServ: who has access, by each of the ways in which people say so."""

from __future__ import annotations

import pytest

from chatdaemon.realm.modes import Rank
from tests.protocols.irc.services.chanserv.told import access, give, tell
from tests.world import Client, World


def test_amode_gives_and_takes(world: World, alice: Client, bob: Client) -> None:
    assert alice.ask("AMODE #tea +o bob")[0] == ":irc.test MODE #tea +o bob"
    assert tell(alice, "AMODE #tea +v BOB") == [
        ":irc.test MODE #tea +v bob",
        "The access of bob to #tea is now: +ov.",
    ]
    assert tell(alice, "AMODE #tea -o bob")[-1] == "The access of bob to #tea is now: +v."
    assert tell(alice, "AMODE #tea +v bob") == ["That is the access of bob to #tea already."]
    assert tell(bob, "AMODE #tea -v bob")[-1] == "The access of bob to #tea is now: none."
    assert access(world) == {}


def test_amode_changes_several_accounts_at_once(world: World, alice: Client, bob: Client) -> None:
    world.account("carol")
    world.account("dave")
    assert tell(alice, "AMODE #tea +ov-v carol dave dave")[-1] == "The access list is changed."
    assert access(world) == {"carol": Rank.OP}
    assert tell(alice, "AMODE #tea +vv bob nobody") == [
        ":irc.test MODE #tea +v bob",
        "There is no account nobody.",
    ]


def test_amode_does_not_do_too_much_at_once(alice: Client) -> None:
    accounts = " ".join(f"a{number}" for number in range(21))
    assert tell(alice, f"AMODE #tea +{'v' * 21} {accounts}") == ["At most 20 accounts at a time."]


@pytest.mark.parametrize("words", ["+o", "+x bob", "+ov bob"])
def test_amode_that_makes_no_sense_is_answered_with_the_syntax(
    alice: Client, bob: Client, words: str
) -> None:
    assert tell(alice, f"AMODE #tea {words}")[0].startswith("Syntax: AMODE ")


def test_modes_without_a_sign_are_given(alice: Client, bob: Client) -> None:
    assert tell(alice, "AMODE #tea o bob")[-1] == "The access of bob to #tea is now: +o."


def test_amode_is_refused_with_a_reason(world: World, alice: Client, bob: Client) -> None:
    assert tell(alice, "AMODE #tea +o nobody") == ["There is no account nobody."]
    assert tell(alice, "AMODE #tea -o nobody") == ["There is no account nobody."]
    assert tell(bob, "AMODE #tea +o bob") == [
        "Your account does not have the access to #tea that this needs."
    ]
    assert tell(bob, "AMODE #tea") == ["Your account does not have the access to #tea that this needs."]
    assert tell(alice, "AMODE #tea -q alice") == ["alice has a rank in #tea that you cannot act on."]


def test_the_access_list_is_shown_to_half_operators(alice: Client, bob: Client) -> None:
    give(alice, "+h")
    for words in ("AMODE #tea", "FLAGS #tea", "ACCESS #tea LIST", "HOP #tea LIST"):
        first, *rows, last = tell(bob, words)
        assert first == "Access to #tea:"
        shown = [row.split()[0] for row in rows]
        assert shown == (["bob"] if words.startswith("HOP") else ["alice", "bob"])
        assert rows[-1].startswith("  bob          +h, by alice on 2026-01-01 ")
        assert last == "1 entry."
    assert tell(bob, "VOP #tea LIST") == ["Access to #tea:", "0 entries."]


def test_flags_are_those_of_other_services(world: World, alice: Client, bob: Client) -> None:
    assert tell(alice, "FLAGS #tea bob +Ov")[-1] == "The access of bob to #tea is now: +ov."
    assert tell(alice, "FLAGS #tea bob") == ["The access of bob to #tea: +ov."]
    assert tell(alice, "FLAGS #tea bob +F-*+V")[-1] == "The access of bob to #tea is now: +v."
    assert tell(alice, "FLAGS #tea bob +x") == ['There is no flag "x": there are q, a, o, h and v.']
    assert tell(alice, "FLAGS #tea bob +*") == ['There is no flag "*": there are q, a, o, h and v.']
    assert tell(bob, "FLAGS #tea bob") == ["Your account does not have the access to #tea that this needs."]
    assert tell(alice, "FLAGS #tea bob -*")[-1] == "The access of bob to #tea is now: none."


def test_access_has_levels(world: World, alice: Client, bob: Client) -> None:
    assert tell(alice, "ACCESS #tea ADD bob sop")[-1] == "The access of bob to #tea is now: +a."
    assert tell(alice, "ACCESS #tea ADD bob VOICE")[-1] == "The access of bob to #tea is now: +v."
    assert tell(alice, "ACCESS #tea DEL bob")[-1] == "The access of bob to #tea is now: none."
    for words in ("ADD bob", "ADD bob 5", "DEL", "CLEAR"):
        assert tell(alice, f"ACCESS #tea {words}")[0].startswith("Syntax: ACCESS ")


@pytest.mark.parametrize(
    ("name", "letters"), [("QOP", "+q"), ("SOP", "+a"), ("AOP", "+o"), ("HOP", "+h"), ("VOP", "+v")]
)
def test_each_rank_has_a_list_as_other_services_have_it(
    alice: Client, bob: Client, name: str, letters: str
) -> None:
    assert tell(alice, f"{name} #tea ADD bob")[-1] == f"The access of bob to #tea is now: {letters}."
    assert tell(alice, f"{name} #tea DEL bob")[-1] == "The access of bob to #tea is now: none."
    for words in ("ADD", "CLEAR bob"):
        assert tell(alice, f"{name} #tea {words}")[0].startswith(f"Syntax: {name} ")
