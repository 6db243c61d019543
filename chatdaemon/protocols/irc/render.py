"""Events to IRC lines: one renderer for each set of capabilities that deliveries depend on."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from chatdaemon.protocols.irc.capabilities import NONE, RENDERED
from chatdaemon.protocols.irc.modes import PREFIX_OF_RANK, mode_lines, user_mode_text
from chatdaemon.realm.events import (
    AcceptedChanged,
    AccessChanged,
    AccountApproved,
    AccountChanged,
    AccountDropped,
    AccountRegistered,
    AccountRestored,
    AccountSeen,
    AccountSettingChanged,
    AccountSuspended,
    AccountVerified,
    AlwaysOnChanged,
    Attached,
    AwayChanged,
    BecameOperator,
    Called,
    CertificatesChanged,
    ChannelDropped,
    ChannelMetadataChanged,
    ChannelRegistered,
    ChannelRenamed,
    ChannelTransferred,
    CodeRenewed,
    Configured,
    Connected,
    CredentialsChanged,
    Detached,
    DeviceForgotten,
    DeviceSeen,
    EmailChanged,
    Event,
    Forwarded,
    HookAdded,
    HookRemoved,
    HostChanged,
    InvitationChanged,
    Invited,
    Joined,
    KeyForgotten,
    KeyUsed,
    Kicked,
    Killed,
    Knocked,
    ModesChanged,
    NickChanged,
    NicksChanged,
    Parted,
    PartlyRefused,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    ReadMarkerForgotten,
    ReadMarkerSet,
    RealnameChanged,
    RegistrationChanged,
    Repeated,
    ServerNoticed,
    SilencesChanged,
    Stamp,
    Subscribed,
    TokenCreated,
    TokenRevoked,
    TokenUsed,
    TopicChanged,
    Uninvited,
    Unsubscribed,
    UserMetadataChanged,
    UserModesChanged,
    VirtualHostAsked,
    VirtualHostSet,
    WallopsSent,
    Who,
)
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.text import action_text, as_action, is_action
from chatdaemon.timestamps import iso
from chatdaemon.wire.ircmsg import MAX_LINE, Tags, escape_tag, tags_text
from chatdaemon.wire.text import cut

# Python 3.11 takes a tenth of a microsecond to find a member in its enumeration.
TAG = Kind.TAG
VERBS = {Kind.MESSAGE: "PRIVMSG", Kind.NOTICE: "NOTICE", Kind.TAG: "TAGMSG"}
# A text of so many characters fits a line whoever sends it to wherever, with the longest names that the
# configuration can limit names to: no need to count its bytes.
SURELY_FITS = 32

MULTILINE = frozenset({"draft/multiline"})

E = TypeVar("E")
Rule = Callable[["Renderer", Stamp, E], str]

RENDERERS: dict[type, Rule[Any]] = {}


def renders(event: type[E]) -> Callable[[Rule[E]], Rule[E]]:
    """Enter the decorated function as the way to render `event` for those who witness it."""

    def enter(rule: Rule[E]) -> Rule[E]:
        RENDERERS[event] = rule
        return rule

    return enter


class Renderer:
    """Renders events for clients with the same capabilities. `server` is the server's name."""

    def __init__(self, server: str, capabilities: frozenset[str]) -> None:
        self.server = server
        self.capabilities = capabilities
        self.message_tags = "message-tags" in capabilities
        self.account_tag = "account-tag" in capabilities
        self.server_time = "server-time" in capabilities
        self.operator_tag = "draft/oper-tag" in capabilities
        self.tagged = self.message_tags or self.account_tag or self.server_time or self.operator_tag

    def render(self, stamp: Stamp, event: Event) -> bytes:
        """The lines for those who witness the event; nothing where this client is not to see it."""
        return RENDERERS[type(event)](self, stamp, event).encode()

    def tags(self, stamp: Stamp, who: Who | None, client_only: Tags | None = None) -> str:
        """The tags of a message, "@" and space included; nothing without the capabilities."""
        if not self.tagged:
            return ""
        words = []
        if self.server_time:
            words.append(f"time={iso(stamp.at)}")
        if self.account_tag and who is not None and who.account is not None:
            words.append(f"account={escape_tag(who.account)}")
        if self.operator_tag and who is not None and who.operator:
            words.append("draft/oper")
        if self.message_tags:
            if stamp.msgid:
                words.append(f"msgid={stamp.msgid}")
            if who is not None and who.bot:
                words.append("bot")
            if client_only:
                words.append(tags_text(client_only)[1:-1])
        return f"@{';'.join(words)} " if words else ""

    def line(self, stamp: Stamp, who: Who | None, rest: str) -> str:
        """A line from somebody, or from the server. What is too long for a line is cut."""
        text = cut(f":{who.source if who is not None else self.server} {rest}", MAX_LINE - 2)
        return f"{self.tags(stamp, who)}{text}\r\n"


