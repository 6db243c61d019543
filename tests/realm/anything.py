"""Anything that anybody could ask of a realm, picked so that much of it makes sense there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chatdaemon.realm.accounts import AccountSetting, Code, Credentials, RegistrationSetting, Standing
from chatdaemon.realm.conversations import between, identity_of, in_channel
from chatdaemon.realm.hooks import Direction
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
    AddCertificate,
    AddHook,
    AddWebhook,
    ApproveAccount,
    AskVirtualHost,
    BecomeOperator,
    ChangeAccepted,
    ChangeAccountSetting,
    ChangeCredentials,
    ChangeEmail,
    ChangeModes,
    ChangeNick,
    ChangeRegistration,
    ChangeSilences,
    ChangeUserModes,
    ClearMetadata,
    Configure,
    Connect,
    CreateInvitation,
    CreateToken,
    Disconnect,
    DropAccount,
    DropChannel,
    ForceJoin,
    ForceNick,
    ForcePart,
    ForgetDevice,
    GroupNick,
    Invite,
    Join,
    Kick,
    Kill,
    Kind,
    Knock,
    Line,
    Part,
    Portray,
    Post,
    PostLines,
    PostOnce,
    ReclaimNick,
    Redact,
    RegisterAccount,
    RegisterChannel,
    Relay,
    RemoveCertificate,
    RemoveHook,
    RenameChannel,
    RenewCode,
    Request,
    RestoreAccount,
    RevokeInvitation,
    RevokeToken,
    SeeDevice,
    SendWallops,
    SetAccess,
    SetAccount,
    SetAway,
    SetMetadata,
    SetReadMarker,
    SetRealname,
    SetTopic,
    SetVirtualHost,
    Subscribe,
    SuspendAccount,
    SyncRanks,
    TransferChannel,
    UngroupNick,
    Uninvite,
    Unsubscribe,
    VerifyAccount,
)
from chatdaemon.realm.settings import UNLIMITED, Custom, Policy, Redaction, Settings
from chatdaemon.realm.state import User
from chatdaemon.realm.written import Written

T = TypeVar("T")

SESSIONS = ("s1", "s2", "s3", "s4", "s5", "gone")  # the last never connects
NICKS = ("alice", "ALICE", "b[]b", "B{}B", "carol", "dave", "", "1st")
CHANNELS = ("#a", "#a", "#a", "#A", "#b", "#b", "#c^", "#C~", "bad")
TEXTS = ("hi", "hi", "", "\x01VERSION\x01", "\x01ACTION waves\x01", "\x02", "\x0304red", "é" * 300)
MASKS = (
    "alice", "*!*@*", "*!*@10.0.0.?", "b[]b", "B{}B!*@*", "~a", "~!a:acc", "~a:ACC", "~m:alice", "~m:*!*@*",
    "~m:~a:acc", "~t:1s:alice", "~t:2s:~m:carol", "~c:#B", "~c:@#b", "~c:+#b", "~c:%#a", "~m:~c:+#a", "~r:*x*",
    "", "~z:x",
)  # fmt: skip
ACCOUNTS = ("alice", "b{}b", "Carol", "dave", "car0l", "Global", "1st")
CERTIFICATES = ("a" * 64, "b" * 64, "c" * 64, "x")
SERVICES = ("https://a/1", "https://b", "https://c/?d", "http://e")
DEVICES = ("", "phone", "laptop")
TOKENS = ("t1", "t2", "t 3")
DIGESTS = ("0" * 64, "1" * 64, "2" * 64, "3" * 64, "x")
HOSTS = ("a.b", "c/d", "c/d", "bad", "10.0.0.1")
# Before, while and after anything is asked, for a time that begins with 1 and for that of the machine.
UNTIL = (1500, 1_700_000_000_200, 2**50)
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
            read_markers=self.pick(2, UNLIMITED),
            subscriptions_per_account=self.pick(1, 2),
            keys_per_user=self.pick(1, 2, 5),
            key_age=self.pick(0, 20, 1000),
            metadata_keys=self.pick(2, UNLIMITED),
            whowas_entries=self.pick(0, 2, UNLIMITED),
            knock_interval=self.pick(0, 5),
            call_interval=self.pick(0, 5),
            accept_entries=self.pick(1, UNLIMITED),
            silence_entries=self.pick(1, UNLIMITED),
            roleplay=self.sign(),
            channel_flags=self.pick(
                (), (), (ChannelFlag.AUDITORIUM,), (ChannelFlag.SECRET, ChannelFlag.NO_CTCP)
            ),
            user_modes=self.pick((), (UserMode.INVISIBLE, UserMode.BOT)),
            creator_rank=self.pick(Rank.NONE, Rank.OP, Rank.FOUNDER, Rank.FOUNDER),
            registration=self.pick(Policy.OPEN, Policy.OPEN, *Policy),
            verify_email=self.pick(True, False, False),
            require_login=self.pick(True, False, False, False),
            reserve_nicks=self.pick(True, True, False),
            nick_is_account=self.sign(),
            confusables=self.pick(True, False),
            nicks_per_account=self.pick(1, 5),
            certificates_per_account=self.pick(1, 5),
            channel_registration=self.pick(Policy.OPEN, Policy.OPEN, Policy.CLOSED),
            channels_per_account=self.pick(1, 5),
            access_entries=self.pick(1, 5),
            operators_relay=self.sign(),
            several_clients=self.sign(),
            sessions_per_user=self.pick(2, 20),
            always_on=self.pick(*Custom, Custom.ALWAYS, Custom.OPT_IN, Custom.OPT_OUT),
            always_on_expiry=self.pick(0, 5),
            auto_away=self.pick(*Custom),
            devices_per_account=self.pick(1, 2, 20),
            redaction=self.pick(*Redaction),
            redaction_window=self.pick(5, UNLIMITED),
            tokens_per_account=self.pick(1, 5),
            hooks_per_channel=self.pick(1, 5),
            plain_hooks=self.sign(),
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
        operator = self.user is not None and self.user.operator is not None
        of_a_kind = self.pick(
            *[self.talk] * 8, *[self.move] * 10, *[self.about_a_channel] * 10, *[self.about_oneself] * 5,
            *[self.own_account] * 8, self.leave, *[self.any_account] * (12 if operator else 1), *[self.registered] * 6,
            self.rarely,
        )  # fmt: skip
        return of_a_kind()

    def arrival(self) -> Request:
        realm = self.realm
        free = [nick for nick in NICKS[:6] if realm.fold(nick) not in realm.nicks]
        nick = self.pick(*NICKS, *free * 6)
        owner = realm.owner(nick)
        account = owner.name if owner is not None else self.account(Standing.ACTIVE)
        return Connect(
            nick, "u", self.pick("x", "x", "x", "x", "y", ""), self.pick("host", "cloak/x"),
            self.pick("10.0.0.1", "192.0.2.1"), self.pick(None, account, account), self.sign(),
            certificate=self.pick(None, *CERTIFICATES), exempt=self.sign(), away=self.reason(),
            metadata=self.pick({}, {}, {"a": "0", "d": "1"}), device=self.pick(*DEVICES),
        )  # fmt: skip

    def account(self, standing: Standing | None = None) -> str:
        """The name of an account, more likely one that there is, of this standing."""
        all_of_them = self.realm.accounts.values()
        present = [each.name for each in all_of_them if standing is None or each.standing is standing]
        return self.pick(*ACCOUNTS, *present * 6)

    def code(self) -> Code:
        return Code(self.pick("1", "1", "2"), self.pick(*UNTIL))

    def credentials(self) -> Credentials:
        return Credentials(self.pick("x", "y"))

    def own_account(self) -> Request:
        logged_in = self.user is not None and self.user.account is not None
        return self.pick(self.entrance, *[self.own_change if logged_in else self.entrance] * 3)()

    def entrance(self) -> Request:
        """What leads to an account, or out of it."""
        nick = self.user.nick if self.user is not None else self.nick()
        code = self.pick(None, self.code())
        email = self.pick(None, "e@x") if code is None else "e@x"
        register = RegisterAccount(
            self.pick(nick, nick, nick, self.account()), self.credentials(), email, code,
            self.pick(None, "i1", "i1", "i2"), self.pick(None, *CERTIFICATES), self.pick(False, False, False, True),
        )  # fmt: skip
        unverified = self.account(Standing.UNVERIFIED)
        return self.one_of(
            register, register, register, SetAccount(self.account(Standing.ACTIVE)), SetAccount(self.account()),
            SetAccount(None), VerifyAccount(unverified, self.pick("1", "1", "2")),
            RenewCode(unverified, self.code()),
        )  # fmt: skip

    def own_change(self) -> Request:
        """What somebody changes about their account, or an operator about another's."""
        account = self.realm.account_of(self.user) if self.user is not None else None
        nicks = [account.name, *account.nicks] if account is not None else []
        certificates = account.certificates if account is not None else ()
        whose = self.pick(None, None, None, self.account())
        code = self.pick(None, self.code())
        email = self.pick(None, "e@x") if code is None else "e@x"
        return self.one_of(
            ChangeCredentials(self.credentials(), whose, self.pick(None, self.credentials())),
            ChangeEmail(email, code, whose), VerifyAccount(self.account(), self.pick("1", "2")),
            RenewCode(self.account(), self.code()),
            ChangeAccountSetting(self.pick(*AccountSetting), self.pick("on", "off", None, "?"), whose),
            AddCertificate(self.pick(*CERTIFICATES), whose), AddCertificate(self.pick(*CERTIFICATES), whose),
            RemoveCertificate(self.pick(*CERTIFICATES, *certificates * 2), whose),
            GroupNick(), GroupNick(), UngroupNick(self.pick(self.nick(), *nicks)),
            ReclaimNick(self.pick(self.nick(), *nicks * 2), self.sign()), AskVirtualHost(self.pick(None, *HOSTS)),
            ChangeAccountSetting(AccountSetting.ALWAYS_ON, self.pick("on", "on", "off", None), whose),
            SeeDevice(self.pick(*UNTIL)), ForgetDevice(self.pick(*DEVICES)),
            CreateToken(
                self.pick(*TOKENS), self.pick(*DIGESTS), self.pick(("*",), ("send", "send"), ()),
                self.pick((), ("#A", "#a", "@"), ("bad",)), self.pick(None, *UNTIL), whose,
            ),
            RevokeToken(self.pick(*TOKENS), whose),
        )  # fmt: skip

    def any_account(self) -> Request:
        """What operators do to accounts."""
        active = self.account(Standing.ACTIVE)
        asked = [each.name for each in self.realm.accounts.values() if each.asked_vhost is not None]
        return self.one_of(
            ApproveAccount(self.account(Standing.AWAITING)), SuspendAccount(active, self.text()),
            RestoreAccount(self.account(Standing.SUSPENDED)), RestoreAccount(self.account(Standing.SUSPENDED)),
            DropAccount(self.account()), SetVirtualHost(active, self.pick(None, *HOSTS)),
            SetVirtualHost(self.pick(active, *asked), self.pick(None, *HOSTS), rejected=True),
            CreateInvitation(self.pick("i1", "i2", ""), self.pick(0, 1, 2), self.pick(0, 0, *UNTIL)),
            RevokeInvitation(self.pick("i1", "i2")),
        )  # fmt: skip

    def registered(self) -> Request:
        """What founders and those with access do to channels."""
        account = self.user.folded_account if self.user is not None else None
        own = [channel.name for channel in self.realm.founded.get(account or "", ())]
        channel = self.pick(*own * 4, self.channel())
        if not own and self.pick(True, True, False):
            return RegisterChannel(self.channel())
        return self.one_of(
            RegisterChannel(self.channel()), DropChannel(channel),
            ChangeModes(channel, (self.mode_change(),), by_access=True), Kick(channel, self.nick(), by_access=True),
            Invite(self.nick(), channel, by_access=True), SetTopic(channel, self.text(), by_access=True),
            TransferChannel(channel, self.account()), SetAccess(channel, self.account(), self.pick(*Rank)),
            SetAccess(channel, self.account(), self.pick(*Rank)),
            SyncRanks(channel, self.pick(None, self.nick()), self.sign()),
            ChangeRegistration(channel, self.pick(*RegistrationSetting), self.pick(None, "on", "secret")),
            RenameChannel(channel, self.pick(*CHANNELS), self.text()),
            AddHook(channel, self.pick(*TOKENS), self.pick(*DIGESTS)),
            AddWebhook(
                channel, self.pick(*TOKENS), self.pick("https://x/y", "http://x", "x"), "s" * self.pick(16, 16, 3),
                self.pick(("message",), ("join", "join"), ()),
            ),
            RemoveHook(channel, self.pick(*TOKENS), self.pick(*Direction)),
        )  # fmt: skip

    def talk(self) -> Request:
        rank = self.pick(Rank.NONE, Rank.NONE, Rank.VOICE, Rank.OP)
        again: Post | PostLines = Post(self.pick(self.channel(), self.nick()), "hi")
        if self.sign():
            again = PostLines(self.channel(), (Line("a"), Line("b")))
        return self.one_of(
            Post(self.channel(), self.text(), self.pick(*Kind), None, rank),
            Post(self.nick(), self.text(), self.pick(*Kind), None, rank),
            Post(self.channel(), "hi"),
            Portray(self.channel(), self.pick(None, *NICKS), self.text(), self.sign()),
            SendWallops(self.text()),
            PostLines(
                self.pick(self.channel(), self.nick()),
                tuple(Line(self.text(), self.sign()) for _ in range(self.pick(0, 1, 2, 3))),
                self.pick(*Kind), None, rank,
            ),
            PostOnce(self.pick("k1", "k2", "k3", "k4"), self.pick(7, 7, 8), again),
            Relay(self.channel(), self.pick("zoe/d", "zoe/d", "zoe"), self.text()),
            self.redaction(),
        )  # fmt: skip

    def redaction(self) -> Request:
        """Of a message that somebody may have written, to a channel, to some of it or to somebody."""
        target = self.pick(self.channel(), self.nick())
        channel = self.realm.channel(target)
        realm = self.realm
        users = [user.id for user in realm.users.values()]
        own = [self.user.id] * 2 if self.user is not None else []
        author, other = self.pick(0, *users, *own), self.pick(0, *users)
        sender, receiver = (
            identity_of(realm, realm.users[id]) if id in realm.users else id for id in (author, other)
        )
        where = between(sender, receiver)
        if channel is not None and self.sign():
            where = in_channel(channel.id)
        written = Written(where, sender, self.pick(0, 0, 1, 4), self.pick(0, 2**50), author)
        return Redact(target, "00ab", self.text(), self.pick(None, written, written, written))

    def move(self) -> Request:
        nick, channel = self.nick(), self.channel()
        return self.one_of(
            Join(channel), Join(channel), Join(channel, "k"), Part(channel, self.reason()),
            Kick(channel, nick, self.reason()), Invite(nick, channel), Invite(nick, channel), Uninvite(nick, channel),
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
            ChangeUserModes(modes), ChangeAccepted(*self.some(*[self.nick() for _ in range(4)])),
            ChangeSilences(*self.some(*[self.pick(*MASKS) for _ in range(4)])),
            SetReadMarker(self.pick(self.nick(), self.channel()), self.pick(1, 2, 2**60)),
            SetMetadata(self.whose(), self.pick("a", "b", "c", "A"), self.pick(None, "1", "2", "x" * 400)),
            ClearMetadata(self.whose()),
            Subscribe(self.pick(*SERVICES), self.pick("B" + "x" * 86, "x"), "x" * 22),
            Unsubscribe(self.pick(*SERVICES)),
        )  # fmt: skip

    def leave(self) -> Request:
        """Often enough for who is always on to be without clients."""
        return self.one_of(Disconnect(self.text()), Disconnect(self.text(), self.pick(None, *UNTIL)))

    def whose(self) -> str | None:
        return self.pick(None, None, self.nick(), self.channel(), self.channel())

    def some(self, *words: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Some of these words, and some of the others."""
        first, second = self.pick(0, 1, 2), self.pick(2, 2, 3)
        return words[first:2], words[2:second]

    def rarely(self) -> Request:
        return self.one_of(
            Disconnect(self.text()),
            Disconnect(self.text(), self.pick(None, *UNTIL)),
            Kill(self.nick(), self.text()),
            ForceNick(self.nick(), self.nick()),
            BecomeOperator(
                "chief", self.pick((), tuple(Privilege), tuple(Privilege)), self.pick(None, "staff")
            ),
            Configure(self.settings()),
        )
