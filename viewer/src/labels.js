/**
 * Names and values of the territories, written where each is widest.
 *
 * A territory comes in pieces, one per tile, and a label per piece would repeat it. So the pieces that are loaded are put
 * together here, once the map rests: one point per territory. Larger letters name the coarser territories around them,
 * for orientation. The letters are drawn by the browser's own fonts; no glyphs are fetched.
 */
import { classOf } from './classify.js';
import { isDark } from './colors.js';
import { labelPoint } from './label-point.js';
import { formatNumber } from './numbers.js';
import { addToSlot } from './slots.js';
import { sourceOf } from './territories.js';

const LABELS = 'labels';
// The first name exists nowhere: it tells MapLibre the weight, and the browser goes on to the next.
const MEDIUM = ['Comarca Medium', 'system-ui', 'sans-serif'];
const BOLD = ['Comarca SemiBold', 'system-ui', 'sans-serif'];
const LETTER_PX = 6.2;
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
    const data = collection(state.value.names ? allLabels(app) : []);
    const now = JSON.stringify(data);
    if (now === written) return;
    written = now;
    map.getSource(LABELS).setData(data);
  }

  map.on('idle', write);
  for (const store of [state, figures]) store.subscribe(() => map.triggerRepaint());
}

function allLabels(app) {
  const { level } = app.state.value;
  const around = app.catalog.levels.at(-2)?.id;
  const places = around && around !== level ? labelsOf(app, around, placeWords) : [];
  return [...labelsOf(app, level, wordsOf), ...places];
}

/** One label per territory of `level` that is loaded, roomy enough and has something to say. */
function labelsOf(app, level, words) {
  if (!app.map.getSource(sourceOf(level))) return [];
  const labels = [];
  for (const [key, pieces] of piecesByKey(app.map.querySourceFeatures(sourceOf(level), { sourceLayer: level }))) {
    const said = words(app, key, pieces[0].properties.name);
    const spot = said && labelPoint(pieces.flatMap(({ geometry }) => polygonsOf(geometry)));
    if (!spot) continue;
    const room = widthPx(app.map, spot);
    if (room >= widestWord(said.name || said.value) * LETTER_PX) labels.push(labelAt(spot, said));
  }
  for (const { properties } of labels) properties.large = labels.length <= FEW_LABELS;
  return labels;
}

function piecesByKey(features) {
  const pieces = new Map();
  for (const feature of features) {
    const key = String(feature.properties.key);
    if (!pieces.has(key)) pieces.set(key, []);
    pieces.get(key).push(feature);
  }
  return pieces;
}

function labelAt({ at, area }, said) {
  const properties = { ...said, gap: said.name && said.value ? '\n' : '', size: area };
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates: at } };
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

function polygonsOf({ type, coordinates }) {
  return type === 'Polygon' ? [coordinates] : type === 'MultiPolygon' ? coordinates : [];
}

function widthPx(map, { at: [x, y], width }) {
  return map.project([x + width / 2, y]).x - map.project([x - width / 2, y]).x;
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
      'symbol-sort-key': ['-', ['get', 'size']],
    },
    paint: { 'text-halo-width': 1.3 },
  };
}
