import assert from 'node:assert/strict';
import { legendRows, numbersIn, stateOf, titleIn } from './look.mjs';

export const controlChecks = [
  {
    name: 'the language switch changes every text and the way numbers are written',
    async run({ settled, page, visit, keep, server }) {
      await visit('#lang=es');
      const spanish = await page.textContent('#panel');
      const before = (await legendRows(page)).map(({ words }) => numbersIn(words, 'es'));
      await page.click('#lang-en');
      assert.equal(await page.getAttribute('html', 'lang'), 'en');
      const english = await page.textContent('#panel');
      assert.notEqual(english, spanish);
      for (const words of ['Indicator', 'Level', 'Table of values', 'Classes and colours'])
        assert.ok(english.includes(words), words);
      assert.ok(english.includes(titleIn(server.indicators[0], 'en')));
      assert.deepEqual(
        (await legendRows(page)).map(({ words }) => numbersIn(words, 'en')),
        before,
      );
      assert.match(await page.getAttribute('#map canvas', 'aria-label'), /Interactive map/);
      await settled();
      await keep('40-english');
    },
  },
  {
    name: 'a copied address shows the same map to the next reader',
    async run({ settled, page, visit, server }) {
      await visit('#lang=es');
      await page.selectOption('#indicator', server.indicators.at(-1).id);
      await page.check(`#level-${server.catalog.levels.at(-2)?.id ?? server.catalog.levels[0].id}`);
      await page.click('#section-classification');
      await page.selectOption('#method', 'jenks');
      await page.click('#map-plus');
      await settled();
      await page.waitForFunction(() => !window.comarca.map.isMoving());
      const [state, legend] = [await stateOf(page), await page.innerText('#legend')];
      await page.goto('about:blank');
      await visit(`#${new URLSearchParams(state)}`);
      assert.deepEqual(await stateOf(page), state);
      assert.equal(await page.innerText('#legend'), legend);
    },
  },
  {
    name: 'everything is reached by keyboard in the order of reading, and focus is seen',
    async run({ page, visit, keep }) {
      await visit('#lang=es');
      const order = [];
      for (let i = 0; i < 16; i++) {
        await page.keyboard.press('Tab');
        order.push(
          await page.evaluate(() => {
            const element = document.activeElement;
            return { id: element.id || element.className, outline: getComputedStyle(element).outlineStyle };
          }),
        );
      }
      const ids = order.map(({ id }) => id);
      assert.equal(ids[0], 'skip');
      for (const [first, then] of [
        ['skip', 'lang-es'],
        ['lang-es', 'search'],
        ['search', 'indicator'],
        ['indicator', 'section-formula'],
        ['section-formula', 'open-table'],
        ['open-table', 'section-classification'],
      ]) {
        assert.ok(ids.includes(then) && ids.indexOf(first) < ids.indexOf(then), `${first} before ${then} in ${ids}`);
      }
      assert.ok(
        ids.some((id) => id.includes('maplibregl-canvas')),
        `the map is not in ${ids}`,
      );
      for (const { id, outline } of order.filter(({ id }) => /^(lang|search|indicator|section|open)/.test(id)))
        assert.notEqual(outline, 'none', id);
      await page.focus('#indicator');
      await page.keyboard.press('Shift+Tab');
      await keep('41-focus');
    },
  },
  {
    name: 'the level is chosen with the arrow keys and the section opens with Enter',
    async run({ settled, page, visit, server }) {
      await visit();
      const { l } = await stateOf(page);
      await page.focus(`#level-${l}`);
      await page.keyboard.press('ArrowRight');
      await settled();
      const ids = server.catalog.levels.map(({ id }) => id);
      assert.equal((await stateOf(page)).l, ids[(ids.indexOf(l) + 1) % ids.length]);
      await page.focus('#section-layers');
      await page.keyboard.press('Enter');
      assert.ok(await page.isVisible('#names'));
    },
  },
  {
    name: 'the page prints the map with its legend and without its controls',
    async run({ page, visit, keep }) {
      await visit();
      await page.emulateMedia({ media: 'print' });
      assert.ok(await page.isVisible('.legend'));
      for (const hidden of ['#search', '#mapButtons', '#controls', '#more'])
        assert.equal(await page.isVisible(hidden), false, hidden);
      await keep('42-print');
    },
  },
];
