/**
 * One WebSocket that speaks the JSON protocol: ops out, answers and events in.
 * @module
 */

/** What the server has refused. `code` is for programs, `message` for people. */
export class Refused extends Error {
  constructor({ code, message, ...rest }) {
    super(message);
    Object.assign(this, { code, ...rest });
  }
}

/** The connection went before the answer came: what was asked may have been done, or not. */
export class Lost extends Error {
  constructor() {
    super("The connection was lost");
  }
}

// Silence after which the server is asked for a sign of life, and how long that may take, milliseconds.
const QUIET = 45000;
const PATIENCE = 15000;

export class Wire {
  /**
   * @param {string} url
   * @param {object} told
   * @param {(event: object) => void} told.event
   * @param {() => void} told.open
   * @param {(reason: string) => void} told.lost
   */
  constructor(url, { event, open, lost }) {
    this.told = { event, open, lost };
    this.waiting = new Map();
    this.count = 0;
    this.over = false;
    this.reason = "";
    this.socket = new WebSocket(url, "json.chatdaemon");
    this.socket.onopen = () => {
      this.listen();
      open();
    };
    this.socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    this.socket.onclose = ({ reason }) => this.end(this.reason || reason);
  }

  /**
   * @param {string} op
   * @param {object} [fields]
   * @returns {Promise<object>} what the ok says. Raises Refused and Lost.
   */
  ask(op, fields = {}) {
    return new Promise((resolve, reject) => {
      if (this.over || this.socket.readyState !== WebSocket.OPEN) {
        reject(new Lost());
        return;
      }
      const id = ++this.count;
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, op, ...fields }));
    });
  }

  receive(message) {
    this.listen();
    if (message.event === "bye") this.reason = message.reason;
    if (message.event) {
      this.told.event(message);
      return;
    }
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.ok) asked?.resolve(message.ok);
    else asked?.reject(new Refused(message.error));
  }

  /** Something was heard; long silence is looked into. */
  listen() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.ask("ping").catch(() => {});
      this.timer = setTimeout(() => this.cut(), PATIENCE);
    }, QUIET);
  }

  /** End it now, without waiting for the other side. */
  cut() {
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.onopen = null;
    this.socket.close();
    this.end("");
  }

  end(reason) {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    for (const { reject } of this.waiting.values()) reject(new Lost());
    this.waiting.clear();
    this.told.lost(reason);
  }
}
