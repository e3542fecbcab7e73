/**
 * The server's HTTP interface, as far as this page uses it.
 *
 * Every address is built against the page's own, so the page works under any base path and behind any proxy.
 *
 * @typedef {{es?: string, en?: string}|string|undefined} Title
 * @typedef {{min?: number, max?: number, source?: string}|null} Standard
 * @typedef {object} Catalog
 * @property {string} name
 * @property {string[]} languages
 * @property {string} generation
 * @property {[number, number, number, number]} bounds west, south, east, north in degrees
 * @property {Record<string, {title: Title, kind: 'level'|'layer', geometry: string, features: number}>} tiles
 * @property {Record<string, {title: Title, unit: string}>} heatmaps
 * @property {{id: string, title: Title, territories: number}[]} levels finest first
 * @property {string[]} themes
 * @typedef {object} Indicator
 * @property {string} id
 * @property {Title} title
 * @property {string} unit
 * @property {Standard} standard
 */

/** A request that failed, in the server's own words where it gave any (RFC 9457). */
export class ApiError extends Error {
  constructor(status, title, detail) {
    super([title, detail].filter(Boolean).join(': '));
    this.name = 'ApiError';
    this.status = status;
  }
}

/** @param {string} base address of the page; everything is relative to its folder */
export function createApi(base) {
  const at = (path) => new URL(path, base).href;
  const name = encodeURIComponent;
  let generation = '';

  // Tile templates keep their braces, which URL would escape.
  const template = (path, query) => `${at('./')}${path}?${new URLSearchParams({ ...query, g: generation })}`;

  return {
    /** Tiles asked for from now on belong to this generation of the data; a new one makes new addresses. */
    useGeneration: (current) => (generation = current ?? ''),
    catalog: (signal) => fetchJson(at('catalog'), signal),
    indicators: (signal) => fetchJson(at('indicators'), signal).then((body) => body.indicators),
    values: (id, level, signal) => fetchJson(at(`indicators/${name(id)}?level=${name(level)}`), signal),
    valuesFile: (id, level, format) => at(`indicators/${name(id)}?level=${name(level)}&f=${format}`),
    search: (query, signal) =>
      fetchJson(at(`territories?q=${name(query)}&limit=20`), signal).then((body) => body.matches),
    territory: ({ level, key }, signal) => fetchJson(at(`territories/${name(level)}/${name(key)}`), signal),
    tilejson: (id, signal) => fetchJson(at(`tiles/${name(id)}.json`), signal),
    heatmap: (id, theme, signal) => fetchJson(at(`heatmaps/${name(id)}.json${themed(theme)}`), signal),
    tiles: (id, query) => template(`tiles/${name(id)}/{z}/{x}/{y}.mvt`, query),
    heatTiles: (id, theme) => template(`heatmaps/${name(id)}/{z}/{x}/{y}.png`, theme ? { theme } : {}),
  };
}

function themed(theme) {
  return theme ? `?theme=${encodeURIComponent(theme)}` : '';
}

async function fetchJson(url, signal) {
  const response = await fetch(url, { signal, headers: { accept: 'application/json' } });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new ApiError(response.status, body.title ?? response.statusText, body.detail);
}
