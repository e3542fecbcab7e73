/**
 * The page in a real browser against a running server: `npm run e2e -- --url http://127.0.0.1:8080 [--screenshots DIR]
 * [--only WORD]`. What is expected comes from the server's own answers, so any project will do.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, openPage, ready } from './browser.mjs';
import { cardChecks } from './e2e/card.mjs';
import { clientChecks } from './e2e/clients.mjs';
import { controlChecks } from './e2e/controls.mjs';
import { cycleChecks } from './e2e/cycle.mjs';
import { demandChecks } from './e2e/demands.mjs';
import { legendChecks } from './e2e/legend.mjs';
import { mapChecks } from './e2e/map.mjs';
import { narrowChecks } from './e2e/narrow.mjs';
import { proposalChecks } from './e2e/proposals.mjs';
import { searchChecks } from './e2e/search.mjs';
import { surfaceChecks } from './e2e/surfaces.mjs';
import { tableChecks } from './e2e/table.mjs';
import { timeChecks } from './e2e/time.mjs';
import { troubleChecks } from './e2e/trouble.mjs';
import { whatIfChecks } from './e2e/what-if.mjs';
import { createTally, option, requiredUrl } from './options.mjs';

const url = requiredUrl('npm run e2e -- --url URL [--screenshots DIR] [--only WORD]');
const screenshots = option('screenshots');
const only = option('only', '');
if (screenshots) await mkdir(screenshots, { recursive: true });

const server = await describeServer(url);
const browser = await launch();
const tally = createTally();

const CHECKS = [
  ...mapChecks,
  ...legendChecks,
  ...cardChecks,
  ...searchChecks,
  ...controlChecks,
  ...tableChecks,
  ...narrowChecks,
  ...troubleChecks,
  ...whatIfChecks,
  ...demandChecks,
  ...timeChecks,
  ...surfaceChecks,
  ...cycleChecks,
  ...proposalChecks,
  // The stand-in of `npm run mock` has no styles.
  ...(server.catalog.styles ? clientChecks : []),
];
for (const { name, run, options, faulty } of CHECKS.filter((one) => one.name.includes(only))) {
  await tally.check(name, () => inFreshPage(run, options, faulty));
}
await browser.close();
tally.finish();

/** Every check has a page of its own, and fails also by what the page does behind its back. */
async function inFreshPage(run, options, faulty = false) {
  const { page, context, faults } = await openPage(browser, new URL(url).origin, options);
  page.setDefaultTimeout(30_000);
  // From one address of the page to another nothing is loaded anew, as when a reader goes back.
  const visit = async (hash = '') => {
    if (page.url().startsWith(url) && hash) await page.evaluate((next) => (location.hash = next), hash);
    else await page.goto(url + hash);
    await ready(page);
  };
  const keep = (name) => screenshots && page.screenshot({ path: join(screenshots, `${name}.png`) });
  try {
    await run({ page, visit, keep, url, server, settled: () => ready(page) });
  } finally {
    await context.close();
  }
  if (!faulty && faults.length > 0) throw new Error(faults.join('\n'));
}

async function describeServer(base) {
  const read = async (path) => {
    const response = await fetch(new URL(path, base));
    if (!response.ok) throw new Error(`${response.status} ${path}`);
    return response.json();
  };
  const [catalog, { indicators }] = await Promise.all([read('catalog'), read('indicators')]);
  const values = (id, level) => read(`indicators/${id}?level=${encodeURIComponent(level)}`).then((body) => body.values);
  return { catalog, indicators, read, values, url: base };
}
