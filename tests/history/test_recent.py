from __future__ import annotations

from chatdaemon.history.recent import Recent
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.written import Written

HALL = Conversation(5)


def post(recent: Recent, msgid: str) -> None:
    recent.add(msgid, HALL, 1, 0, 5, 2)


def test_of_a_message_is_known_who_wrote_it_to_whom_and_when() -> None:
    recent = Recent()
    post(recent, "01")
    assert recent.find("01") == Written(HALL, sender=1, rank=0, at=5, user=2)
    assert recent.find("02") is None
    assert recent.find("") is None


def test_the_last_so_many_are_remembered_at_least_and_twice_as_many_at_most() -> None:
    recent = Recent(most=4)
    for number in range(11):
        post(recent, f"{number:02}")
    known = [number for number in range(11) if recent.find(f"{number:02}") is not None]
    assert known == [4, 5, 6, 7, 8, 9, 10]


def test_what_was_taken_back_is_forgotten_wherever_it_is_kept() -> None:
    recent = Recent(most=2)
    for number in range(3):
        post(recent, f"{number:02}")
    for msgid in ("00", "02", "99"):
        recent.forget(msgid)
    assert [recent.find(f"{number:02}") is None for number in range(3)] == [True, False, True]
