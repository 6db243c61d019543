/**
 * What can be typed, and which keys do what.
 * @module
 */
import { COMMANDS } from "../commands.js";
import { Dialog } from "./dialog.js";
import { html, useClient } from "./ui.js";

const KEYS = [
  ["Enter", "Send"],
  ["Shift + Enter", "A new line"],
  ["Tab", "Complete a name"],
  ["Alt + ↑ ↓", "The conversation above, below"],
  ["Alt + Shift + ↑ ↓", "The next one with something unread"],
  ["Ctrl + K", "Find a channel"],
  ["↑ in an empty line", "Go through the messages; there: R replies, E reacts, Delete takes back"],
  ["Esc", "Back to writing"],
];

export function Help() {
  const client = useClient();
  return html`<${Dialog} title="Help" close=${() => client.dispatch({ type: "panel", panel: "help" })}>
    <div class="help">
      <h3>Keys</h3>
      <dl>${KEYS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
      <h3>Commands</h3>
      <dl>${Object.entries(COMMANDS).map(
        ([name, { usage, does }]) => html`<div><dt><code>/${name}</code> <span class="usage">${usage}</span></dt><dd>${does}</dd></div>`,
      )}</dl>
    </div>
  </${Dialog}>`;
}
