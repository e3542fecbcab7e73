/** What the register says of one territory: how its demands stand, what has priority, which assemblies are still lacking. */
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { calendarSection } from './calendar.js';
import { METHODS, prioritySection } from './priorities.js';

const LISTED = 5;

/** @param {import('../app.js').App} app @param {() => void} changed hears when there is more to show */
export function createTerritoryDemands(app, changed) {
  let about = null;
  let found = {};
  let method = METHODS[0];
  let signal;

  /** Asks for everything about a territory; what is shown of the same one stays until it is there. */
  async function ask(territory, own) {
    if (!app.catalog.demands) return;
    if (about?.level !== territory.level || about?.key !== territory.key) found = {};
    about = territory;
    signal = own;
    const { level, key } = territory;
    const all = [
      part('summary', () => app.register.summary({ level, key }, own)),
      part('assemblies', () => app.register.assemblies({ level, key }, own)),
      askPriorities(),
    ];
    await Promise.all(all);
  }

  function askPriorities() {
    const { level, key } = about;
    return part('priorities', () =>
      app.register.priorities({ level, key, method, by: 'theme', limit: LISTED }, signal),
    );
  }

  async function part(name, work) {
    const asked = about;
    const body = await app.status.during(app.t('cycle.theRegister'), work, () => part(name, work));
    if (!body || about !== asked) return;
    found = { ...found, [name]: body };
    changed();
  }

  function choose(next) {
    method = next;
    askPriorities();
  }

  return {
    ask,
    sections: () =>
      about && [
        statusSection(app, found.summary),
        found.priorities && prioritySection(app, found.priorities, method, choose),
        found.assemblies && calendarSection(app, found.assemblies, about),
        app.catalog.demands && planLink(app, about),
      ],
  };
}

/** How many demands are open, planned, done: a bar in parts, and the numbers. */
function statusSection(app, summary) {
  if (!summary?.total) return null;
  const { statuses } = app.catalog.demands;
  const rows = statuses
    .map((status) => [status, summary.by_status?.[status] ?? {}])
    .filter(([, { count }]) => count > 0);
  return h(
    'section',
    { 'aria-labelledby': 'card-statuses' },
    h('h3', { id: 'card-statuses' }, app.t('cycle.statuses')),
    h(
      'ul',
      { class: 'demands' },
      rows.map(([status, one]) => statusRow(app, status, one, summary.total)),
    ),
  );
}

function statusRow(app, status, { count, votes }, total) {
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(count / total) * 100}%`;
  const words = [app.t('demandsCount', { count }), votes != null && app.t('votes', { count: votes })];
  return h(
    'li',
    {},
    h('span', {}, app.t(`statuses.${status}`)),
    h('span', { class: 'bar-track' }, bar),
    h('span', { class: 'muted' }, words.filter(Boolean).join(' · ')),
  );
}

function planLink(app, territory) {
  const href = app.api.plan(territory, app.lang());
  return h(
    'a',
    { id: 'card-plan', class: 'button', href, target: '_blank', rel: 'noopener' },
    icon('page'),
    app.t('cycle.plan'),
  );
}
