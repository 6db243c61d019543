"""Clients and devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.owners import account_in_hand, own_account
from chatdaemon.protocols.api.table import Result, performs, user_of
from chatdaemon.realm import events, requests
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class ClientObject(TypedDict):
    """A client, and since when it is there. `this`: the one that asks."""

    nick: str
    session: str
    device: NotRequired[str]
    host: str
    secure: bool
    since: str
    this: NotRequired[bool]


class Absent(TypedDict):
    """Somebody who is there without a client, and since when."""

    nick: str
    since: str


class ClientList(TypedDict):
    """The clients of an account, and its users who have none."""

    account: str
    clients: list[ClientObject]
    absent: list[Absent]


class DeviceObject(TypedDict):
    """A device, `""` for clients without a name, and up to when it has been told what there was."""

    device: str
    seen: str


class DeviceList(TypedDict):
    """The devices of an account."""

    account: str
    devices: list[DeviceObject]


@performs(ops.Clients, ClientList)
def clients(session: APISession, op: ops.Clients) -> Result:
    realm = session.realm
    account = account_in_hand(realm, user_of(session), op.account)
    found: list[Object] = []
    absent: list[Object] = []
    for user in realm.logged_in.get(realm.fold(account.name), {}):
        if not user.sessions:
            absent.append({"nick": user.nick, "since": iso(user.left_at)})
        for name, client in user.sessions.items():
            row: Object = {
                "nick": user.nick,
                "session": name,
                "host": client.real_host,
                "secure": client.secure,
                "since": iso(client.attached_at),
            }
            if client.device:
                row["device"] = client.device
            if name == session.id:
                row["this"] = True
            found.append(row)
    return {"account": account.name, "clients": found, "absent": absent}


@performs(ops.Devices, DeviceList)
def devices(session: APISession, op: ops.Devices) -> Result:
    account = own_account(session.realm, user_of(session))
    known = session.realm.devices.get(account.id, {})
    return {
        "account": account.name,
        "devices": [{"device": name, "seen": iso(at)} for name, at in known.items()],
    }


@performs(ops.DeviceForget, events.DeviceForgotten)
def device_forget(session: APISession, op: ops.DeviceForget) -> Result:
    return requests.ForgetDevice(op.device.lower())
