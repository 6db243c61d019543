"""From the configuration to the parts: nothing is lost on the way, and no word is unknown there."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from chatdaemon.config import (
    CAPABILITIES,
    CHANNEL_FLAGS,
    PRIVILEGES,
    USER_FLAGS,
    Configuration,
    Limits,
    Listener,
    Operator,
    Server,
)
from chatdaemon.config.gateways import Gateway
from chatdaemon.protocols.irc import capabilities
from chatdaemon.protocols.irc.server import GatewayAccess, IRCSettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.modes import ChannelFlag, Privilege, Rank, UserMode
from chatdaemon.realm.settings import FOR_EVER, UNLIMITED, Redaction, Settings
from chatdaemon.settings import (
    admission_limits,
    api_settings,
    history_settings,
    irc_settings,
    line_limits,
    realm_settings,
    transport_security,
)

DEFAULT = Configuration()
OFF = Configuration(limits=Limits(**{each.name: None for each in fields(Limits)}))
HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2hzb21laGFzaA"


def server(**keys: object) -> Configuration:
    return replace(DEFAULT, server=replace(Server(), **keys))  # type: ignore[arg-type]  # a test's keyword arguments


def test_the_defaults_of_the_parts_are_those_of_the_file() -> None:
    assert realm_settings(DEFAULT) == Settings()
    assert line_limits(DEFAULT) == LineLimits()
    assert irc_settings(DEFAULT) == IRCSettings()


def test_off_is_no_limit() -> None:
    assert {
        getattr(realm_settings(OFF), name) for name in ("topic_length", "list_entries", "whowas_entries")
    } == {UNLIMITED}
    assert {getattr(line_limits(OFF), each.name) for each in fields(LineLimits)} == {None}
    assert irc_settings(OFF).targets is None
    assert api_settings(OFF).text_length is None
    limits = admission_limits(OFF)
    assert (limits.connections, limits.per_address, limits.rate) == (None, None, None)


def test_names_leave_room_in_a_line_even_without_a_limit() -> None:
    assert (realm_settings(OFF).nick_length, realm_settings(OFF).channel_length) == (64, 200)
    assert irc_settings(OFF).username_length == api_settings(OFF).username_length == 32


@pytest.mark.parametrize("name", [each.name for each in fields(Limits)])
def test_every_limit_reaches_a_part(name: str) -> None:
    def all_of(config: Configuration) -> tuple[object, ...]:
        parts = (realm_settings, irc_settings, api_settings, line_limits, admission_limits)
        return tuple(part(config) for part in parts)

    assert all_of(replace(DEFAULT, limits=replace(Limits(), **{name: 7}))) != all_of(DEFAULT)


def test_every_mode_that_can_be_a_default_is_one() -> None:
    settings = realm_settings(server(default_channel_modes=CHANNEL_FLAGS, default_user_modes=USER_FLAGS))
    assert set(settings.channel_flags) == set(ChannelFlag)
    assert set(settings.user_modes) == {
        UserMode.INVISIBLE, UserMode.WALLOPS, UserMode.LOGGED_IN_ONLY, UserMode.CALLER_ID, UserMode.NO_CTCP,
    }  # fmt: skip


def test_what_people_are_told_is_what_the_file_says() -> None:
    config = server(
        network_name="Net",
        description="words",
        admin_name="n",
        admin_location="l",
        admin_email="e",
        password_hash=HASH,
    )
    settings = irc_settings(config)
    assert (settings.network, settings.description, settings.admin) == ("Net", "words", ("n", "l", "e"))
    assert settings.password_hash == api_settings(config).password_hash == HASH
    assert api_settings(config).network == "Net"


def test_the_first_in_a_channel_is_what_the_file_says() -> None:
    assert realm_settings(server(creator_rank="op")).creator_rank is Rank.OP
    assert realm_settings(server(creator_rank="founder")).creator_rank is Rank.FOUNDER


def test_an_operator_may_do_all_that_is_named_and_nothing_else() -> None:
    everything = Operator(
        name="all", password_hash=HASH, privileges=frozenset(PRIVILEGES), hosts=("*@a.test",)
    )
    nothing = Operator(name="none", password_hash=HASH, privileges=frozenset())
    operators = irc_settings(replace(DEFAULT, operators=(everything, nothing))).operators
    assert operators["all"].privileges == tuple(Privilege)
    assert operators["all"].hosts == ("*@a.test",)
    assert operators["none"].privileges == ()


def test_the_capabilities_that_can_be_withheld_are_those_that_there_are() -> None:
    assert list(CAPABILITIES) == list(capabilities.CAPABILITIES)
    withheld = irc_settings(server(withheld_capabilities=frozenset({"batch"}))).withheld_capabilities
    assert withheld == {"batch"}


@pytest.mark.parametrize(
    ("keys", "policy"),
    [
        ({}, ""),
        ({"sts_port": 6697}, "port=6697"),
        ({"tls": True}, ""),
        ({"tls": True, "sts_duration": 2592000.0}, "duration=2592000"),
        ({"tls": True, "sts_duration": 0.0}, "duration=0"),
        ({"tls": True, "sts_duration": 60.5, "sts_preload": True}, "duration=60,preload"),
        ({"tls": True, "sts_preload": True}, ""),
    ],
)
def test_each_listener_has_its_policy_of_transport_security(keys: dict[str, Any], policy: str) -> None:
    assert transport_security(Listener(name="a", endpoint="tcp:0", **keys)) == policy


def test_gateways_are_known_to_irc_and_not_limited_by_address() -> None:
    gateways = (
        Gateway(name="a", hosts=("192.0.2.1", "localhost"), password_hash=HASH),
        Gateway(name="b", hosts=("2001:db8::/32",), certificate_fingerprint=("ab" * 32,)),
    )
    config = replace(DEFAULT, gateways=gateways)
    assert irc_settings(config).gateways == (
        GatewayAccess("a", HASH, (), ("192.0.2.1", "localhost")),
        GatewayAccess("b", None, ("ab" * 32,), ("2001:db8::/32",)),
    )
    assert admission_limits(config).gateways == ("192.0.2.1", "localhost", "2001:db8::/32")


def test_who_takes_back_and_who_relays_is_as_configured() -> None:
    channels = replace(DEFAULT.channels, redaction="authors", redaction_window=90.5, relaying="operators")
    settings = realm_settings(replace(DEFAULT, channels=channels))
    assert settings.redaction is Redaction.AUTHORS
    assert settings.redaction_window == 90_500
    assert not settings.operators_relay
    for_ever = replace(DEFAULT.channels, redaction_window=None)
    assert realm_settings(replace(DEFAULT, channels=for_ever)).redaction_window == FOR_EVER


def test_times_of_years_are_what_they_are_in_milliseconds() -> None:
    year = 365 * 86400.0
    channels = replace(DEFAULT.channels, redaction_window=10 * year)
    assert realm_settings(replace(DEFAULT, channels=channels)).redaction_window == 10 * year * 1000
    assert history_settings(DEFAULT).max_age == year * 1000
    kept = replace(DEFAULT, history=replace(DEFAULT.history, max_age=None))
    assert history_settings(kept).max_age == FOR_EVER


def test_the_icon_and_rejoining_are_as_configured() -> None:
    settings = irc_settings(server(icon_url="https://irc.test/i.svg", rejoin_on_host_change=False))
    assert settings.icon_url == "https://irc.test/i.svg"
    assert not settings.rejoins
