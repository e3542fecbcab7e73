/** The controls of the what-if, beside the map, and the banner that says that a scenario is shown. */
import { fill, h, refill } from './dom.js';
import { icon } from './icons.js';
import { formatQuantity } from './numbers.js';
import { changeableLayers, discard, newName, withoutChange } from './what-if.js';
import { mostUsual } from './what-if-like.js';
import { placeOf } from './what-if-map.js';
import { signed } from './what-if-words.js';

// A longer list is no choice any more.
const LISTED_MAX = 300;

/** @param {import('./app.js').App} app @param {{panel: HTMLElement, banner: HTMLElement}} roots */
export function createWhatIfPanel(app, { panel, banner: status }) {
  const { state, whatIf } = app;
  const layers = changeableLayers(app.catalog);
  const banner = h('div', { class: 'what-if-banner', role: 'status' });
  let features = [];
  status.prepend(banner);

  function render() {
    const { changing, changes } = state.value;
    fill(banner, changes.length > 0 && bannerContent(app, changes.length));
    if (layers.length === 0 || !app.map) return;
    refill(panel, changing === null ? opener(app, layers) : controls(app, layers, features));
  }

  /** The features that are on the map now, from which one is chosen that new ones are like. */
  function look() {
    const { changing, changes } = state.value;
    if (changing === null) return;
    const found = featuresOf(app.map, changing).filter(
      ({ key }) => !changes.some((one) => one.key === key && one.op === 'add'),
    );
    if (JSON.stringify(found.map(({ key }) => key)) === JSON.stringify(features.map(({ key }) => key))) return;
    features = found;
    const { like } = whatIf.value;
    if (!found.some(({ key }) => key === like)) whatIf.set({ like: found.length > 0 ? mostUsual(found) : null });
    render();
  }

  addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !whatIf.value.armed) return;
      event.preventDefault();
      whatIf.arm(false);
    },
    { capture: true },
  );
  state.subscribe((_, changed) => {
    if (changed.has('changing')) features = [];
    if (['lang', 'changing', 'changes', 'indicator'].some((key) => changed.has(key))) render();
  });
  whatIf.subscribe(render);
  app.map?.on('idle', look);
  render();
}

function bannerContent(app, count) {
  return [
    h('p', {}, h('strong', {}, app.t('whatIf')), ' ', app.t('whatIfBanner', { count })),
    h(
      'button',
      { id: 'what-if-leave', type: 'button', class: 'button', onclick: () => discard(app) },
      app.t('whatIfDiscard'),
    ),
  ];
}

function opener(app, layers) {
  const open = () => {
    begin(app, firstLayer(app, layers));
    document.getElementById('what-if-title').scrollIntoView({ block: 'start' });
  };
  return h(
    'button',
    { id: 'what-if-open', type: 'button', class: 'button', onclick: open },
    icon('move'),
    app.t('whatIf'),
  );
}

// The one that the shown indicator is computed from, else the first that any is computed from.
function firstLayer(app, layers) {
  const shown = app.indicators.filter(({ id }) => id === app.state.value.indicator);
  const inputs = [...shown, ...app.indicators].flatMap((one) => one.inputs ?? []);
  return inputs.find((id) => layers.some((layer) => layer.id === id)) ?? layers[0].id;
}

/** Changes are made to a layer that is seen. */
function begin(app, id) {
  const others = app.state.value.layers.filter((one) => one !== id);
  app.state.set({ changing: id, layers: [...others, id] });
}

function controls(app, layers, features) {
  const { changing, changes } = app.state.value;
  const { armed, phase } = app.whatIf.value;
  const centre = () => {
    app.whatIf.arm(false);
    app.whatIf.onMap.focus(app.whatIf.onMap.add(app.map.getCenter()));
  };
  return h(
    'section',
    { class: 'what-if', 'aria-labelledby': 'what-if-title', 'aria-busy': phase === 'loading' ? 'true' : null },
    h('h2', { id: 'what-if-title', class: 'legend-title' }, app.t('whatIf')),
    labelled(
      app.t('whatIfLayer'),
      'what-if-layer',
      choice(
        'what-if-layer',
        layers.map(({ id }) => [id, app.layerTitle(id)]),
        changing,
        (id) => begin(app, id),
      ),
    ),
    labelled(app.t('whatIfLike'), 'what-if-like', likeChoice(app, features)),
    h(
      'div',
      { class: 'what-if-tools' },
      h(
        'button',
        {
          id: 'what-if-arm',
          type: 'button',
          class: 'button',
          'aria-pressed': String(armed),
          onclick: () => app.whatIf.arm(!armed),
        },
        icon('plus'),
        app.t('whatIfPlace'),
      ),
      h(
        'button',
        { id: 'what-if-centre', type: 'button', class: 'button', onclick: centre },
        icon('frame'),
        app.t('whatIfCentre'),
      ),
    ),
    h('p', { class: 'muted' }, app.t(armed ? 'whatIfArmed' : 'whatIfHelp')),
    existingTools(app, features),
    changes.length > 0 &&
      h(
        'ul',
        { class: 'what-if-changes' },
        changes.map((change) => changeRow(app, change, features)),
      ),
    summary(app),
    h(
      'button',
      { id: 'what-if-discard', type: 'button', class: 'button', onclick: () => discard(app) },
      icon('close'),
      app.t(changes.length > 0 ? 'whatIfDiscard' : 'whatIfEnd'),
    ),
  );
}

