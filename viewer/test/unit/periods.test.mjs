import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countIn,
  filledMonths,
  isDay,
  isWholeMonths,
  periodBefore,
  periodOf,
  periodOfMonths,
  roundsOf,
  stepAfter,
  stepsOf,
  stepWith,
  touches,
} from '../../src/time/periods.js';
import { formatDay, formatPeriod } from '../../src/time/words.js';

const months = filledMonths([
  { month: '2025-11', count: 3 },
  { month: '2026-02', count: 4 },
]);

test('a day is one of the calendar', () => {
  for (const day of ['2024-02-29', '2026-12-31', '0001-01-01']) assert.equal(isDay(day), true, day);
  for (const day of ['2026-02-29', '2026-13-01', '2026-1-1', '', null, undefined, '2026-03-08T12:00'])
    assert.equal(isDay(day), false, day);
});

test('a period has days in the right order, else there is none', () => {
  assert.deepEqual(periodOf('2026-03-01', '2026-03-01'), { since: '2026-03-01', until: '2026-03-01' });
  assert.equal(periodOf('2026-03-02', '2026-03-01'), null);
  assert.equal(periodOf('2026-03-01', null), null);
});

test('months without demands are filled in, and what is no month is left out', () => {
  assert.deepEqual(
    months.map(({ month, count }) => [month, count]),
    [
      ['2025-11', 3],
      ['2025-12', 0],
      ['2026-01', 0],
      ['2026-02', 4],
    ],
  );
  assert.deepEqual(filledMonths([]), []);
  assert.deepEqual(
    filledMonths([
      { month: 'soon', count: 1 },
      { month: '2026-13', count: 1 },
      { month: '2026-01', count: NaN },
    ]),
    [],
  );
});

test('a strip of months has an end, whatever the server says', () => {
  const long = filledMonths([
    { month: '0001-01', count: 1 },
    { month: '2026-02', count: 1 },
  ]);
  assert.equal(long.length, 600);
  assert.equal(long.at(-1).month, '2026-02');
});

test('months last to their last day, also in a leap year', () => {
  assert.deepEqual(periodOfMonths('2024-02'), { since: '2024-02-01', until: '2024-02-29' });
  assert.deepEqual(periodOfMonths('2025-11', '2026-01'), { since: '2025-11-01', until: '2026-01-31' });
  assert.equal(isWholeMonths(periodOfMonths('2026-04')), true);
  assert.equal(isWholeMonths({ since: '2026-04-01', until: '2026-04-29' }), false);
});

test('the period before is as long: months before months, days before days, a round before a round', () => {
  assert.deepEqual(periodBefore(periodOfMonths('2026-01', '2026-02')), periodOfMonths('2025-11', '2025-12'));
  assert.deepEqual(periodBefore({ since: '2026-01-01', until: '2026-12-31' }), {
    since: '2025-01-01',
    until: '2025-12-31',
  });
  assert.deepEqual(periodBefore({ since: '2026-03-02', until: '2026-03-08' }), {
    since: '2026-02-23',
    until: '2026-03-01',
  });
  const rounds = [
    { since: '2026-03-08', until: '2026-05-01' },
    { since: '2026-05-02', until: '2026-06-30' },
  ];
  assert.deepEqual(periodBefore(rounds[1], rounds), rounds[0]);
  assert.deepEqual(periodBefore(rounds[0], rounds).until, '2026-03-07');
});

test('the first assembly of every territory makes the first round, which ends before the second begins', () => {
  const at = (key, date) => ({ level: 'districts', key, date });
  const rounds = roundsOf([
    at('b', '2026-04-10'),
    at('a', '2026-03-08'),
    at('a', '2026-06-01'),
    at('b', '2026-07-15'),
    at('c', 'soon'),
  ]);
  assert.deepEqual(rounds, [
    { since: '2026-03-08', until: '2026-05-31' },
    { since: '2026-06-01', until: '2026-07-15' },
  ]);
  assert.deepEqual(roundsOf([]), []);
});

test('steps go by months, years and rounds, and end where there are no more', () => {
  const steps = stepsOf('month', months, []);
  assert.equal(steps.length, 4);
  assert.deepEqual(stepAfter(null, steps), steps[0]);
  assert.deepEqual(stepAfter(null, steps, -1), steps[3]);
  assert.deepEqual(stepAfter(steps[1], steps), steps[2]);
  assert.equal(stepAfter(steps[3], steps), null);
  assert.equal(stepAfter(steps[0], steps, -1), null);
  assert.deepEqual(stepAfter({ since: '2025-12-10', until: '2025-12-20' }, steps), steps[2]);
  assert.deepEqual(stepAfter({ since: '2026-01-10', until: '2026-01-20' }, steps, -1), steps[1]);
  assert.deepEqual(
    stepsOf('year', months, []).map(({ since }) => since),
    ['2025-01-01', '2026-01-01'],
  );
  assert.deepEqual(stepWith('2026-01-15', steps), steps[2]);
  assert.equal(stepWith('2027-01-15', steps), null);
});

test('the demands of a period are those of the months it touches; all time touches every month', () => {
  assert.equal(countIn(null, months), 7);
  assert.equal(countIn({ since: '2026-01-20', until: '2026-02-01' }, months), 4);
  assert.equal(touches('2026-01', { since: '2026-01-31', until: '2026-01-31' }), true);
  assert.equal(touches('2026-02', { since: '2026-01-31', until: '2026-01-31' }), false);
});

test('periods are said as a reader would', () => {
  assert.equal(formatPeriod(periodOfMonths('2026-03'), 'es'), 'marzo de 2026');
  assert.equal(formatPeriod({ since: '2026-01-01', until: '2026-12-31' }, 'es'), '2026');
  assert.match(formatPeriod(periodOfMonths('2026-01', '2026-03'), 'es'), /^enero.marzo de 2026$/);
  assert.match(formatPeriod({ since: '2025-12-08', until: '2026-04-20' }, 'en'), /^Dec 8, 2025.+Apr 20, 2026$/);
  assert.equal(formatDay('2026-03-08T23:30:00Z', 'es'), '8 mar 2026');
  assert.equal(formatDay('soon', 'es'), null);
});
