/**
 * A stand-in for the tile server: an invented city of 108 zones, served with the answers and the headers the page relies
 * on. `node test/mock.mjs [--port 8123] [--api http://127.0.0.1:8080]`. With --api the page comes from dist/ and
 * everything else from a real server: the page can be worked on without building that anew.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { GeoJSONVT } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
import { bands, DIFFERENCE, heatPicture, hexagons, LEGEND } from './mock/density.mjs';
import { createRegister, THEMES } from './mock/register.mjs';
import { option } from './options.mjs';

const api = option('api');
const CSP =
  "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self'; connect-src 'self'";
const [COLUMNS, ROWS] = [12, 9];
const WEST = -70.72,
  SOUTH = -33.56,
  STEP = 0.012;
const LEVELS = [
  { id: 'zones', title: { es: 'Zonas', en: 'Zones' }, span: [1, 1] },
  { id: 'districts', title: { es: 'Distritos', en: 'Districts' }, span: [2, 3] },
  { id: 'communes', title: { es: 'Comunas', en: 'Communes' }, span: [4, 3] },
  { id: 'all', title: { es: 'Todo el territorio', en: 'Whole territory' }, span: [12, 9] },
];
const NAMES = [
  'La Granja',
  'San Joaquín',
  'Ñuñohue',
  'Lo Espejo',
  'Pedro Aguirre',
  'El Bosque',
  'San Miguel',
  'La Cisterna',
  'Peñaflor',
];
const INDICATORS = [
  {
    id: 'population',
    title: { es: 'Población', en: 'Population' },
    unit: 'persons',
    op: 'sum',
    formula: 'sum(blocks.pop)',
    standard: null,
    code: null,
    inputs: ['blocks'],
  },
  {
    id: 'density',
    title: { es: 'Densidad', en: 'Density' },
    unit: 'persons/ha',
    op: 'ratio',
    formula: 'population / area_ha',
    standard: null,
    code: null,
    inputs: ['population'],
  },
  {
    id: 'health_distance',
    title: { es: 'Distancia a salud primaria', en: 'Distance to primary health care' },
    unit: 'm',
    op: 'nearest',
    formula: 'Σ pop · d / Σ pop',
    standard: { max: 1500, source: 'SIEDU BPU_7' },
    code: 'BPU_7',
    inputs: ['blocks', 'health'],
  },
  {
    id: 'green',
    unit: 'm2/person',
    op: 'ratio',
    formula: 'green / population',
    standard: { min: 10, source: 'SIEDU BPU_29' },
    code: 'BPU_29',
    inputs: [],
  },
];

// A seeded generator (mulberry32): the same city on every start.
function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const corner = (x, y) => [
  WEST + STEP * (x + 0.28 * Math.sin(2.1 * x + 1.3 * y)),
  SOUTH + STEP * (y + 0.28 * Math.cos(1.7 * x - 2.3 * y)),
];

function ring(x0, y0, x1, y1) {
  const points = [];
  for (let x = x0; x < x1; x++) points.push(corner(x, y0));
  for (let y = y0; y < y1; y++) points.push(corner(x1, y));
  for (let x = x1; x > x0; x--) points.push(corner(x, y1));
  for (let y = y1; y > y0; y--) points.push(corner(x0, y));
  return [...points, points[0]];
}

const territories = buildTerritories();
const byKey = new Map(territories.map((one) => [`${one.level}/${one.key}`, one]));

function buildTerritories() {
  const next = random(7);
  const all = LEVELS.flatMap((level) => cellsOf(level));
  for (const zone of all.filter((one) => one.level === 'zones')) {
    const centre = Math.hypot(zone.box[0] - 5, zone.box[1] - 4);
    const missing = next() < 0.06;
    zone.sums = {
      population: missing ? null : Math.round(900 + 5000 * next() * Math.exp(-centre / 6)),
      area: 110 + 20 * next(),
      distance: 200 + 260 * centre * next(),
      green: next() * 90000,
    };
  }
  for (const one of all) one.values = valuesOf(all.filter((zone) => zone.level === 'zones' && inside(zone, one)));
  return all;
}

function cellsOf({ id, span: [w, h] }) {
  const cells = [];
  for (let y = 0; y < ROWS; y += h) {
    for (let x = 0; x < COLUMNS; x += w) {
      const key = id === 'all' ? 'all' : `13${String(y).padStart(2, '0')}${String(x).padStart(2, '0')}${id[0]}`;
      const commune = NAMES[Math.floor(y / 3) * 3 + Math.floor(x / 4)];
      const name =
        id === 'all'
          ? 'Ciudad Inventada'
          : id === 'communes'
            ? commune
            : id === 'districts'
              ? `${commune} ${x / 2 + 1}`
              : key;
      cells.push({ level: id, key, name, box: [x, y, x + w, y + h], id: cells.length + 1 });
    }
  }
  return cells;
}

function inside(small, large) {
  return (
    small.box[0] >= large.box[0] &&
    small.box[1] >= large.box[1] &&
    small.box[2] <= large.box[2] &&
    small.box[3] <= large.box[3]
  );
}

function valuesOf(zones) {
  const known = zones.filter((zone) => zone.sums.population !== null);
  const sum = (read) => known.reduce((total, zone) => total + read(zone.sums), 0);
  const population = known.length > 0 ? sum((s) => s.population) : null;
  const area = zones.reduce((total, zone) => total + zone.sums.area, 0);
  if (population === null) return { population, density: null, health_distance: null, green: null, area };
  return {
    population,
    density: population / area,
    health_distance: sum((s) => s.distance * s.population) / population,
    green: sum((s) => s.green) / population,
    area,
  };
}

function boundsOf({ box }) {
  const points = ring(...box);
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

const BOUNDS = boundsOf(byKey.get('all/all'));
const schools = scatter(140, 11);
const register = createRegister(scatter(700, 23), territoriesAt, territories.map(withContents), random(31));

/** Keys of the territories around a point, by level. */
function territoriesAt(at) {
  const around = territories.filter(({ box }) => isWithin(ring(...box), at));
  return Object.fromEntries(around.map(({ level, key }) => [level, key]));
}

