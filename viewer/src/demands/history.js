/** What happened to a demand, in words. */
import { h } from '../dom.js';
import { formatNumber } from '../numbers.js';
import { formatDay } from '../time/words.js';

/** Fields whose values are words of the page. */
const WORDED = { theme: 'themes', stage: 'stages', status: 'statuses' };
/** Kept by the server for itself: they change with every change. */
const SILENT = ['updated', 'version', 'created', 'id'];

/** The changes, the latest first. */
export function historyList(app, changes) {
  return h(
    'ol',
    { class: 'history' },
    [...changes].reverse().map((change) => entry(app, change)),
  );
}

/** What differs from one state to another, a line for each field: `Estado: Abierta → Planificada`. */
export function differences(app, changed) {
  return Object.entries(changed ?? {})
    .filter(([field]) => !SILENT.includes(field))
    .map(([field, [before, after]]) => {
      const values = {
        field: app.t(`demand.fields.${field}`),
        before: said(app, field, before),
        after: said(app, field, after),
      };
      return app.t(before == null || before === '' ? 'demand.set' : 'demand.changed', values);
    });
}

function entry(app, { at, action, changed, who }) {
  const lines = action === 'create' ? [] : differences(app, changed);
  return h(
    'li',
    {},
    h(
      'p',
      {},
      h('span', { class: 'muted' }, [formatDay(at, app.lang()), who].filter(Boolean).join(' · ')),
      ' ',
      app.t(`demand.actions.${action}`),
    ),
    lines.length > 0 &&
      h(
        'ul',
        {},
        lines.map((line) => h('li', {}, line)),
      ),
  );
}

function said(app, field, value) {
  if (value == null || value === '') return app.t('demand.nothing');
  if (WORDED[field]) return app.t(`${WORDED[field]}.${value}`);
  if (typeof value === 'number') return formatNumber(value, app.lang());
  if (typeof value === 'object') return value.coordinates ? value.coordinates.join(', ') : JSON.stringify(value);
  return String(value);
}
