/** The map itself: an empty sheet of paper that works without any outside service, its buttons and its keyboard. */
import * as maplibregl from 'maplibre-gl';
import { h, refill } from './dom.js';
import { icon } from './icons.js';
import { emptyStyle } from './slots.js';

/** Replaced by the build with the address of the worker's file, relative to the script. */
maplibregl.setWorkerUrl(new URL(WORKER_FILE, import.meta.url).href);

const NARROW_PX = 700;
const PANEL_PX = 372;
const TIME_BAR_PX = 140;

/** @param {import('./app.js').App} app @returns {maplibregl.Map|null} null without WebGL */
export function createMap(app, container) {
  try {
    return openMap(app, container);
  } catch (error) {
    console.warn(error);
    app.status.complain(app.t('noWebgl'));
    return null;
  }
}

/** Shows `bounds` in the part of the page that no panel covers. */
export function showBounds(map, bounds, options = {}) {
  map.fitBounds(bounds, { padding: freeSpace(map), maxZoom: 15, ...options });
}

/** Moves the map, no more than it must, when the middle of `bounds` would lie under a panel. */
export function keepInSight(map, [west, south, east, north]) {
  const { clientWidth, clientHeight } = map.getContainer();
  const free = freeSpace(map);
  const { x, y } = map.project([(west + east) / 2, (south + north) / 2]);
  const inside = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
  const [dx, dy] = [
    x - inside(x, free.left, clientWidth - free.right),
    y - inside(y, free.top, clientHeight - free.bottom),
  ];
  if (dx !== 0 || dy !== 0) map.panBy([dx + Math.sign(dx) * 60, dy + Math.sign(dy) * 60]);
}

/** The place in the middle of the part of the map that no panel covers. */
export function centreInSight(map) {
  const { clientWidth, clientHeight } = map.getContainer();
  const { top, bottom, left, right } = freeSpace(map);
  return map.unproject([(left + clientWidth - right) / 2, (top + clientHeight - bottom) / 2]);
}

function openMap(app, container) {
  const map = new maplibregl.Map({
    container,
    style: emptyStyle(),
    attributionControl: false,
    renderWorldCopies: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    fadeDuration: 150,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 110 }), 'bottom-right');
  placeFirst(app, map);
  map.on('moveend', () => app.state.set({ view: viewOf(map) }));
  map.on('error', ({ error }) => complainOnce(app, error));
  describe(app, map);
  app.state.subscribe((state, changed, how) => {
    if (changed.has('lang')) describe(app, map);
    if (changed.has('view') && how.fromAddress) placeAgain(app, map);
  });
  return map;
}

/** Zoom buttons and the way back to the whole territory. */
export function createMapButtons(app, root) {
  const { map } = app;
  if (!map) return;
  const button = (id, name, onclick) =>
    h(
      'button',
      { id, type: 'button', class: 'icon-button', 'aria-label': app.t(name), title: app.t(name), onclick },
      icon(id.slice(4)),
    );
  const render = () =>
    refill(
      root,
      button('map-plus', 'zoomIn', () => map.zoomIn()),
      button('map-minus', 'zoomOut', () => map.zoomOut()),
      button('map-home', 'home', () => showBounds(map, app.catalog.bounds)),
    );
  app.state.subscribe((_, changed) => changed.has('lang') && render());
  render();
}

function placeFirst(app, map) {
  const { view } = app.state.value;
  if (view) map.jumpTo({ center: view, zoom: view.zoom });
  else showBounds(map, app.catalog.bounds, { animate: false });
}

function placeAgain(app, map) {
  const { view } = app.state.value;
  if (view) map.easeTo({ center: view, zoom: view.zoom });
}

function viewOf(map) {
  const { lat, lng } = map.getCenter();
  return { zoom: map.getZoom(), lat, lng };
}

function freeSpace(map) {
  const edge = 24;
  const below = document.body.classList.contains('has-time') ? TIME_BAR_PX : 0;
  const { clientWidth, clientHeight } = map.getContainer();
  const card = document.body.classList.contains('has-card');
  if (clientWidth < NARROW_PX)
    return { top: 76, bottom: card ? clientHeight * 0.62 : 190 + below, left: edge, right: edge };
  const right = card && clientWidth > 1000 ? PANEL_PX + edge : edge + 40;
  return { top: edge, bottom: edge + below, left: PANEL_PX, right };
}

function describe(app, map) {
  const canvas = map.getCanvas();
  canvas.setAttribute('aria-label', `${app.t('map')}. ${app.t('mapHelp')}`);
}

// One sentence for a screen of failed tiles; the addresses are in the console.
function complainOnce(app, error) {
  if (error?.name === 'AbortError') return;
  if (error?.status === 404 && app.whatIf?.misses(error.url)) return;
  console.warn(error);
  app.status.complain(app.t('failedTiles'));
}