function likeChoice(app, features) {
  const listed = features.slice(0, LISTED_MAX).map(({ key, name }) => [key, name ?? key]);
  return choice('what-if-like', [['', app.t('whatIfLikeNone')], ...listed], app.whatIf.value.like, (like) =>
    app.whatIf.set({ like }),
  );
}

/** What a click and a drag do to an existing feature, without a pointer. */
function existingTools(app, features) {
  const { changes } = app.state.value;
  const listed = features.slice(0, LISTED_MAX).filter(({ key }) => !changes.some((one) => one.key === key));
  if (listed.length === 0) return null;
  const choices = listed.map(({ key, name }) => [key, name ?? key]);
  const select = choice('what-if-existing', choices, null, () => {});
  const chosen = () => listed.find(({ key }) => key === select.value);
  const move = () => app.whatIf.onMap.focus(app.whatIf.onMap.hold(chosen()));
  const remove = () => app.whatIf.onMap.remove(chosen());
  const button = (id, words, onclick) => h('button', { id, type: 'button', class: 'button', onclick }, words);
  const tools = [
    button('what-if-hold', app.t('whatIfMove'), move),
    button('what-if-take', app.t('whatIfRemove'), remove),
  ];
  return [labelled(app.t('whatIfExisting'), 'what-if-existing', select), h('div', { class: 'what-if-pair' }, tools)];
}

function changeRow(app, change, features) {
  const known = features.find(({ key }) => key === change.key);
  const name = change.op === 'add' ? newName(app, change) : (known?.name ?? change.key);
  const words = app.t(`whatIfChange.${change.op}`, { name });
  const takeBack = () => app.state.set({ changes: withoutChange(app.state.value.changes, change) });
  return h(
    'li',
    {},
    h('span', {}, words, ' ', h('small', {}, app.layerTitle(change.layer))),
    h(
      'button',
      {
        id: `what-if-undo-${change.layer}-${change.key}`,
        type: 'button',
        class: 'icon-button',
        'aria-label': app.t('whatIfTakeBack', { change: words }),
        title: app.t('whatIfTakeBack', { change: words }),
        onclick: takeBack,
      },
      icon('close'),
    ),
  );
}

/** The shown indicator for the whole territory, before and after. */
function summary(app) {
  const { id, changed } = app.whatIf.value;
  const indicator = app.indicators.find((one) => one.id === app.state.value.indicator);
  if (!id || !indicator) return null;
  const row = changed.find((one) => one.id === indicator.id)?.levels.all?.[0];
  const title = h('strong', {}, app.title(indicator));
  if (!row) return h('p', { id: 'what-if-summary', class: 'standard-note' }, title, ': ', app.t('whatIfSame'));
  const written = (value) => formatQuantity(value, indicator.unit, app.lang());
  const difference = row.difference === null ? '' : ` (${signed(row.difference, indicator.unit, app.lang())})`;
  const words = app.t('whole', { value: `${written(row.before)} → ${written(row.after)}${difference}` });
  return h('p', { id: 'what-if-summary', class: 'standard-note' }, title, h('br'), words);
}

function featuresOf(map, layer) {
  if (!map.getSource(`overlay-${layer}`)) return [];
  const found = map.querySourceFeatures(`overlay-${layer}`, { sourceLayer: layer });
  const byKey = new Map(found.map((feature) => [String(feature.properties.key), feature]));
  const described = ([key, feature]) => ({
    key,
    name: feature.properties.name,
    properties: feature.properties,
    ...placeOf(feature),
  });
  const all = [...byKey].map(described);
  return all.sort((a, b) => String(a.name ?? a.key).localeCompare(String(b.name ?? b.key)));
}

function choice(id, choices, chosen, change) {
  const option = ([value, words]) => h('option', { value, selected: value === (chosen ?? '') }, words);
  const select = h('select', { id, onchange: () => change(select.value || null) }, choices.map(option));
  return select;
}

function labelled(words, id, control) {
  return h('div', { class: 'field' }, h('label', { for: id }, words), control);
}
