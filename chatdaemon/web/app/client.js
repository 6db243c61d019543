/**
 * What the page does: everything that people ask of it comes through here.
 * @module
 */
import { Past } from "./history.js";
import { alarm } from "./notify.js";
import { Sending } from "./sending.js";
import { Session } from "./session.js";
import { isMe, about } from "./state/state.js";
import { entryOf, isSaid } from "./state/messages.js";
import { isChannel } from "./text/names.js";
import { Lost, Refused } from "./wire.js";
import * as keeping from "./keeping.js";

const DIRECTORY = 200;

/** What went wrong, for people. */
export const kindly = (error) => {
  if (error instanceof Lost) return "There is no connection at the moment.";
  if (error instanceof Refused) return error.message;
  throw error;
};

export class Client {
  /** @param {ReturnType<import("./state/store.js").createStore>} store @param {string} url */
  constructor(store, url) {
    this.store = store;
    this.session = new Session(store, {
      url,
      memory: sessionStorage,
      welcomed: (fresh) => this.welcomed(fresh),
      happened: (event) => this.happened(event),
    });
    const ask = (op, fields) => this.session.ask(op, fields);
    this.ask = ask;
    this.past = new Past(store, ask);
    this.sending = new Sending(store, ask);
    store.subscribe(() => this.look());
    setInterval(() => store.dispatch({ type: "tick", now: Date.now() }), 1000);
  }

  get state() {
    return this.store.get();
  }

  dispatch(action) {
    this.store.dispatch(action);
  }

  /** @param {string} text @param {string} [channel] one that it is about, to be joined from there */
  toast(text, channel) {
    const id = `t${Math.random()}`;
    this.dispatch({ type: "toast", toast: { id, text, ...(channel && { channel }) } });
    setTimeout(() => this.dispatch({ type: "untoast", id }), 8000);
  }

  /** Ask, and say what went wrong if it did. @returns {Promise<object | null>} */
  async attempt(op, fields) {
    try {
      return await this.ask(op, fields);
    } catch (error) {
      this.toast(kindly(error));
      return null;
    }
  }

  // Coming and going.

  async enter(identity, keep) {
    await this.session.enter(identity);
    if (keep) await keeping.keep(this);
  }

  async leave() {
    await keeping.forget(this);
    await this.session.leave("Signed out");
  }

  welcomed(fresh) {
    const { conversations, active } = this.state;
    if (fresh) {
      for (const at of Object.values(conversations)) {
        if (at.channel && at.rejoin !== false && this.wanted.has(at.key) && !at.joined) this.join(at.name, { open: false });
      }
      this.past.catchUp();
    }
    for (const at of Object.values(this.state.conversations)) {
      if (at.channel && at.joined) this.wanted.add(at.key);
      if (at.channel && at.joined && Object.keys(at.members).length === 0) this.refresh(at.name);
    }
    this.sending.flush();
    if (active) this.load(active);
    else this.openFirst();
  }

  /** Channels to go back to when the server has forgotten that one was there. */
  wanted = new Set();

  openFirst() {
    const last = keeping.lastOpen();
    const all = Object.values(this.state.conversations);
    const found = all.find((at) => at.key === last) ?? all.find((at) => at.joined);
    if (found) this.open(found.name);
  }

  async refresh(name) {
    const channel = await this.ask("names", { channel: name }).catch(() => null);
    if (channel) this.dispatch({ type: "names", channel });
  }

  happened(event) {
    const before = this.state;
    this.dispatch({ type: "event", event, now: Date.now() });
    if (event.event === "gap") this.past.catchUp();
    if (event.event === "invite" && isMe(before, event.user.nick)) {
      this.toast(`${event.from?.nick ?? "The server"} invites you to ${event.channel}.`, event.channel);
    }
    if (event.event === "kick" && isMe(before, event.user.nick)) {
      this.toast(`${event.from?.nick ?? "The server"} put you out of ${event.channel}${event.reason ? `: ${event.reason}` : ""}`);
    }
    if (event.event === "join" && event.from && isMe(before, event.from.nick)) this.wanted.add(this.keyOf(event.channel));
    if (event.event === "server_notice" || (event.event === "message" && !event.from)) this.toast(event.text);
    if (event.event === "wallops") this.toast(`${event.from?.nick ?? "The server"} to all: ${event.text}`);
    this.alarm(event);
  }

  /** Somebody is spoken to, and does not look. */
  alarm(event) {
    if (event.event !== "message" || !event.from || isMe(this.state, event.from.nick)) return;
    const entry = entryOf(event);
    const name = isChannel(event.target) ? event.target : event.from.nick;
    const at = this.past.conversation(this.keyOf(name));
    if (!entry || !isSaid(entry) || !at || entry.kind === "notice") return;
    if (this.state.attended && at.key === this.state.active) return;
    if (about(this.state, at)(entry).mentions && entry.at > at.marker) {
      alarm(at.channel ? `${entry.nick} in ${at.name}` : entry.nick, entry.text, at.key, () => this.open(at.name));
    }
  }

  keyOf(name) {
    const key = Object.values(this.state.conversations).find((at) => at.name === name || at.key === name)?.key;
    return key ?? name.toLowerCase();
  }

