/** What a reader sees, asked from outside: colours on the canvas, numbers in the legend, territories under points. */

/** State of the page as its address tells it. */
export async function stateOf(page) {
  return Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
}

/** Every territory that is drawn: key → value of the indicator in its tile, null where it has none. */
export async function drawnValues(page, indicator, layers = ['territory-fill', 'territory-missing']) {
  const pairs = await page.evaluate(
    ([id, among]) => {
      const features = window.comarca.map.queryRenderedFeatures({ layers: among });
      return features.map(({ properties }) => [String(properties.key), properties[id] ?? null]);
    },
    [indicator, layers],
  );
  return new Map(pairs);
}

/**
 * Points well inside territories, with the colour that the canvas shows there: the middle of a 9 px square in which every
 * corner belongs to the same territory. At most one per territory.
 */
export async function colourSamples(page, indicator) {
  return page.evaluate(async (id) => {
    const { map } = window.comarca;
    const canvas = map.getCanvas();
    const at = (x, y) => map.queryRenderedFeatures([x, y], { layers: ['territory-fill', 'territory-missing'] })[0];
    const found = new Map();
    for (let y = 10; y < canvas.clientHeight; y += 9) {
      for (let x = 10; x < canvas.clientWidth; x += 9) {
        const middle = at(x, y);
        const key = middle?.properties.key;
        if (key === undefined || found.has(key)) continue;
        const corners = [
          [-4, -4],
          [4, -4],
          [4, 4],
          [-4, 4],
        ].map(([dx, dy]) => at(x + dx, y + dy)?.properties.key);
        if (corners.every((corner) => corner === key))
          found.set(key, { key: String(key), value: middle.properties[id] ?? null, x, y });
      }
    }
    const samples = [...found.values()];
    // The drawing buffer can be read only while the frame is being drawn.
    const ratio = canvas.width / canvas.clientWidth;
    await new Promise((resolve) => {
      map.once('render', () => {
        const gl = canvas.getContext('webgl2');
        const pixel = new Uint8Array(4);
        for (const sample of samples) {
          gl.readPixels(
            Math.round(sample.x * ratio),
            canvas.height - Math.round(sample.y * ratio),
            1,
            1,
            gl.RGBA,
            gl.UNSIGNED_BYTE,
            pixel,
          );
          sample.color = [...pixel.slice(0, 3)];
        }
        resolve();
      });
      map.triggerRepaint();
    });
    return samples;
  }, indicator);
}

/** Rows of the legend from the lowest class up: words, count, colour as [r, g, b]; the row of missing values is left out. */
export async function legendRows(page) {
  const rows = await page.$$eval('.legend .class', (items) =>
    items
      .filter((item) => !item.querySelector('.swatch-missing'))
      .map((item) => ({
        words: item.querySelector('.class-range').textContent,
        count: item.querySelector('.class-number')?.textContent,
        color: getComputedStyle(item.querySelector('.swatch')).backgroundColor.match(/\d+/g).slice(0, 3).map(Number),
      })),
  );
  return rows.reverse();
}

/** The bounds between classes, as the Spanish legend says them. */
export function innerBounds(rows) {
  return rows.slice(1).map(({ words }) => numbersIn(words, 'es')[0]);
}

/** The class, counted from the lowest, that the bounds put `value` in. */
export function classIn(bounds, value) {
  return bounds.filter((bound) => bound <= value).length;
}

/** The numbers in a text as `lang` writes them: `de 1.250,5 a 3.000` → [1250.5, 3000]. */
export function numbersIn(words, lang) {
  const [thousands, decimal] = lang === 'es' ? ['.', ','] : [',', '.'];
  const found = words.match(/[-−]?\d[\d.,]*/g) ?? [];
  return found.map((number) => Number(number.replace('−', '-').replaceAll(thousands, '').replace(decimal, '.')));
}

/** Largest difference between two colours in any channel. */
export function difference(a, b) {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

/** How values are written; the page's own rule, said again. */
export function written(value, lang) {
  const size = Math.abs(value);
  const digits =
    Number.isInteger(value) || size >= 1000
      ? { maximumFractionDigits: 0 }
      : size >= 10
        ? { maximumFractionDigits: 1 }
        : size >= 1
          ? { maximumFractionDigits: 2 }
          : { maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(lang === 'es' ? 'es-CL' : lang, digits).format(value);
}

export function titleIn(thing, lang) {
  return typeof thing.title === 'string'
    ? thing.title
    : (thing.title?.[lang] ?? Object.values(thing.title ?? {})[0] ?? thing.id);
}

/** A point on the page where a click meets some territory and nothing lies over the map; its key too. */
export async function somewhere(page) {
  const found = await page.evaluate(() => {
    const { map } = window.comarca;
    for (let y = 100; y < innerHeight - 60; y += 11) {
      for (let x = Math.round(innerWidth / 2); x < innerWidth - 90; x += 11) {
        const [feature] = map.queryRenderedFeatures([x, y], { layers: ['territory-fill'] });
        if (feature && document.elementFromPoint(x, y) === map.getCanvas())
          return { x, y, key: String(feature.properties.key), name: feature.properties.name };
      }
    }
    return null;
  });
  if (!found) throw new Error('no territory is drawn where a reader could click');
  return found;
}
