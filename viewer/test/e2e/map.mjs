import assert from 'node:assert/strict';
import {
  classIn,
  colourSamples,
  difference,
  drawnValues,
  innerBounds,
  legendRows,
  somewhere,
  stateOf,
  titleIn,
  written,
} from './look.mjs';

export const mapChecks = [
  {
    name: 'the page opens on a map of the whole territory, under a strict policy and without other origins',
    async run({ page, visit, keep, url, server }) {
      const response = await fetch(url);
      const policy = response.headers.get('content-security-policy') ?? '';
      for (const rule of ["default-src 'self'", "style-src 'self'", "connect-src 'self'"])
        assert.ok(policy.includes(rule), `policy: ${policy}`);
      assert.ok(!/unsafe-(inline|eval)/.test(policy), policy);
      await visit();
      assert.equal(await page.textContent('#name'), server.catalog.name);
      const inView = await page.evaluate(([w, s, e, n]) => {
        const bounds = window.comarca.map.getBounds();
        return bounds.contains([w, s]) && bounds.contains([e, n]);
      }, server.catalog.bounds);
      assert.ok(inView);
      await keep('01-start');
    },
  },
  {
    name: 'every level draws all its territories with the values that the API gives',
    async run({ page, visit, keep, server }) {
      const indicator = server.indicators[0].id;
      for (const { id } of server.catalog.levels) {
        await visit(`#i=${indicator}&l=${id}&names=-`);
        const values = new Map((await server.values(indicator, id)).map(({ key, value }) => [key, value]));
        const drawn = await drawnValues(page, indicator);
        for (const [key, value] of drawn)
          assert.ok(same(value, values.get(key)), `${id} ${key}: drawn ${value}, API ${values.get(key)}`);
        const absent = [...values.keys()].filter((key) => !drawn.has(key));
        assert.deepEqual(absent, [], `${id}: not drawn`);
        const missing = [...values]
          .filter(([, value]) => value === null)
          .map(([key]) => key)
          .sort();
        assert.deepEqual(
          [...(await drawnValues(page, indicator, ['territory-missing'])).keys()].sort(),
          missing,
          `${id}: hatched`,
        );
        await keep(`02-level-${id}`);
      }
    },
  },
  {
    name: 'the canvas shows each territory in the colour of its class',
    async run({ page, visit, server }) {
      const level = server.catalog.levels[0].id;
      for (const palette of ['ylgnbu', 'viridis']) {
        await visit(`#i=${server.indicators[0].id}&l=${level}&k=4&p=${palette}&names=-&lang=es`);
        const legend = await legendRows(page);
        const samples = (await colourSamples(page, server.indicators[0].id)).filter(({ value }) => value !== null);
        assert.ok(samples.length > 3, `${samples.length} territories are wide enough to look at`);
        const bounds = innerBounds(legend);
        for (const { key, value, color } of samples) {
          const expected = legend[classIn(bounds, value)].color;
          assert.ok(difference(expected, color) <= 3, `${key} with ${value} is ${color}, not ${expected}`);
        }
        assert.ok(new Set(samples.map(({ value }) => classIn(bounds, value))).size > 1, 'only one colour');
      }
    },
  },
  {
    name: 'tiles of the last indicator that come late are not drawn over those of the next',
    async run({ page, visit, server }) {
      const level = server.catalog.levels[0].id;
      const [slow, quick] = server.indicators.map(({ id }) => id);
      await page.route(new RegExp(`indicators=${slow}(&|$)`), async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 900));
        await route.continue().catch(() => {});
      });
      await visit(`#i=${quick}&l=${level}&names=-`);
      await page.evaluate((next) => (location.hash = next), `#i=${slow}&l=${level}&names=-`);
      await page.waitForRequest((request) => request.url().includes(`indicators=${slow}`));
      await visit(`#i=${quick}&l=${level}&names=-`);
      await page.waitForTimeout(1500);
      const values = new Map((await server.values(quick, level)).map(({ key, value }) => [key, value]));
      const drawn = await drawnValues(page, quick);
      assert.equal(drawn.size, values.size);
      for (const [key, value] of drawn) assert.ok(same(value, values.get(key)), `${key}: ${value}, not ${values.get(key)}`);
    },
  },
  {
    name: 'every border is drawn once, and every name once wherever the map is moved',
    async run({ page, visit, keep, server }) {
      const finest = server.catalog.levels[0].id;
      const level = server.catalog.levels.at(-2)?.id ?? finest;
      await visit(`#i=${server.indicators[0].id}&l=${finest}&names=-`);
      const lines = await page.evaluate(() => {
        const { map } = window.comarca;
        const layers = map.getLayersOrder().filter((id) => id.startsWith('border-'));
        const [{ source }] = layers.map((id) => map.getLayer(id));
        const drawn = map.queryRenderedFeatures({ layers }).map(({ layer, properties }) => [layer.id, properties.level]);
        return { layers, sources: new Set(layers.map((id) => map.getLayer(id).source)).size, source, drawn };
      });
      assert.equal(lines.sources, 1, 'borders of one source');
      assert.ok(lines.drawn.length > 0);
      for (const [layer, own] of lines.drawn) assert.equal(layer, `border-${own}`);
      const places = new Map();
      for (const zoom of [0, 0.7, 1.4]) {
        await visit(`#i=${server.indicators[0].id}&l=${level}`);
        await page.evaluate((more) => window.comarca.map.setZoom(window.comarca.map.getZoom() + more), zoom);
        await page.evaluate(() => window.comarca.ready);
        const labels = await page.evaluate(() =>
          window.comarca.map
            .queryRenderedFeatures({ layers: ['labels-value'] })
            .map(({ properties, geometry }) => ({ name: properties.name, at: geometry.coordinates })),
        );
        assert.equal(new Set(labels.map(({ name }) => name)).size, labels.length, 'a territory is named twice');
        for (const { name, at } of labels) {
          const known = places.get(name) ?? at;
          assert.ok(Math.hypot(at[0] - known[0], at[1] - known[1]) < 5e-4, `${name} moved from ${known} to ${at}`);
          places.set(name, known);
        }
      }
      assert.ok(places.size > 0, 'nothing is named');
      await keep('03-borders');
    },
  },
  {
    name: 'names and values are written on the map without any request for letters',
    async run({ page, visit, keep, server }) {
      const level = server.catalog.levels.at(-2) ?? server.catalog.levels[0];
      await visit(`#i=${server.indicators[0].id}&l=${level.id}`);
      const labels = await page.evaluate(() =>
        window.comarca.map
          .queryRenderedFeatures({ layers: ['labels-value', 'labels-place'] })
          .map(({ properties }) => properties),
      );
      assert.ok(labels.length > 0, 'no label');
      const values = await server.values(server.indicators[0].id, level.id);
      const shown = new Set(labels.map(({ value }) => value));
      assert.ok(
        values.some(({ value }) => value !== null && shown.has(written(value, 'es'))),
        'no label says a value',
      );
      assert.equal(new Set(labels.map(({ name }) => name)).size, labels.length, 'a territory is named twice');
      await keep('03-labels');
    },
  },
  {
    name: 'the pointer is told the name and the value of the territory under it',
    async run({ page, visit, keep, server }) {
      await visit();
      const { i, l } = await stateOf(page);
      const { x, y, key } = await somewhere(page);
      await page.mouse.move(x, y);
      await page.waitForSelector('#tooltip:not([hidden])');
      const words = await page.textContent('#tooltip');
      const row = (await server.values(i, l)).find((one) => one.key === key);
      assert.ok(words.includes(row.name ?? key), words);
      assert.ok(words.includes(row.value === null ? 'sin dato' : written(row.value, 'es')), words);
      await keep('04-pointer');
      await page.mouse.move(5, 300);
      assert.equal(await page.isVisible('#tooltip'), false);
    },
  },
  {
    name: 'the heat map changes the picture and brings its own legend',
    async run({ settled, page, visit, keep, server }) {
      const id = Object.keys(server.catalog.heatmaps)[0];
      if (!id) return;
      await visit('#names=-&lang=es');
      const before = new Map((await colourSamples(page, '')).map(({ key, color }) => [key, color]));
      await page.click('#section-heatmap');
      await page.selectOption('#heatmap', id);
      await settled();
      const plain = await page.evaluate(() => window.comarca.map.getPaintProperty('territory-fill', 'fill-color'));
      const after = await colourSamples(page, '');
      assert.ok(
        after.some(({ key, color }) => before.has(key) && difference(before.get(key), color) > 8),
        'the picture is the same',
      );
      const base = [1, 3, 5].map((at) => Number.parseInt(plain.slice(at, at + 2), 16));
      assert.ok(
        after.some(({ color }) => difference(base, color) > 8),
        'no heat is on the map',
      );
      const { legend } = await server.read(`heatmaps/${id}.json`);
      const words = (await legendRows(page)).map((row) => row.words);
      assert.deepEqual(
        words,
        legend.map(({ value }) => written(value, 'es')),
      );
      assert.equal(await page.textContent('.legend-title'), titleIn({ id, ...server.catalog.heatmaps[id] }, 'es'));
      await keep('05-heat');
      const theme = server.catalog.themes[0];
      if (!theme || server.catalog.heatmaps[id].themes === false) return;
      const asked = page.waitForRequest((request) => request.url().includes(`.png?theme=${encodeURIComponent(theme)}`));
      await page.selectOption('#theme', theme);
      await asked;
      await settled();
      const ofTheme = new Map((await colourSamples(page, '')).map(({ key, color }) => [key, color]));
      assert.ok(
        after.some(({ key, color }) => ofTheme.has(key) && difference(ofTheme.get(key), color) > 8),
        'a theme looks like all of them',
      );
    },
  },
  {
    name: 'every layer can be put on the map and taken off again',
    async run({ settled, page, visit, keep, server }) {
      const layers = Object.entries(server.catalog.tiles).filter(
        ([, tile]) => tile.kind === 'layer' && tile.features > 0,
      );
      await visit();
      await page.click('#section-layers');
      if (await page.isVisible('#section-heatmap')) await page.click('#section-heatmap');
      for (const [id] of layers) {
        await page.check(`#layer-${id}`);
        await settled();
        assert.ok((await drawnOf(page, id)) > 0, `nothing of ${id} is drawn`);
        await keep(`06-layer-${id}`);
        await page.uncheck(`#layer-${id}`);
        await settled();
        assert.equal(await drawnOf(page, id), 0);
      }
    },
  },
];

// Tiles may carry 32-bit numbers; everything beyond that must be equal.
function same(a, b) {
  return a === b || (a !== null && b != null && Math.abs(a - b) <= Math.abs(b) * 2 ** -23);
}

function drawnOf(page, id) {
  return page.evaluate((layer) => {
    const { map } = window.comarca;
    const layers = map.getLayersOrder().filter((one) => one.startsWith(`overlay-${layer}-`));
    return layers.length > 0 ? map.queryRenderedFeatures({ layers }).length : 0;
  }, id);
}
