/**
 * The tiles of every level, decoded by the library that browsers use, against the values that the API gives:
 * `npm run decode -- --url http://127.0.0.1:8080`. One check per level and zoom.
 */
import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { createTally, requiredUrl } from './options.mjs';

const url = requiredUrl('npm run decode -- --url URL');
const TILES_MAX = 40;
const INDICATORS_PER_REQUEST = 8;

const tally = createTally();
const [catalog, { indicators }] = await Promise.all([read('catalog'), read('indicators')]);
const ids = indicators.map(({ id }) => id);

for (const { id: level } of catalog.levels) {
  const expected = await expectedOf(level);
  const document = await read(`tiles/${level}.json`);
  const numbers = new Map();
  const zooms = zoomsOf(document);
  for (const z of zooms) {
    await tally.check(`${level}, zoom ${z}: keys, names and values are those of the API`, async () => {
      const drawn = await decoded(level, z, document.bounds);
      assert.ok(drawn.size > 0, 'no feature in any tile');
      for (const feature of drawn.values()) assertFeature(feature, expected, numbers);
      if (z === zooms.at(-1))
        assert.deepEqual(
          [...expected.keys()].filter((key) => !drawn.has(key)),
          [],
          'territories without a tile',
        );
    });
  }
  await tally.check(`${level}: an identifier stands for one territory in every tile`, () => {
    assert.equal(new Set(numbers.values()).size, numbers.size);
  });
}
tally.finish();

/** key → { name, id → value } as the API has them. */
async function expectedOf(level) {
  const expected = new Map();
  for (const id of ids) {
    const { values } = await read(`indicators/${id}?level=${encodeURIComponent(level)}`);
    for (const { key, name, value } of values) {
      if (!expected.has(key)) expected.set(key, { name, values: {} });
      expected.get(key).values[id] = value;
    }
  }
  return expected;
}

/** Every feature of the tiles over `bounds` at zoom `z`, by key; pieces of one feature must agree. */
async function decoded(level, z, bounds) {
  const drawn = new Map();
  for (let start = 0; start < ids.length; start += INDICATORS_PER_REQUEST) {
    const some = ids.slice(start, start + INDICATORS_PER_REQUEST);
    for (const [x, y] of tilesOver(bounds, z)) {
      for (const feature of await featuresOf(level, z, x, y, some)) gather(drawn, feature, some);
    }
  }
  return drawn;
}

async function featuresOf(level, z, x, y, some) {
  const response = await fetch(
    new URL(`tiles/${level}/${z}/${x}/${y}.mvt?indicators=${some.join(',')}&properties=`, url),
  );
  if (response.status === 204) return [];
  assert.equal(response.status, 200, `${z}/${x}/${y}: ${response.status}`);
  const tile = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer())));
  assert.deepEqual(Object.keys(tile.layers), [level]);
  const layer = tile.layers[level];
  assert.equal(layer.version, 2);
  return Array.from({ length: layer.length }, (_, i) => readFeature(layer, i));
}

function readFeature(layer, i) {
  const feature = layer.feature(i);
  const rings = feature.loadGeometry();
  assert.ok(
    rings.length > 0 && rings.every((ring) => ring.length >= 4),
    `feature ${feature.properties.key} has a ring of fewer than three corners`,
  );
  return { id: feature.id, properties: feature.properties };
}

function gather(drawn, { id, properties }, some) {
  const key = String(properties.key);
  const known = drawn.get(key) ?? { key, id, name: properties.name, values: {} };
  assert.equal(id, known.id, `${key}: two identifiers`);
  for (const one of some) {
    const value = properties[one] ?? null;
    if (one in known.values) assert.equal(value, known.values[one], `${key} ${one}: pieces differ`);
    known.values[one] = value;
  }
  drawn.set(key, known);
}

function assertFeature({ key, id, name, values }, expected, numbers) {
  const told = expected.get(key);
  assert.ok(told, `${key} is not in the API`);
  assert.ok(Number.isSafeInteger(id) && id >= 0, `${key}: identifier ${id}`);
  if (!numbers.has(key)) numbers.set(key, id);
  assert.equal(id, numbers.get(key), `${key}: the identifier changes with the zoom`);
  assert.equal(name, told.name, `${key}: name`);
  assert.deepEqual(values, told.values, key);
}

/** Four zooms between the smallest that shows the whole in one tile and the largest that stays cheap to fetch. */
function zoomsOf({ minzoom = 0, maxzoom = 14, bounds }) {
  const all = Array.from({ length: maxzoom - minzoom + 1 }, (_, i) => minzoom + i);
  const cheap = all.filter((z) => tilesOver(bounds, z).length <= TILES_MAX);
  return cheap.slice(-7).filter((_, i, { length }) => (length - 1 - i) % 2 === 0);
}

function tilesOver([west, south, east, north], z) {
  const [x0, y0] = tileAt(west, north, z);
  const [x1, y1] = tileAt(east, south, z);
  const tiles = [];
  for (let x = x0; x <= x1; x++) for (let y = y0; y <= y1; y++) tiles.push([x, y]);
  return tiles;
}

function tileAt(lng, lat, z) {
  const side = 2 ** z;
  const y = 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);
  const inside = (value) => Math.min(Math.max(Math.floor(value * side), 0), side - 1);
  return [inside((lng + 180) / 360), inside(y)];
}

async function read(path) {
  const response = await fetch(new URL(path, url));
  if (!response.ok) throw new Error(`${response.status} ${path}`);
  return response.json();
}
