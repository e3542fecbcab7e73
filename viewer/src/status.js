/**
 * What the page is doing and what went wrong, in words: a line while something loads, an alert when it fails.
 *
 * @typedef {object} Status
 * @property {(what: string, work: () => Promise<T>, retry?: () => void) => Promise<T|undefined>} during runs `work`,
 *   saying that `what` loads; a failure is told with a button to retry and gives undefined. Aborted work is silent.
 * @property {(message: string) => void} say a passing remark
 * @property {(message: string, retry?: () => void) => void} complain
 * @property {() => boolean} busy
 */
import { fill, h } from './dom.js';
import { icon } from './icons.js';

const REMARK_MS = 6000;

/** @returns {Status} */
export function createStatus(root, t) {
  const line = h('p', { class: 'status-line', role: 'status' });
  const alerts = h('div', { class: 'alerts', role: 'alert' });
  root.append(line, alerts);
  const underway = [];

  const show = () => {
    root.classList.toggle('is-busy', underway.length > 0);
    fill(line, underway.length > 0 ? t('loadingValues', { what: underway.at(-1) }) : null);
  };

  async function during(what, work, retry) {
    underway.push(what);
    show();
    try {
      return await work();
    } catch (error) {
      if (error.name !== 'AbortError') complain(`${t('failed', { what })} ${error.message}`, retry);
      return undefined;
    } finally {
      underway.splice(underway.indexOf(what), 1);
      show();
    }
  }

  function complain(message, retry) {
    if ([...alerts.children].some((one) => one.dataset.message === message)) return;
    const alert = alertOf(message, t, retry);
    alert.dataset.message = message;
    alerts.append(alert);
  }

  function say(message) {
    if (underway.length === 0) fill(line, message);
    setTimeout(show, REMARK_MS);
  }

  return { during, complain, say, busy: () => underway.length > 0 };
}

function alertOf(message, t, retry) {
  const alert = h('div', { class: 'alert' }, h('p', {}, message));
  const leave = () => alert.remove();
  if (retry)
    alert.append(h('button', { type: 'button', class: 'button', onclick: () => (leave(), retry()) }, t('retry')));
  alert.append(
    h('button', { type: 'button', class: 'icon-button', 'aria-label': t('close'), onclick: leave }, icon('close')),
  );
  return alert;
}
