/** The order of rows in a table of values. */

/** Rows with their rank: 1 is the largest value, equal values share a rank, none without a value. */
export function ranked(rows) {
  const values = rows
    .map((row) => row.value)
    .filter(Number.isFinite)
    .sort((a, b) => b - a);
  const rankOf = new Map();
  values.forEach((value, i) => rankOf.has(value) || rankOf.set(value, i + 1));
  return rows.map((row) => ({ ...row, rank: rankOf.get(row.value) ?? null }));
}

/** Missing values stay at the end in either direction; equal values go by key. */
export function comparison({ column, rising }, lang) {
  const words = new Intl.Collator(lang, { numeric: true });
  const direction = rising ? 1 : -1;
  const compare = (a, b) => (typeof a === 'number' ? a - b : words.compare(a, b));
  return (a, b) => {
    const missing = (a[column] == null) - (b[column] == null);
    const difference = a[column] == null ? 0 : direction * compare(a[column], b[column]);
    return missing || difference || words.compare(a.key, b.key);
  };
}
