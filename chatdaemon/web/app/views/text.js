/**
 * A text as it is shown: text nodes, in spans for what IRC's codes say, in links where there are addresses.
 * @module
 */
import { runs } from "../text/formatting.js";
import { html } from "./ui.js";

export function Text({ text, links = true }) {
  return runs(text).map((run) => {
    if (run.href && links) {
      return html`<a href=${run.href} target="_blank" rel="noopener noreferrer" class=${run.className || undefined}>${run.text}</a>`;
    }
    return run.className ? html`<span class=${run.className}>${run.text}</span>` : run.text;
  });
}
