/** The legend: what each colour means, how many territories have it, and what the standard asks. */
import { passes } from './classify.js';
import { NO_DATA } from './colors.js';
import { fill, h } from './dom.js';
import { formatExact, formatNumber, formatQuantity, formatUnit } from './numbers.js';
import { isHexagons } from './surfaces.js';
import { formatPeriod } from './time/words.js';

/** @param {import('./app.js').App} app @param {ReturnType<import('./heat.js').createHeat>} heat */
export function createLegend(app, heat, root) {
  const render = () => {
    const { document, surface } = heat.legend.value;
    if (!document || !app.state.value.heatmap) fill(root, classLegend(app));
    else fill(root, isHexagons(surface) ? hexagonLegend(app, heat.hexagons, surface) : heatLegend(app, document));
  };
  app.figures.subscribe(render);
  heat.legend.subscribe(render);
  heat.hexagons?.subscribe(render);
  app.state.subscribe((_, changed) => (changed.has('lang') || changed.has('heatmap')) && render());
  render();
}

function classLegend(app) {
  const { indicator, level, classes, colors, phase } = app.figures.value;
  if (!indicator) return app.indicators.length === 0 ? h('p', { class: 'muted' }, app.t('noIndicators')) : null;
  return h(
    'section',
    { class: 'legend', 'aria-label': app.t('legend'), 'aria-busy': phase === 'loading' ? 'true' : null },
    h('h2', { class: 'legend-title' }, app.title(indicator)),
    h(
      'p',
      { class: 'muted' },
      [formatUnit(indicator.unit, app.lang()), app.levelTitle(level)].filter(Boolean).join(' · '),
    ),
    h('ol', { class: 'classes' }, classRows(app, classes, colors)),
    standardNote(app),
  );
}

function classRows(app, classes, colors, { counted = 'territories', missing = 'noData', range = rangeOf } = {}) {
  const most = Math.max(...classes.counts, classes.missing, 1);
  const rowOf = (color, range, count) => row(app, color, range, count, most, app.t(counted, { count }));
  const rows = classes.counts.map((count, i) => rowOf(colors[i], range(app, classes, i), count)).reverse();
  if (classes.min === undefined || Number.isNaN(classes.min)) rows.length = 0;
  if (classes.missing > 0 || rows.length === 0) rows.push(rowOf(null, app.t(missing), classes.missing));
  return rows;
}

