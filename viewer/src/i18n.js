/** What the page says in the reader's language: its own texts, and the titles that a project gives in several. */
import { formatNumber } from './numbers.js';
import { TEXTS } from './texts.js';

/**
 * The text of `key` (`methods.jenks` for one of a group), with `{name}` replaced by `values.name`, numbers as
 * the language writes them. A text with two forms, `[one, many]`, takes the one that fits `values.count`. A key without
 * text is shown as its last part.
 */
export function text(lang, key, values = {}) {
  const path = key.split('.');
  const found = path.reduce((group, part) => group?.[part], TEXTS[lang]) ?? path.at(-1);
  const form = Array.isArray(found) ? found[values.count === 1 ? 0 : 1] : found;
  return form.replace(/\{(\w+)\}/g, (_, name) => written(values[name], lang));
}

function written(value, lang) {
  return typeof value === 'number' ? formatNumber(value, lang) : (value ?? '');
}

/** The title of anything in the catalogue; its id where the project gives none. */
export function titleOf(thing, lang) {
  const title = thing?.title;
  if (typeof title === 'string') return title;
  return title?.[lang] ?? Object.values(title ?? {})[0] ?? thing?.id ?? '';
}
