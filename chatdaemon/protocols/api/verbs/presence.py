"""Being told when people come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.forms import User
from chatdaemon.protocols.api.objects import event_object, user_object
from chatdaemon.protocols.api.table import Result, performs
from chatdaemon.protocols.watching import PresenceChanged, WatchLists
from chatdaemon.realm.events import Stamp, Who
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class Watcheds(TypedDict, total=False):
    """The `ok` of `monitor`: those whom one watches; who is here, and the nicks of those who are not."""

    online: list[User]
    offline: list[str]


class Watches(WatchLists["APISession"]):
    """The nicks that sessions of the API watch."""

    def came(self, watcher: APISession, stamp: Stamp, who: Who, nick: str) -> None:
        user = self._realm.user(nick)
        now = {**user_object(who), "nick": nick} if user is None else user_object(user.who)
        watcher.tell({"event": "online", "time": iso(stamp.at), "user": now})

    def tell_now(self, watcher: APISession, nick: str) -> None:
        """Tell whether somebody who is watched is here."""
        user = self._realm.user(nick)
        now = watcher.server.time()
        if user is not None:
            watcher.tell({"event": "online", "time": now, "user": user_object(user.who)})
        else:
            watcher.tell({"event": "offline", "time": now, "nick": nick})

    def went(self, watcher: APISession, stamp: Stamp, who: Who, nick: str) -> None:
        watcher.tell({"event": "offline", "time": iso(stamp.at), "nick": nick})

    def changed(self, watcher: APISession, stamp: Stamp, event: PresenceChanged) -> None:
        user = watcher.user
        if user is not None and not self.is_neighbour(user, event):
            watcher.tell(event_object(stamp, event))


@performs(ops.Monitor, Watcheds)
def monitor(session: APISession, op: ops.Monitor) -> Result:
    realm, watches = session.realm, session.server.watches
    longest = realm.settings.nick_length
    for number, nick in enumerate(op.add):
        fault = realm.naming.nick_fault(nick, longest)
        if fault is not None:
            raise Fault(Code.BAD_REQUEST, fault, f"$.add[{number}]")
    going = {realm.fold(nick) for nick in op.remove}
    kept = {} if op.clear else {realm.fold(nick): nick for nick in watches.of(session)}
    kept = {folded: nick for folded, nick in kept.items() if folded not in going}
    for nick in op.add:
        kept.setdefault(realm.fold(nick), nick)
    most = session.server.settings.monitor_entries
    if most is not None and len(kept) > most:
        raise Fault(Code.TOO_MANY, f"You can watch {most} nicks at most", "$.add")
    watches.forget(session)
    for nick in kept.values():
        watches.add(session, nick)
    here = [(nick, realm.user(nick)) for nick in kept.values()]
    return {
        "online": [user_object(user.who) for _, user in here if user is not None],
        "offline": [nick for nick, user in here if user is None],
    }
