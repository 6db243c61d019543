from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.irc.capabilities import CAPABILITIES, NONE, RENDERED
from chatdaemon.protocols.irc.modes import PREFIX_OF_RANK
from chatdaemon.protocols.irc.render import RENDERERS, renderer_for
from chatdaemon.realm.accounts import AccountSetting, Code, RegistrationSetting, Standing
from chatdaemon.realm.events import (
    AcceptedChanged,
    AccessChanged,
    AccountApproved,
    AccountChanged,
    AccountDropped,
    AccountRegistered,
    AccountRestored,
    AccountSeen,
    AccountSettingChanged,
    AccountSuspended,
    AccountVerified,
    AlwaysOnChanged,
    Attached,
    AwayChanged,
    BecameOperator,
    Called,
    CertificatesChanged,
    ChannelDropped,
    ChannelMetadataChanged,
    ChannelRegistered,
    ChannelRenamed,
    ChannelTransferred,
    CodeRenewed,
    Configured,
    Connected,
    CredentialsChanged,
    Detached,
    DeviceForgotten,
    DeviceSeen,
    EmailChanged,
    Event,
    Forwarded,
    HookAdded,
    HookRemoved,
    HostChanged,
    InvitationChanged,
    Invited,
    Joined,
    KeyForgotten,
    KeyUsed,
    Kicked,
    Killed,
    Knocked,
    ModesChanged,
    NickChanged,
    NicksChanged,
    Parted,
    PartlyRefused,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    ReadMarkerForgotten,
    ReadMarkerSet,
    RealnameChanged,
    Redacted,
    RegistrationChanged,
    Relayed,
    Repeated,
    ServerNoticed,
    SilencesChanged,
    Stamp,
    Subscribed,
    TokenCreated,
    TokenRevoked,
    TokenUsed,
    TopicChanged,
    Uninvited,
    Unsubscribed,
    UserMetadataChanged,
    UserModesChanged,
    VirtualHostAsked,
    VirtualHostSet,
    WallopsSent,
    Who,
)
from chatdaemon.realm.hooks import Direction
from chatdaemon.realm.keys import UsedKey
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelRank,
    ModeChange,
    Rank,
    UserMode,
    UserModeChange,
)
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, Line
from chatdaemon.realm.settings import Settings

EVENTS = get_args(Event)
SERVER = "irc.test"
MULTILINE_CONCAT = "draft/multiline-concat"


def person(nick: str, *, account: str | None = None, bot: bool = False) -> Who:
    return Who(
        1, nick, nick, "192.0.2.1", account, f"{nick.title()} Example", bot, f"{nick}!{nick}@192.0.2.1"
    )


ALICE = person("alice")
BOB = person("bob")
BOT = person("robot", account="wall;e", bot=True)
STAMP = Stamp(1767225600123, "00ab")
TIME = "time=2026-01-01T00:00:00.123Z"

EXAMPLES: dict[type, tuple[Any, str]] = {
    Posted: (Posted("c1", ALICE, "#x", "hi", Kind.MESSAGE, None, Rank.NONE), "PRIVMSG #x :hi"),
    PostedLines: (
        PostedLines("c1", ALICE, "#x", "hi", Kind.MESSAGE, None, Rank.NONE, (Line("hi"),)),
        "PRIVMSG #x :hi",
    ),
    Quit: (Quit("c1", ALICE, "Quit: ", ("c1",)), "QUIT :Quit: "),
    NickChanged: (NickChanged("c1", ALICE, "alicia"), "NICK :alicia"),
    Joined: (Joined("c1", ALICE, "c1", "#x", None, False), "JOIN #x"),
    Parted: (Parted("c1", ALICE, "c1", "#x", "so long"), "PART #x :so long"),
    Kicked: (Kicked("c1", ALICE, "c1", "#x", BOB, "bob"), "KICK #x bob :bob"),
    TopicChanged: (TopicChanged("c1", ALICE, "c1", "#x", "a topic"), "TOPIC #x :a topic"),
    ModesChanged: (
        ModesChanged(
            "c1",
            ALICE,
            "c1",
            "#x",
            (ModeChange(ChannelFlag.SECRET, True), ModeChange(ChannelRank.OP, False, "bob")),
        ),
        "MODE #x +s-o bob",
    ),
    UserModesChanged: (
        UserModesChanged((1,), ALICE, (UserModeChange(UserMode.BOT, True),)),
        "MODE alice :+B",
    ),
    Killed: (Killed((1,), ALICE, BOB, "spam"), "KILL bob :spam"),
    WallopsSent: (WallopsSent((1,), ALICE, "hear"), "WALLOPS :hear"),
    ChannelRenamed: (
        ChannelRenamed("c1", ALICE, "c1", "#x", "#y", "tidier", (1, 2)),
        "RENAME #x #y :tidier",
    ),
    SilencesChanged: (SilencesChanged((1,), ALICE, ("*!*@a.b",), ()), "SILENCE +*!*@a.b"),
}

