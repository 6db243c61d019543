"""REGISTER, DROP, TRANSFER, INFO, LIST and STATUS: whose a channel is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.modes import LETTER_OF_WORD
from chatdaemon.protocols.irc.services.chanserv.keeping import summary
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV, day, letters, registered
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.realm import access, policy
from chatdaemon.realm.accounts import Registration, RegistrationSetting
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeRegistration, DropChannel, RegisterChannel, TransferChannel
from chatdaemon.realm.state import Channel

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# What INFO calls the settings that are texts.
SHOWN = {
    RegistrationSetting.DESCRIPTION: "Description",
    RegistrationSetting.URL: "URL",
    RegistrationSetting.EMAIL: "E-mail",
    RegistrationSetting.ENTRY_MESSAGE: "Entry message",
}


@CHANSERV.subcommand(
    "REGISTER",
    "<channel> [<description>]",
    """Makes a channel yours.
You must be logged in, and an operator of the channel. From then on it keeps its topic, its modes and its
lists when everybody has left and when the server starts again, and you are its founder (~) whenever you join.
Others get their ranks by AMODE.""",
    least=1,
)
def register(session: IRCSession, words: list[str], face: Face) -> Result:
    name, description = words[0], face.text(1)

    def done(session: IRCSession, _: object) -> Result:
        face.say(f"{name} is registered now, and yours.")
        if not description:
            return None
        request = ChangeRegistration(name, RegistrationSetting.DESCRIPTION, description)
        return face.ask(request, f"{name} has its description")

    return face.ask(RegisterChannel(name), done)


@CHANSERV.subcommand(
    "DROP",
    "<channel> [<code>]",
    """Ends the registration of your channel.
You are told a code that confirms it. Everybody's access, and all that is set beside its modes, is lost; the
channel is gone as soon as nobody is in it.""",
    least=1,
)
def drop(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = _own(session, words[0])
    code = words[1] if len(words) > 1 else None
    warning = f"This ends the registration of {channel.name}, and all access to it"
    if not face.confirmed(code, f"{channel.id} {registration.founder}", warning):
        return None
    return face.ask(DropChannel(channel.name), f"{channel.name} is not registered any more")


@CHANSERV.subcommand(
    "TRANSFER",
    "<channel> <account> [<code>]",
    """Makes your channel somebody else's.
You are told a code that confirms it. You have no access to the channel then; the new founder can give you
some.""",
    least=2,
)
def transfer(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = _own(session, words[0])
    account = session.realm.account(words[1])
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, words[1])
    code = words[2] if len(words) > 2 else None
    warning = f"This makes {account.name} the founder of {channel.name} in place of {registration.founder}"
    if not face.confirmed(code, f"{channel.id} {registration.founder} {account.id}", warning):
        return None
    request = TransferChannel(channel.name, account.name)
    return face.ask(request, f"{channel.name} belongs to {account.name} now")


def _own(session: IRCSession, name: str) -> tuple[Channel, Registration]:
    """A channel that the client may do anything to. Raises Refusal otherwise."""
    channel, _ = registered(session, name)
    return channel, access.check_owner(session.realm, channel, session.me)


@CHANSERV.subcommand(
    "INFO",
    "<channel>",
    """Shows what is known of a registered channel.
Of a private one outsiders learn only that it is registered.""",
    least=1,
)
def info(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, registration = registered(session, words[0])
    realm, me, settings = session.realm, session.me, registration.settings
    ranks = access.ranks_of(realm, channel, me.folded_account)
    inside = bool(ranks) or channel in me.channels or access.may_manage(me)
    face.say(f"{channel.name} is registered.")
    if RegistrationSetting.PRIVATE in settings and not inside:
        return None
    face.say_rows(
        [
            ("Founder", registration.founder),
            ("Registered", day(registration.at)),
            ("Made", day(channel.created_at)),
            *((name, settings[setting]) for setting, name in SHOWN.items() if setting in settings),
        ]
    )
    if kept := access.kept_modes(channel):
        face.say_rows([("Kept modes", "".join(LETTER_OF_WORD[word] for word in kept))])
    face.say_rows([("History", summary(session, registration))])
    if RegistrationSetting.PRIVATE in settings:
        face.say_rows([("Private", "outsiders do not learn this")])
    if ranks:
        face.say_rows([("Your access", letters(ranks))])
    return None


@CHANSERV.subcommand(
    "LIST",
    "[<mask>]",
    """Lists the channels that you have access to.
Operators with the privilege channels can give a mask with * and ?, and see all those registered that fit.""",
)
def list_(session: IRCSession, words: list[str], face: Face) -> Result:
    me = session.me
    if words:
        policy.check_privilege(me, Privilege.CHANNELS)
    elif me.account is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    return _list(session, face, words[0] if words else None)


def _list(session: IRCSession, face: Face, mask: str | None) -> Steps:
    realm, me = session.realm, session.me
    fits = compile_glob(realm.fold(mask)) if mask is not None else None
    count = 0
    for channel in tuple(realm.channels.values()):
        registration = channel.registration
        if registration is not None:
            ranks = access.ranks_of(realm, channel, me.folded_account)
            if fits is not None and fits(channel.folded):
                face.say_rows([(channel.name, f"{registration.founder}, since {day(registration.at)}")])
                count += 1
            elif fits is None and ranks:
                face.say_rows([(channel.name, letters(ranks))])
                count += 1
        yield
    face.say(f"{count} channels." if count != 1 else "1 channel.")
    return None


@CHANSERV.subcommand(
    "STATUS",
    "<channel> [<account>]",
    """Shows what access you have to a channel, and which ranks you hold there.
With an account it shows that of somebody else, to those who may see the access list.""",
    least=1,
)
def status(session: IRCSession, words: list[str], face: Face) -> Result:
    channel, _ = registered(session, words[0])
    realm, me = session.realm, session.me
    if len(words) > 1:
        access.check_access(realm, channel, me, Rank.HALFOP)
        account = realm.account(words[1])
        if account is None:
            raise Refusal(Reason.NO_SUCH_ACCOUNT, words[1])
        ranks = access.ranks_of(realm, channel, realm.fold(account.name))
        face.say(f"The access of {account.name} to {channel.name}: {letters(ranks)}.")
        return None
    face.say(f"Your access to {channel.name}: {letters(access.ranks_of(realm, channel, me.folded_account))}.")
    membership = channel.members.get(me)
    held = letters(membership.ranks) if membership is not None else "you are not there"
    face.say(f"Your ranks in {channel.name}: {held}.")
    return None
