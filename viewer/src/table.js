/** The map in words: every value of the shown indicator in a table that sorts, for readers who do not see the map. */
import { hrefOf, select } from './app.js';
import { passes } from './classify.js';
import { fill, h, refill } from './dom.js';
import { icon } from './icons.js';
import { formatNumber, formatUnit } from './numbers.js';
import { comparison, ranked } from './ranking.js';

// A table of tens of thousands of rows would stop the browser; the rest comes in portions, or as a file.
const PORTION_ROWS = 500;

/** @param {import('./app.js').App} app @param {HTMLDialogElement} dialog @param {HTMLElement} opener holds the button */
export function createTable(app, dialog, opener) {
  let order = { column: 'value', rising: false };
  let limit = PORTION_ROWS;

  function render() {
    const { indicator, level } = app.figures.value;
    if (!dialog.open || !indicator) return;
    const rows = ranked(app.figures.value.rows).sort(comparison(order, app.lang()));
    refill(
      dialog,
      head(app, dialog, indicator, level),
      tableOf(app, dialog, rows.slice(0, limit), order, sortBy),
      more(rows.length),
    );
  }

  function more(total) {
    const left = Math.min(total - limit, PORTION_ROWS);
    const show = () => ((limit += PORTION_ROWS), render());
    return (
      left > 0 &&
      h(
        'button',
        { id: 'table-more', type: 'button', class: 'button', onclick: show },
        app.t('tableMore', { count: left }),
      )
    );
  }

  function sortBy(column) {
    order = { column, rising: order.column === column ? !order.rising : column === 'name' || column === 'key' };
    render();
  }

  function open() {
    limit = PORTION_ROWS;
    dialog.showModal();
    render();
  }

  const button = () =>
    fill(
      opener,
      app.indicators.length > 0 &&
        h(
          'button',
          { id: 'open-table', type: 'button', class: 'button', onclick: open },
          icon('table'),
          app.t('openTable'),
        ),
    );
  // A click on the dialog itself, and not on what it holds, is a click on the backdrop.
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
  // Escape closes the dialog only, not the card beneath it.
  dialog.addEventListener('keydown', (event) => event.key === 'Escape' && event.stopPropagation());
  app.figures.subscribe(render);
  app.state.subscribe((_, changed) => changed.has('lang') && (button(), render()));
  button();
}

function head(app, dialog, indicator, level) {
  const title = app.t('tableTitle', {
    indicator: app.title(indicator),
    level: app.levelTitle(level).toLocaleLowerCase(app.lang()),
  });
  const file = (format, words) =>
    h(
      'a',
      {
        class: 'button',
        href: app.api.valuesFile(indicator.id, level, format),
        download: `${indicator.id}-${level}.${format}`,
        'aria-label': app.t('download', { format: words }),
      },
      icon('download'),
      words,
    );
  return h(
    'header',
    { class: 'table-head' },
    h('h2', { id: 'table-title', tabindex: '-1' }, title),
    h(
      'p',
      { class: 'table-tools' },
      file('csv', 'CSV'),
      file('geojson', 'GeoJSON'),
      h(
        'button',
        {
          id: 'table-close',
          type: 'button',
          class: 'icon-button',
          'aria-label': app.t('close'),
          onclick: () => dialog.close(),
        },
        icon('close'),
      ),
    ),
  );
}

function tableOf(app, dialog, rows, order, sortBy) {
  const { indicator } = app.figures.value;
  const unit = formatUnit(indicator.unit, app.lang());
  const columns = [
    ['name', app.t('tableName')],
    ['key', app.t('tableKey')],
    ['value', unit ? `${app.t('tableValue')} (${unit})` : app.t('tableValue')],
    ['rank', app.t('tableRank')],
  ];
  const heads = columns.map(([column, words]) => headCell(app, column, words, order, sortBy));
  if (indicator.standard) heads.push(h('th', { scope: 'col' }, app.t('tableStandard')));
  return h(
    'div',
    { class: 'table-scroll' },
    h(
      'table',
      { 'aria-labelledby': 'table-title' },
      h('thead', {}, h('tr', {}, heads)),
      h(
        'tbody',
        {},
        rows.map((row) => tableRow(app, dialog, row, indicator)),
      ),
    ),
  );
}

function headCell(app, column, words, order, sortBy) {
  const sorted = order.column === column;
  const direction = order.rising ? 'ascending' : 'descending';
  const numeric = column === 'value' || column === 'rank';
  return h(
    'th',
    { scope: 'col', class: numeric ? 'number' : null, 'aria-sort': sorted ? direction : null },
    h(
      'button',
      {
        id: `sort-${column}`,
        type: 'button',
        title: app.t('tableSort', { column: words }),
        onclick: () => sortBy(column),
      },
      words,
      h('span', { class: `arrow ${sorted ? direction : ''}`, 'aria-hidden': 'true' }),
    ),
  );
}

function tableRow(app, dialog, row, indicator) {
  const level = app.figures.value.level;
  const go = (event) => (event.preventDefault(), dialog.close(), select(app, { level, key: row.key }));
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('a', { href: hrefOf(app, { level, key: row.key }), onclick: go }, row.name ?? row.key)),
    h('td', {}, row.key),
    h('td', { class: 'number' }, formatNumber(row.value, app.lang()) ?? missing(app, row)),
    h('td', { class: 'number' }, row.rank && formatNumber(row.rank, app.lang())),
    indicator.standard && h('td', {}, verdict(app, passes(row.value, indicator.standard))),
  );
}

function verdict(app, passing) {
  if (passing === null) return null;
  const [kind, sign, words] = passing ? ['passes', 'check', app.t('passes')] : ['fails', 'cross', app.t('fails')];
  return h('span', { class: `verdict verdict-${kind}` }, icon(sign), words);
}

function missing(app, { suppressed }) {
  return h('span', { class: 'muted' }, app.t(suppressed ? 'hidden' : 'noData'));
}
