/** Days and periods as a reader of the language says them. */
import { TEXTS } from '../texts.js';
import { isDay, isWholeMonths } from './periods.js';

const DAY = { day: 'numeric', month: 'short', year: 'numeric' };
const MONTH = { month: 'long', year: 'numeric' };
const formats = new Map();

/** `8 mar 2026`; null for what is no day. A time of day is left out. */
export function formatDay(day, lang) {
  const text = String(day ?? '').slice(0, 10);
  return isDay(text) ? format(lang, DAY).format(dateOf(text)) : null;
}

/** `marzo de 2026`, `2026`, `enero–marzo de 2026`, `8 mar–20 abr de 2026`: the ends by months where they are whole ones. */
export function formatPeriod({ since, until }, lang) {
  const year = since.slice(0, 4);
  if (since === `${year}-01-01` && until === `${year}-12-31`) return year;
  const options = isWholeMonths({ since, until }) ? MONTH : DAY;
  return format(lang, options).formatRange(dateOf(since), dateOf(until));
}

/** `marzo de 2026` for a month or any day of it. */
export function formatMonth(month, lang) {
  return format(lang, MONTH).format(dateOf(`${month.slice(0, 7)}-01`));
}

function format(lang, options) {
  const id = lang + JSON.stringify(options);
  if (!formats.has(id)) formats.set(id, new Intl.DateTimeFormat(TEXTS[lang].locale, { ...options, timeZone: 'UTC' }));
  return formats.get(id);
}

function dateOf(day) {
  return new Date(`${day}T00:00:00Z`);
}
