/** What the reader narrows the demands to, in the words of the server. */

/** What a heat map of demands is asked for: theme, status, period, and the period that is subtracted. */
export function heatQuery({ theme, status, period, minus, perInhabitant }, heatmap) {
  if (heatmap.themes === false) return {};
  return {
    ...(theme && { theme }),
    ...(status && { status }),
    ...period,
    ...(period && minus && { minus_since: minus.since, minus_until: minus.until }),
    ...(perInhabitant && canBePerInhabitant(heatmap) && { per: 'inhabitants' }),
  };
}

/** What hexagons are asked for; they count, so they are neither compared nor divided. */
export function hexagonQuery({ theme, status, period, surface }) {
  return { ...(theme && { theme }), ...(status && { status }), ...period, value: surface };
}

/** Whether the server divides a heat map by the density of inhabitants. */
export function canBePerInhabitant(heatmap) {
  return heatmap.per?.includes('inhabitants') ?? false;
}

/** The demands that are shown, as a filter in CQL2 text over the columns of their tiles; null for all of them. */
export function demandFilter({ theme, status, stage, period }, columns) {
  const equal = Object.entries({ theme, status, stage })
    .filter(([column, value]) => value && columns.includes(column))
    .map(([column, value]) => `${column} = ${quoted(value)}`);
  const dated = period && columns.includes('created');
  // Days and times of a day compare as text, so all of the last day comes before the day's own name and a letter.
  const days = dated ? [`created >= ${quoted(period.since)}`, `created < ${quoted(`${period.until}~`)}`] : [];
  return [...equal, ...days].join(' AND ') || null;
}

function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
