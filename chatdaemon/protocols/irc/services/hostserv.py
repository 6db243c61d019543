"""HostServ: virtual hosts, asked for by people and approved of by operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.services.nickserv.service import is_of, known, named_or_own, own
from chatdaemon.protocols.irc.services.service import Face, Service
from chatdaemon.realm import policy
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import AskVirtualHost, SetVirtualHost

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

HOSTSERV = Service("HostServ", "gives accounts another host to be shown by", ("HS", "HOSTSERV"))

VHOSTS = Privilege.VHOSTS


@HOSTSERV.subcommand(
    "REQUEST",
    "<host>",
    """Asks for a host to be shown by in the place of your own.
Operators are told. With their approval you have it at once, and whenever you log in.""",
    least=1,
)
def request(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(AskVirtualHost(words[0]), f"You have asked for {words[0]}; operators have been told")


@HOSTSERV.subcommand("CANCEL", "", "Takes your request back.")
def cancel(session: IRCSession, words: list[str], face: Face) -> Result:
    return face.ask(AskVirtualHost(None), "Your request is taken back")


@HOSTSERV.subcommand(
    "STATUS",
    "[<account>]",
    """Shows the host that you have, or have asked for.
Operators look at those of others.""",
)
def status(session: IRCSession, words: list[str], face: Face) -> Result:
    account = named_or_own(session, words)
    if not is_of(session, account):
        policy.check_privilege(session.me, VHOSTS)
    face.say(f"The host of {account.name}: {account.vhost or 'its own'}")
    if account.asked_vhost is not None:
        face.say(f"Asked for: {account.asked_vhost}")
    return None


@HOSTSERV.subcommand("OFF", "", "Gives up the host that you have.", hidden=True)
def off(session: IRCSession, words: list[str], face: Face) -> Result:
    own(session)
    face.say("Your host is shown for as long as you are logged in: ask an operator to take it away.")
    return None


@HOSTSERV.subcommand("WAITING", "", "Lists the hosts that were asked for.", privilege=VHOSTS)
def waiting(session: IRCSession, words: list[str], face: Face) -> Result:
    return _waiting(session, face)


def _waiting(session: IRCSession, face: Face) -> Steps:
    count = 0
    for account in tuple(session.realm.accounts.values()):
        if account.asked_vhost is not None:
            count += 1
            face.say(f"  {account.name}: {account.asked_vhost}")
            yield
    face.say(f"Hosts asked for: {count}")
    return None


@HOSTSERV.subcommand(
    "APPROVE", "<account>", "Gives an account the host that it has asked for.", least=1, privilege=VHOSTS
)
def approve(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])
    if account.asked_vhost is None:
        raise Refusal(Reason.NO_HOST_ASKED, account.name)
    return face.ask(
        SetVirtualHost(account.name, account.asked_vhost), f"{account.name} has {account.asked_vhost} now"
    )


@HOSTSERV.subcommand(
    "REJECT", "<account>", "Does not give an account what it has asked for.", least=1, privilege=VHOSTS
)
def reject(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])
    return face.ask(
        SetVirtualHost(account.name, None, rejected=True), f"The request of {account.name} is rejected"
    )


@HOSTSERV.subcommand("SET", "<account> <host>", "Gives an account a host.", least=2, privilege=VHOSTS)
def set_(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])
    return face.ask(SetVirtualHost(account.name, words[1]), f"{account.name} has {words[1]} now")


@HOSTSERV.subcommand("DEL", "<account>", "Takes its host away from an account.", least=1, privilege=VHOSTS)
def del_(session: IRCSession, words: list[str], face: Face) -> Result:
    account = known(session, words[0])
    return face.ask(SetVirtualHost(account.name, None), f"{account.name} has its own host again")
