/**
 * Where one writes.
 * @module
 */
import { COMMANDS, perform } from "../commands.js";
import { complete } from "../text/completion.js";
import { foldOf } from "../state/state.js";
import { plain } from "../text/formatting.js";
import { html, IconButton, useClient, useEffect, useLayoutEffect, useRef, useState } from "./ui.js";

// What was begun in other conversations.
const drafts = new Map();
// Lines that the box grows to.
const TALLEST = 9;

export function Composer({ at, state }) {
  const client = useClient();
  const [text, setText] = useState(drafts.get(at.key) ?? "");
  const box = useRef(null);
  const tab = useRef(null);
  const cursor = useRef(null);
  const fold = foldOf(state);
  const replyId = state.replyTo[at.key];
  const quoted = replyId && at.messages.find((each) => each.id === replyId);

  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) box.current.focus();
  }, [at.key]);
  useLayoutEffect(() => {
    const area = box.current;
    area.style.height = "auto";
    const line = parseFloat(getComputedStyle(area).lineHeight);
    area.style.height = `${Math.min(area.scrollHeight, line * TALLEST + 18)}px`;
    if (cursor.current !== null) area.setSelectionRange(cursor.current, cursor.current);
    cursor.current = null;
  }, [text]);

  const change = (now) => {
    drafts.set(at.key, now);
    setText(now);
    if (!now.startsWith("/")) client.sending.typing(at.name, now.trim() !== "");
  };
  const unreply = () => client.dispatch({ type: "reply", name: at.name, id: null });

  async function send() {
    const said = text.replace(/\s+$/, "");
    if (!said.trim()) return;
    if (said.startsWith("/") && !said.startsWith("//")) {
      change("");
      if (!(await perform(client, said, at.name)) && !drafts.get(at.key)) change(said);
      return;
    }
    const bytes = new TextEncoder().encode(said).length;
    if (bytes > state.server.limits.text) {
      client.toast(`That is too long: ${bytes} bytes, of ${state.server.limits.text} at most.`);
      return;
    }
    client.sending.say(at.name, said.startsWith("//") ? said.slice(1) : said, { reply: replyId ?? undefined });
    if (replyId) unreply();
    drafts.delete(at.key);
    setText("");
  }

  /** Names that a Tab may mean: who spoke last comes first. */
  function candidates() {
    if (text.startsWith("/") && !text.includes(" ")) return Object.keys(COMMANDS).map((name) => `/${name}`);
    const spoke = [...at.messages].reverse().map((each) => each.nick);
    const here = at.channel ? Object.values(at.members).map((each) => each.nick) : [at.name];
    const inside = new Set(here);
    const channels = Object.values(state.conversations).filter((each) => each.channel).map((each) => each.name);
    const nicks = [...new Set([...spoke.filter((nick) => inside.has(nick)), ...here.sort()])].filter((nick) => nick !== state.me.nick);
    return [...nicks, ...channels];
  }

  function key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Tab" && !event.altKey && !event.ctrlKey) {
      const done = complete({ text, at: box.current.selectionStart, candidates: candidates(), fold, last: tab.current, step: event.shiftKey ? -1 : 1 });
      // Where there is nothing to complete, Tab goes on to what is next.
      if (!done) return;
      event.preventDefault();
      tab.current = done;
      cursor.current = done.at;
      change(done.text);
    } else if (event.key === "ArrowUp" && !text) {
      const rows = document.querySelectorAll(".messages li[data-id]");
      rows[rows.length - 1]?.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && replyId) {
      event.preventDefault();
      unreply();
    }
  }

  return html`<form class="composer" onSubmit=${(event) => (event.preventDefault(), send())}>
    ${replyId &&
    html`<p class="replying">
      <span>Replying to ${quoted ? html`<b>${quoted.nick}</b>: ${plain(quoted.text).slice(0, 120)}` : "a message"}</span>
      <${IconButton} icon="close" label="Do not reply" onClick=${unreply} />
    </p>`}
    <div class="line">
      <textarea ref=${box} rows="1" value=${text} aria-label=${`Write to ${at.name}`} placeholder=${`Write to ${at.name}`}
        dir="auto" onInput=${(event) => change(event.target.value)} onKeyDown=${key} enterkeyhint="send"></textarea>
      <button class="icon-button send" aria-label="Send" title="Send" disabled=${!text.trim()}>
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 12l16-8-6 16-3-7z" /></svg>
      </button>
    </div>
  </form>`;
}