# What only those see who asked for it.
WITH: dict[type, tuple[str, Any, str]] = {
    Invited: ("invite-notify", Invited((1,), ALICE, BOB, "#x"), "INVITE bob :#x"),
    AwayChanged: ("away-notify", AwayChanged("c1", ALICE, "lunch"), "AWAY :lunch"),
    AccountChanged: ("account-notify", AccountChanged("c1", ALICE, "ali"), "ACCOUNT ali"),
    RealnameChanged: ("setname", RealnameChanged("c1", ALICE, "Ali C"), "SETNAME :Ali C"),
    HostChanged: ("chghost", HostChanged("c1", ALICE, "ali", "staff.example"), "CHGHOST ali staff.example"),
    Redacted: (
        "draft/message-redaction",
        Redacted("c1", ALICE, "#x", "00aa", "a slip"),
        "REDACT #x 00aa :a slip",
    ),
}

FROM_SOMEBODY_ELSE: dict[type, tuple[Any, str]] = {
    Portrayed: (
        Portrayed("c1", ALICE, "#x", "gandalf", "hm", False, Rank.NONE),
        "*gandalf*!alice@npc.fakeuser.invalid PRIVMSG #x :hm",
    ),
    Relayed: (Relayed("c1", ALICE, "zoe/d", "c1", "#x", "hi", None), "zoe/d!alice@192.0.2.1 PRIVMSG #x :hi"),
}

FROM_SERVER: dict[type, tuple[Any, str]] = {
    ServerNoticed: (ServerNoticed((1,), "something"), "NOTICE * :*** something"),
    Knocked: (
        Knocked((1,), BOB, "#x", ""),
        "710 #x #x bob!bob@192.0.2.1 :has asked for an invite.",
    ),
}

