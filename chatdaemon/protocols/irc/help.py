"""What HELP says: for each subject a title and at least one line."""

from __future__ import annotations

Topic = tuple[str, ...]

INDEX: Topic = (
    "Help",
    "HELP and the name of a command tells what it does. There are:",
    "People: NICK WHO WHOIS WHOWAS USERHOST ISON MONITOR AWAY PERSISTENCE SETNAME ACCEPT SILENCE METADATA",
    "Channels: JOIN PART NAMES LIST TOPIC KICK INVITE UNINVITE KNOCK MODE TBAN AMODE RENAME",
    "Messages: PRIVMSG NOTICE TAGMSG BATCH MARKREAD REDACT RELAYMSG NPC NPCA SCENE CHATHISTORY SEARCH",
    "Notifications: WEBPUSH",
    "Services: NICKSERV (NS), CHANSERV (CS), HOSTSERV (HS), HISTSERV",
    "The server: MOTD LUSERS VERSION ISUPPORT TIME INFO ADMIN LINKS STATS HELP HELPOP",
    "The connection: CAP AUTHENTICATE REGISTER VERIFY PASS USER WEBIRC PING PONG QUIT ERROR",
    "Operators: OPER KILL WALLOPS REHASH DIE SAJOIN SAPART SAMODE SANICK SAREGISTER",
    "Other subjects: CMODES (modes of channels), UMODES (modes of users), EXTBANS (what bans can match)",
)

