/** The calendar of assemblies: how many each level wants, how many were held, which are lacking, who came. */
import { h } from '../dom.js';
import { formatNumber } from '../numbers.js';
import { formatDay } from '../time/words.js';

/** @param {{levels?: object[], territories?: object[]}} found the server's answer about `territory` */
export function calendarSection(app, { levels = [], territories = [] }, territory) {
  const rows = levels.filter(({ wanted, held, planned }) => wanted > 0 || held > 0 || planned > 0);
  if (rows.length === 0) return null;
  const next = nextDay(territories, territory);
  return h(
    'section',
    { 'aria-labelledby': 'card-calendar' },
    h('h3', { id: 'card-calendar' }, app.t('cycle.calendar')),
    h(
      'ul',
      { class: 'demands calendar' },
      rows.map((one) => levelRow(app, one)),
    ),
    next && h('p', {}, app.t('cycle.next', { day: formatDay(next, app.lang()) })),
  );
}

/** The next date: the territory's own, else the earliest of those within it. */
export function nextDay(territories, { level, key }) {
  const own = territories.find((one) => one.level === level && one.key === key);
  const days = territories
    .map(({ next }) => next)
    .filter(Boolean)
    .sort();
  return own?.next ?? days[0] ?? null;
}

function levelRow(app, { level, wanted, held, lacking, attendance, per_1000 }) {
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${Math.min(1, held / Math.max(1, wanted)) * 100}%`;
  const words = [
    app.t('cycle.held', { held, wanted }),
    lacking > 0 && app.t('cycle.lacking', { count: lacking }),
    attendance > 0 && app.t('cycle.attendance', { count: attendance }),
    Number.isFinite(per_1000) &&
      per_1000 > 0 &&
      app.t('cycle.perThousand', { number: formatNumber(per_1000, app.lang()) }),
  ];
  return h(
    'li',
    {},
    h('span', {}, app.levelTitle(level)),
    h('span', { class: 'bar-track' }, bar),
    h('span', { class: 'muted calendar-words' }, words.filter(Boolean).join(' · ')),
  );
}
