"""What of the found can be here, and what becomes of the rest."""

from __future__ import annotations

from chatdaemon.importing.fitting import Fitted, fit
from chatdaemon.importing.found import Found, FoundAccess, FoundAccount, FoundChannel
from chatdaemon.realm.accounts import (
    Access,
    Account,
    ChannelRecord,
    Credentials,
    Marker,
    Registration,
    RegistrationSetting,
    Standing,
)
from chatdaemon.realm.modes import ChannelList, ChannelSetting, ListEntry, Rank
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, load
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.changes import PutAccount, PutChannel, PutMarker
from tests.importing.files import OTHER_PRINT, PRINT

HERE = Account(1, "Alice", 5, nicks=("ali",), certificates=(PRINT,))
HALL = ChannelRecord("0001", "#Hall", 5, Registration("Alice", 5))


def fitted(found: Found, *, kept: Kept | None = None, settings: Settings | None = None) -> Fitted:
    state = Realm(settings)
    load(state, kept or Kept())
    return fit(state, found, 100)


def accounts(result: Fitted) -> list[Account]:
    return [each.account for each in result.changes if isinstance(each, PutAccount)]


def channels(result: Fitted) -> list[ChannelRecord]:
    return [each.channel for each in result.changes if isinstance(each, PutChannel)]


def registered(channel: ChannelRecord) -> Registration:
    assert channel.registration is not None
    return channel.registration


def one(account: FoundAccount) -> tuple[Account, list[str]]:
    result = fitted(Found([account]))
    (made,) = accounts(result)
    return made, result.problems


def test_each_gets_an_index_of_its_own() -> None:
    found = Found(
        [FoundAccount("alice"), FoundAccount("1bad"), FoundAccount("bob")], [FoundChannel("#x", "bob")]
    )
    result = fitted(found)
    assert [account.id for account in accounts(result)] == [101, 102]
    assert [channel.id for channel in channels(result)] == [f"{103:016x}"]
    assert (result.index, result.taken) == (103, {"accounts": (2, 3), "channels": (1, 1)})


def test_names_that_cannot_be_here_are_left_out_and_told() -> None:
    result = fitted(Found([FoundAccount("NickServ"), FoundAccount("a" * 31), FoundAccount("josé")]))
    assert result.changes == []
    assert result.problems == [
        "account NickServ: left out: this name belongs to a service",
        f"account {'a' * 31}: left out: a nickname can have 30 characters at most",
        "account josé: left out: a nickname can have letters, digits and [ ] \\ ` _ ^ { | } - only",
    ]


def test_names_of_any_script_can_be_here_where_that_is_configured() -> None:
    result = fitted(Found([FoundAccount("josé")]), settings=Settings(casemapping="rfc8265"))
    assert [account.name for account in accounts(result)] == ["josé"]


def test_names_that_are_the_same_here_are_one_account_s() -> None:
    found = Found([FoundAccount("bob[]"), FoundAccount("Bob{}")])
    result = fitted(found, settings=Settings(casemapping="rfc1459"))
    assert [account.name for account in accounts(result)] == ["bob[]"]
    assert len(accounts(fitted(found))) == 2


def test_what_is_here_is_kept() -> None:
    kept = Kept(1, (HERE,), (HALL,))
    found = Found(
        [
            FoundAccount("ALICE"),
            FoundAccount("Ali"),
            FoundAccount("bob", nicks=["alice"], certificates=[PRINT]),
        ],
        [FoundChannel("#HALL", "bob"), FoundChannel("#mine", "alice")],
    )
    result = fitted(found, kept=kept)
    assert [account.name for account in accounts(result)] == ["bob"]
    assert accounts(result)[0].nicks == ()
    assert accounts(result)[0].certificates == ()
    assert channels(result) == []
    here = "there is an account or a nickname of this name already; that one is kept"
    assert result.problems == [
        f"account ALICE: left out: {here}",
        f"account Ali: left out: {here}",
        f"account bob: its nickname alice is left out: {here}",
        "account bob: a certificate is left out: it logs in to another account already",
        "channel #HALL: left out: there is one already; that one is kept",
        # Who has registered the name here may be somebody else.
        "channel #mine: left out: its founder alice was not taken over, and nobody inherits it",
    ]


