/** Keeps the address of the page and the state of the page the same, in both directions. */
import { formatHash, HISTORIC, parseHash, settle } from './state.js';

/** @param {import('./app.js').App} app */
export function bindAddress(app) {
  const { state } = app;
  state.subscribe((value, changed, how) => {
    if (how.fromAddress) return;
    const hash = formatHash(value);
    if (HISTORIC.some((key) => changed.has(key))) history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
  });
  addEventListener('popstate', () => {
    const wanted = settle(parseHash(location.hash), app.catalog, app.indicators, navigator.languages);
    state.set(wanted, { fromAddress: true, move: true });
  });
  history.replaceState(null, '', formatHash(state.value));
}
