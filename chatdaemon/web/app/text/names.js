/**
 * Names, and when two of them are the same.
 * @module
 */

const ASCII = /[A-Z]/g;
const lower = (name) => name.replace(ASCII, (letter) => letter.toLowerCase());

const FOLDS = {
  ascii: lower,
  rfc1459: (name) => lower(name).replace(/[[\]\\~]/g, (c) => ({ "[": "{", "]": "}", "\\": "|", "~": "^" })[c]),
  // Letter by letter: JavaScript has another small sigma at the end of a word.
  rfc8265: (name) => [...name.normalize("NFKC")].map((letter) => letter.toLowerCase()).join("").normalize("NFKC"),
};

/**
 * What makes equal what the server takes for the same name.
 * @param {string} casemapping as hello's answer has it
 * @returns {(name: string) => string}
 */
export const folding = (casemapping) => FOLDS[casemapping] ?? lower;

/** @param {string} name @returns {boolean} whether it is a channel's, not a person's */
export const isChannel = (name) => name.startsWith("#");

const RANKS = ["founder", "admin", "op", "halfop", "voice"];
const SIGNS = { founder: "~", admin: "&", op: "@", halfop: "%", voice: "+" };
const TITLES = { founder: "Founder", admin: "Admin", op: "Operator", halfop: "Half-operator", voice: "Voice" };

/** @param {string[]} ranks @returns {string | undefined} the highest */
export const highest = (ranks) => RANKS.find((rank) => ranks.includes(rank));

/** @param {string[]} ranks @returns {string} the sign that IRC clients show for the highest, or nothing */
export const rankSign = (ranks) => SIGNS[highest(ranks)] ?? "";

/** @param {string} [rank] @returns {string} for people */
export const rankTitle = (rank) => TITLES[rank] ?? "Members";

/** @param {string[]} ranks @param {string} rank @returns {boolean} whether they hold it or a higher one */
export const atLeast = (ranks, rank) => {
  const best = highest(ranks);
  return best !== undefined && RANKS.indexOf(best) <= RANKS.indexOf(rank);
};

export const isRank = (mode) => RANKS.includes(mode);

/**
 * Members as the list shows them: by rank, then by name.
 * @param {Object<string, {nick: string, ranks: string[]}>} members
 */
export function byRank(members) {
  const place = (member) => {
    const found = RANKS.indexOf(highest(member.ranks));
    return found < 0 ? RANKS.length : found;
  };
  return Object.values(members).sort(
    (a, b) => place(a) - place(b) || a.nick.localeCompare(b.nick, undefined, { sensitivity: "base" }),
  );
}

/** One of twelve colours for a nick: always the same. @param {string} nick */
export function hue(nick) {
  let sum = 7;
  for (const letter of nick.toLowerCase()) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % 12;
}
