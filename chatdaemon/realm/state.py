"""The realm's state: users, channels, memberships, and the way back from each to the others.

Only rules change these objects. Reads from outside (WHOIS, LIST, NAMES) are plain attribute access.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chatdaemon.realm.accounts import NOTHING, Account, Invitation, Registration
from chatdaemon.realm.entry import AccountId, ChannelId, Entry, SessionId, UserId
from chatdaemon.realm.events import Who
from chatdaemon.realm.keys import UsedKey
from chatdaemon.realm.masks import Mask
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelSetting,
    ListEntry,
    Privilege,
    Rank,
    UserMode,
)
from chatdaemon.realm.names import CASEMAPPINGS
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.tokens import Token

# The modes for which a message to a user needs a closer look.
GUARDS = (UserMode.LOGGED_IN_ONLY, UserMode.CALLER_ID, UserMode.NO_CTCP)

# As masks name ranks.
RANK_LETTERS = {"q": Rank.FOUNDER, "a": Rank.ADMIN, "o": Rank.OP, "h": Rank.HALFOP, "v": Rank.VOICE}


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of one session of a user: its address, its TLS client certificate (SHA-256, hex), whether
    it comes over TLS, and may be here without an account; `device` is what the account's owner calls it."""

    real_host: str
    secure: bool
    certificate: str | None
    exempt: bool
    device: str
    attached_at: int


class User:
    """A person or program. Sessions attach to it; nick, channels and modes are its own.

    `real_host` and `certificate` are those of the oldest session, or of the last that was there.

    `who` is the value that events carry; `hostmask`, `real_hostmask` and `folded_account` are folded, for
    masks. `account` is the account's name as it is shown.
    """

    __slots__ = (
        "accepted", "account", "active_at", "always_on", "auto_away", "away", "called_at", "certificate",
        "channels", "connected_at", "exempt", "folded", "folded_account", "guarded", "host", "hostmask", "id",
        "identity", "invited", "knocked", "left_at", "markers", "metadata", "modes", "nick", "operator",
        "plain_host", "privileges",
        "real_host", "real_hostmask", "realname", "sessions", "silences", "username", "who",
    )  # fmt: skip

    def __init__(
        self, id: UserId, nick: str, username: str, realname: str, host: str, real_host: str
    ) -> None:
        self.id = id
        self.nick = nick
        self.folded = ""
        self.username = username
        self.realname = realname
        self.host = host
        # What is shown while no account gives the user a virtual host.
        self.plain_host = host
        self.real_host = real_host
        # May be here without an account where others may not.
        self.exempt = False
        self.account: str | None = None
        self.certificate: str | None = None
        self.away: str | None = None
        # It is away because no client is there.
        self.auto_away = False
        # It stays without sessions, and is stored (see presence.settle).
        self.always_on = False
        # Since when it has no session (ms); 0 while it has.
        self.left_at = 0
        self.operator: str | None = None
        self.privileges: tuple[Privilege, ...] = ()
        self.modes: tuple[UserMode, ...] = ()
        self.channels: dict[Channel, Membership] = {}
        # The oldest first; none where the user is always on.
        self.sessions: dict[SessionId, Attachment] = {}
        # Where it was invited and not yet joined; when it last knocked (ms). Made when first needed.
        self.invited: dict[Channel, None] | None = None
        self.knocked: dict[ChannelId, int] | None = None
        # Who may write in spite of the mode CALLER_ID: ids of users, and folded names of accounts with how
        # they are written; when the user was last told of somebody else who would (ms).
        self.accepted: dict[UserId | str, str] | None = None
        self.called_at = 0
        # Of a user who is logged in, the account's count in their place.
        self.metadata: Mapping[str, str] = NOTHING
        # Folded target -> how far it has read (ms). Made when first needed.
        self.markers: dict[str, int] | None = None
        # Whom the user does not want to hear of, by the key of each mask.
        self.silences: dict[str, Mask] | None = None
        # True when a message to the user needs a closer look (see policy.check_message_user).
        self.guarded = False
        self.connected_at = 0
        self.active_at = 0
        # Grows with everything that a mask can see (its channels and ranks as well), so that verdicts
        # can be kept (see Membership).
        self.identity = 0
        self.hostmask = ""
        self.real_hostmask = ""
        self.folded_account: str | None = None
        self.who = Who(id, nick, username, host, None, realname, False, "")

    def refresh(self, fold: Callable[[str], str]) -> None:
        """Make anew what follows from nick, username, host, account, realname, modes and silences."""
        self.folded = fold(self.nick)
        self.hostmask = fold(f"{self.nick}!{self.username}@{self.host}")
        self.real_hostmask = fold(f"{self.nick}!{self.username}@{self.real_host}")
        self.folded_account = None if self.account is None else fold(self.account)
        self.guarded = bool(self.silences) or any(mode in GUARDS for mode in self.modes)
        self.identity += 1
        self.who = Who(
            self.id, self.nick, self.username, self.host, self.account, self.realname,
            UserMode.BOT in self.modes, f"{self.nick}!{self.username}@{self.host}",
            self.operator is not None,
        )  # fmt: skip

    def in_channel(self, name: str, rank: str | None) -> bool:
        """True when in the channel of this folded name, of at least the rank with this letter if any."""
        least = Rank.NONE if rank is None else RANK_LETTERS[rank]
        return any(
            channel.folded == name and membership.ranks >= least
            for channel, membership in self.channels.items()
        )

    def may(self, privilege: Privilege) -> bool:
        return privilege in self.privileges


