import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparison, ranked } from '../../src/ranking.js';

const rows = [
  { key: 'b', name: 'Ñuñoa', value: 5 },
  { key: 'a', name: 'Nogales', value: null },
  { key: 'c', name: 'Olmos', value: 9 },
  { key: 'd', name: 'ábaco', value: 5 },
];

test('the first rank is the largest value and equal values share one', () => {
  assert.deepEqual(
    ranked(rows).map((row) => row.rank),
    [2, null, 1, 2],
  );
});

test('missing values stay at the end in either direction', () => {
  for (const rising of [true, false]) {
    assert.equal([...rows].sort(comparison({ column: 'value', rising }, 'es')).at(-1).key, 'a');
  }
});

test('names sort as the language does, accents and all', () => {
  const names = [...rows].sort(comparison({ column: 'name', rising: true }, 'es')).map((row) => row.name);
  assert.deepEqual(names, ['ábaco', 'Nogales', 'Ñuñoa', 'Olmos']);
});
