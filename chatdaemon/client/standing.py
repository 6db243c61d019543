"""Who a client is, where it is, and how far it has heard: from what the server says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatdaemon.client.formats import Object


class Standing:
    """Owns what is known of the client's user. Channels go by their ids: a channel may be renamed.

    `lost` are the channels, with their keys, that it was in before it lost its session, and is not in again.
    """

    def __init__(self) -> None:
        self.user: Object = {}
        self.lost: dict[str, str | None] = {}
        self.after: str | None = None
        """The id behind which all is still to be heard."""
        self._channels: dict[str, str] = {}  # names, by ids
        self._keys: dict[str, str | None] = {}  # by ids

    @property
    def nick(self) -> str:
        return str(self.user.get("nick", ""))

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self._channels.values())

    def greeted(self, found: Object) -> None:
        """The `ok` of a hello."""
        self.user = dict(found.get("user", {}))
        if not found.get("resumed"):
            for id, name in self._channels.items():
                self.lost[name] = self._keys.get(id)
        keys = self._keys
        self._channels, self._keys = {}, {}
        for channel in found.get("channels", ()):
            self._enter(channel, keys.get(channel["channel_id"], self.lost.get(channel["channel"])))
            self.lost.pop(channel["channel"], None)

    def answered(self, op: Object, found: Object) -> None:
        """The `ok` of an op of the client's own."""
        msgid = found.get("msgid")
        # All that happened before one's own deed was told before its answer. It may have been done long ago.
        if isinstance(msgid, str) and _entry(msgid) > _entry(self.after or ""):
            self.after = msgid
        learn = _ANSWERS.get(op["op"])
        if learn is not None:
            learn(self, op, found)

    def told(self, event: Object, resumed: bool) -> None:
        """An event. `resumed`: it goes on with what was told before the last hello."""
        name = event["event"]
        # Events come in order. Of a gap before a new session its end was seen; one within a session ends with
        # an event that is yet to come.
        msgid = event.get("until") if name == "gap" and not resumed else event.get("msgid")
        if isinstance(msgid, str):
            self.after = msgid
        if name == "channel_renamed":
            self._renamed({}, event)
        elif name == "kick":
            self._kicked({}, event)
        elif name in _OWN and event.get("from", {}).get("nick") == self.nick:
            _OWN[name](self, {}, event)

    def _enter(self, channel: Object, key: str | None) -> None:
        id = channel["channel_id"]
        self._channels[id], self._keys[id] = channel["channel"], key

    def _entered(self, op: Object, found: Object) -> None:
        if "channel_id" in found:
            self._enter(found, op.get("key"))

    def _left(self, op: Object, found: Object) -> None:
        id = found.get("channel_id", "")
        self._channels.pop(id, None)
        self._keys.pop(id, None)

    def _kicked(self, op: Object, found: Object) -> None:
        if found.get("user", {}).get("nick") == self.nick:
            self._left(op, found)

    def _renamed(self, op: Object, found: Object) -> None:
        if found.get("channel_id") in self._channels:
            self._channels[found["channel_id"]] = found["name"]

    def _called(self, op: Object, found: Object) -> None:
        self.user["nick"] = found["nick"]

    def _shown(self, op: Object, found: Object) -> None:
        self.user.update({name: found[name] for name in ("username", "host", "realname") if name in found})

    def _logged(self, op: Object, found: Object) -> None:
        if found.get("standing", "active") != "active":
            return
        self.user.pop("account", None)
        if "account" in found:
            self.user["account"] = found["account"]


def _entry(msgid: str) -> str:
    """What ids sort by: what came of one request may have several, with numbers behind a dot."""
    return msgid.partition(".")[0]


Learn = Callable[[Standing, Object, Object], None]
# What a client learns of itself by the answers to its own ops, and by events of which it is the subject: by
# another client of its account, or by an operator, say.
_ANSWERS: Final[dict[str, Learn]] = {
    "join": Standing._entered,
    "part": Standing._left,
    "kick": Standing._kicked,
    "channel_rename": Standing._renamed,
    "nick": Standing._called,
    "realname": Standing._shown,
    "login": Standing._logged,
    "logout": Standing._logged,
    "register": Standing._logged,
    "verify": Standing._logged,
}
_OWN: Final[dict[str, Learn]] = {
    "join": Standing._entered,
    "part": Standing._left,
    "nick": Standing._called,
    "host": Standing._shown,
    "realname": Standing._shown,
    "account": Standing._logged,
}