OWN: dict[type, Any] = {
    AlwaysOnChanged: AlwaysOnChanged((), ALICE, False, ("c1",)),
    Attached: Attached((1,), ALICE, "s1", "phone", 1767225600123),
    Detached: Detached((), ALICE, "s1"),
    KeyUsed: KeyUsed((), 7, "k", UsedKey("0000010000000007", 1767225600123, 5)),
    KeyForgotten: KeyForgotten((), 7, "k"),
    Repeated: Repeated((), UsedKey("0000010000000007", 1767225600123, 5)),
    DeviceSeen: DeviceSeen((), "alice", 7, "phone", 1767225600123),
    DeviceForgotten: DeviceForgotten((1,), "alice", 7, "phone"),
    Connected: Connected((1,), ALICE),
    BecameOperator: BecameOperator((1,), ALICE, "root"),
    Forwarded: Forwarded((1,), ALICE, "#x", "#y"),
    PartlyRefused: PartlyRefused((1,), (Refusal(Reason.NO_TEXT),)),
    Configured: Configured((), Settings()),
    AccountRegistered: AccountRegistered((1,), ALICE, "ali", Standing.ACTIVE),
    AccountVerified: AccountVerified((1,), ALICE, "ali", Standing.ACTIVE),
    CodeRenewed: CodeRenewed((1,), ALICE, "ali", "a@x", Code("1", 2)),
    AccountApproved: AccountApproved((1,), ALICE, "ali"),
    CredentialsChanged: CredentialsChanged((1,), ALICE, "ali"),
    EmailChanged: EmailChanged((1,), ALICE, "ali", "a@x"),
    AccountSettingChanged: AccountSettingChanged((1,), ALICE, "ali", AccountSetting.ENFORCE, "on"),
    CertificatesChanged: CertificatesChanged((1,), ALICE, "ali", "ab" * 32, True),
    NicksChanged: NicksChanged((1,), ALICE, "ali", "alicia", True),
    AccountSeen: AccountSeen((), "ali"),
    AccountDropped: AccountDropped((1,), ALICE, "ali", 7),
    AccountSuspended: AccountSuspended((1,), ALICE, "ali", "spam"),
    AccountRestored: AccountRestored((1,), ALICE, "ali"),
    InvitationChanged: InvitationChanged((1,), ALICE, "abc", 1),
    TokenCreated: TokenCreated((1,), ALICE, "alice", 1, "deploy", "d" * 64),
    TokenRevoked: TokenRevoked((1,), ALICE, "alice", 1, "deploy", "d" * 64),
    TokenUsed: TokenUsed((), "d" * 64),
    HookAdded: HookAdded((1,), ALICE, "c1", "#x", "ci", Direction.IN),
    HookRemoved: HookRemoved((1,), ALICE, "c1", "#x", "ci", Direction.IN),
    VirtualHostAsked: VirtualHostAsked((1,), ALICE, "ali", "a.b"),
    VirtualHostSet: VirtualHostSet((1,), ALICE, "ali", "a.b"),
    ChannelRegistered: ChannelRegistered((1,), ALICE, "c1", "#x", "ali"),
    ChannelDropped: ChannelDropped((1,), ALICE, "c1", "#x", True),
    ChannelTransferred: ChannelTransferred((1,), ALICE, "c1", "#x", "ali"),
    AccessChanged: AccessChanged((1,), ALICE, "c1", "#x", "ali", Rank.OP),
    RegistrationChanged: RegistrationChanged((1,), ALICE, "c1", "#x", RegistrationSetting.URL, None),
    AcceptedChanged: AcceptedChanged((1,), ALICE, ("bob",), ()),
    Called: Called((1, 2), ALICE, BOB),
    Uninvited: Uninvited((1, 2), ALICE, BOB, "#x"),
    ReadMarkerSet: ReadMarkerSet((1,), ALICE, 7, "#x", 1767225600123),
    ReadMarkerForgotten: ReadMarkerForgotten((), 7, "#x"),
    Subscribed: Subscribed((1,), ALICE, 7, "https://push.example.net/1"),
    Unsubscribed: Unsubscribed((), None, 7, "https://push.example.net/1"),
    UserMetadataChanged: UserMetadataChanged("c1", ALICE, BOB, "url", "http://x"),
    ChannelMetadataChanged: ChannelMetadataChanged("c1", ALICE, "c1", "#x", "url", None),
}


def test_every_event_has_a_renderer_and_an_example_here() -> None:
    assert set(EVENTS) == set(RENDERERS)
    assert set(EVENTS) == (set(EXAMPLES) | set(WITH) | set(FROM_SERVER) | set(FROM_SOMEBODY_ELSE) | set(OWN))


@pytest.mark.parametrize("event", EXAMPLES)
def test_a_client_without_capabilities_sees_the_plain_line(event: type) -> None:
    example, rest = EXAMPLES[event]
    assert renderer_for(SERVER).render(STAMP, example).decode() == f":{ALICE.source} {rest}\r\n"


@pytest.mark.parametrize("event", EXAMPLES)
def test_tags_are_for_those_who_asked_for_them(event: type) -> None:
    example, rest = EXAMPLES[event]
    everything = renderer_for(SERVER, frozenset({"message-tags", "server-time", "account-tag"}))
    line = everything.render(STAMP, example).decode()
    assert line == f"@{TIME};msgid=00ab :{ALICE.source} {rest}\r\n"


