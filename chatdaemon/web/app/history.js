/**
 * What was said before: asked for when it is looked at, and, of all conversations, to know what was not read.
 * @module
 */

const PAGE = 80;
// The server lets clients do a few things a second for long; what nobody waits for leaves room for the rest.
const FEW = 8;
const PAUSE = 400;

export class Past {
  /**
   * @param {ReturnType<import("./state/store.js").createStore>} store
   * @param {(op: string, fields?: object) => Promise<object>} ask
   */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    this.round = 0;
  }

  conversation(name) {
    const { conversations } = this.store.get();
    return conversations[name] ?? Object.values(conversations).find((each) => each.name === name);
  }

  /**
   * Ask for a piece of a conversation.
   * @param {string} name
   * @param {"latest" | "older" | "newer" | "around"} where
   * @param {string} [id] the message to look around
   */
  async load(name, where, id) {
    const at = this.conversation(name);
    if (!at || at.loading) return;
    const [first, last] = [at.oldest ?? at.messages[0]?.id, at.newest ?? at.messages.at(-1)?.id];
    if ((where === "older" && !first) || (where === "newer" && !last)) return;
    const bound = { latest: {}, older: { before: first }, newer: { after: last }, around: { around: id } }[where];
    this.store.dispatch({ type: "loading", name, where });
    try {
      const { messages, more = false } = await this.ask("history", { target: name, limit: PAGE, events: true, ...bound });
      this.store.dispatch({ type: "told", name, page: { where, events: messages, more } });
    } catch (error) {
      // What is not kept is not there: a conversation of two guests, say.
      this.store.dispatch({ type: "loadFailed", name });
      if (where === "around") throw error;
    }
  }

  /** After a hello: what was read, who was talked with, and what came since. */
  async catchUp() {
    const round = ++this.round;
    const over = () => round !== this.round;
    let asked = 0;
    const spaced = async (op, fields) => {
      if (++asked > FEW) await new Promise((done) => setTimeout(done, PAUSE));
      return over() ? null : this.ask(op, fields);
    };
    try {
      const { markers } = (await spaced("mark")) ?? { markers: [] };
      this.store.dispatch({ type: "markers", markers });
      const told = await spaced("targets", { limit: 50 });
      if (!told) return;
      for (const { target, time } of told.targets) {
        const at = this.conversation(target);
        // Channels that one has left are not talked in.
        if (target.startsWith("#") && !at) continue;
        this.store.dispatch({ type: "talked", name: target, at: Date.parse(time) });
      }
      const { conversations, active } = this.store.get();
      const waiting = Object.values(conversations)
        .filter((each) => !each.loaded && (each.key === active || each.last > each.marker))
        .sort((a, b) => (b.key === active) - (a.key === active) || b.last - a.last);
      for (const { name } of waiting) {
        if (++asked > FEW) await new Promise((done) => setTimeout(done, PAUSE));
        if (over()) return;
        await this.load(name, "latest");
      }
    } catch {
      // The connection went, or nothing is kept here: it is asked again with the next hello.
    }
  }
}
