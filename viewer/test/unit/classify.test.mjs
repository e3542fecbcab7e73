import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify, classOf, METHODS, passes } from '../../src/classify.js';

const seeded = (seed, count) => {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
};

test('quantiles put as many values in every class when none are equal', () => {
  const values = seeded(1, 100).map((x) => x ** 3 * 1000);
  assert.deepEqual(classify(values, 'quantiles', 5).counts, [20, 20, 20, 20, 20]);
});

test('quantiles never part equal values', () => {
  const { breaks, counts } = classify([1, 1, 1, 1, 1, 1, 2, 3], 'quantiles', 4);
  assert.equal(
    counts.reduce((a, b) => a + b),
    8,
  );
  assert.ok(counts.every((count) => count > 0));
  assert.equal(classOf(1, breaks, 'left'), 0);
  assert.equal(counts[0], 6);
});

test('equal intervals have equal widths to half a percent', () => {
  const { breaks, min, max } = classify([3, 17.77, 40, 103], 'intervals', 4);
  const step = (max - min) / 4;
  breaks.forEach((bound, i) => assert.ok(Math.abs(bound - (min + (i + 1) * step)) <= step * 0.005));
});

test('natural breaks find the three groups that the eye sees', () => {
  const { breaks, counts } = classify([1, 2, 3, 50, 51, 52, 53, 900, 901], 'jenks', 3);
  assert.deepEqual(counts, [3, 4, 2]);
  assert.ok(breaks[0] > 3 && breaks[0] <= 50 && breaks[1] > 53 && breaks[1] <= 900);
});

test('natural breaks equal the best of all partitions, tried one by one', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const values = seeded(seed, 12).map((x) => Math.round(x * 30));
    for (const count of [2, 3, 4]) {
      const found = deviation(groupsOf(values, classify(values, 'jenks', count).breaks));
      assert.ok(Math.abs(found - leastDeviation(values, count)) < 1e-9, `seed ${seed}, ${count} classes`);
    }
  }
});

test('natural breaks of fifty thousand values are found', () => {
  const { counts } = classify(seeded(5, 50_000), 'jenks', 9);
  assert.equal(counts.length, 9);
  assert.equal(
    counts.reduce((a, b) => a + b),
    50_000,
  );
});

test('every value falls in the class that the legend counts it in', () => {
  const values = seeded(9, 200).map((x) => x * 12345.678);
  for (const method of METHODS) {
    const { breaks, counts, closed } = classify(values, method, 6, { max: 5000 });
    const again = counts.map((_, i) => values.filter((value) => classOf(value, breaks, closed) === i).length);
    assert.deepEqual(again, counts, method);
  }
});

test('one value for all territories makes one class', () => {
  for (const method of ['quantiles', 'intervals', 'jenks'])
    assert.deepEqual(classify([7, 7, 7], method, 5).counts, [3]);
});

test('missing values are counted apart and no values make no breaks', () => {
  assert.equal(classify([1, null, 2, null], 'quantiles', 2).missing, 2);
  const none = classify([null, null], 'jenks', 5);
  assert.deepEqual([none.breaks, none.missing], [[], 2]);
});

test('a standard includes its own bound on either side', () => {
  assert.equal(passes(1500, { max: 1500 }), true);
  assert.equal(passes(1500.1, { max: 1500 }), false);
  assert.equal(passes(10, { min: 10 }), true);
  assert.equal(passes(9.99, { min: 10 }), false);
  assert.equal(passes(null, { min: 10 }), null);
  assert.equal(passes(3, null), null);
});

test('classes against a standard part where the standard does', () => {
  assert.deepEqual(classify([400, 401, 399], 'standard', 5, { max: 400 }).counts, [2, 1]);
  assert.deepEqual(classify([10, 9, 11], 'standard', 5, { min: 10 }).counts, [1, 2]);
});

function groupsOf(values, breaks) {
  return Array.from({ length: breaks.length + 1 }, (_, i) =>
    values.filter((value) => classOf(value, breaks, 'left') === i),
  );
}

function deviation(groups) {
  return groups.reduce((total, group) => {
    const mean = group.reduce((a, b) => a + b, 0) / group.length;
    return total + group.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  }, 0);
}

function leastDeviation(values, count) {
  const sorted = [...values].sort((a, b) => a - b);
  const best = (from, left) => {
    if (left === 1) return deviation([sorted.slice(from)]);
    let least = Infinity;
    for (let end = from + 1; end <= sorted.length - left + 1; end++) {
      least = Math.min(least, deviation([sorted.slice(from, end)]) + best(end, left - 1));
    }
    return least;
  };
  return best(0, Math.min(count, new Set(values).size));
}
