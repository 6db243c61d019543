/**
 * A window over the page: the keyboard stays in it until it is closed.
 * @module
 */
import { html, IconButton, useEffect, useRef } from "./ui.js";

export function Dialog({ title, close, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    dialog.current.querySelector("[data-first]")?.focus();
    return () => before?.focus?.();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    close();
  };
  const outside = (event) => event.target === dialog.current && close();
  return html`<dialog ref=${dialog} aria-label=${title} onCancel=${cancel} onMouseDown=${outside}>
    <div class="inside">
      <header><h2>${title}</h2><${IconButton} icon="close" label="Close" onClick=${close} /></header>
      ${children}
    </div>
  </dialog>`;
}
