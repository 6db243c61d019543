"""Anything that anybody could ask of a realm, picked so that much of it makes sense there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelRank,
    ChannelSetting,
    ModeChange,
    Privilege,
    Rank,
    UserMode,
    UserModeChange,
)
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeModes,
    ChangeNick,
    ChangeUserModes,
    Configure,
    Connect,
    Disconnect,
    ForceJoin,
    ForcePart,
    Invite,
    Join,
    Kick,
    Kill,
    Kind,
    Knock,
    Part,
    Post,
    Request,
    SendWallops,
    SetAccount,
    SetAway,
    SetRealname,
    SetTopic,
)
from chatdaemon.realm.settings import UNLIMITED, Settings
from chatdaemon.realm.state import User

T = TypeVar("T")

SESSIONS = ("s1", "s2", "s3", "s4", "s5", "gone")  # the last never connects
NICKS = ("alice", "ALICE", "b[]b", "B{}B", "carol", "dave", "", "1st")
CHANNELS = ("#a", "#a", "#a", "#A", "#b", "#b", "#c^", "#C~", "bad")
TEXTS = ("hi", "hi", "", "\x01VERSION\x01", "\x01ACTION waves\x01", "\x02", "\x0304red", "é" * 300)
MASKS = (
    "alice", "*!*@*", "*!*@10.0.0.?", "b[]b", "B{}B!*@*", "~a", "~!a:acc", "~a:ACC", "~m:alice", "~m:*!*@*",
    "~m:~a:acc", "~c:#B", "~c:@#b", "~c:+#b", "~c:%#a", "~m:~c:+#a", "~r:*x*", "", "~z:x",
)  # fmt: skip
VALUES = {
    ChannelSetting.KEY: ("k", "k", "K", "a b"),
    ChannelSetting.LIMIT: ("3", "04", "9", "0", "x"),
    ChannelSetting.FORWARD: CHANNELS,
}


class Anything:
    """`below` chooses a number from 0 up to, not including, the one it is given; `realm` is where the request
    will go."""

    def __init__(self, below: Callable[[int], int], realm: Realm) -> None:
        self._below = below
        self.realm = realm
        self.user: User | None = None  # who is asking

    def pick(self, *several: T) -> T:
        return several[self._below(len(several))]

    def one_of(self, *requests: Request) -> Request:
        return self.pick(*requests)

    def settings(self) -> Settings:
        return Settings(
            casemapping="rfc1459",
            channels_per_user=self.pick(2, UNLIMITED),
            list_entries=self.pick(3, UNLIMITED),
            whowas_entries=self.pick(0, 2, UNLIMITED),
            knock_interval=self.pick(0, 5),
            channel_flags=self.pick(
                (), (), (ChannelFlag.AUDITORIUM,), (ChannelFlag.SECRET, ChannelFlag.NO_CTCP)
            ),
            user_modes=self.pick((), (UserMode.INVISIBLE, UserMode.BOT)),
            creator_rank=self.pick(Rank.NONE, Rank.OP, Rank.FOUNDER, Rank.FOUNDER),
        )

    def actor(self) -> str:
        return self.pick(*SESSIONS, *self.realm.sessions, *self.realm.sessions)

    def nick(self) -> str:
        present = [user.nick for user in self.realm.users.values()]
        return self.pick(*NICKS, *present, *present, *present)

    def channel(self) -> str:
        own = [channel.name for channel in self.user.channels] if self.user is not None else []
        return self.pick(*CHANNELS, *own * 6)

    def text(self) -> str:
        return self.pick(*TEXTS)

    def reason(self) -> str | None:
        return self.pick(None, *TEXTS)

    def sign(self) -> bool:
        return self.pick(True, True, False)

    def mode_change(self) -> ModeChange:
        kind = self.pick(ChannelFlag, ChannelRank, ChannelRank, ChannelList, ChannelList, ChannelSetting)
        mode = self.pick(*kind)
        value = None
        if isinstance(mode, ChannelRank):
            value = self.nick()
        elif isinstance(mode, ChannelList):
            value = self.pick(*MASKS)
        elif isinstance(mode, ChannelSetting):
            value = self.pick(*VALUES[mode])
        return ModeChange(mode, self.sign(), value)

    def request(self, actor: str | None) -> Request:
        """Somebody who is not there mostly comes."""
        self.user = self.realm.sessions.get(actor or "")
        if actor not in self.realm.sessions and self.pick(True, True, True, False):
            return self.arrival()
        of_a_kind = self.pick(
            *[self.talk] * 8, *[self.move] * 10, *[self.about_a_channel] * 12, *[self.about_oneself] * 5, self.rarely
        )  # fmt: skip
        return of_a_kind()

    def arrival(self) -> Request:
        return Connect(
            self.pick(*NICKS), "u", self.pick("x", "x", "y", ""), self.pick("host", "cloak/x"),
            self.pick("10.0.0.1", "192.0.2.1"), self.pick(None, "acc"), self.sign(),
        )  # fmt: skip

    def talk(self) -> Request:
        rank = self.pick(Rank.NONE, Rank.NONE, Rank.VOICE, Rank.OP)
        return self.one_of(
            Post(self.channel(), self.text(), self.pick(*Kind), None, rank),
            Post(self.nick(), self.text(), self.pick(*Kind), None, rank),
            Post(self.channel(), "hi"),
            SendWallops(self.text()),
        )

    def move(self) -> Request:
        nick, channel = self.nick(), self.channel()
        return self.one_of(
            Join(channel), Join(channel), Join(channel, "k"), Part(channel, self.reason()),
            Kick(channel, nick, self.reason()), Invite(nick, channel), Invite(nick, channel),
            Knock(channel, self.text()), ForceJoin(nick, channel), ForcePart(nick, channel, self.reason()),
        )  # fmt: skip

    def about_a_channel(self) -> Request:
        changes = tuple(self.mode_change() for _ in range(self.pick(1, 1, 1, 2, 3)))
        override = self.user is not None and self.user.operator is not None and self.pick(True, False)
        return self.one_of(
            *[ChangeModes(self.channel(), changes, override or self.pick(False, False, False, True))] * 3,
            SetTopic(self.channel(), self.text()),
        )

    def about_oneself(self) -> Request:
        modes = tuple(
            UserModeChange(self.pick(*UserMode, UserMode.BOT), self.sign()) for _ in range(self.pick(1, 2))
        )
        return self.one_of(
            ChangeNick(self.nick()), SetAway(self.reason()), SetRealname(self.pick("x", "Rxy", "")),
            SetAccount(self.pick(None, "acc", "Acc", "other")), ChangeUserModes(modes),
        )  # fmt: skip

    def rarely(self) -> Request:
        return self.one_of(
            Disconnect(self.text()),
            Disconnect(self.text()),
            Kill(self.nick(), self.text()),
            BecomeOperator(
                "chief", self.pick((), tuple(Privilege), tuple(Privilege)), self.pick(None, "staff")
            ),
            Configure(self.settings()),
        )
