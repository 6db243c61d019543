"""Saying several lines at once."""

from __future__ import annotations

from collections.abc import Iterable

from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, Posted, PostedLines
from chatdaemon.realm.modes import ChannelFlag
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, Line, Post, PostLines
from chatdaemon.realm.rules.messages import post
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import is_action, is_ctcp, strip_formatting


@applies(PostLines)
def post_lines(state: State, entry: Entry, request: PostLines) -> tuple[Event, ...]:
    """What may be said in one line may be said in several: the rule for one decides, and to whom it goes."""
    if request.kind is Kind.TAG:
        raise Refusal(Reason.NO_TEXT)
    telling = _telling([line.text for line in request.lines if line.text])
    events = post(state, entry, Post(request.target, telling, request.kind, request.tags, request.rank))
    channel = state.channel(request.target)
    lines = request.lines
    if channel is not None and ChannelFlag.NO_FORMATTING in channel.flags:
        lines = tuple(line._replace(text=strip_formatting(line.text)) for line in lines)
    return tuple(_whole(event, lines) if isinstance(event, Posted) else event for event in events)


def _telling(texts: list[str]) -> str:
    """The line by which to judge them all: a CTCP, since some take none; else one that is more than
    formatting, which some have taken out."""
    for text in texts:
        if is_ctcp(text) and not is_action(text):
            return text
    return next(filter(strip_formatting, texts), texts[0] if texts else "")


def _whole(event: Posted, lines: tuple[Line, ...]) -> PostedLines:
    audience, who, target, _, kind, tags, rank = event
    return PostedLines(audience, who, target, text_of(lines), kind, tags, rank, lines)


def text_of(lines: Iterable[Line]) -> str:
    """All lines as one text, with a line feed wherever one does not go on the one before."""
    first, *others = lines
    return first.text + "".join([line.text if line.joined else f"\n{line.text}" for line in others])
