/**
 * Search of territories by name or key: a combobox after the ARIA authoring practices. Arrows walk the list, Enter opens
 * the card, Escape closes the list and then empties the box. The server folds accents and case.
 */
import { hrefOf, select } from './app.js';
import { fill, h } from './dom.js';

const PAUSE_MS = 180;
const QUERY_LENGTH_MAX = 80;

/** @param {import('./app.js').App} app */
export function createSearch(app, root) {
  const input = h('input', {
    id: 'search',
    type: 'search',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: QUERY_LENGTH_MAX,
    'aria-autocomplete': 'list',
    'aria-controls': 'search-list',
    'aria-expanded': 'false',
  });
  const list = h('ul', { id: 'search-list', role: 'listbox', class: 'search-list', hidden: true });
  const note = h('p', { class: 'visually-hidden', role: 'status' });
  root.append(input, list, note);
  let matches = [];
  let active = -1;
  let asked = new AbortController();
  let timer = 0;

  function name() {
    input.setAttribute('aria-label', app.t('search'));
    input.setAttribute('placeholder', app.t('search'));
    list.setAttribute('aria-label', app.t('searchResults'));
  }

  async function ask() {
    const query = input.value.trim();
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    if (!query) return close();
    const found = await app.status.during(app.t('theSearch'), () => app.api.search(query, signal));
    if (found && !signal.aborted) show(found, query);
  }

  function show(found, query) {
    matches = found;
    active = -1;
    fill(list, found.length > 0 ? found.map(option) : h('li', { class: 'muted' }, app.t('searchNone', { query })));
    fill(note, found.length > 0 ? app.t('searchCount', { count: found.length }) : app.t('searchNone', { query }));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    input.removeAttribute('aria-activedescendant');
  }

  function option(match, i) {
    const where = [app.levelTitle(match.level), match.parent?.name].filter(Boolean).join(' · ');
    return h(
      'li',
      { id: `search-${i}`, role: 'option', 'aria-selected': 'false' },
      h(
        'a',
        { href: hrefOf(app, match), tabindex: '-1', onclick: (event) => (event.preventDefault(), choose(i)) },
        match.name ?? match.key,
        h('small', {}, where),
      ),
    );
  }

  function walk(step) {
    if (list.hidden || matches.length === 0) return;
    active = (active + step + matches.length + (active < 0 && step < 0 ? 1 : 0)) % matches.length;
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === active)));
    list.children[active].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', `search-${active}`);
  }

  function choose(i) {
    const match = matches[i];
    if (!match) return;
    input.value = '';
    close();
    select(app, match);
  }

  function close() {
    matches = [];
    list.hidden = true;
    fill(list);
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function escape(event) {
    if (list.hidden && !input.value) return;
    event.stopPropagation();
    if (list.hidden) input.value = '';
    else close();
  }

  const keys = {
    ArrowDown: () => walk(1),
    ArrowUp: () => walk(-1),
    Enter: () => choose(Math.max(active, 0)),
    Escape: escape,
  };
  input.addEventListener('keydown', (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key](event);
  });
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  root.addEventListener('focusout', ({ relatedTarget }) => root.contains(relatedTarget) || close());
  app.state.subscribe((_, changed) => changed.has('lang') && (close(), name()));
  name();
}
