/**
 * Telling somebody who does not look: desktop notifications, the title, the icon in the tab.
 * @module
 */
import { plain } from "./text/formatting.js";

export const possible = () => "Notification" in window;
export const allowed = () => possible() && Notification.permission === "granted";
export const refused = () => possible() && Notification.permission === "denied";

/** Browsers ask people only when they have clicked on something. */
export const request = () => Notification.requestPermission();

/**
 * @param {string} title
 * @param {string} text
 * @param {string} tag one notification for each
 * @param {() => void} clicked
 */
export function alarm(title, text, tag, clicked) {
  if (!allowed()) return;
  try {
    const shown = new Notification(title, { body: plain(text).slice(0, 200), tag, icon: "icons/icon-192.png" });
    shown.onclick = () => {
      window.focus();
      clicked();
      shown.close();
    };
  } catch {
    // Phones show them only from a service worker.
  }
}

let drawn = "";

/** How much waits, where it is seen when the page is not. */
export function badge(mentions, unread, name) {
  const mark = mentions ? `(${mentions}) ` : unread ? "• " : "";
  document.title = mark + name;
  const kind = mentions ? "mention" : unread ? "unread" : "";
  if (kind === drawn) return;
  drawn = kind;
  const link = document.querySelector("link[rel=icon]");
  link.href = kind ? `icons/icon-${kind}.svg` : "icons/icon.svg";
}
