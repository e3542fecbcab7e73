/** The page from top to bottom: ask what there is, lay out the parts, draw the map. */
import { bindAddress } from './address.js';
import { createApi } from './api.js';
import { createApp } from './app.js';
import { createCard } from './card.js';
import { createControls } from './controls.js';
import { createDemandCard } from './demands/card.js';
import { createDemandLegend } from './demands/legend.js';
import { createProposal } from './demands/proposal.js';
import { createProposalForm } from './demands/proposal-form.js';
import { createProposalMap } from './demands/proposal-map.js';
import { h } from './dom.js';
import { createHeat } from './heat.js';
import { text } from './i18n.js';
import { createLabels } from './labels.js';
import { createLegend } from './legend.js';
import { watchGeneration } from './live.js';
import { createMap, createMapButtons } from './map.js';
import { createOverlays } from './overlays.js';
import { createPage } from './page.js';
import { bindPointer } from './pointer.js';
import { exposeReady } from './ready.js';
import { createSearch } from './search.js';
import { createTable } from './table.js';
import { createTerritories } from './territories.js';
import { LANGUAGES } from './texts.js';
import { createTimeBar } from './time/bar.js';
import { createMonths, isDated } from './time/months.js';
import { createWhatIf } from './what-if.js';
import { createWhatIfMap } from './what-if-map.js';
import { createWhatIfPanel } from './what-if-panel.js';

const RETRY_S = 3;
const SERVER_IS_LOADING = 503;

const parts = Object.fromEntries([...document.querySelectorAll('[id]')].map((element) => [element.id, element]));
const firstLanguage =
  navigator.languages.map((tag) => tag.split('-')[0]).find((lang) => LANGUAGES.includes(lang)) ?? 'es';

start();

async function start() {
  const api = createApi(document.baseURI);
  tell(text(firstLanguage, 'loadingProject'));
  try {
    const [catalog, indicators] = await Promise.all([api.catalog(), api.indicators()]);
    api.useGeneration(catalog.generation);
    parts.status.replaceChildren();
    await layOut(createApp(api, catalog, indicators, parts.status));
  } catch (error) {
    explain(error);
  }
}

async function layOut(app) {
  bindAddress(app);
  createPage(app, parts);
  // The map is fitted into the room that the time bar is going to leave.
  document.body.classList.toggle('has-time', Boolean(app.catalog.demands) && isDated(app));
  app.map = createMap(app, parts.map);
  const heat = createHeat(app);
  const months = createMonths(app, heat);
  createTimeBar(app, months, parts.time);
  createLegend(app, heat, parts.legend);
  createDemandLegend(app, parts.demandLegend);
  createControls(app, { main: parts.controls, more: parts.more });
  createTable(app, parts.table, parts.tableOpener);
  createSearch(app, parts.searchBox);
  let drawn = [];
  const cards = [];
  const refresh = () => {
    app.figures.load();
    for (const part of [...drawn, heat, months]) part.redraw();
    for (const card of cards) card.reload();
  };
  app.whatIf = createWhatIf(app, refresh);
  createWhatIfPanel(app, { panel: parts.whatIf, banner: parts.status });
  app.live = watchGeneration(app, () => (refresh(), app.whatIf.send()));
  if (app.catalog.demands) cards.push(...createRegisterParts(app));
  cards.push(createCard(app, parts.card));
  createMapButtons(app, parts.mapButtons);
  exposeReady(app);
  app.figures.load();
  app.whatIf.send();
  drawn = (app.map && (await app.status.during(app.t('theMap'), () => drawOn(app)))) ?? [];
  if (app.whatIf.value.id) refresh();
}

/** Demands have cards where there is a register of them, and are proposed where it can be written. */
function createRegisterParts(app) {
  if (app.catalog.demands.writable) {
    app.proposal = createProposal(app);
    createProposalForm(app, { button: parts.propose, card: parts.proposal });
    app.session.resume(app.register);
  }
  return [createDemandCard(app, parts.demand)];
}

async function drawOn(app) {
  await app.map.once('load');
  const territories = await createTerritories(app);
  const overlays = createOverlays(app);
  createLabels(app);
  app.whatIf.onMap = createWhatIfMap(app);
  if (app.proposal) app.proposal.onMap = createProposalMap(app);
  bindPointer(app, parts.tooltip);
  return [territories, overlays];
}

// The server answers 503 while it reads a large project; everything else waits for the reader.
function explain(error) {
  if (error.status === SERVER_IS_LOADING) {
    tell(text(firstLanguage, 'serverLoading', { seconds: RETRY_S }));
    setTimeout(start, RETRY_S * 1000);
    return;
  }
  console.error(error);
  const what = text(firstLanguage, 'theProject');
  tell(
    `${text(firstLanguage, 'failed', { what })} ${error.message}`,
    h('button', { type: 'button', class: 'button', onclick: start }, text(firstLanguage, 'retry')),
  );
}

function tell(words, ...rest) {
  parts.status.replaceChildren(h('div', { class: 'notice', role: 'status' }, h('p', {}, words), rest));
}
