/**
 * Proposing a demand, step by step: who writes (a token), what is asked for and where (a form), and what the server says.
 *
 * @typedef {object} Proposal
 * @property {'closed'|'token'|'form'} phase
 * @property {boolean} entering whether the reader only wants to sign in, and proposes nothing
 * @property {boolean} armed the next click on the map is the place
 * @property {boolean} sending
 * @property {import('./draft.js').Draft} draft
 * @property {Record<string, string>} faults by field, in words
 * @property {string|null} problem of the whole form, in words
 * @property {boolean} again whether what failed can be sent once more as it is
 */
import { createStore } from '../store.js';
import { keepInTab, keptInTab } from '../tab-storage.js';
import { bodyOf, faultsOf, fieldOf, isBegun, newDraft, newKey, readDraft } from './draft.js';
import { DEMANDS } from './points.js';
import { isRefused, problemWords } from './trouble.js';

const KEPT_AS = 'comarca-draft';
const CONFLICT = 409;
const QUIET = { faults: {}, problem: null, again: false };

/** @param {import('../app.js').App} app */
export function createProposal(app) {
  const proposal = createStore({
    phase: 'closed',
    entering: false,
    armed: false,
    sending: false,
    draft: readDraft(keptInTab(KEPT_AS)) ?? newDraft(),
    ...QUIET,
  });

  // A reload must not lose what was written.
  function keep(draft) {
    keepInTab(KEPT_AS, isBegun(draft) ? JSON.stringify(draft) : null);
  }

  function write(patch) {
    const draft = { ...proposal.value.draft, ...patch };
    keep(draft);
    proposal.set({ draft });
  }

  function open() {
    const { name } = app.session.value;
    proposal.set({
      phase: name ? 'form' : 'token',
      entering: false,
      armed: Boolean(name) && isWithoutPlace(),
      ...QUIET,
    });
    if (!name) app.session.resume(app.register);
  }

  function isWithoutPlace() {
    const { place, district } = proposal.value.draft;
    return !place && !district;
  }

  async function signIn(token) {
    proposal.set({ sending: true, problem: null });
    try {
      if (!/^[\x21-\x7e]+$/.test(token)) throw Object.assign(new Error('not a token'), { status: 401 });
      await app.session.signIn(token, app.register);
    } catch (error) {
      proposal.set({ problem: problemWords(app, error) });
    }
    proposal.set({ sending: false });
  }

  async function send() {
    const { draft, sending } = proposal.value;
    if (sending) return;
    const faults = Object.entries(faultsOf(draft)).map(([field, text]) => [field, app.t(text)]);
    proposal.set({ ...QUIET, faults: Object.fromEntries(faults) });
    if (faults.length > 0) return;
    proposal.set({ sending: true });
    try {
      const { body } = await app.register.create(bodyOf(draft), draft.key);
      finish(body);
    } catch (error) {
      fail(error);
    }
    proposal.set({ sending: false });
  }

  function finish({ id }) {
    // The next one is likely of the same assembly.
    const { assembly } = proposal.value.draft;
    keep(newDraft());
    proposal.set({ phase: 'closed', armed: false, draft: { ...newDraft(), assembly } });
    const { layers } = app.state.value;
    const others = layers.filter((one) => one !== DEMANDS);
    app.state.set({ demand: id, layers: [...others, DEMANDS] });
    app.live.look();
    app.status.say(app.t('proposal.saved', { id }));
  }

  // The text stays in the form whatever happens.
  function fail(error) {
    if (isRefused(error)) {
      app.session.signOut();
      return proposal.set({ problem: problemWords(app, error) });
    }
    if (error.status === CONFLICT) {
      // An earlier try of this form has arrived, and was something else: this one is another demand.
      write({ key: newKey() });
      return proposal.set({ problem: app.t('proposal.arrived'), again: true });
    }
    const field = error.problem && fieldOf(error.problem);
    if (field) return proposal.set({ faults: { [field]: error.problem.detail ?? error.message } });
    const again = error.status === undefined || error.status >= 500 || error.status === 429;
    return proposal.set({ problem: problemWords(app, error), again });
  }

  app.session.subscribe(({ name }) => {
    const { phase, entering } = proposal.value;
    if (name && phase === 'token')
      proposal.set(entering ? { phase: 'closed' } : { phase: 'form', armed: isWithoutPlace() });
    if (!name && phase === 'form') proposal.set({ phase: 'token', armed: false });
  });

  return Object.assign(proposal, {
    open,
    /** Signs in without proposing anything. */
    enter: () => proposal.set({ phase: 'token', entering: true, ...QUIET }),
    write,
    signIn,
    send,
    close: () => proposal.set({ phase: 'closed', armed: false }),
    arm: (armed) => proposal.set({ armed }),
    /** What the map does; set once there is one. */
    onMap: null,
    /** The place, from a click on the map or from the keyboard. */
    place(place) {
      write({ place, district: null });
      const { location: _, ...faults } = proposal.value.faults;
      proposal.set({ armed: false, faults });
    },
    discard() {
      keep(newDraft());
      proposal.set({ phase: 'closed', armed: false, draft: newDraft() });
    },
  });
}
