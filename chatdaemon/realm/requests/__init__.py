"""Requests: what people, and the server itself, can ask of the realm. Imperatives.

Each is applied by the rule of the same name in `rules/`, which answers with events or raises a
Refusal. Names (nicks, channels, accounts) come as they were typed; the realm folds them.
"""

from chatdaemon.realm.requests.accounts import (
    AddCertificate,
    ApproveAccount,
    AskVirtualHost,
    ChangeAccountSetting,
    ChangeCredentials,
    ChangeEmail,
    CreateInvitation,
    DropAccount,
    ExpireAccount,
    GroupNick,
    ReclaimNick,
    RegisterAccount,
    RemoveCertificate,
    RenewCode,
    RestoreAccount,
    RevokeInvitation,
    SetVirtualHost,
    SuspendAccount,
    UngroupNick,
    VerifyAccount,
)
from chatdaemon.realm.requests.channels import (
    ChangeModes,
    ExpireBans,
    Invite,
    Join,
    Kick,
    Knock,
    Part,
    SetTopic,
    Uninvite,
)
from chatdaemon.realm.requests.hooks import AddHook, AddWebhook, PostByHook, RemoveHook
from chatdaemon.realm.requests.keys import PostOnce
from chatdaemon.realm.requests.markers import SetReadMarker
from chatdaemon.realm.requests.messages import CLIENT_TAGS, Kind, Post
from chatdaemon.realm.requests.metadata import ClearMetadata, SetMetadata
from chatdaemon.realm.requests.multiline import Line, PostLines
from chatdaemon.realm.requests.operators import (
    BecomeOperator,
    Configure,
    ForceJoin,
    ForceNick,
    ForcePart,
    Kill,
    SendWallops,
)
from chatdaemon.realm.requests.privacy import ChangeAccepted, ChangeSilences
from chatdaemon.realm.requests.push import ExpireSubscription, Subscribe, Unsubscribe
from chatdaemon.realm.requests.redaction import Redact
from chatdaemon.realm.requests.registrations import (
    ChangeRegistration,
    DropChannel,
    RegisterChannel,
    RenameChannel,
    SetAccess,
    SyncRanks,
    TransferChannel,
)
from chatdaemon.realm.requests.relaying import Relay
from chatdaemon.realm.requests.roleplay import Portray
from chatdaemon.realm.requests.sessions import ExpirePresence, ForgetDevice, ResumePresence, SeeDevice
from chatdaemon.realm.requests.tokens import CreateToken, ExpireToken, RevokeToken, UseToken
from chatdaemon.realm.requests.users import (
    ChangeNick,
    ChangeUserModes,
    Connect,
    Disconnect,
    SetAccount,
    SetAway,
    SetRealname,
)

Request = (
    Post
    | PostOnce
    | Relay
    | Redact
    | PostLines
    # users
    | Connect
    | Disconnect
    | SeeDevice
    | ForgetDevice
    | ExpirePresence
    | ResumePresence
    | ChangeNick
    | SetAway
    | SetRealname
    | ChangeUserModes
    | SetAccount
    | ChangeAccepted
    | ChangeSilences
    | SetReadMarker
    | Subscribe
    | Unsubscribe
    | ExpireSubscription
    | SetMetadata
    | ClearMetadata
    # channels
    | Join
    | Part
    | Kick
    | Invite
    | Uninvite
    | Knock
    | SetTopic
    | ChangeModes
    | ExpireBans
    | Portray
    # operators
    | BecomeOperator
    | Kill
    | SendWallops
    | ForceJoin
    | ForcePart
    | ForceNick
    | Configure
    # accounts
    | RegisterAccount
    | VerifyAccount
    | RenewCode
    | ApproveAccount
    | ChangeCredentials
    | ChangeEmail
    | ChangeAccountSetting
    | AddCertificate
    | RemoveCertificate
    | GroupNick
    | UngroupNick
    | ReclaimNick
    | DropAccount
    | ExpireAccount
    | SuspendAccount
    | RestoreAccount
    | CreateInvitation
    | RevokeInvitation
    | AskVirtualHost
    | SetVirtualHost
    # registered channels
    | RegisterChannel
    | DropChannel
    | TransferChannel
    | SetAccess
    | SyncRanks
    | ChangeRegistration
    | RenameChannel
    # tokens and hooks
    | CreateToken
    | RevokeToken
    | ExpireToken
    | UseToken
    | AddHook
    | AddWebhook
    | RemoveHook
    | PostByHook
)

# Who asks for one of these is answered when what came of it is stored, not before.
DURABLE: frozenset[type] = frozenset(
    {
        RegisterAccount,
        VerifyAccount,
        RenewCode,
        ApproveAccount,
        ChangeCredentials,
        ChangeEmail,
        ChangeAccountSetting,
        AddCertificate,
        RemoveCertificate,
        GroupNick,
        UngroupNick,
        DropAccount,
        SuspendAccount,
        RestoreAccount,
        CreateInvitation,
        RevokeInvitation,
        AskVirtualHost,
        SetVirtualHost,
        RegisterChannel,
        DropChannel,
        TransferChannel,
        SetAccess,
        ChangeRegistration,
        ForgetDevice,
        Subscribe,
        Unsubscribe,
        CreateToken,
        RevokeToken,
        AddHook,
        AddWebhook,
        RemoveHook,
    }
)

__all__ = [
    "CLIENT_TAGS",
    "DURABLE",
    "AddCertificate",
    "AddHook",
    "AddWebhook",
    "ApproveAccount",
    "AskVirtualHost",
    "BecomeOperator",
    "ChangeAccepted",
    "ChangeAccountSetting",
    "ChangeCredentials",
    "ChangeEmail",
    "ChangeModes",
    "ChangeNick",
    "ChangeRegistration",
    "ChangeSilences",
    "ChangeUserModes",
    "ClearMetadata",
    "Configure",
    "Connect",
    "CreateInvitation",
    "CreateToken",
    "Disconnect",
    "DropAccount",
    "DropChannel",
    "ExpireAccount",
    "ExpireBans",
    "ExpirePresence",
    "ExpireSubscription",
    "ExpireToken",
    "ForceJoin",
    "ForceNick",
    "ForcePart",
    "ForgetDevice",
    "GroupNick",
    "Invite",
    "Join",
    "Kick",
    "Kill",
    "Kind",
    "Knock",
    "Line",
    "Part",
    "Portray",
    "Post",
    "PostByHook",
    "PostLines",
    "PostOnce",
    "ReclaimNick",
    "Redact",
    "RegisterAccount",
    "RegisterChannel",
    "Relay",
    "RemoveCertificate",
    "RemoveHook",
    "RenameChannel",
    "RenewCode",
    "Request",
    "RestoreAccount",
    "ResumePresence",
    "RevokeInvitation",
    "RevokeToken",
    "SeeDevice",
    "SendWallops",
    "SetAccess",
    "SetAccount",
    "SetAway",
    "SetMetadata",
    "SetReadMarker",
    "SetRealname",
    "SetTopic",
    "SetVirtualHost",
    "Subscribe",
    "SuspendAccount",
    "SyncRanks",
    "TransferChannel",
    "UngroupNick",
    "Uninvite",
    "Unsubscribe",
    "UseToken",
    "VerifyAccount",
]
