"""TOKEN: access tokens, by which programs are somebody without their password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.accounts.tokens import digest_of, new_secret
from chatdaemon.protocols.api.errors import Fault
from chatdaemon.protocols.api.scope import check_verbs
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV, moment, own
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm.bearers import tokens_of
from chatdaemon.realm.requests import CreateToken, RevokeToken
from chatdaemon.realm.tokens import EVERYTHING, Token

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@NICKSERV.subcommand(
    "TOKEN",
    "[LIST] | ADD <name> [<verb>,...] [<channel>,...] | DEL <name>",
    """Access tokens, by which programs are you without your password.
ADD makes one and shows its secret, once. Without verbs it may do all but change your account; send,events
is for one that says things and is told what happens. With channels it is for these only (@: between people).
A program shows it over HTTP, or logs in by it in JSON. LIST shows your tokens; DEL ends one, and disconnects
who uses it.""",
)
def token(session: IRCSession, words: list[str], face: Face) -> Result:
    account = own(session)
    what = words[0].upper() if words else "LIST"
    if what == "LIST":
        found = list(tokens_of(session.realm, account.id))
        face.say(f"The tokens of {account.name}: {len(found)}")
        face.say_rows([(each.name, _described(each)) for each in found])
        return None
    if what == "DEL" and len(words) == 2:
        return face.ask(RevokeToken(words[1]), f"The token {words[1]} is good no longer")
    if what != "ADD" or not 2 <= len(words) <= 4:
        face.say_syntax()
        return None
    verbs = tuple(words[2].lower().split(",")) if len(words) > 2 else (EVERYTHING,)
    channels = tuple(words[3].split(",")) if len(words) > 3 else ()
    try:
        check_verbs(verbs)
    except Fault as fault:
        face.say(f"{fault.message}.")
        return None
    secret = new_secret()
    request = CreateToken(words[1], digest_of(secret), verbs, channels)

    def done(session: IRCSession, _: object) -> Result:
        # No full stop behind a secret.
        face.say(f"The token {words[1]}, which is not shown again: {secret}")
        return None

    return face.ask(request, done)


def _described(token: Token) -> str:
    where = f" in {','.join(token.channels)}" if token.channels else ""
    until = f", until {moment(token.expires_at)}" if token.expires_at is not None else ""
    used = f"last used {moment(token.used_at)}" if token.used_at else "never used"
    return f"{','.join(token.verbs)}{where}{until}, {used}"
