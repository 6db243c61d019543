/**
 * Who is in a channel, by rank.
 * @module
 */
import { byRank, highest, hue, rankSign, rankTitle } from "../text/names.js";
import { html, IconButton, useClient, useState } from "./ui.js";

// More are shown on demand: a channel may have thousands.
const MANY = 200;

export function Members({ at }) {
  const client = useClient();
  const [all, setAll] = useState(false);
  const members = byRank(at.members);
  const groups = new Map();
  for (const member of all ? members : members.slice(0, MANY)) {
    const rank = highest(member.ranks);
    groups.set(rank, [...(groups.get(rank) ?? []), member]);
  }
  return html`<aside class="members" aria-label="Members">
    <header>
      <h2>${members.length === 1 ? "1 member" : `${members.length} members`}</h2>
      <${IconButton} icon="close" className="narrow" label="Close the members" onClick=${() => client.dispatch({ type: "panel", panel: "members" })} />
    </header>
    <div class="lists">
      ${[...groups].map(
        ([rank, some]) => html`<section key=${rank ?? "none"}>
          <h3>${some.length > 1 && rank ? `${rankTitle(rank)}s` : rankTitle(rank)}</h3>
          <ul>${some.map((member) => html`<${Member} key=${member.nick} member=${member} />`)}</ul>
        </section>`,
      )}
      ${members.length > MANY && !all &&
      html`<button type="button" class="link" onClick=${() => setAll(true)}>Show all ${members.length}</button>`}
    </div>
  </aside>`;
}

function Member({ member }) {
  const client = useClient();
  const { nick, ranks, away, bot, account } = member;
  return html`<li>
    <button type="button" class="member ${away ? "is-away" : ""}" onClick=${() => client.whois(nick)}
      title=${account ? `${nick}, signed in as ${account}` : nick}>
      <span class="sign" aria-hidden="true">${rankSign(ranks)}</span>
      <span class="name hue-${hue(nick)}">${nick}</span>
      ${bot && html`<span class="tagged">bot</span>`}
      ${away && html`<span class="tagged">away</span>`}
    </button>
  </li>`;
}
