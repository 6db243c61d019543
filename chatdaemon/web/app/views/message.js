/**
 * One message in the list.
 * @module
 */
import { reactionsTo } from "../state/messages.js";
import { names, plain } from "../text/formatting.js";
import { hue } from "../text/names.js";
import { fullTime, timeOfDay } from "../text/time.js";
import { Component, html, IconButton } from "./ui.js";
import { Text } from "./text.js";

export const SMILEYS = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

/** @typedef {object} Props
 * @property {import("../state/messages.js").Message} message
 * @property {boolean} goesOn whether it stands with the one before, of the same sender
 * @property {boolean} active whether the mouse or the keyboard is there
 * @property {boolean} picking whether a reaction is being chosen
 * @property {object} reactions
 * @property {null | {by: string, reason?: string}} redacted
 * @property {null | import("../state/messages.js").Message} quoted
 */
export class Message extends Component {
  shouldComponentUpdate(next) {
    return Object.keys(next).some((key) => next[key] !== this.props[key]);
  }

  render({ message, goesOn, active, picking, reactions, redacted, quoted, own, mine, marked, does, fold }) {
    const { id, at, nick, kind, text, reply } = message;
    const happening = kind === "happening";
    const mention = !own && !happening && names(text, mine, fold);
    const classes = ["message", kind, goesOn && "goes-on", own && "own", mention && "mention", marked && "target", active && "active"];
    return html`<li class=${classes.filter(Boolean).join(" ")} data-id=${id} tabindex="-1"
      onMouseEnter=${() => does.hover(id)} onfocusin=${() => does.point(id)} onClick=${() => does.point(id)}
      onKeyDown=${(event) => does.key(event, message)}>
      <time datetime=${new Date(at).toISOString()} title=${fullTime(at)}>${timeOfDay(at)}</time>
      <span class="nick"><button type="button" tabindex=${active ? 0 : -1} class="hue-${hue(nick)}" onClick=${() => does.whois(nick)}>${kind === "action" ? "*" : nick}</button>
        ${message.bot && html`<span class="tagged">bot</span>`}</span>
      <div class="body">
        ${reply && html`<${Quote} quoted=${quoted} onClick=${() => does.jump(reply)} />`}
        ${redacted
          ? html`<p class="text gone">Taken back${redacted.by && redacted.by !== nick ? ` by ${redacted.by}` : ""}${redacted.reason ? `: ${redacted.reason}` : ""}</p>`
          : html`<p class="text">${(kind === "action" || happening) && html`<bdi class="hue-${hue(nick)}">${nick}</bdi> `}<${Text} text=${text} />${kind === "notice" && html` <span class="tagged">notice</span>`}</p>`}
        ${!redacted && html`<${Reactions} reactions=${reactions} id=${id} mine=${mine} does=${does} />`}
        ${picking && html`<${Picker} id=${id} does=${does} />`}
      </div>
      ${active && !redacted && !happening && html`<${Tools} message=${message} own=${own} does=${does} picking=${picking} />`}
    </li>`;
  }
}

const Quote = ({ quoted, onClick }) => html`<button type="button" class="quote" onClick=${onClick} aria-label=${quoted ? `In answer to ${quoted.nick}: ${plain(quoted.text)}` : "In answer to an earlier message"}>
  ${quoted ? html`<bdi class="hue-${hue(quoted.nick)}">${quoted.nick}</bdi> ${plain(quoted.text).slice(0, 160)}` : "an earlier message"}
</button>`;

function Reactions({ reactions, id, mine, does }) {
  const all = reactionsTo({ [id]: reactions }, id);
  if (all.length === 0) return null;
  return html`<ul class="reactions" aria-label="Reactions">
    ${all.map(({ text, nicks }) => {
      const on = nicks.includes(mine);
      const who = nicks.slice(0, 12).join(", ");
      return html`<li key=${text}><button type="button" aria-pressed=${String(on)} title=${who} aria-label=${`${text} by ${who}`}
        onClick=${() => does.react(id, text, !on)}>${text.slice(0, 24)} <span>${nicks.length}</span></button></li>`;
    })}
  </ul>`;
}

const Tools = ({ message, own, does, picking }) => html`<div class="tools" role="group" aria-label="This message">
  <${IconButton} icon="smile" label="React" pressed=${Boolean(picking)} onClick=${() => does.pick(message.id)} />
  <${IconButton} icon="reply" label="Reply" onClick=${() => does.reply(message)} />
  ${does.mayRedact(own) && html`<${IconButton} icon="trash" label="Take back" onClick=${() => does.redact(message)} />`}
</div>`;

const Picker = ({ id, does }) => html`<div class="picker" role="group" aria-label="Choose a reaction">
  ${SMILEYS.map((text) => html`<button type="button" key=${text} onClick=${() => does.react(id, text, true)} aria-label=${`React with ${text}`}>${text}</button>`)}
  <form onSubmit=${(event) => {
    event.preventDefault();
    const text = new FormData(event.target).get("text").trim();
    if (text) does.react(id, text, true);
  }}><input name="text" aria-label="Another reaction" placeholder="Other" maxlength="32" /></form>
</div>`;

/** What waits to be sent, or could not be. */
export const Pending = ({ message, nick, retry, forget }) => html`<li class="message pending ${message.kind} ${message.failed ? "failed" : ""}">
  <time>${timeOfDay(message.at)}</time>
  <span class="nick"><span class="hue-${hue(nick)}">${message.kind === "action" ? "*" : nick}</span></span>
  <div class="body">
    <p class="text">${message.kind === "action" && html`<bdi>${nick}</bdi> `}<${Text} text=${message.text} /></p>
    ${message.failed
      ? html`<p class="why" role="alert"><span>Not sent: ${message.failed}</span>
          <button type="button" class="link" onClick=${retry}>Try again</button>
          <button type="button" class="link" onClick=${forget}>Discard</button></p>`
      : html`<p class="why">Sending …</p>`}
  </div>
</li>`;
