"""The numerics: one line each, with its parameters by name.

A name with a colon is text for people and always gets one on the wire; `text` is the fixed end of those that
have one; the last name with "..." stands for any number of words. Sending one with a parameter missing
is an error here, not a puzzle for a client. Numbers and texts after modern.ircdocs.horse; where it is silent
RFC 2812 and what common servers send.
"""

from __future__ import annotations


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
        """The line without tags and line end. Raises ValueError when parameters are missing or too many."""
        if len(params) != len(self.names) and not (self._open and len(params) >= len(self.names) - 1):
            raise ValueError(f"numeric {self.code} takes {self.names}, not {len(params)} parameters")
        words = [f":{server}", self.code, nick, *params]
        if self.text is not None:
            words.append(f":{self.text}")
        elif self._colon:
            words[-1] = f":{params[-1]}"
        return " ".join(words)


RPL_WELCOME = Numeric("001", ":welcome")
RPL_YOURHOST = Numeric("002", ":host")
RPL_CREATED = Numeric("003", ":created")
RPL_MYINFO = Numeric("004", "server", "version", "user modes", "channel modes", "modes with parameter")
RPL_ISUPPORT = Numeric("005", "tokens...", text="are supported by this server")

RPL_UMODEIS = Numeric("221", "modes")
RPL_LUSERCLIENT = Numeric("251", ":counts")
RPL_LUSEROP = Numeric("252", "operators", text="operator(s) online")
RPL_LUSERUNKNOWN = Numeric("253", "connections", text="unknown connection(s)")
RPL_LUSERCHANNELS = Numeric("254", "channels", text="channels formed")
RPL_LUSERME = Numeric("255", ":counts")
RPL_LOCALUSERS = Numeric("265", "users", "most", ":counts")
RPL_GLOBALUSERS = Numeric("266", "users", "most", ":counts")

RPL_AWAY = Numeric("301", "nick", ":text")
RPL_UNAWAY = Numeric("305", text="You are no longer marked as being away")
RPL_NOWAWAY = Numeric("306", text="You have been marked as being away")
RPL_NOTOPIC = Numeric("331", "channel", text="No topic is set")
RPL_TOPIC = Numeric("332", "channel", ":topic")
RPL_TOPICWHOTIME = Numeric("333", "channel", "who", "time")
RPL_INVITING = Numeric("341", "nick", "channel")
RPL_NAMREPLY = Numeric("353", "symbol", "channel", ":names")
RPL_ENDOFNAMES = Numeric("366", "channel", text="End of /NAMES list")
RPL_MOTD = Numeric("372", ":line")
RPL_MOTDSTART = Numeric("375", ":text")
RPL_ENDOFMOTD = Numeric("376", text="End of /MOTD command")
RPL_YOUREOPER = Numeric("381", text="You are now an IRC operator")

ERR_UNKNOWNERROR = Numeric("400", "command", ":text")
ERR_NOSUCHNICK = Numeric("401", "nick", text="No such nick/channel")
ERR_NOSUCHCHANNEL = Numeric("403", "channel", text="No such channel")
ERR_CANNOTSENDTOCHAN = Numeric("404", "channel", ":text")
ERR_TOOMANYCHANNELS = Numeric("405", "channel", text="You have joined too many channels")
ERR_TOOMANYTARGETS = Numeric("407", "target", ":text")
ERR_INVALIDCAPCMD = Numeric("410", "subcommand", text="Invalid CAP command")
ERR_NORECIPIENT = Numeric("411", ":text")
ERR_NOTEXTTOSEND = Numeric("412", text="No text to send")
ERR_INPUTTOOLONG = Numeric("417", text="Input line was too long")
ERR_UNKNOWNCOMMAND = Numeric("421", "command", text="Unknown command")
ERR_NOMOTD = Numeric("422", text="There is no message of the day")
ERR_NONICKNAMEGIVEN = Numeric("431", text="No nickname given")
ERR_ERRONEUSNICKNAME = Numeric("432", "nick", ":text")
ERR_NICKNAMEINUSE = Numeric("433", "nick", text="Nickname is already in use")
ERR_BANNICKCHANGE = Numeric(
    "435", "nick", "channel", text="Cannot change nickname while banned or muted on channel"
)
ERR_USERNOTINCHANNEL = Numeric("441", "nick", "channel", text="They aren't on that channel")
ERR_NOTONCHANNEL = Numeric("442", "channel", text="You're not on that channel")
ERR_USERONCHANNEL = Numeric("443", "nick", "channel", text="is already on channel")
ERR_NONICKCHANGE = Numeric("447", ":text")
ERR_NOTREGISTERED = Numeric("451", text="You have not registered")
ERR_NEEDMOREPARAMS = Numeric("461", "command", text="Not enough parameters")
ERR_ALREADYREGISTERED = Numeric("462", text="You may not reregister")
ERR_PASSWDMISMATCH = Numeric("464", text="Password incorrect")
RPL_LINKCHANNEL = Numeric("470", "channel", "to", text="Forwarding to another channel")
ERR_CHANNELISFULL = Numeric("471", "channel", text="Cannot join channel (+l): channel is full")
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
ERR_INVALIDMODEPARAM = Numeric("696", "channel", ":text")
RPL_KNOCKDLVR = Numeric("711", "channel", text="Your KNOCK has been delivered.")
ERR_TOOMANYKNOCK = Numeric("712", "channel", text="Too many KNOCKs (user).")
ERR_CHANOPEN = Numeric("713", "channel", text="Channel is open.")
ERR_KNOCKONCHAN = Numeric("714", "channel", text="You are already on that channel.")
