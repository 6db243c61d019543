"""What a client can ask: one class for each op, from which its message is decoded and checked.

Fields that are not here are ignored, so that newer clients can talk to older servers. What each op does is in
the module of the same name in `verbs/`.
"""

from chatdaemon.protocols.api.ops.accounts import Register, Verify
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
from chatdaemon.protocols.api.ops.connection import Bye, Hello, Login, Logout, Ping
from chatdaemon.protocols.api.ops.history import History, Search, Targets
from chatdaemon.protocols.api.ops.hooks import HookAdd, HookRemove, Hooks
from chatdaemon.protocols.api.ops.markers import Mark
from chatdaemon.protocols.api.ops.messages import Portray, Redact, Relay, Send
from chatdaemon.protocols.api.ops.metadata import Metadata
from chatdaemon.protocols.api.ops.modes import Mode, UserModes
from chatdaemon.protocols.api.ops.op import Device, Id, Op
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
    # the server
    | Server
)

# What can be asked before hello.
EARLY = (Hello, Login, Register, Verify)

__all__ = [
    "EARLY",
    "Accept",
    "AnyOp",
    "Away",
    "Bye",
    "Device",
    "Hello",
    "History",
    "HookAdd",
    "HookRemove",
    "Hooks",
    "Id",
    "Invitations",
    "Invite",
    "Ison",
    "Join",
    "Kick",
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
    "Op",
    "Part",
    "Ping",
    "Portray",
    "Realname",
    "Redact",
    "Register",
    "Relay",
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
    "Who",
    "Whois",
    "Whowas",
]
