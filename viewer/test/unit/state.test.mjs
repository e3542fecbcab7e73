import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHash, parseHash, settle } from '../../src/state.js';

const catalog = {
  languages: ['es', 'en'],
  levels: [
    { id: 'blocks', territories: 6000 },
    { id: 'zones', territories: 219 },
    { id: 'all', territories: 1 },
  ],
  heatmaps: { demand: {} },
  themes: ['health'],
  demands: { stages: ['raised', 'sector'], statuses: ['open', 'done'] },
  tiles: { zones: { kind: 'level' }, schools: { kind: 'layer' }, stops: { kind: 'layer', geometry: 'point' } },
};
const indicators = [{ id: 'density' }, { id: 'population' }];
const open = (hash) => settle(parseHash(hash), catalog, indicators, ['fr', 'en-GB']);

test('the address of a state leads back to the state', () => {
  const state = open(
    '#i=population&l=all&m=jenks&k=7&p=viridis&t=zones/13 ñ/4&h=demand&th=health&on=stops,schools&names=-&lang=es&map=12.50/-33.50000/-70.65000',
  );
  assert.deepEqual(open(formatHash(state)), state);
  assert.deepEqual(state.territory, { level: 'zones', key: '13 ñ/4' });
  assert.deepEqual(state.view, { zoom: 12.5, lat: -33.5, lng: -70.65 });
});

test('what narrows the demands and how they are drawn is part of the address', () => {
  const state = {
    ...open(''),
    theme: 'health',
    status: 'open',
    stage: 'raised',
    period: { since: '2026-03-01', until: '2026-03-31' },
    minus: { since: '2026-02-01', until: '2026-02-28' },
    surface: 'lines',
    perInhabitant: true,
    demand: 'D 12/ñ',
  };
  assert.deepEqual(open(formatHash(state)), state);
});

test('a period that is none, and one to subtract from nothing, are left out', () => {
  const state = open(
    '#since=2026-03-31&until=2026-03-01&minus=2026-02-01/2026-02-28&hs=lava&st=lost&sg=lost&per=otters',
  );
  const { period, minus, surface, status, stage, perInhabitant } = state;
  assert.deepEqual([period, minus, surface, status, stage, perInhabitant], [null, null, 'picture', null, null, false]);
});

test('without a register no demand has a card', () => {
  const { demands: _, ...bare } = catalog;
  const state = settle(parseHash('#d=D1&st=open'), bare, indicators);
  assert.deepEqual([state.demand, state.status], [null, null]);
});

test('an empty address opens on the finest level that can be taken in at a glance', () => {
  const state = open('');
  assert.equal(state.level, 'zones');
  assert.equal(state.indicator, 'density');
  assert.equal(state.lang, 'en');
});

test('names that do not exist fall back instead of failing', () => {
  const state = open('#i=nothing&l=nowhere&m=magic&k=99&p=pink&h=cold&on=lava,zones&lang=xx&map=99/abc/1&t=zones');
  assert.deepEqual(
    [
      state.indicator,
      state.level,
      state.method,
      state.classes,
      state.palette,
      state.heatmap,
      state.layers,
      state.lang,
      state.view,
      state.territory,
    ],
    ['density', 'zones', 'quantiles', 5, 'ylgnbu', null, [], 'en', null, null],
  );
});

test('a project without indicators or levels has a state too', () => {
  const state = settle(parseHash(''), { languages: [], levels: [], heatmaps: {}, themes: [], tiles: {} }, []);
  assert.equal(state.indicator, null);
  assert.equal(state.level, null);
});

test('the changes of a scenario are part of the address', () => {
  const added = { op: 'add', layer: 'stops', key: 'new-1', lng: -70.651234, lat: -33.512345, like: 'a,b;c/ñ%' };
  const removed = { op: 'remove', layer: 'stops', key: 'PA 1', lng: -70.6, lat: 0 };
  const state = { ...open(''), changing: 'stops', layers: ['stops'], changes: [added, removed] };
  assert.deepEqual(open(formatHash(state)), state);
});

test('changes that make no sense are left out of the address', () => {
  const good = 'add,stops,x,1,2,';
  const odd = [
    'add,schools,x,1,2',
    'fly,stops,x,1,2',
    'add,stops,,1,2',
    'add,stops,x,1',
    'add,stops,x,200,2',
    'add,stops,x,,',
    '%E0%A4%A,stops,x,1,2',
    '',
  ];
  const state = open(`#w=schools&wc=${encodeURIComponent([good, ...odd].join(';'))}`);
  assert.deepEqual(state.changes, [{ op: 'add', layer: 'stops', key: 'x', lng: 1, lat: 2 }]);
  assert.equal(state.changing, null);
});