function withContents(one) {
  const contains = (key, level) => inside(byKey.get(`${level}/${key}`), one);
  return { ...one, contains };
}

function isWithin(points, [x, y]) {
  const crosses = ([x0, y0], i) => {
    const [x1, y1] = points[(i + 1) % points.length];
    return y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0;
  };
  return points.filter(crosses).length % 2 === 1;
}

function scatter(count, seed) {
  const next = random(seed);
  return Array.from({ length: count }, (_, i) => {
    const near = corner(2 + 8 * next() * next(), 2 + 6 * next());
    return {
      key: String(i),
      name: `Escuela ${i}`,
      at: [near[0] + STEP * next(), near[1] + STEP * next()],
      theme: THEMES[Math.floor(next() * 8)],
    };
  });
}

const levelOf = (id) => territories.filter((one) => one.level === id);
const polygon = (one) => ({
  type: 'Feature',
  id: one.id,
  geometry: { type: 'Polygon', coordinates: [ring(...one.box)] },
  properties: one,
});
const point = (one, i) => ({
  type: 'Feature',
  id: i + 1,
  geometry: { type: 'Point', coordinates: one.at },
  properties: one,
});

/** The middle of a territory, with about the room that is around it. */
function label(one, i) {
  const [x0, y0, x1, y1] = one.box;
  const [a, b] = [corner(x0, y0), corner(x1, y1)];
  const radius = (STEP * Math.min(x1 - x0, y1 - y0) * 100_000) / 2;
  const properties = { key: one.key, name: one.name, rank: i + 1, radius_m: radius };
  const coordinates = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return { type: 'Feature', id: one.id, geometry: { type: 'Point', coordinates }, properties };
}

/** Every side of a zone on which territories of `level` meet or end, with the coarsest level whose territories do. */
function borders(level) {
  const sides = [];
  for (let y = 0; y <= ROWS; y++) {
    for (let x = 0; x <= COLUMNS; x++) {
      if (x < COLUMNS) sides.push({ ends: [[x, y], [x + 1, y]], cells: [[x, y], [x, y - 1]] });
      if (y < ROWS) sides.push({ ends: [[x, y], [x, y + 1]], cells: [[x, y], [x - 1, y]] });
    }
  }
  const levels = LEVELS.slice(LEVELS.findIndex(({ id }) => id === level)).reverse();
  const keyAt = (id, [x, y]) =>
    levelOf(id).find(({ box }) => x >= box[0] && y >= box[1] && x < box[2] && y < box[3])?.key;
  return sides.flatMap(({ ends, cells: [one, other] }, i) => {
    const divided = levels.find(({ id }) => keyAt(id, one) !== keyAt(id, other));
    if (!divided) return [];
    const geometry = { type: 'LineString', coordinates: ends.map((at) => corner(...at)) };
    return [{ type: 'Feature', id: i + 1, geometry, properties: { key: String(i), name: '', level: divided.id } }];
  });
}

