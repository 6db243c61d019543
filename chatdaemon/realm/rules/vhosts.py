"""Virtual hosts: asked for by people, given to accounts by operators."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, HostChanged, VirtualHostAsked, VirtualHostSet
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.names import vhost_fault
from chatdaemon.realm.records import keep
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import AskVirtualHost, SetVirtualHost
from chatdaemon.realm.rules.acting import known_account, own_account, privileged, told
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies


def show_host(state: State, user: User, host: str | None) -> tuple[Event, ...]:
    """Show the user by a virtual host, or by its ordinary one (None); says so where that is a change."""
    host = host or user.plain_host
    if host == user.host:
        return ()
    before = user.who
    user.host = host
    user.refresh(state.fold)
    return (HostChanged(policy.neighbours(user), before, user.username, host),)


def _check_host(host: str) -> None:
    fault = vhost_fault(host)
    if fault:
        raise Refusal(Reason.BAD_HOST, host, fault)


@applies(AskVirtualHost)
def ask_virtual_host(state: State, entry: Entry, request: AskVirtualHost) -> tuple[Event, ...]:
    user, account = own_account(state, entry)
    if request.host is not None:
        _check_host(request.host)
    elif account.asked_vhost is None:
        raise Refusal(Reason.NO_HOST_ASKED, account.name)
    keep(state, replace(account, asked_vhost=request.host))
    asked = VirtualHostAsked((user.id,), user.who, account.name, request.host)
    if request.host is None:
        return (asked,)
    return (asked, notice(state, f"{account.name} asks for the virtual host {request.host}"))


@applies(SetVirtualHost)
def set_virtual_host(state: State, entry: Entry, request: SetVirtualHost) -> tuple[Event, ...]:
    by = privileged(state, entry, Privilege.VHOSTS)
    account = known_account(state, request.account)
    if request.rejected:
        if account.asked_vhost is None:
            raise Refusal(Reason.NO_HOST_ASKED, account.name)
        new = replace(account, asked_vhost=None)
    elif request.host is not None:
        _check_host(request.host)
        new = replace(account, vhost=request.host, asked_vhost=None)
    else:
        new = replace(account, vhost=None)
    keep(state, new)
    users = tuple(state.logged_in.get(state.fold(account.name), ()))
    audience, who = told(by)
    audience += tuple(user.id for user in users if user is not by)
    events: tuple[Event, ...] = (VirtualHostSet(audience, who, account.name, new.vhost, request.rejected),)
    for user in users:
        events += show_host(state, user, new.vhost)
    return events
