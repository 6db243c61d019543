/**
 * What the browser keeps: how the page looks, which conversation was open, and, only if somebody asked for it, an
 * access token. Never a password.
 * @module
 */

const TOKEN = "chatdaemon.token";
const OPEN = "chatdaemon.open";
const THEME = "chatdaemon.theme";

const read = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};
const write = (key, value) => {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Private windows may keep nothing; then nothing is kept.
  }
};

export const lastOpen = () => read(OPEN);
export const opened = (key) => write(OPEN, key);

/** @returns {{token: string, name: string, account: string} | null} */
export function kept() {
  try {
    return JSON.parse(read(TOKEN));
  } catch {
    return null;
  }
}

// What a browser's token allows: to chat, and to end itself. Nothing else about the account.
const VERBS = ["*", "events", "token_revoke"];
// How long it is good, milliseconds.
const LASTS = 90 * 24 * 60 * 60 * 1000;

/** Stay signed in: by a token of this browser's own, which the account's owner can see and revoke. */
export async function keep(client) {
  const { account } = client.state.me;
  if (!account) return;
  const name = `web-${new Date().toISOString().slice(0, 10)}-${Math.random().toString(36).slice(2, 6)}`;
  const expires = new Date(Date.now() + LASTS).toISOString();
  const made = await client.attempt("token_create", { name, verbs: VERBS, expires });
  if (made) write(TOKEN, JSON.stringify({ token: made.secret, name, account }));
}

/** Who signs out leaves nothing behind but how the page looks. */
export async function forget(client) {
  const known = kept();
  write(TOKEN, null);
  write(OPEN, null);
  if (known) await client.ask("token_revoke", { name: known.name }).catch(() => {});
}

export const drop = () => write(TOKEN, null);

/** "light", "dark", or null: as the system has it. */
export const theme = () => read(THEME);
export function setTheme(theme) {
  write(THEME, theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