def test_access_is_given_to_nobody_who_was_here_before() -> None:
    found = Found(
        [FoundAccount("bob")],
        [FoundChannel("#x", "bob", access=[FoundAccess("alice", Rank.OP), FoundAccess("bob", Rank.FOUNDER)])],
    )
    result = fitted(found, kept=Kept(1, (HERE,)))
    assert registered(channels(result)[0]).access == {}
    assert result.problems == ["channel #x: the access of alice is left out: that account was not taken over"]


def test_a_channel_is_inherited_where_its_founder_cannot_be_here() -> None:
    access = [FoundAccess("bob", Rank.OP), FoundAccess("carl", Rank.ADMIN), FoundAccess("dora", Rank.VOICE)]
    people = [FoundAccount("bob"), FoundAccount("carl"), FoundAccount("dora")]
    result = fitted(Found(people, [FoundChannel("#x", "1bad", access=access)]))
    (channel,) = channels(result)
    assert registered(channel).founder == "carl"
    assert list(registered(channel).access) == ["bob", "dora"]
    result = fitted(Found(people, [FoundChannel("#x", "1bad", successor="Dora", access=access)]))
    assert registered(channels(result)[0]).founder == "dora"
    assert result.problems[-1] == "channel #x: it belongs to dora now: its founder 1bad was not taken over"


def test_nobody_inherits_who_only_had_a_voice() -> None:
    found = Found(
        [FoundAccount("bob")], [FoundChannel("#x", "1bad", access=[FoundAccess("bob", Rank.VOICE)])]
    )
    assert channels(fitted(found)) == []


def test_nicks_come_after_all_names() -> None:
    found = Found(
        [FoundAccount("alice", nicks=["BOB", "al", "AL", "alice", "1bad"]), FoundAccount("bob", nicks=["al"])]
    )
    result = fitted(found)
    assert [account.nicks for account in accounts(result)] == [("AL",), ()]
    assert [problem.partition(":")[2].split(" is left")[0] for problem in result.problems] == [
        " its nickname BOB",
        " its nickname 1bad",
        " its nickname al",
    ]


def test_access_by_a_nick_is_the_account_s() -> None:
    found = Found(
        [FoundAccount("alice"), FoundAccount("bob", nicks=["bobby"])],
        [
            FoundChannel(
                "#x",
                "ALICE",
                7,
                access=[FoundAccess("Bobby", Rank.VOICE), FoundAccess("bob", Rank.OP, "a b", 9)],
            )
        ],
    )
    (channel,) = channels(fitted(found))
    assert channel.registration == Registration(
        "alice", 7, {"bob": Access("bob", Rank.OP | Rank.VOICE, "alice", 9)}
    )


def test_a_password_that_can_be_checked_is_kept() -> None:
    account, problems = one(
        FoundAccount("bob", password="md5:9e107d9d372bb6826bd81d3542a419d6", scram="keys")
    )
    assert account.credentials == Credentials("md5:9e107d9d372bb6826bd81d3542a419d6", "keys")
    assert problems == []


def test_one_that_cannot_is_left_out_without_a_word_of_it() -> None:
    account, problems = one(FoundAccount("bob", password="posix:$6$salt$hash"))
    assert account.credentials == Credentials()
    assert problems == [
        (
            "account bob: it has no password: it was kept in a way (crypt, of the system's library) that is not"
            " known here; an operator gives it another (NickServ SAPASSWD bob ...)"
        )
    ]
    for secret in ("hunter2", "hunter2:x", "$1$hunter2", "$hunter2$x"):
        assert "hunter2" not in str(one(FoundAccount("bob", password=secret))[1])


def test_certificates_are_sha_256() -> None:
    colons = ":".join(OTHER_PRINT[at : at + 2] for at in range(0, 64, 2)).upper()
    account, problems = one(FoundAccount("bob", certificates=[PRINT, colons, PRINT, "ab" * 16, "zz" * 32]))
    assert account.certificates == (PRINT, OTHER_PRINT)
    assert problems == [
        "account bob: a certificate is left out: its fingerprint is no SHA-256 (NickServ CERT ADD)"
    ] * 2  # fmt: skip


