"""What `ergo importdb` reads: accounts and channels as one JSON object, which scripts make of the databases
of Atheme and Anope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from chatdaemon.importing import gojson
from chatdaemon.importing.ergo import add_modes
from chatdaemon.importing.found import (
    Found,
    FoundAccess,
    FoundAccount,
    FoundChannel,
    NotImportable,
    milliseconds,
)
from chatdaemon.importing.modes import ERGO_RANKS

_VERSION: Final = 1
_SOURCES: Final = ("atheme", "anope")


def read(data: bytes) -> Found:
    """What it holds. Raises NotImportable when it is something else."""
    record = gojson.read(data)
    if record is None:
        raise NotImportable("it is no JSON that can be read")
    if (
        not isinstance(record, dict)
        or record.get("version") != _VERSION
        or record.get("source") not in _SOURCES
    ):
        raise NotImportable(
            'it is not what `ergo importdb` reads: "version": 1, and "source": "atheme" or "anope"'
        )
    found = Found()
    for name, user in _objects(record, "users"):
        _account(found, str(user.get("name") or name), _without_case(user))
    for name, channel in _objects(record, "channels"):
        _channel(found, str(channel.get("name") or name), _without_case(channel))
    return found


def _objects(record: Mapping[str, Any], which: str) -> Iterator[tuple[str, dict[str, Any]]]:
    objects = record.get(which)
    for name, value in (objects if isinstance(objects, dict) else {}).items():
        if isinstance(value, dict):
            yield name, value


def _without_case(record: Mapping[str, Any]) -> dict[str, Any]:
    # Go takes keys in any case, and the scripts rely on it.
    return {key.lower(): value for key, value in record.items()}


def _account(found: Found, name: str, user: Mapping[str, Any]) -> None:
    found.accounts.append(
        FoundAccount(
            name,
            registered_at=_time(user.get("registeredat")),
            password=str(user.get("hash") or "") or None,
            certificates=_texts(user.get("certfps")),
            nicks=_texts(user.get("additionalnicks")),
            email=str(user.get("email") or ""),
            vhost=str(user.get("vhost") or ""),
        )
    )


def _channel(found: Found, name: str, record: Mapping[str, Any]) -> None:
    channel = FoundChannel(
        name,
        founder=str(record.get("founder") or ""),
        successor=str(record.get("successor") or ""),
        registered_at=_time(record.get("registeredat")),
        topic=str(record.get("topic") or ""),
        topic_by=str(record.get("topicsetby") or ""),
        topic_at=_time(record.get("topicsetat")),
    )
    modes, key, limit, forward = (
        str(record.get(each) or "") for each in ("modes", "key", "limit", "forward")
    )
    add_modes(found, channel, modes, key, limit, forward)
    access = record.get("amode")
    for account, mode in (access if isinstance(access, dict) else {}).items():
        ranks = ERGO_RANKS.get(str(mode))
        if ranks is not None:
            channel.access.append(FoundAccess(account, ranks, at=channel.registered_at))
    found.channels.append(channel)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _time(value: Any) -> int:
    return milliseconds(value) if isinstance(value, int) and 0 < value < 2**63 else 0
