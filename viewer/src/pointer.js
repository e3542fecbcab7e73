/** The pointer over the map: name and value of what is under it, and the card of the territory that is clicked. */
import { select } from './app.js';
import { fill, h } from './dom.js';
import { classOf } from './classify.js';
import { DEMANDS } from './demands/points.js';
import { formatFigure } from './numbers.js';
import { overlayLayersOn } from './overlays.js';
import { TERRITORY_LAYERS } from './territories.js';

const TOUCH_RADIUS_PX = 3;

/** @param {import('./app.js').App} app @param {HTMLElement} tooltip follows the pointer */
export function bindPointer(app, tooltip) {
  const { map } = app;
  let hovered = null;

  function hover(feature) {
    // Another indicator is another source, and takes what was marked in the last one with it.
    if (hovered && map.getSource(hovered.source)) map.removeFeatureState(hovered, 'hover');
    hovered = feature && { source: feature.source, sourceLayer: feature.sourceLayer, id: feature.id };
    if (hovered && hovered.id !== undefined) map.setFeatureState(hovered, { hover: true });
    else hovered = null;
  }

  function point({ point: at }) {
    const territory = territoryAt(map, at);
    const things = thingsAt(map, at);
    hover(territory);
    map.getCanvas().style.cursor =
      app.whatIf.cursor(at) ?? app.proposal?.onMap?.cursor() ?? (territory ? 'pointer' : '');
    showTooltip(tooltip, at, map.getContainer(), wordsFor(app, territory, things));
  }

  function leave() {
    hover(null);
    tooltip.hidden = true;
  }

  // A finger does not hover: there a tap opens the card, which says more.
  if (matchMedia('(any-hover: hover)').matches) {
    map.on('mousemove', point);
    map.on('mouseout', leave);
    map.on('movestart', ({ originalEvent }) => originalEvent && leave());
  }
  map.on('click', (event) => {
    if (app.whatIf.takes(event) || app.proposal?.onMap.takes(event)) return;
    const { point: at } = event;
    const demand = demandAt(app, at);
    if (demand) return app.state.set({ demand });
    const territory = territoryAt(map, at);
    if (territory)
      select(app, { level: territory.sourceLayer, key: String(territory.properties.key) }, { move: false });
  });
}

function territoryAt(map, at) {
  const layers = TERRITORY_LAYERS.filter((id) => map.getLayer(id));
  return layers.length > 0 ? (map.queryRenderedFeatures(at, { layers })[0] ?? null) : null;
}

/** The id of the demand that lies on top under a point, where demands have cards. */
function demandAt({ map, catalog }, at) {
  const layers = [`overlay-${DEMANDS}-circle`].filter((id) => catalog.demands && map.getLayer(id));
  if (layers.length === 0) return null;
  const [top] = map.queryRenderedFeatures(around(at), { layers });
  return top ? String(top.properties.key) : null;
}

// Points and lines are thin: a few pixels around the pointer count as under it.
function thingsAt(map, at) {
  const isArea = ({ geometry }) => geometry.type.endsWith('Polygon');
  const layers = overlayLayersOn(map);
  if (layers.length === 0) return [];
  const thin = map.queryRenderedFeatures(around(at), { layers }).filter((feature) => !isArea(feature));
  return [...thin, ...map.queryRenderedFeatures(at, { layers }).filter(isArea)];
}

function around({ x, y }) {
  return [
    [x - TOUCH_RADIUS_PX, y - TOUCH_RADIUS_PX],
    [x + TOUCH_RADIUS_PX, y + TOUCH_RADIUS_PX],
  ];
}

function wordsFor(app, territory, things) {
  const lines = named(app, things);
  if (territory) lines.push(...territoryLines(app, territory));
  return lines;
}

function named(app, things) {
  const THINGS_MAX = 3;
  const names = things.map(({ properties: { name, title, key }, sourceLayer }) => [title ?? name ?? key, sourceLayer]);
  const unique = [...new Map(names.map((pair) => [pair.join(), pair])).values()].slice(0, THINGS_MAX);
  return unique.map(([name, layer]) =>
    h('p', { class: 'tip-thing' }, `${name ?? ''} `, h('span', { class: 'muted' }, app.layerTitle(layer))),
  );
}

function territoryLines(app, { properties }) {
  const { indicator, byKey, classes, colors } = app.figures.value;
  const name = h('strong', {}, properties.name ?? properties.key);
  if (!indicator) return [name];
  const row = byKey.get(String(properties.key));
  const value = row?.value ?? null;
  const swatch = h('span', { class: 'swatch' });
  swatch.style.background = value === null ? '' : colors[classOf(value, classes.breaks, classes.closed)];
  return [name, h('p', {}, swatch, formatFigure({ ...row, value }, indicator.unit, app.lang()))];
}

function showTooltip(tooltip, { x, y }, container, lines) {
  tooltip.hidden = lines.length === 0;
  if (tooltip.hidden) return;
  fill(tooltip, lines);
  const left = x + 16 + tooltip.offsetWidth > container.clientWidth ? x - 14 - tooltip.offsetWidth : x + 14;
  const top = Math.min(y + 14, container.clientHeight - tooltip.offsetHeight - 8);
  tooltip.style.transform = `translate(${left}px, ${top}px)`;
}
