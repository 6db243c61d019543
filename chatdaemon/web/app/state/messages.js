/**
 * What events say, as the entries of a conversation; the same for what happens and for what is told again.
 * @module
 */

import { isRank } from "../text/names.js";

/**
 * @typedef {object} Message
 * @property {string} id the message id: sorts as things happened
 * @property {number} at milliseconds since 1970
 * @property {"message" | "notice" | "action" | "happening"} kind
 * @property {string} nick who said or did it
 * @property {string} text
 * @property {string} [reply] the id of the message that it answers
 * @property {string} [what] of a happening: "join", "part" and so on
 * @property {boolean} [bot]
 */

// eslint-disable-next-line no-control-regex
const ACTION = /^\x01ACTION ?([^]*?)\x01?$/;
// eslint-disable-next-line no-control-regex
const CTCP = /^\x01/;

const tag = (event, ...names) => {
  for (const name of names) if (event.tags?.[name] !== undefined) return event.tags[name];
  return undefined;
};

/**
 * A message's meaning, whether it is told in fields of its own or in IRC's tags.
 * @param {object} event
 */
export function meaning(event) {
  const action = event.kind !== "action" && ACTION.exec(event.text ?? "");
  return {
    kind: action ? "action" : event.kind,
    text: action ? action[1] : (event.text ?? ""),
    reply: event.reply ?? tag(event, "+reply", "+draft/reply"),
    react: event.react ?? tag(event, "+draft/react"),
    unreact: event.unreact ?? tag(event, "+draft/unreact"),
    typing: event.typing ?? tag(event, "+typing", "+draft/typing"),
  };
}

/** Whether it is a message of people, which counts as unread. */
export const isSaid = (message) => message.kind !== "happening";

const HAPPENINGS = {
  join: () => "joined",
  part: (event) => (event.reason ? `left (${event.reason})` : "left"),
  quit: (event) => (event.reason ? `quit (${event.reason})` : "quit"),
  kick: (event) => `put out ${event.user.nick}${event.reason ? ` (${event.reason})` : ""}`,
  nick: (event) => `is now ${event.nick}`,
  topic: (event) => (event.text ? `set the topic: ${event.text}` : "took the topic away"),
  modes: (event) => event.changes.map(change).join(", "),
  channel_renamed: (event) => `renamed the channel to ${event.name}`,
};

function change({ mode, add, value }) {
  const name = mode.replaceAll("_", " ");
  if (isRank(mode)) return add ? `made ${value} ${name}` : `took ${name} from ${value}`;
  if (mode === "ban") return `${add ? "banned" : "let in"} ${value}`;
  const what = value === undefined || value === null ? name : `${name} ${value}`;
  return add ? `set ${what}` : `took ${what} away`;
}

/**
 * The entry that an event makes in its conversation, or null where it makes none.
 * @param {object} event
 * @returns {Message | null}
 */
export function entryOf(event) {
  const base = { id: event.msgid, at: Date.parse(event.time), nick: event.from?.nick ?? "" };
  if (event.from?.bot) base.bot = true;
  if (event.event === "message") {
    const { kind, text, reply } = meaning(event);
    if (kind === "tag" || CTCP.test(text)) return null;
    const found = { ...base, kind, text };
    if (reply) found.reply = reply;
    if (event.rank) found.rank = event.rank;
    return found;
  }
  if (event.event === "relay") return { ...base, kind: event.kind === "action" ? "action" : "message", nick: event.nick, text: event.text };
  if (event.event === "portrayed") {
    const kind = event.action || !event.character ? "action" : "message";
    return { ...base, kind, nick: event.character ?? "*", text: event.text };
  }
  const says = HAPPENINGS[event.event];
  return says ? { ...base, kind: "happening", what: event.event, text: says(event) } : null;
}

/**
 * Entries with others added, in the order in which things happened, each once.
 * @param {Message[]} messages
 * @param {Message[]} more
 * @returns {Message[]}
 */
export function merged(messages, more) {
  if (more.length === 0) return messages;
  const last = messages.at(-1);
  if (!last || more.every((each, i) => each.id > (i ? more[i - 1].id : last.id))) return [...messages, ...more];
  const byId = new Map(messages.map((each) => [each.id, each]));
  for (const each of more) byId.set(each.id, each);
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/**
 * Who has reacted how to which message, with an event's reaction counted. The latest that somebody did counts,
 * in whatever order it is told.
 * @param {Object<string, Object<string, Object<string, {on: boolean, id: string}>>>} reactions by message, text, nick
 * @param {object} event
 */
export function reacted(reactions, event) {
  if (event.event !== "message") return reactions;
  const { react, unreact, reply } = meaning(event);
  const text = react ?? unreact;
  if (!text || !reply) return reactions;
  const of = reactions[reply] ?? {};
  const by = of[text] ?? {};
  const nick = event.from.nick;
  if (by[nick] && by[nick].id > event.msgid) return reactions;
  const now = { on: react !== undefined, id: event.msgid };
  return { ...reactions, [reply]: { ...of, [text]: { ...by, [nick]: now } } };
}

/**
 * The reactions to a message as they are shown: texts with who used them, those that nobody uses left out.
 * @returns {{text: string, nicks: string[]}[]}
 */
export function reactionsTo(reactions, id) {
  return Object.entries(reactions[id] ?? {})
    .map(([text, by]) => ({ text, nicks: Object.keys(by).filter((nick) => by[nick].on) }))
    .filter((each) => each.nicks.length > 0);
}
