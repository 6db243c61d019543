"""Accounts, invitations and the registrations of channels as plain builtins, and back: part of a snapshot."""

from __future__ import annotations

from typing import Any

from chatdaemon.realm.accounts import (
    Access,
    Account,
    AccountSetting,
    Code,
    Credentials,
    Invitation,
    Registration,
    RegistrationSetting,
    Standing,
)
from chatdaemon.realm.hooks import AnyHook, Direction, Hook, Webhook
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.tokens import Token

Plain = dict[str, Any]


def plain_account(account: Account) -> Plain:
    code = account.code
    return {
        "id": account.id,
        "name": account.name,
        "registered_at": account.registered_at,
        "standing": account.standing.value,
        "password": account.credentials.password,
        "scram": account.credentials.scram,
        "certificates": list(account.certificates),
        "nicks": list(account.nicks),
        "email": account.email,
        "asked_email": account.asked_email,
        "code": [code.text, code.until] if code is not None else None,
        "settings": {setting.value: value for setting, value in account.settings.items()},
        "metadata": dict(account.metadata),
        "vhost": account.vhost,
        "asked_vhost": account.asked_vhost,
        "last_seen_at": account.last_seen_at,
        "note": account.note,
    }


def restored_account(data: Plain) -> Account:
    return Account(
        id=data["id"],
        name=data["name"],
        registered_at=data["registered_at"],
        standing=Standing(data["standing"]),
        credentials=Credentials(data["password"], data["scram"]),
        certificates=tuple(data["certificates"]),
        nicks=tuple(data["nicks"]),
        email=data["email"],
        asked_email=data["asked_email"],
        code=Code(*data["code"]) if data["code"] is not None else None,
        settings={AccountSetting(setting): value for setting, value in data["settings"].items()},
        metadata=dict(data["metadata"]),
        vhost=data["vhost"],
        asked_vhost=data["asked_vhost"],
        last_seen_at=data["last_seen_at"],
        note=data["note"],
    )


def plain_invitation(invitation: Invitation) -> list[Any]:
    return [invitation.code, invitation.by, invitation.uses, invitation.until]


def restored_invitation(data: list[Any]) -> Invitation:
    return Invitation(*data)


def plain_subscription(subscription: Subscription) -> list[Any]:
    return [
        subscription.account,
        subscription.endpoint,
        subscription.public_key,
        subscription.secret,
        list(subscription.capabilities),
        subscription.at,
    ]


def restored_subscription(data: list[Any]) -> Subscription:
    account, endpoint, public_key, secret, capabilities, at = data
    return Subscription(account, endpoint, public_key, secret, tuple(capabilities), at)


def plain_token(token: Token) -> list[Any]:
    return [
        token.id,
        token.account_id,
        token.account,
        token.name,
        token.digest,
        list(token.verbs),
        list(token.channels),
        token.created_at,
        token.expires_at,
        token.used_at,
    ]


def restored_token(data: list[Any]) -> Token:
    id, account_id, account, name, digest, verbs, channels, *times = data
    return Token(id, account_id, account, name, digest, tuple(verbs), tuple(channels), *times)


def plain_registration(registration: Registration | None) -> Plain | None:
    if registration is None:
        return None
    return {
        "founder": registration.founder,
        "at": registration.at,
        "access": {
            folded: [access.account, access.ranks.value, access.by, access.at]
            for folded, access in registration.access.items()
        },
        "settings": {setting.value: value for setting, value in registration.settings.items()},
        "hooks": [_plain_hook(hook) for hook in registration.hooks],
    }


def restored_registration(data: Plain | None) -> Registration | None:
    if data is None:
        return None
    return Registration(
        founder=data["founder"],
        at=data["at"],
        access={
            folded: Access(account, Rank(ranks), by, at)
            for folded, (account, ranks, by, at) in data["access"].items()
        },
        settings={RegistrationSetting(setting): value for setting, value in data["settings"].items()},
        hooks=tuple(map(_restored_hook, data["hooks"])),
    )


def _plain_hook(hook: AnyHook) -> list[Any]:
    if isinstance(hook, Hook):
        return [hook.direction.value, hook.name, hook.digest, hook.by, hook.at]
    return [hook.direction.value, hook.name, hook.url, hook.secret, list(hook.events), hook.by, hook.at]


def _restored_hook(data: list[Any]) -> AnyHook:
    direction, *rest = data
    if direction == Direction.IN:
        return Hook(*rest)
    name, url, secret, events, by, at = rest
    return Webhook(name, url, secret, tuple(events), by, at)
