/** The strip of months: a bar for each by its number of demands, and two sliders under them. */
import { h } from '../dom.js';
import { touches } from './periods.js';
import { formatMonth } from './words.js';

/**
 * @param {import('../app.js').App} app
 * @param {{slide: (from: number, to: number) => void, pick: (month: string) => void}} hears the sliders and the bars
 */
export function createStrip(app, { slide, pick }) {
  let months = [];
  let bars = [];
  let sliders = [];

  function render(next) {
    months = next;
    const most = Math.max(1, ...months.map(({ count }) => count));
    bars = months.map((one) => bar(one, most));
    const chart = h('div', { class: 'time-chart', 'aria-hidden': 'true', onclick: pickAt }, bars);
    sliders = [slider('time-since', 'time.since'), slider('time-until', 'time.until')];
    return h('div', { class: 'time-strip' }, chart, h('div', { class: 'time-sliders' }, sliders), years(months));
  }

  /** Marks the months of `period`; all of them where there is none. */
  function mark(period) {
    const touched = months.flatMap(({ month }, i) => (touches(month, period) ? [i] : []));
    bars.forEach((one, i) => one.classList.toggle('is-shown', touched.includes(i)));
    const ends = [touched[0] ?? 0, touched.at(-1) ?? months.length - 1];
    sliders.forEach((one, i) => place(one, ends[i]));
  }

  function place(one, at) {
    one.value = at;
    one.setAttribute('aria-valuetext', formatMonth(months[at].month, app.lang()));
  }

  function slider(id, name) {
    const moved = () => {
      const at = sliders.map(({ value }) => Number(value));
      // One slider pushes the other.
      if (id === 'time-since') at[1] = Math.max(...at);
      else at[0] = Math.min(...at);
      slide(at[0], at[1]);
    };
    const max = months.length - 1;
    return h('input', { id, type: 'range', min: 0, max, step: 1, 'aria-label': app.t(name), oninput: moved });
  }

  function pickAt({ target }) {
    const at = bars.indexOf(target.closest('.time-month'));
    if (at >= 0) pick(months[at].month);
  }

  function bar({ month, count }, most) {
    const rise = h('span', { class: 'time-count' });
    rise.style.height = `${(count / most) * 100}%`;
    const words = `${formatMonth(month, app.lang())}: ${app.t('demandsCount', { count })}`;
    return h('div', { class: 'time-month', title: words }, rise);
  }

  return { render, mark };
}

/** Where each year begins. */
function years(months) {
  const starts = months.flatMap(({ month }, i) => (i === 0 || month.endsWith('-01') ? [[i, month.slice(0, 4)]] : []));
  const labels = starts.map(([at, year], i) => {
    const label = h('span', {}, year);
    label.style.flexGrow = String((starts[i + 1]?.[0] ?? months.length) - at);
    return label;
  });
  return h('div', { class: 'time-years', 'aria-hidden': 'true' }, labels);
}
