/**
 * Times and days as people read them, in their own language.
 * @module
 */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const long = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" });

/** @param {number} at milliseconds since 1970 */
export const timeOfDay = (at) => clock.format(at);
export const fullTime = (at) => full.format(at);

/** A day's number, so that two times of the same day have the same. */
export const dayOf = (at) => new Date(at).setHours(0, 0, 0, 0);

/** When the next day begins. Days are not all of the same length. */
export const dayAfter = (day) => new Date(day).setHours(24, 0, 0, 0);

/** @param {number} at @param {number} now */
export function dayName(at, now) {
  const day = dayOf(at);
  if (day === dayOf(now)) return "Today";
  if (dayAfter(day) === dayOf(now)) return "Yesterday";
  return long.format(at);
}

/** How long ago something was, for people. @param {number} at @param {number} now */
export function since(at, now) {
  const minutes = Math.max(0, Math.round((now - at) / 60000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 60 / 24)} days`;
}