const sources = Object.fromEntries(
  [
    ...LEVELS.flatMap(({ id }) => [
      [id, levelOf(id).map(polygon)],
      [`${id}:labels`, levelOf(id).map(label)],
      [`${id}:borders`, borders(id)],
    ]),
    ['schools', schools.map(point)],
  ].map(([id, features]) => [
    id,
    new GeoJSONVT({ type: 'FeatureCollection', features }, { maxZoom: 14, buffer: 64, indexMaxZoom: 6 }),
  ]),
);

function tile(id, z, x, y, indicators) {
  const found = sources[id]?.getTile(z, x, y);
  if (!found || found.features.length === 0) return null;
  const features = found.features.map((feature) => ({ ...feature, tags: tagsOf(feature.tags, indicators) }));
  return Buffer.from(fromGeojsonVt({ [id]: { ...found, features } }, { version: 2, extent: 4096 }));
}

function tagsOf({ key, name, values, rank, radius_m, level }, indicators) {
  const known = indicators.filter((id) => values?.[id] != null).map((id) => [id, values[id]]);
  return { key, name, ...(rank && { rank, radius_m }), ...(level && { level }), ...Object.fromEntries(known) };
}

const COLUMNS_OF_DEMANDS = ['key', 'name', 'id', 'theme', 'title', 'votes', 'stage', 'status', 'created'];

/** A tile of features of this moment, as they change with every write and every query. */
function tileOf(id, features, z, x, y) {
  const found = new GeoJSONVT({ type: 'FeatureCollection', features }, { maxZoom: 14, buffer: 64 }).getTile(z, x, y);
  return found ? Buffer.from(fromGeojsonVt({ [id]: found }, { version: 2, extent: 4096 })) : Buffer.alloc(0);
}

function demandTile(z, x, y, query) {
  const wanted = filterOf(query.get('filter') ?? '');
  const features = register.chosen(wanted).map((one, i) => ({
    type: 'Feature',
    id: i + 1,
    geometry: one.location,
    properties: {
      key: one.id,
      name: one.id,
      ...Object.fromEntries((query.get('properties') ?? '').split(',').map((name) => [name, one[name]])),
    },
  }));
  return tileOf('demands', features, z, x, y);
}

/** The page's filters are equalities and a period: `theme = 'health' AND created >= '2026-03-01' AND created < '2026-03-31~'`. */
function filterOf(cql) {
  const found = [...cql.matchAll(/(\w+) (=|>=|<) '((?:[^']|'')*)'/g)];
  const names = { '>=': 'since', '<': 'until' };
  return Object.fromEntries(found.map(([, column, sign, value]) => [names[sign] ?? column, value.replace('~', '')]));
}

const asked = (query) => Object.fromEntries(query);
const subtracted = ({ theme, status, minus_since: since, minus_until: until }) =>
  since ? register.chosen({ theme, status, since, until }) : [];

const reference = (one) => one && { level: one.level, key: one.key, name: one.name };
const folded = (words) => words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function parentOf(one) {
  const above = LEVELS[LEVELS.findIndex(({ id }) => id === one.level) + 1];
  return above ? levelOf(above.id).find((larger) => inside(one, larger)) : null;
}

function childrenOf(one) {
  const below = LEVELS[LEVELS.findIndex(({ id }) => id === one.level) - 1];
  return below ? levelOf(below.id).filter((smaller) => inside(smaller, one)) : [];
}

function card(one) {
  const indicators = INDICATORS.map(({ id, title, unit, standard }) => {
    const value = one.values[id];
    const peers = levelOf(one.level)
      .map((peer) => peer.values[id])
      .filter((v) => v !== null);
    const rank = value === null ? null : peers.filter((v) => v > value).length + 1;
    const passes =
      !standard || value === null ? null : value >= (standard.min ?? -Infinity) && value <= (standard.max ?? Infinity);
    return {
      id,
      title,
      unit,
      value,
      rank,
      count: peers.length,
      standard,
      passes,
      whole: byKey.get('all/all').values[id],
    };
  });
  const own = register.chosen({ level: one.level, key: one.key });
  const counts = THEMES.map((theme) => {
    const about = own.filter((demand) => demand.theme === theme);
    return { theme, count: about.length, votes: about.reduce((sum, { votes }) => sum + votes, 0) };
  });
  return {
    ...reference(one),
    parent: reference(parentOf(one)) ?? null,
    children: childrenOf(one).map(reference),
    bounds: boundsOf(one),
    area_ha: one.values.area,
    indicators,
    demands: counts,
  };
}

