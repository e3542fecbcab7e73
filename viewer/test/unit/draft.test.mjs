import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, faultsOf, fieldOf, isBegun, newDraft, newKey, readDraft, TITLE_MAX } from '../../src/demands/draft.js';

const whole = { ...newDraft(), theme: 'green', title: ' Una plaza ', votes: '12', place: { lng: -70.6, lat: -33.5 } };

test('a whole draft has no faults, and its body is what the register takes', () => {
  assert.deepEqual(faultsOf(whole), {});
  assert.deepEqual(bodyOf(whole), {
    theme: 'green',
    title: 'Una plaza',
    votes: 12,
    location: { type: 'Point', coordinates: [-70.6, -33.5] },
  });
});

test('a demand without a point stands in a territory', () => {
  const body = bodyOf({ ...whole, place: null, district: '131050103', assembly: 'A7', description: 'Aquí.' });
  assert.deepEqual(
    [body.district, body.location, body.assembly, body.description],
    ['131050103', undefined, 'A7', 'Aquí.'],
  );
});

test('every missing field is named', () => {
  assert.deepEqual(Object.keys(faultsOf({ ...newDraft(), votes: '' })).sort(), ['location', 'theme', 'title', 'votes']);
});

test('votes are whole numbers, and texts have an end', () => {
  for (const votes of ['-1', '1.5', '1e3', 'many', '10000001', ' '])
    assert.ok(faultsOf({ ...whole, votes }).votes, votes);
  for (const votes of ['0', '10000000', ' 7 ']) assert.equal(faultsOf({ ...whole, votes }).votes, undefined, votes);
  assert.ok(faultsOf({ ...whole, title: 'ñ'.repeat(TITLE_MAX + 1) }).title);
  assert.equal(faultsOf({ ...whole, title: '👍'.repeat(TITLE_MAX) }).title, undefined);
});

test('keys are random UUIDs', () => {
  assert.match(newKey(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newKey(), newKey());
});

test('what was kept is read again, and what is no draft is not', () => {
  assert.deepEqual(readDraft(JSON.stringify(whole)), whole);
  for (const text of [
    null,
    '',
    'null',
    '[]',
    '{"title":"x"}',
    JSON.stringify({ ...whole, title: 7 }),
    JSON.stringify({ ...whole, place: { lng: 'x' } }),
  ])
    assert.equal(readDraft(text), null, text);
  assert.equal(isBegun(newDraft()), false);
  assert.equal(isBegun(whole), true);
});

test('a problem is told beside the field that it is about', () => {
  assert.equal(fieldOf({ parameter: 'title' }), 'title');
  assert.equal(fieldOf({ parameter: 'location.coordinates[0]' }), 'location');
  assert.equal(fieldOf({ parameter: 'district' }), 'location');
  assert.equal(fieldOf({ parameter: 'If-Match' }), null);
  assert.equal(fieldOf({}), null);
});
