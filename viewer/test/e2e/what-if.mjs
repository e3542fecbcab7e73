import assert from 'node:assert/strict';
import { drawnValues, innerBounds, legendRows, somewhere, stateOf, written } from './look.mjs';

export const whatIfChecks = [
  {
    name: 'what if: a click puts a new feature on the map, and map, legend and address follow',
    async run({ page, visit, keep, server, settled }) {
      const { indicator, layer } = subject(server);
      const level = server.catalog.levels[0].id;
      await visit(`#i=${indicator}&l=${level}&lang=es&names=-`);
      const before = await drawnValues(page, indicator);
      const bounds = innerBounds(await legendRows(page));
      await page.click('#what-if-open');
      await settled();
      assert.equal(await page.inputValue('#what-if-layer'), layer);
      assert.notEqual(await page.inputValue('#what-if-like'), '', 'a new one is like none');
      assert.equal(await page.getAttribute('#what-if-arm', 'aria-pressed'), 'true');
      await keep('80-what-if-open');
      const { x, y } = await somewhere(page);
      const made = await posted(page, () => page.mouse.click(x, y));
      await settled();
      const { values } = await server.read(`indicators/${indicator}?level=${level}&scenario=${made.scenario}`);
      const drawn = await drawnValues(page, indicator);
      for (const { key, value } of values)
        assert.ok(same(drawn.get(key), value), `${key}: ${drawn.get(key)}, ${value}`);
      assert.ok(
        [...drawn].some(([key, value]) => value !== before.get(key)),
        'nothing has changed',
      );
      const legend = await legendRows(page);
      assert.deepEqual(innerBounds(legend), bounds, 'the classes are not those of today');
      const counted = legend.reduce((sum, { count }) => sum + Number(count), 0);
      assert.equal(counted, values.filter(({ value }) => value !== null).length);
      assert.match((await stateOf(page)).wc, new RegExp(`^add,${layer},new-1,-?\\d`));
      assert.match(await page.textContent('.what-if-banner'), /1 cambio/);
      const whole = made.indicators.find(({ id }) => id === indicator).levels.all[0];
      const summary = await page.textContent('#what-if-summary');
      for (const value of [whole.before, whole.after]) assert.ok(summary.includes(written(value, 'es')), summary);
      await keep('81-what-if-placed');
    },
  },
  {
    name: 'what if: a copied address shows the same scenario, and the card compares it with today',
    async run({ page, visit, keep, server, url }) {
      const { indicator, layer } = subject(server);
      const level = server.catalog.levels[0].id;
      const [lng, lat] = middle(server.catalog.bounds);
      const like = await likeOf(page, visit, layer);
      const change = { op: 'add', layer, key: 'new-1', like, geometry: { type: 'Point', coordinates: [lng, lat] } };
      const made = await post(url, { changes: [change] });
      const rows = made.indicators.find(({ id }) => id === indicator).levels[level];
      const row = rows.reduce((most, one) => (Math.abs(one.difference) > Math.abs(most.difference) ? one : most));
      await visit('');
      await visit(
        `#i=${indicator}&l=${level}&t=${level}/${row.key}&lang=es&w=${layer}&wc=add,${layer},new-1,${lng},${lat},${like}`,
      );
      await page.waitForSelector('#card-name');
      const figure = page.locator(`[data-indicator="${indicator}"]`);
      assert.equal(await figure.locator('data').innerText(), written(row.after, 'es'));
      const words = await figure.locator('.figure-before').innerText();
      assert.ok(words.startsWith(`Hoy ${written(row.before, 'es')} `), words);
      const sign = row.difference < 0 ? '−' : '+';
      assert.ok(words.includes(`· ${sign}${written(Math.abs(row.difference), 'es')}`), words);
      assert.equal(await page.locator('.what-if-marker').count(), 1);
      await keep('82-what-if-card');
      await page.click('#lang-en');
      assert.match(await figure.locator('.figure-before').innerText(), /^Today /);
      assert.match(await page.textContent('.what-if-banner'), /1 change: this is not the present/);
      await keep('83-what-if-english');
    },
  },
  {
    name: 'what if: the keyboard alone places a feature, moves it and takes it away',
    async run({ page, visit, keep, server, settled }) {
      const { indicator, layer } = subject(server);
      await visit(`#i=${indicator}&lang=es&w=${layer}`);
      await page.focus('#what-if-centre');
      await posted(page, () => page.keyboard.press('Enter'));
      await settled();
      assert.equal(await page.evaluate(() => document.activeElement.className.includes('what-if-marker')), true);
      const [start] = await changesOf(page);
      await posted(page, () => page.keyboard.press('ArrowRight'));
      await settled();
      const [east] = await changesOf(page);
      assert.ok(east.lng > start.lng && Math.abs(east.lat - start.lat) < 1e-4, JSON.stringify([start, east]));
      await posted(page, () => page.keyboard.press('Shift+ArrowUp'));
      await settled();
      const [north] = await changesOf(page);
      assert.ok(north.lat > east.lat, JSON.stringify([east, north]));
      assert.match(
        await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
        /Nuevo 1.*Suprimir: quitar/,
      );
      await keep('84-what-if-keyboard');
      await page.keyboard.press('Delete');
      await settled();
      assert.deepEqual(await changesOf(page), []);
      assert.equal(await page.locator('.what-if-marker').count(), 0);
    },
  },
  {
    name: 'what if: features are dragged and removed, and Back takes back what was done',
    async run({ page, visit, keep, server, settled }) {
      const { indicator, layer } = subject(server);
      await visit(`#i=${indicator}&lang=es&names=-&w=${layer}&on=${layer}`);
      await page.evaluate(() => window.comarca.map.zoomTo(window.comarca.map.getZoom() + 1, { animate: false }));
      await settled();
      await disarm(page);
      const found = await circle(page, layer);
      await posted(page, () => drag(page, found, { x: found.x + 40, y: found.y + 30 }));
      await settled();
      const [moved] = await changesOf(page);
      assert.deepEqual([moved.op, moved.key], ['move', found.key]);
      const marker = await page.locator('.what-if-marker').boundingBox();
      const at = { x: marker.x + marker.width / 2, y: marker.y + marker.height / 2 };
      assert.ok(Math.hypot(at.x - found.x - 40, at.y - found.y - 30) < 3, JSON.stringify([at, found]));
      await posted(page, () => drag(page, at, { x: at.x - 60, y: at.y }));
      await settled();
      assert.ok((await changesOf(page))[0].lng < moved.lng);
      const other = await circle(page, layer, [found.key]);
      await page.mouse.click(other.x, other.y);
      await posted(page, () => page.click('#what-if-remove'));
      await settled();
      assert.deepEqual((await changesOf(page)).map(({ op, key }) => [op, key])[1], ['remove', other.key]);
      const crosses = await page.evaluate(
        () => window.comarca.map.queryRenderedFeatures({ layers: ['what-if-gone'] }).length,
      );
      assert.equal(crosses, 1);
      assert.equal(
        (await circles(page, layer)).some(({ key }) => key === other.key),
        false,
        'it is still drawn',
      );
      assert.match(await page.textContent('.what-if-banner'), /2 cambios/);
      await keep('85-what-if-moved');
      await page.goBack();
      await settled();
      assert.deepEqual(
        (await changesOf(page)).map(({ op }) => op),
        ['move'],
      );
      await posted(page, () => page.goBack());
      await settled();
      assert.equal((await changesOf(page))[0].lng, moved.lng);
      await page.click('#what-if-leave');
      await settled();
      const state = await stateOf(page);
      assert.deepEqual([state.w, state.wc], [undefined, undefined]);
      assert.equal(await page.textContent('.what-if-banner'), '');
      const today = new Map((await server.values(indicator, state.l)).map(({ key, value }) => [key, value]));
      for (const [key, value] of await drawnValues(page, indicator)) assert.ok(same(value, today.get(key)), key);
    },
  },
  {
    name: 'what if: a scenario that the server has forgotten is made again without a word',
    faulty: true,
    async run({ page, visit, server, settled, url }) {
      const { indicator, layer } = subject(server);
      const [lng, lat] = middle(server.catalog.bounds);
      const made = await posted(page, () =>
        visit(`#i=${indicator}&lang=es&w=${layer}&wc=add,${layer},new-1,${lng},${lat},`),
      );
      await fetch(new URL(`scenarios/${made.scenario}`, url), { method: 'DELETE' });
      const level = server.catalog.levels.at(-2)?.id ?? server.catalog.levels[0].id;
      const again = await posted(page, () => page.check(`#level-${level}`));
      assert.equal(again.scenario, made.scenario);
      await settled();
      assert.equal(await page.locator('.alert').count(), 0);
      const { values } = await server.read(`indicators/${indicator}?level=${level}&scenario=${made.scenario}`);
      const drawn = await drawnValues(page, indicator);
      for (const { key, value } of values)
        assert.ok(same(drawn.get(key), value), `${key}: ${drawn.get(key)}, ${value}`);
    },
  },
  {
    name: 'what if: what the server refuses is told, and can be taken back',
    faulty: true,
    async run({ page, visit, server, settled, keep }) {
      const { layer } = subject(server);
      await visit(`#lang=es&w=${layer}&wc=remove,${layer},nowhere,0,0,`);
      assert.match(
        await page.textContent('[role=alert]'),
        /No se pudo cargar el escenario.*changes\[0\]\.key is "nowhere"/,
      );
      await keep('86-what-if-refused');
      await page.click(`#what-if-undo-${layer}-nowhere`);
      await settled();
      assert.deepEqual(await changesOf(page), []);
    },
  },
  {
    name: 'what if: it works on a telephone',
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    async run({ page, visit, server, settled, keep }) {
      const { indicator, layer } = subject(server);
      await visit(`#i=${indicator}&lang=es&names=-&w=${layer}`);
      const { x, y } = await somewhere(page);
      await posted(page, () => page.touchscreen.tap(x, y));
      await settled();
      assert.equal((await changesOf(page)).length, 1);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      await keep('87-what-if-telephone');
    },
  },
];

