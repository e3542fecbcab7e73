/** How each form of the heat map is drawn from its tiles. */
import { NO_DATA } from './colors.js';
import { isHexagons } from './surfaces.js';
import { HATCH } from './territories.js';
import { TEXTS } from './texts.js';

export const HEXAGON_FILL = 'heat-hexagons';
/** What each form of hexagons reads in a tile. */
export const HEXAGON_PROPERTY = { count: 'count', votes: 'sum' };
const LETTERS = ['Comarca Medium', 'system-ui', 'sans-serif'];
const INK = '#13262f';

/** The map's layers of one form, each with its slot. */
export function heatLayers(app, surface, document, source, sourceLayer) {
  if (surface === 'picture')
    return [['heat', { id: 'heat', type: 'raster', source, paint: { 'raster-fade-duration': 0 } }]];
  const from = { source, 'source-layer': sourceLayer };
  if (isHexagons(surface)) return hexagonLayers(from, surface);
  const color = colorOf(document.legend ?? []);
  if (surface === 'bands')
    return [
      ['heat', { ...from, id: 'heat-bands', type: 'fill', paint: { 'fill-color': color, 'fill-opacity': 0.75 } }],
    ];
  return lineLayers(app, from, color);
}

/** The colour of a band: its place among the colours of the legend. */
function colorOf(legend) {
  const colors = legend.map(({ color }) => color);
  if (colors.length === 0) return NO_DATA;
  const index = ['max', 0, ['min', ['get', 'color_index'], colors.length - 1]];
  return ['to-color', ['at', index, ['literal', colors]]];
}

// The dark line under the coloured one carries pale colours over pale ground. A line is the lower bound of its band.
function lineLayers(app, from, color) {
  const line = (id, paint) => ({ ...from, id, type: 'line', layout: { 'line-join': 'round' }, paint });
  return [
    ['heat', line('heat-lines-casing', { 'line-color': INK, 'line-width': 3, 'line-opacity': 0.65 })],
    ['heat', line('heat-lines', { 'line-color': color, 'line-width': 1.6 })],
    ['names', valueLayer(app, from)],
  ];
}

function valueLayer(app, from) {
  const digits = { locale: TEXTS[app.lang()].locale, 'max-fraction-digits': 2 };
  return {
    ...from,
    id: 'heat-values',
    type: 'symbol',
    layout: {
      'symbol-placement': 'line',
      'symbol-spacing': 320,
      'text-field': ['number-format', ['get', 'low'], digits],
      'text-font': LETTERS,
      'text-size': 12,
    },
    paint: { 'text-color': INK, 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 },
  };
}

function hexagonLayers(from, surface) {
  const known = ['==', ['typeof', ['get', HEXAGON_PROPERTY[surface]]], 'number'];
  const fill = (id, filter, paint) => ({ ...from, id, type: 'fill', filter, paint });
  return [
    ['heat', fill(HEXAGON_FILL, known, { 'fill-color': NO_DATA, 'fill-opacity': 0.85 })],
    ['heat', fill('heat-hexagon-missing', ['!', known], { 'fill-pattern': HATCH, 'fill-opacity': 0.7 })],
    ['heat', { ...from, id: 'heat-hexagon-edges', type: 'line', paint: { 'line-color': '#ffffff', 'line-width': 1 } }],
  ];
}