  /** What is looked at has been read. */
  look() {
    const { conversations, active, attended, phase } = this.state;
    const at = conversations[active];
    if (at && attended && phase === "online") this.sending.read(at);
  }

  // Conversations.

  open(name) {
    this.dispatch({ type: "opened", name });
    keeping.opened(this.state.active);
    this.load(this.state.active);
  }

  load(key) {
    const at = this.state.conversations[key];
    if (at && !at.loaded && !at.loading && this.session.ready) this.past.load(at.name, "latest");
  }

  older = (name) => this.past.load(name, "older");
  newer = (name) => this.past.load(name, "newer");
  latest = (name) => this.past.load(name, "latest");

  /** Go to a message, wherever it is. */
  async jump(name, id) {
    if (this.state.active !== this.keyOf(name)) this.open(name);
    const at = this.state.conversations[this.state.active];
    try {
      if (!at.messages.some((each) => each.id === id)) {
        // What is being loaded now is not what is wanted.
        this.dispatch({ type: "loading", name: at.name, where: null });
        await this.past.load(at.name, "around", id);
      }
      this.dispatch({ type: "target", id });
    } catch (error) {
      this.toast(kindly(error));
    }
  }

  async join(name, { key, open = true } = {}) {
    const channel = await this.attempt("join", { channel: name, ...(key && { key }) });
    if (!channel) return;
    this.dispatch({ type: "joined", channel });
    this.baseline(channel);
    this.wanted.add(this.keyOf(channel.channel));
    if (open) this.open(channel.channel);
  }

  /** What is said from now on is new, wherever it is looked at first. */
  baseline({ channel, time }) {
    if (!time || this.past.conversation(this.keyOf(channel))?.marker) return;
    this.dispatch({ type: "marked", name: channel, to: Date.parse(time) });
    this.ask("mark", { target: channel, to: time }).catch(() => {});
  }

  /** Leave a channel, or close a conversation with somebody. */
  async part(name, reason) {
    const at = this.past.conversation(this.keyOf(name));
    if (at?.channel && at.joined && !(await this.attempt("part", { channel: name, ...(reason && { reason }) }))) return;
    this.wanted.delete(this.keyOf(name));
    this.dispatch({ type: "closed", name });
    if (!this.state.active) this.openFirst();
  }

  async directory(more = false) {
    const before = more ? this.state.directory.channels : [];
    if (!more) this.dispatch({ type: "directory", directory: { loading: true, channels: [], more: false } });
    const after = before.at(-1)?.channel ?? "";
    const found = await this.attempt("list", { limit: DIRECTORY, ...(after && { after }) });
    const channels = [...before, ...(found?.channels ?? [])];
    this.dispatch({ type: "directory", directory: { loading: false, channels, more: found?.more ?? false } });
  }

  async find(text, target, before) {
    const shown = before ? this.state.found?.messages ?? [] : [];
    this.dispatch({ type: "found", found: { text, target, loading: true, messages: shown, more: false } });
    try {
      const asked = { text, limit: 30, ...(target && { target }), ...(before && { before }) };
      const { messages, more } = await this.ask("search", asked);
      this.dispatch({ type: "found", found: { text, target, loading: false, messages: [...shown, ...messages.reverse()], more } });
    } catch (error) {
      this.dispatch({ type: "found", found: { text, target, loading: false, messages: shown, more: false, error: kindly(error) } });
    }
  }

  // Messages, people and channels.

  async react(name, id, text, on) {
    await this.sending.react(name, id, text, on).catch((error) => this.toast(kindly(error)));
  }

  async redact(name, id) {
    const ok = await this.attempt("redact", { target: name, message_id: id });
    if (!ok) return;
    const event = { event: "redact", msgid: ok.msgid, time: ok.time, target: name, message_id: id, from: { nick: this.state.me.nick } };
    this.dispatch({ type: "event", event, now: Date.now() });
  }

  /** Do what changes a channel, and show it as others are shown it. */
  async change(op, fields) {
    const ok = await this.attempt(op, fields);
    if (!ok) return null;
    const text = op === "topic" ? { text: ok.topic?.text ?? "" } : {};
    const event = { from: { nick: this.state.me.nick }, ...ok, ...text, event: { mode: "modes" }[op] ?? op };
    if (event.msgid) this.dispatch({ type: "event", event, now: Date.now() });
    for (const refusal of ok.refusals ?? []) this.toast(refusal.message);
    return ok;
  }

  async nick(nick) {
    const from = { nick: this.state.me.nick };
    const ok = await this.attempt("nick", { nick });
    if (!ok) return;
    this.dispatch({ type: "event", event: { ...ok, event: "nick", from }, now: Date.now() });
    this.session.identity = this.state.me.account ? this.session.identity : { ...this.session.identity, nick: ok.nick };
  }

  async away(text) {
    const ok = await this.attempt("away", text ? { text } : {});
    if (ok) this.happened({ event: "away", from: { nick: this.state.me.nick }, ...(text && { text }) });
  }

  async whois(nick) {
    const whois = await this.attempt("whois", { nick });
    if (whois) this.dispatch({ type: "whois", whois });
  }
}
