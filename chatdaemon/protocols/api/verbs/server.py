"""The server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from chatdaemon import __version__
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.table import Result, performs
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class Admin(TypedDict, total=False):
    """Who looks after the server."""

    name: str
    location: str
    email: str


class ServerTold(TypedDict, total=False):
    """The `ok` of `server`. `invisible` of the `users` are not found by a search."""

    server: str
    network: str
    description: str
    version: str
    started: str
    time: str
    motd: list[str]
    admin: Admin
    users: int
    invisible: int
    most_users: int
    operators: int
    channels: int


@performs(ops.Server, ServerTold)
def server(session: APISession, op: ops.Server) -> Result:
    asked, realm = session.server, session.realm
    settings = asked.settings
    found: Object = {
        "server": asked.name,
        "network": settings.network,
        "description": settings.description,
        "version": f"chatdaemon-{__version__}",
        "started": iso(int(asked.started_at * 1000)),
        "time": asked.time(),
        "motd": settings.motd,
        "users": len(realm.users),
        "invisible": realm.invisible,
        "most_users": realm.most_users,
        "operators": len(realm.operators),
        "channels": len(realm.channels),
    }
    admin = dict(zip(("name", "location", "email"), settings.admin, strict=True))
    if any(admin.values()):
        found["admin"] = {name: text for name, text in admin.items() if text}
    return found
