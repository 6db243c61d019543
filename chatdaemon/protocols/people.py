"""Searching for people, for all protocols alike (WHO)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from chatdaemon.realm import policy
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.state import Channel, Membership, State, User

# Users that a search by mask finds at most, so that "*" cannot fill a send queue.
MOST_MATCHES = 500

Place = tuple[Channel, Membership]


def matching(realm: State, viewer: User, mask: str, server: str) -> Iterator[tuple[User, Place | None]]:
    """Who fits the mask, each with the channel to be named: of a channel its members, else users. `server`
    is this server's name."""
    if mask.startswith(CHANTYPES):
        channel = realm.channel(mask)
        if channel is not None and policy.sees_channel(channel, viewer):
            for member, membership in channel.members.items():
                if policy.sees_member(channel, viewer, member):
                    yield member, (channel, membership)
        return
    user = realm.user(mask)
    if user is not None:
        # Whoever knows the nick may ask for it, as in WHOIS.
        yield user, common_place(viewer, user)
        return
    fits = _search("*" if mask == "0" else mask, viewer, realm.fold, server)
    found = (each for each in realm.users.values() if fits(each) and policy.sees_user(viewer, each))
    for each in islice(found, MOST_MATCHES):
        yield each, common_place(viewer, each)


def _search(mask: str, viewer: User, fold: Callable[[str], str], server: str) -> Callable[[User], bool]:
    """Whether a user fits: the whole of nick!user@host, or any of nick, username, host, realname, account and
    server. Only operators who may see it find people by the address behind another host."""
    if not mask.strip("*"):
        return lambda user: True
    fits = compile_glob(fold(mask))
    if fits(fold(server)):
        return lambda user: True
    addresses = viewer.may(Privilege.SEE_HIDDEN)
    if "!" in mask or "@" in mask:
        whole = compile_glob(fold(mask if "!" in mask else f"*!{mask}"))
        return lambda user: bool(whole(user.hostmask) or (addresses and whole(user.real_hostmask)))
    return lambda user: bool(
        fits(user.folded)
        or fits(fold(user.username))
        or fits(fold(user.host))
        or fits(fold(user.realname))
        or (user.folded_account is not None and fits(user.folded_account))
        or (addresses and fits(fold(user.real_host)))
    )


def common_place(viewer: User, user: User) -> Place | None:
    """A channel in which the viewer may know the user to be; one of the viewer's own if there is any."""
    elsewhere = None
    for place in user.channels.items():
        channel = place[0]
        if policy.sees_member(channel, viewer, user):
            if channel in viewer.channels:
                return place
            elsewhere = elsewhere or place
    return elsewhere
