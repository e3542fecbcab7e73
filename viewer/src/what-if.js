/**
 * What if a health centre stood here: changes that a reader makes to one layer or several, and what the server answers.
 *
 * The changes are part of the state, so a copied address shows the same scenario. The server keeps a scenario only for
 * a while; whenever it has none of these changes any more, they are sent once more.
 *
 * @typedef {object} Change
 * @property {'add'|'move'|'remove'} op
 * @property {string} layer
 * @property {string} key of the feature; of a new one too
 * @property {number} [lng] @property {number} [lat] where it stands, unless it is removed
 * @property {string} [like] key of the feature whose attributes a new one has
 */
import { createStore } from './store.js';

const NOTHING = { id: null, changed: null, phase: 'none' };
// A little before the server forgets it.
const EARLY_MS = 60_000;
// A scenario that is lost again so soon would be made and lost for ever.
const LOST_AGAIN_MS = 10_000;

/** The layers that can be changed here: points that draw no level. */
export function changeableLayers(catalog) {
  const layers = Object.entries(catalog.tiles).map(([id, tile]) => ({ id, ...tile }));
  return layers.filter(({ kind, geometry }) => kind === 'layer' && geometry === 'point');
}

/** The changes with one more: each feature has one at most, and a new one that goes leaves nothing. */
export function withChange(changes, next) {
  const own = changes.find((one) => isSame(one, next));
  const others = changes.filter((one) => one !== own);
  if (own?.op !== 'add') return [...others, next];
  if (next.op === 'remove') return others;
  return changes.map((one) => (one === own ? { ...own, lng: next.lng, lat: next.lat } : one));
}

/** The changes without that of a feature. */
export function withoutChange(changes, feature) {
  return changes.filter((one) => !isSame(one, feature));
}

/** A key that no new feature has yet. */
export function newKey(changes) {
  const taken = new Set(changes.map(({ key }) => key));
  let number = 1;
  while (taken.has(`new-${number}`)) number++;
  return `new-${number}`;
}

function isSame(a, b) {
  return a.layer === b.layer && a.key === b.key;
}

/** The body of the request that makes a scenario of the changes; `nameOf` names what is new. */
export function bodyOf(changes, nameOf) {
  const place = ({ lng, lat }) => ({ type: 'Point', coordinates: [lng, lat] });
  const written = (change) => {
    const { op, layer, key, like } = change;
    if (op === 'remove') return { op, layer, key };
    if (op === 'move') return { op, layer, key, geometry: place(change) };
    return { op, layer, key, ...(like && { like }), geometry: place(change), properties: { name: nameOf(change) } };
  };
  return { changes: changes.map(written) };
}

/**
 * The scenario that is shown: `value.id` is null while there is none. `value.armed`: the next click on the map places a
 * feature like `value.like`.
 *
 * @param {import('./app.js').App} app
 * @param {() => void} refresh asks anew for everything that the page shows
 */
export function createWhatIf(app, refresh) {
  const waits = ({ changing, changes }) => changing !== null && changes.length === 0;
  const scenario = createStore({ ...NOTHING, armed: waits(app.state.value), like: null });
  let asked = new AbortController();
  let timer = 0;
  let lostAt = 0;

  async function send() {
    asked.abort();
    asked = new AbortController();
    clearTimeout(timer);
    const { changes } = app.state.value;
    if (changes.length === 0) return show(NOTHING);
    scenario.set({ phase: 'loading' });
    const { signal } = asked;
    const body = bodyOf(changes, (change) => newName(app, change));
    const made = await app.status.during(app.t('theScenario'), () => app.api.makeScenario(body, signal), send);
    if (signal.aborted) return;
    // The changes stay where the server refuses them: the reader may take one back.
    if (!made) return show({ ...NOTHING, phase: 'failed' });
    timer = setTimeout(send, Math.max(Date.parse(made.expires) - Date.now() - EARLY_MS, EARLY_MS));
    show({ id: made.scenario, changed: made.indicators, phase: 'ready' });
  }

  function show(next) {
    const isOther = next.id !== scenario.value.id;
    app.api.useScenario(next.id);
    scenario.set(next);
    if (isOther) refresh();
  }

  // The server has forgotten the scenario before its time, to make room for others: it gets the changes once more.
  function lose() {
    if (Date.now() - lostAt < LOST_AGAIN_MS) return;
    lostAt = Date.now();
    show(NOTHING);
    send();
  }

  const arm = (armed) => scenario.set({ armed });

  app.api.whenLost(lose);
  app.state.subscribe((value, changed) => {
    if (changed.has('changes')) send();
    if (changed.has('changing')) scenario.set({ armed: waits(value), like: null });
  });

  return Object.assign(scenario, {
    /** What the map does; set once there is one. */
    onMap: null,
    send,
    arm,
    /** Whether a click on the map is for the scenario, which then takes it. */
    takes({ point, lngLat }) {
      const { onMap } = app.whatIf;
      if (app.state.value.changing === null || !onMap) return false;
      if (!scenario.value.armed) return onMap.openFeatureAt(point);
      arm(false);
      onMap.add(lngLat);
      return true;
    },
    /** The cursor over the map, where the scenario has a say in it. */
    cursor(point) {
      if (app.state.value.changing === null) return null;
      if (scenario.value.armed) return 'crosshair';
      return app.whatIf.onMap?.featureAt(point) ? 'grab' : null;
    },
    /** Whether an address that was not found is one of the scenario. */
    misses(address) {
      const isOurs = Boolean(scenario.value.id) && address?.includes(scenario.value.id);
      if (isOurs) lose();
      return isOurs;
    },
  });
}

/** What people call a new feature. */
export function newName(app, { key }) {
  return app.t('whatIfNew', { number: key.replace('new-', '') });
}

/** Ends the mode and forgets the changes. */
export function discard(app) {
  app.state.set({ changing: null, changes: [] });
}
