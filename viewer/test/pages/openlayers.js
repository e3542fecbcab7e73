/** Vector tiles of the server in OpenLayers, by their TileJSON: `?tilejson=ADDRESS`. */
import Map from 'ol/Map.js';
import View from 'ol/View.js';
import { createXYZ } from 'ol/tilegrid.js';
import MVT from 'ol/format/MVT.js';
import VectorTileLayer from 'ol/layer/VectorTile.js';
import { transformExtent } from 'ol/proj.js';
import VectorTile from 'ol/source/VectorTile.js';
import Fill from 'ol/style/Fill.js';
import Stroke from 'ol/style/Stroke.js';
import Style from 'ol/style/Style.js';

const query = new URLSearchParams(location.search);
const { tiles, bounds, maxzoom } = await fetch(query.get('tilejson')).then((answer) => answer.json());
const source = new VectorTile({
  format: new MVT({ idProperty: 'key' }),
  url: tiles[0],
  tileGrid: createXYZ({ maxZoom: maxzoom, tileSize: 512 }),
});
const style = new Style({ fill: new Fill({ color: '#9ecae1' }), stroke: new Stroke({ color: '#08306b', width: 1 }) });
const layer = new VectorTileLayer({ source, style });
const map = new Map({
  target: 'map',
  layers: [layer],
  view: new View({ enableRotation: false }),
});
map.getView().fit(transformExtent(bounds, 'EPSG:4326', 'EPSG:3857'), { padding: [20, 20, 20, 20] });
window.keys = () => {
  const found = layer.getFeaturesInExtent(map.getView().calculateExtent());
  return [...new Set(found.map((feature) => String(feature.get('key') ?? feature.getId())))];
};
window.drawn = new Promise((resolve) => map.once('rendercomplete', resolve));
