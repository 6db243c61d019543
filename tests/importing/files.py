"""Files as Ergo and Anope write them, made by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import bcrypt

PRINT = "ab" * 32
OTHER_PRINT = "cd" * 32
NEWEST = "0 AP9VDdQKv3n1mI5ZYY3bVw"


def command(*parts: str) -> bytes:
    """One command of BuntDB's file."""
    words = [part.encode() for part in parts]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def database(keys: Mapping[str, str]) -> bytes:
    """A file that sets these keys."""
    return b"".join(command("set", key, value) for key, value in keys.items())


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


def ergo_hash(password: str) -> str:
    """As Ergo's passwd.GenerateFromPassword makes it, with the cost of its default configuration."""
    return bcrypt.hashpw(hashlib.sha3_512(password.encode()).digest(), bcrypt.gensalt(4, b"2a")).decode()


def scram(password: str, salt: bytes = b"sixteen bytes of", iterations: int = 4096) -> dict[str, Any]:
    """The keys of RFC 5802 section 3, as Ergo's JSON has them."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return {
        "Salt": encoded(salt),
        "Iters": iterations,
        "StoredKey": encoded(stored),
        "ServerKey": encoded(server),
    }


def credentials(password: str, *certificates: str) -> str:
    return json.dumps(
        {
            "Version": 1,
            "PassphraseHash": encoded(ergo_hash(password).encode()),
            "Certfps": list(certificates) or None,
            **scram(password),
        }
    )


def ergo_account(name: str, password: str = "sesame", *certificates: str, **more: str) -> dict[str, str]:
    """An account's keys; `more` by what comes behind "account." ("_" for "." in it)."""
    folded = name.lower()
    keys = {
        f"account.exists {folded}": "1",
        f"account.verified {folded}": "1",
        f"account.name {folded}": name,
        f"account.registered.time {folded}": "1600134392123456789",
        f"account.credentials {folded}": credentials(password, *certificates),
    }
    keys.update({f"account.creds.certfp {each}": folded for each in certificates})
    keys.update({f"account.{what.replace('_', '.')} {folded}": value for what, value in more.items()})
    return keys


ALICE = ergo_account(
    "Alice",
    "sesame",
    PRINT,
    settings=json.dumps(
        {
            "AutoreplayLines": None, "NickEnforcement": 2, "AllowBouncer": 0, "ReplayJoins": 0, "AlwaysOn": 4,
            "AutoreplayMissed": False, "DMHistory": 0, "AutoAway": 1, "Email": "alice@example.org",
        }
    ),
    additionalnicks="al,Alicia",
    vhost='{"ApprovedVHost":"staff/alice","Enabled":true}',
    lastseen='{"phone":"2023-05-01T10:00:00Z","":"2023-05-02T10:00:00.5Z"}',
    readmarkers='{"#Hall":"2023-05-03T10:00:00.123Z","bob":"2023-05-04T10:00:00Z"}',
)  # fmt: skip
BOB = ergo_account("bob", "open")

# As Ergo 2.19 has a channel: schema 23.
HALL = {
    "Name": "#Hall",
    "UUID": "qta40HS1Q0uhF-kQcfte5Q",
    "RegisteredAt": "2020-09-15T01:46:32.123456789Z",
    "Founder": "alice",
    "Topic": "hello there",
    "TopicSetBy": "bob",
    "TopicSetTime": "2020-10-01T00:00:00Z",
    "Modes": [ord(letter) for letter in "ntsCk"],
    "Key": "hunter2",
    "Forward": "#lobby",
    "UserLimit": 30,
    "AccountToUMode": {"alice": ord("q"), "bob": ord("h"), "gone": ord("o")},
    "Bans": {
        "m:spam!*@*": {
            "TimeCreated": "2022-02-02T00:00:00Z", "CreatorNickmask": "bob!~u@host", "CreatorAccount": "bob",
        },
        "*!*@bad.example": {
            "TimeCreated": "2021-01-01T00:00:00Z", "CreatorNickmask": "Alice!~u@host", "CreatorAccount": "alice",
        },
    },
    "Excepts": {},
    "Invites": None,
    "Settings": {"History": 0, "QueryCutoff": 0},
    "Metadata": {"url": "https://example.org/", "Bad Key": "x"},
}  # fmt: skip
ERGO_NEW = {NEWEST: "23", "db.version": "23", **ALICE, **BOB, "1 qta40HS1Q0uhF-kQcfte5Q": json.dumps(HALL)}

# As Ergo 2.10 and before had it: a key for each of a channel's properties.
ERGO_OLD = {
    "db.version": "22",
    **ALICE,
    **BOB,
    "channel.exists #hall": "1",
    "channel.name #hall": "#Hall",
    "channel.registered.time #hall": "1600134392123456789",
    "channel.founder #hall": "alice",
    "channel.topic #hall": "hello there",
    "channel.topic.setby #hall": "bob",
    "channel.topic.settime #hall": "1601510400000000000",
    "channel.modes #hall": "ntsCk",
    "channel.key #hall": "hunter2",
    "channel.forward #hall": "#lobby",
    "channel.userlimit #hall": "30",
    "channel.banlist #hall": json.dumps(HALL["Bans"]),
    "channel.exceptlist #hall": "{}",
    "channel.invitelist #hall": "null",
    "channel.accounttoumode #hall": '{"alice":113,"bob":104,"gone":111}',
    "channel.settings #hall": '{"History":0}',
    "account.channels alice": "#hall",
}