@lru_cache(maxsize=1024)
def renderer_for(server: str, capabilities: frozenset[str] = NONE) -> Renderer:
    """The one renderer for these capabilities, of which only those that matter are looked at."""
    rendered = capabilities & RENDERED
    if "batch" not in capabilities:
        # It takes both (draft/multiline, "Dependencies").
        rendered -= MULTILINE
    return _renderer(server, rendered)


@lru_cache(maxsize=1024)
def _renderer(server: str, rendered: frozenset[str]) -> Renderer:
    return Renderer(server, rendered)


@renders(Posted)
def posted(renderer: Renderer, stamp: Stamp, event: Posted) -> str:
    _, who, target, text, kind, client_only, rank = event
    tags = renderer.tags(stamp, who, client_only)
    if rank:
        target = PREFIX_OF_RANK[rank] + target
    if kind is TAG:
        return f"{tags}:{who.source} TAGMSG {target}\r\n" if renderer.message_tags and client_only else ""
    head = f":{who.source} {VERBS[kind]} {target} :"
    if len(text) > SURELY_FITS:
        text, *others = pieces(head, text)
        if others:
            rest = renderer.tags(nameless(stamp), who, client_only)
            return f"{tags}{head}{text}\r\n" + "".join([f"{rest}{head}{part}\r\n" for part in others])
    return f"{tags}{head}{text}\r\n"


@renders(PostedLines)
def posted_lines(renderer: Renderer, stamp: Stamp, event: PostedLines) -> str:
    """A batch for those who asked for it (draft/multiline), separate lines for the others ("Fallback")."""
    who, target = event.who, event.target
    if event.rank:
        target = PREFIX_OF_RANK[event.rank] + target
    tags = renderer.tags(stamp, who, event.tags)
    head = f":{who.source} {VERBS[event.kind]} {target} :"
    lines = [(line.joined, pieces(head, line.text)) for line in event.lines]
    if "draft/multiline" not in renderer.capabilities:
        first, *others = [part for _, parts in lines for part in parts if part]
        rest = renderer.tags(nameless(stamp), who, event.tags)
        return f"{tags}{head}{first}\r\n" + "".join([f"{rest}{head}{part}\r\n" for part in others])
    # Good for a reference: the server's own are shorter.
    batch = stamp.msgid.replace(".", "-")
    sent = [f"{tags}:{who.source} BATCH +{batch} draft/multiline {target}\r\n"]
    for joined, parts in lines:
        for number, part in enumerate(parts):
            concat = ";draft/multiline-concat" if joined or number else ""
            sent.append(f"@batch={batch}{concat} {head}{part}\r\n")
    sent.append(f":{who.source} BATCH -{batch}\r\n")
    return "".join(sent)


def nameless(stamp: Stamp) -> Stamp:
    """For all but the first line of an event: clients take two lines with one message id for the same."""
    return stamp._replace(msgid="")


def pieces(head: str, text: str) -> list[str]:
    """A text in as many pieces as it takes lines with this head. An action becomes several; other CTCP is
    cut, for it must stay whole."""
    # Where names have no limit, a line may be too long, but each holds something of the text.
    room = max(MAX_LINE - 2 - len(head.encode()), SURELY_FITS * 4)
    if len(text.encode()) <= room:
        return [text]
    if is_action(text):
        return [as_action(part) for part in _parts(action_text(text), room - len(as_action("")))]
    if text.startswith("\x01"):
        return [cut(text, room - 1).removesuffix("\x01") + "\x01"]
    return _parts(text, room)


