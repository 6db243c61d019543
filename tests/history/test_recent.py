from __future__ import annotations

from chatdaemon.history.recent import Recent
from chatdaemon.realm.events import Posted, Redacted, Relayed, Stamp, Who
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.written import Written

ALICE = Who(1, "alice", "al", "192.0.2.1", "Alice", "Alice Example", False, "alice!al@192.0.2.1")


def post(recent: Recent, msgid: str) -> None:
    recent.add(Stamp(5, msgid), Posted("c1", ALICE, "#x", "hi", Kind.MESSAGE, None, Rank.NONE))


def found(recent: Recent, msgid: str) -> Written | None:
    outcome: list[Written | None] = []
    recent.find(msgid).addCallback(outcome.append)
    return outcome[0]


def test_of_a_message_is_known_who_wrote_it_to_whom_and_when() -> None:
    recent = Recent()
    post(recent, "01")
    assert found(recent, "01") == Written(1, "Alice", "c1", "#x", 5)
    assert found(recent, "02") is None
    assert found(recent, "") is None


def test_the_last_so_many_are_remembered_at_least_and_twice_as_many_at_most() -> None:
    recent = Recent(most=4)
    for number in range(11):
        post(recent, f"{number:02}")
    known = [number for number in range(11) if found(recent, f"{number:02}") is not None]
    assert known == [4, 5, 6, 7, 8, 9, 10]


def test_what_was_relayed_is_remembered_as_its_relayer_s() -> None:
    recent = Recent()
    recent.observe(Stamp(5, "01"), Relayed("c1", ALICE, "zoe/d", "c1", "#x", "hi", None))
    assert found(recent, "01") == Written(1, "Alice", "c1", "#x", 5)


def test_what_was_taken_back_is_forgotten_wherever_it_is_kept() -> None:
    recent = Recent(most=2)
    for number in range(3):
        post(recent, f"{number:02}")
    for msgid in ("00", "02", "99"):
        recent.observe(Stamp(6, "50"), Redacted("c1", ALICE, "#x", msgid, ""))
    assert [found(recent, f"{number:02}") is None for number in range(3)] == [True, False, True]
