"""OP, VOICE and the like, UP, DOWN, KICK, BAN, UNBAN, INVITE, TOPIC and CLEAR: looking after a channel by the
access that one has to it, whether one is there and of rank or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Asking, Result
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV, registered
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import access
from chatdaemon.realm.events import ModesChanged, PartlyRefused
from chatdaemon.realm.modes import ChannelList, ChannelRank, ModeChange, Rank
from chatdaemon.realm.requests import ChangeModes, Invite, Kick, Request, SetAccess, SetTopic, SyncRanks
from chatdaemon.realm.state import Channel

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

NAMES = {
    ChannelRank.FOUNDER: ("OWNER", "a founder (~)"),
    ChannelRank.ADMIN: ("ADMIN", "an administrator (&)"),
    ChannelRank.OP: ("OP", "an operator (@)"),
    ChannelRank.HALFOP: ("HALFOP", "a half-operator (%)"),
    ChannelRank.VOICE: ("VOICE", "somebody with a voice (+)"),
}


def _modes(face: Face, channel: Channel, changes: Sequence[ModeChange]) -> Asking:
    def done(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        if not any(isinstance(event, PartlyRefused) for _, event in happenings):
            face.say(f"Done in {channel.name}.")
        return None

    return face.ask(ChangeModes(channel.name, tuple(changes), by_access=True), done)


def _rank(mode: ChannelRank, *, add: bool) -> None:
    """The subcommand that gives a rank, or that takes it."""
    name, called = NAMES[mode]
    if add:
        text = (
            f"Makes you, or others, {called}, now.\nDE{name} takes that away. AMODE gives it at every JOIN."
        )
    else:
        text = f"Takes from you, or from others, the rank of {called}, now.\nAMODE takes it for good."

    @CHANSERV.subcommand(
        name if add else f"DE{name}", "<channel> [<nickname> ...]", text, least=1, hidden=not add
    )
    def change(session: IRCSession, words: list[str], face: Face) -> Result:
        channel, _ = registered(session, words[0])
        nicks = words[1:] or [session.nick]
        return _modes(face, channel, [ModeChange(mode, add, nick) for nick in nicks])


for _mode in NAMES:
    _rank(_mode, add=True)
    _rank(_mode, add=False)


@CHANSERV.subcommand(
    "UP",
    "<channel> [<nickname>]",
    """Gives you, or somebody, the ranks that your access, or theirs, makes out.""",
    least=1,
)
def up(session: IRCSession, words: list[str], face: Face) -> Result:
    return _sync(session, words, face, down=False)


@CHANSERV.subcommand(
    "DOWN",
    "<channel> [<nickname>]",
    """Takes from you, or from somebody, all ranks held there.
They come back with UP, or the next time that you join.""",
    least=1,
)
def down(session: IRCSession, words: list[str], face: Face) -> Result:
    return _sync(session, words, face, down=True)


def _sync(session: IRCSession, words: list[str], face: Face, *, down: bool) -> Result:
    channel, _ = registered(session, words[0])

    def done(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        if any(isinstance(event, ModesChanged) for _, event in happenings):
            face.say(f"Done in {channel.name}.")
        else:
            face.say(f"Nothing has to change in {channel.name}.")
        return None

    return face.ask(SyncRanks(channel.name, words[1] if len(words) > 1 else None, down), done)


@CHANSERV.subcommand("KICK", "<channel> <nickname> [<reason>]", "Puts somebody out of a channel.", least=2)
def kick(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    return _kick(face, channel, words[1], face.text(2))


def _kick(face: Face, channel: Channel, nick: str, reason: str) -> Asking:
    request = Kick(channel.name, nick, reason or None, by_access=True)
    return face.ask(request, f"{nick} is out of {channel.name}")


@CHANSERV.subcommand(
    "BAN",
    "<channel> <nickname or mask>",
    """Keeps somebody out of a channel.
