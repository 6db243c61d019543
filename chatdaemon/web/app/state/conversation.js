/**
 * One conversation, with a channel or with a person: what was said, how far it was read, what waits to be sent.
 * @module
 */
import { entryOf, isSaid, meaning, merged, reacted } from "./messages.js";

// What a conversation that nobody looks at keeps of what was said; the rest is asked for again.
export const KEPT = 400;
// How long a notice that somebody writes is good, milliseconds (client tag typing).
const TYPING = { active: 6000, paused: 30000 };

/**
 * @typedef {object} Conversation
 * @property {string} key the name, folded
 * @property {string} name
 * @property {boolean} channel
 * @property {boolean} joined
 * @property {null | {text: string, by?: string}} topic
 * @property {Object<string, object>} members by folded nick
 * @property {import("./messages.js").Message[]} messages a piece of what was said, without a gap
 * @property {null | string} oldest the id of the first event that was told of the past, which may be none of them
 * @property {null | string} newest the same of the last, where they do not go up to now
 * @property {boolean} atStart whether there is nothing before them
 * @property {boolean} atEnd whether they go up to now
 * @property {null | "latest" | "older" | "newer" | "around"} loading what of them is being asked for
 * @property {boolean} loaded whether they were asked for at all
 * @property {object} reactions see messages.reacted
 * @property {Object<string, {by: string, reason?: string}>} redacted by message id
 * @property {number} marker up to when it was read, milliseconds since 1970
 * @property {null | string} newFrom the id of the first message that was not read when it was opened
 * @property {number} unread
 * @property {number} mentions
 * @property {object[]} pending what was written and is not answered yet
 * @property {Object<string, number>} typing who writes, and until when that is to be believed
 * @property {number} last when something was said the last time
 */

/** @returns {Conversation} */
export const conversation = (key, name, channel) => ({
  key,
  name,
  channel,
  joined: !channel,
  topic: null,
  members: {},
  messages: [],
  oldest: null,
  newest: null,
  atStart: false,
  atEnd: true,
  loading: null,
  loaded: false,
  reactions: {},
  redacted: {},
  marker: 0,
  newFrom: null,
  unread: 0,
  mentions: 0,
  pending: [],
  typing: {},
  last: 0,
});

const without = (from, key) => {
  const { [key]: gone, ...rest } = from;
  return gone === undefined ? from : rest;
};

/**
 * An event that belongs here has happened.
 * @param {Conversation} at
 * @param {object} event
 * @param {{own: boolean, mentions: boolean, attended: boolean, now: number}} how
 *   `own`: by this user; `attended`: somebody looks at the end of this conversation.
 */
export function happened(at, event, { own, mentions, attended, now }) {
  if (event.event === "redact") return { ...at, redacted: { ...at.redacted, [event.message_id]: takenBack(event) } };
  let next = at;
  if (event.event === "message") {
    const { typing, kind } = meaning(event);
    if (typing !== undefined && !own) next = { ...next, typing: typed(next.typing, event.from.nick, typing, now) };
    else if (kind !== "tag") next = { ...next, typing: without(next.typing, event.from?.nick) };
    const reactions = reacted(next.reactions, event);
    if (reactions !== next.reactions) next = { ...next, reactions };
  }
  const entry = entryOf(event);
  if (!entry || next.messages.some((each) => each.id === entry.id)) return next;
  // What does not go up to now gets no new end: it is asked for when somebody goes there.
  if (next.atEnd) next = { ...next, messages: merged(next.messages, [entry]) };
  if (!isSaid(entry)) return next;
  next = { ...next, last: Math.max(next.last, entry.at) };
  if (own) return { ...next, marker: Math.max(next.marker, entry.at), newFrom: null, unread: 0, mentions: 0 };
  if (attended || entry.at <= next.marker) return next;
  return {
    ...next,
    unread: next.unread + 1,
    mentions: next.mentions + (mentions ? 1 : 0),
    newFrom: next.newFrom ?? entry.id,
  };
}

const takenBack = (event) => ({ by: event.from?.nick ?? "", reason: event.reason });

function typed(typing, nick, how, now) {
  return TYPING[how] ? { ...typing, [nick]: now + TYPING[how] } : without(typing, nick);
}

/** Notices that somebody writes end by themselves. */
export function expired(at, now) {
  const left = Object.entries(at.typing).filter(([, until]) => until > now);
  return left.length === Object.keys(at.typing).length ? at : { ...at, typing: Object.fromEntries(left) };
}

/**
 * What was asked for of the past is there.
 * @param {Conversation} at
 * @param {object} page
 * @param {"latest" | "older" | "newer" | "around"} page.where
 * @param {object[]} page.events oldest first
 * @param {boolean} page.more
 * @param {(message: object) => {own: boolean, mentions: boolean}} about
 */
export function told(at, { where, events, more }, about) {
  const entries = events.map(entryOf).filter(Boolean);
  const next = { ...at, loading: null, loaded: true };
  const [first = null, final = null] = [events[0]?.msgid, events.at(-1)?.msgid];
  next.reactions = events.reduce(reacted, at.reactions);
  for (const event of events) {
    if (event.event === "redact") next.redacted = { ...next.redacted, [event.message_id]: takenBack(event) };
  }
  if (where === "around") return { ...next, messages: entries, oldest: first, newest: final, atStart: false, atEnd: false };
  if (where === "older") return { ...next, messages: merged(at.messages, entries), oldest: first ?? at.oldest, atStart: !more };
  if (where === "newer") return { ...next, messages: merged(at.messages, entries), newest: final ?? at.newest, atEnd: !more };
  // The latest: with what came while they were asked for, if there is no gap between.
  const last = entries.at(-1)?.id ?? "";
  const since = at.atEnd ? at.messages.filter((each) => each.id > last) : [];
  const joins = at.atEnd && at.messages.length > 0 && entries.length > 0 && at.messages.at(-1).id >= entries[0].id;
  next.messages = joins ? merged(at.messages, entries) : [...entries, ...since];
  next.atStart = joins ? at.atStart : !more;
  next.oldest = joins ? at.oldest : first;
  next.atEnd = true;
  next.last = Math.max(at.last, next.messages.findLast(isSaid)?.at ?? 0);
  // Of a channel that was never read here nothing is new but what was said since one came.
  const known = next.messages.findLast((each) => isSaid(each) && !(at.newFrom && each.id >= at.newFrom));
  if (at.channel && !at.marker && known) next.marker = known.at;
  return counted(next, about);
}

/** Unread messages counted again, after the marker was moved or the past was told. */
export function counted(at, about) {
  const unread = at.messages.filter((each) => isSaid(each) && each.at > at.marker && !about(each).own);
  return {
    ...at,
    unread: unread.length,
    mentions: unread.filter((each) => about(each).mentions).length,
    newFrom: unread[0]?.id ?? null,
  };
}

/** Somebody has read up to here: this client, or another of the user's. The line "new" stays while it is looked at. */
export function marked(at, to, about, keepLine) {
  if (to <= at.marker) return at;
  const next = counted({ ...at, marker: to }, about);
  return keepLine ? { ...next, newFrom: at.newFrom } : next;
}

/** A conversation that is left: only its end is kept. */
export function trimmed(at) {
  if (!at.atEnd) return { ...at, messages: [], oldest: null, atStart: false, atEnd: true, loaded: false };
  if (at.messages.length <= KEPT) return at;
  const messages = at.messages.slice(-KEPT);
  return { ...at, messages, oldest: messages[0].id, atStart: false };
}
