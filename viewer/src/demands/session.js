/**
 * Who is writing: the token, kept for this tab only, never in an address, and what the server says of it.
 *
 * @typedef {object} Session
 * @property {string|null} token
 * @property {string|null} name of the token's owner; null while nobody has signed in
 * @property {'facilitator'|'coordinator'|'admin'|null} role
 * @property {string[]} communes that it may write for; empty: all
 */
import { createStore } from '../store.js';
import { keepInTab, keptInTab } from '../tab-storage.js';

const KEPT_AS = 'comarca-token';
const NOBODY = { token: null, name: null, role: null, communes: [] };
const REFUSED = 401;

export function createSession() {
  const session = createStore(NOBODY);

  function signOut() {
    keepInTab(KEPT_AS, null);
    session.set(NOBODY);
  }

  /** Signs in with a token that the server knows. Throws what it answers; a refused token is forgotten. */
  async function signIn(token, register) {
    try {
      const { name, role, communes } = await register.session(token);
      keepInTab(KEPT_AS, token);
      session.set({ token, name, role, communes: communes ?? [] });
    } catch (error) {
      if (error.status === REFUSED) signOut();
      throw error;
    }
  }

  return Object.assign(session, {
    signOut,
    signIn,
    /** Signs in anew with the token that this tab has kept, if it has one. Without an answer it stays for the next time. */
    async resume(register) {
      const token = keptInTab(KEPT_AS);
      if (token) await signIn(token, register).catch(() => {});
    },
    /** Whether this session may decide about demands. */
    decides: () => ['coordinator', 'admin'].includes(session.value.role),
  });
}
