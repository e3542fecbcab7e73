/**
 * Spans of days, as the time bar chooses them: months, years, rounds of assemblies, and whatever an address says. Days are
 * text, `2026-03-08`, and so compare as text; both ends belong to a period.
 *
 * @typedef {{since: string, until: string}} Period
 * @typedef {{month: string, count: number}} Month `2026-03` and how many demands were raised in it
 */

/** Fifty years: what a strip of bars can show, and a bound on what a server may make this page draw. */
const MONTHS_MAX = 600;
const ROUNDS_MAX = 100;
const DAY_MS = 86_400_000;

/** Whether `text` is a day of the calendar: `2026-02-29` is none. */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? '')) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(at) && dayAt(at) === text;
}

/** The period from one day to another; null where they are no days or in the wrong order. */
export function periodOf(since, until) {
  return isDay(since) && isDay(until) && since <= until ? { since, until } : null;
}

/** The days of the months from `first` to `last`. */
export function periodOfMonths(first, last = first) {
  return { since: `${first}-01`, until: lastDay(last) };
}

/** Every month from the first to the last that is counted, those without demands too. Months that make no sense are left out. */
export function filledMonths(counted) {
  const sound = counted.filter(({ month, count }) => isDay(`${month}-01`) && count >= 0);
  const counts = new Map(sound.map(({ month, count }) => [month, count]));
  const names = [...counts.keys()].sort();
  if (names.length === 0) return [];
  const last = monthNumber(names.at(-1));
  const first = Math.max(monthNumber(names[0]), last - MONTHS_MAX + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const month = monthName(first + i);
    return { month, count: counts.get(month) ?? 0 };
  });
}

/** The steps of a length, `month`, `year` or `round`, from the earliest to the latest. */
export function stepsOf(length, months, rounds) {
  if (length === 'round') return rounds;
  if (length === 'month') return months.map(({ month }) => periodOfMonths(month));
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))];
  return years.map((year) => ({ since: `${year}-01-01`, until: `${year}-12-31` }));
}

/**
 * The rounds of assemblies: the first of every territory make the first round, the second ones the second. A round lasts
 * from its earliest assembly to the day before the next round begins, the last one to its latest assembly.
 *
 * @param {{level: string, key: string, date: string}[]} assemblies of one level
 * @returns {Period[]}
 */
export function roundsOf(assemblies) {
  const rounds = [];
  const held = new Map();
  const sound = assemblies.filter(({ date }) => isDay(date));
  for (const { key, date } of sound.sort((a, b) => (a.date < b.date ? -1 : 1))) {
    const number = held.get(key) ?? 0;
    held.set(key, number + 1);
    rounds[number] ??= { since: date, until: date };
    rounds[number].until = date;
  }
  const shown = rounds.slice(0, ROUNDS_MAX);
  // Two rounds that begin on one day could not be told apart.
  const apart = shown.filter(({ since }, i) => since !== shown[i + 1]?.since);
  return apart.map(({ since, until }, i) => ({ since, until: apart[i + 1] ? dayBefore(apart[i + 1].since) : until }));
}

/** The period of equal length just before: the round before a round, as many months before whole months, else as many days. */
export function periodBefore(period, rounds = []) {
  const round = rounds.findIndex((one) => isSame(one, period));
  if (round > 0) return rounds[round - 1];
  const until = dayBefore(period.since);
  if (!isWholeMonths(period)) {
    const days = dayNumber(period.until) - dayNumber(period.since);
    return { since: dayAt((dayNumber(until) - days) * DAY_MS), until };
  }
  const months = monthNumber(period.until) - monthNumber(period.since) + 1;
  return { since: `${monthName(monthNumber(period.since) - months)}-01`, until };
}

/** The step after the one that is shown, null after the last; the first where none of the steps is. */
export function stepAfter(period, steps, by = 1) {
  if (!period) return steps.at(by > 0 ? 0 : -1) ?? null;
  const at = steps.findIndex((one) => isSame(one, period));
  if (at >= 0) return steps[at + by] ?? null;
  if (by > 0) return steps.find(({ since }) => since > period.since) ?? null;
  return steps.findLast(({ until }) => until < period.until) ?? null;
}

/** The step that a day belongs to. */
export function stepWith(day, steps) {
  return steps.find(({ since, until }) => since <= day && day <= until) ?? null;
}

/** How many demands were raised in the months that a period touches. */
export function countIn(period, months) {
  const touched = months.filter(({ month }) => touches(month, period));
  return touched.reduce((sum, { count }) => sum + count, 0);
}

/** Whether some day of the month is in the period; in no period, which is all time, every month is. */
export function touches(month, period) {
  return !period || (month >= period.since.slice(0, 7) && month <= period.until.slice(0, 7));
}

export function isSame(a, b) {
  return a?.since === b?.since && a?.until === b?.until;
}

/** Whether a period begins with a month and ends with one. */
export function isWholeMonths({ since, until }) {
  return since.endsWith('-01') && until === lastDay(until.slice(0, 7));
}

function lastDay(month) {
  return dayBefore(`${monthName(monthNumber(month) + 1)}-01`);
}

function dayBefore(day) {
  return dayAt((dayNumber(day) - 1) * DAY_MS);
}

function dayNumber(day) {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

function dayAt(time) {
  return new Date(time).toISOString().slice(0, 10);
}

function monthNumber(text) {
  return Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
}

function monthName(number) {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}
