import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../src/classify.js';
import { nextDay } from '../../src/demands/calendar.js';
import { themeColor } from '../../src/demands/colors.js';
import { changesBetween, patchOf } from '../../src/demands/decision.js';
import { demandFilter, heatQuery, hexagonQuery } from '../../src/demands/filter.js';
import { demandQuery } from '../../src/demands/points.js';
import { valuesOf } from '../../src/hexagons.js';
import { SURFACES, surfaceFor } from '../../src/surfaces.js';

const period = { since: '2026-03-01', until: '2026-03-31' };
const columns = ['theme', 'title', 'votes', 'stage', 'status', 'created'];

test('points are filtered by what the reader chose, in text that quotes cannot leave', () => {
  assert.equal(demandFilter({ theme: null, status: null, stage: null, period: null }, columns), null);
  assert.equal(
    demandFilter({ theme: "o'higgins' OR 1=1", status: 'open' }, columns),
    "theme = 'o''higgins'' OR 1=1' AND status = 'open'",
  );
  assert.equal(demandFilter({ period }, columns), "created >= '2026-03-01' AND created < '2026-03-31~'");
  assert.equal(
    demandFilter({ theme: 'green', period }, ['title']),
    null,
    'a column that is not there is not asked for',
  );
});

test('the last day of a period belongs to it, with all its hours', () => {
  const inside = (created) => created >= period.since && created < `${period.until}~`;
  for (const created of ['2026-03-01', '2026-03-31', '2026-03-31T23:59:59.999Z']) assert.ok(inside(created), created);
  for (const created of ['2026-02-28T23:59:59Z', '2026-04-01', '2026-04-01T00:00:00Z'])
    assert.ok(!inside(created), created);
});

test('tiles of demands are asked for the columns that they have', () => {
  assert.deepEqual(demandQuery({ theme: 'green' }, ['theme', 'votes']), {
    properties: 'theme,votes',
    filter: "theme = 'green'",
  });
  assert.deepEqual(demandQuery({}, []), { properties: '' });
});

test('a heat map of something else than demands is asked for nothing', () => {
  assert.deepEqual(heatQuery({ theme: 'green', period }, { themes: false }), {});
});

test('a heat map subtracts a period only from a period, and is divided only where the server does', () => {
  const minus = { since: '2026-02-01', until: '2026-02-28' };
  assert.deepEqual(heatQuery({ theme: 'green', period, minus, perInhabitant: true }, {}), {
    theme: 'green',
    ...period,
    minus_since: minus.since,
    minus_until: minus.until,
  });
  assert.deepEqual(heatQuery({ minus, perInhabitant: true }, { per: ['inhabitants'] }), { per: 'inhabitants' });
  assert.deepEqual(hexagonQuery({ status: 'open', period, minus, surface: 'votes' }), {
    status: 'open',
    ...period,
    value: 'votes',
  });
});

test('hexagons need a register and a heat map of demands', () => {
  const catalog = { demands: {}, heatmaps: { demand: {}, shops: { themes: false } } };
  assert.equal(surfaceFor({ surface: 'count', heatmap: 'demand' }, catalog), 'count');
  assert.equal(surfaceFor({ surface: 'count', heatmap: 'shops' }, catalog), SURFACES[0]);
  assert.equal(surfaceFor({ surface: 'bands', heatmap: 'shops' }, catalog), 'bands');
  assert.equal(surfaceFor({ surface: 'votes', heatmap: 'demand' }, { heatmaps: { demand: {} } }), SURFACES[0]);
});

test('a hexagon that lies over several tiles counts once, and one that is not published has no value', () => {
  const cell = (id, count) => ({ properties: { id, ...(count !== undefined && { count, sum: 10 * count }) } });
  const values = valuesOf([cell('a', 3), cell('b', 5), cell('a', 3), cell('c')], 'count');
  assert.deepEqual(values, [3, 5, null]);
  assert.deepEqual(valuesOf([cell('a', 3)], 'votes'), [30]);
  assert.equal(classify(values, 'quantiles', 5).missing, 1);
});

test('the first eight themes have colours of their own, the others and the unknown are grey', () => {
  const themes = Array.from({ length: 10 }, (_, i) => `t${i}`);
  const colors = themes.map((theme) => themeColor(themes, theme));
  assert.equal(new Set(colors).size, 9);
  assert.equal(colors[9], themeColor(themes, 'otters'));
});

test('a decision sends only what was changed, and an emptied text takes it back', () => {
  const base = { stage: 'raised', status: 'open', decision: null };
  assert.deepEqual(patchOf(base, {}), {});
  assert.deepEqual(patchOf(base, { status: 'open', decision: '' }), {});
  assert.deepEqual(patchOf(base, { status: 'planned', decision: 'Sí' }), { status: 'planned', decision: 'Sí' });
  assert.deepEqual(patchOf({ ...base, decision: 'Sí' }, { decision: '' }), { decision: null });
});

test('what somebody else changed is found in both directions', () => {
  const before = { status: 'open', cost: 5, project: null };
  const after = { status: 'funded', project: null, funding: 'FNDR' };
  assert.deepEqual(changesBetween(before, after), {
    status: ['open', 'funded'],
    cost: [5, undefined],
    funding: [undefined, 'FNDR'],
  });
});

test('the next assembly is that of the territory, else the earliest within it', () => {
  const territories = [
    { level: 'districts', key: 'b', next: '2026-12-01' },
    { level: 'districts', key: 'a', next: '2026-11-25' },
    { level: 'communes', key: 'c', next: '2027-01-10' },
    { level: 'communes', key: 'd', next: null },
  ];
  assert.equal(nextDay(territories, { level: 'communes', key: 'c' }), '2027-01-10');
  assert.equal(nextDay(territories, { level: 'communes', key: 'd' }), '2026-11-25');
  assert.equal(nextDay([], { level: 'communes', key: 'd' }), null);
});
