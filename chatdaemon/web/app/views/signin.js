/**
 * Coming in: with an account, with a new one, or as a guest.
 * @module
 */
import { kindly } from "../client.js";
import { Waits } from "../session.js";
import { html, useClient, useLayoutEffect, useRef, useState } from "./ui.js";

const WAYS = [
  ["guest", "As a guest"],
  ["account", "Sign in"],
  ["register", "Register"],
];

const SENTENCES = {
  unverified: "A code was sent to your address. Enter it here to finish.",
  awaiting: "Your account is made. Somebody who runs this server has to agree before you can use it.",
  "signed-out": "You were away for too long to go on where you were. Please sign in again.",
};

export function SignIn({ connecting, known }) {
  const client = useClient();
  const [way, setWay] = useState(known ? "account" : "guest");
  const [error, setError] = useState(known ? SENTENCES["signed-out"] : "");
  const [verify, setVerify] = useState(null);
  const [closed, setClosed] = useState(false);
  const first = useRef(null);
  useLayoutEffect(() => first.current?.focus(), [way, verify !== null]);

  async function submit(event) {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    for (const name of Object.keys(given)) if (name !== "password") given[name] = given[name].trim();
    setError("");
    const { keep, code, ...rest } = given;
    try {
      if (verify) {
        await client.enter({ ...verify, kind: "verify", code }, false);
      } else await client.enter({ kind: way, ...rest }, Boolean(keep));
    } catch (problem) {
      if (problem instanceof Waits) {
        if (problem.standing === "unverified") setVerify({ account: rest.account, password: rest.password });
        setError(SENTENCES[problem.standing]);
      } else {
        if (problem.code === "bad_password") setClosed(true);
        setError(kindly(problem));
      }
    }
  }

  const account = html`<${Field} name="account" label="Name" autocomplete="username" value=${known ?? ""} focus=${first} />`;
  const password = (complete) =>
    html`<${Field} name="password" label="Password" type="password" autocomplete=${complete} />`;
  const forms = {
    guest: html`<${Field} name="nick" label="What shall we call you?" autocomplete="nickname" focus=${first} />`,
    account: html`${account}${password("current-password")}
      <label class="check"><input type="checkbox" name="keep" /> Keep me signed in on this computer</label>`,
    register: html`${account}${password("new-password")}
      <${Field} name="email" label="E-mail address, if the server asks for one" type="email" autocomplete="email" optional />
      <${Field} name="invitation" label="Invitation code, if you were given one" autocomplete="off" optional />`,
  };
  const act = verify ? "Confirm" : { guest: "Come in", account: "Sign in", register: "Make the account" }[way];
  return html`<main class="signin">
    <div class="card">
      <h1><span class="mark" aria-hidden="true">#</span> chatdaemon</h1>
      <p class="lead">Come in, people are talking.</p>
      ${!verify &&
      html`<div class="ways" role="group" aria-label="How to come in">
        ${WAYS.map(
          ([name, label]) =>
            html`<button type="button" aria-pressed=${String(way === name)} onClick=${() => (setWay(name), setError(""))}>${label}</button>`,
        )}
      </div>`}
      <form onSubmit=${submit} key=${verify ? "verify" : way}>
        ${verify ? html`<${Field} name="code" label="Code" autocomplete="one-time-code" focus=${first} />` : forms[way]}
        ${closed && html`<${Field} name="serverPassword" label="The server's password" type="password" autocomplete="off" />`}
        <p class="error" role="alert">${error}</p>
        <button class="primary" disabled=${connecting}>${connecting ? "One moment …" : act}</button>
      </form>
      <p class="fine">${way === "guest" ? "A guest needs no account. The nick is yours while you are here." : ""}</p>
    </div>
  </main>`;
}

const Field = ({ name, label, type = "text", autocomplete, value, optional, focus }) => html`<label class="field">
  <span>${label}</span>
  <input name=${name} type=${type} autocomplete=${autocomplete} defaultValue=${value} ref=${focus} required=${!optional}
    autocapitalize="none" spellcheck=${false} maxlength="300" />
</label>`;
