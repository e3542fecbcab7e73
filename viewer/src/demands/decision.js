/**
 * Deciding about a demand: its stage, its status and the reasons. For those who may; a change that somebody else made
 * meanwhile is shown before anything is written over it.
 */
import { h } from '../dom.js';
import { differences } from './history.js';
import { isRefused, problemWords } from './trouble.js';

const CHANGED_MEANWHILE = 412;
const FIELDS = ['stage', 'status', 'decision'];
const DECISION_MAX = 10_000;

/**
 * @param {import('../app.js').App} app
 * @param {{changed: () => void, replaced: (demand: object, etag: string) => void, render: () => void}} hears of a change
 *   that the server has taken, of one that somebody else made, and when to draw anew
 */
export function createDecision(app, { changed, replaced, render }) {
  let base = null;
  let etag = null;
  let draft = {};
  let sending = false;
  let problem = null;
  let theirs = [];

  /** Begins with a demand as the server has it; what was written for the same demand stays. */
  function open(demand, tag) {
    if (base?.id !== demand.id) {
      draft = {};
      theirs = [];
      problem = null;
    }
    base = demand;
    etag = tag;
  }

  const valueOf = (field) => draft[field] ?? base[field] ?? '';
  const patch = () => patchOf(base, draft);

  async function send(event) {
    event.preventDefault();
    if (sending || Object.keys(patch()).length === 0) return;
    sending = true;
    problem = null;
    render();
    try {
      await app.register.change(base.id, patch(), etag);
      draft = {};
      theirs = [];
      app.status.say(app.t('decision.saved'));
      changed();
    } catch (error) {
      if (error.status === CHANGED_MEANWHILE) await showTheirs();
      else fail(error);
    }
    sending = false;
    render();
    document.getElementById('decide-problem')?.scrollIntoView({ block: 'nearest' });
  }

  // Without its token the form goes, but what is written in it stays for whoever signs in again.
  function fail(error) {
    problem = problemWords(app, error);
    if (!isRefused(error)) return;
    app.status.complain(problem);
    app.session.signOut();
  }

  // What is there now becomes the base: sending once more is a decision taken knowing it.
  async function showTheirs() {
    try {
      const { body, etag: now } = await app.register.demand(base.id);
      theirs = differences(app, changesBetween(base, body));
      base = body;
      etag = now;
      replaced(body, now);
      problem = app.t('decision.meanwhile');
    } catch (error) {
      problem = problemWords(app, error);
    }
  }

  function panel() {
    if (!base || !app.session.decides()) return null;
    const set =
      (field) =>
      ({ target }) =>
        (draft = { ...draft, [field]: target.value });
    return h(
      'form',
      { class: 'decision', onsubmit: send },
      h('h3', {}, app.t('decision.title')),
      choice('stage', app.catalog.demands.stages, 'stages'),
      choice('status', app.catalog.demands.statuses, 'statuses'),
      labelled(
        'decision',
        h(
          'textarea',
          { id: 'decide-decision', rows: 3, maxlength: DECISION_MAX, oninput: set('decision') },
          valueOf('decision'),
        ),
      ),
      problem &&
        h(
          'div',
          { id: 'decide-problem', class: 'form-problem', role: 'alert' },
          h('p', {}, problem),
          theirs.length > 0 &&
            h(
              'ul',
              {},
              theirs.map((line) => h('li', {}, line)),
            ),
        ),
      h(
        'button',
        { id: 'decide-send', class: 'button button-main', 'aria-disabled': sending ? 'true' : null },
        app.t(theirs.length > 0 ? 'decision.anyway' : 'decision.save'),
      ),
    );

    function choice(field, values, words) {
      const option = (value) => h('option', { value, selected: value === valueOf(field) }, app.t(`${words}.${value}`));
      return labelled(field, h('select', { id: `decide-${field}`, onchange: set(field) }, values.map(option)));
    }

    function labelled(field, control) {
      return h(
        'div',
        { class: 'field' },
        h('label', { for: `decide-${field}` }, app.t(`demand.fields.${field}`)),
        control,
      );
    }
  }

  return { open, panel };
}

/** What of a draft differs from the demand; an empty text takes a decision back. */
export function patchOf(base, draft) {
  const entries = FIELDS.filter((field) => draft[field] !== undefined && draft[field] !== (base[field] ?? ''));
  return Object.fromEntries(entries.map((field) => [field, draft[field] === '' ? null : draft[field]]));
}

/** Every field that differs, with its value before and after, as the history has them. */
export function changesBetween(before, after) {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = fields.filter(
    (field) => JSON.stringify(before[field] ?? null) !== JSON.stringify(after[field] ?? null),
  );
  return Object.fromEntries(differing.map((field) => [field, [before[field], after[field]]]));
}
