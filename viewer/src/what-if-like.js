/** Which existing feature a new one should be like: one of the most usual kind. */

/**
 * Key of the first feature, by name, of the most usual kind. Kind is what features share: attributes of which there are
 * few different values. Null without features.
 *
 * @param {{key: string, name?: string, properties: Record<string, unknown>}[]} features
 */
export function mostUsual(features) {
  const sorted = [...features].sort((a, b) => String(a.name ?? a.key).localeCompare(String(b.name ?? b.key)));
  const telling = tellingProperties(sorted);
  const kindOf = ({ properties }) => JSON.stringify(telling.map((name) => properties[name] ?? null));
  const counts = new Map();
  for (const feature of sorted) counts.set(kindOf(feature), (counts.get(kindOf(feature)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return sorted.find((feature) => counts.get(kindOf(feature)) === most)?.key ?? null;
}

// Words that come again and again tell a kind; names, keys and numbers do not.
function tellingProperties(features) {
  const names = new Set(features.flatMap(({ properties }) => Object.keys(properties)));
  const isTelling = (name) => {
    const values = features.map(({ properties }) => properties[name]).filter((value) => typeof value === 'string');
    return values.length > 0 && new Set(values).size <= values.length / 2;
  };
  return [...names].filter((name) => name !== 'key' && name !== 'name' && isTelling(name));
}
