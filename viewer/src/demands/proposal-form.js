/** The card in which a demand is proposed: the token first, then the form. */
import { closeOnEscape, revealCard } from '../card-place.js';
import { h, refill } from '../dom.js';
import { icon } from '../icons.js';
import { lowerSheet } from '../page.js';
import { DESCRIPTION_MAX, isBegun, TITLE_MAX, VOTES_MAX } from './draft.js';
import { TEXTS } from '../texts.js';

/** @param {import('../app.js').App} app @param {{button: HTMLElement, card: HTMLElement}} roots what opens it, and the card */
export function createProposalForm(app, { button, card }) {
  const { proposal, session } = app;

  function renderButton() {
    refill(
      button,
      h(
        'button',
        { id: 'propose-open', type: 'button', class: 'button button-main', onclick: open },
        icon('pin'),
        app.t('proposal.open'),
      ),
      h('p', { class: 'muted session' }, session.value.name ? [asWho(app), ' ', signOutButton()] : signInButton(app)),
    );
  }

  // On a narrow screen the card comes up where the controls are.
  function open() {
    lowerSheet();
    proposal.open();
  }

  function signOutButton() {
    return h(
      'button',
      { id: 'sign-out', type: 'button', class: 'link', onclick: session.signOut },
      app.t('session.out'),
    );
  }

  function render() {
    const { phase } = proposal.value;
    const wasOpen = !card.hidden;
    revealCard(card, phase !== 'closed');
    card.setAttribute('aria-label', app.t('proposal.title'));
    document.body.classList.toggle('is-placing', proposal.value.armed);
    refill(card, phase === 'token' && tokenForm(app), phase === 'form' && demandForm(app));
    if (phase === 'closed' && wasOpen) document.getElementById('propose-open')?.focus({ preventScroll: true });
  }

  let phase = null;
  proposal.subscribe((value, changed) => {
    // Typing changes the draft only, and must not draw the fields under the hand anew.
    const redrawn = [...changed].some((key) => key !== 'draft') || isPlaceNew(value);
    if (redrawn) render();
    if (value.phase !== phase && value.phase !== 'closed')
      card.querySelector('#token, h2')?.focus({ preventScroll: true });
    if (changed.has('faults')) card.querySelector('[aria-invalid], [data-invalid]')?.focus();
    phase = value.phase;
  });

  let placed = null;
  function isPlaceNew({ draft: { place, district } }) {
    const now = JSON.stringify([place, district]);
    if (now === placed) return false;
    placed = now;
    return true;
  }

  session.subscribe(() => {
    renderButton();
    render();
  });
  app.state.subscribe((_, changed) => {
    if (changed.has('lang')) renderButton();
    if (changed.has('lang') || changed.has('territory')) render();
  });
  closeOnEscape(card, () => (proposal.value.armed ? proposal.arm(false) : proposal.close()));
  renderButton();
}

function asWho(app) {
  const { name, role } = app.session.value;
  return app.t('session.as', { name, role: app.t(`session.roles.${role}`) });
}

/** For those who want to decide about demands, and propose none. */
export function signInButton(app) {
  const enter = () => (lowerSheet(), app.proposal.enter());
  return h('button', { type: 'button', class: 'link sign-in', onclick: enter }, app.t('session.in'));
}

function head(app, title, words) {
  return [
    h(
      'button',
      {
        id: 'proposal-close',
        type: 'button',
        class: 'icon-button card-close',
        'aria-label': app.t('close'),
        onclick: app.proposal.close,
      },
      icon('close'),
    ),
    h('h2', { tabindex: '-1' }, title),
    h('p', { class: 'muted' }, words),
  ];
}

function tokenForm(app) {
  const { problem, sending, entering } = app.proposal.value;
  const input = h('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': problem ? 'token-problem' : null,
    'aria-invalid': problem ? 'true' : null,
  });
  const enter = (event) => (event.preventDefault(), app.proposal.signIn(input.value.trim()));
  return h(
    'form',
    { class: 'proposal', onsubmit: enter },
    head(app, app.t(entering ? 'session.in' : 'proposal.title'), app.t('session.help')),
    h('div', { class: 'field' }, h('label', { for: 'token' }, app.t('session.token')), input),
    problem && h('p', { id: 'token-problem', class: 'form-problem', role: 'alert' }, problem),
    h(
      'button',
      { id: 'token-send', class: 'button button-main', 'aria-disabled': sending ? 'true' : null },
      icon('key'),
      app.t('session.in'),
    ),
  );
}

