"""From the configuration to the parts: nothing is lost on the way, and no word is unknown there."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from chatdaemon.config import (
    CAPABILITIES,
    CHANNEL_FLAGS,
    PRIVILEGES,
    USER_FLAGS,
    Configuration,
    Limits,
    Operator,
    Server,
)
from chatdaemon.protocols.irc import capabilities
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.modes import ChannelFlag, Privilege, Rank, UserMode
from chatdaemon.realm.settings import UNLIMITED, Settings
from chatdaemon.settings import admission_limits, irc_settings, json_settings, line_limits, realm_settings

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
    assert json_settings(OFF).text_length is None
    limits = admission_limits(OFF)
    assert (limits.connections, limits.per_address, limits.rate) == (None, None, None)


def test_names_leave_room_in_a_line_even_without_a_limit() -> None:
    assert (realm_settings(OFF).nick_length, realm_settings(OFF).channel_length) == (64, 200)
    assert irc_settings(OFF).username_length == json_settings(OFF).username_length == 32


@pytest.mark.parametrize("name", [each.name for each in fields(Limits)])
def test_every_limit_reaches_a_part(name: str) -> None:
    def all_of(config: Configuration) -> tuple[object, ...]:
        parts = (realm_settings, irc_settings, json_settings, line_limits, admission_limits)
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
    assert settings.password_hash == json_settings(config).password_hash == HASH
    assert json_settings(config).network == "Net"


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
