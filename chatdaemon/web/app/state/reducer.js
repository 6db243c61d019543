/**
 * What actions make of the page's state. Pure: time and chance come with the action.
 * @module
 */
import * as conv from "./conversation.js";
import { EVENTS } from "./events.js";
import { described } from "./membership.js";
import { about, changed, foldOf, initial, within } from "./state.js";

const everywhere = (state, change) => {
  let conversations = state.conversations;
  for (const [key, each] of Object.entries(conversations)) {
    const after = change(each);
    if (after !== each) conversations = { ...conversations, [key]: after };
  }
  return conversations === state.conversations ? state : { ...state, conversations };
};

const ACTIONS = {
  phase: (state, { phase, retryAt = 0 }) => ({ ...state, phase, retryAt }),

  /** Hello was answered. Who has lost events asks for everything again. */
  welcomed(state, { ok, fresh }) {
    const me = { nick: ok.user.nick, account: ok.user.account ?? null, operator: ok.user.operator ?? false };
    const server = { name: ok.server, network: ok.network, casemapping: ok.casemapping, limits: ok.limits };
    let next = { ...state, phase: "online", me, server, away: ok.away ?? null };
    const inside = new Set((ok.channels ?? []).map((each) => foldOf(next)(each.channel)));
    next = everywhere(next, (each) => {
      const kept = fresh ? { ...each, loaded: false, loading: null } : { ...each, loading: null };
      return each.channel && !inside.has(each.key) ? { ...kept, joined: false, members: {} } : kept;
    });
    for (const channel of ok.channels ?? []) next = changed(next, channel.channel, (at) => described(next, at, channel));
    return next;
  },

  signedOut: () => initial,

  event(state, { event, now }) {
    const apply = EVENTS[event.event];
    return apply ? apply(state, event, now) : state;
  },

  joined: (state, { channel }) => changed(state, channel.channel, (at) => described(state, at, channel)),
  names: (state, { channel }) => within(state, channel.channel, (at) => described(state, at, channel)),

  opened(state, { name }) {
    const next = changed(state, name, (at) => at);
    const key = foldOf(state)(name);
    if (key === state.active) return { ...next, panel: null };
    const left = everywhere(next, (each) => (each.key === state.active ? conv.trimmed({ ...each, newFrom: null }) : each));
    const line = changed(left, name, (at) => conv.counted(at, about(left, at)));
    // What is not loaded yet is not counted anew: what is known of it stands.
    const known = next.conversations[key];
    const shown = known.loaded ? line : changed(left, name, () => known);
    return { ...shown, active: key, panel: null, target: null };
  },
  closed(state, { name }) {
    const { [foldOf(state)(name)]: gone, ...conversations } = state.conversations;
    const active = gone?.key === state.active ? null : state.active;
    return gone ? { ...state, conversations, active } : state;
  },
  attended: (state, { attended }) => (state.attended === attended ? state : { ...state, attended }),

  loading: (state, { name, where }) => within(state, name, (at) => ({ ...at, loading: where })),
  loadFailed: (state, { name }) => within(state, name, (at) => ({ ...at, loading: null, loaded: true })),
  told: (state, { name, page }) =>
    within(state, name, (at) => {
      const next = conv.told(at, page, about(state, at));
      return at.key === state.active && at.loaded ? { ...next, newFrom: at.newFrom ?? next.newFrom } : next;
    }),
  target: (state, { id }) => ({ ...state, target: id }),

  markers(state, { markers }) {
    let next = state;
    for (const { target, to } of markers) {
      next = within(next, target, (at) => conv.marked(at, Date.parse(to), about(state, at), false));
    }
    return { ...next, markers: Object.fromEntries(markers.map((each) => [foldOf(state)(each.target), Date.parse(each.to)])) };
  },
  talked: (state, { name, at }) =>
    changed(state, name, (each) => ({
      ...each,
      last: Math.max(each.last, at),
      marker: Math.max(each.marker, state.markers?.[each.key] ?? 0),
    })),
  marked: (state, { name, to }) =>
    within(state, name, (at) => conv.marked(at, to, about(state, at), at.key === state.active)),

  queued: (state, { name, message }) => changed(state, name, (at) => ({ ...at, pending: [...at.pending, message] })),
  retried: (state, { name, key }) =>
    within(state, name, (at) => ({
      ...at,
      pending: at.pending.map((each) => (each.key === key ? { ...each, failed: undefined } : each)),
    })),
  unsent: (state, { name, key, failed }) =>
    within(state, name, (at) => ({
      ...at,
      pending: failed
        ? at.pending.map((each) => (each.key === key ? { ...each, failed } : each))
        : at.pending.filter((each) => each.key !== key),
    })),
  /** What was sent has an id now: it is a message like the others. */
  sent(state, { name, key, event, now }) {
    const next = within(state, name, (at) => ({ ...at, pending: at.pending.filter((each) => each.key !== key) }));
    return ACTIONS.event(next, { event, now });
  },

  panel: (state, { panel }) => ({ ...state, panel: state.panel === panel ? null : panel }),
  directory: (state, { directory }) => ({ ...state, directory }),
  found: (state, { found }) => ({ ...state, found }),
  whois: (state, { whois }) => ({ ...state, whois }),
  reply: (state, { name, id }) => ({ ...state, replyTo: { ...state.replyTo, [foldOf(state)(name)]: id } }),
  toast: (state, { toast }) => ({ ...state, toasts: [...state.toasts.filter((each) => each.text !== toast.text).slice(-2), toast] }),
  untoast: (state, { id }) => ({ ...state, toasts: state.toasts.filter((each) => each.id !== id) }),
  away: (state, { text }) => ({ ...state, away: text }),
  tick: (state, { now }) => everywhere(state, (each) => conv.expired(each, now)),
};

/** @param {typeof initial} state @param {{type: string}} action */
export const reduce = (state, action) => ACTIONS[action.type](state, action);
