/**
 * A conversation: its topic, what was said, and what one says.
 * @module
 */
import { atLeast } from "../text/names.js";
import { foldOf } from "../state/state.js";
import { Composer } from "./composer.js";
import { MessageList } from "./messagelist.js";
import { Text } from "./text.js";
import { html, Icon, IconButton, useClient, useEffect, useRef, useState } from "./ui.js";

export function Conversation({ at, state }) {
  const client = useClient();
  const panel = (name) => client.dispatch({ type: "panel", panel: name });
  const mine = at.members[foldOf(state)(state.me.nick)]?.ranks ?? [];
  return html`<main class="conversation">
    <header class="bar">
      <${IconButton} icon="menu" className="narrow" label="Conversations" onClick=${() => panel("menu")} />
      <h1 title=${at.name}>${at.name}</h1>
      ${at.channel ? html`<${Topic} at=${at} key=${at.key} />` : html`<p class="topic quiet">Between the two of you</p>`}
      <${IconButton} icon="search" label="Search" pressed=${state.panel === "search"} onClick=${() => panel("search")} />
      ${at.channel && at.joined && html`<${IconButton} icon="people" className="narrow" label="Members" onClick=${() => panel("members")} />`}
    </header>
    <${Connection} state=${state} />
    <${MessageList} client=${client} at=${at} me=${state.me} target=${state.target} online=${state.phase === "online"}
      mayRedact=${atLeast(mine, "op")} />
    <${Typing} typing=${at.typing} />
    ${at.joined || at.pending.length > 0
      ? html`<${Composer} at=${at} state=${state} />`
      : html`<p class="outside">You are not in ${at.name} any more.
          <button type="button" class="primary" onClick=${() => client.join(at.name)}>Come back</button></p>`}
  </main>`;
}

function Topic({ at }) {
  const client = useClient();
  const [editing, setEditing] = useState(false);
  const input = useRef(null);
  const button = useRef(null);
  useEffect(() => {
    if (editing) input.current.select();
  }, [editing]);
  const done = () => {
    setEditing(false);
    setTimeout(() => button.current?.focus());
  };
  const submit = async (event) => {
    event.preventDefault();
    const text = input.current.value.trim();
    done();
    if (text !== (at.topic?.text ?? "")) await client.change("topic", { channel: at.name, text });
  };
  const key = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    done();
  };
  if (editing) {
    return html`<form class="topic editing" onSubmit=${submit}>
      <input ref=${input} aria-label="Topic" defaultValue=${at.topic?.text ?? ""} maxlength="390" onKeyDown=${key} />
      <button class="primary">Set</button>
    </form>`;
  }
  const hint = at.topic?.by ? `Topic, set by ${at.topic.by.split("!")[0]}` : "Topic";
  return html`<div class="topic" title=${at.topic?.text ?? ""}>
    <span class=${at.topic ? "words" : "words quiet"}>${at.topic ? html`<${Text} text=${at.topic.text} />` : "No topic"}</span>
    ${at.joined && html`<button type="button" class="icon-button edit" ref=${button} aria-label="Change the topic" title=${hint} onClick=${() => setEditing(true)}>
      <${Icon} name="pencil" />
    </button>`}
  </div>`;
}

function Connection({ state }) {
  const client = useClient();
  const [now, setNow] = useState(Date.now());
  const lost = state.phase !== "online";
  useEffect(() => {
    if (!lost) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [lost]);
  if (!lost) return null;
  const seconds = Math.ceil((state.retryAt - now) / 1000);
  const waits = seconds > 1 ? `, trying again in ${seconds} s` : ", trying again";
  return html`<p class="connection" role="status">
    <span>Not connected${waits} … What you write is kept and sent then.</span>
    <button type="button" class="link" onClick=${() => client.session.hurry()}>Try now</button>
  </p>`;
}

function Typing({ typing }) {
  const nicks = Object.keys(typing);
  const who = nicks.length > 3 ? "Several people are" : nicks.length > 1 ? `${nicks.slice(0, -1).join(", ")} and ${nicks.at(-1)} are` : `${nicks[0]} is`;
  return html`<p class="typing" aria-live="off">${nicks.length > 0 && html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> ${who} writing`}</p>`;
}
