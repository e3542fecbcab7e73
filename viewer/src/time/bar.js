/**
 * The time bar: how many demands each month had, and which months the map shows. Two sliders choose from when to when; steps
 * go month by month, year by year or round by round, by hand or by themselves; a period can be compared with the one before.
 */
import { fill, h, refill } from '../dom.js';
import { icon } from '../icons.js';
import { settled } from '../ready.js';
import { createPlayer } from './player.js';
import { createStrip } from './strip.js';
import {
  countIn,
  isWholeMonths,
  periodBefore,
  periodOf,
  periodOfMonths,
  stepAfter,
  stepsOf,
  stepWith,
} from './periods.js';
import { formatPeriod } from './words.js';

const SETTLE_MS = 250;

/** @param {import('../app.js').App} app @param {ReturnType<import('./months.js').createMonths>} months */
export function createTimeBar(app, months, root) {
  const { state } = app;
  let length = 'month';
  let playing = false;
  let timer = 0;
  const [head, body, foot] = ['time-head', 'time-body', 'time-foot'].map((name) => h('div', { class: name }));
  const strip = createStrip(app, { slide, pick });
  const player = createPlayer(
    () => step(1),
    () => settled(app),
    (on) => ((playing = on), render()),
  );

  const steps = () => stepsOf(length, months.value.months, months.value.rounds);

  /** Shows `period`; what it is compared with moves along. */
  function show(period) {
    clearTimeout(timer);
    const { minus } = state.value;
    state.set({ period, minus: period && minus ? before(period) : null });
  }

  function before(period) {
    const found = periodBefore(period, months.value.rounds);
    return periodOf(found.since, found.until);
  }

  function step(by) {
    const next = stepAfter(state.value.period, steps(), by);
    if (next) show(next);
    return next !== null;
  }

  // The bar follows at once, the server is asked when the hand rests.
  function slide(from, to) {
    player.stop();
    clearTimeout(timer);
    const { months: all } = months.value;
    const whole = from === 0 && to === all.length - 1;
    const period = whole ? null : periodOfMonths(all[from].month, all[to].month);
    say(period);
    timer = setTimeout(() => show(period), SETTLE_MS);
  }

  function pick(month) {
    player.stop();
    show(stepWith(`${month}-15`, steps()) ?? periodOfMonths(month));
  }

  function play() {
    if (playing) return player.stop();
    // From the last step it begins anew.
    if (state.value.period && !stepAfter(state.value.period, steps())) show(null);
    player.play();
  }

  function say(period) {
    strip.mark(period);
    const words = document.getElementById('time-words');
    if (words) words.replaceChildren(periodWords(app, period, months.value.months));
  }

  function render() {
    const { months: all, rounds } = months.value;
    const { period } = state.value;
    root.hidden = all.length < 2;
    document.body.classList.toggle('has-time', !root.hidden);
    if (root.hidden) return;
    refill(
      head,
      h('div', { class: 'time-steps' }, stepButtons(app, { playing, play, step, steps: steps() })),
      h('output', { id: 'time-words', class: 'time-words' }, periodWords(app, period, all)),
      lengthChoice(app, length, rounds, (next) => ((length = next), render())),
      h(
        'button',
        { id: 'time-all', type: 'button', class: 'button', 'aria-pressed': String(!period), onclick: showAll },
        app.t('time.all'),
      ),
    );
    refill(foot, compareChoice(app, all, before));
    strip.mark(period);
  }

  // The sliders stay the same elements while a hand holds one.
  function renderAll() {
    root.setAttribute('aria-label', app.t('time.title'));
    refill(body, strip.render(months.value.months));
    render();
  }

  const showAll = () => (player.stop(), show(null));

  state.subscribe((_, changed) => {
    if (changed.has('lang')) renderAll();
    else if (['period', 'minus', 'heatmap', 'surface', 'status', 'stage'].some((key) => changed.has(key))) render();
  });
  months.subscribe(renderAll);
  fill(root, head, body, foot);
  renderAll();
}

/** The period and its number of demands, which is known for months, of one theme or of all. */
function periodWords(app, period, months) {
  const { status, stage } = app.state.value;
  const words = period ? formatPeriod(period, app.lang()) : app.t('time.everything');
  if (status || stage || (period && !isWholeMonths(period))) return words;
  return `${words} · ${app.t('demandsCount', { count: countIn(period, months) })}`;
}

function stepButtons(app, { playing, play, step, steps }) {
  const { period } = app.state.value;
  const button = (id, name, shape, onclick, disabled = false) =>
    h(
      'button',
      { id, type: 'button', class: 'icon-button', 'aria-label': app.t(name), title: app.t(name), disabled, onclick },
      icon(shape),
    );
  return [
    button('time-back', 'time.back', 'back', () => step(-1), !stepAfter(period, steps, -1)),
    button('time-play', playing ? 'time.pause' : 'time.play', playing ? 'pause' : 'play', play),
    button('time-next', 'time.next', 'next', () => step(1), !stepAfter(period, steps, 1)),
  ];
}

function lengthChoice(app, length, rounds, change) {
  const lengths = ['month', 'year', ...(rounds.length > 1 ? ['round'] : [])];
  const option = (one) => h('option', { value: one, selected: one === length }, app.t(`time.lengths.${one}`));
  const select = h(
    'select',
    { id: 'time-length', 'aria-label': app.t('time.length'), onchange: () => change(select.value) },
    lengths.map(option),
  );
  return select;
}

/** Only a density can be subtracted, and only where something was counted before. */
function compareChoice(app, months, before) {
  const { heatmap, period, minus, surface } = app.state.value;
  if (!heatmap || !period || ['count', 'votes'].includes(surface)) return null;
  const earlier = minus ?? before(period);
  if (!earlier || earlier.until.slice(0, 7) < months[0].month) return null;
  const change = ({ target }) => app.state.set({ minus: target.checked ? before(period) : null });
  const box = h('input', { id: 'time-compare', type: 'checkbox', checked: Boolean(minus), onchange: change });
  const words = app.t('time.compare', { before: formatPeriod(earlier, app.lang()) });
  return h('label', { class: 'toggle time-compare' }, box, words);
}