function row(app, color, range, count, most, counted) {
  const swatch = h('span', { class: color ? 'swatch' : 'swatch swatch-missing' });
  if (color) swatch.style.background = color;
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(count / most) * 100}%`;
  bar.style.background = color ?? NO_DATA;
  return h(
    'li',
    { class: 'class' },
    swatch,
    h('span', { class: 'class-range' }, range),
    h(
      'span',
      { class: 'class-count', title: counted },
      h('span', { class: 'bar-track' }, bar),
      h('span', { class: 'class-number' }, formatNumber(count, app.lang())),
    ),
  );
}

// The bounds between classes are exact; the ends are the least and the greatest value, rounded as values are.
function rangeOf(app, { breaks, closed, min, max }, i) {
  const exact = (value) => formatExact(value, app.lang());
  if (breaks.length === 0) return formatNumber(min, app.lang());
  if (closed === 'right' || breaks.length === 1) return openRange(app, breaks, closed, i);
  const low = i === 0 ? formatNumber(min, app.lang()) : exact(breaks[i - 1]);
  const high = i === breaks.length ? formatNumber(max, app.lang()) : exact(breaks[i]);
  return app.t('range', { low, high });
}

// Between whole numbers a class ends before the next begins: `3 a 4` and `5 a 12`.
function wholeRange(app, { breaks, min, max }, i) {
  const written = (value) => formatNumber(value, app.lang());
  const low = i === 0 ? min : Math.ceil(breaks[i - 1]);
  const high = i === breaks.length ? max : Math.ceil(breaks[i]) - 1;
  return low >= high ? written(low) : app.t('range', { low: written(low), high: written(high) });
}

function openRange(app, breaks, closed, i) {
  const exact = (value) => formatExact(value, app.lang());
  const [low, high] = [breaks[i - 1], breaks[i]];
  if (low === undefined) return app.t(closed === 'right' ? 'rangeAtMost' : 'rangeLess', { high: exact(high) });
  if (high === undefined) return app.t(closed === 'right' ? 'rangeMore' : 'rangeAtLeast', { low: exact(low) });
  return app.t('range', { low: exact(low), high: exact(high) });
}

function standardNote(app) {
  const { indicator, rows } = app.figures.value;
  if (!indicator.standard) return null;
  const results = rows.map((one) => passes(one.value, indicator.standard)).filter((result) => result !== null);
  const passing = results.filter(Boolean).length;
  return h(
    'p',
    { class: 'standard-note' },
    h('strong', {}, app.t('standard', { rule: standardRule(app, indicator) })),
    '. ',
    app.t('standardPassing', { passing, count: results.length }),
    ' ',
    indicator.standard.source &&
      h('span', { class: 'muted' }, app.t('standardSource', { source: indicator.standard.source })),
  );
}

/** `máx. 1.500 m`; both bounds where there are two. */
export function standardRule(app, { standard, unit }) {
  const bound = (value) => formatQuantity(value, unit, app.lang());
  const rules = [
    standard.min != null && app.t('standardMin', { min: bound(standard.min) }),
    standard.max != null && app.t('standardMax', { max: bound(standard.max) }),
  ];
  return rules.filter(Boolean).join(', ');
}

function heatLegend(app, document) {
  const { heatmap: id, minus, period } = app.state.value;
  const title = app.title({ id, ...app.catalog.heatmaps[id] });
  return h(
    'section',
    { class: 'legend', 'aria-label': app.t('legend') },
    h('h2', { class: 'legend-title' }, title),
    h(
      'p',
      { class: 'muted' },
      [formatUnit(document.unit, app.lang()), ...filterWords(app)].filter(Boolean).join(' · '),
    ),
    period && minus && h('p', { class: 'standard-note' }, differenceWords(app, period, minus)),
    h('ol', { class: 'classes' }, heatRows(app, document.legend ?? [])),
    document.bandwidth_m && h('p', { class: 'muted' }, bandwidthWords(app, document)),
    h('p', { class: 'muted' }, app.t('heatmapHides')),
  );
}

function hexagonLegend(app, hexagons, surface) {
  const { classes, colors } = hexagons?.value ?? {};
  const words = { counted: 'hexagons', missing: 'hidden', range: wholeRange };
  return h(
    'section',
    { class: 'legend', 'aria-label': app.t('legend') },
    h('h2', { class: 'legend-title' }, app.t(`surfaces.${surface}`)),
    h('p', { class: 'muted' }, filterWords(app).join(' · ')),
    classes && h('ol', { class: 'classes' }, classRows(app, classes, colors, words)),
    h('p', { class: 'muted' }, app.t('hexagonHelp')),
    h('p', { class: 'muted' }, app.t('heatmapHides')),
  );
}

/** What the shown demands are narrowed to. */
function filterWords(app) {
  const { heatmap, theme, status, period } = app.state.value;
  if (app.catalog.heatmaps[heatmap].themes === false) return [];
  return [
    theme && app.t(`themes.${theme}`),
    status && app.t(`statuses.${status}`),
    period && formatPeriod(period, app.lang()),
  ].filter(Boolean);
}

function differenceWords(app, period, minus) {
  const [now, before] = [period, minus].map((one) => formatPeriod(one, app.lang()));
  return app.t('time.differenceNote', { now, before });
}

// Of a difference every value has its sign: more or less than before.
function heatRows(app, steps) {
  const signs = steps.some(({ value }) => value < 0);
  const written = (value) => (signs && value > 0 ? '+' : '') + formatNumber(value, app.lang());
  return steps
    .map(({ value, color }) => {
      const swatch = h('span', { class: 'swatch' });
      swatch.style.background = color;
      return h('li', { class: 'class' }, swatch, h('span', { class: 'class-range' }, written(value)));
    })
    .reverse();
}

function bandwidthWords(app, { bandwidth_m, kernel }) {
  return app.t('bandwidth', { meters: bandwidth_m, kernel: app.t(`kernels.${kernel}`) });
}
