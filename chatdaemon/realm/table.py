"""The table from requests to the rules that apply them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event

if TYPE_CHECKING:
    from chatdaemon.realm.state import State

R = TypeVar("R")

# A rule checks everything first (raising Refusal), then changes the state, then says what happened.
Rule = Callable[["State", Entry, Any], tuple[Event, ...]]

RULES: dict[type, Rule] = {}


def applies(
    request: type[R],
) -> Callable[
    [Callable[[State, Entry, R], tuple[Event, ...]]], Callable[[State, Entry, R], tuple[Event, ...]]
]:
    """Enter the decorated function in the table as the rule for `request`."""

    def enter(
        rule: Callable[[State, Entry, R], tuple[Event, ...]],
    ) -> Callable[[State, Entry, R], tuple[Event, ...]]:
        if request in RULES:
            raise ValueError(f"{request.__name__} has a rule already")
        RULES[request] = rule
        return rule

    return enter
