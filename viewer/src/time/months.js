/** How many demands were raised in each month, and the rounds of assemblies: what the time bar is about. */
import { createStore } from '../store.js';
import { filledMonths, roundsOf } from './periods.js';
import { DEMANDS } from '../demands/points.js';

const FOLLOWS = ['theme', 'heatmap', 'layers'];

/**
 * @typedef {object} Months
 * @property {import('./periods.js').Month[]} months empty while nothing on the map has a date
 * @property {import('./periods.js').Period[]} rounds of the assemblies of the finest level
 */

/**
 * @param {import('../app.js').App} app
 * @param {{legend: import('../store.js').Store<{document: object|null}>}} heat tells the months where there is no register
 */
export function createMonths(app, heat) {
  const store = createStore({ months: [], rounds: [] });
  const hasRegister = Boolean(app.catalog.demands);
  let latest = new AbortController();
  let roundsAsked = false;

  async function load() {
    latest.abort();
    latest = new AbortController();
    if (!isDated(app)) return store.set({ months: [] });
    if (!hasRegister) return;
    const { signal } = latest;
    const whole = app.catalog.levels.at(-1)?.id;
    const query = { level: whole, key: whole, theme: app.state.value.theme };
    const summary = await app.status.during(app.t('time.theMonths'), () => app.register.summary(query, signal), load);
    if (signal.aborted || !summary) return;
    store.set({ months: filledMonths([...endsOf(app.catalog.demands), ...(summary.by_month ?? [])]) });
    if (!roundsAsked) loadRounds();
  }

  // Without them the bar has months and years: nobody is told.
  async function loadRounds() {
    roundsAsked = true;
    const level = app.catalog.levels[0]?.id;
    const found = await app.register.assemblies({ level }).catch(() => null);
    const rounds = roundsOf((found?.assemblies ?? []).filter((one) => one.level === level));
    if (rounds.length > 1) store.set({ rounds });
  }

  app.state.subscribe((_, changed) => FOLLOWS.some((key) => changed.has(key)) && load());
  heat.legend.subscribe(({ document }) => {
    if (hasRegister || !document?.periods) return;
    const counted = document.periods.map(({ since, count }) => ({ month: String(since).slice(0, 7), count }));
    store.set({ months: filledMonths(counted) });
  });
  load();
  return Object.assign(store, { redraw: load });
}

/** Whether the map shows something that has dates: demands, or their density. */
export function isDated({ state, catalog }) {
  const { heatmap, layers } = state.value;
  return layers.includes(DEMANDS) || (heatmap !== null && catalog.heatmaps[heatmap].themes !== false);
}

// The strip of months is the same for every theme.
function endsOf({ first, last }) {
  return [first, last].filter(Boolean).map((day) => ({ month: day.slice(0, 7), count: 0 }));
}
