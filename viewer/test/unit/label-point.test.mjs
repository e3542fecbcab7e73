import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelPoint } from '../../src/label-point.js';

const box = (x0, y0, x1, y1) => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
  [x0, y0],
];

test('a square is named at its centre', () => {
  assert.deepEqual(labelPoint([[box(0, 0, 4, 2)]]), { at: [2, 1], width: 4, area: 8 });
});

test('two pieces of one territory get one name where they join', () => {
  assert.deepEqual(labelPoint([[box(0, 0, 4, 2)], [box(4, 0, 10, 2)]]), { at: [5, 1], width: 10, area: 20 });
});

test('the name stands inside a territory whose centroid lies outside', () => {
  const horseshoe = [
    [0, 0],
    [9, 0],
    [9, 6],
    [8, 6],
    [8, 1],
    [2, 1],
    [2, 6],
    [0, 6],
    [0, 0],
  ];
  const {
    at: [x, y],
  } = labelPoint([[horseshoe]]);
  assert.ok((x > 0 && x < 2) || (x > 8 && x < 9) || y < 1);
});

test('a hole is not written over', () => {
  const {
    at: [x],
    width,
  } = labelPoint([[box(0, 0, 10, 4), box(2, 1, 9, 3)]]);
  assert.deepEqual([x, width], [1, 2]);
});

test('a polygon without area has no name', () => {
  assert.equal(labelPoint([[box(1, 1, 1, 1)]]), null);
});
