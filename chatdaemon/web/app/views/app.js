/**
 * The whole page: signing in, or the conversations with what is beside them.
 * @module
 */
import { badge } from "../notify.js";
import { shown } from "../text/order.js";
import { Announcer } from "./announcer.js";
import { Conversation } from "./conversation.js";
import { Directory } from "./directory.js";
import { Help } from "./help.js";
import { Members } from "./members.js";
import { Search } from "./search.js";
import { Sidebar } from "./sidebar.js";
import { SignIn } from "./signin.js";
import { Here, html, useEffect, useStored } from "./ui.js";
import { Whois } from "./whois.js";

export function App({ client, known }) {
  const state = useStored(client.store);
  const { phase, me, active, panel, conversations } = state;
  const inside = me.nick !== "";
  const at = conversations[active];

  useEffect(() => {
    const all = Object.values(conversations);
    const mentions = all.reduce((sum, each) => sum + each.mentions, 0);
    const unread = all.some((each) => each.unread > 0);
    badge(mentions, unread, inside ? `${at?.name ?? "chatdaemon"} – ${state.server.network}` : "chatdaemon");
  });
  useEffect(() => {
    const leaving = (event) => {
      const waits = Object.values(client.state.conversations).some((each) => each.pending.some((one) => !one.failed));
      if (waits) event.preventDefault();
    };
    addEventListener("beforeunload", leaving);
    return () => removeEventListener("beforeunload", leaving);
  }, []);
  useEffect(() => {
    const key = (event) => shortcut(event, client);
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);

  const toasts = html`<div class="toasts" role="status" aria-live="polite">
    ${state.toasts.map(({ id, text, channel }) => {
      const clicked = () => {
        client.dispatch({ type: "untoast", id });
        if (channel) client.join(channel);
      };
      return html`<button type="button" class="toast" key=${id} onClick=${clicked}>${text}${channel && html` <b>Join</b>`}</button>`;
    })}
  </div>`;
  if (!inside) {
    return html`<${Here.Provider} value=${client}><${SignIn} connecting=${phase === "connecting"} known=${known} />${toasts}</${Here.Provider}>`;
  }
  const people = at?.channel && at.joined;
  return html`<${Here.Provider} value=${client}>
    <div class="app ${panel === "menu" ? "drawn" : ""} ${people && panel !== "search" ? "peopled" : ""} panel-${panel ?? "none"}">
      <${Sidebar} state=${state} />
      ${at
        ? html`<${Conversation} at=${at} state=${state} key=${at.key} />`
        : html`<main class="empty"><${Welcome} /></main>`}
      ${panel === "search" ? html`<${Search} state=${state} />` : people && html`<${Members} at=${at} />`}
      ${(panel === "menu" || panel === "members") &&
      html`<button type="button" class="veil" aria-label="Close" onClick=${() => client.dispatch({ type: "panel", panel })}></button>`}
    </div>
    ${panel === "directory" && html`<${Directory} state=${state} />`}
    ${panel === "help" && html`<${Help} />`}
    ${state.whois && html`<${Whois} person=${state.whois} />`}
    <${Announcer} at=${at} me=${me} />
    ${toasts}
  </${Here.Provider}>`;
}

const Welcome = () => {
  const open = (client) => client.dispatch({ type: "panel", panel: "directory" });
  return html`<${Here.Consumer}>${(client) => html`<div class="welcome">
    <h1>Where to?</h1>
    <p>You are in no channel yet.</p>
    <button type="button" class="primary" onClick=${() => open(client)}>Find a channel</button>
  </div>`}</${Here.Consumer}>`;
};

/** Keys that work everywhere. */
function shortcut(event, client) {
  const { state } = client;
  if (event.key === "Escape" && !event.defaultPrevented) {
    if (state.whois) client.dispatch({ type: "whois", whois: null });
    else if (state.panel) client.dispatch({ type: "panel", panel: state.panel });
    else document.querySelector(".composer textarea")?.focus();
    return;
  }
  const meta = event.ctrlKey || event.metaKey;
  if (meta && event.key === "k") {
    event.preventDefault();
    client.dispatch({ type: "panel", panel: "directory" });
  }
  if (!event.altKey || meta || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const all = shown(state.conversations);
  const step = event.key === "ArrowDown" ? 1 : -1;
  const from = all.findIndex((each) => each.key === state.active);
  for (let i = 1; i <= all.length; i++) {
    const next = all[(from + step * i + all.length * i) % all.length];
    if (!event.shiftKey || next.unread) {
      client.open(next.name);
      return;
    }
  }
}
