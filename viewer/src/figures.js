/**
 * The figures behind the colours: the values of one indicator at one level, and their classes.
 *
 * @typedef {object} Figures
 * @property {'none'|'loading'|'ready'|'failed'} phase
 * @property {import('./api.js').Indicator|null} indicator that `rows` belong to; the old one while the next loads
 * @property {string|null} level
 * @property {{key: string, name: string, value: number|null, before?: number|null}[]} rows; `before` in a scenario
 * @property {Map<string, {key: string, name: string, value: number|null}>} byKey
 * @property {import('./classify.js').Classes} classes
 * @property {string[]} colors one per class
 */
import { classify } from './classify.js';
import { ramp, standardColors } from './colors.js';
import { createStore } from './store.js';

const NOTHING = { phase: 'none', indicator: null, level: null, rows: [], byKey: new Map(), ...classed([], {}, null) };

/** @param {import('./app.js').App} app */
export function createFigures(app) {
  const figures = createStore(NOTHING);
  let latest = new AbortController();

  async function load() {
    const { indicator: id, level } = app.state.value;
    latest.abort();
    latest = new AbortController();
    if (!id || !level) return figures.set({ ...NOTHING, level });
    figures.set({ phase: 'loading' });
    const signal = latest.signal;
    const what = app.title(indicatorOf(app, id));
    await app.status.during(what, () => fetchInto(id, level, signal), load);
  }

  async function fetchInto(id, level, signal) {
    try {
      const asked = [app.api.values(id, level, signal), app.api.valuesToday(id, level, signal)];
      const [{ values }, today] = await Promise.all(asked);
      const rows = today ? values.map((row, i) => ({ ...row, before: today.values[i].value })) : values;
      figures.set(loaded(indicatorOf(app, id), level, rows, app.state.value));
    } catch (error) {
      if (!signal.aborted) figures.set({ ...NOTHING, phase: 'failed', level });
      throw error;
    }
  }

  app.state.subscribe((state, changed) => {
    if (changed.has('indicator') || changed.has('level')) load();
    else if (['method', 'classes', 'palette'].some((key) => changed.has(key))) {
      figures.set(classed(figures.value.rows, state, figures.value.indicator));
    }
  });
  return Object.assign(figures, { load });
}

function loaded(indicator, level, rows, state) {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return { phase: 'ready', indicator, level, rows, byKey, ...classed(rows, state, indicator) };
}

/** The method in force: `standard` needs an indicator that has one. */
export function methodFor(state, indicator) {
  return state.method === 'standard' && !indicator?.standard ? 'quantiles' : state.method;
}

function classed(rows, state, indicator) {
  const method = methodFor(state, indicator);
  const values = rows.map((row) => row.value);
  // The classes stay those of today, so that another colour is another value.
  const today = rows.map(({ value, before = value }) => before);
  const classes = classify(values, method, state.classes, indicator?.standard, today);
  return { classes, colors: colorsFor(method, classes, state.palette, indicator) };
}

function colorsFor(method, classes, palette, indicator) {
  if (classes.counts.length === 0 || !palette) return [];
  return method === 'standard' ? standardColors(indicator.standard) : ramp(palette, classes.counts.length);
}

function indicatorOf(app, id) {
  return app.indicators.find((one) => one.id === id);
}
