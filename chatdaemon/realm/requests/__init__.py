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
from chatdaemon.realm.requests.channels import ChangeModes, Invite, Join, Kick, Knock, Part, SetTopic
from chatdaemon.realm.requests.messages import CLIENT_TAGS, Kind, Post
from chatdaemon.realm.requests.operators import (
    BecomeOperator,
    Configure,
    ForceJoin,
    ForcePart,
    Kill,
    SendWallops,
)
from chatdaemon.realm.requests.registrations import (
    ChangeRegistration,
    DropChannel,
    RegisterChannel,
    RenameChannel,
    SetAccess,
    SyncRanks,
    TransferChannel,
)
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
    # users
    | Connect
    | Disconnect
    | ChangeNick
    | SetAway
    | SetRealname
    | ChangeUserModes
    | SetAccount
    # channels
    | Join
    | Part
    | Kick
    | Invite
    | Knock
    | SetTopic
    | ChangeModes
    # operators
    | BecomeOperator
    | Kill
    | SendWallops
    | ForceJoin
    | ForcePart
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
        RenameChannel,
    }
)

__all__ = [
    "CLIENT_TAGS",
    "DURABLE",
    "AddCertificate",
    "ApproveAccount",
    "AskVirtualHost",
    "BecomeOperator",
    "ChangeAccountSetting",
    "ChangeCredentials",
    "ChangeEmail",
    "ChangeModes",
    "ChangeNick",
    "ChangeRegistration",
    "ChangeUserModes",
    "Configure",
    "Connect",
    "CreateInvitation",
    "Disconnect",
    "DropAccount",
    "DropChannel",
    "ForceJoin",
    "ForcePart",
    "GroupNick",
    "Invite",
    "Join",
    "Kick",
    "Kill",
    "Kind",
    "Knock",
    "Part",
    "Post",
    "ReclaimNick",
    "RegisterAccount",
    "RegisterChannel",
    "RemoveCertificate",
    "RenameChannel",
    "RenewCode",
    "Request",
    "RestoreAccount",
    "RevokeInvitation",
    "SendWallops",
    "SetAccess",
    "SetAccount",
    "SetAway",
    "SetRealname",
    "SetTopic",
    "SetVirtualHost",
    "SuspendAccount",
    "SyncRanks",
    "TransferChannel",
    "UngroupNick",
    "VerifyAccount",
]
