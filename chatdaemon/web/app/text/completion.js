/**
 * Completing names by Tab.
 * @module
 */

/**
 * What a Tab makes of a text; pressing it again goes on to the next name.
 * @param {{text: string, at: number, candidates: string[], fold: (name: string) => string, step?: number, last?: object}} given
 *   `at` is where the cursor is, `last` what the last call gave, if nothing was typed since.
 * @returns {null | {text: string, at: number, start: number, word: string, index: number}}
 */
export function complete({ text, at, candidates, fold, last = null, step = 1 }) {
  let start;
  let word;
  let index;
  let rest;
  if (last && last.text === text && last.at === at) {
    ({ start, word } = last);
    index = last.index + step;
    rest = text.slice(at);
  } else {
    start = at;
    while (start > 0 && !/\s/.test(text[start - 1])) start -= 1;
    word = text.slice(start, at).replace(/^@/, "");
    index = step > 0 ? 0 : -1;
    rest = text.slice(at);
  }
  if (!word) return null;
  const fitting = candidates.filter((name) => fold(name).startsWith(fold(word)));
  if (fitting.length === 0) return null;
  index = ((index % fitting.length) + fitting.length) % fitting.length;
  const name = fitting[index];
  const tail = start === 0 && !name.startsWith("#") && !name.startsWith("/") ? ": " : " ";
  const done = text.slice(0, start) + name + tail;
  return { text: done + rest.replace(/^ /, ""), at: done.length, start, word, index };
}
