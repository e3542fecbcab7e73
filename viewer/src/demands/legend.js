/** What the points of demands mean: a colour for each theme, larger with more votes. */
import { fill, h } from '../dom.js';
import { formatPeriod } from '../time/words.js';
import { themeColor } from './colors.js';
import { DEMANDS, NARROWS } from './points.js';

/** @param {import('../app.js').App} app */
export function createDemandLegend(app, root) {
  const render = () =>
    fill(root, app.state.value.layers.includes(DEMANDS) && app.catalog.tiles[DEMANDS] && content(app));
  app.state.subscribe((_, changed) => ['layers', 'lang', ...NARROWS].some((key) => changed.has(key)) && render());
  render();
}

function content(app) {
  const { theme, status, stage, period } = app.state.value;
  const themes = theme ? [theme] : app.catalog.themes;
  const narrowed = [
    status && app.t(`statuses.${status}`),
    stage && app.t(`stages.${stage}`),
    period && formatPeriod(period, app.lang()),
  ];
  return h(
    'section',
    { class: 'legend demand-legend', 'aria-label': app.t('demands') },
    h('h2', { class: 'legend-title' }, app.t('demands')),
    narrowed.some(Boolean) && h('p', { class: 'muted' }, narrowed.filter(Boolean).join(' · ')),
    h(
      'ul',
      {},
      themes.map((one) => row(app, one)),
    ),
    h('p', { class: 'muted' }, app.t('demand.sizes')),
  );
}

function row(app, theme) {
  const mark = h('span', { class: 'mark' });
  mark.style.background = themeColor(app.catalog.themes, theme);
  return h('li', {}, mark, app.t(`themes.${theme}`));
}
