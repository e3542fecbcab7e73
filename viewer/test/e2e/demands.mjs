import assert from 'node:assert/strict';
import { stateOf, titleIn } from './look.mjs';

/** Demands as a layer of points; their cards need a register. */
export const demandChecks = [
  {
    name: 'demands: points are coloured by theme and sized by votes, and the legend says which',
    async run({ page, visit, keep, server }) {
      if (!server.catalog.tiles.demands) return;
      await visit('#on=demands&lang=es&names=-');
      const drawn = await drawnDemands(page);
      assert.ok(drawn.length > 0, 'no demand is drawn');
      const named = await page.$$eval('.demand-legend li', (items) => items.map((item) => item.textContent));
      assert.equal(named.length, server.catalog.themes.length);
      const colors = await page.$$eval('.demand-legend .mark', (marks) =>
        marks.map((one) => getComputedStyle(one).backgroundColor),
      );
      assert.equal(new Set(colors).size, Math.min(9, colors.length), 'two themes look alike');
      const radius = await page.evaluate(() =>
        JSON.stringify(window.comarca.map.getPaintProperty('overlay-demands-circle', 'circle-radius')),
      );
      assert.ok(radius.includes('votes'), radius);
      await keep('90-demands');
    },
  },
  {
    name: 'demands: theme, status and stage narrow the points, and the address keeps it',
    async run({ page, visit, keep, server, settled }) {
      const { demands: register, tiles, themes } = server.catalog;
      if (!tiles.demands) return;
      await visit('#on=demands&lang=es&names=-');
      const before = await drawnDemands(page);
      await page.click('#section-heatmap');
      await page.selectOption('#theme', themes[1]);
      await settled();
      assert.deepEqual([...new Set((await drawnDemands(page)).map(({ theme }) => theme))], [themes[1]]);
      assert.equal((await stateOf(page)).th, themes[1]);
      if (register) {
        await page.selectOption('#status', 'open');
        await page.selectOption('#stage', register.stages[0]);
        await settled();
        // The map may draw the tiles of the choice before for a moment yet; it must not keep them.
        const isChosen = ({ theme, status, stage }) =>
          theme === themes[1] && status === 'open' && stage === register.stages[0];
        let drawn = await drawnDemands(page);
        for (let tries = 0; tries < 60 && !(drawn.length > 0 && drawn.every(isChosen)); tries++) {
          await page.waitForTimeout(250);
          drawn = await drawnDemands(page);
        }
        assert.ok(drawn.length > 0 && drawn.length < before.length);
        assert.deepEqual(
          drawn.filter((one) => !isChosen(one)),
          [],
        );
        const { st, sg } = await stateOf(page);
        assert.deepEqual([st, sg], ['open', register.stages[0]]);
      }
      await keep('91-demands-narrowed');
    },
  },
  {
    name: 'demands: a click opens the card with what is asked, its steps and its history; Escape gives the keyboard back',
    async run({ page, visit, keep, server, settled }) {
      if (!server.catalog.demands) return;
      await visit('#on=demands&lang=es&names=-');
      const found = await demandInSight(page);
      await page.mouse.move(found.x, found.y);
      await page.waitForSelector('#tooltip:not([hidden])');
      await page.mouse.click(found.x, found.y);
      await page.waitForSelector('#demand-name');
      await settled();
      const { d } = await stateOf(page);
      const demand = await server.read(`demands/${d}`);
      assert.equal(await page.textContent('#demand-name'), demand.title);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'demand-name');
      const card = await page.innerText('#demand');
      assert.match(card, new RegExp(`${demand.votes} votos?`));
      assert.equal(await page.locator('#demand .steps').count(), 2);
      assert.equal(await page.locator('#demand [aria-current=step]').count(), 2);
      const { changes } = await server.read(`demands/${d}/history`);
      assert.equal(await page.locator('#demand .history > li').count(), changes.length);
      await keep('92-demand-card');
      await page.keyboard.press('Escape');
      await page.waitForSelector('#demand', { state: 'hidden' });
      assert.equal((await stateOf(page)).d, undefined);
    },
  },
  {
    name: 'demands: the card leads to the territories where the demand stands, and Back returns',
    async run({ page, visit, server, settled }) {
      if (!server.catalog.demands) return;
      const { demands } = await server.read('demands?limit=1');
      await visit(`#on=demands&d=${demands[0].id}&lang=es`);
      const link = page.locator('#demand a[href*="t="]').first();
      const name = await link.textContent();
      await link.click();
      await settled();
      assert.equal(await page.textContent('#card-name'), name);
      assert.equal(await page.isVisible('#demand'), false);
      await page.goBack();
      await page.waitForSelector('#demand-name');
      assert.equal(await page.textContent('#demand-name'), demands[0].title);
    },
  },
  {
    name: 'demands: one that is not there is told in words',
    faulty: true,
    async run({ page, visit, server }) {
      if (!server.catalog.demands) return;
      await visit('#d=nowhere&lang=es');
      assert.match(await page.textContent('[role=alert]'), /La demanda nowhere no existe/);
      assert.equal(await page.isVisible('#demand'), false);
      assert.equal((await stateOf(page)).d, undefined);
    },
  },
  {
    name: 'demands: text of a demand is shown as text and never becomes markup',
    async run({ page, visit, server }) {
      if (!server.catalog.demands) return;
      const trap = '<img src=x onerror="document.title=1"><b>bold</b>';
      const { demands } = await server.read('demands?limit=1');
      const told = { ...demands[0], title: trap, description: trap, decision: trap, project: trap, funding: trap };
      const changes = [1, 2].map(() => ({
        at: '2026-03-08T12:00:00Z',
        action: 'update',
        changed: { title: [trap, trap] },
        who: trap,
      }));
      await page.route(/\/demands\/[^/]+$/, (route) => route.fulfill({ json: told, headers: { etag: '"v1"' } }));
      await page.route(/\/history$/, (route) => route.fulfill({ json: { changes } }));
      await visit(`#d=${demands[0].id}&lang=es`);
      assert.equal(await page.textContent('#demand-name'), trap);
      assert.equal(await page.locator('#demand img, #demand b').count(), 0);
    },
  },
  {
    name: 'demands: the layer is named in the language of the page',
    async run({ page, visit, server }) {
      if (!server.catalog.tiles.demands) return;
      await visit('#on=demands&lang=en');
      const title = titleIn({ id: 'demands', ...server.catalog.tiles.demands }, 'en');
      await page.click('#section-heatmap');
      const words = await page.textContent('label:has(#layer-demands)');
      assert.ok(title === 'demands' ? /^Citizens. demands/.test(words) : words.includes(title), words);
    },
  },
];

export function drawnDemands(page) {
  return page.evaluate(() => {
    const { map } = window.comarca;
    if (!map.getLayer('overlay-demands-circle')) return [];
    const features = map.queryRenderedFeatures({ layers: ['overlay-demands-circle'] });
    return [...new Map(features.map(({ properties }) => [properties.key, properties])).values()];
  });
}

/** A drawn demand where nothing lies over the map. */
async function demandInSight(page) {
  const found = await page.evaluate(() => {
    const { map } = window.comarca;
    const features = map.queryRenderedFeatures({ layers: ['overlay-demands-circle'] });
    const places = features.map(({ geometry }) => map.project(geometry.coordinates)).map(({ x, y }) => ({ x, y }));
    return places.find(({ x, y }) => document.elementFromPoint(x, y) === map.getCanvas() && x > 400 && y > 60) ?? null;
  });
  assert.ok(found, 'no demand can be clicked');
  return found;
}
