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
 * @property {Record<string, {title: Title, unit: string, themes?: boolean, per?: string[]}>} heatmaps
 * @property {{id: string, title: Title, territories: number}[]} levels finest first
 * @property {string[]} themes
 * @property {Demands} [demands] where there is a register of them
 * @typedef {{writable: boolean, themes: string[], stages: string[], statuses: string[], first?: string, last?: string}} Demands
 * @typedef {object} Indicator
 * @property {string} id
 * @property {Title} title
 * @property {string} unit
 * @property {Standard} standard
 */

/** A request that failed, in the server's own words where it gave any (RFC 9457). */
export class ApiError extends Error {
  constructor(status, problem) {
    super([problem.title, problem.detail].filter(Boolean).join(': '));
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

/** @param {string} base address of the page; everything is relative to its folder */
export function createApi(base) {
  const at = (path) => new URL(path, base).href;
  const name = encodeURIComponent;
  let generation = '';
  let scenario = null;
  let lost = () => {};

  // Tile templates keep their braces, which URL would escape.
  const template = (path, query) => `${at('./')}${path}?${new URLSearchParams({ ...query, g: generation })}`;
  const inScenario = (query = {}) => (scenario ? { ...query, scenario } : query);
  const asked = (path, query = {}) => at(`${path}?${new URLSearchParams(inScenario(query))}`.replace(/\?$/, ''));
  const read = async (url, signal) => {
    try {
      return await fetchJson(url, { signal });
    } catch (error) {
      // Nothing to tell: the scenario is made again, and then everything is asked for once more.
      if (error.status !== 404 || !scenario || !url.includes(scenario)) throw error;
      lost();
      throw new DOMException(error.message, 'AbortError');
    }
  };

  return {
    /** Tiles asked for from now on belong to this generation of the data; a new one makes new addresses. */
    useGeneration: (current) => (generation = current ?? ''),
    /** What is asked for from now on is of this scenario, null for none; `tell` hears when the server has lost it. */
    useScenario: (id) => (scenario = id),
    whenLost: (tell) => (lost = tell),
    makeScenario: (body, signal) =>
      fetchJson(at('scenarios?levels=all'), {
        signal,
        method: 'POST',
        body: JSON.stringify(body),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
      }),
    catalog: (signal) => fetchJson(at('catalog'), { signal }),
    indicators: (signal) => fetchJson(at('indicators'), { signal }).then((body) => body.indicators),
    values: (id, level, signal) => read(asked(`indicators/${name(id)}`, { level }), signal),
    explain: (id, level, key) => read(asked(`indicators/${name(id)}`, { level, explain: key })),
    /** The values without the scenario; null where none is shown. */
    valuesToday: (id, level, signal) =>
      scenario ? fetchJson(at(`indicators/${name(id)}?level=${name(level)}`), { signal }) : null,
    valuesFile: (id, level, format) => asked(`indicators/${name(id)}`, { level, f: format }),
    search: (query, signal) =>
      fetchJson(at(`territories?q=${name(query)}&limit=20`), { signal }).then((body) => body.matches),
    territory: ({ level, key }, signal) => read(asked(`territories/${name(level)}/${name(key)}`), signal),
    tilejson: (id, signal) => fetchJson(at(`tiles/${name(id)}.json`), { signal }),
    heatmap: (id, query, signal) => read(asked(`heatmaps/${name(id)}.json`, query), signal),
    hexagons: (layer, query, signal) => read(asked(`hexagons/${name(layer)}.json`, query), signal),
    /** Tiles of the data as they are. */
    report: ({ level, key }, lang) => at(`reports/${name(level)}/${name(key)}.html?lang=${lang}`),
    tiles: (id, query) => template(`tiles/${name(id)}/{z}/{x}/{y}.mvt`, query),
    /** Tiles of the scenario where one is shown. */
    scenarioTiles: (id, query) => template(`tiles/${name(id)}/{z}/{x}/{y}.mvt`, inScenario(query)),
    heatTiles: (id, query, form) => template(`heatmaps/${name(id)}/{z}/{x}/{y}.${form}`, inScenario(query)),
    hexagonTiles: (layer, query) => template(`hexagons/${name(layer)}/{z}/{x}/{y}.mvt`, inScenario(query)),
    plan: ({ level, key }, lang) => at(`plans/${name(level)}/${name(key)}.html?lang=${lang}`),
  };
}

async function fetchJson(url, options) {
  const response = await fetch(url, { headers: { accept: 'application/json' }, ...options });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** The problem that an answer tells; what is no problem document still has its status. */
export async function problemOf(response) {
  const body = (await response.json().catch(() => null)) ?? {};
  return new ApiError(response.status, { ...body, title: body.title ?? response.statusText });
}