/** An indicator that is computed from a layer of points, and that layer. */
function subject({ catalog, indicators }) {
  const isPoints = (id) => catalog.tiles[id]?.kind === 'layer' && catalog.tiles[id].geometry === 'point';
  const indicator = indicators.find(({ op, inputs }) => op === 'nearest' && inputs.some(isPoints));
  assert.ok(indicator, 'the project has no distance to points');
  return { indicator: indicator.id, layer: indicator.inputs.find(isPoints) };
}

/** What the server answers to the scenario that `action` makes the page ask for. */
async function posted(page, action) {
  const asked = page.waitForResponse((response) => response.request().method() === 'POST' && response.ok(), {
    timeout: 60_000,
  });
  await action();
  return (await asked).json();
}

async function post(url, body) {
  const response = await fetch(new URL('scenarios', url), { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

async function changesOf(page) {
  const { wc = '' } = await stateOf(page);
  const parts = wc.split(';').filter(Boolean);
  return parts.map((part) => {
    const [op, layer, key, lng, lat] = part.split(',').map(decodeURIComponent);
    return { op, layer, key, lng: Number(lng), lat: Number(lat) };
  });
}

/** The key of a feature that new ones are like, as the page proposes it. */
async function likeOf(page, visit, layer) {
  await visit(`#w=${layer}&on=${layer}`);
  return page.inputValue('#what-if-like');
}

async function disarm(page) {
  if ((await page.getAttribute('#what-if-arm', 'aria-pressed')) === 'true') await page.click('#what-if-arm');
}

function circles(page, layer) {
  return page.evaluate((id) => {
    const { map } = window.comarca;
    const features = map.queryRenderedFeatures({ layers: [`overlay-${id}-circle`] });
    const at = ({ geometry, properties }) => ({ ...map.project(geometry.coordinates), key: String(properties.key) });
    return features.map(at).map(({ x, y, key }) => ({ x, y, key }));
  }, layer);
}

/** A circle with room around it, where nothing lies over the map. */
async function circle(page, layer, without = []) {
  const all = await circles(page, layer);
  const alone = (one) =>
    all.every((other) => other.key === one.key || Math.hypot(other.x - one.x, other.y - one.y) > 24);
  const free = all.filter(
    (one) => alone(one) && !without.includes(one.key) && one.x > 480 && one.x < 1100 && one.y > 160 && one.y < 640,
  );
  assert.ok(free.length > 0, `no feature of ${layer} stands free`);
  return free[0];
}

async function drag(page, from, to) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

function middle([west, south, east, north]) {
  return [(west + east) / 2, (south + north) / 2].map((degrees) => Number(degrees.toFixed(5)));
}

// Tiles may carry 32-bit numbers.
function same(a, b) {
  return a === b || (a != null && b != null && Math.abs(a - b) <= Math.abs(b) * 2 ** -23);
}
