/** The controls of the map: which indicator, which level, which classes and colours, which layers. */
import { CLASSES_MAX, CLASSES_MIN, METHODS } from './classify.js';
import { PALETTES, ramp } from './colors.js';
import { narrowings, offersPerInhabitant, surfaceChoices } from './demands/controls.js';
import { DEMANDS } from './demands/points.js';
import { h, refill } from './dom.js';
import { methodFor } from './figures.js';
import { formatNumber } from './numbers.js';
import { overlaysOf } from './overlays.js';

/** What is chosen elsewhere, and says nothing here. */
const APART = ['view', 'territory', 'demand', 'period', 'minus'];

/**
 * @param {import('./app.js').App} app
 * @param {{main: HTMLElement, more: HTMLElement}} roots above and below the legend
 */
export function createControls(app, roots) {
  const render = () => {
    const opened = openSections();
    refill(roots.main, indicatorChoice(app), levelChoice(app), formulaNote(app, opened));
    refill(roots.more, classSection(app, opened), heatSection(app, opened), layerSection(app, opened));
  };
  app.state.subscribe((_, changed) => [...changed].some((key) => !APART.includes(key)) && render());
  render();
}

function indicatorChoice(app) {
  if (app.indicators.length === 0) return null;
  const choices = app.indicators.map((one) => [one.id, app.title(one)]);
  return labelled(app.t('indicator'), 'indicator', choice(app, 'indicator', choices));
}

function levelChoice(app) {
  const level = ({ id, territories }) =>
    h(
      'label',
      { class: 'pill' },
      h('input', {
        id: `level-${id}`,
        type: 'radio',
        name: 'level',
        value: id,
        checked: app.state.value.level === id,
        onchange: () => app.state.set({ level: id }),
      }),
      h('span', {}, app.levelTitle(id), h('small', {}, formatNumber(territories, app.lang()))),
    );
  return h(
    'fieldset',
    { class: 'field' },
    h('legend', {}, app.t('level')),
    h('div', { class: 'pills' }, app.catalog.levels.map(level)),
  );
}

function formulaNote(app, opened) {
  const indicator = app.indicators.find((one) => one.id === app.state.value.indicator);
  if (!indicator) return null;
  const facts = [
    [app.t('operation'), indicator.formula ?? indicator.op],
    [app.t('code'), indicator.code],
    [app.t('inputs'), inputWords(app, indicator.inputs)],
  ].filter(([, words]) => words);
  const list = h(
    'dl',
    { class: 'facts' },
    facts.map(([term, words]) => [h('dt', {}, term), h('dd', {}, words)]),
  );
  return section('formula', app.t('formula'), opened, list);
}

function inputWords(app, inputs = []) {
  const indicatorOf = (id) => app.indicators.find((one) => one.id === id);
  const titleOf = (id) => (indicatorOf(id) ? app.title(indicatorOf(id)) : app.layerTitle(id));
  return inputs.map(titleOf).join(', ');
}

function classSection(app, opened) {
  const indicator = app.indicators.find((one) => one.id === app.state.value.indicator);
  if (!indicator) return null;
  const method = methodFor(app.state.value, indicator);
  const methods = METHODS.filter((one) => one !== 'standard' || indicator.standard);
  return section(
    'classification',
    app.t('classification'),
    opened,
    labelled(
      app.t('method'),
      'method',
      choice(
        app,
        'method',
        methods.map((one) => [one, app.t(`methods.${one}`)]),
        { chosen: method },
      ),
    ),
    h('p', { class: 'muted' }, app.t(`methodHelp.${method}`)),
    method !== 'standard' && [labelled(app.t('classes'), 'classes', classCount(app)), paletteChoice(app)],
  );
}

function classCount(app) {
  const counts = Array.from({ length: CLASSES_MAX - CLASSES_MIN + 1 }, (_, i) => CLASSES_MIN + i);
  return choice(
    app,
    'classes',
    counts.map((count) => [count, count]),
    { change: (count) => ({ classes: Number(count) }) },
  );
}

