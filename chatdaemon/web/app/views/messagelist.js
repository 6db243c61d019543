/**
 * What was said, of which only a part is in the document: it moves along as one scrolls, and what one looks at stays
 * where it is.
 * @module
 */
import { foldOf, isMe } from "../state/state.js";
import { dayName } from "../text/time.js";
import { items, summary } from "./items.js";
import { Message, Pending } from "./message.js";
import { Component, html, Icon } from "./ui.js";

// Rows that are in the document at most, and by how many that is moved. What merely happened is one row, however much
// of it there is.
const MOST = 180;
const STEP = 60;
// From an edge, in pixels: where more is needed, and what still counts as the end.
const NEAR = 500;
const AT_END = 24;

export class MessageList extends Component {
  /** `from`: the id of the first message that is shown; `to`: of the first behind the last; null: the end. */
  state = { from: null, to: null, stuck: true, active: null, picking: null };

  constructor(props) {
    super(props);
    const { client } = props;
    this.placed = false;
    this.top = 0;
    this.does = {
      point: (id) => id !== this.state.active && this.setState({ active: id, picking: null }),
      // A finger's tap is told as a mouse, too, also of what only appears under it.
      hover: (id) => matchMedia("(hover: hover)").matches && this.does.point(id),
      pick: (id) => this.setState(({ picking }) => ({ picking: picking === id ? null : id })),
      react: (id, text, on) => {
        this.setState({ picking: null });
        client.react(this.props.at.name, id, text, on);
        this.row(id)?.focus({ preventScroll: true });
      },
      reply: (message) => {
        client.dispatch({ type: "reply", name: this.props.at.name, id: message.id });
        document.querySelector(".composer textarea")?.focus();
      },
      redact: (message) => client.redact(this.props.at.name, message.id),
      mayRedact: (own) => own || this.props.mayRedact,
      jump: (id) => client.jump(this.props.at.name, id),
      whois: (nick) => client.whois(nick),
      key: (event, message) => this.key(event, message),
    };
    // What can be done with a message is shown while the mouse or the keyboard is there.
    this.pointedAway = () => {
      if (!this.list.contains(document.activeElement)) this.setState({ active: null, picking: null });
    };
    this.focusedAway = ({ relatedTarget }) => {
      if (relatedTarget && !this.list.contains(relatedTarget)) this.setState({ active: null, picking: null });
    };
    this.attend = () => {
      const attended = this.state.stuck && document.hasFocus() && !document.hidden;
      client.dispatch({ type: "attended", attended });
    };
  }

  // Which part.

  /** All rows, made again only when there are others. */
  get all() {
    const { messages, newFrom } = this.props.at;
    if (this.made?.messages !== messages || this.made.newFrom !== newFrom) {
      const byId = new Map(messages.map((each) => [each.id, each]));
      this.made = { messages, newFrom, byId, rows: items(messages, newFrom) };
    }
    return this.made;
  }

  slice() {
    const { rows } = this.all;
    const { from, to } = this.state;
    const end = to === null ? rows.length : place(rows, to);
    const start = from === null ? Math.max(0, end - MOST) : place(rows, from);
    return { start: Math.max(start, end - 2 * MOST), end };
  }

  move(start, end) {
    const { rows } = this.all;
    this.setState({ from: rows[start]?.upto ?? null, to: end >= rows.length ? null : rows[end].upto });
  }

  scrolled() {
    const { at, client } = this.props;
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    this.top = scrollTop;
    const { start, end } = this.slice();
    const { length } = this.all.rows;
    const below = scrollHeight - scrollTop - clientHeight;
    const stuck = below < AT_END && end >= length && at.atEnd;
    if (stuck !== this.state.stuck) this.setState({ stuck }, this.attend);
    if (scrollTop < NEAR) {
      if (start > 0) this.move(Math.max(0, start - STEP), Math.min(end, start - STEP + MOST));
      else if (!at.atStart && this.props.online) client.older(at.name);
    } else if (below < NEAR) {
      if (end < length) {
        const last = Math.min(length, end + STEP);
        this.move(Math.max(0, last - MOST), last);
      } else if (!at.atEnd && this.props.online) client.newer(at.name);
      else if (stuck && this.state.from !== null) this.setState({ from: null, to: null });
    } else if (this.state.from === null) {
      // What one looks at does not move out because others write.
      this.move(start, end);
    }
  }

  // Staying where one looks.

  getSnapshotBeforeUpdate() {
    if (!this.box) return null;
    // Somebody may have scrolled away from the end already, and the browser not have told yet.
    const scrolled = Math.abs(this.box.scrollTop - this.top) > 1;
    if (this.state.stuck && !scrolled) return null;
    const top = this.box.getBoundingClientRect().top;
    const row = [...this.list.children].find((each) => each.dataset.id && each.getBoundingClientRect().bottom > top);
    return row ? { id: row.dataset.id, at: row.getBoundingClientRect().top } : null;
  }

  componentDidUpdate(before, { from, to }, anchor) {
    const { at, target } = this.props;
    const placed = this.placed;
    if (target && target !== before.target) {
      this.show(target);
      return;
    }
    if (this.wanted) {
      const row = this.row(this.wanted);
      if (row) {
        this.wanted = null;
        row.scrollIntoView({ block: "center" });
        row.focus({ preventScroll: true });
        this.placed = true;
        // Where all fits into the window, there was no need to scroll.
        this.scrolled();
        return;
      }
    }
    if (!this.placed && at.messages.length > 0) this.place();
    else if (anchor) {
      const row = this.row(anchor.id);
      if (row) this.box.scrollTop += row.getBoundingClientRect().top - anchor.at;
    } else if (this.state.stuck) this.toEnd();
    // There is something else now: one may be near an edge of it without having scrolled.
    const others = ["messages", "oldest", "newest", "atStart", "loaded"].some((name) => before.at[name] !== at[name]);
    if (placed && at.loaded && (others || this.state.from !== from || this.state.to !== to)) this.scrolled();
    if (before.at.key !== at.key || before.at.messages !== at.messages) this.attend();
  }

