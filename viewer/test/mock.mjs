/**
 * A stand-in for the tile server: an invented city of 108 zones, served with the answers and the headers the page relies
 * on. `node test/mock.mjs [--port 8123] [--api http://127.0.0.1:8080]`. With --api the page comes from dist/ and
 * everything else from a real server: the page can be worked on without building that anew.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { deflateSync } from 'node:zlib';
import { GeoJSONVT } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
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
const THEMES = ['health', 'education', 'green', 'safety', 'housing', 'mobility', 'work', 'culture'];

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
const demands = scatter(700, 23);

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
const sources = Object.fromEntries(
  [...LEVELS.map(({ id }) => [id, levelOf(id).map(polygon)]), ['schools', schools.map(point)]].map(([id, features]) => [
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

function tagsOf({ key, name, values }, indicators) {
  const known = indicators.filter((id) => values?.[id] != null).map((id) => [id, values[id]]);
  return { key, name, ...Object.fromEntries(known) };
}

const LEGEND = [
  [0, '#fff5eb'],
  [5, '#fdd0a2'],
  [15, '#fd8d3c'],
  [30, '#d94801'],
  [60, '#7f2704'],
].map(([value, color]) => ({ value, color }));

function heat(z, x, y, theme) {
  const size = 256;
  const pixels = Buffer.alloc((size * 4 + 1) * size);
  const scale = size * 2 ** z;
  const points = demands
    .filter((one) => !theme || one.theme === theme)
    .map(({ at: [lng, lat] }) => [
      ((lng + 180) / 360) * scale - x * size,
      (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * scale - y * size,
    ]);
  const radius = ((700 / 40075016) * scale) / Math.cos((33.5 * Math.PI) / 180);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      let density = 0;
      for (const [px, py] of points) {
        const u = ((px - column) ** 2 + (py - row) ** 2) / radius ** 2;
        if (u < 1) density += 3 * (1 - u) ** 2;
      }
      const step = LEGEND.findLast(({ value }) => density > value);
      if (step)
        pixels.set(
          [1, 3, 5].map((i) => Number.parseInt(step.color.slice(i, i + 2), 16)).concat(200),
          row * (size * 4 + 1) + 1 + column * 4,
        );
    }
  return png(size, pixels);
}

function png(size, pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}

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
  const counts = THEMES.map((theme, i) => ({ theme, count: (one.id * (i + 3)) % 11, votes: (one.id * (i + 5)) % 97 }));
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
    territories: children.map(({ key, name, values }) => ({ key, name, value: values[indicator.id], suppressed: null })),
  };
  return { ...record(indicator, one), inputs, parts: parts || null };
}

const ROUTES = [
  [
    /^\/catalog$/,
    () => ({
      name: 'Ciudad Inventada',
      languages: ['es', 'en'],
      crs: 'EPSG:32719',
      generation: '1',
      bounds: BOUNDS,
      themes: THEMES,
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
      },
      heatmaps: {
        demand: {
          title: { es: 'Demandas por km²', en: 'Demands per km²' },
          unit: 'demands/km2',
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
      sources[id] && {
        tilejson: '3.0.0',
        tiles: [],
        bounds: BOUNDS,
        minzoom: 0,
        maxzoom: 14,
        vector_layers: [{ id, fields: { key: 'String', name: 'String' } }],
      },
  ],
  [
    /^\/tiles\/(\w+)\/(\d+)\/(\d+)\/(\d+)\.mvt$/,
    ([id, z, x, y], query) =>
      tile(id, Number(z), Number(x), Number(y), (query.get('indicators') ?? '').split(',').filter(Boolean)) ??
      Buffer.alloc(0),
  ],
  [
    /^\/heatmaps\/demand\.json$/,
    () => ({
      tilejson: '3.0.0',
      tiles: [],
      bounds: BOUNDS,
      minzoom: 0,
      maxzoom: 18,
      legend: LEGEND,
      unit: 'demands/km2',
      bandwidth_m: 700,
      kernel: 'quartic',
    }),
  ],
  [
    /^\/heatmaps\/demand\/(\d+)\/(\d+)\/(\d+)\.png$/,
    ([z, x, y], query) => heat(Number(z), Number(x), Number(y), query.get('theme')),
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
  for (const [pattern, route] of ROUTES) {
    const found = pattern.exec(url.pathname);
    if (found) return send(response, url.pathname, route(found.slice(1), url.searchParams));
  }
  await sendFile(response, url.pathname === '/' ? '/index.html' : url.pathname);
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
  const told = await fetch(new URL(request.url, api), { method: request.method, body });
  response.statusCode = told.status;
  response.setHeader('content-type', told.headers.get('content-type') ?? 'text/plain');
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