def anope(*objects: tuple[str, dict[str, str]]) -> bytes:
    """A flat file."""
    lines = []
    for sort, data in objects:
        lines.append(f"OBJECT {sort}")
        lines += [f"DATA {key} {value}" for key, value in data.items()]
        lines.append("END")
    return "".join(f"{line}\n" for line in lines).encode()


BCRYPT = "bcrypt:" + bcrypt.hashpw(b"sesame", bcrypt.gensalt(4, b"2a")).decode()
KEY = bytes(range(32))
HMAC = f"hmac-sha256:{hmac.digest(KEY, b'open', 'sha256').hex()}:{KEY.hex()}"

ANOPE_20 = [
    ("NickCore", {
        "display": "Alice", "uniqueid": "1001", "pass": BCRYPT, "email": "alice@example.org", "language": "",
        "access": "*@1.2.3.4 ", "memomax": "20", "cert": f"{PRINT} {'12' * 16} ", "extensible:KILLPROTECT": "1",
        "extensible:NS_PRIVATE": "1", "extensible:NS_SECURE": "1",
    }),
    ("NickCore", {"display": "bob", "uniqueid": "1002", "pass": HMAC, "email": "", "memomax": "20"}),
    ("NickAlias", {
        "nick": "Alice", "last_quit": "bye", "last_realname": "Alice", "last_usermask": "~a@1.2.3.4",
        "last_realhost": "~a@1.2.3.4", "time_registered": "1500000000", "last_seen": "1600000000", "nc": "Alice",
        "vhost_ident": "al", "vhost_host": "staff.example.org", "vhost_creator": "root", "vhost_time": "1",
    }),
    ("NickAlias", {"nick": "al", "time_registered": "1550000000", "last_seen": "1610000000", "nc": "Alice"}),
    ("NickAlias", {"nick": "bob", "time_registered": "1510000000", "last_seen": "0", "nc": "bob"}),
    ("ChannelInfo", {
        "name": "#Hall", "founder": "Alice", "successor": "bob", "description": "Where all meet",
        "time_registered": "1500000100", "last_used": "1", "last_topic": "hello there",
        "last_topic_setter": "bob", "last_topic_time": "1600000100", "bantype": "2",
        "levels": "AUTOOP 7 AUTOHALFOP 4 AUTOVOICE 3 AUTOPROTECT 10 AUTOOWNER 9999 ",
        "bi": "Robot", "banexpire": "0", "memomax": "20",
        "last_modes": "BAN,*!*@bad.example BAN,R:spammer KEY,hunter2 NOEXTERNAL NOKICK REGISTERED SECRET TOPIC",
        "extensible:KEEP_MODES": "1", "extensible:CS_PRIVATE": "1",
    }),
    ("ChanAccess", {
        "provider": "access/access", "ci": "#Hall", "mask": "bob", "creator": "Alice", "last_seen": "0",
        "created": "1500000200", "data": "5",
    }),
    ("ChanAccess", {
        "provider": "access/flags", "ci": "#Hall", "mask": "*!*@friend.example", "creator": "Alice",
        "created": "1500000200", "data": "Vv",
    }),
    ("AutoKick", {
        "ci": "#Hall", "mask": "*!*@rude.example", "reason": "rude", "creator": "Alice", "addtime": "1500000300",
    }),
    ("ModeLock", {
        "ci": "#Hall", "set": "1", "name": "MODERATED", "param": "", "setter": "Alice", "created": "1500000400",
    }),
    ("ModeLock", {
        "ci": "#Hall", "set": "0", "name": "SECRET", "param": "", "setter": "Alice", "created": "1500000400",
    }),
    ("EntryMsg", {"ci": "#Hall", "creator": "Alice", "message": "Welcome to the hall", "when": "1500000500"}),
    ("CSMiscData", {"ci": "#Hall", "name": "CSMiscData:URL", "data": "https://example.org/"}),
    ("BotInfo", {"nick": "Robot", "user": "bot", "host": "services", "realname": "Robot"}),
]  # fmt: skip

# What 2.1 writes otherwise: accounts by number, other names for times, and modes with who set them.
ANOPE_21 = [
    ("NickCore", {
        "display": "Alice", "uniqueid": "11", "pass": BCRYPT, "email": "alice@example.org",
        "registered": "1500000000", "cert": PRINT, "extensible:PROTECT": "1",
    }),
    ("NickCore", {"display": "bob", "uniqueid": "22", "pass": HMAC, "registered": "1510000000"}),
    ("NickAlias", {"nick": "Alice", "registered": "1500000000", "last_seen": "1600000000", "ncid": "11"}),
    ("NickAlias", {"nick": "al", "registered": "1550000000", "last_seen": "1610000000", "ncid": "11"}),
    ("NickAlias", {"nick": "bob", "registered": "1510000000", "ncid": "22"}),
    ("ChannelInfo", {
        "name": "#Hall", "founderid": "11", "successorid": "22", "registered": "1500000100",
        "last_topic": "hello there", "last_topic_setter": "bob", "last_topic_time": "1600000100",
        "last_modes": "+BAN,1590000000,Alice,*!*@bad.example +KEY,1590000000,Alice,hunter2 +NOEXTERNAL +TOPIC",
    }),
    ("ChanAccess", {
        "provider": "access/xop", "ci": "#Hall", "mask": "bob", "creator": "Alice", "created": "1500000200",
        "data": "SOP",
    }),
    ("AutoKick", {"ci": "#Hall", "ncid": "22", "reason": "rude", "creator": "Alice", "addtime": "1500000300"}),
]  # fmt: skip
