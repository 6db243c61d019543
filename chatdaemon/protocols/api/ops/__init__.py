"""What a client can ask: one class for each op, from which its message is decoded and checked.

Fields that are not here are ignored, so that newer clients can talk to older servers. What each op does is in
the module of the same name in `verbs/`.
"""

from chatdaemon.protocols.api.ops.accounts import (
    Account,
    AccountDrop,
    AccountSet,
    CertificateAdd,
    CertificateRemove,
    ChangeEmail,
    ChangePassword,
    HostAsk,
    NickGroup,
    NickReclaim,
    NickUngroup,
    Register,
    RenewCode,
    Verify,
)
from chatdaemon.protocols.api.ops.channels import (
    Invitations,
    Invite,
    Join,
    Kick,
    Knock,
    List,
    Names,
    Part,
    Topic,
    Uninvite,
)
from chatdaemon.protocols.api.ops.connection import Bye, Hello, Login, Logout, Ping, Resume
from chatdaemon.protocols.api.ops.devices import Clients, DeviceForget, Devices
from chatdaemon.protocols.api.ops.history import History, Search, Targets
from chatdaemon.protocols.api.ops.hooks import HookAdd, HookRemove, Hooks
from chatdaemon.protocols.api.ops.markers import Mark
from chatdaemon.protocols.api.ops.messages import Portray, Redact, Relay, Send
from chatdaemon.protocols.api.ops.metadata import Metadata
from chatdaemon.protocols.api.ops.modes import Mode, UserModes
from chatdaemon.protocols.api.ops.op import Device, Id, Op
from chatdaemon.protocols.api.ops.operators import (
    AccountApprove,
    AccountCreate,
    AccountRestore,
    Accounts,
    AccountSuspend,
    Die,
    ForceJoin,
    ForceNick,
    ForcePart,
    HostSet,
    InvitationCreate,
    InvitationList,
    InvitationRevoke,
    Kill,
    Oper,
    Rehash,
    Wallops,
)
from chatdaemon.protocols.api.ops.push import Push, PushSubscribe, PushUnsubscribe
from chatdaemon.protocols.api.ops.registrations import (
    AccessList,
    AccessSet,
    AccessSync,
    ChannelDrop,
    ChannelInfo,
    ChannelRegister,
    ChannelRename,
    Channels,
    ChannelSet,
    ChannelTransfer,
)
from chatdaemon.protocols.api.ops.server import Server
from chatdaemon.protocols.api.ops.tokens import TokenCreate, TokenRevoke, Tokens
from chatdaemon.protocols.api.ops.users import (
    Accept,
    Away,
    Ison,
    Monitor,
    Nick,
    Realname,
    Silence,
    Who,
    Whois,
    Whowas,
)

AnyOp = (
    Hello
    | Login
    | Logout
    | Ping
    | Bye
    # accounts
    | Register
    | Verify
    | Account
    | RenewCode
    | ChangePassword
    | ChangeEmail
    | AccountSet
    | CertificateAdd
    | CertificateRemove
    | NickGroup
    | NickUngroup
    | NickReclaim
    | AccountDrop
    | HostAsk
    | Clients
    | Devices
    | DeviceForget
    | Push
    | PushSubscribe
    | PushUnsubscribe
    # users
    | Nick
    | Away
    | Realname
    | UserModes
    | Whois
    | Whowas
    | Who
    | Ison
    | Monitor
    | Accept
    | Silence
    # channels
    | Join
    | Part
    | Names
    | List
    | Topic
    | Kick
    | Invite
    | Uninvite
    | Invitations
    | Knock
    | Mode
    | Metadata
    # registered channels
    | ChannelRegister
    | ChannelInfo
    | Channels
    | ChannelSet
    | ChannelRename
    | ChannelTransfer
    | ChannelDrop
    | AccessList
    | AccessSet
    | AccessSync
    # messages
    | Send
    | Redact
    | Relay
    | Portray
    | Mark
    # what was said before
    | History
    | Targets
    | Search
    # tokens and hooks
    | TokenCreate
    | Tokens
    | TokenRevoke
    | HookAdd
    | Hooks
    | HookRemove
    # operators of the server
    | Oper
    | Kill
    | Wallops
    | ForceJoin
    | ForcePart
    | ForceNick
    | Rehash
    | Die
    | Accounts
    | AccountCreate
    | AccountApprove
    | AccountSuspend
    | AccountRestore
    | HostSet
    | InvitationCreate
    | InvitationRevoke
    | InvitationList
    # the server
    | Server
)

# What can be asked before hello.
EARLY = (Hello, Login, Register, Verify)

__all__ = [
    "EARLY",
    "Accept",
    "AccessList",
    "AccessSet",
    "AccessSync",
    "Account",
    "AccountApprove",
    "AccountCreate",
    "AccountDrop",
    "AccountRestore",
    "AccountSet",
    "AccountSuspend",
    "Accounts",
    "AnyOp",
    "Away",
    "Bye",
    "CertificateAdd",
    "CertificateRemove",
    "ChangeEmail",
    "ChangePassword",
    "ChannelDrop",
    "ChannelInfo",
    "ChannelRegister",
    "ChannelRename",
    "ChannelSet",
    "ChannelTransfer",
    "Channels",
    "Clients",
    "Device",
    "DeviceForget",
    "Devices",
    "Die",
    "ForceJoin",
    "ForceNick",
    "ForcePart",
    "Hello",
    "History",
    "HookAdd",
    "HookRemove",
    "Hooks",
    "HostAsk",
    "HostSet",
    "Id",
    "InvitationCreate",
    "InvitationList",
    "InvitationRevoke",
    "Invitations",
    "Invite",
    "Ison",
    "Join",
    "Kick",
    "Kill",
    "Knock",
    "List",
    "Login",
    "Logout",
    "Mark",
    "Metadata",
    "Mode",
    "Monitor",
    "Names",
    "Nick",
    "NickGroup",
    "NickReclaim",
    "NickUngroup",
    "Op",
    "Oper",
    "Part",
    "Ping",
    "Portray",
    "Push",
    "PushSubscribe",
    "PushUnsubscribe",
    "Realname",
    "Redact",
    "Register",
    "Rehash",
    "Relay",
    "RenewCode",
    "Resume",
    "Search",
    "Send",
    "Server",
    "Silence",
    "Targets",
    "TokenCreate",
    "TokenRevoke",
    "Tokens",
    "Topic",
    "Uninvite",
    "UserModes",
    "Verify",
    "Wallops",
    "Who",
    "Whois",
    "Whowas",
]