function record(indicator, one) {
  const value = one.values[indicator.id];
  return {
    ...indicator,
    ...reference(one),
    value,
    numerator: null,
    denominator: null,
    n: 1,
    covered: 1,
    suppressed: null,
    reason: value === null ? { es: 'No hay valor.', en: 'There is no value.' } : null,
    method: {
      op: indicator.op,
      formula: indicator.formula,
      roll_up: { letter: indicator.op === 'sum' ? 'E' : 'R', meaning: '' },
      version: '0.0.0',
    },
    sources: [{ id: 'zones', source: 'zones.geojson', date: '2017', attribution: null, licence: null, rows: 108 }],
  };
}

function explanation(indicator, one) {
  const inputs = INDICATORS.filter(({ id }) => indicator.inputs.includes(id)).map((input) => record(input, one));
  const children = childrenOf(one);
  const parts = children.length > 0 && {
    level: children[0].level,
    territories: children.map(({ key, name, values }) => ({
      key,
      name,
      value: values[indicator.id],
      suppressed: null,
    })),
  };
  return { ...record(indicator, one), inputs, parts: parts || null };
}

function fieldsOf(id) {
  const names = id === 'demands' ? COLUMNS_OF_DEMANDS : ['key', 'name'];
  return Object.fromEntries(names.map((name) => [name, 'String']));
}

const ROUTES = [
  [
    /^\/catalog$/,
    () => ({
      name: 'Ciudad Inventada',
      languages: ['es', 'en'],
      crs: 'EPSG:32719',
      generation: register.generation(),
      bounds: BOUNDS,
      themes: THEMES,
      demands: register.catalog(),
      levels: LEVELS.map(({ id, title }) => ({ id, title, territories: levelOf(id).length })),
      tiles: {
        ...Object.fromEntries(
          LEVELS.map(({ id, title }) => [
            id,
            { title, kind: 'level', geometry: 'polygon', features: levelOf(id).length, tilejson: `tiles/${id}.json` },
          ]),
        ),
        schools: {
          title: { es: 'Escuelas', en: 'Schools' },
          kind: 'layer',
          geometry: 'point',
          features: schools.length,
          tilejson: 'tiles/schools.json',
        },
        demands: {
          title: 'demands',
          kind: 'layer',
          geometry: 'point',
          features: register.chosen({}).length,
          tilejson: 'tiles/demands.json',
        },
      },
      heatmaps: {
        demand: {
          title: { es: 'Demandas por km²', en: 'Demands per km²' },
          unit: 'demands/km2',
          themes: true,
          per: ['inhabitants'],
          tilejson: 'heatmaps/demand.json',
        },
      },
    }),
  ],
  [/^\/indicators$/, () => ({ indicators: INDICATORS })],
  [
    /^\/indicators\/(\w+)$/,
    ([id], query) => {
      const found = INDICATORS.find((one) => one.id === id);
      const level = query.get('level');
      const explained = byKey.get(`${level}/${query.get('explain')}`);
      if (found && explained) return explanation(found, explained);
      return found && LEVELS.some((one) => one.id === level)
        ? { ...found, level, values: levelOf(level).map(({ key, name, values }) => ({ key, name, value: values[id] })) }
        : null;
    },
  ],
  [
    /^\/territories$/,
    (_, query) => ({
      matches: territories
        .filter(({ name, key }) => folded(`${name} ${key}`).includes(folded(query.get('q'))))
        .reverse()
        .slice(0, 20)
        .map((one) => ({ ...reference(one), parent: reference(parentOf(one)) ?? null, bounds: boundsOf(one) })),
    }),
  ],
  [
    /^\/territories\/(\w+)\/(\w+)$/,
    ([level, key]) => byKey.has(`${level}/${key}`) && card(byKey.get(`${level}/${key}`)),
  ],
  [
    /^\/tiles\/(\w+)\.json$/,
    ([id]) =>
      (sources[id] || id === 'demands') && {
        tilejson: '3.0.0',
        tiles: [],
        bounds: BOUNDS,
        minzoom: 0,
        maxzoom: 14,
        vector_layers: [{ id, fields: fieldsOf(id) }],
      },
  ],
  [
    /^\/tiles\/demands\/(\d+)\/(\d+)\/(\d+)\.mvt$/,
    ([z, x, y], query) => demandTile(Number(z), Number(x), Number(y), query),
  ],
  [
    /^\/tiles\/([\w%]+)\/(\d+)\/(\d+)\/(\d+)\.mvt$/,
    ([id, z, x, y], query) =>
      tile(decodeURIComponent(id), Number(z), Number(x), Number(y), (query.get('indicators') ?? '').split(',').filter(Boolean)) ??
      Buffer.alloc(0),
  ],
  [
    /^\/heatmaps\/demand\.json$/,
    (_, query) => ({
      tilejson: '3.0.0',
      tiles: [],
      bounds: BOUNDS,
      minzoom: 0,
      maxzoom: 18,
      legend: query.get('minus_since') ? DIFFERENCE : LEGEND,
      unit: query.get('per') ? 'demands per 1,000 inhabitants' : 'demands/km2',
      bandwidth_m: 700,
      kernel: 'quartic',
    }),
  ],
  [
    /^\/heatmaps\/demand\/(\d+)\/(\d+)\/(\d+)\.png$/,
    ([z, x, y], query) => {
      const [plus, minus] = [register.chosen(asked(query)), subtracted(asked(query))];
      return heatPicture(Number(z), Number(x), Number(y), plus, minus, minus.length > 0 ? DIFFERENCE : LEGEND);
    },
  ],
  [
    /^\/heatmaps\/demand\/(\d+)\/(\d+)\/(\d+)\.mvt$/,
    ([z, x, y], query) =>
      tileOf('demand', bands(register.chosen(asked(query)), BOUNDS, LEGEND), Number(z), Number(x), Number(y)),
  ],
  [/^\/hexagons\/demands\.json$/, () => ({ tilejson: '3.0.0', tiles: [], bounds: BOUNDS, minzoom: 0, maxzoom: 15 })],
  [
    /^\/hexagons\/demands\/(\d+)\/(\d+)\/(\d+)\.mvt$/,
    ([z, x, y], query) =>
      tileOf('demands', hexagons(register.chosen(asked(query)), Number(z)), Number(z), Number(x), Number(y)),
  ],
];

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  txt: 'text/plain; charset=utf-8',
};

