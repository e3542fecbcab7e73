/**
 * What every part of the page shares: the server, the project, what the reader chose, and how to say things.
 *
 * @typedef {object} App
 * @property {ReturnType<import('./api.js').createApi>} api
 * @property {import('./api.js').Catalog} catalog
 * @property {import('./api.js').Indicator[]} indicators
 * @property {import('./store.js').Store<import('./state.js').State>} state
 * @property {import('./store.js').Store<import('./figures.js').Figures> & {load: () => Promise<void>}} figures
 * @property {import('./status.js').Status} status
 * @property {import('maplibre-gl').Map|null} map null where the browser cannot draw one
 * @property {(key: string, values?: object) => string} t the page's text in the reader's language
 * @property {(thing: object) => string} title a title of the project in the reader's language
 * @property {(id: string) => string} levelTitle
 * @property {(id: string) => string} layerTitle
 * @property {() => string} lang
 * @property {ReturnType<import('./demands/api.js').createRegister>} register of demands
 * @property {ReturnType<import('./demands/session.js').createSession>} session of whoever writes into it
 * @property {ReturnType<import('./demands/proposal.js').createProposal>} [proposal] where the register can be written
 * @property {{look: () => Promise<boolean>}} live
 */
import { createRegister } from './demands/api.js';
import { createSession } from './demands/session.js';
import { createFigures } from './figures.js';
import { text, titleOf } from './i18n.js';
import { formatHash, parseHash, settle } from './state.js';
import { createStatus } from './status.js';
import { createStore } from './store.js';

/** @returns {App} without its map */
export function createApp(api, catalog, indicators, statusRoot) {
  const state = createStore(settle(parseHash(location.hash), catalog, indicators, navigator.languages));
  const lang = () => state.value.lang;
  const app = { api, catalog, indicators, state, lang, map: null };
  app.session = createSession();
  app.register = createRegister(document.baseURI, app.session);
  app.t = (key, values) => text(lang(), key, values);
  app.title = (thing) => titleOf(thing, lang());
  app.layerTitle = (id) => layerTitle(app, id);
  app.levelTitle = (id) => app.title(app.catalog.levels.find((level) => level.id === id) ?? { id });
  app.status = createStatus(statusRoot, app.t);
  app.figures = createFigures(app);
  return app;
}

// The register of demands is a layer that no project declares, so none gives it a title.
function layerTitle(app, id) {
  const title = app.title({ id, ...app.catalog.tiles[id] });
  return id === 'demands' && title === id ? app.t('demands') : title;
}

/** Address of the page that shows `territory` beside everything chosen now, for links. */
export function hrefOf(app, { level, key }) {
  return formatHash({ ...app.state.value, territory: { level, key }, demand: null, view: null });
}

/** Opens the card of a territory, on the level it belongs to; `move` brings the map there as well. */
export function select(app, { level, key }, { move = true } = {}) {
  app.state.set({ territory: { level, key }, level }, { move });
}
