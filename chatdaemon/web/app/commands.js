/**
 * What is written with a slash before it.
 * @module
 */
import { plain } from "./text/formatting.js";
import { isChannel } from "./text/names.js";

/**
 * @typedef {object} Command
 * @property {string} usage
 * @property {string} does
 * @property {(client: import("./client.js").Client, words: Words) => unknown} run
 */

/** Words of a command, taken one after the other; `rest` is what is left of the line. */
class Words {
  constructor(line, here) {
    this.rest = line.trim();
    this.here = here;
  }

  next() {
    const [, word = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(this.rest) ?? [];
    this.rest = rest;
    return word;
  }

  /** A channel that is named, or else the one that is open. */
  channel() {
    return isChannel(this.rest) ? this.next() : (this.here ?? "");
  }
}

const LETTERS = {
  i: "invite_only", m: "moderated", n: "members_only", s: "secret", t: "topic_protected", C: "no_ctcp", c: "no_formatting",
  R: "login_to_join", M: "login_to_speak", T: "no_notice", N: "no_nick_change", u: "auditorium", U: "op_moderated", E: "roleplay",
  k: "key", l: "limit", f: "forward", b: "ban", e: "ban_exception", I: "invite_exception",
  q: "founder", a: "admin", o: "op", h: "halfop", v: "voice",
};
const FLAGS = new Set("imnstCcRMTNuUE");

/**
 * IRC's mode letters, or names of modes with a sign, as changes.
 * @param {string} text such as `+o-v alice bob` or `+invite_only`
 */
export function changesOf(text) {
  const [modes, ...values] = text.trim().split(/\s+/);
  if (/^[+-][a-z]+_?[a-z_]{2,}$/.test(modes) && Object.values(LETTERS).includes(modes.slice(1))) {
    const value = values.length ? { value: values.join(" ") } : {};
    return [{ mode: modes.slice(1), add: modes[0] === "+", ...value }];
  }
  const changes = [];
  let add = true;
  for (const letter of modes) {
    if (letter === "+" || letter === "-") add = letter === "+";
    else if (!LETTERS[letter]) throw new Error(`There is no mode ${letter}.`);
    else if (FLAGS.has(letter) || (letter === "l" && !add)) changes.push({ mode: LETTERS[letter], add });
    else changes.push({ mode: LETTERS[letter], add, value: values.shift() ?? "" });
  }
  return changes;
}

const rank = (mode, add, does) => ({
  usage: "nick",
  does,
  run(client, words) {
    const channel = words.channel();
    const changes = words.rest.split(/\s+/).filter(Boolean).map((value) => ({ mode, add, value }));
    return changes.length ? client.change("mode", { channel, changes }) : help(client);
  },
});

const help = (client) => client.dispatch({ type: "panel", panel: "help" });

/** A nick as a ban's mask; a mask stays what it is. */
const mask = (text) => (/[!@*$]/.test(text) ? text : `${text}!*@*`);

/** @type {Object<string, Command>} */
export const COMMANDS = {
  join: {
    usage: "#channel [key]",
    does: "Enter a channel, or make it",
    run: (client, words) => client.join(withSign(words.next()), { key: words.next() }),
  },
  part: {
    usage: "[#channel] [reason]",
    does: "Leave a channel",
    run: (client, words) => client.part(words.channel(), words.rest),
  },
  me: {
    usage: "does something",
    does: "Say what you do",
    run: (client, words) => words.here && client.sending.say(words.here, words.rest, { kind: "action" }),
  },
  msg: {
    usage: "nick [text]",
    does: "Write to somebody alone",
    run(client, words) {
      const nick = words.next();
      if (!nick) return help(client);
      client.open(nick);
      return words.rest && client.sending.say(nick, words.rest);
    },
  },
  nick: { usage: "nick", does: "Be called otherwise", run: (client, words) => client.nick(words.next()) },
  topic: {
    usage: "[#channel] [text]",
    does: "Set the topic, or see it",
    run(client, words) {
      const channel = words.channel();
      if (words.rest) return client.change("topic", { channel, text: words.rest });
      const at = client.state.conversations[client.keyOf(channel)];
      return client.toast(at?.topic ? `${channel}: ${plain(at.topic.text)}` : `${channel} has no topic.`);
    },
  },
  kick: {
    usage: "nick [reason]",
    does: "Put somebody out of the channel",
    run(client, words) {
      const [channel, nick] = [words.channel(), words.next()];
      return client.change("kick", { channel, nick, ...(words.rest && { reason: words.rest }) });
    },
  },
  ban: {
    usage: "nick or mask",
    does: "Keep somebody from coming in and speaking",
    run: (client, words) =>
      client.change("mode", { channel: words.channel(), changes: [{ mode: "ban", add: true, value: mask(words.next()) }] }),
  },
  unban: {
    usage: "nick or mask",
    does: "Take a ban away",
    run: (client, words) =>
      client.change("mode", { channel: words.channel(), changes: [{ mode: "ban", add: false, value: mask(words.next()) }] }),
  },
  op: rank("op", true, "Have somebody look after the channel"),
  deop: rank("op", false, "No more"),
  voice: rank("voice", true, "Let somebody speak in a moderated channel"),
  devoice: rank("voice", false, "No more"),
  invite: {
    usage: "nick [#channel]",
    does: "Invite somebody",
    async run(client, words) {
      const nick = words.next();
      const channel = words.channel();
      if (await client.attempt("invite", { nick, channel })) client.toast(`${nick} is invited to ${channel}.`);
    },
  },
  mode: {
    usage: "[#channel] +o nick, -i, +key word ...",
    does: "Change modes of the channel, or see them",
    async run(client, words) {
      const channel = words.channel();
      if (words.rest) return client.change("mode", { channel, changes: changesOf(words.rest) });
      const told = await client.attempt("mode", { channel });
      const modes = told?.modes.map(({ mode, value }) => (value ? `${mode} ${value}` : mode)).join(", ");
      return told && client.toast(modes ? `${channel}: ${modes.replaceAll("_", " ")}` : `${channel} has no modes.`);
    },
  },
  away: { usage: "[text]", does: "Be away; without a text, back", run: (client, words) => client.away(words.rest) },
  whois: { usage: "nick", does: "Who somebody is", run: (client, words) => client.whois(words.next()) },
  search: {
    usage: "words",
    does: "Look for messages",
    run(client, words) {
      if (client.state.panel !== "search") client.dispatch({ type: "panel", panel: "search" });
      return words.rest && client.find(words.rest);
    },
  },
  list: {
    usage: "",
    does: "Which channels there are",
    run: (client) => client.dispatch({ type: "panel", panel: "directory" }),
  },
  help: { usage: "", does: "This list, and the keys", run: help },
};

const withSign = (name) => (name && !isChannel(name) ? `#${name}` : name);

/**
 * Do what a line says: a command, or, with two slashes, a message that begins with one.
 * @returns {Promise<boolean>} whether it was understood
 */
export async function perform(client, line, here) {
  const [, name, rest] = /^\/(\S*)\s*([^]*)$/.exec(line);
  const command = COMMANDS[{ leave: "part", query: "msg", j: "join", w: "whois" }[name.toLowerCase()] ?? name.toLowerCase()];
  if (!command) {
    client.toast(`There is no command /${name}. /help lists what there is.`);
    return false;
  }
  try {
    await command.run(client, new Words(rest, here));
  } catch (error) {
    client.toast(error.message);
    return false;
  }
  return true;
}
