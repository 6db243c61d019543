/**
 * Who somebody is, as far as one may know.
 * @module
 */
import { isMe } from "../state/state.js";
import { since } from "../text/time.js";
import { Dialog } from "./dialog.js";
import { html, useClient } from "./ui.js";

export function Whois({ person }) {
  const client = useClient();
  const close = () => client.dispatch({ type: "whois", whois: null });
  const write = () => {
    close();
    client.open(person.nick);
  };
  const now = Date.now();
  const facts = [
    ["Name", person.realname],
    ["Account", person.account ?? "none: a guest"],
    ["Address", `${person.username}@${person.host}`],
    ["Away", person.away],
    ["Channels", person.channels?.map((each) => each.channel ?? each).join(" ")],
    ["Here for", person.connected && since(Date.parse(person.connected), now)],
    ["Said something", person.active && `${since(Date.parse(person.active), now)}${now - Date.parse(person.active) > 60000 ? " ago" : ""}`],
  ];
  return html`<${Dialog} title=${person.nick} close=${close}>
    <div class="whois">
      ${(person.bot || person.operator) && html`<p class="badges">
        ${person.bot && html`<span class="tagged">bot</span>`}
        ${person.operator && html`<span class="tagged">operator</span>`}
      </p>`}
      <dl>${facts.map(([what, is]) => is && html`<div><dt>${what}</dt><dd>${is}</dd></div>`)}</dl>
      ${!isMe(client.state, person.nick) && html`<button type="button" class="primary" onClick=${write}>Write to ${person.nick}</button>`}
    </div>
  </${Dialog}>`;
}
