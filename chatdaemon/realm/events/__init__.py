"""Events: what has happened in the realm. Past tense, self-contained, never changed.

Every event has an `audience`: the id of a channel, when all of its members learn of it, or a tuple of
user ids. The session that asked is answered with all events of its entry, save those with a tuple of
ids that its user is not in. Events that happen *to* one user have it as `subject`, since
protocols tell that user more (the topic and names of the channel it is now in, say).

A `Who` is a user as it was when the event happened, so that an event can be rendered or stored
at any later time.
"""

from chatdaemon.realm.events.accounts import (
    AccountApproved,
    AccountDropped,
    AccountRegistered,
    AccountRestored,
    AccountSeen,
    AccountSettingChanged,
    AccountSuspended,
    AccountVerified,
    CertificatesChanged,
    CodeRenewed,
    CredentialsChanged,
    EmailChanged,
    InvitationChanged,
    NicksChanged,
    VirtualHostAsked,
    VirtualHostSet,
)
from chatdaemon.realm.events.channels import (
    Forwarded,
    Invited,
    Joined,
    Kicked,
    Knocked,
    ModesChanged,
    Parted,
    TopicChanged,
    Uninvited,
)
from chatdaemon.realm.events.common import Audience, Stamp, Who
from chatdaemon.realm.events.hooks import HookAdded, HookRemoved
from chatdaemon.realm.events.keys import KeyForgotten, KeyUsed, Repeated
from chatdaemon.realm.events.markers import ReadMarkerForgotten, ReadMarkerSet
from chatdaemon.realm.events.messages import Posted
from chatdaemon.realm.events.metadata import ChannelMetadataChanged, UserMetadataChanged
from chatdaemon.realm.events.multiline import PostedLines
from chatdaemon.realm.events.operators import (
    BecameOperator,
    Configured,
    Killed,
    PartlyRefused,
    ServerNoticed,
    WallopsSent,
)
from chatdaemon.realm.events.privacy import AcceptedChanged, Called, SilencesChanged
from chatdaemon.realm.events.push import Subscribed, Unsubscribed
from chatdaemon.realm.events.redaction import Redacted
from chatdaemon.realm.events.registrations import (
    AccessChanged,
    ChannelDropped,
    ChannelRegistered,
    ChannelRenamed,
    ChannelTransferred,
    RegistrationChanged,
)
from chatdaemon.realm.events.relaying import Relayed
from chatdaemon.realm.events.roleplay import Portrayed
from chatdaemon.realm.events.sessions import (
    AlwaysOnChanged,
    Attached,
    Detached,
    DeviceForgotten,
    DeviceSeen,
)
from chatdaemon.realm.events.tokens import TokenCreated, TokenRevoked, TokenUsed
from chatdaemon.realm.events.users import (
    AccountChanged,
    AwayChanged,
    Connected,
    HostChanged,
    NickChanged,
    Quit,
    RealnameChanged,
    UserModesChanged,
)

Event = (
    Posted
    | KeyUsed
    | KeyForgotten
    | Repeated
    | Relayed
    | Redacted
    | PostedLines
    # users
    | Connected
    | Quit
    | Attached
    | Detached
    | AlwaysOnChanged
    | DeviceSeen
    | DeviceForgotten
    | NickChanged
    | AwayChanged
    | RealnameChanged
    | HostChanged
    | AccountChanged
    | UserModesChanged
    | AcceptedChanged
    | SilencesChanged
    | Called
    | ReadMarkerSet
    | ReadMarkerForgotten
    | Subscribed
    | Unsubscribed
    | UserMetadataChanged
    # channels
    | Joined
    | Forwarded
    | Parted
    | Kicked
    | Invited
    | Uninvited
    | Knocked
    | TopicChanged
    | ModesChanged
    | Portrayed
    | ChannelMetadataChanged
    # operators
    | BecameOperator
    | PartlyRefused
    | Killed
    | WallopsSent
    | ServerNoticed
    | Configured
    # accounts
    | AccountRegistered
    | AccountVerified
    | CodeRenewed
    | AccountApproved
    | CredentialsChanged
    | EmailChanged
    | AccountSettingChanged
    | CertificatesChanged
    | NicksChanged
    | AccountSeen
    | AccountDropped
    | AccountSuspended
    | AccountRestored
    | InvitationChanged
    | VirtualHostAsked
    | VirtualHostSet
    # registered channels
    | ChannelRegistered
    | ChannelDropped
    | ChannelTransferred
    | AccessChanged
    | RegistrationChanged
    | ChannelRenamed
    # tokens and hooks
    | TokenCreated
    | TokenRevoked
    | TokenUsed
    | HookAdded
    | HookRemoved
)

__all__ = [
    "AcceptedChanged",
    "AccessChanged",
    "AccountApproved",
    "AccountChanged",
    "AccountDropped",
    "AccountRegistered",
    "AccountRestored",
    "AccountSeen",
    "AccountSettingChanged",
    "AccountSuspended",
    "AccountVerified",
    "AlwaysOnChanged",
    "Attached",
    "Audience",
    "AwayChanged",
    "BecameOperator",
    "Called",
    "CertificatesChanged",
    "ChannelDropped",
    "ChannelMetadataChanged",
    "ChannelRegistered",
    "ChannelRenamed",
    "ChannelTransferred",
    "CodeRenewed",
    "Configured",
    "Connected",
    "CredentialsChanged",
    "Detached",
    "DeviceForgotten",
    "DeviceSeen",
    "EmailChanged",
    "Event",
    "Forwarded",
    "HookAdded",
    "HookRemoved",
    "HostChanged",
    "InvitationChanged",
    "Invited",
    "Joined",
    "KeyForgotten",
    "KeyUsed",
    "Kicked",
    "Killed",
    "Knocked",
    "ModesChanged",
    "NickChanged",
    "NicksChanged",
    "Parted",
    "PartlyRefused",
    "Portrayed",
    "Posted",
    "PostedLines",
    "Quit",
    "ReadMarkerForgotten",
    "ReadMarkerSet",
    "RealnameChanged",
    "Redacted",
    "RegistrationChanged",
    "Relayed",
    "Repeated",
    "ServerNoticed",
    "SilencesChanged",
    "Stamp",
    "Subscribed",
    "TokenCreated",
    "TokenRevoked",
    "TokenUsed",
    "TopicChanged",
    "Uninvited",
    "Unsubscribed",
    "UserMetadataChanged",
    "UserModesChanged",
    "VirtualHostAsked",
    "VirtualHostSet",
    "WallopsSent",
    "Who",
]
