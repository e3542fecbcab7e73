/**
 * The territories on the map: filled by class, outlined at the chosen level and at every coarser one, and marked where
 * the pointer is and where the card is open. The value of each rides in its tile as a property named by the indicator.
 */
import { NO_DATA } from './colors.js';
import { addToSlot, removeLayers } from './slots.js';

/** Layers that answer the question which territory is under a point. */
export const TERRITORY_LAYERS = ['territory-fill', 'territory-missing'];
/** Name of the picture that stands for a missing value. */
export const HATCH = 'no-data';
const PER_LEVEL = [...TERRITORY_LAYERS, 'territory-hover', 'territory-chosen-casing', 'territory-chosen'];
const INK = '#13262f';
const PLAIN = '#dde5e8';

/** Names of the source and of the layer in its tiles, for `level`. */
export const sourceOf = (level) => `level-${level}`;

/** @param {import('./app.js').App} app */
export async function createTerritories(app) {
  const { map, figures, state } = app;
  map.addImage(HATCH, hatch(), { pixelRatio: 2 });
  const levels = await addSources(app);
  let drawn = { level: null, tiles: null };

  function draw() {
    const { level, indicator } = figures.value;
    if (!levels.includes(level)) return clear();
    if (level !== drawn.level) restack(app, levels, level);
    const tiles = indicator ? app.api.scenarioTiles(level, queryOf(indicator)) : app.api.tiles(level, queryOf(null));
    if (tiles !== drawn.tiles) map.getSource(sourceOf(level)).setTiles([tiles]);
    drawn = { level, tiles };
    paint();
  }

  function clear() {
    removeLayers(map, PER_LEVEL);
    drawn = { level: null, tiles: null };
  }

  function paint() {
    if (!map.getLayer('territory-fill')) return;
    const { indicator, classes, colors } = figures.value;
    const coloured = indicator && !state.value.heatmap;
    map.setPaintProperty('territory-fill', 'fill-color', coloured ? colorOf(indicator, classes, colors) : PLAIN);
    map.setLayoutProperty('territory-missing', 'visibility', coloured ? 'visible' : 'none');
    map.setFilter('territory-fill', coloured ? hasValue(indicator) : null);
    map.setFilter('territory-missing', indicator ? ['!', hasValue(indicator)] : null);
  }

  function choose() {
    const { territory } = state.value;
    const filter = ['==', ['get', 'key'], territory?.level === drawn.level ? territory.key : ''];
    for (const id of ['territory-chosen-casing', 'territory-chosen']) if (map.getLayer(id)) map.setFilter(id, filter);
  }

  // While the next figures load, the old ones stay: never the colours of one level on the shapes of another.
  figures.subscribe(({ phase }) => phase !== 'loading' && (draw(), choose()));
  state.subscribe((_, changed) => {
    if (changed.has('heatmap')) paint();
    if (changed.has('territory')) choose();
  });
  draw();
  choose();
  return { redraw: () => (refresh(app, levels), draw()) };
}

/** One source per level that the server has tiles of; gives those levels' ids, finest first. */
async function addSources(app) {
  const levels = app.catalog.levels.map((level) => level.id).filter((id) => app.catalog.tiles[id]);
  const documents = await Promise.all(levels.map((id) => app.api.tilejson(id)));
  levels.forEach((id, i) =>
    app.map.addSource(sourceOf(id), vectorSource(app.api.tiles(id, queryOf(null)), documents[i])),
  );
  return levels;
}

/** A vector source with the zooms and the bounds that its TileJSON states. */
export function vectorSource(tiles, { minzoom, maxzoom, bounds }) {
  return { type: 'vector', tiles: [tiles], ...given({ minzoom, maxzoom, bounds }) };
}

function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function refresh(app, levels) {
  for (const id of levels) app.map.getSource(sourceOf(id)).setTiles([app.api.tiles(id, queryOf(null))]);
}

function queryOf(indicator) {
  return indicator ? { properties: '', indicators: indicator.id } : { properties: '' };
}

function restack({ map }, levels, level) {
  removeLayers(map, [...PER_LEVEL, ...levels.map(borderOf)]);
  const from = { source: sourceOf(level), 'source-layer': level };
  addToSlot(map, 'fills', { ...from, id: 'territory-fill', type: 'fill', paint: { 'fill-color': PLAIN } });
  addToSlot(map, 'fills', { ...from, id: 'territory-missing', type: 'fill', paint: { 'fill-pattern': HATCH } });
  const shown = levels.slice(levels.indexOf(level));
  shown.forEach((id, rank) => addToSlot(map, 'borders', border(id, rank, rank === 0 && shown.length > 1)));
  for (const line of highlights(from)) addToSlot(map, 'highlights', line);
}

const borderOf = (level) => `border-${level}`;

// The finer, the thinner and paler. Borders inside are hairlines of paper between colours, the outermost is always ink.
function border(level, rank, inside) {
  const width = 0.5 + 0.7 * rank;
  return {
    id: borderOf(level),
    type: 'line',
    source: sourceOf(level),
    'source-layer': level,
    layout: { 'line-join': 'round' },
    paint: {
      'line-color': inside ? '#ffffff' : INK,
      'line-opacity': inside ? 0.85 : 0.45 + 0.15 * Math.min(rank, 3),
      'line-width': ['interpolate', ['linear'], ['zoom'], 9, width * 0.7, 15, width * 1.8],
    },
  };
}

function highlights(from) {
  const line = (id, color, width) => ({
    ...from,
    id,
    type: 'line',
    layout: { 'line-join': 'round' },
    paint: { 'line-color': color, 'line-width': width },
  });
  const hover = line('territory-hover', INK, 2);
  hover.paint['line-opacity'] = ['case', ['boolean', ['feature-state', 'hover'], false], 1, 0];
  return [hover, line('territory-chosen-casing', '#ffffff', 6), line('territory-chosen', INK, 3)];
}

function hasValue({ id }) {
  return ['==', ['typeof', ['get', id]], 'number'];
}

function colorOf({ id }, { breaks, closed }, colors) {
  if (breaks.length === 0) return colors[0] ?? NO_DATA;
  const within = closed === 'left' ? '<' : '<=';
  const cases = breaks.flatMap((bound, i) => [[within, ['get', id], bound], colors[i]]);
  return ['case', ...cases, colors.at(-1)];
}

// Grey diagonals: told apart from every class also without colour.
function hatch() {
  const size = 16;
  const data = new Uint8Array(size * size * 4);
  for (let i = 0; i < size * size; i++) {
    const stripe = ((i % size) + Math.floor(i / size)) % 8 < 2;
    data.set(stripe ? [160, 170, 176, 255] : [228, 232, 234, 255], i * 4);
  }
  return { width: size, height: size, data };
}
