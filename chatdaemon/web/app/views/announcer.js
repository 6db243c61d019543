/**
 * Says new messages to those who hear the page. It is apart from the list, in which old ones appear as well.
 * @module
 */
import { isSaid } from "../state/messages.js";
import { plain } from "../text/formatting.js";
import { html, useRef } from "./ui.js";

export function Announcer({ at, me }) {
  const before = useRef({ key: null, last: "" });
  const said = useRef([]);
  const last = at?.messages.at(-1)?.id ?? "";
  if (at && at.key === before.current.key && at.atEnd && before.current.last) {
    const news = at.messages.filter((each) => each.id > before.current.last && isSaid(each) && each.nick !== me.nick);
    said.current = [...said.current, ...news].slice(-3);
  } else if (at?.key !== before.current.key) said.current = [];
  before.current = { key: at?.key ?? null, last };
  return html`<div class="heard" role="log" aria-live="polite" aria-label="New messages">
    ${said.current.filter((each) => !at.redacted[each.id]).map((each) => html`<p key=${each.id}>${each.nick}: ${plain(each.text)}</p>`)}
  </div>`;
}
