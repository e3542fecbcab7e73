/** The legend: what each colour means, how many territories have it, and what the standard asks. */
import { passes } from './classify.js';
import { NO_DATA } from './colors.js';
import { fill, h } from './dom.js';
import { formatExact, formatNumber, formatQuantity, formatUnit } from './numbers.js';

/** @param {import('./app.js').App} app @param {{legend: import('./store.js').Store<{document: object|null}>}} heat */
export function createLegend(app, heat, root) {
  const render = () => {
    const { document } = heat.legend.value;
    fill(root, document && app.state.value.heatmap ? heatLegend(app, document) : classLegend(app));
  };
  app.figures.subscribe(render);
  heat.legend.subscribe(render);
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

function classRows(app, classes, colors) {
  const most = Math.max(...classes.counts, classes.missing, 1);
  const rows = classes.counts.map((count, i) => row(app, colors[i], rangeOf(app, classes, i), count, most)).reverse();
  if (classes.min === undefined || Number.isNaN(classes.min)) rows.length = 0;
  if (classes.missing > 0 || rows.length === 0) rows.push(row(app, null, app.t('noData'), classes.missing, most));
  return rows;
}

function row(app, color, range, count, most) {
  const swatch = h('span', { class: color ? 'swatch' : 'swatch swatch-missing' });
  if (color) swatch.style.background = color;
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(count / most) * 100}%`;
  bar.style.background = color ?? NO_DATA;
  const territories = app.t('territories', { count });
  return h(
    'li',
    { class: 'class' },
    swatch,
    h('span', { class: 'class-range' }, range),
    h(
      'span',
      { class: 'class-count', title: territories },
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
  const { heatmap: id, theme } = app.state.value;
  const title = app.title({ id, ...app.catalog.heatmaps[id] });
  const unit = formatUnit(document.unit, app.lang());
  const themeWords = theme && app.t(`themes.${theme}`);
  return h(
    'section',
    { class: 'legend', 'aria-label': app.t('legend') },
    h('h2', { class: 'legend-title' }, title),
    h('p', { class: 'muted' }, [unit, themeWords].filter(Boolean).join(' · ')),
    h('ol', { class: 'classes' }, heatRows(app, document.legend ?? [])),
    document.bandwidth_m && h('p', { class: 'muted' }, bandwidthWords(app, document)),
    h('p', { class: 'muted' }, app.t('heatmapHides')),
  );
}

function heatRows(app, steps) {
  return steps
    .map(({ value, color }) => {
      const swatch = h('span', { class: 'swatch' });
      swatch.style.background = color;
      return h('li', { class: 'class' }, swatch, h('span', { class: 'class-range' }, formatNumber(value, app.lang())));
    })
    .reverse();
}

function bandwidthWords(app, { bandwidth_m, kernel }) {
  return app.t('bandwidth', { meters: bandwidth_m, kernel: app.t(`kernels.${kernel}`) });
}
