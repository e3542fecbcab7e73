/** What has priority in a territory: the ranked themes, what each criterion adds, and how sure the rank is. */
import { h } from '../dom.js';
import { formatNumber } from '../numbers.js';

export const METHODS = ['weighted', 'votes', 'borda', 'topsis'];
/** Criteria beyond the fourth share the last pattern; their words tell them apart. */
const PARTS = 4;

/** @param {(method: string) => void} choose another way of ranking */
export function prioritySection(app, { priorities = [] }, method, choose) {
  if (priorities.length === 0) return null;
  const criteria = [...new Set(priorities.flatMap(({ contributions }) => Object.keys(contributions ?? {})))];
  const most = Math.max(...priorities.map((one) => totalOf(one)), Number.MIN_VALUE);
  return h(
    'section',
    { 'aria-labelledby': 'card-priorities' },
    h('h3', { id: 'card-priorities', title: app.t('cycle.priorityHelp') }, app.t('cycle.priorities')),
    methodChoice(app, method, choose),
    h(
      'ol',
      { class: 'priorities' },
      priorities.map((one) => priority(app, one, criteria, most)),
    ),
    criteria.length > 1 &&
      h(
        'p',
        { class: 'criteria muted' },
        criteria.map((one, i) => [mark(i), ` ${criterionTitle(app, one)} `]),
      ),
  );
}

function methodChoice(app, method, choose) {
  const option = (one) => h('option', { value: one, selected: one === method }, app.t(`cycle.methods.${one}`));
  const select = h('select', { id: 'priority-method', onchange: () => choose(select.value) }, METHODS.map(option));
  return h('div', { class: 'field' }, h('label', { for: 'priority-method' }, app.t('cycle.method')), select);
}

function priority(app, one, criteria, most) {
  const { rank, theme, title, votes, demands } = one;
  const counted = [
    demands != null && app.t('demandsCount', { count: demands }),
    votes != null && app.t('votes', { count: votes }),
  ];
  return h(
    'li',
    { class: 'priority' },
    h('span', { class: 'priority-rank' }, app.t('cycle.rank', { rank })),
    h('span', { class: 'priority-name' }, title ?? app.t(`themes.${theme}`)),
    h(
      'span',
      { class: 'priority-bar', 'aria-hidden': 'true' },
      criteria.map((name, i) => segment(one.contributions?.[name], i, most)),
    ),
    h(
      'span',
      { class: 'muted' },
      [...counted, bandWords(app, one), partWords(app, one, criteria)].filter(Boolean).join(' · '),
    ),
  );
}

/** Places it would take if the weights were others: `entre 1.º y 3.º`. */
function bandWords(app, { band }) {
  if (!Array.isArray(band)) return null;
  const [best, worst] = band;
  return best === worst ? app.t('cycle.sureRank') : app.t('cycle.band', { best, worst });
}

function partWords(app, { contributions = {} }, criteria) {
  if (criteria.length < 2) return null;
  const part = (name) => `${criterionTitle(app, name)} ${formatNumber(contributions[name] ?? 0, app.lang())}`;
  return criteria.map(part).join(', ');
}

function criterionTitle(app, name) {
  const indicator = app.indicators.find(({ id }) => id === name);
  return indicator ? app.title(indicator) : app.t(`cycle.criteria.${name}`);
}

function totalOf({ contributions, score }) {
  const parts = Object.values(contributions ?? {}).filter((value) => value > 0);
  return parts.length > 0 ? parts.reduce((sum, value) => sum + value, 0) : (score ?? 0);
}

function segment(value, i, most) {
  const part = h('span', { class: `part part-${Math.min(i, PARTS - 1)}` });
  part.style.width = `${(Math.max(0, value ?? 0) / most) * 100}%`;
  return part;
}

function mark(i) {
  return h('span', { class: `part part-${Math.min(i, PARTS - 1)}` });
}
