/** A style of the server in MapLibre, as another site would show it: `?style=ADDRESS`. */
import * as maplibregl from 'maplibre-gl';

maplibregl.setWorkerUrl(new URL('maplibre-worker.mjs', location.href).href);
const map = new maplibregl.Map({
  container: 'map',
  style: new URLSearchParams(location.search).get('style'),
  fadeDuration: 0,
  canvasContextAttributes: { preserveDrawingBuffer: true },
});
map.on('error', ({ error }) => console.error(error.message));
window.map = map;
window.drawn = new Promise((resolve) => map.once('idle', resolve));
