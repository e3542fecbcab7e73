/**
 * Classes of a choropleth: where one colour ends and the next begins.
 *
 * Every method gives rising `breaks`; class i holds the values with exactly i breaks below or equal to them
 * (`closed: 'left'`, the lower bound belongs to the class) or strictly below them (`closed: 'right'`).
 *
 * @typedef {object} Classes
 * @property {number[]} breaks
 * @property {'left'|'right'} closed
 * @property {number[]} counts values in each class, one longer than `breaks`
 * @property {number} min
 * @property {number} max
 * @property {number} missing values that are null
 */
import { jenksStarts } from './jenks.js';
import { roundestBetween, roundToStep } from './tidy.js';

export const METHODS = ['quantiles', 'intervals', 'jenks', 'standard'];
export const CLASSES_MIN = 2;
export const CLASSES_MAX = 9;

/**
 * @param {(number|null)[]} values
 * @param {string} method one of METHODS
 * @param {number} count classes wanted; fewer come back when the values do not differ enough
 * @param {{min?: number, max?: number}|null} standard needed by method `standard`
 * @param {(number|null)[]} basis the values that the breaks are found for, where those are others
 * @returns {Classes}
 */
export function classify(values, method, count, standard = null, basis = values) {
  const rising = (list) => list.filter(Number.isFinite).sort((a, b) => a - b);
  const sorted = rising(values);
  const known = basis === values ? sorted : rising(basis);
  const closed = method === 'standard' && standard?.max != null ? 'right' : 'left';
  const breaks = known.length === 0 ? [] : breaksOf(known, method, count, standard);
  return {
    breaks,
    closed,
    counts: countPerClass(sorted, breaks, closed),
    min: Math.min(sorted[0] ?? NaN, known[0] ?? Infinity),
    max: Math.max(sorted.at(-1) ?? NaN, known.at(-1) ?? -Infinity),
    missing: values.length - sorted.length,
  };
}

/** The number of the class that holds `value`. */
export function classOf(value, breaks, closed) {
  return breaks.filter((bound) => (closed === 'left' ? bound <= value : bound < value)).length;
}

/** Whether the value reaches the standard; null without a value or a standard. Both bounds are inclusive. */
export function passes(value, standard) {
  if (!Number.isFinite(value) || !standard) return null;
  return !(standard.min != null && value < standard.min) && !(standard.max != null && value > standard.max);
}

function breaksOf(sorted, method, count, standard) {
  switch (method) {
    case 'standard':
      return [standard?.min, standard?.max].filter(Number.isFinite);
    case 'intervals':
      return equalIntervals(sorted, count);
    case 'jenks':
      return breaksBefore(sorted, jenksStarts(sorted, count));
    default:
      return breaksBefore(sorted, quantileStarts(sorted, count));
  }
}

function quantileStarts(sorted, count) {
  const starts = [];
  for (let i = 1; i < count; i++) starts.push(Math.round((i * sorted.length) / count));
  return starts;
}

function equalIntervals(sorted, count) {
  const min = sorted[0];
  const step = (sorted.at(-1) - min) / count;
  if (!(step > 0)) return [];
  return Array.from({ length: count - 1 }, (_, i) => roundToStep(min + (i + 1) * step, step));
}

// A break stands between the first value of a class and the greatest smaller one, so ties never part.
function breaksBefore(sorted, starts) {
  const breaks = new Set();
  for (const start of starts) {
    const first = sorted[start];
    const before = lastBelow(sorted, start);
    if (before !== undefined && first !== undefined) breaks.add(roundestBetween(before, first));
  }
  return [...breaks].sort((a, b) => a - b);
}

function lastBelow(sorted, start) {
  let at = start - 1;
  while (at >= 0 && sorted[at] === sorted[start]) at--;
  return sorted[at];
}

function countPerClass(sorted, breaks, closed) {
  const counts = new Array(breaks.length + 1).fill(0);
  for (const value of sorted) counts[classOf(value, breaks, closed)]++;
  return counts;
}
