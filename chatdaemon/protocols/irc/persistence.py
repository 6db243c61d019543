"""Whether a client's user stays without clients, as IRC clients are told of it (IRCv3 draft/persistence)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.realm.accounts import AccountSetting
from chatdaemon.realm.events import AccountSettingChanged, AlwaysOnChanged, Event, Stamp
from chatdaemon.realm.presence import may_stay

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer
    from chatdaemon.protocols.irc.session import IRCSession

CAPABILITY = "draft/persistence"


def send_status(session: IRCSession) -> None:
    """What the owner of the account wants, and what holds; to those who are logged in."""
    account = session.realm.account_of(session.me)
    if account is not None:
        wanted = account.settings.get(AccountSetting.ALWAYS_ON, "default").upper()
        holds = "ON" if may_stay(session.realm, session.me) else "OFF"
        session.reply(f":{session.server.name} PERSISTENCE STATUS {wanted} {holds}")


class StatusNews:
    """Follows a server's node: a client is told when another, or the configuration, changes its status."""

    def __init__(self, server: IRCServer) -> None:
        self._server = server
        server.node.observers.append(self.observe)

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Tell those whose account it is. Who asked is answered."""
        server = self._server
        if isinstance(event, AccountSettingChanged):
            if event.setting is not AccountSetting.ALWAYS_ON:
                return
            folded = server.realm.fold(event.account)
        elif isinstance(event, AlwaysOnChanged) and server.node.asking is None:
            # Not by somebody's wish: the configuration is another.
            folded = server.realm.fold(event.who.account or "")
        else:
            return
        for session in tuple(server.sessions):
            if (
                session.has(CAPABILITY)
                and not session.closing
                and session.user is not None
                and session.user.folded_account == folded
                and session is not server.node.asking
            ):
                with session.unasked():
                    send_status(session)