def _parts(text: str, room: int) -> list[str]:
    parts = []
    while text:
        part = cut(text, room)
        parts.append(part)
        text = text[len(part) :]
    return parts


@renders(Joined)
def joined(renderer: Renderer, stamp: Stamp, event: Joined) -> str:
    who = event.who
    rest = f"JOIN {event.channel}"
    if "extended-join" in renderer.capabilities:
        rest = f"{rest} {who.account or '*'} :{who.realname}"
    line = renderer.line(stamp, who, rest)
    if event.away is not None and "away-notify" in renderer.capabilities:
        line += renderer.line(nameless(stamp), who, f"AWAY :{event.away}")
    return line


@renders(Parted)
def parted(renderer: Renderer, stamp: Stamp, event: Parted) -> str:
    reason = f" :{event.reason}" if event.reason else ""
    return renderer.line(stamp, event.who, f"PART {event.channel}{reason}")


@renders(Kicked)
def kicked(renderer: Renderer, stamp: Stamp, event: Kicked) -> str:
    return renderer.line(stamp, event.who, f"KICK {event.channel} {event.target.nick} :{event.reason}")


@renders(Quit)
def quit_(renderer: Renderer, stamp: Stamp, event: Quit) -> str:
    return renderer.line(stamp, event.who, f"QUIT :{event.reason}")


@renders(NickChanged)
def nick_changed(renderer: Renderer, stamp: Stamp, event: NickChanged) -> str:
    return renderer.line(stamp, event.who, f"NICK :{event.nick}")


@renders(TopicChanged)
def topic_changed(renderer: Renderer, stamp: Stamp, event: TopicChanged) -> str:
    return renderer.line(stamp, event.who, f"TOPIC {event.channel} :{event.text}")


@renders(ModesChanged)
def modes_changed(renderer: Renderer, stamp: Stamp, event: ModesChanged) -> str:
    source = event.who.source if event.who is not None else renderer.server
    room = MAX_LINE - 2 - len(f":{source} MODE {event.channel}".encode())
    first, *others = mode_lines(event.changes, room)
    rest = nameless(stamp)
    return renderer.line(stamp, event.who, f"MODE {event.channel} {first}") + "".join(
        [renderer.line(rest, event.who, f"MODE {event.channel} {text}") for text in others]
    )


@renders(ChannelRenamed)
def channel_renamed(renderer: Renderer, stamp: Stamp, event: ChannelRenamed) -> str:
    """For those who understand it (draft/channel-rename); the others are told by their sessions."""
    return renderer.line(stamp, event.who, f"RENAME {event.channel} {event.name} :{event.reason}")


@renders(Invited)
def invited(renderer: Renderer, stamp: Stamp, event: Invited) -> str:
    """For other members (invite-notify); the one who is invited is told by its session."""
    if "invite-notify" not in renderer.capabilities:
        return ""
    return renderer.line(stamp, event.who, f"INVITE {event.target.nick} :{event.channel}")


@renders(AwayChanged)
def away_changed(renderer: Renderer, stamp: Stamp, event: AwayChanged) -> str:
    if "away-notify" not in renderer.capabilities:
        return ""
    return renderer.line(stamp, event.who, f"AWAY :{event.text}" if event.text else "AWAY")


@renders(AccountChanged)
def account_changed(renderer: Renderer, stamp: Stamp, event: AccountChanged) -> str:
    if "account-notify" not in renderer.capabilities:
        return ""
    return renderer.line(stamp, event.who, f"ACCOUNT {event.account or '*'}")


@renders(RealnameChanged)
def realname_changed(renderer: Renderer, stamp: Stamp, event: RealnameChanged) -> str:
    if "setname" not in renderer.capabilities:
        return ""
    return renderer.line(stamp, event.who, f"SETNAME :{event.realname}")


