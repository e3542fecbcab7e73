import assert from 'node:assert/strict';
import { classIn, innerBounds, legendRows, numbersIn, titleIn, written } from './look.mjs';

export const legendChecks = [
  {
    name: 'the numbers of the legend separate the values of the API into the counts it shows',
    async run({ page, visit, server }) {
      for (const { id } of server.indicators) {
        for (const method of ['quantiles', 'intervals', 'jenks']) {
          const { values, rows } = await legendFor({ page, visit, server }, id, method, 5);
          if (values.length > 0) assertSeparates(rows, values, `${id} ${method}`);
        }
      }
    },
  },
  {
    name: 'equal intervals are equal, quantiles hold as many each, natural breaks deviate least',
    async run({ page, visit, server }) {
      const { id } = server.indicators[0];
      const deviation = {};
      for (const method of ['intervals', 'quantiles', 'jenks']) {
        const { values, rows } = await legendFor({ page, visit, server }, id, method, 4);
        const bounds = innerBounds(rows);
        if (method === 'intervals') assertEqualSteps(bounds);
        if (method === 'quantiles') assertEqualCounts(values, bounds);
        deviation[method] = squaredDeviation(values, bounds);
      }
      assert.ok(deviation.jenks <= deviation.quantiles * 1.0001 && deviation.jenks <= deviation.intervals * 1.0001);
    },
  },
  {
    name: 'the legend has as many classes as are asked for, and says the unit and the level',
    async run({ settled, page, visit, keep, server }) {
      const [indicator] = server.indicators;
      await visit(`#i=${indicator.id}&lang=es`);
      await page.click('#section-classification');
      for (const count of [3, 7]) {
        await page.selectOption('#classes', String(count));
        assert.equal((await legendRows(page)).length, count);
      }
      await page.check('#palette-cividis');
      assert.equal(await page.textContent('.legend-title'), titleIn(indicator, 'es'));
      await settled();
      await keep('10-classes');
    },
  },
  {
    name: 'the standard is said in the legend with the number of territories that meet it',
    async run({ page, visit, keep, server }) {
      const indicator = server.indicators.find((one) => one.standard);
      if (!indicator) return;
      const level = server.catalog.levels[0].id;
      await visit(`#i=${indicator.id}&l=${level}&m=standard&lang=es`);
      const values = (await server.values(indicator.id, level))
        .map(({ value }) => value)
        .filter((value) => value !== null);
      const { min = -Infinity, max = Infinity } = indicator.standard;
      const passing = values.filter((value) => value >= (min ?? -Infinity) && value <= (max ?? Infinity)).length;
      const note = await page.textContent('.standard-note');
      assert.ok(note.includes(`Cumplen ${written(passing, 'es')} de ${written(values.length, 'es')}`), note);
      assert.ok(note.includes(indicator.standard.source ?? ''), note);
      const counts = (await legendRows(page)).map(({ count }) => numbersIn(count, 'es')[0]);
      assert.ok(counts.includes(passing), `${counts} of ${passing}`);
      await keep('11-standard');
    },
  },
];

async function legendFor({ page, visit, server }, id, method, count) {
  const level = server.catalog.levels[0].id;
  await visit(`#i=${id}&l=${level}&m=${method}&k=${count}&lang=es&names=-`);
  const values = (await server.values(id, level)).map(({ value }) => value).filter((value) => value !== null);
  return { values: values.sort((a, b) => a - b), rows: await legendRows(page) };
}

function assertSeparates(rows, values, what) {
  const bounds = innerBounds(rows);
  const counts = rows.map(() => 0);
  for (const value of values) counts[classIn(bounds, value)]++;
  assert.deepEqual(
    rows.map(({ count }) => numbersIn(count, 'es')[0]),
    counts,
    what,
  );
  if (rows.length > 2) {
    assert.ok(rows[0].words.includes(written(values[0], 'es')), `${what}: ${rows[0].words}`);
    assert.ok(rows.at(-1).words.includes(written(values.at(-1), 'es')), `${what}: ${rows.at(-1).words}`);
  }
}

function assertEqualSteps(bounds) {
  const steps = bounds.slice(1).map((bound, i) => bound - bounds[i]);
  assert.ok(Math.max(...steps) <= Math.min(...steps) * 1.03, `steps ${steps}`);
}

function assertEqualCounts(values, bounds) {
  if (new Set(values).size < values.length) return;
  const counts = new Array(bounds.length + 1).fill(0);
  for (const value of values) counts[classIn(bounds, value)]++;
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `counts ${counts}`);
}

function squaredDeviation(values, bounds) {
  const groups = Array.from({ length: bounds.length + 1 }, (_, i) =>
    values.filter((value) => classIn(bounds, value) === i),
  );
  return groups
    .filter((group) => group.length > 0)
    .reduce((total, group) => {
      const mean = group.reduce((a, b) => a + b, 0) / group.length;
      return total + group.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    }, 0);
}