async function answer(request, response) {
  const url = new URL(request.url, 'http://mock');
  response.setHeader('content-security-policy', CSP);
  if (api)
    return sendFile(response, url.pathname === '/' ? '/index.html' : url.pathname, () => forward(request, response));
  const told = await register.answer(request.method, url.pathname, asked(url.searchParams), request.headers, () =>
    bodyOf(request),
  );
  if (told) return tell(response, told);
  for (const [pattern, route] of ROUTES) {
    const found = pattern.exec(url.pathname);
    if (found) return send(response, url.pathname, route(found.slice(1), url.searchParams));
  }
  await sendFile(response, url.pathname === '/' ? '/index.html' : url.pathname);
}

async function bodyOf(request) {
  const sent = [];
  for await (const piece of request) sent.push(piece);
  return JSON.parse(Buffer.concat(sent));
}

function tell(response, { status, headers, body }) {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-type', status < 400 ? 'application/json' : 'application/problem+json');
  response.end(JSON.stringify(body));
}

function send(response, path, body) {
  if (!body) return problem(response);
  if (!Buffer.isBuffer(body)) return response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  response.statusCode = body.length === 0 ? 204 : 200;
  response
    .setHeader('content-type', path.endsWith('.png') ? 'image/png' : 'application/vnd.mapbox-vector-tile')
    .end(body);
}

async function forward(request, response) {
  const sent = [];
  for await (const piece of request) sent.push(piece);
  const body = sent.length > 0 ? Buffer.concat(sent) : undefined;
  const passed = (headers, names) =>
    Object.fromEntries(names.filter((one) => headers[one]).map((one) => [one, headers[one]]));
  const headers = passed(request.headers, ['authorization', 'content-type', 'idempotency-key', 'if-match']);
  const told = await fetch(new URL(request.url, api), { method: request.method, headers, body });
  response.statusCode = told.status;
  for (const name of ['content-type', 'etag'])
    if (told.headers.has(name)) response.setHeader(name, told.headers.get(name));
  response.end(Buffer.from(await told.arrayBuffer()));
}

async function sendFile(response, path, otherwise = () => problem(response)) {
  const file = await readFile(new URL(`../dist${path}`, import.meta.url)).catch(() => null);
  if (!file || path.includes('..')) return otherwise();
  response.setHeader('content-type', TYPES[path.split('.').at(-1)]).end(file);
}

function problem(response) {
  response.statusCode = 404;
  response
    .setHeader('content-type', 'application/problem+json')
    .end(JSON.stringify({ title: 'Not found', detail: 'no such thing here', status: 404 }));
}

const port = Number(option('port', 8123));
createServer((request, response) => answer(request, response).catch(() => problem(response))).listen(
  port,
  '127.0.0.1',
  () => console.log(`http://127.0.0.1:${port}`),
);