@renders(HostChanged)
def host_changed(renderer: Renderer, stamp: Stamp, event: HostChanged) -> str:
    if "chghost" not in renderer.capabilities:
        return ""
    return renderer.line(stamp, event.who, f"CHGHOST {event.username} {event.host}")


@renders(UserModesChanged)
def user_modes_changed(renderer: Renderer, stamp: Stamp, event: UserModesChanged) -> str:
    return renderer.line(stamp, event.who, f"MODE {event.who.nick} :{user_mode_text(event.changes)}")


@renders(Killed)
def killed(renderer: Renderer, stamp: Stamp, event: Killed) -> str:
    return renderer.line(stamp, event.who, f"KILL {event.target.nick} :{event.reason}")


@renders(WallopsSent)
def wallops_sent(renderer: Renderer, stamp: Stamp, event: WallopsSent) -> str:
    return renderer.line(stamp, event.who, f"WALLOPS :{event.text}")


@renders(ServerNoticed)
def server_noticed(renderer: Renderer, stamp: Stamp, event: ServerNoticed) -> str:
    # Addressed to everybody who reads server notices, so that one rendering serves all of them.
    return renderer.line(stamp, None, f"NOTICE * :*** {event.text}")


@renders(Knocked)
def knocked(renderer: Renderer, stamp: Stamp, event: Knocked) -> str:
    text = f": {event.text}" if event.text else "."
    source = event.who.source
    line = f":{renderer.server} 710 {event.channel} {event.channel} {source} :has asked for an invite{text}"
    # The tags of whoever caused the numeric (account-tag, "Description").
    return f"{renderer.tags(stamp, event.who)}{cut(line, MAX_LINE - 2)}\r\n"


@renders(SilencesChanged)
def silences_changed(renderer: Renderer, stamp: Stamp, event: SilencesChanged) -> str:
    masks = [*(f"-{mask}" for mask in event.removed), *(f"+{mask}" for mask in event.added)]
    lines = []
    for mask in masks:
        lines.append(renderer.line(stamp, event.who, f"SILENCE {mask}"))
        stamp = nameless(stamp)
    return "".join(lines)


# Nobody can be called or come from where these do.
STAGE = "npc.fakeuser.invalid"
SCENE = "=Scene="


@renders(Portrayed)
def portrayed(renderer: Renderer, stamp: Stamp, event: Portrayed) -> str:
    """A message whose nick is none, since it has stars around it; its username says who has written it."""
    author = event.who
    nick = SCENE if event.character is None else f"*{event.character}*"
    who = author._replace(nick=nick, source=f"{nick}!{author.nick}@{STAGE}")
    text = f"\x01ACTION {event.text}\x01" if event.action else event.text
    said = Posted(event.audience, who, event.channel, text, Kind.MESSAGE, None, event.rank)
    return posted(renderer, stamp, said)


def _own_only(renderer: Renderer, stamp: Stamp, event: object) -> str:
    """Told only to the user itself, by its session, with numerics that hold its nick."""
    return ""


for _event in (
    Attached,
    Detached,
    AlwaysOnChanged,
    DeviceSeen,
    DeviceForgotten,
    KeyUsed,
    KeyForgotten,
    Repeated,
    AcceptedChanged,
    Called,
    Connected,
    Uninvited,
    BecameOperator,
    Forwarded,
    PartlyRefused,
    Configured,
    AccountRegistered,
    AccountVerified,
    CodeRenewed,
    AccountApproved,
    CredentialsChanged,
    EmailChanged,
    AccountSettingChanged,
    CertificatesChanged,
    NicksChanged,
    AccountSeen,
    AccountDropped,
    AccountSuspended,
    AccountRestored,
    InvitationChanged,
    TokenCreated,
    TokenRevoked,
    TokenUsed,
    VirtualHostAsked,
    VirtualHostSet,
    HookAdded,
    HookRemoved,
    ChannelRegistered,
    ChannelDropped,
    ChannelTransferred,
    AccessChanged,
    RegistrationChanged,
    ReadMarkerSet,
    ReadMarkerForgotten,
    Subscribed,
    Unsubscribed,
    UserMetadataChanged,
    ChannelMetadataChanged,
):
    RENDERERS[_event] = _own_only
