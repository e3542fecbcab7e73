/** Styles and tiles of the server in programs that are not ours: MapLibre by its address alone, and OpenLayers. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { build } from 'esbuild';

const here = (path) => new URL(path, import.meta.url).pathname;

export const clientChecks = [
  {
    name: 'every style keeps to the specification and names no other server',
    async run({ server, url }) {
      const { styles } = await server.read('styles');
      for (const kind of ['base', 'level', 'layer', 'indicator'])
        assert.ok(styles.some((one) => one.kind === kind), kind);
      for (const { name, style: address } of styles) {
        for (const lang of server.catalog.languages) {
          const style = await fetch(`${address}?lang=${lang}`).then((answer) => answer.json());
          assert.deepEqual(validateStyleMin(style).map(({ message }) => message), [], name);
          const named = JSON.stringify(style).match(/https?:\/\/[^/"]+/g);
          for (const origin of named) assert.equal(origin, new URL(url).origin, name);
        }
      }
    },
  },
  {
    name: 'MapLibre draws the base style with borders and names, and asks nobody else',
    async run({ page, url, server, keep }) {
      await showStyle(page, url, (await server.read('styles')).styles.find(({ kind }) => kind === 'base').style);
      const level = server.catalog.levels.at(-2) ?? server.catalog.levels[0];
      const names = await namesDrawn(page, level.id);
      assert.ok(names.length > 0, 'no name is drawn');
      assert.equal(new Set(names).size, names.length, 'a territory is named twice');
      const colours = await page.evaluate(coloursOnCanvas);
      assert.ok(colours > 3, `${colours} colours`);
      await keep('90-style-base');
    },
  },
  {
    name: 'MapLibre draws the classes of an indicator as its legend says',
    async run({ page, url, server, keep }) {
      const { id, title } = server.indicators[0];
      const level = server.catalog.levels[0].id;
      const address = new URL(`styles/indicator:${id}.json?level=${level}&method=jenks&classes=4`, url).href;
      await showStyle(page, url, address);
      const style = await fetch(address).then((answer) => answer.json());
      const legend = style.metadata['comarca:legend'];
      assert.deepEqual(legend.title, title);
      const values = await server.values(id, level);
      const total = legend.classes.reduce((sum, { count }) => sum + count, legend.missing.count);
      assert.equal(total, values.length);
      const drawn = await page.evaluate(([name]) => {
        const features = window.map.queryRenderedFeatures({ layers: ['figures'] });
        return features.map(({ properties, layer }) => [properties[name] ?? null, layer.paint['fill-color']]);
      }, [id]);
      assert.ok(drawn.length > 0, 'no territory is drawn');
      for (const [value, { r, g, b }] of drawn) {
        const row = legend.classes.find(({ to }, i) => value < to || i === legend.classes.length - 1);
        const expected = value === null ? legend.missing.color : row.color;
        assert.equal(hex(r, g, b), expected, `${value}`);
      }
      await keep('91-style-indicator');
    },
  },
  {
    name: 'MapLibre draws heat maps, hexagons and layers by their styles',
    async run({ page, url, server, keep }) {
      const { styles } = await server.read('styles');
      const base = await fetch(styles.find(({ kind }) => kind === 'base').style).then((answer) => answer.json());
      const ground = base.layers.map(({ id }) => id);
      // Hexagons on few features may not be published; demands are many.
      for (const kind of ['heatmap', 'hexagons', 'layer', 'level']) {
        const all = styles.filter((one) => one.kind === kind);
        const found = all.find(({ name }) => name.endsWith('demands')) ?? all[0];
        if (!found) continue;
        await showStyle(page, url, found.style);
        await keep(`92-style-${kind}`);
        const own = await page.evaluate((below) => window.map.getLayersOrder().filter((id) => !below.includes(id)), ground);
        assert.ok(own.length > 0, `${found.name} has the layers of the ground alone`);
        const share = await page.evaluate(shareDrawnBy, own);
        assert.ok(share > 0.001, `${found.name}: ${own} change ${share} of the picture`);
      }
    },
  },
  {
    name: 'OpenLayers draws the territories by their TileJSON',
    async run({ page, url, server, keep }) {
      const level = server.catalog.levels[0].id;
      const tilejson = server.catalog.tiles[level].tilejson;
      await open(page, url, 'openlayers', `tilejson=${encodeURIComponent(tilejson)}`);
      const keys = await page.evaluate(() => window.keys());
      const values = await server.values(server.indicators[0].id, level);
      assert.deepEqual(keys.sort(), values.map(({ key }) => key).sort());
      const colours = await page.evaluate(coloursOnCanvas);
      assert.ok(colours > 2, `${colours} colours`);
      await keep('93-openlayers');
    },
  },
];

const showStyle = (page, url, style) => open(page, url, 'maplibre', `style=${encodeURIComponent(style)}`);

/** Opens a page of `test/pages`, which the server does not have, at the server's own address. */
async function open(page, url, name, query) {
  const folder = new URL('test-clients/', url).href;
  const serve = (file, contentType, body) =>
    page.route(`${folder}${file}`, (route) => route.fulfill({ contentType, body }));
  const html = await readFile(here('../pages/index.html'), 'utf8');
  await serve(`${name}.html?*`, 'text/html', html.replace('SCRIPT', `${name}.js`));
  await serve(`${name}.js`, 'text/javascript', await bundle(name));
  const worker = await readFile(here('../../node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs'), 'utf8');
  await serve('maplibre-worker.mjs', 'text/javascript', worker);
  await page.goto(`${folder}${name}.html?${query}`, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.drawn?.then(() => true), null, { timeout: 120_000 });
}

async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [here(`../pages/${name}.js`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

function namesDrawn(page, level) {
  return page.evaluate(
    (layer) => window.map.queryRenderedFeatures({ layers: [layer] }).map(({ properties }) => properties.name),
    `name-${level}`,
  );
}

/** The share of the map's pixels that are others without these layers. */
async function shareDrawnBy(layers) {
  const { map } = window;
  const pixels = () => {
    const { width, height } = map.getCanvas();
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(map.getCanvas(), 0, 0);
    return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  };
  const drawn = pixels();
  const without = new Promise((resolve) => map.once('idle', resolve));
  for (const layer of layers) map.setLayoutProperty(layer, 'visibility', 'none');
  await without;
  const ground = pixels();
  return drawn.filter((pixel, i) => pixel !== ground[i]).length / drawn.length;
}

/** How many colours are on the canvas, each on a hundred pixels or more. */
function coloursOnCanvas() {
  const counts = new Map();
  for (const canvas of document.querySelectorAll('canvas')) {
    if (canvas.width === 0) continue;
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] < 255) continue;
      const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  return [...counts.values()].filter((count) => count >= 100).length;
}

function hex(r, g, b) {
  return `#${[r, g, b].map((part) => Math.round(part * 255).toString(16).padStart(2, '0')).join('')}`;
}
