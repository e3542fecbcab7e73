/** Why a figure is what it is: its parts, how it is computed, from what and since when, in words that a reader can check. */
import { hrefOf, select } from './app.js';
import { fill, h } from './dom.js';
import { formatFigure, formatNumber, formatQuantity } from './numbers.js';

const LISTED_MAX = 12;

/**
 * The disclosures of one card. What was opened stays open while the card is drawn anew, and is asked for once.
 *
 * @param {import('./app.js').App} app
 */
export function createExplanations(app, { level, key }) {
  const records = new Map();
  const opened = new Set();

  async function ask(id, root) {
    fill(root, h('p', { class: 'muted' }, app.t('loading')));
    const record =
      records.get(id) ?? (await app.status.during(app.t('theExplanation'), () => app.api.explain(id, level, key)));
    if (!record) return fill(root, null);
    records.set(id, record);
    fill(root, explanation(app, record));
  }

  /** The disclosure of an indicator. */
  return function disclosure(one) {
    const root = h('div', { class: 'why-body', 'aria-live': 'polite' });
    const toggled = ({ target }) => {
      if (!target.open) return opened.delete(one.id);
      if (opened.has(one.id)) return;
      opened.add(one.id);
      ask(one.id, root);
    };
    if (opened.has(one.id)) ask(one.id, root);
    return h(
      'details',
      { class: 'why', open: opened.has(one.id), ontoggle: toggled },
      h('summary', { id: `why-${one.id}`, 'aria-label': app.t('whyOf', { indicator: app.title(one) }) }, app.t('why')),
      root,
    );
  };
}

function explanation(app, record) {
  const rows = [
    [app.t('whyNone'), record.reason && app.title({ title: record.reason })],
    [app.t('tableValue'), record.value !== null && formatQuantity(record.value, record.unit, app.lang())],
    [app.t('numerator'), number(app, record.numerator)],
    [app.t('denominator'), number(app, record.denominator)],
    [app.t('counted'), number(app, record.n)],
    [app.t('covered'), Number.isFinite(record.covered) && `${formatNumber(record.covered * 100, app.lang())} %`],
    [app.t('operation'), record.method.formula],
    [app.t('rollUp'), app.t(`rollUps.${record.method.roll_up.letter}`)],
    [app.t('code'), record.code],
    [app.t('standardBy'), record.standard?.source],
    [app.t('inputs'), inputs(app, record)],
    [app.t('sources'), sources(app, record.sources)],
    [app.t('partsOf'), parts(app, record)],
    [app.t('computedBy'), `Comarca ${record.method.version}`],
  ];
  const known = rows.filter(([, words]) => words);
  return h(
    'dl',
    { class: 'facts' },
    known.map(([name, words]) => [h('dt', {}, name), h('dd', {}, words)]),
  );
}

function number(app, value) {
  return Number.isFinite(value) && formatNumber(value, app.lang());
}

function inputs(app, record) {
  if (record.inputs.length === 0) return null;
  const entry = (input) => h('li', {}, `${app.title(input)}: `, formatFigure(input, input.unit, app.lang()));
  return h('ul', { class: 'why-inputs' }, record.inputs.map(entry));
}

function sources(app, all) {
  if (all.length === 0) return null;
  return h(
    'ul',
    { class: 'why-sources' },
    all.map((one) => h('li', {}, sourceWords(app, one))),
  );
}

function sourceWords(app, one) {
  const words = [
    app.title(one),
    one.date,
    one.attribution,
    one.licence,
    app.t('sourceRows', { count: one.rows }),
    one.source,
  ];
  return words.filter(Boolean).join(' · ');
}

function parts(app, { parts: below, unit }) {
  if (!below || below.territories.length === 0) return null;
  const entry = (child) => h('li', {}, link(app, { level: below.level, ...child }), ': ', formatFigure(child, unit, app.lang()));
  const list = (some) => h('ul', { class: 'why-parts' }, some.map(entry));
  const [first, rest] = [below.territories.slice(0, LISTED_MAX), below.territories.slice(LISTED_MAX)];
  if (rest.length === 0) return list(first);
  return [list(first), h('details', {}, h('summary', {}, app.t('tableMore', { count: rest.length })), list(rest))];
}

function link(app, territory) {
  const go = (event) => (event.preventDefault(), select(app, territory));
  return h('a', { href: hrefOf(app, territory), onclick: go }, territory.name ?? territory.key);
}
