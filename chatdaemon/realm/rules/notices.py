"""What operators are told of one another's doings."""

from __future__ import annotations

from chatdaemon.realm.events import ServerNoticed
from chatdaemon.realm.modes import UserMode
from chatdaemon.realm.state import State


def notice(state: State, text: str) -> ServerNoticed:
    """Tell the operators who asked for server notices."""
    readers = tuple(each for each in state.operators if UserMode.SERVER_NOTICES in state.users[each].modes)
    return ServerNoticed(readers, text)
