/** The heat map: the density that the server computes, in tiles over the territories, and what its colours mean. */
import { heatQuery, hexagonQuery } from './demands/filter.js';
import { heatLayers } from './heat-layers.js';
import { createHexagonClasses } from './hexagons.js';
import { addToSlot, removeLayers } from './slots.js';
import { createStore } from './store.js';
import { isHexagons, surfaceFor } from './surfaces.js';

const HEAT = 'heat';
const FOLLOWS = ['heatmap', 'theme', 'status', 'period', 'minus', 'surface', 'perInhabitant'];
const NOTHING = { document: null, surface: null };

/**
 * @typedef {object} HeatLegend what the shown colours mean; `document` is the server's, null when there is no heat map
 * @param {import('./app.js').App} app
 */
export function createHeat(app) {
  const { map, state } = app;
  const legend = createStore(NOTHING);
  const hexagons = map && createHexagonClasses(app, HEAT);
  let latest = new AbortController();
  let drawn = null;

  async function update() {
    const { heatmap: id } = state.value;
    latest.abort();
    latest = new AbortController();
    if (!id) return clear();
    const wanted = wantedOf(app);
    const { signal } = latest;
    const document = await app.status.during(
      app.title({ id, ...app.catalog.heatmaps[id] }),
      () => documentOf(app, wanted, signal),
      update,
    );
    if (signal.aborted || !document) return;
    legend.set({ document, surface: wanted.surface });
    if (map) draw(wanted, document);
  }

  // The same form with other tiles keeps the old picture until the new one is there.
  function draw(wanted, document) {
    const tiles = tilesOf(app, wanted);
    const form = JSON.stringify([wanted.id, wanted.surface, document.legend, document.bounds]);
    if (form === drawn) map.getSource(HEAT).setTiles([tiles]);
    else drawAnew(wanted, document, tiles);
    drawn = form;
    hexagons.show(isHexagons(wanted.surface) ? wanted.surface : null);
  }

  function drawAnew({ id, surface }, document, tiles) {
    removeFromMap();
    const { tileSize = 256, minzoom = 0, maxzoom = 22, bounds = app.catalog.bounds } = document;
    const raster = surface === 'picture';
    map.addSource(HEAT, {
      type: raster ? 'raster' : 'vector',
      tiles: [tiles],
      ...(raster && { tileSize }),
      minzoom,
      maxzoom,
      bounds,
    });
    const layer = isHexagons(surface) ? 'demands' : id;
    for (const [slot, one] of heatLayers(app, surface, document, HEAT, layer)) addToSlot(map, slot, one);
  }

  function clear() {
    legend.set(NOTHING);
    if (!map) return;
    hexagons.show(null);
    removeFromMap();
  }

  function removeFromMap() {
    removeLayers(
      map,
      map.getLayersOrder().filter((id) => map.getLayer(id).source === HEAT),
    );
    if (map.getSource(HEAT)) map.removeSource(HEAT);
    drawn = null;
  }

  state.subscribe((_, changed) => FOLLOWS.some((key) => changed.has(key)) && update());
  update();
  return { legend, hexagons, redraw: update };
}

function wantedOf(app) {
  const { heatmap: id } = app.state.value;
  const surface = surfaceFor(app.state.value, app.catalog);
  const query = isHexagons(surface)
    ? hexagonQuery(app.state.value)
    : heatQuery(app.state.value, app.catalog.heatmaps[id]);
  return { id, surface, query };
}

function documentOf(app, { id, surface, query }, signal) {
  return isHexagons(surface) ? app.api.hexagons('demands', query, signal) : app.api.heatmap(id, query, signal);
}

function tilesOf(app, { id, surface, query }) {
  if (isHexagons(surface)) return app.api.hexagonTiles('demands', query);
  return app.api.heatTiles(id, query, surface === 'picture' ? 'png' : 'mvt');
}
