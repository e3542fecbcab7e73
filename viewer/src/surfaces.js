/** The forms in which the density of demands can be drawn. */

/** A picture; its steps as areas or as lines; hexagons with the number of demands or the sum of their votes. */
export const SURFACES = ['picture', 'bands', 'lines', 'count', 'votes'];

/** Whether a form is one of hexagons, which count demands and know nothing of density. */
export function isHexagons(surface) {
  return surface === 'count' || surface === 'votes';
}

/** The form that is drawn: hexagons need a register of demands. */
export function surfaceFor({ surface, heatmap }, catalog) {
  const possible = Boolean(catalog.demands) && catalog.heatmaps[heatmap]?.themes !== false;
  return isHexagons(surface) && !possible ? SURFACES[0] : surface;
}
