import assert from 'node:assert/strict';
import { option } from '../options.mjs';
import { drawnDemands } from './demands.mjs';
import { somewhere, stateOf } from './look.mjs';

/**
 * Proposing demands and deciding about them. These checks write: they run where the register can be written and
 * `--facilitator TOKEN` and `--coordinator TOKEN` are given, or against the mock, whose tokens are these words.
 */
const TOKENS = { facilitator: option('facilitator', 'facilitator'), coordinator: option('coordinator', 'coordinator') };

export const proposalChecks = [
  {
    name: 'proposals: the token is asked for, refused in words when it is wrong, and kept out of the address',
    faulty: true,
    async run({ page, visit, keep, server, settled }) {
      if (!(await canWrite(server, 'facilitator'))) return;
      await visit('#lang=es');
      await page.click('#propose-open');
      await page.fill('#token', 'nonsense');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#token-problem');
      assert.match(await page.textContent('#token-problem'), /no es válida/);
      await keep('A0-token');
      await page.fill('#token', TOKENS.facilitator);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#proposal-send');
      assert.ok(!page.url().includes(TOKENS.facilitator));
      assert.equal(await page.evaluate(() => JSON.stringify(localStorage) + document.cookie), '{}');
      await page.reload();
      await settled();
      await page.click('#propose-open');
      await page.waitForSelector('#proposal-send');
      await page.click('#proposal-close');
      await page.click('#sign-out');
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    },
  },
  {
    name: 'proposals: a click on the map and a form register a demand, once, and the map shows it',
    async run({ page, visit, keep, server, settled }) {
      if (!(await canWrite(server, 'facilitator'))) return;
      await visit('#lang=es&names=-');
      await signIn(page, 'facilitator');
      const { x, y } = await somewhere(page);
      await page.mouse.click(x, y);
      assert.match(await page.textContent('#proposal-place'), /^Marcado en -?\d/);
      await fillForm(page, server, 'Una cancha techada');
      await keep('A1-proposal');
      const sent = page.waitForRequest((request) => request.method() === 'POST');
      await page.click('#proposal-send');
      const request = await sent;
      assert.match(request.headers()['idempotency-key'], /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
      assert.equal(request.headers().authorization, `Bearer ${TOKENS.facilitator}`);
      await page.waitForSelector('#demand-name');
      await settled();
      assert.equal(await page.textContent('#demand-name'), 'Una cancha techada');
      const { d, on } = await stateOf(page);
      assert.ok(on.split(',').includes('demands'));
      const made = await server.read(`demands/${d}`);
      assert.equal(made.votes, 17);
      await page.click('#demand-close');
      await settled();
      assert.ok(
        (await drawnDemands(page)).some(({ key }) => key === d),
        'the map does not show it',
      );
      await keep('A2-proposed');
    },
  },
  {
    name: 'proposals: the keyboard alone places, fills and sends',
    async run({ page, visit, server, settled }) {
      if (!(await canWrite(server, 'facilitator'))) return;
      await visit('#lang=es&names=-');
      await signIn(page, 'facilitator');
      await page.focus('#proposal-centre');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'proposal-marker');
      const before = await page.textContent('#proposal-place');
      await page.keyboard.press('ArrowRight');
      assert.notEqual(await page.textContent('#proposal-place'), before);
      await page.focus('#proposal-theme');
      await page.keyboard.press('ArrowDown');
      await page.focus('#proposal-title');
      await page.keyboard.type('Con el teclado');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#demand-name');
      await settled();
      assert.equal(await page.textContent('#demand-name'), 'Con el teclado');
    },
  },
  {
    name: 'proposals: what is missing and what the server refuses is told beside its field',
    faulty: true,
    async run({ page, visit, keep, server }) {
      if (!(await canWrite(server, 'facilitator'))) return;
      await visit('#lang=es&names=-');
      await signIn(page, 'facilitator');
      await page.click('#proposal-send');
      for (const field of ['theme', 'title', 'location'])
        assert.ok(await page.isVisible(`#proposal-${field}-fault`), field);
      await keep('A3-faults');
      await page.route(/\/demands$/, (route) =>
        route.fulfill({
          status: 400,
          contentType: 'application/problem+json',
          json: { title: 'Bad Request', detail: 'no such assembly', status: 400, parameter: 'assembly', value: 'X' },
        }),
      );
      await page.click('#proposal-centre');
      await fillForm(page, server, 'Con asamblea');
      await page.click('#proposal-send');
      await page.waitForSelector('#proposal-assembly-fault');
      assert.equal(await page.textContent('#proposal-assembly-fault'), 'no such assembly');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'proposal-assembly');
      assert.equal(await page.inputValue('#proposal-title'), 'Con asamblea');
    },
  },
  {
    name: 'proposals: without a connection the text stays, also after a reload, and is sent again under the same key',
    faulty: true,
    async run({ page, visit, keep, server, settled }) {
      if (!(await canWrite(server, 'facilitator'))) return;
      await visit('#lang=es&names=-');
      await signIn(page, 'facilitator');
      await page.click('#proposal-centre');
      await fillForm(page, server, 'Sin conexión');
      const keys = [];
      let broken = true;
      await page.route(/\/demands$/, (route) => {
        keys.push(route.request().headers()['idempotency-key']);
        return broken ? route.abort('internetdisconnected') : route.continue();
      });
      await page.click('#proposal-send');
      await page.waitForSelector('#proposal-problem');
      assert.match(await page.textContent('#proposal-problem'), /No hay conexión/);
      assert.equal(await page.textContent('#proposal-send'), 'Reintentar');
      await keep('A4-offline');
      await page.reload();
      await settled();
      await page.click('#propose-open');
      await page.waitForSelector('#proposal-send');
      assert.equal(await page.inputValue('#proposal-title'), 'Sin conexión');
      broken = false;
      await page.click('#proposal-send');
      await page.waitForSelector('#demand-name');
      assert.equal(keys.length, 2);
      assert.equal(keys[0], keys[1]);
    },
  },
  {
    name: 'proposals: a coordinator decides, and the history says so',
    async run({ page, visit, keep, server, settled }) {
      if (!(await canWrite(server, 'coordinator'))) return;
      const { demands } = await server.read('demands?status=open&limit=1');
      await visit(`#d=${demands[0].id}&lang=es`);
      assert.equal(await page.locator('#decide-status').count(), 0);
      await page.click('#demand .sign-in');
      await page.fill('#token', TOKENS.coordinator);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#decide-status');
      await page.selectOption('#decide-status', 'planned');
      await page.fill('#decide-decision', 'Entra al plan de 2027.');
      await keep('A5-decide');
      const sent = page.waitForRequest((request) => request.method() === 'PATCH');
      await page.click('#decide-send');
      assert.match((await sent).headers()['if-match'], /^"v\d+"$/);
      await page.waitForFunction(() => document.querySelector('#demand .history')?.textContent.includes('Planificada'));
      await settled();
      const now = await server.read(`demands/${demands[0].id}`);
      assert.deepEqual([now.status, now.decision], ['planned', 'Entra al plan de 2027.']);
    },
  },
  {
    name: 'proposals: a change that somebody else made meanwhile is shown and not written over',
    faulty: true,
    async run({ page, visit, keep, server, url, settled }) {
      if (!(await canWrite(server, 'coordinator'))) return;
      const { demands } = await server.read('demands?status=open&limit=2');
      const { id } = demands[1];
      await visit(`#d=${id}&lang=es`);
      await signIn(page, 'coordinator');
      await page.click('#proposal-close');
      await page.waitForSelector('#decide-stage');
      await page.fill('#decide-decision', 'Mi decisión.');
      const theirs = await fetch(new URL(`demands/${id}`, url));
      await fetch(new URL(`demands/${id}`, url), {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${TOKENS.coordinator}`,
          'content-type': 'application/merge-patch+json',
          'if-match': theirs.headers.get('etag'),
        },
        body: JSON.stringify({ status: 'funded' }),
      });
      await page.click('#decide-send');
      await page.waitForSelector('#decide-problem');
      assert.match(await page.textContent('#decide-problem'), /Estado: Abierta → Financiada/);
      assert.equal(await page.inputValue('#decide-decision'), 'Mi decisión.');
      assert.equal(await page.inputValue('#decide-status'), 'funded');
      await keep('A6-meanwhile');
      await page.click('#decide-send');
      await page.waitForSelector('#decide-problem', { state: 'detached' });
      await settled();
      const now = await server.read(`demands/${id}`);
      assert.deepEqual([now.status, now.decision], ['funded', 'Mi decisión.']);
    },
  },
  {
    name: 'proposals: the form works on a telephone',
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    async run({ page, visit, keep, server }) {
      if (!(await canWrite(server, 'facilitator'))) return;
      await visit('#lang=es&names=-');
      await page.tap('#sheet');
      await page.waitForTimeout(300);
      await signIn(page, 'facilitator');
      await keep('A7-telephone');
      await page.touchscreen.tap(195, 200);
      await page.waitForSelector('#proposal-marker');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      await keep('A8-telephone-placed');
    },
  },
];

async function canWrite({ catalog, url }, role) {
  if (!catalog.demands?.writable) return false;
  const answer = await fetch(new URL('session', url), { headers: { authorization: `Bearer ${TOKENS[role]}` } });
  return answer.ok;
}

async function signIn(page, role) {
  await page.click('#propose-open');
  await page.fill('#token', TOKENS[role]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#proposal-send');
}

async function fillForm(page, { catalog }, title) {
  await page.selectOption('#proposal-theme', catalog.demands.themes[0]);
  await page.fill('#proposal-title', title);
  await page.fill('#proposal-description', 'Para el barrio.');
  await page.fill('#proposal-votes', '17');
}
