/**
 * The channels that there are, to be joined; and one's own by its name.
 * @module
 */
import { runs } from "../text/formatting.js";
import { isChannel } from "../text/names.js";
import { Dialog } from "./dialog.js";
import { html, useClient, useEffect, useState } from "./ui.js";

export function Directory({ state }) {
  const client = useClient();
  const [wanted, setWanted] = useState("");
  useEffect(() => void client.directory(), []);
  const close = () => client.dispatch({ type: "panel", panel: "directory" });
  const { channels = [], loading, more } = state.directory ?? {};
  const word = wanted.trim().toLowerCase();
  const fitting = channels.filter((each) => each.channel.toLowerCase().includes(word) || each.topic?.toLowerCase().includes(word));
  const name = isChannel(word) ? wanted.trim() : `#${wanted.trim()}`;
  const known = channels.some((each) => each.channel.toLowerCase() === name.toLowerCase());
  const go = (channel) => {
    const at = Object.values(state.conversations).find((each) => each.name === channel && each.joined);
    close();
    if (at) client.open(channel);
    else client.join(channel);
  };
  const submit = (event) => {
    event.preventDefault();
    if (word) go(name);
  };
  return html`<${Dialog} title="Channels" close=${close}>
    <form class="filter" onSubmit=${submit}>
      <input type="search" aria-label="Name of a channel, or a word of its topic" placeholder="Name, or a word of the topic"
        value=${wanted} onInput=${(event) => setWanted(event.target.value)} data-first autocapitalize="none" spellcheck=${false} />
      <button class="primary" disabled=${!word}>${word && !known ? `Make ${name}` : "Enter"}</button>
    </form>
    <ul class="directory">
      ${fitting.map(
        ({ channel, members, topic }) => html`<li key=${channel}>
          <button type="button" onClick=${() => go(channel)}>
            <strong>${channel}</strong>
            <span class="size">${members === 1 ? "1 person" : `${members} people`}</span>
            ${topic && html`<span class="topic">${runs(topic).map((run) => run.text).join("")}</span>`}
          </button>
        </li>`,
      )}
    </ul>
    ${loading && html`<p class="hint">Looking …</p>`}
    ${!loading && fitting.length === 0 && html`<p class="hint">${word ? "No channel is called so yet. You can make it." : "There are no channels yet. Make the first one."}</p>`}
    ${more && html`<button type="button" class="link" onClick=${() => client.directory(true)}>Show more</button>`}
  </${Dialog}>`;
}
