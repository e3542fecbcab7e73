import assert from 'node:assert/strict';
import { stateOf } from './look.mjs';

export const tableChecks = [
  {
    name: 'the table says every value of the map and sorts by every column',
    async run({ page, visit, keep, server }) {
      await visit('#lang=es');
      const { i, l } = await stateOf(page);
      const values = await server.values(i, l);
      await page.click('#open-table');
      await page.waitForSelector('#table tbody tr');
      assert.equal(await page.locator('#table tbody tr').count(), Math.min(values.length, 500));
      const falling = values.filter(({ value }) => value !== null).sort((a, b) => b.value - a.value);
      assert.equal(await keyOfFirst(page), falling[0].key);
      assert.equal(await page.getAttribute('th:has(#sort-value)', 'aria-sort'), 'descending');
      await page.click('#sort-value');
      assert.equal(await page.getAttribute('th:has(#sort-value)', 'aria-sort'), 'ascending');
      const least = falling.filter(({ value }) => value === falling.at(-1).value).map(({ key }) => key);
      assert.ok(least.includes(await keyOfFirst(page)));
      await page.click('#sort-key');
      assert.equal(
        await keyOfFirst(page),
        values.map(({ key }) => key).sort(new Intl.Collator('es', { numeric: true }).compare)[0],
      );
      await keep('50-table');
    },
  },
  {
    name: 'a name in the table opens its card, and Escape closes only the table',
    async run({ page, visit }) {
      await visit();
      await page.focus('#open-table');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#table tbody tr');
      await page.keyboard.press('Escape');
      await page.waitForSelector('#table', { state: 'hidden' });
      assert.equal(await page.evaluate(() => document.activeElement.id), 'open-table');
      await page.click('#open-table');
      const name = await page.textContent('#table tbody tr:first-child a');
      await page.click('#table tbody tr:first-child a');
      await page.waitForFunction((wanted) => document.querySelector('#card-name')?.textContent === wanted, name);
      assert.equal(await page.isVisible('#table'), false);
    },
  },
  {
    name: 'the table can be had as a file',
    async run({ page, visit, url, server }) {
      await visit();
      const { i, l } = await stateOf(page);
      await page.click('#open-table');
      const href = await page.evaluate(() => document.querySelector('#table a[download$=".csv"]').href);
      assert.ok(href.startsWith(url));
      const response = await fetch(href);
      if (response.headers.get('content-type')?.includes('json')) return;
      const lines = (await response.text()).trim().split(/\r?\n/);
      assert.equal(lines.length, (await server.values(i, l)).length + 1);
    },
  },
];

function keyOfFirst(page) {
  return page.textContent('#table tbody tr:first-child td');
}
