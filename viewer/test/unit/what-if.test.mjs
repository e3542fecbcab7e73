import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../src/classify.js';
import { bodyOf, changeableLayers, newKey, withChange, withoutChange } from '../../src/what-if.js';
import { mostUsual } from '../../src/what-if-like.js';

const at = (op, key, lng = 1, lat = 2, more = {}) => ({ op, layer: 'health', key, lng, lat, ...more });

test('each feature has one change, and a new one that goes leaves nothing', () => {
  const first = withChange([], at('add', 'new-1', 1, 2, { like: 'S1' }));
  const moved = withChange(first, at('move', 'new-1', 3, 4));
  assert.deepEqual(moved, [at('add', 'new-1', 3, 4, { like: 'S1' })]);
  assert.deepEqual(withChange(moved, at('remove', 'new-1')), []);
  const existing = withChange(withChange(first, at('move', 'S2')), at('remove', 'S2', 5, 6));
  assert.deepEqual(
    existing.map(({ op, key }) => `${op} ${key}`),
    ['add new-1', 'remove S2'],
  );
  assert.deepEqual(withoutChange(existing, at('remove', 'S2')), first);
  assert.equal(withChange(first, { ...at('move', 'new-1'), layer: 'schools' }).length, 2);
});

test('a new key is one that no change has', () => {
  assert.equal(newKey([]), 'new-1');
  assert.equal(newKey([at('add', 'new-1'), at('add', 'new-3')]), 'new-2');
});

test('the body of the request says what the server understands', () => {
  const changes = [at('add', 'new-1', 1, 2, { like: 'S1' }), at('move', 'S2'), at('remove', 'S3')];
  const geometry = { type: 'Point', coordinates: [1, 2] };
  assert.deepEqual(
    bodyOf(changes, ({ key }) => `name of ${key}`),
    {
      changes: [
        { op: 'add', layer: 'health', key: 'new-1', like: 'S1', geometry, properties: { name: 'name of new-1' } },
        { op: 'move', layer: 'health', key: 'S2', geometry },
        { op: 'remove', layer: 'health', key: 'S3' },
      ],
    },
  );
});

test('only layers of points can be changed on the map', () => {
  const tiles = {
    zones: { kind: 'level', geometry: 'point' },
    parks: { kind: 'layer', geometry: 'polygon' },
    health: { kind: 'layer', geometry: 'point' },
  };
  assert.deepEqual(
    changeableLayers({ tiles }).map(({ id }) => id),
    ['health'],
  );
});

test('a new feature is like one of the most usual kind', () => {
  const feature = (key, name, type, capacity) => ({ key, name, properties: { key, name, type, capacity } });
  const features = [
    feature('1', 'Hospital B', 'Hospital', 90),
    feature('2', 'Zapata', 'CESFAM', 12),
    feature('3', 'Aromos', 'CESFAM', 31),
    feature('4', 'Hospital A', 'Hospital', 80),
    feature('5', 'Boldo', 'CESFAM', 7),
  ];
  assert.equal(mostUsual(features), '3');
  assert.equal(mostUsual(features.slice(0, 1)), '1');
  assert.equal(mostUsual([]), null);
});

test('classes of a scenario are those of today, with the ends of both', () => {
  const today = [1, 2, 3, 4, 5, 6];
  const plain = classify(today, 'quantiles', 3);
  const scenario = classify([1, 2, 2, 2, 0.5, null], 'quantiles', 3, null, today);
  assert.deepEqual(scenario.breaks, plain.breaks);
  assert.deepEqual([scenario.counts, scenario.missing, scenario.min, scenario.max], [[5, 0, 0], 1, 0.5, 6]);
  assert.deepEqual(classify(today, 'quantiles', 3, null, today), plain);
});
