from __future__ import annotations

import re

import pytest

from chatdaemon.protocols.irc.isupport import lines, tokens
from chatdaemon.protocols.irc.modes import CHANNEL_MODES, RANK_OF_PREFIX
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.modes import ChannelRank
from chatdaemon.realm.requests import CLIENT_TAGS
from chatdaemon.realm.settings import UNLIMITED, Settings
from chatdaemon.wire.ircmsg import parse
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World


def found(irc: IRCSettings | None = None, realm: Settings | None = None) -> dict[str, str | None]:
    all_tokens = tokens(irc or IRCSettings(), realm or Settings())
    return {name: value if equals else None for name, equals, value in (t.partition("=") for t in all_tokens)}


def told(client: Client, *commands: str) -> dict[str, str | None]:
    """What a client reads in its welcome."""
    client.send(*commands, "NICK alice", "USER alice 0 * :Alice")
    words = [
        word
        for line in client.read()
        if (message := parse(line.encode())).command == "005"
        for word in message.params[1:-1]
    ]
    return {name: value if equals else None for name, equals, value in (w.partition("=") for w in words)}


def test_a_client_is_told_every_token(world: World) -> None:
    assert told(world.connect_irc()) == found()


def test_each_line_has_at_most_thirteen_tokens_and_fits(world: World) -> None:
    client = world.connect_irc()
    client.send("NICK " + "n" * 30, "USER alice 0 * :Alice")
    support = [line for line in client.read() if " 005 " in line]
    assert support
    for line in support:
        assert len(line) <= 510
        assert line.endswith(" :are supported by this server")
        assert len(parse(line.encode()).params) <= 15
    assert lines([str(n) for n in range(27)]) == [
        [str(n) for n in range(13)],
        [str(n) for n in range(13, 26)],
        ["26"],
    ]


def test_tokens_that_clients_act_on_are_there() -> None:
    expected = (
        "PREFIX CHANMODES CHANTYPES NETWORK CASEMAPPING STATUSMSG WHOX MONITOR USERLEN HOSTLEN LINELEN TARGMAX "
        "CHANLIMIT MAXLIST BOT CLIENTTAGDENY UTF8ONLY NICKLEN TOPICLEN"
    )
    assert set(expected.split()) <= set(found())


def test_tokens_are_well_formed_and_in_order() -> None:
    all_tokens = tokens(IRCSettings(), Settings())
    assert all(re.fullmatch("[A-Z0-9]+(=[^ ]*)?", token) for token in all_tokens)
    names = [token.partition("=")[0] for token in all_tokens]
    assert names == sorted(set(names))


def test_limits_are_those_of_the_settings() -> None:
    irc = IRCSettings(network="Test", username_length=9, targets=7, modes_per_line=5, monitor_entries=33)
    realm = Settings(
        casemapping="rfc1459", nick_length=11, channel_length=22, topic_length=33, kick_length=44,
        away_length=55, key_length=12, channels_per_user=66, list_entries=77, realname_length=88,
    )  # fmt: skip
    told = found(irc, realm)
    assert told["NETWORK"] == "Test"
    assert told["CASEMAPPING"] == "rfc1459"
    expected = {
        "USERLEN": 9, "MODES": 5, "MONITOR": 33, "NICKLEN": 11, "CHANNELLEN": 22, "TOPICLEN": 33,
        "KICKLEN": 44, "AWAYLEN": 55, "KEYLEN": 12, "NAMELEN": 88,
    }  # fmt: skip
    assert {name: told[name] for name in expected} == {name: str(value) for name, value in expected.items()}
    assert told["CHANLIMIT"] == "#:66"
    assert told["MAXLIST"] == "beI:77"
    targets = dict(each.split(":") for each in (told["TARGMAX"] or "").split(","))
    assert targets["PRIVMSG"] == targets["NOTICE"] == targets["TAGMSG"] == "7"


def test_limits_that_are_off_are_left_out_or_have_no_value() -> None:
    irc = IRCSettings(username_length=UNLIMITED, targets=None, modes_per_line=None, monitor_entries=None)
    off = UNLIMITED
    realm = Settings(
        nick_length=off, channel_length=off, topic_length=off, kick_length=off, away_length=off,
        key_length=off, channels_per_user=off, list_entries=off, realname_length=off,
    )  # fmt: skip
    told = found(irc, realm)
    gone = {
        "USERLEN",
        "NICKLEN",
        "CHANNELLEN",
        "TOPICLEN",
        "KICKLEN",
        "AWAYLEN",
        "KEYLEN",
        "MAXLIST",
        "NAMELEN",
    }
    assert not gone & set(told)
    assert told["MODES"] is None
    assert told["MONITOR"] is None
    assert told["CHANLIMIT"] == "#:"
    assert "PRIVMSG:," in (told["TARGMAX"] or "")


def test_modes_and_prefixes_are_those_that_there_are() -> None:
    told = found()
    groups = (told["CHANMODES"] or "").split(",")
    assert len(groups) == 4
    ranks = {letter for letter, mode in CHANNEL_MODES.items() if isinstance(mode, ChannelRank)}
    assert set("".join(groups)) == set(CHANNEL_MODES) - ranks
    letters, _, prefixes = (told["PREFIX"] or "")[1:].partition(")")
    assert set(letters) == ranks
    assert set(prefixes) == set(RANK_OF_PREFIX)
    # Highest first.
    assert [RANK_OF_PREFIX[prefix] for prefix in prefixes] == sorted(RANK_OF_PREFIX.values(), reverse=True)
    assert told["STATUSMSG"] == prefixes
    assert (told["EXCEPTS"], told["INVEX"], told["BOT"]) == ("e", "I", "B")


@pytest.mark.parametrize("tag", [*CLIENT_TAGS, "+unknown", "+example.org/x"])
def test_client_tags_are_denied_as_they_are_in_fact(world: World, tag: str) -> None:
    told = (found()["CLIENTTAGDENY"] or "").split(",")
    assert told[0] == "*"
    allowed = f"-{tag.removeprefix('+')}" in told
    alice, bob = world.irc("alice", caps="message-tags"), world.irc("bob", caps="message-tags")
    alice.send(f"@{tag}=x PRIVMSG bob :hi")
    assert (f"{tag}=x" in bob.read()[0].partition(" ")[0]) == allowed


def test_a_reload_changes_what_the_next_client_is_told(make_world: MakeWorld) -> None:
    world = make_world()
    world.irc_server.configure(IRCSettings(network="Other", targets=None))
    assert told(world.connect_irc())["NETWORK"] == "Other"
