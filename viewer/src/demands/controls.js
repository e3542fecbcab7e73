/** What narrows the demands, shared by their points and their heat map. */
import { hasThemes } from '../state.js';
import { isHexagons, SURFACES, surfaceFor } from '../surfaces.js';
import { canBePerInhabitant } from './filter.js';
import { DEMANDS } from './points.js';

/** The lists that the reader chooses from now, as [key of the state, label, choices]; the empty choice is all. */
export function narrowings(app) {
  const { catalog, state } = app;
  const { heatmap, layers } = state.value;
  const points = layers.includes(DEMANDS);
  const { statuses = [], stages = [] } = catalog.demands ?? {};
  const density = hasThemes(catalog, heatmap);
  const list = (key, label, values, words, all) => [
    key,
    label,
    [['', app.t(all)], ...values.map((one) => [one, app.t(`${words}.${one}`)])],
  ];
  return [
    (density || points) &&
      catalog.themes.length > 0 &&
      list('theme', app.t('theme'), catalog.themes, 'themes', 'themeAll'),
    (density || points) &&
      statuses.length > 0 &&
      list('status', app.t('demand.status'), statuses, 'statuses', 'demand.everyStatus'),
    points && stages.length > 0 && list('stage', app.t('demand.stagePoints'), stages, 'stages', 'demand.everyStage'),
  ].filter(Boolean);
}

/** The forms that the heat map can be drawn in now. */
export function surfaceChoices(app) {
  const { heatmap } = app.state.value;
  const possible = SURFACES.filter((surface) => surfaceFor({ surface, heatmap }, app.catalog) === surface);
  return possible.map((surface) => [surface, app.t(`surfaces.${surface}`)]);
}

/** Whether the shown heat map can be divided by the density of inhabitants. */
export function offersPerInhabitant({ state, catalog }) {
  const { heatmap, surface } = state.value;
  return Boolean(heatmap) && canBePerInhabitant(catalog.heatmaps[heatmap]) && !isHexagons(surface);
}
