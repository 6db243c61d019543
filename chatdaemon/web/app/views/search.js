/**
 * Looking for what was said.
 * @module
 */
import { entryOf } from "../state/messages.js";
import { isMe } from "../state/state.js";
import { hue, isChannel } from "../text/names.js";
import { dayName, timeOfDay } from "../text/time.js";
import { html, IconButton, useClient, useEffect, useRef, useState } from "./ui.js";
import { Text } from "./text.js";

export function Search({ state }) {
  const client = useClient();
  const input = useRef(null);
  const here = state.conversations[state.active]?.name;
  const found = state.found;
  const [only, setOnly] = useState(Boolean(found?.target));
  useEffect(() => input.current.focus(), []);
  const submit = (event) => {
    event.preventDefault();
    const text = input.current.value.trim();
    if (text) client.find(text, only ? here : undefined);
  };
  const place = (event) => (isChannel(event.target) || isMe(state, event.from.nick) ? event.target : event.from.nick);
  const close = () => client.dispatch({ type: "panel", panel: "search" });
  const jump = (event) => {
    if (matchMedia("(max-width: 60rem)").matches) close();
    client.jump(place(event), event.msgid).then(() => client.state.panel ?? null);
  };
  return html`<aside class="search" aria-label="Search">
    <header><h2>Search</h2><${IconButton} icon="close" label="Close the search" onClick=${close} /></header>
    <form onSubmit=${submit} role="search">
      <input type="search" ref=${input} aria-label="Words to look for" placeholder="Words, or a “phrase”" defaultValue=${found?.text ?? ""} />
      ${here && html`<label class="check"><input type="checkbox" checked=${only} onChange=${(event) => setOnly(event.target.checked)} /> Only in ${here}</label>`}
    </form>
    <div class="lists" aria-live="polite">
      ${found?.error && html`<p class="error">${found.error}</p>`}
      ${found && !found.loading && !found.error && found.messages.length === 0 && html`<p class="hint">Nothing was found.</p>`}
      <ul>
        ${(found?.messages ?? []).map((event) => {
          const entry = entryOf(event);
          return entry && html`<li key=${event.msgid}>
            <button type="button" class="result" onClick=${() => jump(event)}>
              <span class="where"><b class="hue-${hue(entry.nick)}">${entry.nick}</b> in ${place(event)}</span>
              <time>${dayName(entry.at, Date.now())}, ${timeOfDay(entry.at)}</time>
              <span class="text"><${Text} text=${entry.text} links=${false} /></span>
            </button>
          </li>`;
        })}
      </ul>
      ${found?.loading && html`<p class="hint">Looking …</p>`}
      ${found?.more && !found.loading && html`<button type="button" class="link"
        onClick=${() => client.find(found.text, found.target, found.messages.at(-1).msgid)}>Older ones</button>`}
    </div>
  </aside>`;
}
