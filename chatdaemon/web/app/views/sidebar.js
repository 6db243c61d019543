/**
 * The channels and people that one talks with, and oneself.
 * @module
 */
import * as keeping from "../keeping.js";
import { allowed, possible, refused, request } from "../notify.js";
import { shown } from "../text/order.js";
import { html, IconButton, useClient, useState } from "./ui.js";

export function Sidebar({ state }) {
  const client = useClient();
  const all = shown(state.conversations);
  const channels = all.filter((each) => each.channel);
  const people = all.filter((each) => !each.channel);
  const directory = () => client.dispatch({ type: "panel", panel: "directory" });
  const list = (each) => html`<${Entry} key=${each.key} at=${each} active=${each.key === state.active} />`;
  return html`<nav class="sidebar" aria-label="Conversations">
    <header>
      <h1 title=${state.server.name}>${state.server.network}</h1>
      <${IconButton} icon="plus" label="Find or make a channel" onClick=${directory} />
    </header>
    <div class="lists">
      <h2 id="channels">Channels</h2>
      <ul aria-labelledby="channels">${channels.map(list)}</ul>
      ${channels.length === 0 && html`<p class="hint">None yet. <button type="button" class="link" onClick=${directory}>Find one</button></p>`}
      ${people.length > 0 && html`<h2 id="people">People</h2><ul aria-labelledby="people">${people.map(list)}</ul>`}
    </div>
    <${Me} state=${state} />
  </nav>`;
}

function Entry({ at, active }) {
  const client = useClient();
  const words = at.mentions ? `, ${at.mentions} for you` : at.unread ? `, ${at.unread} unread` : "";
  const classes = [active && "active", at.unread && "unread", at.mentions && "mentioned", !at.joined && "left"];
  return html`<li>
    <button
      type="button"
      class="entry ${classes.filter(Boolean).join(" ")}"
      aria-current=${active ? "page" : undefined}
      aria-label=${at.name + words}
      onClick=${() => client.open(at.name)}
    >
      <span class="sign" aria-hidden="true">${at.channel ? "#" : "@"}</span>
      <span class="name">${at.channel ? at.name.slice(1) : at.name}</span>
      ${at.unread > 0 && html`<span class="count">${at.mentions || (at.unread > 99 ? "99+" : at.unread)}</span>`}
    </button>
    <${IconButton} icon="close" className="leave" label=${at.channel ? `Leave ${at.name}` : `Close ${at.name}`} onClick=${() => client.part(at.name)} />
  </li>`;
}

const THEMES = { light: "dark", dark: "light" };
const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function Me({ state }) {
  const client = useClient();
  const [, render] = useState(0);
  const { me, away } = state;
  const theme = keeping.theme() ?? system();
  const setTheme = () => {
    const next = THEMES[theme];
    keeping.setTheme(next === system() ? null : next);
    render((count) => count + 1);
  };
  const notify = async () => {
    if (refused()) client.toast("This browser was told not to show notifications of this page. Its settings can change that.");
    else if (allowed()) client.toast("You are notified when somebody speaks to you. The browser's settings can change that.");
    else await request();
    render((count) => count + 1);
  };
  return html`<footer class="me">
    <button
      type="button"
      class="who"
      title=${away === null ? "Be away" : "Be back"}
      aria-label=${`${me.nick}, ${away === null ? "here: be away" : "away: be back"}`}
      onClick=${() => client.away(away === null ? "Away" : "")}
    >
      <span class="dot ${away === null ? "here" : "away"}" aria-hidden="true"></span>
      <span class="nick">${me.nick}</span>
      <span class="standing">${away !== null ? "away" : me.account ? "signed in" : "guest"}</span>
    </button>
    ${possible() && html`<${IconButton} icon="bell" label="Desktop notifications" pressed=${allowed()} onClick=${notify} />`}
    <${IconButton} icon="sun" label=${`Switch to ${THEMES[theme]} colours`} onClick=${setTheme} />
    <${IconButton} icon="help" label="Help" onClick=${() => client.dispatch({ type: "panel", panel: "help" })} />
    <${IconButton} icon="out" label=${me.account ? "Sign out" : "Leave"} onClick=${() => client.leave()} />
  </footer>`;
}
