/** Numbers and units as a reader of the language writes them. */
import { TEXTS } from './texts.js';

const formats = new Map();

/**
 * `value` with the digits that carry information: none after the point from a thousand on, three in all below one.
 * Whole numbers stay whole. Null and everything else that is no number: null.
 */
export function formatNumber(value, lang) {
  if (!Number.isFinite(value)) return null;
  return format(lang, digitsFor(value)).format(value);
}

/** `value` with every digit that distinguishes it, for bounds that were chosen to be short. */
export function formatExact(value, lang) {
  return format(lang, { maximumFractionDigits: 12 }).format(value);
}

/** The unit in the words of the language: `persons/ha` → `personas/ha`, `m2` → `m²`. */
export function formatUnit(unit, lang) {
  const words = TEXTS[lang].units;
  return (unit ?? '')
    .replace(/\d{1,3}(,\d{3})+/g, (number) => formatExact(Number(number.replaceAll(',', '')), lang))
    .replace(/\bk?m2\b/g, (area) => area.replace('2', '²'))
    .replace('full days', words['full days'])
    .replace(/\p{L}+/gu, (word) => words[word] ?? word);
}

/** `1.234 personas`, `56,7 %`, or the words for a missing value. */
export function formatQuantity(value, unit, lang) {
  const number = formatNumber(value, lang);
  if (number === null) return TEXTS[lang].noData;
  const words = formatUnit(unit, lang);
  return words ? `${number} ${words}` : number;
}

/** The value of a row, or why there is none: it is not published, or there are no data. */
export function formatFigure({ value, suppressed }, unit, lang) {
  return suppressed ? TEXTS[lang].hidden : formatQuantity(value, unit, lang);
}

function digitsFor(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1000) return { maximumFractionDigits: 0 };
  if (size >= 10) return { maximumFractionDigits: 1 };
  if (size >= 1) return { maximumFractionDigits: 2 };
  return { maximumSignificantDigits: 3 };
}

function format(lang, options) {
  const id = lang + JSON.stringify(options);
  if (!formats.has(id)) formats.set(id, new Intl.NumberFormat(TEXTS[lang].locale, options));
  return formats.get(id);
}
