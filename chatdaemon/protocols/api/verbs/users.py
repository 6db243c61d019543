"""What people are called and whether they are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.table import Result, answers, performs, user_of, what_happened
from chatdaemon.realm import requests

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


@performs(ops.Nick)
def nick(session: APISession, op: ops.Nick) -> Result:
    return requests.ChangeNick(op.nick)


@answers(ops.Nick)
def renamed(session: APISession, op: ops.Nick, happenings: Sequence[Happening]) -> Object:
    return {**what_happened(session, op, happenings), "nick": user_of(session).nick}


@performs(ops.Away)
def away(session: APISession, op: ops.Away) -> Result:
    return requests.SetAway(op.text)