function demandForm(app) {
  const { proposal } = app;
  const { draft, problem, again, sending } = proposal.value;
  const send = (event) => (event.preventDefault(), proposal.send());
  return h(
    'form',
    { class: 'proposal', novalidate: true, onsubmit: send },
    head(app, app.t('proposal.title'), asWho(app)),
    place(app),
    field(app, 'theme', themeChoice(app)),
    field(app, 'title', h('input', { type: 'text', maxlength: TITLE_MAX, value: draft.title })),
    field(app, 'description', h('textarea', { rows: 4, maxlength: DESCRIPTION_MAX }, draft.description)),
    h(
      'div',
      { class: 'field-pair' },
      field(
        app,
        'votes',
        h('input', { type: 'number', inputmode: 'numeric', min: 0, max: VOTES_MAX, step: 1, value: draft.votes }),
      ),
      field(app, 'assembly', h('input', { type: 'text', value: draft.assembly })),
    ),
    problem && h('p', { id: 'proposal-problem', class: 'form-problem', role: 'alert' }, problem),
    h(
      'button',
      { id: 'proposal-send', class: 'button button-main', 'aria-disabled': sending ? 'true' : null },
      app.t(sendWords(sending, again)),
    ),
    isBegun(draft) &&
      h(
        'button',
        { id: 'proposal-discard', type: 'button', class: 'button', onclick: proposal.discard },
        app.t('proposal.discard'),
      ),
  );
}

function sendWords(sending, again) {
  return sending ? 'proposal.sending' : again ? 'retry' : 'proposal.send';
}

function themeChoice(app) {
  const { theme } = app.proposal.value.draft;
  const choices = [
    ['', app.t('proposal.chooseTheme')],
    ...app.catalog.demands.themes.map((one) => [one, app.t(`themes.${one}`)]),
  ];
  return h(
    'select',
    {},
    choices.map(([value, words]) => h('option', { value, selected: value === theme }, words)),
  );
}

/** A field of the draft with its label and what is wrong with it. */
function field(app, name, control) {
  const fault = app.proposal.value.faults[name];
  const id = `proposal-${name}`;
  control.id = id;
  control.addEventListener('input', () => app.proposal.write({ [name]: control.value }));
  if (fault) control.setAttribute('aria-invalid', 'true');
  if (fault) control.setAttribute('aria-describedby', `${id}-fault`);
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, app.t(`proposal.fields.${name}`)),
    control,
    fault && faultNote(id, fault),
  );
}

function faultNote(id, fault) {
  return h('p', { id: `${id}-fault`, class: 'field-fault' }, fault);
}

/** Where: a click on the map, its middle, or the territory whose card is open. */
function place(app) {
  const { proposal, state, map } = app;
  const { draft, armed, faults } = proposal.value;
  const finest = app.catalog.levels[0]?.id;
  const { territory } = state.value;
  const button = (id, attributes, onclick, ...words) =>
    h('button', { id, type: 'button', class: 'button', ...attributes, onclick }, words);
  return h(
    'fieldset',
    {
      id: 'proposal-location',
      class: 'field',
      tabindex: '-1',
      'data-invalid': faults.location ? 'true' : null,
      'aria-describedby': 'proposal-place',
    },
    h('legend', {}, app.t('proposal.fields.location')),
    h(
      'p',
      { id: 'proposal-place', class: draft.place || draft.district ? 'proposal-placed' : 'muted', role: 'status' },
      placeWords(app, draft, armed),
    ),
    faults.location && faultNote('proposal-location', faults.location),
    h(
      'div',
      { class: 'proposal-tools' },
      map &&
        proposal.onMap &&
        button(
          'proposal-arm',
          { 'aria-pressed': String(armed) },
          () => proposal.arm(!armed),
          icon('pin'),
          app.t('proposal.onMap'),
        ),
      map &&
        proposal.onMap &&
        button('proposal-centre', {}, () => proposal.onMap.placeAtCentre(), icon('frame'), app.t('proposal.atCentre')),
      territory?.level === finest &&
        button(
          'proposal-district',
          {},
          () => proposal.write({ place: null, district: territory.key }),
          app.t('proposal.inTerritory', { territory: nameOf(app, territory.key) }),
        ),
    ),
  );
}

function placeWords(app, { place, district }, armed) {
  if (armed) return app.t('proposal.armed');
  if (district) return app.t('proposal.inTerritory', { territory: nameOf(app, district) });
  if (!place) return app.t('proposal.noPlace');
  // Five digits after the point are a metre.
  const degrees = new Intl.NumberFormat(TEXTS[app.lang()].locale, {
    minimumFractionDigits: 5,
    maximumFractionDigits: 5,
  });
  return app.t('proposal.placed', { lat: degrees.format(place.lat), lng: degrees.format(place.lng) });
}

/** The name of a territory of the level that is shown; else its key. */
function nameOf(app, key) {
  return app.figures.value.byKey.get(key)?.name ?? key;
}