function paletteChoice(app) {
  const palette = (id) =>
    h(
      'label',
      { class: 'palette', title: app.t(`palettes.${id}`) },
      h('input', {
        id: `palette-${id}`,
        type: 'radio',
        name: 'palette',
        value: id,
        checked: app.state.value.palette === id,
        'aria-label': app.t(`palettes.${id}`),
        onchange: () => app.state.set({ palette: id }),
      }),
      h('span', { class: 'palette-colors' }, ramp(id, 5).map(colorCell)),
    );
  return h(
    'fieldset',
    { class: 'field' },
    h('legend', {}, app.t('palette')),
    h('div', { class: 'palettes' }, Object.keys(PALETTES).map(palette)),
  );
}

function colorCell(color) {
  const cell = h('span', {});
  cell.style.background = color;
  return cell;
}

function heatSection(app, opened) {
  const heatmaps = Object.entries(app.catalog.heatmaps);
  const points = overlaysOf(app.catalog).find(({ id }) => id === DEMANDS);
  if (heatmaps.length === 0 && !points) return null;
  const maps = [['', app.t('heatmapNone')], ...heatmaps.map(([id, one]) => [id, app.title({ id, ...one })])];
  const { heatmap, perInhabitant } = app.state.value;
  return section(
    'heatmap',
    app.t(points ? 'demandsAndHeat' : 'heatmap'),
    opened,
    points && layerToggle(app, points),
    heatmaps.length > 0 && labelled(app.t('heatmap'), 'heatmap', choice(app, 'heatmap', maps)),
    heatmap && labelled(app.t('surface'), 'surface', choice(app, 'surface', surfaceChoices(app))),
    offersPerInhabitant(app) &&
      toggle('per-inhabitant', perInhabitant, (on) => app.state.set({ perInhabitant: on }), app.t('perInhabitant')),
    narrowings(app).map(([key, label, choices]) => labelled(label, key, choice(app, key, choices))),
  );
}

function layerSection(app, opened) {
  const overlays = overlaysOf(app.catalog);
  const others = overlays.filter(({ id }) => id !== DEMANDS);
  return section(
    'layers',
    app.t('layers'),
    opened,
    toggle('names', app.state.value.names, (names) => app.state.set({ names }), app.t('names')),
    overlays.length > 0 ? others.map((one) => layerToggle(app, one)) : h('p', { class: 'muted' }, app.t('noLayers')),
  );
}

function layerToggle(app, { id, geometry, features, color }) {
  const mark = h('span', { class: `mark mark-${geometry}` });
  mark.style.background = color;
  return toggle(
    `layer-${id}`,
    app.state.value.layers.includes(id),
    (on) => switchLayer(app, id, on),
    mark,
    app.layerTitle(id),
    h('small', {}, formatNumber(features, app.lang())),
  );
}

function switchLayer(app, id, on) {
  const others = app.state.value.layers.filter((one) => one !== id);
  app.state.set({ layers: on ? [...others, id] : others });
}

function toggle(id, checked, change, ...words) {
  const box = h('input', { id, type: 'checkbox', checked, onchange: () => change(box.checked) });
  return h('label', { class: 'toggle' }, box, words);
}

/** A list of choices for one key of the state; the empty choice is null, `change` says what a choice changes. */
function choice(app, key, choices, { chosen = app.state.value[key], change = (value) => ({ [key]: value }) } = {}) {
  const option = ([value, words]) => h('option', { value, selected: String(value) === String(chosen ?? '') }, words);
  const select = h(
    'select',
    { id: key, onchange: () => app.state.set(change(select.value || null)) },
    choices.map(option),
  );
  return select;
}

function labelled(words, id, control) {
  return h('div', { class: 'field' }, h('label', { for: id }, words), control);
}

/** The parts that the reader has unfolded. Asked of the page itself: its `toggle` events come a moment late. */
function openSections() {
  return new Set([...document.querySelectorAll('details[data-section][open]')].map((one) => one.dataset.section));
}

/** A part that folds; it stays as it was when it is drawn anew. */
function section(id, title, opened, ...content) {
  const summary = h('summary', { id: `section-${id}` }, title);
  return h('details', { class: 'section', 'data-section': id, open: opened.has(id) }, summary, content);
}
