/** A figure of the scenario beside the same figure of today. */
import { h } from './dom.js';
import { formatQuantity } from './numbers.js';

/** `Antes 1.240 m · −120 m`; null outside of a scenario, and for what the scenario leaves as it is. */
export function comparedWithToday(app, { value, before, unit }) {
  if (before === undefined || before === value) return null;
  const words = [app.t('whatIfBefore', { before: formatQuantity(before, unit, app.lang()) })];
  if (Number.isFinite(before) && Number.isFinite(value)) words.push(signed(value - before, unit, app.lang()));
  return h('p', { class: 'figure-before' }, words.join(' · '));
}

/** `+12 m`, `−120 m`: a difference always has its sign. */
export function signed(difference, unit, lang) {
  const size = formatQuantity(Math.abs(difference), unit, lang);
  return `${difference < 0 ? '−' : '+'}${size}`;
}
