import assert from 'node:assert/strict';
import { drawnValues, somewhere, stateOf } from './look.mjs';

const telephone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

export const narrowChecks = [
  {
    name: 'on a telephone the map stays in sight, nothing overflows, and the controls come up as a sheet',
    options: telephone,
    async run({ page, visit, keep }) {
      await visit();
      const { i } = await stateOf(page);
      assert.ok((await drawnValues(page, i)).size > 0);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      const low = (await page.locator('#panel').boundingBox()).y;
      assert.ok(low > 844 * 0.6, `the closed sheet begins at ${low}`);
      await keep('60-telephone');
      await page.tap('#sheet');
      await page.waitForTimeout(300);
      assert.equal(await page.getAttribute('#sheet', 'aria-expanded'), 'true');
      assert.ok((await page.locator('#panel').boundingBox()).y < 844 * 0.4);
      assert.ok(await page.isVisible('#indicator'));
      await keep('61-telephone-controls');
    },
  },
  {
    name: 'on a telephone a tap opens the card as a sheet below the map',
    options: telephone,
    async run({ settled, page, visit, keep }) {
      await visit();
      const { x, y, key } = await somewhere(page);
      await page.touchscreen.tap(x, y);
      await page.waitForSelector('#card-name');
      await settled();
      assert.ok((await stateOf(page)).t.endsWith(`/${key}`));
      const box = await page.locator('#card').boundingBox();
      assert.ok(box.y > 844 * 0.3 && box.width === 390, JSON.stringify(box));
      await keep('62-telephone-card');
      await page.tap('#card-close');
      await page.waitForSelector('#card', { state: 'hidden' });
    },
  },
];
