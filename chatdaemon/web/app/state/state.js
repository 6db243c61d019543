/**
 * The page's state, and the ways to change one conversation of it.
 * @module
 */
import { folding, isChannel } from "../text/names.js";
import { names } from "../text/formatting.js";
import { conversation } from "./conversation.js";

export const initial = Object.freeze({
  phase: "signed-out", // then "connecting", "online", "waiting"
  retryAt: 0,
  me: { nick: "", account: null },
  server: { name: "", network: "", casemapping: "ascii", limits: {} },
  away: null,
  conversations: {},
  active: null,
  attended: false,
  panel: null,
  directory: null,
  found: null,
  whois: null,
  toasts: [],
  target: null,
  replyTo: {},
});

/** @returns {(name: string) => string} */
export const foldOf = (state) => folding(state.server.casemapping);

export const isMe = (state, nick) => foldOf(state)(nick) === foldOf(state)(state.me.nick);

/** What an entry is to this user. */
export const about = (state, where) => (message) => {
  const own = isMe(state, message.nick);
  return { own, mentions: !own && (!where.channel || names(message.text, state.me.nick, foldOf(state))) };
};

/** The state with one conversation changed; made where it was not there yet. */
export function changed(state, name, change) {
  const key = foldOf(state)(name);
  const before = state.conversations[key] ?? conversation(key, name, isChannel(name));
  const after = change(before);
  if (after === state.conversations[key]) return state;
  return { ...state, conversations: { ...state.conversations, [key]: after } };
}

/** The same of one that is there. */
export function within(state, name, change) {
  return state.conversations[foldOf(state)(name)] ? changed(state, name, change) : state;
}
