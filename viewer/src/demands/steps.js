/** How far a demand has come: the levels of the process it has reached, and what is being done about it. */
import { h } from '../dom.js';
import { icon } from '../icons.js';

const REJECTED = 'rejected';

/** From the neighbourhood's assembly up to the city: the steps that are behind, the one it is on, those ahead. */
export function stageLadder(app, demand) {
  return ladder(app, app.catalog.demands.stages, demand.stage, 'stages', 'demand.stageSteps');
}

/** From open to done. What was rejected goes no further: it has a step of its own. */
export function statusSteps(app, demand) {
  const { statuses } = app.catalog.demands;
  const shown = demand.status === REJECTED ? ['open', REJECTED] : statuses.filter((one) => one !== REJECTED);
  return ladder(app, shown, demand.status, 'statuses', 'demand.statusSteps');
}

function ladder(app, all, current, words, label) {
  const at = all.indexOf(current);
  return h(
    'ol',
    { class: 'steps', 'aria-label': app.t(label) },
    all.map((one, i) => step(app, app.t(`${words}.${one}`), Math.sign(i - at), one === REJECTED)),
  );
}

function step(app, words, side, rejected) {
  const kind = side < 0 ? 'past' : side > 0 ? 'ahead' : 'now';
  const sign = side < 0 ? icon('check') : rejected ? icon('cross') : null;
  return h(
    'li',
    { class: `step step-${kind}${rejected ? ' step-rejected' : ''}`, 'aria-current': side === 0 ? 'step' : null },
    h('span', { class: 'step-sign' }, sign),
    h('span', {}, words, side < 0 && h('span', { class: 'visually-hidden' }, ` (${app.t('demand.reached')})`)),
  );
}
