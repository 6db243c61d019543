"""The configuration as values. Each key of the ini file is one field here, and nowhere else.

A field `some_name` is the key `some-name`; its `Key` says how the text is read and what it means; its
default is the default; a field without a default must be given. The parser, the commented example
and the check of a reload all read these fields, so they cannot disagree. None means: no limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from chatdaemon.config.accounts import Accounts, Channels, Storage
from chatdaemon.config.api import API
from chatdaemon.config.checker import Checker
from chatdaemon.config.endpoint import Endpoint
from chatdaemon.config.gateways import Addresses, Gateway, PictureURL
from chatdaemon.config.history import History
from chatdaemon.config.hooks import Hooks
from chatdaemon.config.key import Key
from chatdaemon.config.kinds import (
    Choice,
    Directory,
    Files,
    Fingerprints,
    Flag,
    Letters,
    Lines,
    Masks,
    PasswordHash,
    Patterns,
    ServerName,
    Subset,
    Text,
)
from chatdaemon.config.mail import Mail
from chatdaemon.config.metadata import Metadata
from chatdaemon.config.mistakes import Mistake
from chatdaemon.config.oauth import OAuth
from chatdaemon.config.push import Push
from chatdaemon.config.quantities import Duration, Number, Off, Rate, Size
from chatdaemon.config.web import Web

PRIVILEGES = (
    "kill",
    "rehash",
    "die",
    "wallops",
    "override",
    "see-hidden",
    "stats",
    "no-flood",
    "accounts",
    "channels",
    "vhosts",
    "relay",
)
"""What an operator can be allowed: the commands of the first four names; `override`: SAJOIN, SAPART,
SAMODE, SANICK, and taking back what others said; `see-hidden`: secret channels, invisible users, addresses;
`stats`: STATS; `no-flood`: no flood control; `accounts`: other people's accounts; `channels`: other people's
registered channels; `vhosts`: virtual hosts; `relay`: RELAYMSG everywhere."""

CHANNEL_FLAGS = "CEMNRTUcimnstu"
"""The channel modes without a parameter: those that a new channel can start with."""

USER_FLAGS = "RTgiw"
"""The user modes that a new user can start with."""

CAPABILITIES = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "draft/channel-rename",
    "draft/chathistory",
    "draft/event-playback",
    "draft/account-registration",
    "draft/extended-isupport",
    "draft/message-redaction",
    "draft/metadata-2",
    "draft/metadata-3",
    "draft/multiline",
    "draft/no-implicit-names",
    "draft/oper-tag",
    "draft/persistence",
    "draft/pre-away",
    "draft/read-marker",
    "draft/relaymsg",
    "draft/webpush",
    "echo-message",
    "extended-join",
    "extended-monitor",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "no-implicit-names",
    "sasl",
    "server-time",
    "setname",
    "soju.im/search",
    "soju.im/webpush",
    "standard-replies",
    "sts",
    "userhost-in-names",
    "znc.in/playback",
    "znc.in/self-message",
)
"""The IRC capabilities that can be withheld from clients."""

DEFAULT_SERVER_NAME = "chatdaemon.local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`[chatdaemon]`: what the server is called, where it keeps things, and how it starts people off."""

    server_name: Annotated[
        str,
        Key(
            ServerName(),
            "The server's name in messages. Not set: this machine's host name, if that has a dot.",
            restart=True,
            example="irc.example.net",
        ),
    ] = DEFAULT_SERVER_NAME
    network_name: Annotated[
        str, Key(Text(32, empty=False, spaces=False), "The name that clients show for the network.")
    ] = "ChatNet"
    description: Annotated[str, Key(Text(), "One line about the server, shown in WHOIS and LINKS.")] = (
        "A chat server"
    )
    admin_name: Annotated[str, Key(Text(), "Who runs the server, for ADMIN.")] = ""
    admin_location: Annotated[str, Key(Text(), "Where the server is, for ADMIN.")] = ""
    admin_email: Annotated[str, Key(Text(), "How to reach who runs it, for ADMIN.")] = ""
    data_directory: Annotated[
        Path,
        Key(
            Directory(),
            "Where the server keeps what it makes itself. Not set: $STATE_DIRECTORY, else ./var.",
            restart=True,
            example="/var/lib/chatdaemon",
        ),
    ] = Path("var")
    casemapping: Annotated[
        str,
        Key(
            Choice(("ascii", "rfc1459", "rfc8265")),
            "Which letters of names are the same: rfc1459 takes {}|^ for the small letters of []\\~ too;"
            " rfc8265 allows nicknames and channel names of letters and digits of any script.",
            restart=True,
        ),
    ] = "ascii"
    default_channel_modes: Annotated[str, Key(Letters(CHANNEL_FLAGS), "Modes of a new channel.")] = "nt"
    default_user_modes: Annotated[str, Key(Letters(USER_FLAGS), "Modes of somebody who connects.")] = "i"
    creator_rank: Annotated[
        str,
        Key(Choice(("op", "founder")), "What somebody becomes in a channel by joining it first."),
    ] = "op"
    icon_url: Annotated[
        str,
        Key(
            PictureURL(),
            "A square picture for the network, that clients show. {size} in it stands for the pixels wanted.",
            example="https://example.net/icon.png?size={size}",
        ),
    ] = ""
    rejoin_on_host_change: Annotated[
        bool,
        Key(
            Flag(),
            "Whether clients that do not know chghost see somebody with another host leave and come back;"
            " otherwise they see nothing of it.",
        ),
    ] = True
    withheld_capabilities: Annotated[
        frozenset[str],
        Key(
            Subset(CAPABILITIES),
            "IRC capabilities that clients are not offered, for when one makes trouble.",
            example="echo-message",
        ),
    ] = frozenset()
    password_hash: Annotated[
        str | None,
        Key(
            PasswordHash(),
            "The hash of a password that everybody must give (PASS). Not set: none is asked for.",
            file="password-hash-file",
            secret=True,
            example="$argon2id$...",
        ),
    ] = None
    log_level: Annotated[
        str, Key(Choice(("debug", "info", "warn", "error", "critical")), "What is worth logging.")
    ] = "info"
    shutdown_timeout: Annotated[
        float, Key(Duration(0, 300), "How long goodbyes may take before the server stops anyway.")
    ] = 5.0
    include: Annotated[
        tuple[str, ...],
        Key(
            Patterns(),
            "More files, read after this one in the order of their names; what they say wins.",
            example="conf.d/*.ini",
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """`[listener NAME]`: a place where people connect. Without any in the file, the four below are there.

    They are `DEFAULT_LISTENERS`.
    """

    name: str
    protocol: Annotated[str, Key(Choice(("irc", "json", "binary", "web")), "What is spoken there.")] = "irc"
    endpoint: Annotated[
        str,
        Key(
            Endpoint(),
            "Where: a Twisted endpoint, such as tcp:6697, tcp:6667:interface=127.0.0.1, tcp6:6697, "
            "unix:/run/chat.sock or systemd:domain=INET6:name=NAME.",
        ),
    ]
    tls: Annotated[bool, Key(Flag(), "Whether connections are encrypted.")] = False
    certificate: Annotated[
        tuple[Path, ...],
        Key(
            Files(),
            "Certificate chains (PEM). With several, each client gets the one for the name it asks for, "
            "else the first. Not set, with tls = yes: a self-signed one is made.",
            example="chat.pem, credential:other.pem",
        ),
    ] = ()
    key: Annotated[
        tuple[Path, ...],
        Key(
            Files(),
            "The private keys of the certificates, in the same order. Not set: in the certificates' files.",
            secret=True,
            example="chat.key, credential:other.key",
        ),
    ] = ()
    client_certificates: Annotated[
        bool, Key(Flag(), "Whether clients are asked for a certificate (it is not demanded).")
    ] = False
    sts_port: Annotated[
        int | None,
        Key(
            Off(Number(1, 65535)),
            "Without tls: clients that understand it (IRCv3 sts) come back at once on this port, over TLS.",
        ),
    ] = None
    sts_duration: Annotated[
        float | None,
        Key(
            Off(Duration(0, 10 * 365 * 86400)),
            "With tls: for so long they do not come to this host in any other way; 0s ends what was promised."
            " It cannot be taken back before: the certificate must be one that clients trust.",
        ),
    ] = None
    sts_preload: Annotated[bool, Key(Flag(), "Whether clients may come with that promise built in.")] = False
    proxy_protocol: Annotated[
        tuple[str, ...],
        Key(
            Addresses(),
            "Load balancers, whose connections begin by saying whose they are (HAProxy's PROXY protocol, 1"
            " or 2), before TLS. Nobody else's may. localhost: they come by a Unix socket.",
            example="192.0.2.7, 2001:db8::/64",
        ),
    ] = ()

    @property
    def pairs(self) -> tuple[tuple[Path, Path], ...]:
        """Each (certificate chain, private key). Empty with `tls`: the self-signed one is meant."""
        return tuple(zip(self.certificate, self.key or self.certificate, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`[limits]`: lengths are bytes of UTF-8; "off" is no limit.

    Durations are in seconds, queues in bytes; None is what "off" becomes.
    """

    nick_length: Annotated[
        int | None, Key(Off(Number(1, 64)), "Longest nickname; off: 64, so that a line has room for words.")
    ] = 30
    channel_length: Annotated[
        int | None, Key(Off(Number(2, 200)), "Longest name of a channel; off: 200.")
    ] = 64
    topic_length: Annotated[int | None, Key(Off(Number(1, 400)), "Longest topic.")] = 390
    kick_length: Annotated[int | None, Key(Off(Number(1, 400)), "Longest reason of a KICK.")] = 300
    away_length: Annotated[int | None, Key(Off(Number(1, 400)), "Longest away message.")] = 300
    quit_length: Annotated[int | None, Key(Off(Number(1, 400)), "Longest reason of a QUIT or PART.")] = 300
    realname_length: Annotated[int | None, Key(Off(Number(1, 400)), "Longest real name.")] = 150
    username_length: Annotated[int | None, Key(Off(Number(1, 32)), "Longest user name; off: 32.")] = 12
    key_length: Annotated[int | None, Key(Off(Number(1, 200)), "Longest key of a channel.")] = 32
    channels_per_user: Annotated[int | None, Key(Off(Number(1)), "Channels that one user is in.")] = 100
    list_entries: Annotated[
        int | None, Key(Off(Number(1)), "Entries in a channel's lists of bans and exceptions, together.")
    ] = 100
    modes_per_line: Annotated[
        int | None, Key(Off(Number(1)), "Modes with a parameter that one MODE may change.")
    ] = 12
    monitor_entries: Annotated[int | None, Key(Off(Number(1)), "Names that one user may MONITOR.")] = 100
    accept_entries: Annotated[
        int | None, Key(Off(Number(1)), "People whom one user may ACCEPT in spite of the user mode g.")
    ] = 50
    silence_entries: Annotated[int | None, Key(Off(Number(1)), "Masks that one user may SILENCE.")] = 32
    targets: Annotated[int | None, Key(Off(Number(1)), "Targets of one PRIVMSG, NOTICE or TAGMSG.")] = 4
    multiline_bytes: Annotated[
        int | None,
        Key(Off(Size(512, 64 << 10)), "Longest message of several lines (draft/multiline); off: 64K."),
    ] = 4096
    multiline_lines: Annotated[int | None, Key(Off(Number(2)), "Lines of such a message.")] = 100
    read_markers: Annotated[
        int | None,
        Key(Off(Number(1)), "Channels and people of which it is kept how far one account has read."),
    ] = 500
    whowas_entries: Annotated[
        int | None, Key(Off(Number(0)), "People who left that WHOWAS remembers; 0 for none.")
    ] = 2000
    json_text_length: Annotated[
        int | None,
        Key(Off(Number(1)), "Longest text that a JSON client sends; IRC clients get it in several lines."),
    ] = 4096
    flood_burst: Annotated[
        int | None, Key(Off(Number(1)), "Lines that a client may send at once before it is slowed down.")
    ] = 20
    flood_rate: Annotated[
        float | None, Key(Off(Rate(0.1)), "Lines a second after that. off: nobody is slowed down.")
    ] = 4.0
    input_queue: Annotated[
        int | None,
        Key(Off(Size(16 << 10, 64 << 20)), "Unhandled input of one client, above which it is not read."),
    ] = 65536
    send_queue: Annotated[
        int | None,
        Key(Off(Size(16 << 10, 1 << 30)), "Unsent output of one client, above which it is dropped."),
    ] = 1 << 20
    send_queue_unregistered: Annotated[
        int | None, Key(Off(Size(4 << 10, 1 << 30)), "The same before the client has registered.")
    ] = 16 << 10
    registration_timeout: Annotated[
        float | None, Key(Off(Duration(0.1, 3600)), "Time that a client has to register.")
    ] = 30.0
    ping_interval: Annotated[
        float | None, Key(Off(Duration(0.1, 86400)), "Silence after which a client is sent a PING.")
    ] = 90.0
    ping_timeout: Annotated[
        float | None, Key(Off(Duration(0.1, 86400)), "Time to answer it before the client is dropped.")
    ] = 60.0
    connections: Annotated[int | None, Key(Off(Number(1)), "Connections in all.")] = 10000
    connections_per_address: Annotated[
        int | None, Key(Off(Number(1)), "Connections from one address, loopback excepted.")
    ] = 20
    connection_rate: Annotated[
        int | None, Key(Off(Number(1)), "Connects a minute from one address, loopback excepted.")
    ] = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """`[operator NAME]`: who may OPER. It takes a hash or a fingerprint; all that is given must fit."""

    name: str
    password_hash: Annotated[
        str | None,
        Key(
            PasswordHash(),
            "The hash of the password.",
            file="password-hash-file",
            secret=True,
            example="$argon2id$...",
        ),
    ] = None
    certificate_fingerprint: Annotated[
        tuple[str, ...],
        Key(
            Fingerprints(),
            "Certificates of which the client must have one (client-certificates = yes).",
            example="01:23:...:EF",
        ),
    ] = ()
    hosts: Annotated[
        tuple[str, ...],
        Key(
            Masks(),
            "Where the operator must come from. Not set: from anywhere.",
            example="*@192.0.2.*, *@2001:db8:*",
        ),
    ] = ()
    vhost: Annotated[
        str | None,
        Key(
            ServerName(),
            "The host that others see of the operator. Not set: it stays as it is.",
            example="staff.example.net",
        ),
    ] = None
    privileges: Annotated[
        frozenset[str], Key(Subset(PRIVILEGES), "What the operator may do.", example="kill, wallops")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Motd:
    """`[motd]`: what people are greeted with. Without a text there is no message.

    `text` is its lines.
    """

    text: Annotated[
        tuple[str, ...], Key(Lines(), "The message of the day.", file="file", example="Welcome!")
    ] = ()


DEFAULT_LISTENERS = (
    Listener(name="irc", endpoint="tcp:6667:interface=127.0.0.1"),
    Listener(name="ircs", endpoint="tcp:6697", tls=True),
    Listener(name="json", protocol="json", endpoint="tcp:6690:interface=127.0.0.1"),
    Listener(name="web", protocol="web", endpoint="tcp:8067:interface=127.0.0.1"),
)
"""Where people connect when the file says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that the ini file says, complete: no file is left to be read but certificates and keys.

    `data_directory` is absolute. Two are equal when the daemon would act alike: `warnings` and `path` do
    not count.
    """

    server: Server = Server()
    listeners: tuple[Listener, ...] = DEFAULT_LISTENERS
    limits: Limits = Limits()
    operators: tuple[Operator, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    motd: Motd = Motd()
    accounts: Accounts = field(default_factory=Accounts)
    channels: Channels = field(default_factory=Channels)
    history: History = field(default_factory=History)
    storage: Storage = field(default_factory=Storage)
    mail: Mail = field(default_factory=Mail)
    oauth: OAuth = field(default_factory=OAuth)
    checkers: tuple[Checker, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    push: Push = field(default_factory=Push)
    hooks: Hooks = field(default_factory=Hooks)
    api: API = field(default_factory=API)
    web: Web = field(default_factory=Web)
    warnings: tuple[Mistake, ...] = field(default=(), compare=False)
    path: Path | None = field(default=None, compare=False)


SINGLE_SECTIONS: dict[str, tuple[str, type[Any]]] = {
    "chatdaemon": ("server", Server),
    "limits": ("limits", Limits),
    "motd": ("motd", Motd),
    "accounts": ("accounts", Accounts),
    "channels": ("channels", Channels),
    "history": ("history", History),
    "storage": ("storage", Storage),
    "mail": ("mail", Mail),
    "oauth": ("oauth", OAuth),
    "metadata": ("metadata", Metadata),
    "push": ("push", Push),
    "hooks": ("hooks", Hooks),
    "api": ("api", API),
    "web": ("web", Web),
}
"""The sections that there is one of, in the commented file's order: the field of Configuration, the type."""

NAMED_SECTIONS: dict[str, tuple[str, type[Any]]] = {
    "listener": ("listeners", Listener),
    "operator": ("operators", Operator),
    "webirc": ("gateways", Gateway),
    "checker": ("checkers", Checker),
}
"""The sections with a name, of which there may be several."""
