"""What a client can ask: one class for each op, from which its line is decoded and checked.

Fields that are not here are ignored, so that newer clients can talk to older servers.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chatdaemon.accounts.devices import DEVICE
from chatdaemon.realm.modes import ChannelRank
from chatdaemon.realm.requests import Kind

# Numbers that every JSON library reads exactly (RFC 8259, section 6).
LARGEST_ID = 2**53 - 1
LONGEST_ID = 64

Id = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID)] | Annotated[str, Meta(max_length=LONGEST_ID)] | None

# What a client may be called (accounts.devices).
Device = Annotated[str, Meta(pattern=DEVICE)]


class Op(Struct, kw_only=True, gc=False, tag_field="op", tag=str.lower):
    """`id` is the client's own, and stands in the reply; without one the reply has none."""

    id: Id = None


class Hello(Op):
    """Be somebody. `v` is the protocol's version; without a nick the server makes one up. `device` is what
    the client is called among those of its account. `members` is whether the answer is to list who is in the
    channels of a user who is here already."""

    v: int = 1
    nick: str | None = None
    realname: str | None = None
    password: str | None = None
    device: Device | None = None
    members: bool = True


class Login(Op):
    """Be the owner of an account: by its password, by a token, or else by the client certificate."""

    account: str | None = None
    password: str | None = None
    token: str | None = None
    device: Device | None = None


class Logout(Op):
    """Be nobody's owner any more."""


class Register(Op):
    """Make an account; without a name, one that is called as the nick."""

    password: str
    account: str | None = None
    email: str | None = None
    invitation: str | None = None


class Verify(Op):
    """Confirm the e-mail address of an account by the code that was sent there."""

    account: str
    code: str


class Nick(Op):
    """Be called otherwise."""

    nick: str


class Join(Op):
    """Enter a channel. `members` is whether the answer is to list who is there."""

    channel: str
    key: str | None = None
    members: bool = True


class Part(Op):
    """Leave a channel."""

    channel: str
    reason: str | None = None


class Send(Op):
    """Say something to a channel or a nick; `rank`: only to members of that rank and above."""

    target: str
    text: str = ""
    kind: Kind = Kind.MESSAGE
    tags: dict[str, str] | None = None
    rank: ChannelRank | None = None


class Names(Op):
    """Ask who is in a channel."""

    channel: str


class List(Op):
    """Ask which channels there are, in the order of their names: those behind `after`."""

    after: str = ""
    limit: Annotated[int, Meta(ge=1)] | None = None


class Topic(Op):
    """Set a channel's topic (an empty text takes it away), or ask for it (no text)."""

    channel: str
    text: str | None = None


class Away(Op):
    """Be away with a text, or back without one."""

    text: str | None = None


class History(Op):
    """Ask what was said in a channel or with somebody: the last messages, or those after, before or around a
    message id or a time. `events`: also who came, went and so on."""

    target: str
    after: str | None = None
    before: str | None = None
    around: str | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None
    events: bool = False


class Targets(Op):
    """Ask in which channels and with whom something was said, the last time after and before these times."""

    after: str | None = None
    before: str | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None


class Search(Op):
    """Look for messages: by words, by who said them, where (everywhere, without `target`) and when."""

    text: str = ""
    target: str | None = None
    sender: str | None = None
    after: str | None = None
    before: str | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None


class Ping(Op):
    """Ask for a sign of life."""


class Bye(Op):
    """Leave."""

    reason: str | None = None


AnyOp = (
    Hello
    | Login
    | Logout
    | Register
    | Verify
    | Nick
    | Join
    | Part
    | Send
    | Names
    | List
    | Topic
    | Away
    | History
    | Targets
    | Search
    | Ping
    | Bye
)

# What can be asked before hello.
EARLY = (Hello, Login, Register, Verify)
