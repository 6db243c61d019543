from chatdaemon.realm.entry import Entry, message_id
from chatdaemon.realm.requests import Join


def test_message_ids_sort_with_the_log_and_within_an_entry() -> None:
    ids = [message_id(index, ordinal) for index in (9, 10, 255, 1 << 40) for ordinal in (0, 1, 2)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_an_entry_has_the_id_of_its_first_event() -> None:
    entry = Entry(258, 0, "node", None, Join("#x"))
    assert entry.id == message_id(258, 0) == "0000000000000102"
