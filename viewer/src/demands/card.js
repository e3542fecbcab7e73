/** The card of a demand: what is asked for and where, how far it has come, what was decided and what happened to it. */
import { hrefOf } from '../app.js';
import { closeOnEscape, revealCard } from '../card-place.js';
import { fill, h, refill } from '../dom.js';
import { icon } from '../icons.js';
import { formatQuantity } from '../numbers.js';
import { formatDay } from '../time/words.js';
import { themeColor } from './colors.js';
import { createDecision } from './decision.js';
import { historyList } from './history.js';
import { signInButton } from './proposal-form.js';
import { stageLadder, statusSteps } from './steps.js';

const NOT_FOUND = 404;

/** @param {import('../app.js').App} app @param {HTMLElement} root the `aside` that holds the card */
export function createDemandCard(app, root) {
  let shown = null;
  let asked = new AbortController();
  let opener = null;
  const decision = createDecision(app, { changed: take, replaced, render });

  async function open(quiet = false) {
    const { demand: id } = app.state.value;
    asked.abort();
    asked = new AbortController();
    if (!id) return close();
    if (root.hidden) opener = document.activeElement;
    if (shown?.demand.id !== id) {
      shown = null;
      fill(root, h('p', { class: 'muted' }, app.t('cardLoading')));
    }
    revealCard(root, true);
    const { signal } = asked;
    const found = await app.status.during(app.t('demand.theDemand'), () => fetchAll(app, id, signal), open);
    if (signal.aborted) return;
    if (!found) return shown || app.state.set({ demand: null });
    shown = found;
    decision.open(shown.demand, shown.etag);
    render();
    if (quiet) return;
    root.scrollTop = 0;
    root.querySelector('h2').focus({ preventScroll: true });
  }

  function close() {
    shown = null;
    revealCard(root, false);
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  /** A demand as the server has it now; what belongs to it is asked for anew. */
  function take() {
    app.live.look();
    open(true);
  }

  function replaced(demand, etag) {
    shown = { ...shown, demand, etag };
  }

  function render() {
    if (!shown) return;
    root.setAttribute('aria-label', app.t('demand.card', { id: shown.demand.id }));
    refill(
      root,
      head(app, shown),
      progress(app, shown.demand),
      decided(app, shown.demand),
      decision.panel(),
      app.proposal && !app.session.value.name && h('p', { class: 'muted sign-in-line' }, signInButton(app)),
      history(app, shown),
      links(app, shown.demand),
    );
  }

  app.state.subscribe((_, changed) => {
    if (changed.has('demand')) open();
    else if (changed.has('lang')) render();
  });
  app.session.subscribe(() => app.state.value.demand && open(true));
  closeOnEscape(root, () => app.state.set({ demand: null }));
  if (app.state.value.demand) open();
  return { reload: () => app.state.value.demand && open(true) };
}

/** The demand with its history and the names of its territories. What is not found is told, not retried. */
async function fetchAll(app, id, signal) {
  const { body: demand, etag } = await app.register.demand(id, signal).catch((error) => {
    if (error.status !== NOT_FOUND) throw error;
    app.status.complain(app.t('demand.gone', { id }));
    throw new DOMException(error.message, 'AbortError');
  });
  const optional = (promise, otherwise) => promise.catch(() => otherwise);
  const [changes, territories] = await Promise.all([
    optional(app.register.history(id, signal), []),
    Promise.all(territoriesOf(app, demand).map((one) => optional(named(app, one, signal), one))),
  ]);
  return { demand, etag, changes, territories };
}

/** Where the demand stands, from the finest level up; the whole territory says nothing. */
function territoriesOf(app, { territories = {} }) {
  const levels = app.catalog.levels.slice(0, -1).map(({ id }) => id);
  return levels.filter((level) => territories[level]).map((level) => ({ level, key: territories[level] }));
}

async function named(app, territory, signal) {
  const found = await app.api.search(territory.key, signal);
  return found.find(({ level, key }) => level === territory.level && key === territory.key) ?? territory;
}

function head(app, { demand, territories }) {
  const mark = h('span', { class: 'mark' });
  mark.style.background = themeColor(app.catalog.themes, demand.theme);
  const close = () => app.state.set({ demand: null });
  return [
    h(
      'button',
      {
        id: 'demand-close',
        type: 'button',
        class: 'icon-button card-close',
        'aria-label': app.t('close'),
        onclick: close,
      },
      icon('close'),
    ),
    h('p', { class: 'card-level demand-theme' }, mark, app.t(`themes.${demand.theme}`), ` · ${demand.id}`),
    h('h2', { id: 'demand-name', tabindex: '-1' }, demand.title),
    h('p', { class: 'demand-votes' }, h('strong', {}, app.t('votes', { count: demand.votes }))),
    territories.length > 0 &&
      h(
        'p',
        { class: 'muted' },
        `${app.t('belongsTo')} `,
        territories.map((one, i) => [i > 0 && ' · ', territoryLink(app, one)]),
      ),
    demand.description && h('p', { class: 'demand-text' }, demand.description),
    raised(app, demand),
  ];
}

// One step, so that Back returns to the demand.
function territoryLink(app, { level, key, name }) {
  const go = (event) => {
    event.preventDefault();
    app.state.set({ demand: null, territory: { level, key }, level }, { move: true });
  };
  return h('a', { href: hrefOf(app, { level, key }), onclick: go }, name ?? key);
}

function raised(app, { assembly, created }) {
  const day = formatDay(assembly?.date ?? created, app.lang());
  const words = assembly ? app.t('demand.raisedAt', { assembly: assembly.id, day }) : app.t('demand.raised', { day });
  return day && h('p', { class: 'muted' }, words);
}

function progress(app, demand) {
  return [
    h('h3', {}, app.t('demand.stage')),
    stageLadder(app, demand),
    mentions(app, demand),
    h('h3', {}, app.t('demand.status')),
    statusSteps(app, demand),
  ];
}

/** The same demand as it was named elsewhere: linked, and not counted again. */
function mentions(app, { same_as: same, mentions: others = [] }) {
  const linked = [
    ...(same ? [[same, app.t('demand.sameAs', { id: same })]] : []),
    ...others.map(({ id, stage, votes }) => [
      id,
      `${app.t(`stages.${stage}`)}: ${id} · ${app.t('votes', { count: votes })}`,
    ]),
  ];
  if (linked.length === 0) return null;
  const link = ([id, words]) =>
    h('li', {}, h('button', { type: 'button', class: 'link', onclick: () => app.state.set({ demand: id }) }, words));
  return [h('p', { class: 'muted' }, app.t('demand.mentions')), h('ul', {}, linked.map(link))];
}

function decided(app, demand) {
  const { decision, project, cost, beneficiaries, funding } = demand;
  const facts = [
    ['decision', decision],
    ['project', project],
    ['cost', cost == null ? null : app.t('demand.pesos', { amount: cost })],
    ['beneficiaries', beneficiaries == null ? null : formatQuantity(beneficiaries, 'persons', app.lang())],
    ['funding', funding],
  ].filter(([, value]) => value);
  if (facts.length === 0) return null;
  return [
    h('h3', {}, app.t('demand.decided')),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([field, words]) => [h('dt', {}, app.t(`demand.fields.${field}`)), h('dd', {}, words)]),
    ),
  ];
}

function history(app, { changes }) {
  if (changes.length === 0) return null;
  return h(
    'details',
    { class: 'section', open: changes.length > 1 },
    h('summary', { id: 'demand-history' }, app.t('demand.history')),
    historyList(app, changes),
  );
}

function links(app, demand) {
  return h(
    'p',
    { class: 'demand-links' },
    h('a', { href: app.register.document(demand.id), target: '_blank', rel: 'noopener' }, app.t('demand.document')),
  );
}