  /** Where one begins: at the first that was not read, or at the end. */
  place() {
    this.placed = true;
    const line = this.list.querySelector(".new");
    this.toEnd();
    if (line && line.getBoundingClientRect().top < this.box.getBoundingClientRect().top) {
      line.scrollIntoView({ block: "start" });
    }
    this.scrolled();
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.top = this.box.scrollTop;
  }

  /** Go to a message that is loaded. */
  show(id) {
    const { rows } = this.all;
    const index = place(rows, id);
    this.wanted = id;
    this.setState({ stuck: false });
    this.move(Math.max(0, index - MOST / 2), Math.min(rows.length, index + MOST / 2));
  }

  async toPresent() {
    const { at, client } = this.props;
    if (!at.atEnd) {
      client.dispatch({ type: "loading", name: at.name, where: null });
      await client.latest(at.name);
    }
    // Wherever one is now, that is not where one wants to stay.
    this.top = this.box.scrollTop;
    this.setState({ from: null, to: null, stuck: true }, this.attend);
  }

  componentDidMount() {
    const { client, target } = this.props;
    this.watcher = new ResizeObserver(() => this.state.stuck && this.toEnd());
    this.watcher.observe(this.box);
    for (const name of ["focus", "blur"]) addEventListener(name, this.attend);
    document.addEventListener("visibilitychange", this.attend);
    if (target) this.show(target);
    else if (this.props.at.messages.length > 0) this.place();
    client.dispatch({ type: "target", id: null });
    this.attend();
  }

  componentWillUnmount() {
    this.watcher.disconnect();
    for (const name of ["focus", "blur"]) removeEventListener(name, this.attend);
    document.removeEventListener("visibilitychange", this.attend);
  }

  // The keyboard.

  row(id) {
    return [...(this.list?.children ?? [])].find((each) => each.dataset.id === id);
  }

  key(event, message) {
    if (event.key === "Escape" && this.state.picking) {
      this.setState({ picking: null });
      event.currentTarget.focus({ preventScroll: true });
      event.preventDefault();
      return;
    }
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...this.list.querySelectorAll("li[data-id]")];
    const at = rows.findIndex((each) => each.dataset.id === message.id);
    const go = { ArrowUp: rows[at - 1], ArrowDown: rows[at + 1], Home: rows[0], End: rows.at(-1) }[event.key];
    const keys = {
      r: () => this.does.reply(message),
      e: () => this.does.pick(message.id),
      Delete: () => this.does.mayRedact(isMe(this.props.client.state, message.nick)) && this.does.redact(message),
    };
    if (go) go.focus();
    else if (event.key === "ArrowDown") document.querySelector(".composer textarea")?.focus();
    else if (keys[event.key] && message.kind !== "happening") keys[event.key]();
    else return;
    event.preventDefault();
  }

  render({ client, at, me, target, online }) {
    const { start, end } = this.slice();
    const fold = foldOf(client.state);
    const { active, picking, stuck } = this.state;
    const { byId, rows: all } = this.all;
    const rows = all.slice(start, end).map((item) => {
      if (item.type === "day") return html`<li class="day" key=${item.id}><span>${dayName(item.at, Date.now())}</span></li>`;
      if (item.type === "new") return html`<li class="new" key="new"><span>New</span></li>`;
      if (item.type === "happenings") return html`<li class="happenings" key=${item.id} data-id=${item.id}><span>${summary(item.all).join(" · ")}</span></li>`;
      const { message, goesOn } = item;
      return html`<${Message} key=${item.id} message=${message} goesOn=${goesOn} active=${active === message.id} picking=${picking === message.id}
        reactions=${at.reactions[message.id]} redacted=${at.redacted[message.id]} quoted=${message.reply ? (byId.get(message.reply) ?? null) : null}
        own=${fold(message.nick) === fold(me.nick)} mine=${me.nick} marked=${target === message.id} does=${this.does} fold=${fold} />`;
    });
    const beginning = at.atStart && start === 0 && at.loaded;
    return html`<div class="window">
      <div class="messages" ref=${(box) => (this.box = box)} onScroll=${() => this.scrolled()} role="region" aria-label=${`Messages in ${at.name}`} tabindex="0">
        ${beginning && html`<p class="beginning">${at.messages.length ? `This is where ${at.channel ? at.name : `your conversation with ${at.name}`} begins.` : "Nothing was said here yet. Say hello!"}</p>`}
        ${(at.loading === "older" || (at.loading && at.messages.length === 0)) && html`<p class="beginning">Looking …</p>`}
        <ol ref=${(list) => (this.list = list)} onMouseLeave=${this.pointedAway} onfocusout=${this.focusedAway}>
          ${rows}
          ${end >= all.length && at.pending.map((message) => html`<${Pending} key=${message.key} message=${message} nick=${me.nick}
            retry=${() => client.sending.retry(at.name, message.key)} forget=${() => client.sending.forget(at.name, message.key)} />`)}
        </ol>
      </div>
      ${!stuck && at.messages.length > 0 && html`<button type="button" class="present" onClick=${() => this.toPresent()}>
        <${Icon} name="down" /> ${at.unread > 0 ? `${at.unread} new` : "To the present"}
      </button>`}
    </div>`;
  }
}

/** The index of the first row that goes up to this message, or behind it. */
function place(rows, id) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].upto < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
