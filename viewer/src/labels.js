/**
 * Names and values of the territories, written where each has most room.
 *
 * The server gives one point per territory, the same at every zoom and in every tile. Here it gets its words, which depend
 * on the indicator, once the map rests. Larger letters name the coarser territories around them, for orientation. The
 * letters are drawn by the browser's own fonts; no glyphs are fetched.
 */
import { classOf } from './classify.js';
import { isDark } from './colors.js';
import { labelLayerOf, labelsOf } from './level-sources.js';
import { formatNumber } from './numbers.js';
import { addToSlot, removeLayers } from './slots.js';

const LABELS = 'labels';
// The first name exists nowhere: it tells MapLibre the weight, and the browser goes on to the next.
const MEDIUM = ['Comarca Medium', 'system-ui', 'sans-serif'];
const BOLD = ['Comarca SemiBold', 'system-ui', 'sans-serif'];
const LETTER_PX = 6.2;
// A word is wide and low: it fits where the circle around the point is a little narrower than it.
const ROOM = 1.3;
const EQUATOR_M = 40_075_016.686;
const TILE_PX = 512;
// As many as a reader takes in one by one, and not as a pattern.
const FEW_LABELS = 24;
const INK = '#13262f';

/** @param {import('./app.js').App} app */
export function createLabels(app) {
  const { map, state, figures } = app;
  map.addSource(LABELS, { type: 'geojson', data: collection([]) });
  // The layer on top is placed first: where there is no room for both, orientation wins.
  addToSlot(map, 'names', valueLayer());
  addToSlot(map, 'names', placeLayer());
  let written = '';

  function write() {
    const levels = state.value.names ? labelledLevels(app) : [];
    if (useSources(app, levels)) return;
    const data = collection(levels.flatMap((level) => labelsAt(app, level)));
    const now = JSON.stringify(data);
    if (now === written) return;
    written = now;
    map.getSource(LABELS).setData(data);
  }

  map.on('idle', write);
  for (const store of [state, figures]) store.subscribe(() => map.triggerRepaint());
}

/** The chosen level, and the one that names what lies around. */
function labelledLevels({ catalog, state, map }) {
  const { level } = state.value;
  const around = catalog.levels.at(-2)?.id;
  return [level, ...(around === level ? [] : [around])].filter((id) => id && map.getSource(labelsOf(id)));
}

/** Has the points of these levels fetched and of no others: a layer that draws nothing is what asks for tiles. */
function useSources({ map, catalog }, levels) {
  const idOf = (level) => `${LABELS}-points-${level}`;
  const idle = catalog.levels.map(({ id }) => id).filter((id) => !levels.includes(id));
  removeLayers(map, idle.map(idOf));
  const missing = levels.filter((level) => !map.getLayer(idOf(level)));
  for (const level of missing) {
    const from = { source: labelsOf(level), 'source-layer': labelLayerOf(level) };
    addToSlot(map, 'names', { ...from, id: idOf(level), type: 'circle', paint: { 'circle-opacity': 0 } });
  }
  return missing.length > 0;
}

/** One label per territory of `level` whose point is loaded, roomy enough and has something to say. */
function labelsAt(app, level) {
  const words = level === app.state.value.level ? wordsOf : placeWords;
  const points = app.map.querySourceFeatures(labelsOf(level), { sourceLayer: labelLayerOf(level) });
  // A point at the edge of a tile is in its neighbour too.
  const byKey = new Map(points.map((point) => [String(point.properties.key), point]));
  const labels = [];
  for (const [key, { geometry, properties }] of byKey) {
    const said = words(app, key, properties.name);
    if (!said) continue;
    const room = 2 * ROOM * pixels(app.map, properties.radius_m, geometry.coordinates[1]);
    if (room >= widestWord(said.name || said.value) * LETTER_PX)
      labels.push(labelAt(geometry.coordinates, properties.rank, said));
  }
  for (const { properties } of labels) properties.large = labels.length <= FEW_LABELS;
  return labels;
}

function labelAt(coordinates, rank, said) {
  const properties = { ...said, gap: said.name && said.value ? '\n' : '', rank };
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates } };
}

// A name that is only the key says nothing to a reader: there the value stands alone.
function wordsOf(app, key, name) {
  const { byKey, classes, colors } = app.figures.value;
  const value = app.state.value.heatmap ? null : (byKey.get(key)?.value ?? null);
  const shown = name && name !== key ? String(name) : '';
  const number = formatNumber(value, app.lang()) ?? '';
  const color = value === null ? null : colors[classOf(value, classes.breaks, classes.closed)];
  const ink = color !== null && isDark(color) ? '#ffffff' : INK;
  return shown || number ? { kind: 'value', name: shown, value: number, ink, halo: color ?? '#ffffff' } : null;
}

function placeWords(_app, key, name) {
  return name && name !== key ? { kind: 'place', name: String(name), value: '' } : null;
}

/** How many pixels `metres` are at a latitude. */
function pixels(map, metres, latitude) {
  return (metres * TILE_PX * 2 ** map.getZoom()) / (EQUATOR_M * Math.cos((latitude * Math.PI) / 180));
}

function widestWord(words) {
  return Math.max(...words.split(' ').map((word) => word.length));
}

function collection(features) {
  return { type: 'FeatureCollection', features };
}

function valueLayer() {
  const layer = labelLayer('value', MEDIUM, ['case', ['get', 'large'], 15, 12]);
  layer.layout['text-field'] = [
    'format',
    ['get', 'name'],
    {},
    ['get', 'gap'],
    {},
    ['get', 'value'],
    { 'font-scale': 0.92 },
  ];
  layer.paint['text-color'] = ['get', 'ink'];
  layer.paint['text-halo-color'] = ['get', 'halo'];
  return layer;
}

function placeLayer() {
  const layer = labelLayer('place', BOLD, ['interpolate', ['linear'], ['zoom'], 10, 12, 15, 20]);
  layer.layout['text-field'] = ['upcase', ['get', 'name']];
  layer.layout['text-letter-spacing'] = 0.06;
  Object.assign(layer.paint, {
    'text-color': INK,
    'text-halo-color': 'rgba(255, 255, 255, 0.85)',
    'text-halo-width': 2,
  });
  return layer;
}

function labelLayer(kind, font, size) {
  return {
    id: `${LABELS}-${kind}`,
    type: 'symbol',
    source: LABELS,
    filter: ['==', ['get', 'kind'], kind],
    layout: {
      'text-font': font,
      'text-size': size,
      'text-max-width': 7,
      'text-line-height': 1.15,
      'text-padding': 3,
      'symbol-sort-key': ['get', 'rank'],
    },
    paint: { 'text-halo-width': 1.3 },
  };
}
