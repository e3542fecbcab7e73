/**
 * What the reader has chosen, and its place in the address: a copied address shows the same map.
 *
 * @typedef {object} State
 * @property {string|null} indicator
 * @property {string|null} level
 * @property {string} method one of METHODS
 * @property {number} classes
 * @property {string} palette one of PALETTES
 * @property {{level: string, key: string}|null} territory the one whose card is open
 * @property {string|null} heatmap
 * @property {string|null} theme of the demands that are shown, as points and as heat map; null: all
 * @property {string|null} status of the demands that are shown
 * @property {string|null} stage of the demands that are shown as points
 * @property {import('./time/periods.js').Period|null} period in which they were raised
 * @property {import('./time/periods.js').Period|null} minus the period that the heat map subtracts
 * @property {string} surface how the heat map is drawn, one of SURFACES
 * @property {boolean} perInhabitant whether the heat map is divided by the density of inhabitants
 * @property {string|null} demand the one whose card is open
 * @property {string[]} layers that are on
 * @property {boolean} names whether territories are labelled
 * @property {string} lang
 * @property {{zoom: number, lat: number, lng: number}|null} view null: the whole territory
 * @property {string|null} changing the layer that clicks change; null outside of the what-if
 * @property {import('./what-if.js').Change[]} changes that make the scenario which is shown
 */
import { CLASSES_MAX, CLASSES_MIN, METHODS } from './classify.js';
import { PALETTES } from './colors.js';
import { SURFACES } from './surfaces.js';
import { LANGUAGES } from './texts.js';
import { periodOf } from './time/periods.js';
import { changeableLayers } from './what-if.js';

/** Parameters that make an entry of the browser's history; the others only replace the address. */
export const HISTORIC = ['indicator', 'level', 'territory', 'heatmap', 'demand', 'changing', 'changes'];

const NONE = '-';
const INHABITANTS = 'inhabitants';
const DEMAND_ID_MAX = 100;
const OPERATIONS = ['add', 'move', 'remove'];
const CHANGES_MAX = 1000;

/** Reads the hash of an address. Nothing is checked here but the form; `settle` checks the content. */
export function parseHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    indicator: given.get('i'),
    level: given.get('l'),
    method: given.get('m'),
    classes: Number(given.get('k')),
    palette: given.get('p'),
    territory: parseTerritory(given.get('t')),
    heatmap: given.get('h'),
    theme: given.get('th'),
    status: given.get('st'),
    stage: given.get('sg'),
    period: periodOf(given.get('since'), given.get('until')),
    minus: periodOf(...(given.get('minus') ?? '').split('/')),
    surface: given.get('hs'),
    perInhabitant: given.get('per') === INHABITANTS,
    demand: given.get('d'),
    layers: (given.get('on') ?? '').split(',').filter(Boolean),
    names: given.get('names') !== NONE,
    lang: given.get('lang'),
    view: parseView(given.get('map')),
    changing: given.get('w'),
    changes: (given.get('wc') ?? '').split(';').map(parseChange).filter(Boolean),
  };
}

/** Writes what differs from the bare page; the result of `parseHash(formatHash(s))` settles to `s`. */
export function formatHash(state) {
  const pairs = [
    ['i', state.indicator],
    ['l', state.level],
    ['m', state.method],
    ['k', state.classes],
    ['p', state.palette],
    ['t', state.territory && `${state.territory.level}/${state.territory.key}`],
    ['h', state.heatmap],
    ['th', state.theme],
    ['st', state.status],
    ['sg', state.stage],
    ['since', state.period?.since],
    ['until', state.period?.until],
    ['minus', state.minus && `${state.minus.since}/${state.minus.until}`],
    ['hs', state.surface === SURFACES[0] ? null : state.surface],
    ['per', state.perInhabitant ? INHABITANTS : null],
    ['d', state.demand],
    ['on', state.layers.join(',')],
    ['names', state.names ? null : NONE],
    ['lang', state.lang],
    ['map', state.view && formatView(state.view)],
    ['w', state.changing],
    ['wc', state.changes.map(formatChange).join(';')],
  ];
  const written = pairs.filter(([, value]) => value).map(([name, value]) => `${name}=${readable(value)}`);
  return `#${written.join('&')}`;
}

