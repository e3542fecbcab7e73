import assert from 'node:assert/strict';
import { written } from './look.mjs';

/** What the card of a territory says of the participatory process. */
export const cycleChecks = [
  {
    name: 'cycle: the card of a territory has status, priorities, calendar and the public page',
    async run({ page, visit, keep, server, settled }) {
      if (!server.catalog.demands) return;
      const { level, key } = await busyTerritory(server);
      await visit(`#l=${level}&t=${level}/${key}&lang=es`);
      await page.waitForSelector('#card-calendar');
      const summary = await server.read(`demands/summary?level=${level}&key=${key}`);
      const card = await page.innerText('#card');
      for (const { count, votes } of Object.values(summary.by_status))
        assert.ok(
          card.includes(`${written(count, 'es')} demanda`) && card.includes(written(votes, 'es')),
          `${count} ${votes}`,
        );
      const ranked = await server.read(`demands/priorities?level=${level}&key=${key}&method=weighted&by=theme&limit=5`);
      assert.equal(await page.locator('.priority').count(), ranked.priorities.length);
      assert.match(
        await page.getAttribute('#card-plan', 'href'),
        new RegExp(`/plans/${level}/${key}\\.html\\?lang=es$`),
      );
      await page.locator('#card-priorities').scrollIntoViewIfNeeded();
      await keep('99-cycle');
      const asked = page.waitForRequest((request) => request.url().includes('method=votes'));
      await page.focus('#priority-method');
      await page.selectOption('#priority-method', 'votes');
      await asked;
      await settled();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'priority-method');
    },
  },
  {
    name: 'cycle: the calendar says what was held and what is lacking at each level',
    async run({ page, visit, server }) {
      if (!server.catalog.demands) return;
      const { level, key } = await busyTerritory(server);
      await visit(`#l=${level}&t=${level}/${key}&lang=es`);
      await page.waitForSelector('#card-calendar');
      const { levels } = await server.read(`assemblies?level=${level}&key=${key}`);
      const rows = await page.$$eval('.calendar-words', (items) => items.map((item) => item.textContent));
      const expected = levels.filter(({ wanted, held, planned }) => wanted > 0 || held > 0 || planned > 0);
      assert.equal(rows.length, expected.length);
      expected.forEach(({ held, wanted, lacking }, i) => {
        assert.ok(rows[i].startsWith(`${written(held, 'es')} de ${written(wanted, 'es')} realizadas`), rows[i]);
        assert.equal(/falta/.test(rows[i]), lacking > 0, rows[i]);
      });
    },
  },
];

/** The coarsest territory below the whole with most demands. */
async function busyTerritory({ catalog, read }) {
  const level = (catalog.levels.at(-2) ?? catalog.levels.at(-1)).id;
  const { demands } = await read('demands?limit=1');
  return { level, key: demands[0].territories[level] ?? 'all' };
}
