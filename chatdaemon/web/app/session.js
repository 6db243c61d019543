/**
 * Being connected: saying who one is, coming back after the connection was lost, going on where it was.
 * @module
 */
import { Lost, Refused, Wire } from "./wire.js";

const SOON = 300;
const LONGEST = 30000;
const RESUME = "chatdaemon.resume";
// As the server says that somebody else goes on with the session.
const ELSEWHERE = "Resumed elsewhere";

/**
 * @typedef {object} Identity
 * @property {"guest" | "account" | "register" | "verify" | "token" | "reload"} kind
 * @property {string} [nick]
 * @property {string} [account]
 * @property {string} [password] kept in memory only, to come back when the server has restarted
 * @property {string} [token]
 * @property {string} [email]
 */

/** The account is made and cannot be used yet: `standing` says what it waits for. */
export class Waits extends Error {
  constructor(standing, account) {
    super(standing);
    this.standing = standing;
    this.account = account;
  }
}

export class Session {
  /**
   * @param {ReturnType<import("./state/store.js").createStore>} store
   * @param {object} around
   * @param {string} around.url the WebSocket's
   * @param {Storage} around.memory what lasts as long as the tab
   * @param {(fresh: boolean) => void} around.welcomed what goes on after each hello
   * @param {(event: object) => void} around.happened
   */
  constructor(store, { url, memory, welcomed, happened }) {
    Object.assign(this, { store, url, memory, welcomed, happened });
    this.wire = null;
    /** @type {Identity | null} */
    this.identity = null;
    this.failures = 0;
    this.resume = null;
    this.after = undefined;
    this.ready = false;
    addEventListener("online", () => this.hurry());
    addEventListener("pagehide", () => this.note());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.note();
      else {
        this.memory.removeItem(RESUME);
        this.hurry();
      }
    });
  }

  /**
   * Come in. Raises Refused, Lost (nobody answers) and Waits.
   * @param {Identity} identity
   */
  async enter(identity) {
    this.identity = null;
    this.wire?.cut();
    this.store.dispatch({ type: "phase", phase: "connecting" });
    try {
      await this.connect(identity);
    } catch (error) {
      this.wire?.cut();
      this.store.dispatch({ type: "phase", phase: "signed-out" });
      throw error;
    }
  }

  /** What this tab was before it was loaded again, if it is not too long ago. */
  remembered() {
    try {
      return JSON.parse(this.memory.getItem(RESUME));
    } catch {
      return null;
    } finally {
      this.memory.removeItem(RESUME);
    }
  }

  /**
   * Keep what a reload of the tab needs to go on: no password, and good for minutes only. It is kept while nobody looks,
   * and by a page that goes: a tab that is copied must not be given it, since both would go on with one session.
   */
  note() {
    const { nick, account } = this.store.get().me;
    if (this.resume) this.memory.setItem(RESUME, JSON.stringify({ token: this.resume, nick, account }));
  }

  async leave(reason) {
    this.identity = null;
    this.forget();
    if (this.ready) await this.wire.ask("bye", { reason }).catch(() => {});
    this.ready = false;
    this.wire?.cut();
    this.store.dispatch({ type: "signedOut" });
  }

  forget() {
    this.resume = null;
    this.after = undefined;
    this.memory.removeItem(RESUME);
  }

  /** @returns {Promise<object>} what the ok says. Raises Refused and Lost. */
  ask(op, fields) {
    return this.ready ? this.wire.ask(op, fields) : Promise.reject(new Lost());
  }

  connect(identity) {
    return new Promise((resolve, reject) => {
      this.ready = false;
      const wire = new Wire(this.url, {
        event: (event) => this.receive(event),
        open: () => this.greet(wire, identity).then(resolve, reject),
        lost: (reason) => {
          reject(new Lost());
          if (this.wire === wire) this.lost(reason);
        },
      });
      this.wire = wire;
    });
  }

  receive(event) {
    if (event.event === "ping") this.wire.ask("ping").catch(() => {});
    if (event.msgid && !(this.after > event.msgid)) this.after = event.msgid;
    this.happened(event);
  }

  async greet(wire, identity) {
    if (identity.kind === "register") await this.register(wire, identity);
    else if (identity.kind === "account") {
      await wire.ask("login", { account: identity.account, password: identity.password });
    } else if (identity.kind === "verify") {
      await wire.ask("verify", { account: identity.account, code: identity.code });
      await wire.ask("login", { account: identity.account, password: identity.password });
      identity.kind = "account";
    } else if (identity.kind === "token") await wire.ask("login", { token: identity.token });
    const resume = this.resume ? { token: this.resume, ...(this.after && { after: this.after }) } : true;
    const hello = { v: 1, resume };
    if (identity.nick) Object.assign(hello, { nick: identity.nick, realname: identity.nick });
    if (identity.serverPassword) hello.password = identity.serverPassword;
    const ok = await wire.ask("hello", hello);
    const resumed = Boolean(ok.resumed);
    if (identity.kind === "reload" && !resumed && identity.account && ok.user.account !== identity.account) {
      // Too late to go on: they have to say again who they are.
      this.forget();
      wire.ask("bye").catch(() => {});
      throw new Waits("signed-out", identity.account);
    }
    this.welcome(ok, resumed, identity);
  }

  async register(wire, identity) {
    const { account, password, email, invitation } = identity;
    const asked = { account, password, ...(email && { email }), ...(invitation && { invitation }) };
    const { standing } = await wire.ask("register", asked);
    if (standing !== "active") throw new Waits(standing, account);
    identity.kind = "account";
  }

  welcome(ok, resumed, identity) {
    this.failures = 0;
    this.ready = true;
    // A guest stays who they have become; the others stay who they are.
    this.identity = ok.user.account ? identity : { ...identity, nick: ok.user.nick };
    this.resume = ok.resume ?? null;
    if (!resumed) this.after = undefined;
    const fresh = !resumed;
    this.store.dispatch({ type: "welcomed", ok, fresh });
    this.welcomed(fresh);
  }

  /** Go on as the tab did before it was loaded again. */
  async goOn({ token, nick, account }) {
    this.resume = token;
    const identity = account ? { kind: "reload", account } : { kind: "reload", nick };
    try {
      await this.enter(identity);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  // Losing the connection, and coming back.

  lost(reason) {
    this.ready = false;
    if (!this.identity) return;
    if (reason === ELSEWHERE) {
      // Not to be taken back from there: who can says again who they are, and has a session of their own.
      this.forget();
      if (!this.identity.password && !this.identity.token) {
        this.giveUp("You went on in another window.");
        return;
      }
    }
    const delay = Math.min(LONGEST, SOON * 2 ** this.failures) * (0.7 + 0.6 * Math.random());
    this.failures += 1;
    this.store.dispatch({ type: "phase", phase: "waiting", retryAt: Date.now() + delay, reason });
    this.timer = setTimeout(() => this.retry(), delay);
  }

  /** Something has changed that makes it worth trying now. */
  hurry() {
    if (this.store.get().phase !== "waiting") return;
    clearTimeout(this.timer);
    this.retry();
  }

  async retry() {
    this.store.dispatch({ type: "phase", phase: "connecting" });
    try {
      await this.connect(this.identity);
    } catch (error) {
      if (error instanceof Refused && error.code === "nick_in_use" && this.identity?.nick) {
        this.identity = { ...this.identity, nick: `${this.identity.nick}_` };
        this.wire.cut();
      } else if (error instanceof Refused && error.code !== "busy" && error.code !== "unavailable") {
        this.giveUp(error.message);
      } else if (error instanceof Waits) this.giveUp("Please sign in again");
      else if (!(error instanceof Lost)) this.wire.cut();
    }
  }

  giveUp(why) {
    this.identity = null;
    this.wire.cut();
    this.forget();
    this.store.dispatch({ type: "signedOut" });
    this.store.dispatch({ type: "toast", toast: { id: Date.now(), text: why } });
  }
}