def test_suspension_addresses_hosts_and_metadata_are_kept_where_they_can_be() -> None:
    account, problems = one(
        FoundAccount(
            "bob",
            registered_at=9,
            last_seen_at=3,
            suspended="spam\r\nand more",
            email="bob@example.org",
            vhost="staff/bob",
            asked_vhost="192.0.2.1",
            metadata={"url": "x", "URL": "y", "bio": "a\nb"},
        )
    )
    assert (account.standing, account.note) == (Standing.SUSPENDED, "spam and more")
    assert (account.email, account.vhost, account.asked_vhost) == ("bob@example.org", "staff/bob", None)
    assert (account.metadata, account.last_seen_at) == ({"url": "x"}, 9)
    assert problems == [
        "account bob: the metadata URL is left out: a key can have small letters, digits and _ . / - only",
        "account bob: the metadata bio is left out: a value has to be one line of text",
        "account bob: the virtual host 192.0.2.1 is left out: a host cannot look like an address",
    ]
    account, problems = one(FoundAccount("bob", email="bob at home"))
    assert account.email is None
    assert problems == ["account bob: its e-mail address is left out: mail cannot be sent to it"]


def test_read_markers_are_by_names_as_they_are_folded_here() -> None:
    result = fitted(Found([FoundAccount("bob", markers={"#Hall": 5, "#hall": 7, "carl": 0, "a\nb": 3})]))
    assert [each.marker for each in result.changes if isinstance(each, PutMarker)] == [
        Marker(101, "#hall", 7)
    ]


def channel(**more: object) -> tuple[ChannelRecord, list[str]]:
    found = FoundChannel("#x", "bob", 7)
    for name, value in more.items():
        setattr(found, name, value)
    result = fitted(Found([FoundAccount("bob")], [found]))
    (made,) = channels(result)
    return made, result.problems


def test_a_topic_fits_a_line() -> None:
    record, problems = channel(topic="é" * 300, topic_by="Bob the great", topic_at=9)
    assert (len(record.topic.encode()), record.topic_by, record.topic_at) == (390, "bob", 9)
    assert problems == ["channel #x: its topic is cut: topics have 390 bytes at most here"]
    record, problems = channel(topic="\x02bold\x02\nand more", topic_by="bob!b@host")
    assert (record.topic, record.topic_by, problems) == ("\x02bold\x02 and more", "bob!b@host", [])
    record, _ = channel(topic_by="bob", topic_at=9)
    assert (record.topic_by, record.topic_at) == ("", 0)


def test_modes_have_values_that_can_be_set_here() -> None:
    key, limit, forward = ChannelSetting.KEY, ChannelSetting.LIMIT, ChannelSetting.FORWARD
    good = {key: "hunter2", limit: "10", forward: "#more"}
    record, problems = channel(settings=good)
    assert (record.settings, problems) == (good, [])
    record, problems = channel(settings={key: "a,b", limit: "many", forward: "more"})
    assert record.settings == {}
    assert problems == [
        "channel #x: its key is left out: it is no key here",
        "channel #x: its limit is left out: it is no number of members",
        "channel #x: its forward is left out: more is no channel's name here",
    ]


def test_masks_are_as_they_are_written_here() -> None:
    lists = {
        ChannelList.BAN: [
            ListEntry("bad", "bob!b@h", 9), ListEntry("bad!*@*", "carl", 8), ListEntry("~x:y", "bob", 9),
            ListEntry("~t:5:bad2", "bob", 9), ListEntry("~m:loud", "a b", 0),
        ],
        ChannelList.BAN_EXCEPTION: [ListEntry("~f:#x", "bob", 9)],
    }  # fmt: skip
    record, problems = channel(lists=lists)
    assert record.lists == {
        ChannelList.BAN: (ListEntry("bad!*@*", "bob!b@h", 9), ListEntry("~m:loud!*@*", "bob", 7))
    }
    assert problems == [
        "channel #x: the mask ~x:y is left out: there is no such extended ban",
        "channel #x: the mask ~t:5:bad2 is left out: it was good for a time only",
        "channel #x: the mask ~f:#x is left out: there is no such extended ban",
    ]


def test_settings_of_registered_channels_are_lines() -> None:
    record, _ = channel(
        registration={RegistrationSetting.DESCRIPTION: "x" * 400, RegistrationSetting.URL: " \n "},
        metadata={"url": "x"},
    )
    assert registered(record).settings == {RegistrationSetting.DESCRIPTION: "x" * 300}
    assert record.metadata == {"url": "x"}


def test_names_of_channels_are_those_that_can_be_here() -> None:
    result = fitted(Found([FoundAccount("bob")], [FoundChannel("&local", "bob"), FoundChannel("#a*", "bob")]))
    assert channels(result) == []
    assert [problem.split(": left out: ")[0] for problem in result.problems] == [
        "channel &local",
        "channel #a*",
    ]
