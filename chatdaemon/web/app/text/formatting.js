/**
 * A message's text as runs: what IRC's formatting codes make of it, and which parts are links.
 * Runs are shown as text nodes; nothing here makes markup.
 * @module
 */

/**
 * @typedef {object} Run
 * @property {string} text
 * @property {string} [className] words for the style sheet, without which it is plain text
 * @property {string} [href] where it leads, http or https only
 * @property {boolean} [mention]
 */

const TOGGLES = { "\x02": "bold", "\x1d": "italic", "\x1f": "underline", "\x1e": "strike", "\x11": "mono", "\x16": "reverse" };
// eslint-disable-next-line no-control-regex
const CODE = /\x03(\d{1,2})?(?:,(\d{1,2}))?|\x04[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?|[\x02\x1d\x1f\x1e\x11\x16\x0f\x04]/g;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g;
const LINK = /https?:\/\/[^\s<>"`\x00-\x1f]+/gi;

/** @param {string} text @returns {string} without formatting codes and control characters */
export const plain = (text) => text.replace(CODE, "").replace(CONTROL, "");

/** @param {string} text @returns {Run[]} */
export function runs(text) {
  const found = [];
  let on = new Set();
  let colour = null;
  let at = 0;
  const push = (piece) => {
    const clean = piece.replace(CONTROL, "");
    if (!clean) return;
    const names = [...on].map((name) => `f-${name}`);
    if (colour !== null && colour < 16) names.push(`c-${colour}`);
    found.push({ text: clean, className: names.join(" ") });
  };
  for (const code of text.matchAll(CODE)) {
    push(text.slice(at, code.index));
    at = code.index + code[0].length;
    const sign = code[0][0];
    if (sign === "\x0f") {
      on = new Set();
      colour = null;
    } else if (sign === "\x03") {
      colour = code[1] === undefined ? null : Number(code[1]);
    } else if (TOGGLES[sign]) {
      const name = TOGGLES[sign];
      on.has(name) ? on.delete(name) : on.add(name);
    }
  }
  push(text.slice(at));
  return found.flatMap(linked);
}

/** A run, split where there are links in it. */
function linked(run) {
  const found = [];
  let at = 0;
  for (const match of run.text.matchAll(LINK)) {
    const href = ending(match[0]);
    if (!URL.canParse(href)) continue;
    if (match.index > at) found.push({ ...run, text: run.text.slice(at, match.index) });
    found.push({ ...run, text: href, href });
    at = match.index + href.length;
  }
  if (at < run.text.length) found.push({ ...run, text: run.text.slice(at) });
  return found;
}

/** A link without what belongs to the sentence around it. */
function ending(link) {
  let found = link;
  for (;;) {
    const last = found.at(-1);
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const unbalanced = opening && found.split(last).length > found.split(opening).length;
    if (!unbalanced && !".,;:!?'*_".includes(last)) return found;
    found = found.slice(0, -1);
  }
}

const WORD = /[\p{L}\p{N}_[\]\\`^{|}-]/u;

/**
 * Whether a text names somebody: their nick as a word of its own.
 * @param {string} text
 * @param {string} nick
 * @param {(name: string) => string} fold
 */
export function names(text, nick, fold) {
  if (!nick) return false;
  const where = fold(plain(text));
  const wanted = fold(nick);
  for (let at = where.indexOf(wanted); at >= 0; at = where.indexOf(wanted, at + 1)) {
    const before = where[at - 1];
    const after = where[at + wanted.length];
    if (!(before && WORD.test(before)) && !(after && WORD.test(after))) return true;
  }
  return false;
}
