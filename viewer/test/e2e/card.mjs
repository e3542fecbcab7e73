import assert from 'node:assert/strict';
import { somewhere, stateOf, written } from './look.mjs';

export const cardChecks = [
  {
    name: 'a click opens the card, with the figures that the API gives',
    async run({ settled, page, visit, keep, server }) {
      await visit('#lang=es');
      const { l: level } = await stateOf(page);
      const { x, y, key } = await somewhere(page);
      await page.mouse.click(x, y);
      await page.waitForSelector('#card-name');
      await settled();
      const told = await server.read(`territories/${level}/${encodeURIComponent(key)}`);
      assert.equal(await page.textContent('#card-name'), told.name ?? told.key);
      for (const one of told.indicators) await assertFigure(page, one);
      await keep('20-card');
    },
  },
  {
    name: 'the card agrees with the values of the level',
    async run({ page, visit, server }) {
      const level = server.catalog.levels[0].id;
      const [indicator] = server.indicators;
      const rows = await server.values(indicator.id, level);
      const row = rows.find(({ value }) => value !== null);
      await visit(`#l=${level}&t=${level}/${row.key}&lang=es`);
      const shown = await page.getAttribute(`[data-indicator="${indicator.id}"] data`, 'value');
      assert.equal(Number(shown), row.value);
      const rank = rows.filter(({ value }) => value > row.value).length + 1;
      assert.match(
        await page.textContent(`[data-indicator="${indicator.id}"] .figure-rank`),
        new RegExp(`^${rank} de `),
      );
    },
  },
  {
    name: 'parents and children are links that lead up and down again',
    async run({ settled, page, visit, server }) {
      const level = server.catalog.levels[0].id;
      const [{ key }] = await server.values(server.indicators[0].id, level);
      const told = await server.read(`territories/${level}/${encodeURIComponent(key)}`);
      if (!told.parent) return;
      await visit(`#l=${level}&t=${level}/${key}`);
      await page.click('#card .muted a');
      await page.waitForFunction(
        (name) => document.querySelector('#card-name')?.textContent === name,
        told.parent.name ?? told.parent.key,
      );
      await settled();
      assert.equal((await stateOf(page)).l, told.parent.level);
      const summary = page.locator('#card details.section > summary');
      if (await summary.count()) await summary.click();
      await page
        .locator('#card .children a')
        .filter({ hasText: exactly(told.name ?? told.key) })
        .first()
        .click();
      await page.waitForFunction(
        (name) => document.querySelector('#card-name')?.textContent === name,
        told.name ?? told.key,
      );
      await page.goBack();
      await page.waitForFunction(
        (name) => document.querySelector('#card-name')?.textContent === name,
        told.parent.name ?? told.parent.key,
      );
    },
  },
  {
    name: 'every figure tells why it is what it is, by keyboard, and stays told when the card is drawn anew',
    async run({ settled, page, visit, keep, server }) {
      const level = server.catalog.levels.at(1).id;
      const one = server.indicators.find(({ inputs }) => inputs.some((id) => server.indicators.some((i) => i.id === id)));
      const indicator = one ?? server.indicators[0];
      const rows = await server.values(indicator.id, level);
      const { key } = rows.find(({ value }) => value !== null) ?? rows[0];
      const told = await server.read(
        `indicators/${indicator.id}?level=${encodeURIComponent(level)}&explain=${encodeURIComponent(key)}`,
      );
      await visit(`#l=${level}&t=${level}/${encodeURIComponent(key)}&lang=es`);
      await page.focus(`#why-${indicator.id}`);
      await page.keyboard.press('Enter');
      const body = page.locator(`[data-indicator="${indicator.id}"] .why-body`);
      await body.locator('dl').waitFor();
      const words = await body.innerText();
      assert.equal(await page.textContent(`#why-${indicator.id}`), '¿Por qué este número?');
      for (const part of [told.value, told.numerator, told.denominator, told.n])
        if (part !== null) assert.ok(words.includes(written(part, 'es')), `${part} in ${words}`);
      assert.ok(words.includes(told.method.formula) && words.includes(told.method.version), words);
      for (const input of told.inputs) assert.ok(words.includes(input.title?.es ?? input.id), `${input.id} in ${words}`);
      for (const { source } of told.sources) assert.ok(words.includes(source), `${source} in ${words}`);
      for (const part of told.parts.territories.slice(0, 12)) assert.ok(words.includes(part.name), `${part.name} in ${words}`);
      await keep('21-why');
      await page.click('#lang-en');
      await settled();
      await page.waitForFunction((id) => document.getElementById(id)?.textContent === 'Why this number?', `why-${indicator.id}`);
      assert.equal(await page.locator(`[data-indicator="${indicator.id}"] .why`).getAttribute('open'), '');
      await page.focus(`#why-${indicator.id}`);
      await page.keyboard.press('Enter');
      assert.equal(await page.locator(`[data-indicator="${indicator.id}"] .why`).getAttribute('open'), null);
    },
  },
  {
    name: 'a figure of the card goes onto the map at a click, and Escape closes the card',
    async run({ settled, page, visit, server }) {
      const level = server.catalog.levels[0].id;
      const [{ key }] = await server.values(server.indicators[0].id, level);
      await visit(`#l=${level}&t=${level}/${key}`);
      const other = server.indicators.at(-1).id;
      await page.click(`#figure-${other}`);
      await settled();
      assert.equal((await stateOf(page)).i, other);
      assert.equal(await page.getAttribute(`#figure-${other}`, 'aria-pressed'), 'true');
      await page.keyboard.press('Escape');
      await page.waitForSelector('#card', { state: 'hidden' });
      assert.equal((await stateOf(page)).t, undefined);
    },
  },
];

async function assertFigure(page, { id, value, rank, count, standard, passes }) {
  const figure = page.locator(`[data-indicator="${id}"]`);
  const words = (part) => figure.locator(part).innerText();
  if (value === null) assert.equal(await words('.figure-value'), 'sin dato', id);
  else assert.equal(await words('data'), written(value, 'es'), id);
  if (rank) assert.equal(await words('.figure-rank'), `${written(rank, 'es')} de ${written(count, 'es')}`, id);
  if (standard && passes !== null) {
    assert.equal(await words('.verdict strong'), passes ? 'Cumple' : 'No cumple', id);
    assert.equal(await figure.locator(passes ? '.icon-check' : '.icon-cross').count(), 1);
  }
}

function exactly(words) {
  return new RegExp(`^${words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
