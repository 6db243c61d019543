"""The numerics: one line each, with its parameters by name.

A name with a colon is text for people and always gets one on the wire; `text` is the fixed end of those that
have one; the last name with "..." stands for any number of words. Sending one with a parameter missing
is an error here, not a puzzle for a client. Numbers and texts after modern.ircdocs.horse; where it is silent
RFC 2812 and what common servers send.
"""

from __future__ import annotations

from chatdaemon.wire.ircmsg import MAX_LINE
from chatdaemon.wire.text import cut


class Numeric:
    """One numeric reply: its three digits, the names of its parameters, and its fixed text if any."""

    __slots__ = ("_colon", "_open", "code", "names", "text")

    def __init__(self, code: str, *names: str, text: str | None = None) -> None:
        self.code = code
        self.names = names
        self.text = text
        self._open = bool(names) and names[-1].endswith("...")
        self._colon = bool(names) and names[-1].startswith(":")

    def line(self, server: str, nick: str, params: tuple[str, ...]) -> str:
        """The line without tags and line end, short enough for one. Raises ValueError when parameters are
        missing or too many."""
        if len(params) != len(self.names) and not (self._open and len(params) >= len(self.names) - 1):
            raise ValueError(f"numeric {self.code} takes {self.names}, not {len(params)} parameters")
        words = [f":{server}", self.code, nick, *params]
        if self.text is not None:
            words.append(f":{self.text}")
        elif self._colon:
            words[-1] = f":{params[-1]}"
        line = " ".join(words)
        # No character has more than four bytes: most lines need not be counted.
        while len(line) * 4 > MAX_LINE and (over := len(line.encode()) - (MAX_LINE - 2)) > 0:
            # The longest gives way: as a rule what a client made up, so that the text behind it stays.
            longest = max(range(3, len(words)), key=lambda number: len(words[number].encode()))
            size = len(words[longest].encode())
            words[longest] = cut(words[longest], max(size - over, size // 2))
            line = " ".join(words)
        return line


RPL_WELCOME = Numeric("001", ":welcome")
RPL_YOURHOST = Numeric("002", ":host")
RPL_CREATED = Numeric("003", ":created")
RPL_MYINFO = Numeric("004", "server", "version", "user modes", "channel modes", "modes with parameter")
RPL_ISUPPORT = Numeric("005", "tokens...", text="are supported by this server")
RPL_STATSLINKINFO = Numeric(
    "211", "link", "send queue", "lines out", "KiB out", "lines in", "KiB in", "seconds"
)
RPL_STATSCOMMANDS = Numeric("212", "command", "count")
RPL_ENDOFSTATS = Numeric("219", "letter", text="End of /STATS report")

RPL_UMODEIS = Numeric("221", "modes")
RPL_STATSUPTIME = Numeric("242", ":uptime")
RPL_STATSOLINE = Numeric("243", "O", "mask", "*", "name")
RPL_LUSERCLIENT = Numeric("251", ":counts")
RPL_LUSEROP = Numeric("252", "operators", text="operator(s) online")
RPL_LUSERUNKNOWN = Numeric("253", "connections", text="unknown connection(s)")
RPL_LUSERCHANNELS = Numeric("254", "channels", text="channels formed")
RPL_LUSERME = Numeric("255", ":counts")
RPL_ADMINME = Numeric("256", "server", text="Administrative info")
RPL_ADMINLOC1 = Numeric("257", ":location")
RPL_ADMINLOC2 = Numeric("258", ":name")
RPL_ADMINEMAIL = Numeric("259", ":email")
RPL_LOCALUSERS = Numeric("265", "users", "most", ":counts")
RPL_GLOBALUSERS = Numeric("266", "users", "most", ":counts")
RPL_SILELIST = Numeric("271", "nick", "mask")
RPL_ENDOFSILELIST = Numeric("272", "nick", text="End of silence list")
RPL_WHOISCERTFP = Numeric("276", "nick", ":text")
RPL_ACCEPTLIST = Numeric("281", "nick")
RPL_ENDOFACCEPT = Numeric("282", text="End of /ACCEPT list.")

RPL_AWAY = Numeric("301", "nick", ":text")
RPL_USERHOST = Numeric("302", ":users")
RPL_ISON = Numeric("303", ":nicks")
RPL_WHOISREGNICK = Numeric("307", "nick", text="has logged in to the account of this nick")
RPL_UNAWAY = Numeric("305", text="You are no longer marked as being away")
RPL_NOWAWAY = Numeric("306", text="You have been marked as being away")
RPL_WHOISSPECIAL = Numeric("320", "nick", ":text")
RPL_LISTSTART = Numeric("321", "heading", text="Users  Name")
RPL_LIST = Numeric("322", "channel", "members", ":topic")
RPL_LISTEND = Numeric("323", text="End of /LIST")
RPL_CHANNELMODEIS = Numeric("324", "channel", "modes...")
RPL_CHANNEL_URL = Numeric("328", "channel", ":url")
RPL_CREATIONTIME = Numeric("329", "channel", "time")
RPL_WHOISUSER = Numeric("311", "nick", "username", "host", "*", ":realname")
RPL_WHOISSERVER = Numeric("312", "nick", "server", ":about")
RPL_WHOISOPERATOR = Numeric("313", "nick", text="is an IRC operator")
RPL_WHOWASUSER = Numeric("314", "nick", "username", "host", "*", ":realname")
RPL_ENDOFWHO = Numeric("315", "mask", text="End of WHO list")
RPL_WHOISIDLE = Numeric("317", "nick", "idle", "signon", text="seconds idle, signon time")
RPL_ENDOFWHOIS = Numeric("318", "nick", text="End of /WHOIS list")
RPL_WHOISCHANNELS = Numeric("319", "nick", ":channels")
RPL_WHOISACCOUNT = Numeric("330", "nick", "account", ":text")
RPL_NOTOPIC = Numeric("331", "channel", text="No topic is set")
RPL_TOPIC = Numeric("332", "channel", ":topic")
RPL_TOPICWHOTIME = Numeric("333", "channel", "who", "time")
RPL_INVITELIST = Numeric("336", "channel")
RPL_ENDOFINVITELIST = Numeric("337", text="End of /INVITE list")
RPL_WHOISBOT = Numeric("335", "nick", ":text")
RPL_WHOISACTUALLY = Numeric("338", "nick", "user@host", "address", text="Is actually using host")
RPL_INVITING = Numeric("341", "nick", "channel")
RPL_INVEXLIST = Numeric("346", "channel", "mask", "who", "time")
RPL_ENDOFINVEXLIST = Numeric("347", "channel", text="End of channel invite exception list")
RPL_EXCEPTLIST = Numeric("348", "channel", "mask", "who", "time")
RPL_ENDOFEXCEPTLIST = Numeric("349", "channel", text="End of channel exception list")
RPL_VERSION = Numeric("351", "version", "server", ":comments")
RPL_WHOREPLY = Numeric("352", "channel", "username", "host", "server", "nick", "flags", ":hops realname")
RPL_NAMREPLY = Numeric("353", "symbol", "channel", ":names")
RPL_WHOSPCRPL = Numeric("354", "fields...")
RPL_LINKS = Numeric("364", "*", "server", ":hops about")
RPL_ENDOFLINKS = Numeric("365", "*", text="End of /LINKS list")
RPL_ENDOFNAMES = Numeric("366", "channel", text="End of /NAMES list")
RPL_BANLIST = Numeric("367", "channel", "mask", "who", "time")
RPL_ENDOFBANLIST = Numeric("368", "channel", text="End of channel ban list")
RPL_ENDOFWHOWAS = Numeric("369", "nick", text="End of WHOWAS")
RPL_INFO = Numeric("371", ":line")
RPL_MOTD = Numeric("372", ":line")
RPL_ENDOFINFO = Numeric("374", text="End of INFO list")
RPL_MOTDSTART = Numeric("375", ":text")
RPL_ENDOFMOTD = Numeric("376", text="End of /MOTD command")
RPL_WHOISMODES = Numeric("379", "nick", ":text")
RPL_YOUREOPER = Numeric("381", text="You are now an IRC operator")
RPL_REHASHING = Numeric("382", "file", text="Rehashing")
RPL_TIME = Numeric("391", "server", ":time")

RPL_VISIBLEHOST = Numeric("396", "host", text="is now your visible host")

ERR_UNKNOWNERROR = Numeric("400", "command", ":text")
ERR_NOSUCHNICK = Numeric("401", "nick", text="No such nick/channel")
ERR_NOSUCHSERVER = Numeric("402", "server", text="No such server")
ERR_NOSUCHCHANNEL = Numeric("403", "channel", text="No such channel")
ERR_CANNOTSENDTOCHAN = Numeric("404", "channel", ":text")
ERR_TOOMANYCHANNELS = Numeric("405", "channel", text="You have joined too many channels")
ERR_WASNOSUCHNICK = Numeric("406", "nick", text="There was no such nickname")
ERR_TOOMANYTARGETS = Numeric("407", "target", ":text")
ERR_NOORIGIN = Numeric("409", text="No origin specified")
ERR_INVALIDCAPCMD = Numeric("410", "subcommand", text="Invalid CAP command")
ERR_NORECIPIENT = Numeric("411", ":text")
ERR_NOTEXTTOSEND = Numeric("412", text="No text to send")
ERR_INPUTTOOLONG = Numeric("417", text="Input line was too long")
ERR_UNKNOWNCOMMAND = Numeric("421", "command", text="Unknown command")
ERR_NOMOTD = Numeric("422", text="There is no message of the day")
ERR_NOADMININFO = Numeric("423", "server", text="No administrative info available")
ERR_NONICKNAMEGIVEN = Numeric("431", text="No nickname given")
ERR_ERRONEUSNICKNAME = Numeric("432", "nick", ":text")
ERR_NICKNAMEINUSE = Numeric("433", "nick", ":text")
ERR_BANNICKCHANGE = Numeric(
    "435", "nick", "channel", text="Cannot change nickname while banned or muted on channel"
)
ERR_USERNOTINCHANNEL = Numeric("441", "nick", "channel", text="They aren't on that channel")
ERR_NOTONCHANNEL = Numeric("442", "channel", text="You're not on that channel")
ERR_USERONCHANNEL = Numeric("443", "nick", "channel", text="is already on channel")
ERR_NONICKCHANGE = Numeric("447", ":text")
ERR_NOTREGISTERED = Numeric("451", text="You have not registered")
ERR_ACCEPTFULL = Numeric("456", text="Accept list is full")
ERR_ACCEPTEXIST = Numeric("457", "nick", text="is already on your accept list")
ERR_ACCEPTNOT = Numeric("458", "nick", text="is not on your accept list")
ERR_NEEDMOREPARAMS = Numeric("461", "command", text="Not enough parameters")
ERR_ALREADYREGISTERED = Numeric("462", text="You may not reregister")
ERR_PASSWDMISMATCH = Numeric("464", text="Password incorrect")
RPL_LINKCHANNEL = Numeric("470", "channel", "to", text="Forwarding to another channel")
ERR_CHANNELISFULL = Numeric("471", "channel", text="Cannot join channel (+l): channel is full")
ERR_UNKNOWNMODE = Numeric("472", "letter", text="is unknown mode char to me")
ERR_INVITEONLYCHAN = Numeric("473", "channel", text="Cannot join channel (+i): you must be invited")
ERR_BANNEDFROMCHAN = Numeric("474", "channel", text="Cannot join channel (+b): you are banned")
ERR_BADCHANNELKEY = Numeric("475", "channel", text="Cannot join channel (+k): bad key")
ERR_BADCHANMASK = Numeric("476", "channel", ":text")
ERR_NEEDREGGEDNICK = Numeric("477", "channel", text="Cannot join channel (+R): you must be logged in")
ERR_BANLISTFULL = Numeric("478", "channel", "mask", text="Channel list is full")
ERR_KNOCKDENIED = Numeric("480", "channel", ":text")
ERR_NOPRIVILEGES = Numeric("481", ":text")
ERR_CHANOPRIVSNEEDED = Numeric("482", "channel", ":text")
ERR_NONONREG = Numeric("486", "nick", text="You must be logged in to message this user")
ERR_NOOPERHOST = Numeric("491", text="No O-lines for your host")
RPL_INVITEREMOVED = Numeric("494", "channel", "nick", text="Uninvited")
ERR_UMODEUNKNOWNFLAG = Numeric("501", text="Unknown MODE flag")
ERR_USERSDONTMATCH = Numeric("502", text="Cannot change mode for other users")
ERR_NOTINVITED = Numeric("505", "nick", "channel", text="is not invited to this channel")
ERR_SILELISTFULL = Numeric("511", "mask", text="Your silence list is full")
ERR_HELPNOTFOUND = Numeric("524", "subject", text="There is no help on this subject")
ERR_CANTSENDTOUSER = Numeric("531", "nick", ":text")
ERR_CANNOTSENDRP = Numeric("573", "channel", ":text")
RPL_UNINVITED = Numeric("653", ":text")
RPL_WHOISSECURE = Numeric("671", "nick", text="is using a secure connection")
ERR_INVALIDMODEPARAM = Numeric("696", "channel", "letter", "value", ":text")
RPL_HELPSTART = Numeric("704", "subject", ":title")
RPL_HELPTXT = Numeric("705", "subject", ":line")
RPL_ENDOFHELP = Numeric("706", "subject", ":line")
RPL_KNOCKDLVR = Numeric("711", "channel", text="Your KNOCK has been delivered.")
ERR_TOOMANYKNOCK = Numeric("712", "channel", text="Too many KNOCKs (user).")
ERR_CHANOPEN = Numeric("713", "channel", text="Channel is open.")
ERR_KNOCKONCHAN = Numeric("714", "channel", text="You are already on that channel.")
ERR_TARGUMODEG = Numeric("716", "nick", text="is in +g mode (server-side ignore).")
RPL_TARGNOTIFY = Numeric("717", "nick", text="has been informed that you messaged them.")
RPL_UMODEGMSG = Numeric(
    "718", "nick", "user@host", text="is messaging you, and you have user mode +g set: use /ACCEPT to allow."
)
ERR_NOPRIVS = Numeric("723", "privilege", text="Insufficient oper privileges.")
RPL_MONONLINE = Numeric("730", ":users")
RPL_MONOFFLINE = Numeric("731", ":nicks")
RPL_MONLIST = Numeric("732", ":nicks")
RPL_ENDOFMONLIST = Numeric("733", text="End of MONITOR list")
ERR_MONLISTFULL = Numeric("734", "limit", "nicks", text="Monitor list is full.")
ERR_MLOCKRESTRICTED = Numeric(
    "742", "channel", "letter", "letters", text="The founder of the channel keeps this mode as it is"
)
RPL_KEYVALUE = Numeric("761", "target", "key", "visibility", ":value")
RPL_KEYNOTSET = Numeric("766", "target", "key", text="Key not set")
RPL_METADATASUBOK = Numeric("770", "keys...")
RPL_METADATAUNSUBOK = Numeric("771", "keys...")
RPL_METADATASUBS = Numeric("772", "keys...")
ERR_METADATASYNCLATER = Numeric("774", "target", "seconds", text="Ask for the metadata later")
ERR_METADATARATELIMIT = Numeric("775", "seconds", "target", "subcommand", "parameters...")
RPL_LOGGEDIN = Numeric("900", "source", "account", ":text")
RPL_LOGGEDOUT = Numeric("901", "source", text="You are now logged out")
ERR_NICKLOCKED = Numeric("902", ":text")
RPL_SASLSUCCESS = Numeric("903", text="SASL authentication successful")
ERR_SASLFAIL = Numeric("904", ":text")
ERR_SASLTOOLONG = Numeric("905", text="SASL message too long")
ERR_SASLABORTED = Numeric("906", text="SASL authentication aborted")
RPL_SASLMECHS = Numeric("908", "mechanisms", text="are available SASL mechanisms")
