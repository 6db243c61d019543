/**
 * The page begins here.
 * @module
 */
import { html, render } from "../vendor/htm-preact.js";
import { Client } from "./client.js";
import * as keeping from "./keeping.js";
import { reduce } from "./state/reducer.js";
import { initial } from "./state/state.js";
import { createStore } from "./state/store.js";
import { App } from "./views/app.js";

const store = createStore(reduce, initial);
const url = new URL("ws", document.baseURI);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
const client = new Client(store, url.href);

/** Go on as this tab, or this browser, was before. */
async function comeBack() {
  const before = client.session.remembered();
  const kept = keeping.kept();
  try {
    if (before?.token) {
      await client.session.goOn(before);
      return null;
    }
  } catch {
    // It is too late for that; perhaps it is signed in for long.
  }
  if (kept) {
    try {
      await client.enter({ kind: "token", token: kept.token, account: kept.account });
      return null;
    } catch (error) {
      if (["login_failed", "bad_token"].includes(error.code)) keeping.drop();
    }
  }
  return before?.account ?? kept?.account ?? null;
}

const root = document.getElementById("app");
const known = await comeBack();
root.replaceChildren();
render(html`<${App} client=${client} known=${known} />`, root);