A nickname bans the host that its user comes from. Bans stay when everybody has left.""",
    least=2,
)
def ban(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    return _modes(face, channel, [_ban(session, words[1])])


@CHANSERV.subcommand(
    "KICKBAN",
    "<channel> <nickname> [<reason>]",
    "Puts somebody out of a channel, and keeps them out.",
    least=2,
)
def kickban(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    return _kickban(session, face, channel, words[1], face.text(2))


def _kickban(session: IRCSession, face: Face, channel: Channel, nick: str, reason: str) -> Asking:
    banned = ChangeModes(channel.name, (_ban(session, nick),), by_access=True)
    return face.ask(banned, lambda *_: _kick(face, channel, nick, reason))


def _ban(session: IRCSession, whom: str) -> ModeChange:
    """A ban of a mask, or of where the user with a nickname comes from."""
    user = session.realm.user(whom)
    return ModeChange(ChannelList.BAN, True, whom if user is None else f"*!*@{user.host}")


@CHANSERV.subcommand(
    "UNBAN",
    "<channel> [<nickname or mask>]",
    """Takes away all bans that keep you, or somebody, out.
With a mask it takes away the ban that is written so.""",
    least=1,
)
def unban(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    access.check_access(session.realm, channel, session.me, Rank.HALFOP)
    user = session.realm.user(words[1]) if len(words) > 1 else session.me
    if user is None:
        return _modes(face, channel, [ModeChange(ChannelList.BAN, False, words[1])])
    bans = channel.lists.get(ChannelList.BAN, {})
    found = [entry.mask for entry, mask in bans.values() if mask.matches(user)]
    if not found:
        face.say(f"No ban of {channel.name} fits {user.nick}.")
        return None
    return _modes(face, channel, [ModeChange(ChannelList.BAN, False, mask) for mask in found])


@CHANSERV.subcommand(
    "AKICK",
    "<channel> ADD <nickname or mask> [<reason>] | DEL <nickname or mask>",
    "The same as BAN and UNBAN: what is banned in a registered channel stays so.",
    least=3,
    hidden=True,
)
def akick(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    what = words[1].upper()
    if what == "ADD" and session.realm.user(words[2]) in channel.members:
        return _kickban(session, face, channel, words[2], face.text(3))
    if what in ("ADD", "DEL"):
        return (ban if what == "ADD" else unban)(session, [words[0], words[2]], face)
    face.say_syntax()
    return None


@CHANSERV.subcommand(
    "INVITE",
    "<channel> [<nickname>]",
    """Invites you, or somebody, to a channel.
That opens it even if it is closed, but not past a ban.""",
    least=1,
)
def invite(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    nick = words[1] if len(words) > 1 else session.nick
    return face.ask(Invite(nick, channel.name, by_access=True), f"{nick} is invited to {channel.name}")


@CHANSERV.subcommand(
    "TOPIC", "<channel> [<text>]", "Sets the topic of a channel; without a text, takes it away.", least=1
)
def topic(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    return face.ask(SetTopic(channel.name, face.text(1), by_access=True), f"Done in {channel.name}")


LISTS = {
    "BANS": ChannelList.BAN,
    "EXCEPTIONS": ChannelList.BAN_EXCEPTION,
    "INVITES": ChannelList.INVITE_EXCEPTION,
}


@CHANSERV.subcommand(
    "CLEAR",
    "<channel> BANS | EXCEPTIONS | INVITES | ACCESS | USERS",
    """Empties one of a channel's lists, or the channel itself.
USERS puts everybody out who has no access to the channel.""",
    least=2,
)
def clear(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = registered(session, words[0])
    what = words[1].upper()
    if what in LISTS:
        mode = LISTS[what]
        changes = [ModeChange(mode, False, entry.mask) for entry in channel.entries(mode)]
        return _modes(face, channel, changes)
    realm, me = session.realm, session.me
    if what == "ACCESS":
        access.check_access(realm, channel, me, Rank.FOUNDER)
        # One's own comes last, for it is what the others are taken by.
        accounts = sorted(registration.access, key=lambda account: account == me.folded_account)
        face.say(f"Taking away the access of {len(accounts)} accounts to {channel.name}.")
        drops: list[Request] = [SetAccess(channel.name, account, Rank.NONE) for account in accounts]
        return drops
    if what == "USERS":
        access.check_access(realm, channel, me, Rank.OP)
        kicks: list[Request] = [
            Kick(channel.name, user.nick, f"CLEAR USERS by {me.nick}", by_access=True)
            for user in channel.members
            if user is not me and not access.ranks_of(realm, channel, user.folded_account)
        ]
        face.say(f"Putting {len(kicks)} users out of {channel.name}.")
        return kicks
    face.say_syntax()
    return None
