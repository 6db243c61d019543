"""From the configuration to what each part of the daemon asks for. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable

from chatdaemon.accounts.checkers import CheckerSettings
from chatdaemon.accounts.mail import TEXT, MailSettings
from chatdaemon.accounts.oauth import OAuthSettings
from chatdaemon.accounts.settings import MECHANISMS, AuthenticationSettings
from chatdaemon.admission import AdmissionLimits
from chatdaemon.config import Configuration, Listener, Operator
from chatdaemon.history.settings import Channels, HistorySettings, Kept
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.irc.modes import CHANNEL_MODES, USER_MODES
from chatdaemon.protocols.irc.server import GatewayAccess, IRCSettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.protocols.operators import OperatorAccess
from chatdaemon.protocols.web.server import WebSettings
from chatdaemon.push.settings import PushSettings
from chatdaemon.realm.modes import ChannelFlag, Privilege, Rank, UserMode
from chatdaemon.realm.settings import FOR_EVER, UNLIMITED, Custom, Cutoff, Policy, Redaction, Settings
from chatdaemon.webhooks.settings import WebhookSettings

__all__ = [
    "admission_limits",
    "api_settings",
    "authentication_settings",
    "checker_settings",
    "history_settings",
    "irc_settings",
    "line_limits",
    "mail_settings",
    "oauth_settings",
    "push_settings",
    "realm_settings",
    "transport_security",
    "web_settings",
    "webhook_settings",
]

# Even without a limit, names leave room for something to be said in a line of IRC.
LONGEST_NICK = 64
LONGEST_CHANNEL = 200
LONGEST_USERNAME = 32
# Clients have to be told how long a message of several lines may be.
LONGEST_MULTILINE = 64 << 10

CHANNEL_POLICIES = {"open": Policy.OPEN, "operators": Policy.CLOSED}
CREATOR_RANKS = {"op": Rank.OP, "founder": Rank.FOUNDER}


def realm_settings(config: Configuration) -> Settings:
    """What the realm allows."""
    server, limits, accounts, channels = config.server, config.limits, config.accounts, config.channels
    return Settings(
        casemapping=server.casemapping,
        nick_length=min(_most(limits.nick_length), LONGEST_NICK),
        channel_length=min(_most(limits.channel_length), LONGEST_CHANNEL),
        topic_length=_most(limits.topic_length),
        kick_length=_most(limits.kick_length),
        away_length=_most(limits.away_length),
        quit_length=_most(limits.quit_length),
        realname_length=_most(limits.realname_length),
        key_length=_most(limits.key_length),
        channels_per_user=_most(limits.channels_per_user),
        list_entries=_most(limits.list_entries),
        whowas_entries=_most(limits.whowas_entries),
        accept_entries=_most(limits.accept_entries),
        silence_entries=_most(limits.silence_entries),
        roleplay=channels.roleplay,
        read_markers=_most(limits.read_markers),
        subscriptions_per_account=config.push.subscriptions_per_account,
        metadata_keys=_most(config.metadata.keys),
        metadata_value_length=config.metadata.value_length,
        channel_flags=tuple(ChannelFlag(CHANNEL_MODES[letter]) for letter in server.default_channel_modes),
        creator_rank=CREATOR_RANKS[server.creator_rank],
        registration=Policy(accounts.registration),
        verify_email=accounts.email_verification,
        require_login=accounts.require_login,
        reserve_nicks=accounts.nick_reservation,
        nick_is_account=accounts.force_nick_equals_account,
        confusables=accounts.confusables,
        nicks_per_account=_most(accounts.nicks_per_account),
        certificates_per_account=_most(accounts.certificates_per_account),
        channel_registration=CHANNEL_POLICIES[channels.registration],
        channels_per_account=_most(channels.per_account),
        access_entries=_most(channels.access_entries),
        operators_relay=channels.relaying == "channel-operators",
        cutoff=Cutoff(config.history.cutoff),
        several_clients=accounts.several_clients,
        sessions_per_user=_most(accounts.clients_per_user),
        always_on=Custom(accounts.always_on),
        always_on_expiry=int((accounts.always_on_expiry or 0) * 1000),
        auto_away=Custom(accounts.auto_away),
        devices_per_account=accounts.devices_per_account,
        redaction=Redaction(channels.redaction),
        redaction_window=_most_ms(channels.redaction_window),
        tokens_per_account=config.hooks.tokens_per_account,
        hooks_per_channel=config.hooks.per_channel,
        plain_hooks=config.hooks.allow_internal,
        user_modes=tuple(UserMode(USER_MODES[letter]) for letter in server.default_user_modes),
    )


def history_settings(config: Configuration) -> HistorySettings:
    """What is kept of what is said."""
    history = config.history
    return HistorySettings(
        channels=Channels(history.channels),
        private=history.private,
        events=frozenset(map(Kept, history.events)),
        ring=history.memory_messages,
        max_age=_most_ms(history.max_age),
        max_messages=_most(history.max_messages),
        limit=history.limit,
        replay=history.replay,
        replay_on_join=history.replay_on_join,
        durable_echo=history.durable_echo,
    )


def authentication_settings(config: Configuration) -> AuthenticationSettings:
    """How people log in and register."""
    accounts = config.accounts
    return AuthenticationSettings(
        mechanisms=tuple(each for each in MECHANISMS if each.lower() in accounts.sasl_mechanisms),
        passwords=accounts.passwords,
        password_length=accounts.password_length,
        plain_without_tls=accounts.plain_without_tls,
        login_burst=accounts.login_burst,
        login_interval=accounts.login_interval,
        registration_burst=accounts.registration_burst,
        registration_interval=accounts.registration_interval,
        verify_email=accounts.email_verification,
        verification_timeout=accounts.verification_timeout,
    )


def checker_settings(config: Configuration) -> tuple[CheckerSettings, ...]:
    """Who else is asked about passwords."""
    return tuple(
        CheckerSettings(each.name, each.type, each.options, each.autocreate, each.timeout)
        for each in config.checkers
    )


def oauth_settings(config: Configuration) -> OAuthSettings:
    """Whose tokens are taken."""
    oauth = config.oauth
    return OAuthSettings(
        key="\n".join(oauth.jwt_key),
        introspection_url=oauth.introspection_url,
        client_id=oauth.client_id,
        client_secret=oauth.client_secret,
        issuer=oauth.issuer,
        audience=oauth.audience,
        claim=oauth.account_claim,
        autocreate=oauth.autocreate,
        discovery_url=oauth.discovery_url,
        timeout=oauth.timeout,
    )


def mail_settings(config: Configuration) -> MailSettings | None:
    """How mail is sent; None where none is."""
    mail = config.mail
    if not mail.relay:
        return None
    return MailSettings(
        relay=mail.relay,
        port=mail.port,
        security=mail.security,
        sender=mail.sender,
        username=mail.username,
        password=mail.password,
        ca_file=mail.ca_file[0] if mail.ca_file else None,
        timeout=mail.timeout,
        subject=mail.subject,
        text=mail.text or TEXT,
        network=config.server.network_name,
        server=config.server.server_name,
    )


def push_settings(config: Configuration) -> PushSettings | None:
    """How people are told of messages; None where they are not."""
    push = config.push
    if not push.enabled:
        return None
    return PushSettings(
        contact=push.contact if push.contact.startswith("https://") else f"mailto:{push.contact}",
        delay=push.delay,
        lifetime=push.lifetime,
        timeout=push.timeout,
        allow_internal=push.allow_internal,
        ca_file=push.ca_file[0] if push.ca_file else None,
    )


def webhook_settings(config: Configuration) -> WebhookSettings | None:
    """How what happens is sent to hooks; None where it is not."""
    hooks = config.hooks
    if not hooks.outgoing:
        return None
    return WebhookSettings(
        timeout=hooks.timeout,
        lifetime=hooks.lifetime,
        queue=hooks.queue,
        allow_internal=hooks.allow_internal,
        ca_file=hooks.ca_file[0] if hooks.ca_file else None,
    )


def irc_settings(config: Configuration, vapid: str = "") -> IRCSettings:
    """What concerns IRC alone. `vapid` is the public key for web push."""
    server, limits, metadata = config.server, config.limits, config.metadata
    return IRCSettings(
        network=server.network_name,
        description=server.description,
        motd=config.motd.text,
        admin=(server.admin_name, server.admin_location, server.admin_email),
        password_hash=server.password_hash,
        history_limit=config.history.limit,
        durable_echo=config.history.durable_echo,
        operators={operator.name: _access(operator) for operator in config.operators},
        username_length=_username_length(config),
        targets=limits.targets,
        modes_per_line=limits.modes_per_line,
        monitor_entries=limits.monitor_entries,
        multiline_bytes=limits.multiline_bytes or LONGEST_MULTILINE,
        multiline_lines=limits.multiline_lines,
        metadata_subscriptions=metadata.subscriptions,
        metadata_burst=metadata.change_burst,
        metadata_interval=metadata.change_interval,
        withheld_capabilities=server.withheld_capabilities,
        login_exempt=config.accounts.require_login_exempt,
        icon_url=server.icon_url,
        vapid=vapid,
        rejoins=server.rejoin_on_host_change,
        gateways=tuple(
            GatewayAccess(each.name, each.password_hash, each.certificate_fingerprint, each.hosts)
            for each in config.gateways
        ),
    )


def api_settings(config: Configuration, vapid: str = "") -> APISettings:
    """What concerns the API alone. `vapid` is the public key for web push."""
    server = config.server
    return APISettings(
        network=server.network_name,
        description=server.description,
        motd=config.motd.text,
        admin=(server.admin_name, server.admin_location, server.admin_email),
        password_hash=config.server.password_hash,
        username_length=_username_length(config),
        text_length=config.limits.json_text_length,
        multiline_bytes=config.limits.multiline_bytes or LONGEST_MULTILINE,
        multiline_lines=config.limits.multiline_lines,
        monitor_entries=config.limits.monitor_entries,
        operators={operator.name: _access(operator) for operator in config.operators},
        vapid=vapid,
        resume_time=config.api.resume_time or 0.0,
        resume_events=config.api.resume_events,
        resume_sessions=config.api.resume_sessions,
        login_exempt=config.accounts.require_login_exempt,
    )


def web_settings(config: Configuration, certified: Iterable[str] = ()) -> WebSettings:
    """What concerns the web alone. `certified` are the names in the certificates of web listeners."""
    web = config.web
    return WebSettings(
        page=web.page,
        names=(config.server.server_name.lower(), *web.hosts, *certified),
        origins=web.origins,
        proxies=web.proxies,
        forwarded_header=web.forwarded_header,
    )


def line_limits(config: Configuration) -> LineLimits:
    """What one connection may use."""
    limits = config.limits
    return LineLimits(
        input_queue=limits.input_queue,
        send_queue=limits.send_queue,
        send_queue_unregistered=limits.send_queue_unregistered,
        flood_burst=limits.flood_burst,
        flood_rate=limits.flood_rate,
        registration_timeout=limits.registration_timeout,
        ping_interval=limits.ping_interval,
        ping_timeout=limits.ping_timeout,
    )


def _username_length(config: Configuration) -> int:
    return min(_most(config.limits.username_length), LONGEST_USERNAME)


def _most(limit: int | None) -> int:
    return UNLIMITED if limit is None else limit


def _most_ms(limit: float | None) -> int:
    return FOR_EVER if limit is None else int(limit * 1000)


def _access(operator: Operator) -> OperatorAccess:
    return OperatorAccess(
        name=operator.name,
        password_hash=operator.password_hash,
        fingerprints=operator.certificate_fingerprint,
        hosts=operator.hosts,
        # In the enumeration's order: a set has none.
        privileges=tuple(each for each in Privilege if each.value in operator.privileges),
        vhost=operator.vhost,
    )


def admission_limits(config: Configuration) -> AdmissionLimits:
    """How many may connect."""
    limits = config.limits
    gateways = (
        *(host for each in config.gateways for host in each.hosts),
        *(host for each in config.listeners for host in each.proxy_protocol),
        *config.web.proxies,
    )
    return AdmissionLimits(
        limits.connections, limits.connections_per_address, limits.connection_rate, gateways
    )


def transport_security(listener: Listener) -> str:
    """What clients are told at a listener of strict transport security (IRCv3 sts); nothing where that is not
    configured."""
    if not listener.tls:
        return f"port={listener.sts_port}" if listener.sts_port is not None else ""
    if listener.sts_duration is None:
        return ""
    return f"duration={int(listener.sts_duration)}" + (",preload" if listener.sts_preload else "")
