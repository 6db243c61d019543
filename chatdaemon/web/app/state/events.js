/**
 * What each event makes of the state. Events that are not here change nothing that the page shows.
 * @module
 */
import { about, changed, foldOf, isMe, within } from "./state.js";
import * as conv from "./conversation.js";
import { described, member, promoted, withMember } from "./membership.js";
import { names } from "../text/formatting.js";
import { isChannel } from "../text/names.js";

/** The event as an entry of the conversation with this name. */
function noted(state, name, event, now, make = within) {
  return make(state, name, (at) => {
    const own = Boolean(event.from) && isMe(state, event.from.nick);
    const mentions = !own && (!at.channel || names(event.text ?? "", state.me.nick, foldOf(state)));
    const attended = state.attended && at.key === state.active;
    return conv.happened(at, event, { own, mentions, attended, now });
  });
}

/** The same in all channels where somebody is. */
function notedOf(state, nick, event, now, change) {
  const key = foldOf(state)(nick);
  let next = state;
  for (const at of Object.values(state.conversations)) {
    if (!at.members[key]) continue;
    next = noted(next, at.name, event, now);
    next = within(next, at.name, (each) => withMember(state, each, nick, change));
  }
  return next;
}

/** With whom a message was said that went to nobody's channel. */
const peer = (state, event) => (event.from && !isMe(state, event.from.nick) ? event.from.nick : event.target);

const left = (at) => ({ ...at, joined: false, members: {}, typing: {} });

export const EVENTS = {
  message(state, event, now) {
    if (isChannel(event.target)) return noted(state, event.target, event, now);
    // What the server says to somebody who has no conversation with it is no reason for one.
    if (!event.from) return state;
    const typing = event.kind === "tag";
    return noted(state, peer(state, event), event, now, typing ? within : changed);
  },
  relay: (state, event, now) => noted(state, event.target, event, now),
  portrayed: (state, event, now) => noted(state, event.channel, event, now),
  redact(state, event, now) {
    return noted(state, isChannel(event.target) ? event.target : peer(state, event), event, now);
  },

  join(state, event, now) {
    if (isMe(state, event.from.nick)) {
      return noted(changed(state, event.channel, (at) => described(state, at, event)), event.channel, event, now);
    }
    const next = within(state, event.channel, (at) =>
      withMember(state, at, event.from.nick, () => member({ ...event.from, away: event.away })),
    );
    return noted(next, event.channel, event, now);
  },
  part(state, event, now) {
    const next = noted(state, event.channel, event, now);
    if (isMe(state, event.from.nick)) return within(next, event.channel, left);
    return within(next, event.channel, (at) => withMember(state, at, event.from.nick, () => undefined));
  },
  kick(state, event, now) {
    const next = noted(state, event.channel, event, now);
    if (isMe(state, event.user.nick)) return within(next, event.channel, left);
    return within(next, event.channel, (at) => withMember(state, at, event.user.nick, () => undefined));
  },
  quit: (state, event, now) => notedOf(state, event.from.nick, event, now, () => undefined),

  nick(state, event, now) {
    let next = notedOf(state, event.from.nick, event, now, (found) => ({ ...found, nick: event.nick }));
    if (isMe(state, event.from.nick)) return { ...next, me: { ...next.me, nick: event.nick } };
    // Who is talked with stays the same person.
    const fold = foldOf(state);
    const [from, to] = [fold(event.from.nick), fold(event.nick)];
    const at = next.conversations[from];
    if (!at || next.conversations[to]) return next;
    const { [from]: _, ...rest } = next.conversations;
    next = { ...next, conversations: { ...rest, [to]: { ...at, key: to, name: event.nick } } };
    return next.active === from ? { ...next, active: to } : next;
  },
  away(state, event) {
    const away = event.text !== undefined;
    const key = foldOf(state)(event.from.nick);
    let next = isMe(state, event.from.nick) ? { ...state, away: event.text ?? null } : state;
    for (const at of Object.values(state.conversations)) {
      if (!at.members[key]) continue;
      next = within(next, at.name, (each) => withMember(state, each, event.from.nick, (found) => ({ ...found, away })));
    }
    return next;
  },
  account(state, event) {
    const next = isMe(state, event.from.nick)
      ? { ...state, me: { ...state.me, account: event.account ?? null } }
      : state;
    return notedOf(next, event.from.nick, event, 0, (found) => ({ ...found, account: event.account ?? null }));
  },
  topic(state, event, now) {
    const topic = event.text ? { text: event.text, by: event.from?.nick } : null;
    return noted(within(state, event.channel, (at) => ({ ...at, topic })), event.channel, event, now);
  },
  modes(state, event, now) {
    return noted(within(state, event.channel, (at) => promoted(state, at, event.changes)), event.channel, event, now);
  },
  channel_renamed(state, event, now) {
    const fold = foldOf(state);
    const [from, to] = [fold(event.channel), fold(event.name)];
    const { [from]: at, ...rest } = state.conversations;
    if (!at) return state;
    const next = { ...state, conversations: { ...rest, [to]: { ...at, key: to, name: event.name } } };
    return noted(next.active === from ? { ...next, active: to } : next, event.name, event, now);
  },

  mark(state, event) {
    return within(state, event.target, (at) =>
      conv.marked(at, Date.parse(event.to), about(state, at), at.key === state.active && state.attended),
    );
  },
};
