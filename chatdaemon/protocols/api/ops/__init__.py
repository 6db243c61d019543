"""What a client can ask: one class for each op, from which its message is decoded and checked.

Fields that are not here are ignored, so that newer clients can talk to older servers. What each op does is in
the module of the same name in `verbs/`.
"""

from chatdaemon.protocols.api.ops.accounts import Register, Verify
from chatdaemon.protocols.api.ops.channels import Join, List, Names, Part, Topic
from chatdaemon.protocols.api.ops.connection import Bye, Hello, Login, Logout, Ping
from chatdaemon.protocols.api.ops.history import History, Search, Targets
from chatdaemon.protocols.api.ops.messages import Redact, Send
from chatdaemon.protocols.api.ops.op import Device, Id, Op
from chatdaemon.protocols.api.ops.users import Away, Nick

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
    # channels
    | Join
    | Part
    | Names
    | List
    | Topic
    # messages
    | Send
    | Redact
    # what was said before
    | History
    | Targets
    | Search
)

# What can be asked before hello.
EARLY = (Hello, Login, Register, Verify)

__all__ = [
    "EARLY",
    "AnyOp",
    "Away",
    "Bye",
    "Device",
    "Hello",
    "History",
    "Id",
    "Join",
    "List",
    "Login",
    "Logout",
    "Names",
    "Nick",
    "Op",
    "Part",
    "Ping",
    "Redact",
    "Register",
    "Search",
    "Send",
    "Targets",
    "Topic",
    "Verify",
]
