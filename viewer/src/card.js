/** The card of a territory: where it belongs, all its figures against its peers and the standards, and what it demands. */
import { hrefOf, select } from './app.js';
import { revealCard } from './card-place.js';
import { createTerritoryDemands } from './demands/territory.js';
import { fill, h, refill } from './dom.js';
import { createExplanations } from './explanation.js';
import { icon } from './icons.js';
import { standardRule } from './legend.js';
import { keepInSight, showBounds } from './map.js';
import { formatNumber, formatQuantity, formatUnit } from './numbers.js';
import { comparedWithToday } from './what-if-words.js';

const LISTED_MAX = 12;

/** @param {import('./app.js').App} app @param {HTMLElement} root the `aside` that holds the card */
export function createCard(app, root) {
  let card = null;
  let disclosure = null;
  let asked = new AbortController();
  let opener = null;
  const demands = createTerritoryDemands(app, render);

  async function open(move, quiet = false) {
    const { territory } = app.state.value;
    asked.abort();
    asked = new AbortController();
    if (!territory) return close();
    if (root.hidden) opener = document.activeElement;
    reveal(true);
    const { signal } = asked;
    const found = await app.status.during(
      app.t('theCard'),
      () => app.api.territory(territory, signal),
      () => open(move, quiet),
    );
    // Whoever asked after this has the card now.
    if (signal.aborted) return;
    if (!found) return card ? undefined : reveal(false);
    card = found;
    disclosure = createExplanations(app, card);
    demands.ask(card, signal);
    render();
    if (quiet) return;
    root.scrollTop = 0;
    root.querySelector('h2').focus({ preventScroll: true });
    if (move) showCard();
    else if (app.map && card.bounds) keepInSight(app.map, card.bounds);
  }

  function close() {
    card = null;
    reveal(false);
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  function reveal(on) {
    revealCard(root, on);
    if (on && !card) fill(root, h('p', { class: 'muted' }, app.t('cardLoading')));
  }

  function render() {
    if (!card) return;
    root.setAttribute('aria-label', app.t('card', { name: card.name ?? card.key }));
    refill(
      root,
      head(app, card, showCard),
      figureList(app, card, disclosure),
      demandList(app, card),
      demands.sections(),
      childList(app, card),
    );
  }

  const showCard = () => app.map && card.bounds && showBounds(app.map, card.bounds);

  app.state.subscribe((value, changed, how) => {
    if (changed.has('territory')) open(how.move && !(how.fromAddress && value.view));
    else if (['lang', 'indicator'].some((key) => changed.has(key))) render();
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && app.state.value.territory)
      app.state.set({ territory: null });
  });
  if (app.state.value.territory) open(!app.state.value.view);
  return { reload: () => app.state.value.territory && open(false, true) };
}

function head(app, card, showCard) {
  const area = Number.isFinite(card.area_ha) && app.t('area', { area: card.area_ha });
  return [
    h(
      'button',
      {
        id: 'card-close',
        type: 'button',
        class: 'icon-button card-close',
        'aria-label': app.t('close'),
        onclick: () => app.state.set({ territory: null }),
      },
      icon('close'),
    ),
    h('p', { class: 'card-level' }, app.levelTitle(card.level)),
    h('h2', { id: 'card-name', tabindex: '-1' }, card.name ?? card.key),
    h(
      'p',
      { class: 'muted' },
      parentLink(app, card.parent),
      [card.key !== card.name && card.key, area].filter(Boolean).join(' · '),
    ),
    app.map &&
      h(
        'button',
        { id: 'card-zoom', type: 'button', class: 'button', onclick: showCard },
        icon('frame'),
        app.t('zoomTo'),
      ),
    h(
      'a',
      {
        id: 'card-report',
        class: 'button',
        href: app.api.report(card, app.lang()),
        target: '_blank',
        rel: 'noopener',
      },
      icon('page'),
      app.t('report'),
    ),
  ];
}

function parentLink(app, parent) {
  return parent && [`${app.t('belongsTo')} `, territoryLink(app, parent), ' · '];
}

