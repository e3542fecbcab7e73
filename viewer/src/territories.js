/**
 * The territories on the map: filled by class, outlined at the chosen level and at every coarser one, and marked where
 * the pointer is and where the card is open. The value of each rides in its tile as a property named by the indicator.
 */
import { NO_DATA } from './colors.js';
import { addLevelSources, borderLayerOf, bordersOf, refreshLevelSources, vectorSource } from './level-sources.js';
import { addToSlot, removeLayers } from './slots.js';

/** Layers that answer the question which territory is under a point. */
export const TERRITORY_LAYERS = ['territory-fill', 'territory-missing'];
/** Name of the picture that stands for a missing value. */
export const HATCH = 'no-data';
const OF_FIGURES = [...TERRITORY_LAYERS, 'territory-hover', 'territory-chosen-casing', 'territory-chosen'];
/** The fill that is shown until its successor of the same indicator has come. */
const BEFORE = 'territory-before';
const INK = '#13262f';
const PLAIN = '#dde5e8';
const NOTHING = { level: null, indicator: null, tiles: null, source: null };

/** @param {import('./app.js').App} app */
export async function createTerritories(app) {
  const { map, figures, state } = app;
  map.addImage(HATCH, hatch(), { pixelRatio: 2 });
  const documents = await addLevelSources(app);
  const levels = [...documents.keys()];
  let drawn = NOTHING;
  let made = 0;

  function draw() {
    const { level, indicator } = figures.value;
    if (!levels.includes(level)) return clear();
    if (level !== drawn.level) restackBorders(map, levels, level);
    const tiles = indicator ? app.api.scenarioTiles(level, queryOf(indicator)) : app.api.tiles(level, queryOf(null));
    if (tiles !== drawn.tiles) replace({ level, indicator: indicator?.id ?? null, tiles });
    paint();
    choose();
  }

  // Each indicator has a source of its own: a tile that comes late belongs to a source that is gone, and is not drawn.
  function replace(next) {
    const last = drawn;
    drawn = { ...next, source: `territories-${++made}` };
    map.addSource(drawn.source, vectorSource(drawn.tiles, documents.get(drawn.level)));
    dropBefore();
    const isSame = last.source && last.level === drawn.level && last.indicator === drawn.indicator;
    const fill = isSame && map.getLayer('territory-fill') && lookOf(map, 'territory-fill');
    removeLayers(map, OF_FIGURES);
    if (fill) keepBefore({ ...fill, id: BEFORE, source: last.source, 'source-layer': last.level });
    else if (last.source) map.removeSource(last.source);
    addFigures(map, { source: drawn.source, 'source-layer': drawn.level });
  }

  function keepBefore(layer) {
    addToSlot(map, 'fills', layer);
    map.once('idle', () => map.getLayer(BEFORE)?.source === layer.source && dropBefore());
  }

  function dropBefore() {
    const source = map.getLayer(BEFORE)?.source;
    if (!source) return;
    map.removeLayer(BEFORE);
    map.removeSource(source);
  }

  function clear() {
    dropBefore();
    removeLayers(map, [...OF_FIGURES, ...levels.map(borderOf)]);
    if (drawn.source) map.removeSource(drawn.source);
    drawn = NOTHING;
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
  figures.subscribe(({ phase }) => phase !== 'loading' && draw());
  state.subscribe((_, changed) => {
    if (changed.has('heatmap')) paint();
    if (changed.has('territory')) choose();
  });
  draw();
  return { redraw: () => (refreshLevelSources(app, levels), draw()) };
}

function queryOf(indicator) {
  return indicator ? { properties: '', indicators: indicator.id } : { properties: '' };
}

function addFigures(map, from) {
  addToSlot(map, 'fills', { ...from, id: 'territory-fill', type: 'fill', paint: { 'fill-color': PLAIN } });
  addToSlot(map, 'fills', { ...from, id: 'territory-missing', type: 'fill', paint: { 'fill-pattern': HATCH } });
  for (const line of highlights(from)) addToSlot(map, 'highlights', line);
}

/** How a fill looks now, to be given to another. */
function lookOf(map, id) {
  const filter = map.getFilter(id);
  return {
    type: 'fill',
    paint: { 'fill-color': map.getPaintProperty(id, 'fill-color') },
    ...(filter && { filter }),
  };
}

function restackBorders(map, levels, level) {
  removeLayers(map, levels.map(borderOf));
  const shown = levels.slice(levels.indexOf(level));
  shown.forEach((id, rank) => addToSlot(map, 'borders', border(level, id, rank, rank === 0 && shown.length > 1)));
}

const borderOf = (level) => `border-${level}`;

// Where borders of several levels run together only the coarsest is there, once: the tiles of the finest say which it is.
// The finer, the thinner and paler. Borders inside are hairlines of paper between colours, the outermost is always ink.
function border(finest, level, rank, inside) {
  const width = 0.5 + 0.7 * rank;
  return {
    id: borderOf(level),
    type: 'line',
    source: bordersOf(finest),
    'source-layer': borderLayerOf(finest),
    filter: ['==', ['get', 'level'], level],
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
