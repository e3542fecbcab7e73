import assert from 'node:assert/strict';
import { drawnDemands } from './demands.mjs';
import { stateOf } from './look.mjs';

/** The time bar; it needs a register that knows its months. */
export const timeChecks = [
  {
    name: 'time: the bar counts the demands of each month, and is there only when something has dates',
    async run({ page, visit, keep, server }) {
      if (!server.catalog.demands) return;
      await visit('#lang=es');
      assert.equal(await page.isVisible('#time'), false);
      await visit('#on=demands&lang=es');
      const level = server.catalog.levels.at(-1).id;
      const { by_month: months } = await server.read(`demands/summary?level=${level}&key=${level}`);
      const titles = await page.$$eval('.time-month', (bars) => bars.map((bar) => bar.title));
      for (const { month, count } of months)
        assert.ok(
          titles.some((title) => title === `${spanish(month)}: ${count} demanda${count === 1 ? '' : 's'}`),
          `${month} in ${titles}`,
        );
      await keep('93-time');
    },
  },
  {
    name: 'time: keys on the sliders choose the months; map, legend and address follow',
    async run({ page, visit, keep, server, settled }) {
      if (!server.catalog.demands) return;
      await visit('#on=demands&lang=es');
      const all = await drawnDemands(page);
      await page.focus('#time-since');
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowLeft');
      assert.match(await page.getAttribute('#time-since', 'aria-valuetext'), /^\p{L}+ de \d{4}$/u);
      await page.waitForFunction(() => location.hash.includes('since='));
      await settled();
      const { since, until } = await stateOf(page);
      assert.match(since, /^\d{4}-\d{2}-01$/);
      const { numberMatched } = await server.read(`demands?since=${since}&until=${until}&limit=1`);
      const drawn = await drawnDemands(page);
      assert.ok(
        drawn.length > 0 && drawn.length < all.length && drawn.length <= numberMatched,
        `${drawn.length} of ${numberMatched}`,
      );
      assert.equal(await page.evaluate(() => document.activeElement.id), 'time-since');
      await keep('94-time-months');
      await page.click('#time-all');
      await settled();
      assert.equal((await stateOf(page)).since, undefined);
      assert.equal((await drawnDemands(page)).length, all.length);
    },
  },
  {
    name: 'time: it plays month after month until it is stopped, and steps go back and on',
    async run({ page, visit, server }) {
      if (!server.catalog.demands) return;
      await visit('#on=demands&lang=es&names=-');
      await page.click('#time-next');
      const first = (await stateOf(page)).since;
      await page.click('#time-play');
      assert.equal(await page.getAttribute('#time-play', 'aria-label'), 'Pausar');
      await page.waitForFunction((since) => !location.hash.includes(`since=${since}`), first);
      await page.click('#time-play');
      const stopped = (await stateOf(page)).since;
      assert.ok(stopped > first);
      await page.waitForTimeout(2500);
      assert.equal((await stateOf(page)).since, stopped, 'it plays on');
      await page.click('#time-back');
      assert.ok((await stateOf(page)).since < stopped);
      await page.selectOption('#time-length', 'year');
      await page.click('#time-next');
      assert.match((await stateOf(page)).since, /-01-01$/);
      if ((await page.locator('#time-length option[value=round]').count()) === 0) return;
      await page.click('#time-all');
      await page.selectOption('#time-length', 'round');
      await page.click('#time-next');
      const { since: begins } = await stateOf(page);
      await page.click('#time-next');
      assert.ok((await stateOf(page)).since > begins, 'there is no second round');
    },
  },
  {
    name: 'time: a period of the heat map is compared with the one before, and the legend has two sides',
    async run({ page, visit, keep, server, settled }) {
      const [id] = Object.keys(server.catalog.heatmaps);
      if (!server.catalog.demands || !id) return;
      const months = server.catalog.demands.last.slice(0, 7);
      const since = `${months}-01`;
      await visit(`#h=${id}&since=${since}&until=${lastDay(months)}&lang=es&names=-`);
      const asked = page.waitForRequest(
        (request) => request.url().includes('minus_since=') && request.url().includes('.png'),
      );
      await page.check('#time-compare');
      await asked;
      await settled();
      const { minus } = await stateOf(page);
      assert.ok(minus.split('/')[1] < since && minus.endsWith(`/${dayBefore(since)}`), minus);
      assert.match(await page.textContent('#legend'), /Diferencia: /);
      const rows = await page.$$eval('#legend .class-range', (items) => items.map((item) => item.textContent));
      assert.ok(rows.some((words) => /^[-−]/.test(words)) && rows.some((words) => words.startsWith('+')), rows.join());
      await keep('95-time-difference');
      await page.click('#time-back');
      await settled();
      assert.ok((await stateOf(page)).minus < minus, 'what is compared with does not move along');
    },
  },
  {
    name: 'time: on a telephone the bar stands above the sheet and nothing overflows',
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    async run({ page, visit, keep, server }) {
      if (!server.catalog.demands) return;
      await visit('#on=demands&lang=es&names=-');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      const [bar, sheet] = await Promise.all(['#time', '#panel'].map((id) => page.locator(id).boundingBox()));
      assert.ok(bar.y + bar.height <= sheet.y + 1, JSON.stringify([bar, sheet]));
      await keep('96-time-telephone');
    },
  },
];

function spanish(month) {
  const format = new Intl.DateTimeFormat('es-CL', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return format.format(new Date(`${month}-01T00:00:00Z`));
}

function lastDay(month) {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

function dayBefore(day) {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}
