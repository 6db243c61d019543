/**
 * The order in which conversations are listed.
 * @module
 */

/** Channels by name, then people, those first with whom something was said last. */
export function shown(conversations) {
  const all = Object.values(conversations);
  const channels = all.filter((each) => each.channel).sort((a, b) => (a.key < b.key ? -1 : 1));
  const people = all.filter((each) => !each.channel).sort((a, b) => b.last - a.last || (a.key < b.key ? -1 : 1));
  return [...channels, ...people];
}
