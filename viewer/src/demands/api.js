/**
 * The register of demands over HTTP. Reads need nothing; writes need the token of the session.
 *
 * @typedef {object} Demand
 * @property {string} id
 * @property {string} theme
 * @property {string} title
 * @property {string} [description]
 * @property {{coordinates: [number, number]}|null} location
 * @property {Record<string, string>} territories key by level
 * @property {number} votes
 * @property {string} stage
 * @property {string} status
 * @property {number} version
 */
import { problemOf } from '../api.js';

const REFUSED = 401;

/** @param {string} base address of the page @param {ReturnType<import('./session.js').createSession>} session */
export function createRegister(base, session) {
  const name = encodeURIComponent;
  const at = (path, query = {}) => {
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
    return new URL(`${path}?${new URLSearchParams(given)}`.replace(/\?$/, ''), base).href;
  };

  async function ask(path, { query, signal, method = 'GET', body, headers = {}, token = session.value.token } = {}) {
    const response = await fetch(at(path, query), {
      signal,
      method,
      body: body && JSON.stringify(body),
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
    if (!response.ok) throw await problemOf(response);
    return { body: await response.json(), etag: response.headers.get('etag') };
  }

  // What anyone may read is read also when the token has lapsed.
  async function askAnyway(path, options) {
    try {
      return await ask(path, options);
    } catch (error) {
      if (error.status !== REFUSED || !session.value.token) throw error;
      session.signOut();
      return ask(path, options);
    }
  }

  const read = (path, query, signal) => askAnyway(path, { query, signal }).then(({ body }) => body);

  return {
    summary: (query, signal) => read('demands/summary', query, signal),
    priorities: (query, signal) => read('demands/priorities', query, signal),
    assemblies: (query, signal) => read('assemblies', query, signal),
    history: (id, signal) => read(`demands/${name(id)}/history`, {}, signal).then((body) => body.changes),
    /** Who the token is; 401 for one that is unknown or no longer good. */
    session: (token) => ask('session', { token }).then(({ body }) => body),
    /** A demand with its ETag, which a change must name. */
    demand: (id, signal) => askAnyway(`demands/${name(id)}`, { signal }),
    document: (id) => at(`demands/${name(id)}`),
    /** Registers a demand once, however often it is sent with the same key. */
    create: (demand, key) =>
      ask('demands', {
        method: 'POST',
        body: demand,
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
      }),
    /** Changes what `patch` names, if nobody has changed the demand since `etag`; else 412. */
    change: (id, patch, etag) =>
      ask(`demands/${name(id)}`, {
        method: 'PATCH',
        body: patch,
        headers: { 'content-type': 'application/merge-patch+json', 'if-match': etag },
      }),
  };
}
