/**
 * The one place where the page's state is: changed by actions, through a pure function.
 * @module
 */

/**
 * @template S
 * @param {(state: S, action: object) => S} reduce
 * @param {S} state
 */
export function createStore(reduce, state) {
  const listeners = new Set();
  return {
    get: () => state,
    /** @param {{type: string}} action */
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
    /** @returns {() => void} ends it */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
