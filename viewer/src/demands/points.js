/** Demands as points: their colour is the theme, their size the votes. */
import { demandFilter } from './filter.js';
import { themeColor } from './colors.js';

/** The register is the layer of this name wherever it is shown. */
export const DEMANDS = 'demands';
/** What narrows the points. */
export const NARROWS = ['theme', 'status', 'stage', 'period'];

const WANTED = ['theme', 'title', 'votes', 'stage', 'status'];
/** So many votes and more have the largest circle. */
const MOST_VOTES = 400;

/** What the tiles of demands are asked for; `columns` are those that they can have. */
export function demandQuery(state, columns) {
  const filter = demandFilter(state, columns);
  return { properties: WANTED.filter((one) => columns.includes(one)).join(','), ...(filter && { filter }) };
}

/** The one drawing of demands; few votes lie over many, so that none is hidden. */
export function demandLayer(app, source) {
  const votes = ['to-number', ['get', 'votes'], 1];
  const size = ['min', 1, ['sqrt', ['/', ['max', 0, votes], MOST_VOTES]]];
  const radius = (small, large) => ['+', small, ['*', large - small, size]];
  return {
    id: `overlay-${DEMANDS}-circle`,
    type: 'circle',
    source,
    'source-layer': DEMANDS,
    layout: { 'circle-sort-key': ['-', 0, votes] },
    paint: {
      'circle-color': colorOf(app.catalog.themes),
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, radius(1.5, 4), 13, radius(2.5, 9), 16, radius(5, 16)],
      'circle-opacity': 0.88,
      'circle-stroke-color': '#ffffff',
      'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 10, 0.3, 14, 1.2],
    },
  };
}

function colorOf(themes) {
  const none = themeColor(themes, null);
  if (themes.length === 0) return none;
  return ['match', ['get', 'theme'], ...themes.flatMap((theme) => [theme, themeColor(themes, theme)]), none];
}
