"""Names: how they compare (the casemapping), and which are allowed.

Nothing here depends on Python's Unicode tables, which change between versions while a log is replayed: only
ASCII letters have a case, and only ASCII characters are allowed in nicknames, channel names and usernames.
Names in any script are a choice of the configuration; they are in `precis.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chatdaemon.realm import precis

Fold = Callable[[str], str]
"""Makes equal what the server takes for the same name. Idempotent."""

Fault = Callable[[str, int], str | None]
"""What is wrong with a name, given the longest length that one may have; None: nothing."""

CHANTYPES: Final = "#"

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
_LOWERED: Final = str.maketrans(_UPPER, _LOWER)


def fold(name: str) -> str:
    """CASEMAPPING=ascii, the default: A-Z are a-z, everything else is itself (so no KELVIN SIGN is a k)."""
    if name.isascii():
        return name.lower()
    return name.translate(_LOWERED)


def fold_rfc1459(name: str) -> str:
    """CASEMAPPING=rfc1459: as `fold`, and [ ] \\ ~ are the upper case of { } | ^."""
    return fold_strict_rfc1459(name).replace("~", "^")


def fold_strict_rfc1459(name: str) -> str:
    """CASEMAPPING=strict-rfc1459: as `fold`, and [ ] \\ are the upper case of { } |."""
    return fold(name).replace("[", "{").replace("]", "}").replace("\\", "|")


_NICK: Final = _UPPER + _LOWER + _DIGITS + "[]\\`_^{|}-"
_NICK_START: Final = frozenset(_UPPER + _LOWER + "[]\\`_^{|}")
_CHANNEL: Final = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in ",:*?")
_USERNAME: Final = frozenset(_UPPER + _LOWER + _DIGITS + "-._+")


def nick_fault(nick: str, max_length: int) -> str | None:
    """What is wrong with `nick` (RFC 2812 section 2.3.1), or None. Lengths are in characters."""
    if not nick:
        return "A nickname cannot be empty"
    if len(nick) > max_length:
        return f"A nickname can have {max_length} characters at most"
    if nick[0] not in _NICK_START:
        return "A nickname must begin with a letter or one of [ ] \\ ` _ ^ { | }"
    # strip() stops at the first character that is not in the set, so something is left of every bad name.
    if nick.strip(_NICK):
        return "A nickname can have letters, digits and [ ] \\ ` _ ^ { | } - only"
    return None


def channel_fault(name: str, max_length: int) -> str | None:
    """What is wrong with `name` as a channel's name, or None. The "#" counts in the length.

    Wildcards are refused beside the comma and the colon: in LIST a name with them would read as a mask.
    """
    if name[:1] != CHANTYPES:
        return "A channel's name must begin with #"
    if len(name) == 1:
        return "A channel's name cannot be empty"
    if len(name) > max_length:
        return f"A channel's name can have {max_length} characters at most"
    if name.strip(_CHANNEL):
        return "A channel's name can have printable ASCII characters only, and none of , : * ?"
    return None


@dataclass(frozen=True, slots=True)
class Naming:
    """What a casemapping decides: how names compare, and which nicks and channel names there can be."""

    fold: Fold
    nick_fault: Fault = nick_fault
    channel_fault: Fault = channel_fault


CASEMAPPINGS: Final[Mapping[str, Naming]] = MappingProxyType(
    {
        "ascii": Naming(fold),
        "rfc1459": Naming(fold_rfc1459),
        "strict-rfc1459": Naming(fold_strict_rfc1459),
        "rfc8265": Naming(precis.fold, precis.nick_fault, precis.channel_fault),
    }
)
"""By the value of ISUPPORT's CASEMAPPING."""


def clean_username(text: str, max_length: int) -> str:
    """A username made of what USER gave: letters, digits and - . _ + are kept, `max_length` of them at most.

    "user" where nothing is left. A "~" is never kept: whether to put one in front is the caller's to say.
    """
    return ("".join([c for c in text if c in _USERNAME]) or "user")[:max_length]


_HOST: Final = _UPPER + _LOWER + _DIGITS + ".:/_-"
LONGEST_VHOST: Final = 63


def vhost_fault(host: str) -> str | None:
    """What is wrong with `host` as a virtual host, or None.

    It is made of what hostnames are, and of "/" and "_" as is the custom; with a dot or a slash it cannot be
    taken for a nick. Nothing that reads as an address: people are looked for by those.
    """
    if len(host) > LONGEST_VHOST:
        return f"A host can have {LONGEST_VHOST} characters at most"
    if host.strip(_HOST):
        return "A host can have letters, digits and . : / _ - only"
    if "." not in host and "/" not in host:
        return "A host must have a dot or a slash"
    if not (host[0].isalnum() and host[-1].isalnum()):
        return "A host must begin and end with a letter or a digit"
    if not host.strip(_DIGITS + "./") or (":" in host and not host.strip(_DIGITS + "abcdefABCDEF:./")):
        return "A host cannot look like an address"
    return None


# C0 and C1 controls and DEL, the line and paragraph separators, and what turns the direction of the text
# around it: each could make a realname look like something else where it is shown.
_UNSEEN: Final = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def realname_fault(text: str, max_size: int) -> str | None:
    """What is wrong with `text` as a realname, or None. `max_size` is in bytes of UTF-8."""
    if not text.strip(" "):
        return "A realname cannot be empty"
    if text.translate(_UNSEEN) != text:
        return "A realname cannot have control characters"
    if len(text) > max_size or len(text.encode()) > max_size:
        return f"A realname can have {max_size} bytes at most"
    return None


def clean_realname(text: str, max_size: int) -> str:
    """A realname made of what USER gave, with nothing that `realname_fault` would find; "user" where nothing
    is left. USER has no answer for a bad realname, so a client is not kept out for one."""
    kept = text.translate(_UNSEEN).strip(" ").encode()[:max_size].decode(errors="ignore")
    return kept.strip(" ") or "user"