_TEXTS: dict[str, str] = {
    # People
    "NICK": """NICK <nickname>
Changes what you are called. It has letters, digits and [ ] \\ ` _ ^ { | } - and no digit or - in front.""",
    "WHO": """WHO <mask> [o][%<fields>[,<token>]]
Lists the members of a channel, the user with a nickname, or those who fit a mask with * and ?.
With o only operators are listed. Users who made themselves invisible are found only by those who share a
channel with them.
Fields (WHOX) are any of: t (the token) c (a channel) u (username) i (address) h (host) s (server)
n (nickname) f (flags) d (distance) l (seconds idle) a (account) o (rank) r (real name).""",
    "WHOIS": """WHOIS [<server>] <nickname>
Tells who somebody is: host, channels, account, whether away and for how long silent.""",
    "WHOWAS": """WHOWAS <nickname> [<count>]
Tells who had a nickname that is not in use any more; the last <count>, or all that are remembered.""",
    "USERHOST": """USERHOST <nickname> [<nickname> ...]
Tells the username and host of up to five users, with * for an operator and - for somebody who is away.""",
    "ISON": """ISON <nickname> [<nickname> ...]
Tells which of these users are connected. MONITOR tells by itself when that changes.""",
    "MONITOR": """MONITOR + <nickname>[,<nickname> ...] | - <nickname>[,<nickname> ...] | C | L | S
Have yourself told when users come and go: + adds nicknames to your list, - takes them off, C clears it,
L shows it, and S shows who of them is connected.""",
    "AWAY": """AWAY [<text>]
Marks you as away: who writes to you is told the text. Without a text you are back.""",
    "PERSISTENCE": """PERSISTENCE GET | SET ON|OFF|DEFAULT
Tells whether you stay in your channels when your last program leaves, or says what you want. NICKSERV SET
ALWAYS-ON is the same for people. It needs an account and the capability draft/persistence.""",
    "SETNAME": """SETNAME :<real name>
Changes your real name.""",
    "METADATA": """METADATA <target> <subcommand> [<key> ...] [:<value>]
What programs show of people and channels: avatars, pronouns, addresses. A target is a nickname, a channel, or
* for yourself. You set your own, and those of channels where you are an operator.
GET <key> [<key> ...] and LIST tell, SET <key> [:<value>] sets a key or takes it away, CLEAR takes all away.
SUB <key> [<key> ...] has your program told of keys, UNSUB no more, SUBS lists them, and SYNC tells those of a
channel and of everybody in it, or with the target *ALL of all that you can see. Programs need the
capability draft/metadata-2 or draft/metadata-3 to be told.""",
    "ACCEPT": """ACCEPT * | [+]<nickname>[,-<nickname> ...]
Lists whom you have accepted, accepts others or, with a minus, no more. With the user mode g nobody else
writes to you. Who is logged in is accepted by account, under any nickname; others as long as they stay.""",
    "SILENCE": """SILENCE [+<mask>|-<mask>[,...]]
Lists whom you want to hear nothing of, adds a mask, or takes one off. What they write to you, and where they
invite you to, does not reach you; they are not told. A mask is nickname!username@host with * and ?, or
~a:<account>.""",
    # Channels
    "JOIN": """JOIN <channel>[,<channel> ...] [<key>[,<key> ...]] | 0
Enters channels, making those that do not exist. JOIN 0 leaves all channels.""",
    "PART": """PART <channel>[,<channel> ...] [:<reason>]
Leaves channels.""",
    "NAMES": """NAMES <channel>[,<channel> ...]
Lists who is in a channel.""",
    "LIST": """LIST [<channel or condition>[,...]]
Lists channels with the number of their members and their topics.
Conditions: >n and <n (more or fewer members than n), C>n and C<n (made more or less than n minutes ago),
T>n and T<n (topic set more or less than n minutes ago), a mask with * and ?, and !mask (all others).""",
    "TOPIC": """TOPIC <channel> [:<topic>]
Shows the topic of a channel, sets it, or takes it away when the new one is empty.""",
    "KICK": """KICK <channel> <nickname>[,<nickname> ...] [:<reason>]
Puts somebody out of a channel. You must have a rank there.""",
    "INVITE": """INVITE [<nickname> <channel>]
Invites somebody to a channel, which opens it to them even if it is closed. Alone it lists the channels
that you are invited to.""",
    "UNINVITE": """UNINVITE <nickname> <channel>
Takes an invitation back.""",
    "TBAN": """TBAN <channel> <duration> <mask>
Bans who fits the mask, for some time: a number of seconds, or with units, as 90s 30m 2h 1d 1w.
The same is MODE <channel> +b ~t:<minutes>:<mask>.""",
    "KNOCK": """KNOCK <channel> [:<text>]
Asks those who may invite you to a closed channel to do so.""",
    "MODE": """MODE <channel> [<modes> [<parameter> ...]] | <your nickname> [<modes>]
Shows or changes the modes of a channel, or your own. The modes are in HELP CMODES and HELP UMODES.
MODE <channel> +b, +e and +I without a mask show those lists.""",
    "AMODE": """AMODE <channel> [<modes> <account> [<account> ...]]
Shows or changes the ranks that accounts have in a registered channel whenever they join.
/msg ChanServ HELP AMODE says more.""",
    "RENAME": """RENAME <channel> <new name> [:<reason>]
Gives a channel another name: it keeps its members, modes and access. You must be an operator of it, and its
founder if it is registered.""",
    # Messages
    "PRIVMSG": """PRIVMSG <target>[,<target> ...] :<text>
Says something to a user or in a channel. @#channel is for its operators only.""",
    "NOTICE": """NOTICE <target>[,<target> ...] :<text>
As PRIVMSG, for what nobody should answer automatically.""",
    "REDACT": """REDACT <target> <message id> [:<reason>]
Takes back a message that was sent to a channel or a user: your own, or, if you look after a channel, what
others said there. It needs the capability draft/message-redaction.""",
    "RELAYMSG": """RELAYMSG <channel> <nickname>/<network> :<text>
Says something in a channel for somebody on another network, as bridges do. You must be operator of the
channel. It needs the capability draft/relaymsg.""",
    "TAGMSG": """@<tags> TAGMSG <target>[,<target> ...]
Sends message tags without a text, such as +typing. It needs the capability message-tags.""",
    "BATCH": """BATCH +<reference> draft/multiline <target> | -<reference>
Begins a message of several lines, or ends it. Its lines are PRIVMSG to the same target with the tag
batch=<reference>. It needs the capabilities batch and draft/multiline.""",
    "MARKREAD": """MARKREAD <target> [timestamp=<time>]
Says how far you have read a channel, or what a nickname and you have said to one another, for your other
programs to know; without a time, tells it. The time is that of a message, YYYY-MM-DDThh:mm:ss.sssZ.""",
    "CHATHISTORY": """CHATHISTORY LATEST | BEFORE | AFTER | AROUND <target> <reference> <limit>
CHATHISTORY BETWEEN <target> <reference> <reference> <limit>, CHATHISTORY TARGETS <time> <time> <limit>
Tells again what was said in a channel or with somebody. A reference is msgid=<id>, timestamp=<time>, or with
LATEST also *. It needs the capability draft/chathistory; HISTSERV HELP is for people.""",
    "SEARCH": """SEARCH <attribute>=<value>[;<attribute>=<value> ...]
Finds messages by in (a channel or nickname), from (a nickname), after and before (times), text, and limit. It
needs the capability soju.im/search; HISTSERV HELP SEARCH is for people.""",
    "WEBPUSH": """WEBPUSH REGISTER <endpoint> <keys> | UNREGISTER <endpoint>
Has you told of messages by a push service while your programs are closed, or not any more. Programs say it
for you. It needs the capability draft/webpush.""",
    # Services
    "NICKSERV": """NICKSERV <command> [<parameter> ...]
Says something to NickServ, who registers accounts: NICKSERV HELP.""",
    "NS": """NS <command> [<parameter> ...]
The same as NICKSERV.""",
    "CHANSERV": """CHANSERV <command> [<parameter> ...]
Says something to ChanServ, who registers channels: CHANSERV HELP.""",
    "CS": """CS <command> [<parameter> ...]
The same as CHANSERV.""",
    "HOSTSERV": """HOSTSERV <command> [<parameter> ...]
Says something to HostServ, who gives virtual hosts: HOSTSERV HELP.""",
    "HS": """HS <command> [<parameter> ...]
The same as HOSTSERV.""",
    "HISTSERV": """HISTSERV <command> [<parameter> ...]
Says something to HistServ, who tells what was said before: HISTSERV HELP.""",
    "NPC": """NPC <channel> <name> :<text>
Says something as somebody who is not there, in a channel with the mode E.""",
    "NPCA": """NPCA <channel> <name> :<text>
As NPC, for what somebody does.""",
    "SCENE": """SCENE <channel> :<text>
Says what happens, in a channel with the mode E.""",
    # The server
    "MOTD": """MOTD [<server>]
Shows the message of the day.""",
    "LUSERS": """LUSERS
Shows how many users, operators and channels there are.""",
    "VERSION": """VERSION [<server>]
Shows which software runs here and what it supports.""",
    "TIME": """TIME [<server>]
Shows the server's time.""",
    "INFO": """INFO [<server>]
Shows what this server is.""",
    "ADMIN": """ADMIN [<server>]
Shows who runs this server, and how to reach them.""",
    "ISUPPORT": """ISUPPORT
Shows what this server supports, in the form that clients read.""",
    "LINKS": """LINKS
Lists the servers of the network.""",
    "STATS": """STATS <letter> [<server>]
u: for how long the server has been up. With the privilege stats also
l: connections, m: how often commands were used, o: who can become operator.""",
    "HELP": """HELP [<subject>]
Shows this help.""",
    "HELPOP": """HELPOP [<subject>]
The same as HELP.""",
    # The connection
    "AUTHENTICATE": """AUTHENTICATE <mechanism> | <data> | *
Logs you in to your account (SASL), also while you connect. Clients do this by themselves.""",
    "REGISTER": """REGISTER <account> <email> <password> [<invitation>]
Registers an account. * stands for your nickname, or for no e-mail address.""",
    "VERIFY": """VERIFY <account> <code>
Confirms the e-mail address of an account by the code that was sent to it.""",
    "CAP": """CAP LS [<version>] | LIST | REQ :<capabilities> | END
Negotiates the capabilities of your client (IRCv3). Clients do this by themselves.""",
    "PASS": """PASS <password>
Gives the server's password, where it has one, before anything else.""",
    "USER": """USER <username> 0 * :<real name>
Says who you are when you connect. SETNAME changes the real name later.""",
    "WEBIRC": """WEBIRC <password> <gateway> <hostname> <address> [:<options>]
What a gateway of this server says first: where its client comes from.""",
    "PING": """PING <token>
Has the server answer with a PONG that holds the token.""",
    "PONG": """PONG <token>
Answers a PING of the server. Clients do this by themselves.""",
    "QUIT": """QUIT [:<reason>]
Ends the connection; those who share a channel with you see the reason.""",
    "ERROR": """ERROR :<text>
What servers send before they end a connection. From a client it does nothing.""",
    # Operators
    "SAREGISTER": """SAREGISTER <account> <password>
Registers an account for somebody. It needs the privilege accounts.""",
    "OPER": """OPER <name> <password>
Makes you an operator of the server.""",
    "KILL": """KILL <nickname> [:<reason>]
Ends somebody's connection. It needs the privilege kill.""",
    "WALLOPS": """WALLOPS :<text>
Says something to everybody with the user mode w. It needs the privilege wallops.""",
    "REHASH": """REHASH
Has the server read its configuration again. It needs the privilege rehash.""",
    "DIE": """DIE [:<reason>]
Stops the server. It needs the privilege die.""",
    "SAJOIN": """SAJOIN [<nickname>] <channel>[,<channel> ...]
Makes somebody, or yourself, enter channels. It needs the privilege override.""",
    "SAPART": """SAPART <nickname> <channel>[,<channel> ...] [:<reason>]
Makes somebody leave channels. It needs the privilege override.""",
    "SAMODE": """SAMODE <channel> <modes> [<parameter> ...]
Changes the modes of a channel whatever your rank there. It needs the privilege override.""",
    "SANICK": """SANICK <nickname> <new nickname>
Has somebody be called otherwise, also as an account is. It needs the privilege override.""",
    # Other subjects
    "CMODES": """Modes of channels
b <mask>  bans who fits, e <mask>  excepts them, I <mask>  lets them in without an invitation
k <key>  the word needed to enter       l <number>  the most members
f <channel>  where those go who cannot enter
i  only the invited enter               n  no messages from outside
m  only members of a rank speak         t  only members of a rank set the topic
s  outsiders do not see the channel     u  ordinary members do not see one another
C  no CTCP but actions                  c  colours and formatting are taken out
R  only logged-in users enter           M  only logged-in users speak
T  no notices                           N  no changes of nickname
E  roleplay: NPC, NPCA and SCENE        U  what one may not say reaches the operators alone
Ranks: q founder (~), a administrator (&), o operator (@), h half-operator (%), v voice (+)""",
    "UMODES": """Modes of users
i  invisible: found only by those who share a channel with you
w  reads what operators say to all      s  reads the server's notices (operators)
R  only logged-in users write to you    B  is a bot
g  only whom you ACCEPT writes to you   T  no CTCP but actions
o  is an operator, Z  came over an encrypted connection: both are set by the server""",
    "EXTBANS": """What bans and exceptions can match
nickname!username@host, with * and ? in it; a part that is missing is *.
~a:<account>  who is logged in to it; ~a alone: who is logged in at all
~c:<channel>  who is in that channel, ~c:@<channel> who has that rank there
~r:<real name>  whose real name fits, with ? for a space
~m:<mask>  who fits may be there and not speak
~t:<minutes>:<mask>  who fits, for so long; ~t:2h30m:<mask> with units
~!a:<account> and so on match everybody else.""",
}

TOPICS: dict[str, Topic] = {name: tuple(text.split("\n")) for name, text in _TEXTS.items()}
