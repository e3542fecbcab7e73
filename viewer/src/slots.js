/**
 * The order of everything on the map, bottom to top. A layer is added before its slot, so parts of the page that know
 * nothing of each other still stack the same way whatever is switched on first.
 */
export const SLOTS = ['fills', 'heat', 'areas', 'borders', 'highlights', 'points', 'names'];

export const PAPER = '#eef2f3';

/** A style with nothing but paper and the slots: no sprite, no fonts, no outside address. */
export function emptyStyle() {
  const paper = { id: 'paper', type: 'background', paint: { 'background-color': PAPER } };
  return { version: 8, sources: {}, layers: [paper, ...SLOTS.map(slotLayer)] };
}

export function addToSlot(map, slot, layer) {
  map.addLayer(layer, `slot-${slot}`);
}

export function removeLayers(map, ids) {
  for (const id of ids) if (map.getLayer(id)) map.removeLayer(id);
}

function slotLayer(name) {
  return { id: `slot-${name}`, type: 'background', layout: { visibility: 'none' } };
}
