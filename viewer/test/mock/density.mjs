/** Densities of the invented city: pictures, bands and hexagons, computed plainly and coarsely. */
import { deflateSync } from 'node:zlib';

const SIZE = 256;
const RADIUS_M = 700;
const EARTH_M = 40_075_016;

const ramp = (pairs) => pairs.map(([value, color]) => ({ value, color }));
export const LEGEND = ramp([
  [0, '#fff5eb'],
  [5, '#fdd0a2'],
  [15, '#fd8d3c'],
  [30, '#d94801'],
  [60, '#7f2704'],
]);
export const DIFFERENCE = ramp([
  [-15, '#2166ac'],
  [-5, '#92c5de'],
  [0, '#f7f7f7'],
  [5, '#f4a582'],
  [15, '#b2182b'],
]);

/** A tile as PNG: `plus` and `minus` are demands, `legend` says which colour begins where. */
export function heatPicture(z, x, y, plus, minus, legend) {
  const pixels = Buffer.alloc((SIZE * 4 + 1) * SIZE);
  const [points, others] = [plus, minus].map((all) => all.map((one) => pixelOf(one, z, x, y)));
  const radius = ((RADIUS_M / EARTH_M) * SIZE * 2 ** z) / Math.cos((33.5 * Math.PI) / 180);
  for (let row = 0; row < SIZE; row++)
    for (let column = 0; column < SIZE; column++) {
      const density = sum(points, column, row, radius) - sum(others, column, row, radius);
      const step = density === 0 ? null : legend.findLast(({ value }) => density > value);
      if (step) pixels.set([...channels(step.color), 200], row * (SIZE * 4 + 1) + 1 + column * 4);
    }
  return png(SIZE, pixels);
}

/** Bands as squares of a coarse lattice: one feature per step of the legend. */
export function bands(demands, [west, south, east, north], legend) {
  const [columns, rows] = [90, 70];
  const squares = legend.map(() => []);
  const [dx, dy] = [(east - west) / columns, (north - south) / rows];
  const points = demands.map(
    ({
      location: {
        coordinates: [lng, lat],
      },
    }) => [(lng - west) / dx, (lat - south) / dy],
  );
  const radius = RADIUS_M / (dy * 111_320);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const density = sum(points, column + 0.5, row + 0.5, radius);
      const step = legend.findLastIndex(({ value }) => density > value);
      if (step > 0) squares[step].push([square(west + column * dx, south + row * dy, dx, dy)]);
    }
  return squares.flatMap((coordinates, i) => ({
    type: 'Feature',
    geometry: { type: 'MultiPolygon', coordinates },
    properties: { low: legend[i].value, high: legend[i + 1]?.value ?? null, color_index: i },
  }));
}

/** Planar hexagons of one size for each zoom. */
export function hexagons(demands, z) {
  const side = 0.4 / 2 ** Math.max(0, Math.min(7, z - 8)) / 10;
  const cells = new Map();
  for (const { location, votes } of demands) {
    const [q, r] = cellAt(location.coordinates, side);
    const cell = cells.get(`${q},${r}`) ?? { q, r, count: 0, sum: 0 };
    cells.set(`${q},${r}`, { ...cell, count: cell.count + 1, sum: cell.sum + votes });
  }
  return [...cells].map(([id, cell]) => {
    const known = cell.count > 1 ? { count: cell.count, sum: cell.sum } : {};
    return {
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [outline(cell, side)] },
      properties: { id, ...known },
    };
  });
}

function pixelOf(
  {
    location: {
      coordinates: [lng, lat],
    },
  },
  z,
  x,
  y,
) {
  const scale = SIZE * 2 ** z;
  const north = 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  return [((lng + 180) / 360) * scale - x * SIZE, north * scale - y * SIZE];
}

function sum(points, column, row, radius) {
  let density = 0;
  for (const [px, py] of points) {
    const u = ((px - column) ** 2 + (py - row) ** 2) / radius ** 2;
    if (u < 1) density += 3 * (1 - u) ** 2;
  }
  return density;
}

function square(x, y, dx, dy) {
  return [
    [x, y],
    [x + dx, y],
    [x + dx, y + dy],
    [x, y + dy],
    [x, y],
  ];
}

// Axial coordinates of pointy hexagons, rounded to the nearest centre.
function cellAt([lng, lat], side) {
  const [x, y] = [lng * Math.cos((33.5 * Math.PI) / 180), lat];
  const [q, r] = [(x * Math.sqrt(3)) / 3 - y / 3, (y * 2) / 3].map((value) => value / side);
  const round = [q, r, -q - r].map(Math.round);
  const off = round.map((value, i) => Math.abs(value - [q, r, -q - r][i]));
  if (off[0] > off[1] && off[0] > off[2]) round[0] = -round[1] - round[2];
  else if (off[1] > off[2]) round[1] = -round[0] - round[2];
  return round;
}

function outline({ q, r }, side) {
  const [x, y] = [side * Math.sqrt(3) * (q + r / 2), side * 1.5 * r];
  const corner = (i) => {
    const angle = (Math.PI / 3) * (i % 6) + Math.PI / 6;
    return [(x + side * Math.cos(angle)) / Math.cos((33.5 * Math.PI) / 180), y + side * Math.sin(angle)];
  };
  return Array.from({ length: 7 }, (_, i) => corner(i));
}

const channels = (color) => [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));

function png(size, pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}
