/**
 * What a list shows of messages: days between them, the line "new", who said several in a row, and what merely
 * happened put together.
 * @module
 */
import { isSaid } from "../state/messages.js";
import { dayAfter, dayOf } from "../text/time.js";

// Messages of one sender within so long stand together, milliseconds.
const TOGETHER = 5 * 60 * 1000;

// What is worth a line of its own.
const LOUD = new Set(["topic", "kick", "channel_renamed"]);

/**
 * `upto` is the id of the last message in a row; of a row that is none, of the message that follows it.
 * @param {import("../state/messages.js").Message[]} messages
 * @param {string | null} newFrom
 * @returns {{type: "day" | "new" | "said" | "happenings", id: string, upto: string}[]}
 */
export function items(messages, newFrom) {
  const found = [];
  let tomorrow = -Infinity;
  let marked = !newFrom;
  let before = null;
  for (const message of messages) {
    const upto = message.id;
    if (message.at >= tomorrow) {
      const today = dayOf(message.at);
      tomorrow = dayAfter(today);
      found.push({ type: "day", id: `day-${today}`, upto, at: message.at });
      before = null;
    }
    if (!marked && message.id >= newFrom) {
      marked = true;
      found.push({ type: "new", id: "new", upto });
      before = null;
    }
    const quiet = !isSaid(message) && !LOUD.has(message.what);
    if (quiet && before?.type === "happenings") {
      // Called as the last one, so that others before it change nothing.
      before.all.push(message);
      before.id = before.upto = message.id;
      continue;
    }
    if (quiet) before = { type: "happenings", id: message.id, upto, all: [message] };
    else {
      const last = before?.type === "said" ? before.message : null;
      const goesOn =
        last?.nick === message.nick && last.kind === message.kind && message.kind !== "happening" && message.at - last.at < TOGETHER && !message.reply;
      before = { type: "said", id: message.id, upto, message, goesOn };
    }
    found.push(before);
  }
  return found;
}

/** What happened, in few words: everybody once for each thing. */
export function summary(all) {
  const by = new Map();
  for (const { nick, text, what } of all) {
    const how = what === "join" || what === "part" || what === "quit" ? text.replace(/ \(.*$/, "") : text;
    by.set(how, [...(by.get(how) ?? []), nick]);
  }
  return [...by].map(([how, nicks]) => {
    const some = [...new Set(nicks)];
    const who = some.length > 4 ? `${some.slice(0, 3).join(", ")} and ${some.length - 3} others` : some.join(", ");
    return `${who} ${how}`;
  });
}