@pytest.mark.parametrize("event", WITH)
def test_some_events_are_for_those_who_asked_for_them(event: type) -> None:
    capability, example, rest = WITH[event]
    assert renderer_for(SERVER, RENDERED - {capability}).render(STAMP, example) == b""
    line = renderer_for(SERVER, frozenset({capability})).render(STAMP, example).decode()
    assert line == f":{ALICE.source} {rest}\r\n"


@pytest.mark.parametrize("event", FROM_SERVER)
def test_some_lines_come_from_the_server(event: type) -> None:
    example, rest = FROM_SERVER[event]
    assert renderer_for(SERVER).render(STAMP, example).decode() == f":{SERVER} {rest}\r\n"


@pytest.mark.parametrize("event", FROM_SOMEBODY_ELSE)
def test_some_lines_come_from_somebody_who_is_not_there(event: type) -> None:
    example, rest = FROM_SOMEBODY_ELSE[event]
    assert renderer_for(SERVER).render(STAMP, example).decode() == f":{rest}\r\n"


def test_what_is_acted_and_what_happens_on_a_stage_are_told_apart() -> None:
    action = Portrayed("c1", ALICE, "#x", "gandalf", "waves", True, Rank.OP)
    scene = Portrayed("c1", ALICE, "#x", None, "Night falls", False, Rank.NONE)
    renderer = renderer_for(SERVER)
    assert renderer.render(STAMP, action).decode() == (
        ":*gandalf*!alice@npc.fakeuser.invalid PRIVMSG @#x :\x01ACTION waves\x01\r\n"
    )
    assert renderer.render(STAMP, scene).decode() == (
        ":=Scene=!alice@npc.fakeuser.invalid PRIVMSG #x :Night falls\r\n"
    )


def test_what_is_said_on_a_stage_at_length_takes_several_lines() -> None:
    event = Portrayed("c1", ALICE, "#x", "gandalf", "word " * 150, False, Rank.NONE)
    lines = renderer_for(SERVER).render(STAMP, event).decode().split("\r\n")[:-1]
    assert len(lines) == 2
    assert all(line.startswith(":*gandalf*!alice@") and len(line) <= 510 for line in lines)
    assert "".join(line.partition(" :")[2] for line in lines) == "word " * 150


def test_of_several_silences_only_the_first_has_the_message_id() -> None:
    event = SilencesChanged((1,), ALICE, ("b!*@*", "c!*@*"), ("d!*@*",))
    lines = renderer_for(SERVER, frozenset({"message-tags"})).render(STAMP, event).decode().split("\r\n")
    assert lines == [
        f"@msgid=00ab :{ALICE.source} SILENCE -d!*@*",
        f":{ALICE.source} SILENCE +b!*@*",
        f":{ALICE.source} SILENCE +c!*@*",
        "",
    ]


@pytest.mark.parametrize("event", [Kicked, TopicChanged, ModesChanged, Killed, WallopsSent])
def test_what_the_server_itself_does_comes_from_it(event: type) -> None:
    example, rest = EXAMPLES[event]
    unsigned = dataclasses.replace(example, who=None)
    assert renderer_for(SERVER).render(STAMP, unsigned).decode() == f":{SERVER} {rest}\r\n"


@pytest.mark.parametrize("event", OWN)
def test_what_concerns_one_user_alone_is_nothing_for_witnesses(event: type) -> None:
    assert renderer_for(SERVER, RENDERED).render(STAMP, OWN[event]) == b""


def test_bots_and_accounts_are_tagged() -> None:
    event = Posted("c1", BOT, "#x", "hi", Kind.NOTICE, {"+reply": "a b"}, Rank.VOICE)
    line = renderer_for(SERVER, frozenset({"message-tags", "account-tag"})).render(STAMP, event).decode()
    assert line == f"@account=wall\\:e;msgid=00ab;bot;+reply=a\\sb :{BOT.source} NOTICE +#x :hi\r\n"
    only_account = renderer_for(SERVER, frozenset({"account-tag"}))
    assert only_account.render(STAMP, event).decode() == f"@account=wall\\:e :{BOT.source} NOTICE +#x :hi\r\n"
    nobody = Posted("c1", ALICE, "#x", "hi", Kind.NOTICE, None, Rank.NONE)
    assert only_account.render(STAMP, nobody).decode() == f":{ALICE.source} NOTICE #x :hi\r\n"


