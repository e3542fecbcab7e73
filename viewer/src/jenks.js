/**
 * Natural breaks: the classes with the least sum of squared deviations from their own means.
 *
 * Fisher (1958), "On grouping for maximum homogeneity"; Jenks (1977) brought it to maps. The optimum is exact. The best
 * last start never moves left as the end moves right, so each row is filled by divide and conquer: O(k n log n).
 */

/**
 * First positions of the classes after the first one.
 *
 * @param {number[]} sorted rising
 * @param {number} count classes wanted; at most one per different value
 * @returns {number[]} rising positions in `sorted`
 */
export function jenksStarts(sorted, count) {
  const groups = groupTies(sorted);
  const classes = Math.min(count, groups.starts.length);
  const cost = squaredDeviations(groups);
  const rows = bestStarts(groups.starts.length, classes, cost);
  return walkBack(rows, groups.starts.length).map((group) => groups.starts[group]);
}

function groupTies(sorted) {
  const starts = [];
  sorted.forEach((value, i) => {
    if (i === 0 || value !== sorted[i - 1]) starts.push(i);
  });
  return { starts, values: starts.map((i) => sorted[i]), total: sorted.length };
}

// Sum of squared deviations of groups from..to (exclusive), by running sums about the middle value against cancellation.
function squaredDeviations({ starts, values, total }) {
  const shift = values[values.length >> 1] ?? 0;
  const [weight, sum, square] = [[0], [0], [0]];
  values.forEach((value, i) => {
    const n = (starts[i + 1] ?? total) - starts[i];
    const x = value - shift;
    weight.push(weight[i] + n);
    sum.push(sum[i] + n * x);
    square.push(square[i] + n * x * x);
  });
  return (from, to) => {
    const s = sum[to] - sum[from];
    return square[to] - square[from] - (s * s) / (weight[to] - weight[from]);
  };
}

// rows[c][end]: where the last of c + 1 classes over the first `end` groups starts.
function bestStarts(n, classes, cost) {
  let least = Array.from({ length: n + 1 }, (_, end) => (end === 0 ? 0 : cost(0, end)));
  const rows = [];
  for (let c = 1; c < classes; c++) {
    const row = { least: new Array(n + 1).fill(Infinity), starts: new Array(n + 1).fill(c) };
    fill(row, least, cost, { low: c + 1, high: n, from: c, to: n - 1 });
    rows.push(row.starts);
    least = row.least;
  }
  return rows;
}

function fill(row, before, cost, { low, high, from, to }) {
  if (low > high) return;
  const end = (low + high) >> 1;
  for (let start = from; start <= Math.min(to, end - 1); start++) {
    const total = before[start] + cost(start, end);
    if (total < row.least[end]) [row.least[end], row.starts[end]] = [total, start];
  }
  const best = row.starts[end];
  fill(row, before, cost, { low, high: end - 1, from, to: best });
  fill(row, before, cost, { low: end + 1, high, from: best, to });
}

function walkBack(rows, n) {
  const starts = [];
  for (let end = n, c = rows.length - 1; c >= 0; c--) {
    end = rows[c][end];
    starts.unshift(end);
  }
  return starts;
}
