import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roundestBetween, roundToStep } from '../../src/tidy.js';

test('the roundest number lies between its bounds and is as short as they allow', () => {
  assert.equal(roundestBetween(1233.71, 1268.2), 1250);
  assert.equal(roundestBetween(0.1234, 0.1299), 0.127);
  assert.equal(roundestBetween(-5, 3), 0);
  assert.equal(roundestBetween(99.99, 100), 100);
  assert.equal(roundestBetween(2, 3), 3);
  assert.equal(roundestBetween(0.3, 0.31), 0.31);
});

test('even the narrowest gap has a number', () => {
  const low = 0.1 + 0.2;
  const high = low + Number.EPSILON;
  const found = roundestBetween(low, high);
  assert.ok(found > low && found <= high);
});

test('rounding to a step stays within half a percent of the step', () => {
  for (const [value, step] of [
    [1234.5678, 321],
    [0.0123456, 0.001],
    [1e9 + 0.5, 7],
  ]) {
    assert.ok(Math.abs(roundToStep(value, step) - value) <= step * 0.005 + 1e-9);
  }
});
