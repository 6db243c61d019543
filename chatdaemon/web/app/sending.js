/**
 * What is written: kept until it is answered, and sent again after the connection was lost. The key that goes with it
 * has the server say it once.
 * @module
 */
import { Refused } from "./wire.js";

// How often others are told that one writes, and how long after the last letter that ends, milliseconds.
const TYPING = 3000;
const MARK = 600;

const key = () => crypto.getRandomValues(new Uint32Array(3)).reduce((text, part) => text + part.toString(36), "w");

export class Sending {
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    this.flying = new Set();
    this.typingAt = {};
  }

  /**
   * Say something.
   * @param {string} name a channel or a nick
   * @param {string} text
   * @param {{kind?: string, reply?: string}} [how]
   */
  say(name, text, { kind = "message", reply } = {}) {
    const message = { key: key(), at: Date.now(), text, kind, ...(reply && { reply }) };
    delete this.typingAt[name];
    this.store.dispatch({ type: "queued", name, message });
    this.flush(name);
  }

  retry(name, which) {
    this.store.dispatch({ type: "retried", name, key: which });
    this.flush(name);
  }

  forget(name, which) {
    this.store.dispatch({ type: "unsent", name, key: which });
  }

  /** Send what waits, in its order, each once at a time. */
  flush(only) {
    for (const at of Object.values(this.store.get().conversations)) {
      if (only && at.name !== only && at.key !== only) continue;
      for (const message of at.pending) {
        if (!message.failed && !this.flying.has(message.key)) this.send(at.name, message);
      }
    }
  }

  async send(name, message) {
    const { key: mine, text, kind, reply } = message;
    this.flying.add(mine);
    try {
      const ok = await this.ask("send", { target: name, text, kind, key: mine, ...(reply && { reply }) });
      this.store.dispatch({ type: "sent", name, key: mine, now: Date.now(), event: this.event(name, message, ok) });
      if (ok.away) this.store.dispatch({ type: "toast", toast: { id: mine, text: `${name} is away: ${ok.away}` } });
    } catch (error) {
      if (error instanceof Refused) {
        if (error.code === "not_stored" && error.msgid) {
          const ok = { msgid: error.msgid, time: new Date().toISOString() };
          this.store.dispatch({ type: "sent", name, key: mine, now: Date.now(), event: this.event(name, message, ok) });
        } else this.store.dispatch({ type: "unsent", name, key: mine, failed: error.message });
      }
      // Lost: it waits for the next hello.
    } finally {
      this.flying.delete(mine);
    }
  }

  /** What others are told of it. */
  event(name, { text, kind, reply, react, unreact }, ok) {
    const { me } = this.store.get();
    const event = { event: "message", msgid: ok.msgid, time: ok.time, from: { nick: me.nick }, target: name, kind };
    Object.assign(event, { text: ok.text ?? text ?? "" }, reply && { reply }, react && { react }, unreact && { unreact });
    return event;
  }

  /** React to a message, or take that back. */
  async react(name, id, text, on) {
    const how = on ? { react: text } : { unreact: text };
    const ok = await this.ask("send", { target: name, kind: "tag", reply: id, ...how });
    const event = this.event(name, { kind: "tag", reply: id, ...how }, ok);
    this.store.dispatch({ type: "event", event, now: Date.now() });
  }

  /** Somebody types, or has cleared what they typed. */
  typing(name, active) {
    const last = this.typingAt[name];
    const now = Date.now();
    if (active ? last && now - last < TYPING : !last) return;
    if (active) this.typingAt[name] = now;
    else delete this.typingAt[name];
    this.ask("send", { target: name, kind: "tag", typing: active ? "active" : "done" }).catch(() => {});
  }

  /** Have all clients of the user know up to where it was read, once it was looked at for a moment. */
  read(at) {
    const last = at.messages.findLast((each) => each.kind !== "happening");
    if (!last || last.at <= at.marker || !at.atEnd) return;
    this.marking ??= new Map();
    if (this.marking.has(at.name)) return;
    const mark = async () => {
      this.marking.delete(at.name);
      const { conversations, attended, active } = this.store.get();
      const now = conversations[at.key];
      const read = now?.messages.findLast((each) => each.kind !== "happening");
      if (!attended || active !== at.key || !read || read.at <= now.marker) return;
      this.store.dispatch({ type: "marked", name: at.name, to: read.at });
      await this.ask("mark", { target: at.name, to: new Date(read.at).toISOString() }).catch(() => {});
    };
    this.marking.set(at.name, setTimeout(mark, MARK));
  }
}