/** The nearest state that this project can show: unknown names fall back to the first that exists. */
export function settle(wanted, catalog, indicators, preferredLanguages = []) {
  const levels = catalog.levels.map((level) => level.id);
  const heatmap = oneOf(wanted.heatmap, Object.keys(catalog.heatmaps), null);
  const changeable = changeableLayers(catalog).map(({ id }) => id);
  const changing = oneOf(wanted.changing, changeable, null);
  // What is changed is seen.
  const layers = wanted.layers.filter((id) => catalog.tiles[id]?.kind === 'layer');
  return {
    indicator: oneOf(
      wanted.indicator,
      indicators.map((one) => one.id),
    ),
    level: oneOf(wanted.level, levels, defaultLevel(catalog.levels)),
    method: oneOf(wanted.method, METHODS),
    classes: between(wanted.classes, CLASSES_MIN, CLASSES_MAX, 5),
    palette: oneOf(wanted.palette, Object.keys(PALETTES)),
    territory: wanted.territory && levels.includes(wanted.territory.level) ? wanted.territory : null,
    heatmap,
    theme: oneOf(wanted.theme, catalog.themes, null),
    status: oneOf(wanted.status, catalog.demands?.statuses ?? [], null),
    stage: oneOf(wanted.stage, catalog.demands?.stages ?? [], null),
    period: wanted.period,
    minus: wanted.period && wanted.minus,
    surface: oneOf(wanted.surface, SURFACES),
    perInhabitant: wanted.perInhabitant,
    demand: catalog.demands && wanted.demand?.length <= DEMAND_ID_MAX ? wanted.demand || null : null,
    layers: changing && !layers.includes(changing) ? [...layers, changing] : layers,
    names: wanted.names,
    lang: oneOf(wanted.lang, languagesOf(catalog), preferred(preferredLanguages, languagesOf(catalog))),
    view: wanted.view,
    changing,
    changes: wanted.changes.filter(({ layer }) => changeable.includes(layer)).slice(0, CHANGES_MAX),
  };
}

/** Whether a heat map is one of demands, which can be narrowed to a theme. */
export function hasThemes(catalog, heatmap) {
  return Boolean(heatmap) && catalog.themes.length > 0 && catalog.heatmaps[heatmap].themes !== false;
}

/** The languages of the project that the page speaks, in the project's order. */
export function languagesOf(catalog) {
  const spoken = (catalog.languages ?? []).filter((lang) => LANGUAGES.includes(lang));
  return spoken.length > 0 ? spoken : LANGUAGES;
}

// The finest level that can be taken in at a glance; a city of thousands of blocks opens on something coarser.
function defaultLevel(levels) {
  const GLANCE_TERRITORIES_MAX = 400;
  return (levels.find((level) => level.territories <= GLANCE_TERRITORIES_MAX) ?? levels.at(-1))?.id ?? null;
}

function preferred(wanted, spoken) {
  const bare = wanted.map((tag) => tag.split('-')[0]);
  return bare.find((lang) => spoken.includes(lang)) ?? spoken[0];
}

function oneOf(value, allowed, otherwise = allowed[0] ?? null) {
  return allowed.includes(value) ? value : otherwise;
}

function between(value, min, max, otherwise) {
  return Number.isInteger(value) && value >= min && value <= max ? value : otherwise;
}

function parseTerritory(text) {
  const slash = text?.indexOf('/') ?? -1;
  if (slash < 1 || slash === text.length - 1) return null;
  return { level: text.slice(0, slash), key: text.slice(slash + 1) };
}

function parseView(text) {
  const [zoom, lat, lng] = (text ?? '').split('/').map(Number);
  const sound = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return sound ? { zoom, lat, lng } : null;
}

function formatView({ zoom, lat, lng }) {
  return `${zoom.toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}

// `add,health,new-1,-70.651234,-33.512345,S0003`: what is done, to which feature, where, and like which other.
function formatChange({ op, layer, key, lng, lat, like }) {
  return [op, layer, key, lng, lat, like].map((part) => encodeURIComponent(part ?? '')).join(',');
}

function parseChange(text) {
  const [op, layer, key, lng, lat, like] = text.split(',').map(decoded);
  const place = { lng: Number(lng), lat: Number(lat) };
  const sound = Math.abs(place.lng) <= 180 && Math.abs(place.lat) <= 90 && lng !== '' && lat !== '';
  if (!OPERATIONS.includes(op) || !layer || !key || !sound) return null;
  return { op, layer, key, ...place, ...(like && { like }) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

// Slashes and commas need no escape in a fragment, and an address that is read aloud is better without.
function readable(value) {
  return encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%2C', ',');
}
