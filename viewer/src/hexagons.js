/**
 * The colours of hexagons. Their size follows the zoom, so no classes fit all of them: those of a zoom are found among the
 * hexagons that are in sight when it is reached, and stay while the reader moves about in it.
 */
import { classify } from './classify.js';
import { ramp } from './colors.js';
import { HEXAGON_FILL, HEXAGON_PROPERTY } from './heat-layers.js';
import { createStore } from './store.js';

const CLASSES = 5;
const PALETTE = 'ylorbr';
const NONE = { classes: null, colors: [] };

/** @param {import('./app.js').App} app @param {string} source of the hexagons */
export function createHexagonClasses(app, source) {
  const { map } = app;
  const store = createStore(NONE);
  let surface = null;
  let classedFor = null;

  function look() {
    if (!surface || !map.getLayer(HEXAGON_FILL)) return;
    const now = JSON.stringify([surface, Math.floor(map.getZoom()), map.getSource(source).tiles]);
    if (now === classedFor) return;
    classedFor = now;
    const classes = classify(
      valuesOf(map.querySourceFeatures(source, { sourceLayer: 'demands' }), surface),
      'quantiles',
      CLASSES,
    );
    const colors = ramp(PALETTE, classes.counts.length);
    map.setPaintProperty(HEXAGON_FILL, 'fill-color', colorOf(HEXAGON_PROPERTY[surface], classes.breaks, colors));
    store.set({ classes, colors });
  }

  map.on('idle', look);
  return Object.assign(store, {
    /** Colours hexagons by `count` or `votes` from now on; null for none. */
    show(next) {
      surface = next;
      if (!next) classedFor = null;
      if (!next) store.set(NONE);
    },
  });
}

/** The value of each hexagon, once: one that lies over the edge of a tile is in several. What is not published is null. */
export function valuesOf(features, surface) {
  const byId = new Map(
    features.map(({ properties }) => [properties.id, properties[HEXAGON_PROPERTY[surface]] ?? null]),
  );
  return [...byId.values()];
}

function colorOf(property, breaks, colors) {
  const cases = breaks.flatMap((bound, i) => [['<', ['get', property], bound], colors[i]]);
  return cases.length === 0 ? colors[0] : ['case', ...cases, colors.at(-1)];
}
