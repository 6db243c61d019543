"""HOOK: ways for programs into a registered channel, and out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.accounts.tokens import digest_of, new_secret
from chatdaemon.protocols.api.errors import Fault
from chatdaemon.protocols.api.verbs.hooks import USUALLY, check_events, path_of
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV, registered
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import access
from chatdaemon.realm.hooks import AnyHook, Direction, Webhook, hooks_of
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests import AddHook, AddWebhook, RemoveHook, Request

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@CHANSERV.subcommand(
    "HOOK",
    "<channel> [LIST] | <channel> ADD <name> [<address> [<event>,...]] | <channel> DEL <name> [OUT]",
    """Ways for programs into your channel, and out of it.
ADD with a name alone makes a way in: whoever knows its secret posts to the channel over HTTP. With an
address, what happens in the channel is sent there: messages, or the events that you name, as JSON has them.
The secret is shown once. DEL removes a way in; with OUT, a way out.""",
    least=1,
)
def hook(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    access.check_access(session.realm, channel, session.me, Rank.FOUNDER)
    what = words[1].upper() if len(words) > 1 else "LIST"
    if what == "LIST":
        found = hooks_of(channel)
        face.say(f"The hooks of {channel.name}: {len(found)}")
        face.say_rows([(each.name, _described(each)) for each in found])
    elif what == "ADD" and 3 <= len(words) <= 5:
        return _add(face, channel.name, words[2], *words[3:])
    elif what == "DEL" and 3 <= len(words) <= 4:
        direction = Direction.OUT if words[-1].upper() == "OUT" and len(words) == 4 else Direction.IN
        return face.ask(RemoveHook(channel.name, words[2], direction), f"The hook {words[2]} is removed")
    else:
        face.say_syntax()
    return None


def _add(face: Face, channel: str, name: str, url: str | None = None, events: str | None = None) -> Result:
    secret = new_secret()
    request: Request
    if url is None:
        shown = f"Post to it at {path_of(secret)} behind this server's address for the web"
        request = AddHook(channel, name, digest_of(secret))
    else:
        shown = f"What is sent is signed with the secret {secret}"
        names = tuple(events.lower().split(",")) if events is not None else USUALLY
        try:
            check_events(names)
        except Fault as fault:
            face.say(f"{fault.message}.")
            return None
        request = AddWebhook(channel, name, url, secret, names)

    def done(session: IRCSession, _: object) -> Result:
        face.say(f"{channel} has the hook {name} now. This is not shown again:")
        face.say(shown)
        return None

    return face.ask(request, done)


def _described(hook: AnyHook) -> str:
    if isinstance(hook, Webhook):
        return f"out: {','.join(hook.events)} to {hook.url}, by {hook.by}"
    return f"in, by {hook.by}"
