/**
 * A value that tells its listeners when it changes.
 *
 * The page has two: the state a reader chooses (state.js) and the figures that follow from it (figures.js).
 *
 * @template {object} T
 * @typedef {object} Store
 * @property {T} value the current value; never changed in place
 * @property {(patch: Partial<T>, how?: object) => void} set merges `patch`; listeners hear only of keys that differ
 * @property {(listener: (value: T, changed: Set<string>, how: object) => void) => void} subscribe
 */

/**
 * @template {object} T
 * @param {T} initial
 * @returns {Store<T>}
 */
export function createStore(initial) {
  let value = initial;
  const listeners = [];
  return {
    get value() {
      return value;
    },
    set(patch, how = {}) {
      const changed = differingKeys(value, patch);
      if (changed.size === 0) return;
      value = { ...value, ...patch };
      for (const listener of listeners) listener(value, changed, how);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}

function differingKeys(value, patch) {
  return new Set(Object.keys(patch).filter((key) => !same(value[key], patch[key])));
}

// Identity for everything that holds data; content for the small lists and records of the state.
function same(a, b) {
  if (Object.is(a, b)) return true;
  if (!isSmall(a) || !isSmall(b)) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

function isSmall(value) {
  return value !== null && typeof value === 'object' && Object.keys(value).length <= 100 && !(value instanceof Map);
}
