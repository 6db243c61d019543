"""Read markers: whose are whose."""

from __future__ import annotations

from chatdaemon.realm.state import State, User


def markers_of(state: State, user: User) -> dict[str, int]:
    """How far the user has read each target (folded), in ms since 1970: its account has, where it is logged
    in to one."""
    account = state.account_of(user)
    markers = user.markers if account is None else state.markers.get(account.id)
    return {} if markers is None else markers
