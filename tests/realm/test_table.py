import pytest

from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event
from chatdaemon.realm.requests import Join
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies


def test_a_request_has_one_rule() -> None:
    def another(state: State, entry: Entry, request: Join) -> tuple[Event, ...]:
        raise AssertionError("it is never in the table")

    with pytest.raises(ValueError, match="Join has a rule already"):
        applies(Join)(another)
