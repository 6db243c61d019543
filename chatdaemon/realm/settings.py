"""The realm's settings: the part of the configuration that decides what the realm allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chatdaemon.realm.modes import ChannelFlag, Rank, UserMode

# More than anything can ever be.
UNLIMITED = 2**31 - 1
# Longer than anything lasts, in ms.
FOR_EVER = 2**53


class Policy(StrEnum):
    """Who may register something."""

    OPEN = "open"
    CLOSED = "closed"  # operators only
    INVITATION = "invitation"  # who has a code
    APPROVAL = "approval"  # an operator has to agree


class Redaction(StrEnum):
    """Who may take back messages, beside the server's operators with the privilege `override`."""

    OFF = "off"
    AUTHORS = "authors"
    OPERATORS = "operators"  # authors, and who looks after a channel for all that is said there


class Cutoff(StrEnum):
    """From where on the members of a channel may read its history."""

    NONE = "none"  # all of it
    JOIN = "join"  # since they joined
    REGISTRATION = "registration"  # since their account was registered; without one, since they joined


class Custom(StrEnum):
    """Whether something is done for an account, and who decides."""

    OFF = "off"  # for nobody
    OPT_IN = "opt-in"  # for those who ask for it
    OPT_OUT = "opt-out"  # for all but those who do not want it
    ALWAYS = "always"  # for everybody


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits (UNLIMITED, or FOR_EVER of a time: none) and defaults. Lengths are in bytes of UTF-8."""

    casemapping: str = "ascii"
    nick_length: int = 30
    channel_length: int = 64
    topic_length: int = 390
    kick_length: int = 300
    away_length: int = 300
    quit_length: int = 300
    realname_length: int = 150
    key_length: int = 32
    channels_per_user: int = 100
    list_entries: int = 100
    read_markers: int = 500  # of one user or account
    subscriptions_per_account: int = 10
    keys_per_user: int = 1000  # of messages, that are remembered
    key_age: int = 86_400_000  # ms for which they are
    metadata_keys: int = 50  # of one user or channel
    metadata_value_length: int = 300
    whowas_entries: int = 2000
    knock_interval: int = 60_000  # ms between two knocks of one user at one channel
    accept_entries: int = 50
    silence_entries: int = 32
    call_interval: int = 60_000  # ms between two times that one user is told who would write to it (Called)
    roleplay: bool = False
    channel_flags: tuple[ChannelFlag, ...] = (ChannelFlag.MEMBERS_ONLY, ChannelFlag.TOPIC_PROTECTED)
    user_modes: tuple[UserMode, ...] = (UserMode.INVISIBLE,)
    creator_rank: Rank = Rank.OP
    registration: Policy = Policy.OPEN
    verify_email: bool = False
    require_login: bool = False
    reserve_nicks: bool = True
    nick_is_account: bool = True  # whoever is logged in has the account's name as nick
    confusables: bool = True
    nicks_per_account: int = 5
    certificates_per_account: int = 10
    channel_registration: Policy = Policy.OPEN
    channels_per_account: int = 20
    access_entries: int = 200
    operators_relay: bool = True  # a channel's operators may speak for another network's users
    redaction: Redaction = Redaction.OPERATORS
    redaction_window: int = FOR_EVER  # ms for which authors may take back what they said
    cutoff: Cutoff = Cutoff.NONE
    several_clients: bool = True  # of one account with one nick are one user
    sessions_per_user: int = 20
    always_on: Custom = Custom.OPT_IN
    always_on_expiry: int = 0  # ms without a client after which an always-on user leaves; 0: never
    auto_away: Custom = Custom.OPT_OUT
    devices_per_account: int = 20
    tokens_per_account: int = 50
    hooks_per_channel: int = 20
    plain_hooks: bool = False  # what leaves by a hook may go without TLS
