"""Read markers: of what there can be one, and whose are whose."""

from __future__ import annotations

from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import State, User


def markers_of(state: State, user: User) -> dict[str, int]:
    """How far the user has read each target (folded), in ms since 1970: its account has, where it is logged
    in to one."""
    account = state.account_of(user)
    markers = user.markers if account is None else state.markers.get(account.id)
    return {} if markers is None else markers


def check_marker_target(state: State, target: str) -> None:
    """Raise Refusal unless a channel or a user could be called so."""
    settings = state.settings
    if target[:1] == CHANTYPES:
        fault = state.naming.channel_fault(target, settings.channel_length)
        if fault:
            raise Refusal(Reason.BAD_CHANNEL_NAME, target, fault)
    else:
        fault = state.naming.nick_fault(target, settings.nick_length)
        if fault:
            raise Refusal(Reason.BAD_NICK, target, fault)
