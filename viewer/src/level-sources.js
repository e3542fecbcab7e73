/**
 * What every level has on the map besides its figures: its borders, each once, and one point per territory to write its
 * name at. Neither depends on the indicator, so both stay while that changes.
 */

/** Names of the sources of `level`. */
export const bordersOf = (level) => `borders-${level}`;
export const labelsOf = (level) => `labels-${level}`;

/** Names of their layers in the tiles. */
export const borderLayerOf = (level) => `${level}:borders`;
export const labelLayerOf = (level) => `${level}:labels`;

/** Adds the sources of all levels that the server has tiles of; gives the TileJSON of each by id, finest first. */
export async function addLevelSources(app) {
  const levels = app.catalog.levels.map((level) => level.id).filter((id) => app.catalog.tiles[id]);
  const documents = await Promise.all(levels.map((id) => app.api.tilejson(id)));
  levels.forEach((id, i) => {
    for (const [source, tiles] of Object.entries(companionTiles(app, id)))
      app.map.addSource(source, vectorSource(tiles, documents[i]));
  });
  return new Map(levels.map((id, i) => [id, documents[i]]));
}

/** Asks for everything anew, for another generation of the data. */
export function refreshLevelSources(app, levels) {
  for (const id of levels)
    for (const [source, tiles] of Object.entries(companionTiles(app, id))) app.map.getSource(source).setTiles([tiles]);
}

/** A vector source with the zooms and the bounds that its TileJSON states. */
export function vectorSource(tiles, { minzoom, maxzoom, bounds }) {
  return { type: 'vector', tiles: [tiles], ...given({ minzoom, maxzoom, bounds }) };
}

function companionTiles({ api }, id) {
  return {
    [bordersOf(id)]: api.tiles(borderLayerOf(id), { properties: 'level' }),
    [labelsOf(id)]: api.tiles(labelLayerOf(id), { properties: 'rank,radius_m' }),
  };
}

function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
