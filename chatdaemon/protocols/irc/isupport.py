"""RPL_ISUPPORT (005): what this server supports, made from the settings so that it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.modes import PREFIX_OF_RANK, RANKS_HIGHEST_FIRST, chanmodes
from chatdaemon.realm.masks import EXTBAN_LETTERS, EXTBAN_PREFIX
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.requests import CLIENT_TAGS
from chatdaemon.realm.settings import UNLIMITED, Settings

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCSettings

# More tokens than this in one line are more than the parameters of a line.
TOKENS_A_LINE = 13
# Bytes for them in a line, behind the longest names of a server and of a reader and before the text. The
# configuration has nothing that would make one token longer.
ROOM = 340


def _limit(name: str, value: int) -> list[str]:
    return [f"{name}={value}"] if value < UNLIMITED else []


def tokens(irc: IRCSettings, realm: Settings) -> list[str]:
    """All tokens; those of a limit that is off are left out, or have no value where that means none."""
    most = irc.targets if irc.targets is not None else ""
    prefixes = "".join(PREFIX_OF_RANK.values())
    asked = "draft/chathistory" not in irc.withheld_capabilities
    channels = realm.channels_per_user if realm.channels_per_user < UNLIMITED else ""
    return [
        f"ACCEPT={realm.accept_entries if realm.accept_entries < UNLIMITED else ''}".rstrip("="),
        "ACCOUNTEXTBAN=account,a",
        *_limit("AWAYLEN", realm.away_length),
        "BOT=B",
        "CALLERID=g",
        f"CASEMAPPING={realm.casemapping}",
        f"CHANLIMIT={CHANTYPES}:{channels}",
        f"CHANMODES={chanmodes()}",
        *_limit("CHANNELLEN", realm.channel_length),
        f"CHANTYPES={CHANTYPES}",
        *([f"CHATHISTORY={irc.history_limit}"] if asked else []),
        f"CLIENTTAGDENY=*,{','.join(tag.replace('+', '-', 1) for tag in CLIENT_TAGS)}",
        "ELIST=CMNTU",
        "EXCEPTS=e",
        f"EXTBAN={EXTBAN_PREFIX},{EXTBAN_LETTERS}",
        "HOSTLEN=64",
        "INVEX=I",
        *_limit("KEYLEN", realm.key_length),
        *_limit("KICKLEN", realm.kick_length),
        "LINELEN=512",
        *([f"MAXLIST=beI:{realm.list_entries}"] if realm.list_entries < UNLIMITED else []),
        f"MODES={irc.modes_per_line if irc.modes_per_line is not None else ''}".rstrip("="),
        f"MONITOR={irc.monitor_entries if irc.monitor_entries is not None else ''}".rstrip("="),
        *(["MSGREFTYPES=msgid,timestamp"] if asked else []),
        *_limit("NAMELEN", realm.realname_length),
        f"NETWORK={irc.network}",
        *_limit("NICKLEN", realm.nick_length),
        f"PREFIX=({RANKS_HIGHEST_FIRST}){prefixes}",
        *(["RPCHAN=E"] if realm.roleplay else []),
        "SAFELIST",
        f"SILENCE={realm.silence_entries if realm.silence_entries < UNLIMITED else ''}".rstrip("="),
        f"STATUSMSG={prefixes}",
        f"TARGMAX=JOIN:,KICK:,LIST:,NAMES:,NOTICE:{most},PART:,PRIVMSG:{most},TAGMSG:{most},WHOIS:1",
        *_limit("TOPICLEN", realm.topic_length),
        *_limit("USERLEN", irc.username_length),
        "UTF8ONLY",
        *([f"VAPID={irc.vapid}"] if irc.vapid else []),
        "WHOX",
        *([f"draft/ICON={irc.icon_url}"] if irc.icon_url else []),
    ]


def lines(all_tokens: list[str]) -> list[list[str]]:
    """The tokens in as many groups as they need lines."""
    groups: list[list[str]] = []
    left = 0
    for token in all_tokens:
        size = len(token.encode()) + 1
        if size > left or len(groups[-1]) == TOKENS_A_LINE:
            groups.append([])
            left = ROOM
        groups[-1].append(token)
        left -= size
    return groups


def changes(before: list[str], now: list[str]) -> list[str]:
    """What to tell those who know the tokens `before`: the ones that are new or have another value, and
    with a minus the names of those that are gone."""
    names = {token.partition("=")[0] for token in now}
    gone = [name for name in (token.partition("=")[0] for token in before) if name not in names]
    return [token for token in now if token not in before] + [f"-{name}" for name in gone]
