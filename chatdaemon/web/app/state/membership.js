/**
 * Who is in a channel.
 * @module
 */
import { folding, isRank } from "../text/names.js";

const foldOf = (state) => folding(state.server.casemapping);

/** A member as names and joins tell of them. */
export const member = (told) => ({
  nick: told.nick,
  account: told.account ?? null,
  ranks: told.ranks ?? [],
  away: Boolean(told.away),
  bot: Boolean(told.bot),
});

/** A channel as the ok of a join tells of it: one is in it. */
export function described(state, at, channel) {
  const next = { ...at, name: channel.channel, channel: true, joined: true };
  if (channel.topic !== undefined || channel.members) next.topic = channel.topic ?? null;
  if (channel.members) {
    next.members = Object.fromEntries(channel.members.map((each) => [foldOf(state)(each.nick), member(each)]));
  }
  return next;
}

/** With somebody else in it, changed, or (null) not in it any more. */
export function withMember(state, at, nick, change) {
  const key = foldOf(state)(nick);
  const before = at.members[key];
  const after = change(before);
  if (after === before) return at;
  const { [key]: _, ...rest } = at.members;
  if (!after) return { ...at, members: rest };
  return { ...at, members: { ...rest, [foldOf(state)(after.nick)]: after } };
}

/** Ranks after a change of modes. */
export function promoted(state, at, changes) {
  let next = at;
  for (const { mode, add, value } of changes) {
    if (!isRank(mode) || !value) continue;
    next = withMember(state, next, value, (found) => {
      if (!found) return found;
      const others = found.ranks.filter((rank) => rank !== mode);
      return { ...found, ranks: add ? [...others, mode] : others };
    });
  }
  return next;
}
