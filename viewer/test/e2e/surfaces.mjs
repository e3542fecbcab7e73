import assert from 'node:assert/strict';
import { stateOf, titleIn } from './look.mjs';

/** The forms of the heat map. */
export const surfaceChecks = [
  {
    name: 'surfaces: bands and lines have the colours of the legend',
    async run({ page, visit, keep, server, settled }) {
      const id = heatmapOf(server);
      if (!id) return;
      await visit(`#h=${id}&lang=es&names=-`);
      await page.click('#section-heatmap');
      for (const [surface, layer] of [
        ['bands', 'heat-bands'],
        ['lines', 'heat-lines'],
      ]) {
        await page.selectOption('#surface', surface);
        await settled();
        const indexes = await page.evaluate(
          (one) =>
            window.comarca.map.queryRenderedFeatures({ layers: [one] }).map(({ properties }) => properties.color_index),
          layer,
        );
        assert.ok(indexes.length > 0, `no ${surface}`);
        const { legend } = await server.read(`heatmaps/${id}.json`);
        assert.ok(
          indexes.every((index) => index >= 0 && index < legend.length),
          indexes.join(),
        );
        assert.equal((await stateOf(page)).hs, surface);
        await keep(`97-surface-${surface}`);
      }
    },
  },
  {
    name: 'surfaces: hexagons are coloured by the classes of their legend, and what is not published is hatched',
    async run({ page, visit, keep, server, settled }) {
      const id = heatmapOf(server);
      if (!id) return;
      await visit(`#h=${id}&hs=count&lang=es&names=-`);
      await page.waitForSelector('.legend .class');
      const drawn = await page.evaluate(() =>
        window.comarca.map
          .queryRenderedFeatures({ layers: ['heat-hexagons', 'heat-hexagon-missing'] })
          .map(({ layer, properties }) => [layer.id, typeof properties.count]),
      );
      assert.ok(drawn.length > 0, 'no hexagon');
      for (const [layer, type] of drawn) assert.equal(type === 'number', layer === 'heat-hexagons');
      assert.match(await page.textContent('.legend-title'), /número de demandas/);
      await keep('98-hexagons');
      await page.click('#section-heatmap');
      await page.selectOption('#surface', 'votes');
      await settled();
      assert.match(await page.textContent('.legend-title'), /suma de votos/);
    },
  },
  {
    name: 'surfaces: per inhabitant is asked of the server, and the legend has its unit',
    async run({ page, visit, server, settled }) {
      const id = heatmapOf(server);
      if (!id || !server.catalog.heatmaps[id].per?.includes('inhabitants')) return;
      await visit(`#h=${id}&lang=es&names=-`);
      await page.click('#section-heatmap');
      const asked = page.waitForRequest(
        (request) => request.url().includes('per=inhabitants') && request.url().includes('.png'),
      );
      await page.check('#per-inhabitant');
      await asked;
      await settled();
      assert.equal((await stateOf(page)).per, 'inhabitants');
      assert.match(await page.textContent('.legend'), /habitantes|personas/);
      assert.equal(await page.textContent('.legend-title'), titleIn({ id, ...server.catalog.heatmaps[id] }, 'es'));
    },
  },
];

function heatmapOf({ catalog }) {
  return catalog.demands ? Object.keys(catalog.heatmaps).find((id) => catalog.heatmaps[id].themes !== false) : null;
}
