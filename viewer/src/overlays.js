/** Layers of the project (schools, stops, parks …) that the reader switches on over the territories. */
import { categoryColor } from './colors.js';
import { DEMANDS, NARROWS, demandLayer, demandQuery } from './demands/points.js';
import { vectorSource } from './level-sources.js';
import { addToSlot, removeLayers } from './slots.js';

const CROWD_FEATURES = 800;

/** The layers of the catalogue that can be switched on, each with its colour. */
export function overlaysOf(catalog) {
  const layers = Object.entries(catalog.tiles).filter(([, tile]) => tile.kind === 'layer');
  return layers.map(([id, tile], i) => ({ id, ...tile, color: categoryColor(i) }));
}

/** Identifiers of the overlays' layers that are on the map now. */
export function overlayLayersOn(map) {
  return map.getLayersOrder().filter((id) => id.startsWith('overlay-'));
}

/** @param {import('./app.js').App} app */
export function createOverlays(app) {
  const { map, state } = app;
  const overlays = overlaysOf(app.catalog);
  // What the tiles of a layer can tell of its features.
  const columns = new Map();

  async function switchOn(overlay) {
    const { id } = overlay;
    const document = await app.status.during(app.layerTitle(id), () => app.api.tilejson(id));
    const stillWanted = document && state.value.layers.includes(id) && !map.getSource(sourceOf(id));
    if (!stillWanted) return;
    columns.set(id, Object.keys(document.vector_layers?.[0]?.fields ?? {}));
    map.addSource(sourceOf(id), vectorSource(tilesNow(id), document));
    for (const [slot, layer] of drawingOf(app, overlay)) addToSlot(map, slot, layer);
  }

  function switchOff(overlay) {
    removeLayers(
      map,
      drawingOf(app, overlay).map(([, layer]) => layer.id),
    );
    map.removeSource(sourceOf(overlay.id));
  }

  function update() {
    const wanted = state.value.layers;
    for (const overlay of overlays) {
      const on = Boolean(map.getSource(sourceOf(overlay.id)));
      if (wanted.includes(overlay.id) && !on) switchOn(overlay);
      if (!wanted.includes(overlay.id) && on) switchOff(overlay);
    }
  }

  function redraw() {
    for (const id of state.value.layers) map.getSource(sourceOf(id))?.setTiles([tilesNow(id)]);
  }

  function narrow() {
    map.getSource(sourceOf(DEMANDS))?.setTiles([tilesNow(DEMANDS)]);
  }

  const tilesNow = (id) => tilesOf(app, id, columns.get(id) ?? []);

  state.subscribe((_, changed) => {
    if (changed.has('layers')) update();
    if (changed.has('changing')) redraw();
    else if (NARROWS.some((key) => changed.has(key))) narrow();
  });
  update();
  return { redraw };
}

const sourceOf = (id) => `overlay-${id}`;

// What can be changed comes with its attributes: a new feature is like another.
function tilesOf(app, id, columns) {
  const { changing, changes } = app.state.value;
  const own = id === DEMANDS ? demandQuery(app.state.value, columns) : { properties: '' };
  const query = changing === id ? {} : own;
  const isChanged = changes.some(({ layer }) => layer === id);
  return isChanged ? app.api.scenarioTiles(id, query) : app.api.tiles(id, query);
}

function drawingOf(app, overlay) {
  if (overlay.id === DEMANDS) return [['points', demandLayer(app, sourceOf(DEMANDS))]];
  return layersOf(overlay);
}

// A layer may mix geometries, so each gets a drawing for every type and a filter that lets its own through. Marks of a
// crowd are small until there is room for them.
function layersOf({ id, color, features }) {
  const crowd = features > CROWD_FEATURES;
  const of = (type) => ['==', ['geometry-type'], type];
  const layer = (kind, filter, paint) => ({
    id: `overlay-${id}-${kind}`,
    type: kind,
    source: sourceOf(id),
    'source-layer': id,
    filter,
    paint,
  });
  const grow = (small, large) => ['interpolate', ['linear'], ['zoom'], crowd ? 13 : 10, small, 16, large];
  return [
    ['areas', layer('fill', of('Polygon'), { 'fill-color': color, 'fill-opacity': 0.3 })],
    [
      'areas',
      layer('line', ['!=', ['geometry-type'], 'Point'], { 'line-color': color, 'line-width': grow(crowd ? 0 : 1, 2) }),
    ],
    [
      'points',
      layer('circle', of('Point'), {
        'circle-color': color,
        'circle-radius': grow(crowd ? 1.8 : 2.5, 7),
        'circle-opacity': 0.9,
        'circle-stroke-color': '#ffffff',
        'circle-stroke-width': grow(crowd ? 0 : 0.8, 1.5),
      }),
    ],
  ];
}
