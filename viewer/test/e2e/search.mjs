import assert from 'node:assert/strict';
import { stateOf } from './look.mjs';

const bare = (words) => words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export const searchChecks = [
  {
    name: 'the search finds a territory without its accents, by keyboard alone',
    async run({ settled, page, visit, keep, server }) {
      await visit('#lang=es');
      const wanted = await someName(server);
      await page.focus('#search');
      await page.keyboard.type(bare(wanted.name), { delay: 15 });
      await page.waitForSelector('#search-0');
      await keep('30-search');
      const names = await page.$$eval('[role=option]', (options) =>
        options.map((option) => option.firstChild.firstChild.textContent),
      );
      const place = names.indexOf(wanted.name);
      assert.ok(place >= 0, `${bare(wanted.name)} finds ${names}`);
      for (let i = 0; i <= place; i++) await page.keyboard.press('ArrowDown');
      assert.equal(await page.getAttribute('#search', 'aria-activedescendant'), `search-${place}`);
      await page.keyboard.press('Enter');
      await page.waitForFunction((name) => document.querySelector('#card-name')?.textContent === name, wanted.name);
      await settled();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'card-name');
      const { t, l } = await stateOf(page);
      assert.ok(t.startsWith(`${l}/`), `level ${l} shows ${t}`);
      await keep('31-found');
    },
  },
  {
    name: 'a search that finds nothing says so, and Escape closes and empties it',
    async run({ page, visit }) {
      await visit('#lang=es');
      await page.fill('#search', 'qqqzzzxx');
      await page.waitForSelector('#search-list:not([hidden])');
      assert.match(await page.textContent('#search-list'), /Nada se llama «qqqzzzxx»/);
      await page.keyboard.press('Escape');
      assert.equal(await page.isVisible('#search-list'), false);
      await page.keyboard.press('Escape');
      assert.equal(await page.inputValue('#search'), '');
    },
  },
];

/** A name of the coarsest named level, with an accent if there is one. */
async function someName(server) {
  const level = (server.catalog.levels.at(-2) ?? server.catalog.levels[0]).id;
  const rows = (await server.values(server.indicators[0].id, level)).filter(({ name }) => name);
  return rows.find(({ name }) => bare(name) !== name.toLowerCase()) ?? rows[0];
}
