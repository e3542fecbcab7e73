import assert from 'node:assert/strict';
import { ready } from '../browser.mjs';

export const troubleChecks = [
  {
    name: 'text from the server is shown as text and never becomes markup',
    faulty: true,
    async run({ page, visit, server }) {
      const trap = '<img src=x onerror="document.title=1"><b>bold</b>';
      await page.route(/\/indicators$/, async (route) => {
        const indicators = server.indicators.map((one, i) =>
          i === 0 ? { ...one, title: trap, unit: trap, formula: trap } : one,
        );
        await route.fulfill({ json: { indicators } });
      });
      await page.route(/\/catalog$/, (route) => route.fulfill({ json: { ...server.catalog, name: trap } }));
      await visit();
      assert.equal(await page.textContent('#name'), trap);
      assert.equal(await page.textContent('.legend-title'), trap);
      assert.equal(await page.locator('img, b').count(), 0);
    },
  },
  {
    name: 'values that do not load are told in words, and trying again works',
    faulty: true,
    async run({ page, visit, keep }) {
      let broken = true;
      await page.route(/\/indicators\/.*level=/, (route) =>
        broken
          ? route.fulfill({
              status: 503,
              contentType: 'application/problem+json',
              body: '{"title":"Busy","detail":"try later","status":503}',
            })
          : route.continue(),
      );
      await visit('#lang=es');
      assert.match(await page.textContent('[role=alert]'), /No se pudo cargar .*Busy: try later/);
      await keep('70-failure');
      broken = false;
      await page.click('.alert .button');
      await page.waitForSelector('.legend');
      assert.equal(await page.locator('.alert').count(), 0);
    },
  },
  {
    name: 'a server that is still reading its data is waited for',
    faulty: true,
    async run({ page, url, keep }) {
      let asked = 0;
      await page.route(/\/catalog$/, (route) =>
        asked++ === 0 ? route.fulfill({ status: 503, json: { title: 'Loading' } }) : route.continue(),
      );
      await page.goto(url);
      await page.waitForSelector('.notice');
      assert.match(await page.textContent('.notice'), /leyendo los datos/);
      await keep('71-waiting');
      await ready(page);
      assert.ok(await page.isVisible('.legend'));
    },
  },
  {
    name: 'the page works under any base path',
    async run({ page, url }) {
      const outside = [];
      const origin = new URL(url).origin;
      await page.route(`${origin}/**`, async (route) => {
        const asked = route.request().url();
        if (!asked.startsWith(`${origin}/gis/sur/`)) outside.push(asked);
        await route.fulfill({ response: await route.fetch({ url: url + asked.slice(`${origin}/gis/sur/`.length) }) });
      });
      await page.goto(`${origin}/gis/sur/`);
      await ready(page);
      assert.ok(await page.isVisible('.legend'));
      assert.deepEqual(outside, []);
    },
  },
  {
    name: 'without WebGL the page says so, and its table and cards still work',
    faulty: true,
    async run({ page, visit, keep }) {
      await page.addInitScript(() => {
        const { getContext } = HTMLCanvasElement.prototype;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...rest);
        };
      });
      await visit('#lang=es');
      assert.match(await page.textContent('[role=alert]'), /falta WebGL 2/);
      await keep('72-no-webgl');
      await page.click('#open-table');
      await page.click('#table tbody tr:first-child a');
      await page.waitForSelector('#card-name');
      assert.ok(await page.isVisible('.legend'));
    },
  },
  {
    name: 'new data on the server reach the open page',
    async run({ settled, page, visit, server }) {
      let generation = server.catalog.generation;
      const asked = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.route(/\/catalog$/, (route) => route.fulfill({ json: { ...server.catalog, generation } }));
      await visit('#lang=es');
      generation = 'tomorrow';
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await page.waitForRequest((request) => request.url().includes('g=tomorrow'));
      await settled();
      assert.ok(await page.isVisible('.legend'));
      assert.ok(
        asked.some((address) => address.includes('.mvt') && address.includes('g=tomorrow')),
        'no tile of the new data',
      );
    },
  },
];