def test_what_operators_do_is_marked_for_those_who_asked() -> None:
    renderer = renderer_for(SERVER, frozenset({"draft/oper-tag"}))
    olga = ALICE._replace(operator=True)
    for event in (
        NickChanged("c1", olga, "ola"),
        Posted("c1", olga, "#x", "hi", Kind.MESSAGE, None, Rank.NONE),
    ):
        assert renderer.render(STAMP, event).startswith(b"@draft/oper :alice!")
        assert renderer_for(SERVER).render(STAMP, event).startswith(b":alice!")
    assert renderer.render(STAMP, NickChanged("c1", ALICE, "ali")).startswith(b":alice!")
    # By a numeric too, and never by who is not there.
    assert renderer.render(STAMP, Knocked((1,), olga, "#x", "")).startswith(b"@draft/oper :irc.test 710 ")
    relayed = Relayed("c1", olga, "zoe/d", "c1", "#x", "hi", None)
    assert renderer.render(STAMP, relayed).startswith(b":zoe/d!")


def test_numerics_that_somebody_causes_have_that_persons_tags() -> None:
    renderer = renderer_for(SERVER, frozenset({"account-tag", "message-tags"}))
    who = BOT._replace(account="robbie")
    line = renderer.render(STAMP, Knocked((1,), who, "#x", "")).decode()
    assert line.startswith(f"@account=robbie;msgid={STAMP.msgid};bot :{SERVER} 710 #x #x {who.source} :")


def test_an_extended_join_has_account_and_realname() -> None:
    renderer = renderer_for(SERVER, frozenset({"extended-join"}))
    guest = Joined("c1", ALICE, "c1", "#x", "lunch", False)
    assert renderer.render(STAMP, guest).decode() == f":{ALICE.source} JOIN #x * :Alice Example\r\n"
    known = Joined("c1", BOT, "c1", "#x", None, False)
    assert renderer.render(STAMP, known).decode() == f":{BOT.source} JOIN #x wall;e :Robot Example\r\n"


def test_one_who_joins_while_away_is_shown_as_away_to_those_who_follow_it() -> None:
    event = Joined("c1", ALICE, "c1", "#x", "lunch", False)
    renderer = renderer_for(SERVER, frozenset({"away-notify"}))
    assert renderer.render(STAMP, event).decode() == (
        f":{ALICE.source} JOIN #x\r\n:{ALICE.source} AWAY :lunch\r\n"
    )


def test_endings_are_said_in_few_words() -> None:
    renderer = renderer_for(SERVER, frozenset({"away-notify", "account-notify"}))
    for event, rest in (
        (Parted("c1", ALICE, "c1", "#x", None), "PART #x"),
        (AwayChanged("c1", ALICE, None), "AWAY"),
        (AccountChanged("c1", ALICE, None), "ACCOUNT *"),
        (TopicChanged("c1", ALICE, "c1", "#x", ""), "TOPIC #x :"),
    ):
        assert renderer.render(STAMP, event).decode() == f":{ALICE.source} {rest}\r\n"


def test_modes_that_do_not_fit_a_line_come_on_several() -> None:
    changes = tuple(ModeChange(ChannelList.BAN, True, f"{'x' * 100}{n}!*@*") for n in range(8))
    lines = renderer_for(SERVER).render(STAMP, ModesChanged("c1", ALICE, "c1", "#x", changes)).split(b"\r\n")
    assert lines.pop() == b""
    assert len(lines) > 1
    assert all(len(line) <= 510 for line in lines)
    assert sum(line.count(b"!*@*") for line in lines) == 8


def test_of_several_lines_of_one_event_the_first_has_the_message_id() -> None:
    renderer = renderer_for(SERVER, frozenset({"away-notify", "message-tags", "server-time"}))
    bans = tuple(ModeChange(ChannelList.BAN, True, f"{'x' * 200}{n}!*@*") for n in range(4))
    for event in (
        Joined("c1", ALICE, "c1", "#x", "lunch", False),
        ModesChanged("c1", ALICE, "c1", "#x", bans),
        Posted("c1", ALICE, "#x", "long " * 200, Kind.MESSAGE, None, Rank.NONE),
    ):
        first, *others = renderer.render(STAMP, event).decode().split("\r\n")[:-1]
        assert others
        assert f";msgid={STAMP.msgid} :" in first
        assert all(line.startswith("@time=") and "msgid" not in line for line in others)


