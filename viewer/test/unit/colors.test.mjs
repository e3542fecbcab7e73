import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDark, PALETTES, ramp, standardColors } from '../../src/colors.js';

const luminance = (hex) =>
  [1, 3, 5].reduce((sum, at, i) => sum + Number.parseInt(hex.slice(at, at + 2), 16) * [0.2126, 0.7152, 0.0722][i], 0);

test('every ramp has as many different colours as asked and grows darker', () => {
  for (const palette of Object.keys(PALETTES)) {
    for (let count = 2; count <= 9; count++) {
      const colors = ramp(palette, count);
      assert.equal(new Set(colors).size, count);
      for (let i = 1; i < count; i++) assert.ok(luminance(colors[i]) < luminance(colors[i - 1]), `${palette} ${count}`);
    }
  }
});

test('colours against a standard tell the passing side', () => {
  const [passes, fails] = standardColors({ max: 400 });
  assert.deepEqual(standardColors({ min: 10 }), [fails, passes]);
  assert.deepEqual(standardColors({ min: 1, max: 2 }), [fails, passes, fails]);
});

test('white letters go on dark colours only', () => {
  assert.equal(isDark('#253494'), true);
  assert.equal(isDark('#edf8b1'), false);
});
