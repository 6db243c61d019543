"""Accounts, registered channels and where they are kept: three sections of the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from chatdaemon.config.gateways import Addresses
from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Choice, Flag, Subset, Surroundings, Text
from chatdaemon.config.quantities import Duration, Number, Off

SASL_MECHANISMS = ("EXTERNAL", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER")
"""The SASL mechanisms that can be withheld from clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """`[accounts]`: who may have one, and what comes with it."""

    registration: Annotated[
        str,
        Key(
            Choice(("open", "closed", "invitation", "approval")),
            "Who may register an account: everybody (open); only operators, for others (closed); who has a"
            " code that an operator made (invitation); everybody, if an operator agrees (approval).",
        ),
    ] = "open"
    email_verification: Annotated[
        bool,
        Key(Flag(), "Whether an account needs an e-mail address, confirmed by a code sent to it ([mail])."),
    ] = False
    verification_timeout: Annotated[
        float,
        Key(Duration(60, 30 * 86400), "How long such a code is good; then the account goes."),
    ] = 86400.0
    registration_burst: Annotated[
        int, Key(Number(1), "Accounts that may be registered from one address without waiting.")
    ] = 3
    registration_interval: Annotated[
        float | None,
        Key(Off(Duration(1, 30 * 86400)), "After that, one more in so much time; off: no limit."),
    ] = 1200.0
    login_burst: Annotated[
        int,
        Key(Number(1), "Failed logins, from one address or at one account, that are answered without delay."),
    ] = 5
    login_interval: Annotated[
        float | None,
        Key(Off(Duration(0.1, 86400)), "After that, one more in so much time; off: no limit."),
    ] = 6.0
    require_login: Annotated[
        bool, Key(Flag(), "Whether only those come in who log in to an account: a private server.")
    ] = False
    require_login_exempt: Annotated[
        tuple[str, ...], Key(Addresses(), "Addresses that come in without an account all the same.")
    ] = ("127.0.0.0/8", "::1", "localhost")
    nick_reservation: Annotated[
        bool, Key(Flag(), "Whether only its owner can use the nick of an account (NickServ SET ENFORCE).")
    ] = True
    force_nick_equals_account: Annotated[
        bool, Key(Flag(), "Whether somebody who is logged in always has the account's name as nick.")
    ] = True
    confusables: Annotated[
        bool,
        Key(Flag(), "Whether nicks are refused that look like a registered one (alice and a1ice)."),
    ] = True
    nicks_per_account: Annotated[
        int | None, Key(Off(Number(0)), "Nicks that an account may have beside its name (NickServ GROUP).")
    ] = 5
    certificates_per_account: Annotated[
        int | None, Key(Off(Number(0)), "Client certificates that may log in to one account.")
    ] = 10
    passwords: Annotated[
        bool,
        Key(
            Flag(),
            "Whether accounts have passwords that are kept here. no: only the checkers ([checker NAME]),"
            " certificates and tokens ([oauth]) say who somebody is, and nobody registers.",
        ),
    ] = True
    password_length: Annotated[int, Key(Number(1, 100), "Characters that a new password needs.")] = 8
    sasl_mechanisms: Annotated[
        frozenset[str],
        Key(
            Subset(tuple(map(str.lower, SASL_MECHANISMS))),
            "The ways to log in by SASL, each of which is offered where it can work. Without scram-sha-256"
            " the keys that it needs are not kept with new passwords.",
        ),
    ] = frozenset(map(str.lower, SASL_MECHANISMS))
    plain_without_tls: Annotated[
        bool,
        Key(
            Flag(),
            "Whether passwords are taken over connections that are not encrypted, even from other machines.",
        ),
    ] = False
    several_clients: Annotated[
        bool,
        Key(
            Flag(),
            "Whether clients that log in to one account with one nick are one user. no: only one can have the"
            " nick.",
        ),
    ] = True
    clients_per_user: Annotated[
        int | None, Key(Off(Number(1)), "Clients that may be one user at the same time.")
    ] = 20
    always_on: Annotated[
        str,
        Key(
            Choice(("off", "opt-in", "opt-out", "always")),
            "Who stays in channels with no client connected: nobody, those who ask for it (NickServ SET"
            " ALWAYS-ON), all with an account but those who do not want it, all with an account.",
        ),
    ] = "opt-in"
    always_on_expiry: Annotated[
        float | None,
        Key(
            Off(Duration(3600, 100 * 365 * 86400)),
            "After how long with no client somebody who stays leaves all the same; off: never.",
        ),
    ] = None
    auto_away: Annotated[
        str,
        Key(
            Choice(("off", "opt-in", "opt-out", "always")),
            "Whether those who stay are shown as away while they have no client (NickServ SET AUTO-AWAY).",
        ),
    ] = "opt-out"
    devices_per_account: Annotated[
        int,
        Key(
            Number(1, 1000),
            "Devices (account@device) of one account of which it is known how far they have been told.",
        ),
    ] = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """`[channels]`: who may register one, and what may be done in them."""

    registration: Annotated[
        str,
        Key(
            Choice(("open", "operators")),
            "Who may register a channel: who is its operator and logged in, or only the server's operators.",
        ),
    ] = "open"
    per_account: Annotated[
        int | None, Key(Off(Number(1)), "Channels that one account may have registered.")
    ] = 20
    roleplay: Annotated[
        bool, Key(Flag(), "Whether NPC, NPCA and SCENE work, in channels with the mode E.")
    ] = False
    access_entries: Annotated[
        int | None, Key(Off(Number(1)), "Accounts in the access list of one channel.")
    ] = 200
    redaction: Annotated[
        str,
        Key(
            Choice(("off", "authors", "operators")),
            "Who may take back what was said (REDACT): nobody (off), its author, or also who is half-operator"
            " or more in the channel.",
        ),
    ] = "operators"
    redaction_window: Annotated[
        float | None,
        Key(Off(Duration(1, 10 * 365 * 86400)), "How long authors may take back what they said."),
    ] = None
    relaying: Annotated[
        str,
        Key(
            Choice(("channel-operators", "operators")),
            "Who may speak for people of another network (RELAYMSG): the operators of a channel, or only the"
            " server's operators with the privilege relay.",
        ),
    ] = "channel-operators"


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    """Nothing, or a URL as libpq takes it. Mistakes do not show it, for there may be a password in it."""

    says: str = field(default="a URL of PostgreSQL", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        if Text(1000, spaces=False).read(text, at) and not text.startswith(("postgresql://", "postgres://")):
            raise ValueError('a URL of PostgreSQL begins with "postgresql://"; SQLite needs none')
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """`[storage]`: where accounts, channels and messages are kept."""

    url: Annotated[
        str,
        Key(
            DatabaseURL(),
            "A PostgreSQL database, postgresql://user@host/name (needs chatdaemon[postgres]). Empty: SQLite,"
            " the file chatdaemon.db in the data directory.",
            file="url-file",
            secret=True,
            restart=True,
        ),
    ] = ""
