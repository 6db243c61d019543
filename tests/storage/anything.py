"""Anything that could be stored, for hypothesis, and a few things that are easy to read."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from chatdaemon.realm.accounts import (
    Access,
    Account,
    AccountSetting,
    ChannelRecord,
    Code,
    Credentials,
    Device,
    Invitation,
    Marker,
    MembershipRecord,
    Registration,
    RegistrationSetting,
    Standing,
    UserRecord,
)
from chatdaemon.realm.hooks import Hook, Webhook
from chatdaemon.realm.keys import KeyRecord, UsedKey
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank, UserMode
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.records import Kept
from chatdaemon.realm.tokens import Token
from chatdaemon.storage.changes import (
    Change,
    PutAccount,
    PutChannel,
    PutDevice,
    PutInvitation,
    PutKey,
    PutMarker,
    PutMembership,
    PutSubscription,
    PutToken,
    PutUser,
)
from chatdaemon.storage.engine import Written

T = TypeVar("T")

ALICE = Account(id=7, name="Alice", registered_at=1000, nicks=("al",), certificates=("ab" * 32,))
BOB = Account(id=9, name="bob", registered_at=2000)
HALL = ChannelRecord(
    id="000a",
    name="#hall",
    created_at=5,
    registration=Registration("Alice", 6, {"bob": Access("bob", Rank.OP | Rank.VOICE, "Alice", 8)}),
    topic="hello",
    flags=(ChannelFlag.TOPIC_PROTECTED,),
    lists={ChannelList.BAN: (ListEntry("*!*@bad", "Alice", 7, 9), ListEntry("x!*@*", "Alice", 8))},
)

# What a line of text can hold: neither a NUL nor half a surrogate pair comes past the protocols.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
maybe_texts = st.none() | texts
numbers = st.integers(0, 2**63 - 1)
words = st.text("abc/-.", min_size=1, max_size=9)
times = st.integers(0, 2**53)


def mappings(
    keys: st.SearchStrategy[T], values: st.SearchStrategy[str] = texts
) -> st.SearchStrategy[dict[T, str]]:
    return st.dictionaries(keys, values, max_size=3)


def several(each: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(each, max_size=3).map(tuple)


accounts = st.builds(
    Account,
    id=numbers,
    name=texts,
    registered_at=times,
    standing=st.sampled_from(Standing),
    credentials=st.builds(Credentials, maybe_texts, maybe_texts),
    certificates=several(texts),
    nicks=several(texts),
    email=maybe_texts,
    asked_email=maybe_texts,
    code=st.none() | st.builds(Code, texts, times),
    settings=mappings(st.sampled_from(AccountSetting)),
    metadata=mappings(texts),
    vhost=maybe_texts,
    asked_vhost=maybe_texts,
    last_seen_at=times,
    note=texts,
)
ranks = st.lists(st.sampled_from(list(Rank.__members__.values())), max_size=3).map(
    lambda several: Rank(sum({rank.value for rank in several}))
)
channels = st.builds(
    ChannelRecord,
    id=texts,
    name=texts,
    created_at=times,
    registration=st.none()
    | st.builds(
        Registration,
        founder=texts,
        at=times,
        access=st.dictionaries(texts, st.builds(Access, texts, ranks, texts, times), max_size=3),
        settings=mappings(st.sampled_from(RegistrationSetting)),
        hooks=several(
            st.builds(Hook, texts, texts, texts, times)
            | st.builds(Webhook, texts, texts, texts, st.lists(words, max_size=3).map(tuple), texts, times)
        ),
    ),
    topic=texts,
    topic_by=texts,
    topic_at=times,
    flags=several(st.sampled_from(ChannelFlag)),
    settings=mappings(st.sampled_from(ChannelSetting)),
    lists=st.dictionaries(
        st.sampled_from(ChannelList),
        st.lists(st.builds(ListEntry, texts, texts, times, times), min_size=1, max_size=3).map(tuple),
        max_size=3,
    ),
    metadata=mappings(texts),
)
invitations = st.builds(Invitation, code=texts, by=texts, uses=st.integers(0, 9), until=times)


def users(owners: st.SearchStrategy[int]) -> st.SearchStrategy[UserRecord]:
    return st.builds(
        UserRecord,
        id=numbers,
        account=owners,
        nick=texts,
        username=texts,
        realname=texts,
        host=texts,
        plain_host=texts,
        real_host=texts,
        connected_at=times,
        exempt=st.booleans(),
        away=maybe_texts,
        auto_away=st.booleans(),
        left_at=times,
        modes=several(st.sampled_from(UserMode)),
        accepted=several(texts),
        silences=several(texts),
    )


@st.composite
def anything_kept(draw: st.DrawFn) -> Kept:
    """In the order in which a database gives it back."""
    some = draw(st.lists(accounts, max_size=4, unique_by=lambda each: each.id))
    owners = st.sampled_from([each.id for each in some]) if some else st.nothing()
    markers = st.builds(Marker, account=owners, target=texts, at=times)
    subscriptions = st.builds(
        Subscription, owners, texts, texts, texts, st.lists(words, max_size=3).map(tuple), times
    )
    tokens = st.builds(
        Token, numbers, owners, st.just(""), texts, texts, st.lists(words, max_size=3).map(tuple),
        st.lists(words, max_size=3).map(tuple), times, st.none() | times, times,
    )  # fmt: skip
    residents = draw(st.lists(users(owners), max_size=3, unique_by=lambda each: each.id)) if some else []
    rooms = draw(st.lists(channels, max_size=3, unique_by=lambda each: each.id))
    memberships = []
    for user in residents:
        for room in draw(
            st.lists(st.sampled_from(rooms), unique_by=lambda each: each.id) if rooms else st.just([])
        ):
            memberships.append(MembershipRecord(user.id, room.id, draw(ranks), draw(times), draw(numbers)))
    devices = st.builds(Device, owners, texts, times)
    keys = st.builds(KeyRecord, owners, texts, st.builds(UsedKey, texts, times, st.integers(0, 2**53)))
    return Kept(
        index=draw(st.integers(1, 2**63 - 1)),
        accounts=tuple(sorted(some, key=lambda each: each.id)),
        channels=tuple(sorted(rooms, key=lambda each: each.id)),
        invitations=tuple(
            sorted(
                draw(st.lists(invitations, max_size=3, unique_by=lambda each: each.code)),
                key=lambda each: each.code,
            )
        ),
        markers=tuple(
            sorted(
                draw(st.lists(markers, max_size=3, unique_by=lambda each: (each.account, each.target))),
                key=lambda each: (each.account, each.target),
            )
            if some
            else ()
        ),
        subscriptions=tuple(
            sorted(
                draw(
                    st.lists(subscriptions, max_size=3, unique_by=lambda each: (each.account, each.endpoint))
                ),
                key=lambda each: (each.account, each.endpoint),
            )
            if some
            else ()
        ),
        tokens=tuple(
            sorted(
                draw(
                    st.lists(tokens, max_size=3, unique_by=(lambda each: each.id, lambda each: each.digest))
                ),
                key=lambda each: each.id,
            )
            if some
            else ()
        ),
        users=tuple(sorted(residents, key=lambda each: each.id)),
        memberships=tuple(sorted(memberships, key=lambda each: (each.user, each.channel))),
        keys=tuple(
            sorted(
                draw(st.lists(keys, max_size=3, unique_by=lambda each: (each.account, each.key))),
                key=lambda each: (each.account, each.key),
            )
            if some
            else ()
        ),
        devices=tuple(
            sorted(
                draw(st.lists(devices, max_size=3, unique_by=lambda each: (each.account, each.name))),
                key=lambda each: (each.account, each.name),
            )
            if some
            else ()
        ),
    )


def changes_for(kept: Kept) -> tuple[Change, ...]:
    """What puts it all into an empty database."""
    return (
        *map(PutAccount, kept.accounts),
        *map(PutChannel, kept.channels),
        *map(PutInvitation, kept.invitations),
        *map(PutMarker, kept.markers),
        *map(PutSubscription, kept.subscriptions),
        *map(PutToken, kept.tokens),
        *map(PutUser, kept.users),
        *map(PutMembership, kept.memberships),
        *map(PutDevice, kept.devices),
        *map(PutKey, kept.keys),
    )


def written(index: int, *changes: Change) -> Written:
    return Written(index, changes)


def names(kept: Kept) -> list[str]:
    """Of the accounts, in order."""
    return [account.name for account in kept.accounts]
