"""Refusals: why the realm did not do what a person asked."""

from __future__ import annotations

from enum import Enum, auto

from chatdaemon.realm.modes import ModeChange


class Reason(Enum):
    """Every reason for which the realm refuses a request.

    Each protocol has a table from these to its own codes, and a test that none is missing.
    The comment says what `subject` (and `detail`) of the Refusal hold.
    """

    # who
    NOT_CONNECTED = auto()  # the actor is gone (or not yet there); subject: ""
    ALREADY_CONNECTED = auto()  # subject: ""
    NO_SUCH_NICK = auto()  # subject: the nick
    NO_SUCH_CHANNEL = auto()  # subject: the channel name
    NO_SUCH_TARGET = auto()  # subject: the nick or channel name of a message
    # names
    BAD_NICK = auto()  # subject: the nick, detail: what is wrong with it
    NICK_IN_USE = auto()  # subject: the nick
    BAD_CHANNEL_NAME = auto()  # subject: the name, detail: what is wrong with it
    BAD_REALNAME = auto()  # subject: "", detail: what is wrong with it
    NICK_CHANGE_FORBIDDEN = auto()  # channel mode N; subject: the channel
    BANNED_NICK_CHANGE = auto()  # banned or muted in a channel; subject: the new nick, detail: the channel
    # joining
    TOO_MANY_CHANNELS = auto()  # subject: the channel
    BANNED = auto()  # subject: the channel
    INVITE_ONLY = auto()  # subject: the channel
    BAD_KEY = auto()  # subject: the channel
    CHANNEL_FULL = auto()  # subject: the channel
    LOGIN_TO_JOIN = auto()  # channel mode R; subject: the channel
    # being there
    NOT_ON_CHANNEL = auto()  # the actor; subject: the channel
    TARGET_NOT_ON_CHANNEL = auto()  # subject: the nick, detail: the channel
    ALREADY_ON_CHANNEL = auto()  # subject: the nick, detail: the channel
    NEEDS_HALFOP = auto()  # subject: the channel
    NEEDS_OP = auto()  # subject: the channel
    NEEDS_FOUNDER = auto()  # subject: the channel
    OUTRANKED = auto()  # the target stands higher; subject: the channel, detail: the nick
    # speaking
    CANNOT_SPEAK = auto()  # moderated, or no outside messages; subject: the channel
    MUTED = auto()  # banned or muted; subject: the channel
    LOGIN_TO_SPEAK = auto()  # channel mode M; subject: the channel
    NO_CTCP = auto()  # channel mode C; subject: the channel
    NO_NOTICE = auto()  # channel mode T; subject: the channel
    LOGIN_TO_MESSAGE = auto()  # user mode R of the receiver; subject: the nick
    NO_CTCP_TO_USER = auto()  # user mode T of the receiver; subject: the nick
    NOT_ACCEPTED = auto()  # user mode g of the receiver; subject: the nick
    CANNOT_PORTRAY = auto()  # roleplay; subject: the channel, detail: why
    NO_TEXT = auto()  # subject: ""
    KEY_REUSED = auto()  # for another message than before; subject: the key, detail: that one's id
    CANNOT_RELAY = auto()  # for another network; subject: the channel
    BAD_RELAYED_NICK = auto()  # subject: the nick, detail: what is wrong with it
    RELAYED_NICK_MUTED = auto()  # banned or muted; subject: the nick, detail: the channel
    # taking back
    NOTHING_TO_REDACT = auto()  # no such channel or nick, or not in it; subject: the target
    UNKNOWN_MESSAGE = auto()  # subject: the target, detail: the message id
    CANNOT_REDACT = auto()  # somebody else's message; subject: the target, detail: the message id
    REDACTION_TOO_LATE = auto()  # subject: the target, detail: the message id
    # knocking
    CHANNEL_OPEN = auto()  # nothing to knock at; subject: the channel
    KNOCKED_ALREADY = auto()  # subject: the channel
    CANNOT_KNOCK = auto()  # banned; subject: the channel
    # inviting
    NOT_INVITED = auto()  # subject: the nick, detail: the channel
    # whom to hear
    ACCEPTED_ALREADY = auto()  # subject: the nick
    NOT_ON_ACCEPT_LIST = auto()  # subject: the nick
    ACCEPT_FULL = auto()  # subject: the nick
    BAD_SILENCE = auto()  # subject: the mask, detail: what is wrong with it
    NOT_SILENCED = auto()  # subject: the mask
    SILENCE_FULL = auto()  # subject: the mask
    # modes
    BAD_MODE_VALUE = auto()  # subject: the channel, detail: what is wrong with the value; has a `change`
    LIST_FULL = auto()  # subject: the channel, detail: the mask
    BAD_FORWARD = auto()  # subject: the forward target, detail: the channel; has a `change`
    # operators
    NOT_AN_OPERATOR = auto()  # subject: ""
    NEEDS_PRIVILEGE = auto()  # subject: the privilege
    # accounts
    NOT_LOGGED_IN = auto()  # subject: ""
    ALREADY_LOGGED_IN = auto()  # subject: the account
    LOGIN_REQUIRED = auto()  # nobody comes in without an account; subject: ""
    NO_SUCH_ACCOUNT = auto()  # subject: the account
    ACCOUNT_EXISTS = auto()  # subject: the account
    BAD_ACCOUNT_NAME = auto()  # subject: the account, detail: what is wrong with it
    NICK_RESERVED = auto()  # it belongs to an account, or to a service; subject: the nick
    NICK_CONFUSABLE = auto()  # it looks like one that belongs to somebody; subject: the nick
    NICK_IS_ACCOUNT = (
        auto()
    )  # who is logged in is called as the account; subject: the nick, detail: the account
    NICK_NOT_YOURS = auto()  # it does not belong to the actor's account; subject: the nick
    NICK_MUST_MATCH = auto()  # an account is called as the nick; subject: the account, detail: the nick
    REGISTRATION_CLOSED = auto()  # subject: ""
    INVITATION_NEEDED = auto()  # no invitation, or one that is no good; subject: ""
    NO_SUCH_INVITATION = auto()  # subject: the code
    INVITATION_EXISTS = auto()  # subject: the code
    EMAIL_NEEDED = auto()  # subject: the account
    BAD_CODE = auto()  # wrong, or too old; subject: the account
    NOTHING_TO_VERIFY = auto()  # subject: the account
    NOT_VERIFIED = auto()  # subject: the account
    NOT_APPROVED = auto()  # subject: the account
    NOT_WAITING = auto()  # for approval; subject: the account
    SUSPENDED = auto()  # subject: the account, detail: why
    NOT_SUSPENDED = auto()  # subject: the account
    CERTIFICATE_KNOWN = auto()  # it logs in to an account already; subject: the fingerprint
    NO_SUCH_CERTIFICATE = auto()  # subject: the fingerprint
    TOO_MANY_CERTIFICATES = auto()  # subject: the account
    TOO_MANY_NICKS = auto()  # subject: the account
    BAD_SETTING_VALUE = auto()  # subject: the setting, detail: what is wrong with the value
    BAD_HOST = auto()  # subject: the host, detail: what is wrong with it
    NO_HOST_ASKED = auto()  # subject: the account
    CREDENTIALS_CHANGED = auto()  # they are not those that a change was to replace; subject: the account
    # registered channels
    CHANNEL_REGISTERED = auto()  # subject: the channel
    CHANNEL_NOT_REGISTERED = auto()  # subject: the channel
    CHANNELS_CLOSED = auto()  # only operators register channels; subject: the channel
    TOO_MANY_REGISTERED = auto()  # the account has founded as many as it may; subject: the channel
    NEEDS_ACCESS = auto()  # the actor's account has no such access; subject: the channel
    ACCESS_FULL = auto()  # subject: the channel
    CHANNEL_NAME_IN_USE = auto()  # subject: the new name, detail: the channel
    CANNOT_RENAME = auto()  # subject: the channel, detail: why
    MODE_KEPT = auto()  # the founder has locked the mode; subject: the channel; has a `change`
    # metadata
    BAD_METADATA_KEY = auto()  # subject: the key, detail: what is wrong with it
    BAD_METADATA_VALUE = auto()  # subject: the key, detail: what is wrong with its value
    METADATA_FULL = auto()  # as many keys as there may be; subject: the nick or channel
    METADATA_NOT_YOURS = auto()  # subject: the nick or channel, detail: the key ("" for all)
    # push
    BAD_SUBSCRIPTION = auto()  # subject: the endpoint, detail: what is wrong with it
    # tokens and hooks
    BAD_TOKEN = auto()  # what was shown is none, or not any more; subject: ""
    BAD_TOKEN_SETTING = auto()  # of one that is to be made; subject: its name, detail: what is wrong with it
    TOKEN_EXISTS = auto()  # subject: its name
    NO_SUCH_TOKEN = auto()  # subject: its name
    TOO_MANY_TOKENS = auto()  # subject: the account
    BAD_HOOK = auto()  # subject: its name, detail: what is wrong with it
    HOOK_EXISTS = auto()  # subject: its name, detail: the channel
    NO_SUCH_HOOK = auto()  # subject: its name ("": by its secret), detail: the channel
    TOO_MANY_HOOKS = auto()  # subject: the channel
    # storage
    NO_HISTORY = auto()  # no history that the actor may read; subject: the target
    NO_SUCH_DEVICE = auto()  # subject: the device
    TOO_MANY_SESSIONS = auto()  # of one user; subject: the nick
    STORAGE_UNAVAILABLE = auto()  # what would have to be stored is not done; subject: ""
    NOT_STORED = auto()  # it is done, but not stored yet; subject: ""


class Refusal(Exception):
    """The realm says no, before it has changed anything.

    `subject` is the name that the refusal is about, `detail` what else there is to know; see Reason.
    `change` is the mode change that was refused, where that is what was wrong.
    """

    def __init__(
        self, reason: Reason, subject: str = "", detail: str = "", change: ModeChange | None = None
    ) -> None:
        super().__init__(reason, subject, detail)
        self.reason = reason
        self.subject = subject
        self.detail = detail
        self.change = change

    def __eq__(self, other: object) -> bool:
        # Refusals stand in events, and events with the same content are equal.
        return isinstance(other, Refusal) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)