class Membership:
    """One user in one channel. `entry` is the index of the entry by which it came: the order of memberships.

    `verdict` keeps whether the channel's bans silence the user; it is good as long as neither the
    channel's lists nor the user's identity have changed since.
    """

    __slots__ = ("banned", "entry", "joined_at", "ranks", "verdict")

    def __init__(self, ranks: Rank, joined_at: int, entry: int = 0) -> None:
        self.ranks = ranks
        self.joined_at = joined_at
        self.entry = entry
        self.verdict: tuple[int, int] = (-1, -1)
        self.banned = False


class Channel:
    """A channel: a dictionary from members to their memberships, and what is set on it."""

    __slots__ = (
        "created_at", "flags", "folded", "guarded", "id", "listed", "lists", "members", "metadata", "name",
        "registration", "renamed_at", "residents", "settings", "topic", "topic_at", "topic_by",
    )  # fmt: skip

    def __init__(self, id: ChannelId, name: str, folded: str, created_at: int) -> None:
        self.id = id
        self.name = name
        self.folded = folded
        self.created_at = created_at
        self.topic = ""
        self.topic_by = ""
        self.topic_at = 0
        self.flags: dict[ChannelFlag, None] = {}
        self.settings: dict[ChannelSetting, str] = {}
        self.lists: dict[ChannelList, dict[str, tuple[ListEntry, Mask]]] = {}
        # Grows whenever a list changes (see Membership.verdict).
        self.listed = 0
        # True when a message of a member needs a closer look (see policy.may_speak).
        self.guarded = False
        self.members: dict[User, Membership] = {}
        # How many of them are always on.
        self.residents = 0
        # What makes it outlive its members.
        self.registration: Registration | None = None
        self.renamed_at = 0
        self.metadata: Mapping[str, str] = NOTHING

    @property
    def kept(self) -> bool:
        """Whether it is stored: it is there after the next start."""
        return self.registration is not None or self.residents > 0

    def entries(self, which: ChannelList) -> Iterator[ListEntry]:
        """The entries of one list, oldest first."""
        for entry, _ in self.lists.get(which, {}).values():
            yield entry


@dataclass(frozen=True, slots=True)
class Departed:
    """A user that is gone, or a nick that was given up: what WHOWAS tells."""

    who: Who
    real_host: str
    at: int


class State:
    """All users and channels, and the look-ups that everybody may make. `Realm` adds `apply`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.naming = CASEMAPPINGS[self.settings.casemapping]
        self.fold = self.naming.fold
        self.users: dict[UserId, User] = {}
        self.nicks: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.sessions: dict[SessionId, User] = {}
        self.departed: deque[Departed] = deque(maxlen=self.settings.whowas_entries)
        self.operators: dict[UserId, None] = {}
        # By folded name; the others are ways to them, kept in step by records.keep.
        self.accounts: dict[str, Account] = {}
        self.numbered: dict[AccountId, str] = {}  # identity -> folded name
        self.reserved: dict[str, str] = {}  # folded nick -> folded account name, also of the name itself
        # Skeleton -> the reserved nicks that look so, folded -> folded account name; never empty.
        self.skeletons: dict[str, dict[str, str]] = {}
        self.certificates: dict[str, str] = {}  # fingerprint -> folded account name
        self.logged_in: dict[str, dict[User, None]] = {}  # folded account name -> its users, never empty
        self.founded: dict[str, dict[Channel, None]] = {}  # folded account name -> its channels, never empty
        self.invitations: dict[str, Invitation] = {}
        self.markers: dict[AccountId, dict[str, int]] = {}
        # How far the clients of an account have been told (ms), by device; never empty.
        self.devices: dict[AccountId, dict[str, int]] = {}
        # What each key of a message was used for, the oldest first and never empty; by whose they are (see
        # conversations.Identity), who has used none for the longest time first.
        self.keys: dict[AccountId | UserId, dict[str, UsedKey]] = {}
        # By endpoint, the longest not renewed first; never empty.
        self.subscriptions: dict[AccountId, dict[str, Subscription]] = {}
        self.tokens: dict[str, Token] = {}  # by digest, in the order in which they were made
        self.hooks: dict[str, Channel] = {}  # digest of a way in -> its channel
        self.invisible = 0  # how many users are, for LUSERS
        self.most_users = 0
        self.index = 0  # of the last entry that was applied or refused

    def actor(self, entry: Entry) -> User:
        """The user that asks. Raises Refusal when it is gone by now."""
        user = self.sessions.get(entry.actor or "")
        if user is None:
            raise Refusal(Reason.NOT_CONNECTED)
        return user

    def user(self, nick: str) -> User | None:
        """The user with this nick, in any case."""
        return self.nicks.get(self.fold(nick))

    def account(self, name: str) -> Account | None:
        """The account with this name, in any case."""
        return self.accounts.get(self.fold(name))

    def account_of(self, user: User) -> Account | None:
        """The account that a user is logged in to."""
        return self.accounts[user.folded_account] if user.folded_account is not None else None

    def owner(self, nick: str) -> Account | None:
        """The account that a nick belongs to."""
        name = self.reserved.get(self.fold(nick))
        return self.accounts[name] if name is not None else None

    def channel(self, name: str) -> Channel | None:
        """The channel with this name, in any case."""
        return self.channels.get(self.fold(name))