def test_clients_with_the_same_wants_share_a_renderer() -> None:
    assert renderer_for(SERVER, frozenset({"batch", "cap-notify"})) is renderer_for(SERVER, NONE)
    assert renderer_for(SERVER, frozenset({"batch", "setname"})) is renderer_for(
        SERVER, frozenset({"setname"})
    )


# Anything at all

NICK = st.text("abcXYZ[]\\`_^{|}-0129", min_size=1, max_size=64)
HOST = st.text("abcdef0123456789.:", min_size=1, max_size=63)
CHANNEL = st.text("abc{}|~!.\\", min_size=1, max_size=199).map(lambda name: f"#{name}")
TEXT = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=510)
WORD = st.text(st.characters(exclude_characters="\r\n\0 ", codec="utf-8"), min_size=1, max_size=100)


@st.composite
def whos(draw: st.DrawFn) -> Who:
    nick, username, host = draw(NICK), draw(st.text("abcdef", min_size=1, max_size=32)), draw(HOST)
    return Who(
        draw(st.integers(1, 9)), nick, username, host, draw(st.none() | NICK), draw(TEXT), draw(st.booleans()),
        f"{nick}!{username}@{host}", draw(st.booleans()),
    )  # fmt: skip


def mode_changes() -> st.SearchStrategy[tuple[ModeChange, ...]]:
    change = st.one_of(
        st.builds(ModeChange, st.sampled_from(ChannelFlag), st.booleans()),
        st.builds(ModeChange, st.sampled_from(ChannelRank), st.booleans(), NICK),
        st.builds(ModeChange, st.sampled_from(ChannelList), st.booleans(), WORD),
    )
    return st.lists(change, min_size=1, max_size=12).map(tuple)


TAGS = st.none() | st.dictionaries(st.sampled_from(["+typing", "+reply"]), TEXT, min_size=1)
RANK = st.sampled_from((Rank.NONE, *PREFIX_OF_RANK))
AUDIENCE = st.just("c1")
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "audience": AUDIENCE,
    "who": whos(),
    "target": whos(),
    "channel": CHANNEL,
    "channel_id": st.just("c1"),
    "channels": st.just(("c1",)),
    "nick": NICK,
    "username": st.text("abc", min_size=1, max_size=32),
    "host": HOST,
    "account": st.none() | NICK,
    "reason": TEXT,
    "realname": TEXT,
    "away": st.none() | TEXT,
    "created": st.booleans(),
    "added": st.lists(WORD, max_size=3).map(tuple),
    "removed": st.lists(WORD, max_size=3).map(tuple),
    "character": st.none() | NICK,
    "action": st.booleans(),
    "rank": RANK,
    "name": WORD,
    "to": CHANNEL,
    "refusals": st.just(()),
    "founder": NICK,
    "gone": st.booleans(),
    "members": st.just((1, 2)),
    "ranks": RANK,
    "setting": st.sampled_from((*AccountSetting, *RegistrationSetting)),
    "value": st.none() | TEXT,
    "account_id": st.none() | st.integers(1, 9),
    "standing": st.sampled_from(Standing),
    "email": st.none() | TEXT,
    "code": st.none() | st.builds(Code, WORD, st.integers(0, 2**41)),
    "fingerprint": WORD,
    "digest": WORD,
    "key": WORD,
    "used": st.builds(UsedKey, WORD, st.integers(0, 2**41), st.integers(0, 2**53)),
    "direction": st.sampled_from(Direction),
    "uses": st.integers(0, 9),
    "rejected": st.booleans(),
    "at": st.integers(0, 2**41),
    "hidden": st.just(()),
    "endpoint": WORD,
    "session": WORD,
    "device": WORD,
    "seen_at": st.none() | st.integers(0, 2**41),
    "always_on": st.booleans(),
    "settings": st.just(Settings()),
}


