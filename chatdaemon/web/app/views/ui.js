/**
 * What the views are made of.
 * @module
 */
import { createContext, html, useContext, useEffect, useState } from "../../vendor/htm-preact.js";

export * from "../../vendor/htm-preact.js";

/** @type {{client: import("../client.js").Client}} */
export const Here = createContext(null);
export const useClient = () => useContext(Here);

/** The state, and a rendering whenever it is another. */
export function useStored(store) {
  const [state, set] = useState(store.get());
  useEffect(() => {
    const look = () => set(store.get());
    // It may be another already: effects run after what was drawn is seen.
    look();
    return store.subscribe(look);
  }, [store]);
  return state;
}

const PATHS = {
  menu: "M3 6h18M3 12h18M3 18h18",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1M16 3.5a4 4 0 0 1 0 7M18.5 14.5A6 6 0 0 1 22 20v1",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM21 21l-4.5-4.5",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  reply: "M9 7l-5 5 5 5M4 12h10a6 6 0 0 1 6 6v1",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14a4 4 0 0 0 7 0M9 9.5v.01M15 9.5v.01",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  sun: "M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM12 2v2M12 20v2M4.2 4.2l1.5 1.5M18.3 18.3l1.5 1.5M2 12h2M20 12h2M4.2 19.8l1.5-1.5M18.3 5.7l1.5-1.5",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 22h4",
  out: "M14 4h5v16h-5M3 12h11M10 8l4 4-4 4",
  send: "M4 12l16-8-6 16-3-7z",
  down: "M12 5v14M6 13l6 6 6-6",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.01",
};

/** A picture that says nothing to who hears the page: its button does. */
export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <path d=${PATHS[name]} />
</svg>`;

/** A button with a picture, and words for those who do not see it. */
export const IconButton = ({ icon, label, onClick, pressed, className = "", ...more }) =>
  html`<button
    type="button"
    class="icon-button ${className}"
    aria-label=${label}
    title=${label}
    aria-pressed=${pressed === undefined ? undefined : String(pressed)}
    onClick=${onClick}
    ...${more}
  ><${Icon} name=${icon} /></button>`;
