/**
 * The changes on the map: a marker for every new or moved feature, a cross where one was removed. A click places a new
 * feature, a press on an existing one takes hold of it, and markers answer to the keyboard.
 */
import * as maplibregl from 'maplibre-gl';
import { h } from './dom.js';
import { icon } from './icons.js';
import { moveByKeys, roundedPlace } from './movable.js';
import { addToSlot } from './slots.js';
import { newKey, newName, withChange } from './what-if.js';

const GONE = 'what-if-gone';
const TOUCH_RADIUS_PX = 6;

/** @param {import('./app.js').App} app */
export function createWhatIfMap(app) {
  const { map, state } = app;
  const markers = new Map();
  map.addSource(GONE, { type: 'geojson', data: collection([]) });
  map.addImage(GONE, cross(), { pixelRatio: 2 });
  addToSlot(map, 'names', {
    id: GONE,
    type: 'symbol',
    source: GONE,
    layout: { 'icon-image': GONE, 'icon-allow-overlap': true, 'icon-ignore-placement': true },
  });

  function draw() {
    const { changes } = state.value;
    const standing = changes.filter(({ op }) => op !== 'remove');
    for (const [id, marker] of markers) {
      if (standing.some((change) => idOf(change) === id)) continue;
      marker.remove();
      markers.delete(id);
    }
    for (const change of standing) {
      const marker = markers.get(idOf(change)) ?? addMarker(change);
      marker.setLngLat([change.lng, change.lat]);
      marker.getElement().setAttribute('aria-label', markerWords(app, change));
      marker.getElement().title = markerWords(app, change);
    }
    map.getSource(GONE).setData(collection(changes.filter(({ op, lng }) => op === 'remove' && lng !== undefined)));
  }

  function addMarker(change) {
    const element = h(
      'button',
      { type: 'button', class: `what-if-marker what-if-${change.op}` },
      icon(change.op === 'add' ? 'plus' : 'move'),
    );
    const marker = new maplibregl.Marker({ element, draggable: true }).setLngLat([change.lng, change.lat]).addTo(map);
    marker.on('dragend', () => place(change, marker.getLngLat()));
    element.addEventListener('click', (event) => event.stopPropagation());
    element.addEventListener('keydown', (event) => onKeyDown(event, change, marker));
    // The server is asked when the key is let go.
    moveByKeys(map, marker, () => place(change, marker.getLngLat()));
    markers.set(idOf(change), marker);
    return marker;
  }

  function onKeyDown(event, change, marker) {
    if (event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    map.getCanvas().focus();
    remove(change, marker.getLngLat());
  }

  function place({ layer, key, op, like }, { lng, lat }) {
    const change = { op, layer, key, ...roundedPlace({ lng, lat }), ...(like && { like }) };
    state.set({ changes: withChange(state.value.changes, change) });
  }

  /** A feature of the chosen layer within reach of a point of the screen. */
  function featureAt({ x, y }) {
    const { changing } = state.value;
    const layer = `overlay-${changing}-circle`;
    if (!changing || !map.getLayer(layer)) return null;
    const around = [
      [x - TOUCH_RADIUS_PX, y - TOUCH_RADIUS_PX],
      [x + TOUCH_RADIUS_PX, y + TOUCH_RADIUS_PX],
    ];
    return map.queryRenderedFeatures(around, { layers: [layer] })[0] ?? null;
  }

  function open(feature) {
    const popup = new maplibregl.Popup({ closeButton: false, offset: 10, focusAfterOpen: true });
    const { key, name } = feature.properties;
    const at = placeOf(feature);
    const leave = () => (popup.remove(), remove({ layer: state.value.changing, key: String(key) }, at));
    const button = h(
      'button',
      { id: 'what-if-remove', type: 'button', class: 'button', onclick: leave },
      icon('close'),
      app.t('whatIfRemove'),
    );
    const words = h('p', {}, h('strong', {}, name ?? key));
    popup
      .setLngLat(at)
      .setDOMContent(h('div', { class: 'what-if-popup' }, words, button))
      .addTo(map);
  }

  function remove({ layer, key }, at) {
    state.set({ changes: withChange(state.value.changes, { op: 'remove', layer, key, ...roundedPlace(at) }) });
  }

  /** Takes hold of an existing feature: it gets a marker that follows the pointer until it is let go, wherever that is. */
  function takeHold(event) {
    const { changing: layer } = state.value;
    const feature = event.originalEvent.target === map.getCanvas() ? featureAt(event.point) : null;
    if (!feature || markers.has(idOf({ layer, key: feature.properties.key }))) return;
    event.preventDefault();
    const marker = new maplibregl.Marker({ element: h('div', { class: 'what-if-marker what-if-move' }, icon('move')) });
    const held = new AbortController();
    let last = null;
    const follow = ({ lngLat }) => {
      if (!last) marker.setLngLat(lngLat).addTo(map);
      last = lngLat;
      marker.setLngLat(lngLat);
    };
    const drop = () => {
      held.abort();
      map.off('mousemove', follow);
      map.off('touchmove', follow);
      marker.remove();
      if (last) place({ op: 'move', layer, key: String(feature.properties.key) }, last);
    };
    map.on('mousemove', follow);
    map.on('touchmove', follow);
    for (const end of ['mouseup', 'touchend', 'touchcancel']) addEventListener(end, drop, { signal: held.signal });
  }

  map.on('mousedown', takeHold);
  map.on('touchstart', (event) => event.points.length === 1 && takeHold(event));
  state.subscribe((_, changed) => ['changes', 'lang'].some((key) => changed.has(key)) && draw());
  draw();

  return {
    featureAt,
    /** Shows what can be done with an existing feature; false where there is none. */
    openFeatureAt(at) {
      const feature = featureAt(at);
      if (feature) open(feature);
      return Boolean(feature);
    },
    /** A new feature of the chosen layer. */
    add({ lng, lat }) {
      const { changing: layer, changes } = state.value;
      const { like } = app.whatIf.value;
      const change = { op: 'add', layer, key: newKey(changes), ...roundedPlace({ lng, lat }), ...(like && { like }) };
      state.set({ changes: withChange(changes, change) });
      return change;
    },
    /** Makes an existing feature one that can be moved; it stays where it is until then. */
    hold({ key, lng, lat }) {
      const change = { op: 'move', layer: state.value.changing, key, ...roundedPlace({ lng, lat }) };
      state.set({ changes: withChange(state.value.changes, change) });
      return change;
    },
    remove: ({ key, lng, lat }) => remove({ layer: state.value.changing, key }, { lng, lat }),
    /** Puts the keyboard on the marker of a change. */
    focus: (change) => markers.get(idOf(change))?.getElement().focus(),
  };
}

const idOf = ({ layer, key }) => `${layer}/${key}`;

/** Where a feature of points stands; the first of several. */
export function placeOf({ geometry: { type, coordinates } }) {
  const [lng, lat] = type === 'Point' ? coordinates : coordinates[0];
  return { lng, lat };
}

function markerWords(app, change) {
  const name = change.op === 'add' ? newName(app, change) : change.key;
  return app.t('whatIfMarker', { name, layer: app.layerTitle(change.layer) });
}

function collection(changes) {
  const features = changes.map(({ lng, lat }) => ({
    type: 'Feature',
    properties: {},
    geometry: { type: 'Point', coordinates: [lng, lat] },
  }));
  return { type: 'FeatureCollection', features };
}

// A cross with a pale rim, so that it is seen on every colour.
function cross() {
  const size = 36;
  const data = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const off = Math.min(Math.abs(x - y), Math.abs(x + y - size + 1)) / Math.SQRT2;
      const inside = Math.max(Math.abs(x - size / 2), Math.abs(y - size / 2)) < size / 2 - 4;
      if (!inside || off > 5) continue;
      data.set(off > 2.6 ? [255, 255, 255, 255] : [179, 38, 30, 255], (y * size + x) * 4);
    }
  return { width: size, height: size, data };
}