function territoryLink(app, territory) {
  const go = (event) => (event.preventDefault(), select(app, territory));
  return h('a', { href: hrefOf(app, territory), onclick: go }, territory.name ?? territory.key);
}

function figureList(app, card, disclosure) {
  if (!card.indicators?.length) return null;
  return h(
    'section',
    { 'aria-labelledby': 'card-figures' },
    h('h3', { id: 'card-figures', title: app.t('rankHelp') }, app.t('figures')),
    h(
      'ul',
      { class: 'figures' },
      card.indicators.map((one) => figure(app, one, disclosure)),
    ),
  );
}

function figure(app, one, disclosure) {
  const shown = app.state.value.indicator === one.id;
  const name = app.title(one);
  const show = () => app.state.set({ indicator: one.id, heatmap: null });
  return h(
    'li',
    { class: shown ? 'figure is-shown' : 'figure', 'data-indicator': one.id },
    h(
      'button',
      {
        id: `figure-${one.id}`,
        type: 'button',
        class: 'figure-name',
        'aria-pressed': String(shown),
        title: app.t('showOnMap', { indicator: name }),
        onclick: show,
      },
      name,
    ),
    h('p', { class: 'figure-value' }, valueOf(app, one)),
    h('p', { class: 'figure-rank' }, rankOf(app, one)),
    comparedWithToday(app, one),
    h('p', { class: 'figure-whole muted' }, wholeOf(app, one)),
    verdict(app, one),
    disclosure(one),
  );
}

function valueOf(app, { value, unit, suppressed }) {
  const number = formatNumber(value, app.lang());
  if (number === null) return h('span', { class: 'muted' }, app.t(suppressed ? 'hidden' : 'noData'));
  return [h('data', { value }, number), h('span', { class: 'unit' }, ` ${formatUnit(unit, app.lang())}`)];
}

function rankOf(app, { rank, count }) {
  if (!rank) return null;
  return app.t('rank', { rank, count });
}

function wholeOf(app, { whole, unit }) {
  return Number.isFinite(whole) ? app.t('whole', { value: formatQuantity(whole, unit, app.lang()) }) : null;
}

function verdict(app, one) {
  if (!one.standard) return null;
  const rule = standardRule(app, one);
  if (one.passes == null) return h('p', { class: 'verdict' }, app.t('standard', { rule }));
  const [kind, sign, words] = one.passes ? ['passes', 'check', app.t('passes')] : ['fails', 'cross', app.t('fails')];
  return h(
    'p',
    { class: `verdict verdict-${kind}`, title: one.standard.source },
    icon(sign),
    h('strong', {}, words),
    ` ${rule}`,
  );
}

function demandList(app, card) {
  const demands = card.demands ?? [];
  if (demands.length === 0) return null;
  const total = demands.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, ...demands.map(({ count }) => count));
  return h(
    'section',
    { 'aria-labelledby': 'card-demands' },
    h('h3', { id: 'card-demands' }, app.t('demands')),
    total === 0
      ? h('p', { class: 'muted' }, app.t('demandsNone'))
      : h(
          'ul',
          { class: 'demands' },
          demands.filter(({ count }) => count > 0).map((demand) => demandRow(app, demand, most)),
        ),
  );
}

function demandRow(app, { theme, count, votes }, most) {
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(count / most) * 100}%`;
  return h(
    'li',
    {},
    h('span', {}, app.t(`themes.${theme}`)),
    h('span', { class: 'bar-track' }, bar),
    h(
      'span',
      { class: 'muted' },
      [app.t('demandsCount', { count }), votes != null && app.t('votes', { count: votes })].filter(Boolean).join(' · '),
    ),
  );
}

function childList(app, card) {
  const children = card.children ?? [];
  if (children.length === 0) return null;
  const list = h(
    'ul',
    { class: 'children' },
    children.map((child) => h('li', {}, territoryLink(app, child))),
  );
  if (children.length <= LISTED_MAX) return h('section', {}, h('h3', {}, app.t('contains')), list);
  return h('details', { class: 'section' }, h('summary', {}, app.t('containsCount', { count: children.length })), list);
}