def events(kind: type) -> st.SearchStrategy[Any]:
    if kind is Posted:
        return st.builds(Posted, AUDIENCE, whos(), CHANNEL | NICK, TEXT, st.sampled_from(Kind), TAGS, RANK)
    if kind is PostedLines:
        kinds = st.sampled_from((Kind.MESSAGE, Kind.NOTICE))
        lines = st.lists(st.builds(Line, TEXT, st.booleans()), min_size=1, max_size=4).map(tuple)
        said = lines.filter(lambda several: any(line.text for line in several))
        return st.builds(PostedLines, AUDIENCE, whos(), CHANNEL | NICK, TEXT, kinds, TAGS, RANK, said)
    if kind is Relayed:
        return st.builds(
            Relayed, AUDIENCE, whos(), NICK.map("{}/d".format), st.just("c1"), CHANNEL, TEXT, TAGS
        )
    if kind is Redacted:
        return st.builds(Redacted, AUDIENCE, whos(), CHANNEL | NICK, WORD, TEXT)
    fields = dict(FIELDS, text=st.none() | TEXT if kind is AwayChanged else TEXT, changes=mode_changes())
    if kind in (CertificatesChanged, NicksChanged):
        fields["added"] = st.booleans()
    if kind is UserModesChanged:
        change = st.builds(UserModeChange, st.sampled_from(UserMode), st.booleans())
        fields["changes"] = st.lists(change, min_size=1).map(tuple)
    return st.builds(kind, **{field.name: fields[field.name] for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", EVENTS)
@given(data=st.data())
def test_any_event_is_well_formed_lines_for_any_capabilities(kind: type, data: st.DataObject) -> None:
    event = data.draw(events(kind))
    capabilities = data.draw(st.frozensets(st.sampled_from(sorted(CAPABILITIES))))
    text = renderer_for(SERVER, capabilities).render(STAMP, event)
    lines = text.split(b"\r\n")
    assert lines.pop() == b""
    for line in lines:
        assert not set(b"\r\n\0") & set(line)
        tags = b""
        if line.startswith(b"@"):
            tags, _, line = line.partition(b" ")
        keys = {tag.partition(b"=")[0].decode() for tag in tags[1:].split(b";") if tag}
        allowed = {"time"} if "server-time" in capabilities else set()
        allowed |= {"account"} if "account-tag" in capabilities else set()
        allowed |= {"msgid", "bot", "+typing", "+reply"} if "message-tags" in capabilities else set()
        allowed |= {"draft/oper"} if "draft/oper-tag" in capabilities else set()
        if not capabilities.isdisjoint({"message-tags", "draft/relaymsg"}):
            allowed |= {"draft/relaymsg"}
        allowed |= {"batch", MULTILINE_CONCAT} if capabilities >= {"batch", "draft/multiline"} else set()
        assert keys <= allowed
        assert line.startswith(b":")
        assert len(line) <= 510
        line.decode()


@given(
    whos(),
    CHANNEL,
    TEXT.filter(lambda text: not text.startswith("\x01")),
    st.sampled_from(["PRIVMSG", "NOTICE"]),
)
def test_whatever_is_said_arrives_whole(who: Who, target: str, text: str, verb: str) -> None:
    kind = {"PRIVMSG": Kind.MESSAGE, "NOTICE": Kind.NOTICE}[verb]
    event = Posted("c1", who, target, text, kind, None, Rank.NONE)
    lines = renderer_for(SERVER).render(STAMP, event).decode().split("\r\n")[:-1]
    head = f":{who.source} {verb} {target} :"
    assert all(line.startswith(head) for line in lines)
    assert "".join(line.removeprefix(head) for line in lines) == text


def test_names_without_a_limit_still_leave_room_for_words() -> None:
    who = person("n" * 600)
    event = Posted("c1", who, "#x", "word " * 80, Kind.MESSAGE, None, Rank.NONE)
    lines = renderer_for(SERVER).render(STAMP, event).decode().split("\r\n")[:-1]
    assert "".join(line.split(" :", 1)[1] for line in lines) == "word " * 80
