/**
 * Where to write the name of a territory that comes in several polygons.
 *
 * On the horizontal line through their common centroid, in the middle of the widest stretch that lies inside: a label is
 * wider than high, so this is where it has most room, and it is inside also where the centroid is not.
 */

/**
 * @param {number[][][][]} polygons rings of [x, y]; degrees will do, the pieces are small
 * @returns {{at: [number, number], width: number, area: number}|null} `width` of the stretch and `area` in the same units
 */
export function labelPoint(polygons) {
  const { area, y } = centroid(polygons);
  if (!(area > 0)) return null;
  const widest = stretches(polygons, y).reduce(wider, null);
  return widest && { at: [(widest[0] + widest[1]) / 2, y], width: widest[1] - widest[0], area };
}

// Height of the centroid: each ring's signed area by the shoelace formula, from its first point against cancellation.
function centroid(polygons) {
  let [area, moment] = [0, 0];
  for (const rings of polygons) {
    rings.forEach((ring, i) => {
      const sign = i === 0 ? 1 : -1;
      const part = ringMoment(ring);
      area += sign * part.area;
      moment += sign * part.area * part.y;
    });
  }
  return { area, y: moment / area };
}

function ringMoment(ring) {
  const [x0, y0] = ring[0];
  let [twice, moment] = [0, 0];
  for (let i = 1; i < ring.length - 1; i++) {
    const [ax, ay] = [ring[i][0] - x0, ring[i][1] - y0];
    const [bx, by] = [ring[i + 1][0] - x0, ring[i + 1][1] - y0];
    const cross = ax * by - bx * ay;
    twice += cross;
    moment += (cross * (ay + by)) / 3;
  }
  return { area: Math.abs(twice) / 2, y: y0 + (twice === 0 ? 0 : moment / twice) };
}

// Stretches of each piece inside at height y, joined where pieces of neighbouring tiles meet or overlap.
function stretches(polygons, y) {
  const all = polygons.flatMap((rings) => pairs(rings.flatMap((ring) => crossings(ring, y)).sort((a, b) => a - b)));
  const joined = [];
  for (const [from, to] of all.sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

// Half open in y, so a corner on the line counts once.
function crossings(ring, y) {
  const found = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[i + 1]];
    if (ay <= y !== by <= y) found.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
  }
  return found;
}

function pairs(sorted) {
  const found = [];
  for (let i = 0; i + 1 < sorted.length; i += 2) found.push([sorted[i], sorted[i + 1]]);
  return found;
}

function wider(best, stretch) {
  return !best || stretch[1] - stretch[0] > best[1] - best[0] ? stretch : best;
}
