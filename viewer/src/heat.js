/** The heat map: a picture the server computes, in tiles, over the territories. */
import { addToSlot, removeLayers } from './slots.js';
import { createStore } from './store.js';

const HEAT = 'heat';

/**
 * @typedef {object} HeatLegend what the shown heat map's colours mean; `document` is null when there is none
 * @param {import('./app.js').App} app
 */
export function createHeat(app) {
  const { map, state } = app;
  const legend = createStore({ document: null });

  async function update() {
    const { heatmap: id, theme } = state.value;
    if (!id) return clear();
    const document = await app.status.during(
      app.title({ id, ...app.catalog.heatmaps[id] }),
      () => app.api.heatmap(id, theme),
      update,
    );
    if (!document || id !== state.value.heatmap || theme !== state.value.theme) return;
    legend.set({ document });
    draw(document);
  }

  function draw({ tileSize = 256, minzoom = 0, maxzoom = 22, bounds = app.catalog.bounds }) {
    if (!map) return;
    removeFromMap();
    const { heatmap, theme } = state.value;
    map.addSource(HEAT, {
      type: 'raster',
      tiles: [app.api.heatTiles(heatmap, theme)],
      tileSize,
      minzoom,
      maxzoom,
      bounds,
    });
    addToSlot(map, 'heat', { id: HEAT, type: 'raster', source: HEAT, paint: { 'raster-fade-duration': 0 } });
  }

  function clear() {
    legend.set({ document: null });
    if (map) removeFromMap();
  }

  function removeFromMap() {
    removeLayers(map, [HEAT]);
    if (map.getSource(HEAT)) map.removeSource(HEAT);
  }

  state.subscribe((_, changed) => (changed.has('heatmap') || changed.has('theme')) && update());
  update();
  return { legend, redraw: update };
}
